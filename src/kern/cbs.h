/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cbs.h - constant bandwidth servers: what a SCHED_DEADLINE task and a deadline server both are.
 *
 * An entity may run for dl_runtime in each dl_period, and should have done so by dl_deadline.
 * A CPU's entities stand in one queue, the earliest deadline first (EDF). Whoever has used up its
 * runtime is throttled: off the queue, until a timer refills it at the next period.
 *
 *	runtime 2 ms, deadline and period 10 ms, wants to run without end:
 *
 *	0   2         10  12        20
 *	|run|throttled|run|throttled|	deadline: 10, 20, 30
 *
 * What is overdrawn (a tick is how often one looks, without hrtick) is taken off the next budget.
 *
 * deadline.c is the class of tasks, dl_server.c the servers. All of an entity is under its run
 * queue's lock; a guest sees a copy of a task's in p->dl.
 */
#ifndef KS_KERN_CBS_H
#define KS_KERN_CBS_H

#include "base/rb_node.h"
#include "kern/irq.h"

#define DL_SCALE 10
#define BW_SHIFT 20

struct rq;
struct task_struct;

/* sched_dl_entity */
struct dl_entity {
	struct rq *rq;	       /* a server's; a task's is that of its CPU */
	struct task_struct *p; /* NULL: a server */
	/* what was asked for, ns; all 0: nothing */
	u64 dl_runtime, dl_deadline, dl_period;
	u64 dl_bw, dl_density; /* dl_runtime / dl_period, / dl_deadline; << BW_SHIFT */
	/* where it stands */
	s64 runtime;  /* ns that are left of the budget */
	u64 deadline; /* absolute */
	bool queued;
	bool throttled;	      /* waits for @timer */
	struct hrtimer timer; /* the replenishment; a server's zero laxity while @defer_armed */
	struct rb_node node;
	/* tasks */
	bool yielded;		 /* it wants no more in this period */
	struct hrtimer inactive; /* zero lag: its bandwidth is free if it has left, or is dead */
	struct rb_node pushable;
	/* servers */
	bool attached; /* it has a share of the CPU's bandwidth */
	bool active;   /* started, and not yet stopped */
	bool defer_armed, defer_running, defer_idle;
};

/* dl_rq: the earliest deadline first */
struct edf_rq {
	struct rq *rq;
	struct rb_root queue;	 /* dl_entity.node, by deadline */
	struct rb_root pushable; /* dl_entity.pushable, by deadline: they wait, and may go */
	u32 nr_running;		 /* in @queue, servers too */
	struct hrtimer hrtick;	 /* dl_hrtick: the running task's budget ends */
};

static inline bool dl_time_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline bool dl_server(const struct dl_entity *se)
{
	return !se->p;
}

/* core.c:to_ratio(): @runtime_ns in each @period_ns, << BW_SHIFT */
static inline u64 to_ratio(u64 period_ns, u64 runtime_ns)
{
	return period_ns ? (runtime_ns << BW_SHIFT) / period_ns : 0;
}

struct rq *rq_of_dl_se(const struct dl_entity *se);
struct edf_rq *edf_of(const struct rq *rq);
/* @timer_fn: what a throttled one waits for. Of a task: @p; of a server: @rq. */
void dl_entity_init(struct dl_entity *se, struct rq *rq, struct task_struct *p,
		    void (*timer_fn)(struct hrtimer *));
void dl_entity_set(struct dl_entity *se, u64 runtime_ns, u64 deadline_ns, u64 period_ns);
/* whose deadline is the earliest; NULL: nobody is queued */
struct dl_entity *dl_first(const struct edf_rq *q);
/* why an entity comes to its queue */
enum dl_enqueue {
	DL_WAKEUP,    /* the wakeup rule: is what it had still right? */
	DL_REPLENISH, /* its timer is due */
	DL_NEW,	      /* it has become one, or moves: a new period, if the last is over */
	DL_AS_IT_IS,
};

void enqueue_dl_entity(struct dl_entity *se, enum dl_enqueue why);
void dequeue_dl_entity(struct dl_entity *se);
/* It ran for @delta_ns; 0: only whether it has yielded is looked at. */
void update_curr_dl_se(struct rq *rq, struct dl_entity *se, u64 delta_ns);
void replenish_dl_entity(struct dl_entity *se);
void replenish_dl_new_period(struct dl_entity *se);
/* false: that moment is over */
bool start_dl_timer(struct dl_entity *se);

#endif
