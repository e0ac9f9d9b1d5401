/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kick_match.h - which kick became of which: the kicks that a delivery is for, and those
 * that a scheduling pass answers. It follows the stream with a little state for each CPU:
 *
 *	kick n=7	called by CPU 0		until kick_queue or kick_drop
 *	kick_queue	queued by CPU 0		until kick_deliver of that target
 *	kick_deliver	not answered by CPU 3	until kick_answer there
 *
 * A delivery that asks nothing of its target (it was busy, offline, ...) is answered by nobody.
 */
#ifndef KS_TRACE_KICK_MATCH_H
#define KS_TRACE_KICK_MATCH_H

#include "trace/trace.h"

struct kick_list {
	u64 *n; /* numbers of kicks, from 1 */
	u32 nr, room;
};

struct kick_match;

struct kick_match *kick_match_create(u32 nr_cpus);
void kick_match_destroy(struct kick_match *m);
/* 0 or -ENOMEM */
int kick_match_take(struct kick_match *m, const struct trace_record *r);
/*
 * Of the record that was taken last: the kicks that a kick_deliver is for, or that a
 * kick_answer answers, the oldest first. Empty after any other.
 */
const struct kick_list *kick_match_last(const struct kick_match *m);
/* Delivered to @cpu and not answered yet. */
const struct kick_list *kick_match_unanswered(const struct kick_match *m, u32 cpu);

#endif
