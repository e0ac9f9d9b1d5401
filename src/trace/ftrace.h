/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ftrace.h - the kernel's own trace as people attach it to reports: what trace_pipe,
 * the trace file and trace-cmd report print. Its scheduling events become events of the
 * catalogue; what the kernel's line does not say is absent (trace_value in reader.h), never
 * made up.
 *
 *	          <idle>-0       [001] d..2.   12.345678: sched_switch: prev_comm=swapper/1 ...
 *	          <idle>-0     [001]    12.345678: sched_switch:  swapper/1:0 [120] R ==> a:7 [120]
 *
 * Flags, thread group and the prefixes of quotes may be there or not. The whole text is
 * kept: only its end says how many CPUs there are, and buffers that were read one CPU
 * after the other are put in order of time.
 */
#ifndef KS_TRACE_FTRACE_H
#define KS_TRACE_FTRACE_H

#include "trace/reader.h"

struct ftrace;

struct ftrace *ftrace_create(void); /* NULL: no memory */
void ftrace_destroy(struct ftrace *f);
/* A line without its newline: 0, also if it is of no use; -ENOMEM. */
int ftrace_take(struct ftrace *f, const char *line);
/* All lines are there: fill in *@about. The number of events. */
u64 ftrace_end(struct ftrace *f, struct trace_about *about);
/* 1: *@e is the next event, whose texts live as long as @f; 0: there is none */
int ftrace_next(struct ftrace *f, struct trace_line *e);
void ftrace_rewind(struct ftrace *f);

#endif
