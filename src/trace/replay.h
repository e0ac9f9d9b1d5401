/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.h - follows the stream of events and knows at each moment what has become of
 * it: which task runs where and since when, who waits in which queue and who put it
 * there, what each CPU does and when it last looked for work.
 *
 *	replay_take(rp, &record);
 *	t = replay_task(rp, 17);
 *	if (t->state == TASK_WAITS && t->place == PLACE_DSQ)
 *		... t->dsq->id, t->place_ns, t->put.op, t->put.cpu
 *
 * It believes nothing that is out of range and needs no complete stream: what was not
 * told is said to be unknown (a trace of another tool may lack queues and callbacks).
 * What tasks come to in figures is tally.h's, what becomes of kicks kicks.h's.
 * Only events change it, so records and the lines of a text trace lead to the same.
 */
#ifndef KS_TRACE_REPLAY_H
#define KS_TRACE_REPLAY_H

#include "base/list.h"
#include "trace/pids.h"
#include "trace/reader.h"
#include "trace/value.h"
#include "trace/words.h"

#define REPLAY_NEVER ~0ULL /* of a time */
#define REPLAY_OPS_MAX 8   /* callbacks inside of callbacks, on a CPU */
#define REPLAY_IRQS_MAX 8  /* interrupts inside of interrupts */
#define REPLAY_SPANS_MAX (REPLAY_OPS_MAX + REPLAY_IRQS_MAX + 1)

enum replay_state {
	TASK_UNSEEN, /* no event said */
	TASK_SLEEPS,
	TASK_WAITS, /* could run and does not */
	TASK_RUNS,
	TASK_GONE,
};

/* where a task that waits is */
enum replay_place {
	PLACE_UNKNOWN,
	PLACE_DSQ,
	PLACE_SCHEDULER, /* given to ops.enqueue(), which put it nowhere */
	PLACE_RUNQUEUE,	 /* of a class that is not sched_ext, on task->cpu */
	PLACE_TAKEN,	 /* off its queue, by a CPU that runs or moves it */
};

/* how a task came to its place */
enum replay_how {
	HOW_KERNEL,   /* by itself: no program asked for it */
	HOW_CALL,     /* a program did: prog and insn */
	HOW_CONSUMED, /* a CPU took it from a DSQ */
};

struct replay_put {
	enum replay_how how;
	u64 ns;
	s32 cpu;  /* on which it was done, -1: unknown */
	s32 curr; /* who was current there */
	u32 op;	  /* enum trace_op; OP_none: in no callback */
	u32 prog, insn;
	u64 from, from_sched; /* HOW_CONSUMED: the DSQ */
};

struct replay_task {
	s32 pid;
	enum replay_state state;
	enum replay_place place; /* meaningful while it waits */
	u32 class;		 /* enum trace_class, NR_TRACE_CLASSES: unknown */
	s32 cpu;		 /* it runs, or was last queued, there; -1: unknown */
	u64 state_ns;		 /* since when it is in this state */
	u64 place_ns;		 /* and at this place */
	struct replay_put put;
	/* the wait before it last ran; until_ns REPLAY_NEVER: none was seen */
	u64 waited_since_ns, waited_until_ns;
	u64 off_ns; /* it left a CPU last; REPLAY_NEVER: none was seen */

	struct replay_dsq *dsq; /* PLACE_DSQ, else NULL */
	u64 dsq_ns;		/* there since */
	struct list_head node;	/* of dsq->members */
	s64 order;		/* within the DSQ, see replay_dsq_members() */
	s64 vtime;
	bool by_vtime;
	bool woken;  /* sched_waking came while it was on its way to sleep */
	bool called; /* call is a request that has not been carried out */
	struct replay_put call;
	u64 consumed_ns, consumed_from, consumed_sched;
	u64 *cpus;		  /* which it may use; NULL: all */
	struct replay_op *asleep; /* callbacks that it sleeps in; NULL: none */
	u32 nr_asleep;
};

/* a CPU's last look at a DSQ */
struct replay_look {
	u64 ns;	   /* REPLAY_NEVER: never */
	s32 found; /* pid; -1: no task for this CPU */
	u32 nr;	   /* tasks that were there then */
};

struct replay_dsq {
	struct list_head node; /* of replay->dsqs */
	u64 id, sched;	       /* ids are each scheduler's own; local ones are nobody's: 0 */
	u32 nr;
	u64 created_ns; /* REPLAY_NEVER: no event said */
	bool freed;
	s64 seq; /* tasks that ever were inserted */
	struct list_head members;
	struct replay_look *look; /* by CPU; NULL: nobody looked */
};

/* They follow a task that sleeps in one: struct replay_task has them meanwhile. */
struct replay_op {
	u32 op;
	s32 pid, curr; /* whom it is about, who was current */
	u64 ns, sched; /* the cgroup of its scheduler; 0: the root */
	u64 event;     /* the number of its op_enter */
	u64 since;     /* and of the event since when it is on this CPU */
	bool slept;
};

enum replay_span_kind { SPAN_OP, SPAN_IRQ, SPAN_KICK_WAIT };

/* A time on a CPU, of what nests there: events by their numbers, from 0 on. */
struct replay_span {
	enum replay_span_kind kind;
	u32 depth;
	u64 since; /* it began there, or came back: that event's CPU is its own */
	u64 of;	   /* the event that it is of: op_enter, irq, kick_wait_begin */
};

struct replay_cpu {
	bool online;
	s32 curr;     /* -1: unknown */
	u32 class;    /* of what runs; NR_TRACE_CLASSES: unknown */
	u64 since_ns; /* curr runs; 0 for idle from the beginning */
	s32 prev;     /* who ran before curr; -1: unknown */
	u64 prev_since_ns;
	u64 idled_ns;  /* it was idle last until then; REPLAY_NEVER: no switch told */
	bool resched;  /* it was asked to schedule, and has not come to it */
	s32 waits_for; /* the CPU that a kick with WAIT waits for; -1: none */
	u64 nr_switches, nr_picks, nr_dispatches;
	u64 pick_ns, dispatch_ns; /* the last ones; REPLAY_NEVER: none */
	struct replay_op ops[REPLAY_OPS_MAX];
	u32 nr_ops;
	u64 irq[REPLAY_IRQS_MAX]; /* the numbers of their events */
	u32 nr_irqs;
	u64 wait; /* of the kick_wait_begin, while it waits for waits_for */
};

struct replay {
	u32 nr_cpus;
	u64 now_ns;
	u64 nr_records; /* so many came; the event at hand has number nr_records - 1 */
	bool has_subs;	/* something was of another scheduler than the root */
	u64 about,
		next_about; /* the cgroup of the one that the event at hand is about; 0: the root */
	u64 enq_head;	    /* SCX_ENQ_HEAD of the kernel in question */
	u64 seen[NR_TRACE_EVENTS]; /* how many of each event */
	/* what the event at hand did: times that it ended, and the queue that it is about */
	struct replay_span span[REPLAY_SPANS_MAX];
	u32 nr_spans;
	const struct replay_dsq *queue;
	u32 nr_local; /* tasks on local DSQs, of all CPUs */
	struct replay_cpu *cpu;
	struct pids tasks;	 /* of struct replay_task *; see replay_task() */
	struct replay_dsq **dsq; /* open addressing by id */
	struct list_head dsqs;	 /* in order of appearance */
	u32 nr_dsqs, nr_slots;
	struct trace_names names;
	bool no_memory;
};

/* @kernel: as the head of a trace says; NULL if there is no memory */
struct replay *replay_create(u32 nr_cpus, const char *kernel);
/* for the machine that @r tells of */
struct replay *replay_of_reader(const struct trace_reader *r);
void replay_destroy(struct replay *rp);
/* 0 or -ENOMEM */
int replay_take(struct replay *rp, const struct trace_record *r);
/*
 * The next event of a file, for replay_take(); the names that a line of text mentions are
 * known from here on. Names of values are numbers; what has none is WORD_UNKNOWN.
 * 1; 0: there is none; -errno: @r has the message
 */
int replay_read(struct replay *rp, struct trace_reader *r, struct trace_record *rec);

/* NULL: no event mentioned it */
struct replay_task *replay_task(const struct replay *rp, s64 pid);
/* @sched: the cgroup of the scheduler whose it is; 0: the root's, or a local one */
struct replay_dsq *replay_dsq(const struct replay *rp, u64 id, u64 sched);
const char *replay_comm(const struct replay *rp, s64 pid);
bool replay_allowed(const struct replay *rp, const struct replay_task *t, u32 cpu);
/* Does the stream tell all that the catalogue has? Other tools' and older traces do not. */
bool replay_is_whole(const struct replay *rp);
/* Is CPU @cpu idle? */
bool replay_idle(const struct replay *rp, u32 cpu);
/* What goes on there now, as struct replay has what has ended; how many */
u32 replay_open_spans(const struct replay *rp, u32 cpu, struct replay_span out[REPLAY_SPANS_MAX]);
/* @out of dsq->nr: first to last as a CPU would take them */
void replay_dsq_members(const struct replay_dsq *d, struct replay_task **out);

#endif
