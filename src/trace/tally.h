/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tally.h - what each task of a stream came to: how long it ran, how often, what it waited
 * (base/waits.h). The same figures as those of the run's summary, made of the events alone.
 *
 *	tally_take(&ty, &record);
 *	run_ns = tally_run_ns(tally_task(&ty, 17), now_ns);
 *
 * The time under a scheduler and the time after it are apart (kern/account.h has the rule): as
 * one of them ends its reader is called, and then all figures begin anew. Times before that
 * are taken for the beginning, since CPUs are a little apart.
 */
#ifndef KS_TRACE_TALLY_H
#define KS_TRACE_TALLY_H

#include "base/waits.h"
#include "trace/pids.h"
#include "trace/trace.h"

#define TALLY_OFF ~0ULL /* of on_ns: the task is on no CPU */

struct tally_task {
	bool seen;
	u64 on_ns; /* it is on its CPU, and its time there is counted up to here */
	u64 run_ns, nr_runs, nr_wakeups;
	struct waits waits;
	u64 delay_ns;		   /* of the wait that ended last */
	u64 worst_ns, worst_at_ns; /* the longest that ended, and when */
};

struct tally {
	/* A part ends at @now_ns: the figures are those of it. NULL: nobody asks. */
	void (*part_ends)(struct tally *ty, u64 now_ns);
	struct pids tasks; /* of struct tally_task; zeroed is empty */
	u64 begin_ns;	   /* figures are from here on */
	bool after;	   /* a scheduler has ended, and none has come */
	u32 nr_waiting;	   /* tasks whose wait is open */
	u64 of;		   /* EV_of_sched came just now: whom the next event is about */
	bool exit_claimed; /* the one that is there is on its way out */
};

void tally_take(struct tally *ty, const struct trace_record *r);
/* It is on a CPU, seen there first at @now_ns: it came there before the stream began. */
void tally_runs(struct tally *ty, u64 pid, u64 now_ns);
/* All figures begin anew. */
void tally_restart(struct tally *ty, u64 now_ns);
/* NULL: no event mentioned it */
struct tally_task *tally_task(const struct tally *ty, s64 pid);
/* with what goes on */
u64 tally_run_ns(const struct tally_task *t, u64 now_ns);
/* The pid may be given again. */
void tally_forget(struct tally *ty, s64 pid);
void tally_finish(struct tally *ty);

#endif
