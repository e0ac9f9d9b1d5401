/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * out.h - the file that a sink writes. It appears under its name when it is
 * complete: until then it is written beside it. What is no plain file (a device,
 * a pipe, "-" for standard output) is written as it is.
 */
#ifndef KS_TRACE_OUT_H
#define KS_TRACE_OUT_H

#include <stdio.h>

#include "base/types.h"

struct trace_out {
	FILE *file;
	char *path, *temp;	/* temp NULL: written in place */
	bool borrowed;		/* standard output, or a caller's: flushed, not closed */
	int err;		/* -errno of the first write that failed */
	u64 bytes;		/* of trace so far, spools included */
	bool told;		/* that they are many */
};

/*
 * Called once when a file has more than trace_big_bytes: whoever asked for it may not have
 * known that a busy machine writes gigabytes a second. NULL: nobody is told.
 */
extern void (*trace_big)(const char *path, u64 bytes);
extern u64 trace_big_bytes;	/* 1 GiB; tests have less */

/* 0 or -errno, nothing being left behind */
int trace_out_open(struct trace_out *o, const char *path);
/* @file stays the caller's */
void trace_out_borrow(struct trace_out *o, FILE *file);
/*
 * A nameless file for what is not yet in order, beside the output: there is where there
 * is room for it. NULL: errno says why.
 */
FILE *trace_out_spool(const struct trace_out *o);
void trace_out_write(struct trace_out *o, const void *data, size_t len);
/* @len bytes went to a spool of @o. */
void trace_out_count(struct trace_out *o, size_t len);
/*
 * Write what is buffered and put the file in place; with @commit false, remove it.
 * 0 or -errno of the first write that failed.
 */
int trace_out_close(struct trace_out *o, bool commit);

#endif
