/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - the event stream as lines of ftrace's trace_pipe:
 *
 *	            spin-12    [003]    0.004000250: kick: n=1 cpu=5 flags=IDLE ...
 *
 * The file appears under its name when it is complete: until then it is written
 * beside it, so a run that fails leaves nothing half-written.
 */
#ifndef KS_TRACE_TEXT_H
#define KS_TRACE_TEXT_H

#include "trace/trace.h"

struct text_options {
	bool usec;	/* timestamps in microseconds, as trace_pipe's; else nanoseconds */
};

/* @path: a file, or "-" for standard output. 0 or -errno, nothing being left behind. */
int trace_text_create(const char *path, const struct text_options *options,
		      struct trace_sink **out);
/*
 * Write what is buffered and put the file in place; with @commit false, remove it.
 * 0 or -errno of the first write that failed. NULL is fine. Frees @sink, which no
 * trace may use any longer.
 */
int trace_text_close(struct trace_sink *sink, bool commit);

/* Names that later layers know; numbers are printed while they are NULL. */
extern const char *(*trace_op_name)(u64 op);
extern const char *(*trace_class_name)(u64 class);

#endif
