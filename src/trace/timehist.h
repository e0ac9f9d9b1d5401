/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timehist.h - a text trace as two tables: a line for each time a task was on a CPU,
 * as perf sched timehist has it, and how long each task waited, as perf sched latency.
 *
 *	wait time	from when it left a CPU until it was on one again, asleep or not
 *	sch delay	from when it could run until it ran
 *	run time	on the CPU
 */
#ifndef KS_TRACE_TIMEHIST_H
#define KS_TRACE_TIMEHIST_H

#include <stdio.h>

#include "trace/reader.h"

/*
 * @rows: gets the first table; NULL: it is not wanted. @sums: gets the second.
 * 0 or -errno, with the message at the reader.
 */
int timehist_print(struct trace_reader *r, FILE *rows, FILE *sums);

#endif
