/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole_file.h - a file that appears under its name when it is complete, or not at all:
 * until then it is written beside its place, as NAME.PID.tmp. What is no plain file (a
 * device, a pipe, "-" for standard output) is written as it is. Whatever we write goes
 * through here.
 *
 *	ret = whole_file_open(&w, "run.json");
 *	if (!ret) {
 *		fprintf(w.file, ...);
 *		ret = whole_file_close(&w, good);	0: run.json is there
 *	}
 */
#ifndef KS_BASE_WHOLE_FILE_H
#define KS_BASE_WHOLE_FILE_H

#include <stdio.h>

#include "base/shortage.h"
#include "base/types.h"

struct whole_file {
	FILE *file;	       /* NULL: it is not open */
	char *path, *temp;     /* temp NULL: written in place */
	bool borrowed;	       /* standard output, or a caller's: flushed, not closed */
	int err;	       /* -errno of the first write that failed, as far as it was noticed */
	struct half_file half; /* @temp */
};

/* 0 or -errno, nothing being left behind. Programs that are started do not inherit it. */
int whole_file_open(struct whole_file *w, const char *path);
/* @file stays the caller's */
void whole_file_borrow(struct whole_file *w, FILE *file);
/*
 * A nameless file for what is not yet in order, beside the output: there is where there
 * is room for it. NULL: errno says why.
 */
FILE *whole_file_spool(const struct whole_file *w);
/* Right after writing: a stream remembers that a write failed, but not why; errno may. */
void whole_file_check(struct whole_file *w);
/*
 * Write what is buffered and put the file in place; with @commit false, remove it.
 * 0 or -errno of the first write that failed; -EIO also where nobody noticed why.
 */
int whole_file_close(struct whole_file *w, bool commit);
/* Process @owner was killed: what it has written of the file at @path goes. */
void whole_file_drop_half(const char *path, pid_t owner);
/* What is left of @from, to one that is open: 0 or -errno */
int file_copy(FILE *from, FILE *to);
/* Would a file at @path take the place of the one that is read, @in ("-": standard input)? */
bool whole_file_replaces(const char *path, const char *in);

#endif
