/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why_case.h - what a stream tells about one wait: each place the task was at, and what
 * each CPU did from its beginning to its end. First why_choice finds out which wait it
 * is, in a pass over the whole stream; then a second pass fills the case.
 *
 *	first pass	choice_event() after each event, choice_end()
 *	second pass	case_begin(), case_event() after each event, case_end()
 */
#ifndef KS_TRACE_WHY_CASE_H
#define KS_TRACE_WHY_CASE_H

#include "trace/replay.h"

#define WHY_STEPS_MAX 64 /* places that are kept: the first and the last ones */
#define WHY_RUNS_MAX 8	 /* tasks a CPU ran that are named */

struct why_wait {
	s32 pid; /* 0: none was found */
	u64 since_ns;
	u64 until_ns; /* REPLAY_NEVER: it is open when the stream ends */
};

/* Has @r, which @rp has just taken, ended a wait? Then it is *@out. */
bool wait_ended(const struct replay *rp, const struct trace_record *r, struct why_wait *out);

/* which wait is asked about */
struct why_choice {
	s32 pid;	  /* 0: anybody's */
	const char *comm; /* NULL: any */
	bool has_at;
	u64 at_ns;
	struct why_wait wait;
	u64 worst_ns;
	bool known; /* there is such a task */
};

void choice_event(struct why_choice *c, const struct replay *rp, const struct trace_record *r);
void choice_end(struct why_choice *c, const struct replay *rp);

/* the task was there from ns to until_ns */
struct why_place {
	u64 ns, until_ns;
	enum replay_place place;
	u64 dsq, dsq_sched; /* PLACE_DSQ */
	s32 cpu;	    /* PLACE_RUNQUEUE, or where it was last; -1: unknown */
	u32 class;
	struct replay_put put;
	u32 nr_allowed, first_allowed; /* CPUs that it may use there */
};

/* as far as their number and the first tell */
static inline bool place_changes_cpus(const struct why_place *from, const struct why_place *to)
{
	return from->nr_allowed != to->nr_allowed || from->first_allowed != to->first_allowed;
}

struct why_run {
	s32 pid;
	u32 class;
	u64 ns;
};

/* a CPU, from the wait's beginning to its end */
struct why_cpu {
	bool online, idle; /* as the wait ends */
	s32 curr;
	u32 class;
	u64 from_ns; /* curr is counted up to here */
	u64 idle_ns, busy_ns, unknown_ns;
	u64 longest_ns, longest_from_ns; /* idle */
	struct why_run run[WHY_RUNS_MAX];
	u32 nr_runs;
	u64 rest_ns; /* of tasks that are not named */
	u64 nr_dispatches;
};

/* a CPU while the task is at one place: may it run the task, does it idle, its looks at the queue */
struct why_looks {
	bool allowed;
	u64 from_ns; /* idle time is counted up to here */
	u64 idle_ns, longest_ns, longest_from_ns;
	u64 nr, nr_taken; /* how often, and others it took from there */
	u64 nr_dispatches, nr_picks;
	struct replay_look last; /* before or meanwhile */
};

struct why_case {
	struct why_wait wait;
	u32 nr_cpus;
	u64 end_ns; /* of the wait, or of the stream */
	bool begun, over;
	char comm[TRACE_COMM_BYTES];
	s32 waker; /* -1: it was not woken, or nobody says */
	u64 woken_ns;
	u32 class;
	s32 ran_on;    /* CPU that ran it in the end; -1: none */
	bool is_whole; /* all events of the catalogue are in the stream, as far as they happened */
	bool knows_queues, knows_ops;
	struct why_cpu *cpu;
	struct why_place place[WHY_STEPS_MAX];
	u32 nr_places;
	u64 nr_left_out;
	struct why_place now; /* being filled */
	struct why_looks *looks_now;
	/* the longest one, which the wait is explained with */
	struct why_place main;
	struct why_looks *looks;
};

/* 0 or -ENOMEM; case_finish() in any case */
int case_begin(struct why_case *c, const struct why_wait *wait, u32 nr_cpus);
void case_event(struct why_case *c, const struct replay *rp, const struct trace_record *r);
void case_end(struct why_case *c, const struct replay *rp);
void case_finish(struct why_case *c);

#endif
