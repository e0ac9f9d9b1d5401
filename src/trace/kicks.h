/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kicks.h - the lives of the kicks of a trace. Calls, deliveries and scheduling
 * passes are many to one: kicks of one CPU by one CPU that wait for the same irq
 * work are one delivery, deliveries that come before the target gets to schedule()
 * are one pass.
 *
 *	kick 7 ─┐
 *	kick 8 ─┴─ delivery 5 ─┐
 *	kick 9 ─── delivery 6 ─┴─ pass 4
 */
#ifndef KS_TRACE_KICKS_H
#define KS_TRACE_KICKS_H

#include "base/hist.h"
#include "trace/replay.h"

#define NEVER ~0ULL  /* of a time: it did not come to that */
#define NOBODY (~0u) /* of an index */

/* an idle kick is called lost if its busy target idles that soon, having found nothing */
#define KICK_LOST_NS 100000
/* a wait that takes longer is called long */
#define KICK_LONG_WAIT_NS 100000

/* what looks wrong with a kick; bits */
enum kick_suspicion {
	KICK_LOST_IDLE = 1 << 0,	 /* skipped as busy, and the CPU idled right after */
	KICK_NOTHING_PREEMPTED = 1 << 1, /* PREEMPT, and no EXT task ran there */
	KICK_NOTHING_ELSE = 1 << 2,	 /* PREEMPT, and the same task goes on */
	KICK_STORM = 1 << 3,		 /* the pass answers an earlier kick too */
	KICK_LONG_WAIT = 1 << 4,
	KICK_MID_PICK = 1 << 5,	  /* the target picked, with its lock dropped in ops.dispatch() */
	KICK_UNANSWERED = 1 << 6, /* the trace ends before the target comes to schedule() */
};
#define NR_KICK_SUSPICIONS 7

struct kick_task {
	s32 pid;
	char comm[READER_COMM_BYTES];
};

struct kick {
	u64 called_ns;
	s64 target; /* as the caller gave it: it need not exist */
	s32 asker;
	u32 flags, prog, insn;
	u32 op;		       /* enum trace_op; OP_none: no op */
	u64 sched;	       /* the cgroup of the scheduler that kicks; 0: the root */
	struct kick_task curr; /* on the asking CPU */
	u32 drop; /* enum trace_verdict: why it came to nothing at the call; NOBODY: it did not */
	bool queued, coalesced;
	u32 delivery;
	u32 nth;      /* of the kicks that its pass answers, 0: not answered */
	u64 idled_ns; /* after a skip: when the target idled, having found nothing */
	u32 suspicions;
};

struct kick_delivery {
	u32 first, nr; /* the oldest kick it is for, and how many */
	s32 asker, target;
	u32 flags;
	u64 work_ns, at_ns;
	u64 slice_ns;
	bool polls, dispatching, due; /* as the target was found */
	u32 class, outcome;	      /* enum trace_class, trace_verdict */
	struct kick_task curr;
	bool ipi;
	u64 ipi_ns; /* arrival */
	u64 due_ns; /* if due: since when, and by which CPU */
	s32 due_by;
	u64 answer_ns;
	u32 pass;
	bool wait;
	u64 wait_begin_ns, wait_end_ns;
};

/* what schedule() on a kicked CPU came to */
struct kick_pass {
	u64 end_ns; /* NEVER: the trace ends in it */
	bool kept;
	u32 nr_kicks;	/* that it answers */
	u32 dispatches; /* calls of ops.dispatch() */
	struct kick_task prev, next;
	u32 next_class;
};

struct kick_totals {
	u64 plain, idle, preempt, wait;
	u64 own; /* by the kernel itself; in none of the above */
	u64 sent, skipped_idle, coalesced, dropped, ipis;
	struct hist latency;
};

struct kick_lives {
	struct trace_about about;
	u64 end_ns; /* of the trace */
	struct kick *kicks;
	struct kick_delivery *deliveries;
	struct kick_pass *passes;
	u32 nr_kicks, nr_deliveries, nr_passes;
	struct kick_totals totals;
};

/* what came of a kick, in a word */
enum kick_fate {
	KICK_ANSWERED, /* the target came to schedule() */
	KICK_SKIPPED,  /* IDLE, and the target was not idle */
	KICK_DROPPED,  /* or refused */
	KICK_PENDING,  /* the trace ends first */
};

/* The whole rest of @r. 0, or -errno with the message in @r. kicks_finish() in any case. */
int kicks_read(struct trace_reader *r, struct kick_lives *out);
/*
 * The same with the caller's replay, which knows how it ended afterwards, and for who wants
 * the events too, each with what the replay knows after it.
 * @event: 0, or what ends the reading and is returned; NULL: nobody wants them
 */
typedef int (*kicks_event)(void *arg, const struct trace_record *rec, const struct replay *rp);
int kicks_follow(struct trace_reader *r, struct replay *rp, struct kick_lives *out,
		 kicks_event event, void *arg);
/*
 * The same an event at a time, of any stream: begin, take each, which @rp
 * has taken before, end in any case. @r has the message of what fails; NULL: they are no
 * file's, and cannot be malformed.
 */
struct kicks_reader;
struct kicks_reader *kicks_begin(const struct replay *rp, struct trace_reader *r,
				 const struct trace_about *about, struct kick_lives *out);
int kicks_take(struct kicks_reader *x, const struct trace_record *e);
void kicks_end(struct kicks_reader *x);
void kicks_finish(struct kick_lives *lives);
/* when @k was answered, NEVER: not */
enum kick_fate kick_fate(const struct kick_lives *lives, const struct kick *k);
u64 kick_answered_ns(const struct kick_lives *lives, const struct kick *k);

#endif
