/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - the event stream as lines of ftrace's trace_pipe:
 *
 *	            spin-12    [003]    0.004000250: kick: n=1 cpu=5 flags=IDLE ...
 *
 * Events that the kernel has too (sched_switch, sched_waking, sched_wakeup,
 * sched_migrate_task) begin with the kernel's fields, for scripts that know them; a
 * tab separates them from the catalogue's.
 *
 * Lines that begin with '#' say what the machine is, what is run on it, which programs and
 * source lines the numbers of kick and insert_call events mean, how the scheduler ended if
 * it was ejected, and, last, how many events there were, and when the run ended:
 *
 *	# tracer: nop
 *	# kickstand trace 1: kernel 7.3, 8 cpus, seed 1
 *	# cpu 0 node 0 llc 0 core 0
 *	# run object shared.bpf.o			key and value: the provenance
 *	# prog 12 shared_enqueue
 *	# line 12 34 shared.bpf.c:88: scx_bpf_kick_cpu(cpu, 0);
 *	# exit EXIT: runnable task stall (...)		what the kernel says of an ejection
 *	# end: 4711 events at 1.000250000 s
 *
 * The file appears under its name when it is complete: until then it is written
 * beside it, so a run that fails leaves nothing half-written.
 */
#ifndef KS_TRACE_TEXT_H
#define KS_TRACE_TEXT_H

#include "trace/trace.h"

struct text_options {
	bool usec;	   /* timestamps in microseconds, as trace_pipe's; else nanoseconds */
	const char *about; /* the machine, for the head; NULL: neither head nor end line */
	const struct trace_place *place; /* of each CPU; NULL: not told */
	u32 nr_cpus;
};

/*
 * @path: a file, or "-" for standard output. 0 or -errno, nothing being left behind.
 * trace_sink_close() ends it.
 */
int trace_text_create(const char *path, const struct text_options *options,
		      struct trace_sink **out);

#endif
