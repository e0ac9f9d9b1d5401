/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shortage.h - the host has no memory, in a place that has no way to go on: deep in the
 * model, where a kernel would not fail either. That is no bug of ours and no fault of the
 * guest's: a line, no half file, and an exit status.
 *
 *	m = calloc(1, sizeof(*m));
 *	shortage_on(!m, "out of memory for a task");
 *
 * Neither may a guest hear of it: what a helper answers would differ from host to host. What it
 * hears of is the machine's own limit (budget.h).
 *
 * A half file is one that is written beside its place until it is complete.
 */
#ifndef KS_BASE_SHORTAGE_H
#define KS_BASE_SHORTAGE_H

#include <sys/types.h>

#include "base/types.h"

/* A file that is to go if the process ends so; of the process that began it. */
struct half_file {
	const char *path;
	pid_t owner;
	struct half_file *next;
};

/* @path stays the caller's, until half_file_end(). */
void half_file_begin(struct half_file *h, const char *path);
/* It has its name, or is gone; also of one that never began. */
void half_file_end(struct half_file *h);

void __noreturn shortage_report(const char *fmt, ...) __printf(1, 2);

#define shortage_on(cond, ...)                        \
	do {                                          \
		if (unlikely(cond))                   \
			shortage_report(__VA_ARGS__); \
	} while (0)

/* calloc(), which ends the process if there is no memory: never NULL */
void *shortage_calloc(size_t nr, size_t size);

/*
 * @end ends the process after the line. Without, as in a program that links the library:
 * abort(), whoever has linked it being the one to catch that.
 */
void shortage_ends_by(void (*end)(void));

#endif
