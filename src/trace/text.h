/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - the event stream as lines of ftrace's trace_pipe:
 *
 *	            spin-12    [003]    0.004000250: kick: n=1 cpu=5 flags=IDLE ...
 *
 * Lines that begin with '#' say what the machine is, which programs and source lines
 * the numbers of kick events mean, and, last, how many events there were:
 *
 *	# tracer: nop
 *	# kickstand trace 1: kernel 7.3, 8 cpus, seed 1
 *	# prog 12 shared_enqueue
 *	# line 12 34 shared.bpf.c:88: scx_bpf_kick_cpu(cpu, 0);
 *	# end: 4711 events
 *
 * The file appears under its name when it is complete: until then it is written
 * beside it, so a run that fails leaves nothing half-written.
 */
#ifndef KS_TRACE_TEXT_H
#define KS_TRACE_TEXT_H

#include "trace/trace.h"

struct text_options {
	bool usec;	/* timestamps in microseconds, as trace_pipe's; else nanoseconds */
	const char *about;	/* the machine, for the head; NULL: neither head nor end line */
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
extern const char *(*trace_verdict_name)(u64 verdict);
extern const char *(*trace_vector_name)(u64 vector);
extern const char *(*trace_prog_name)(u64 prog);
/* "file:line: text" of an instruction; false: not known */
extern bool (*trace_source_line)(u64 prog, u64 insn, char *buf, size_t len);

#endif
