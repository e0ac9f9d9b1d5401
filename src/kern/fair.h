/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fair.h - the fair class's inside: entities, the queues that they compete in, and groups.
 *
 *	rq ── fair_rq (root)
 *	        ├ entity of a task
 *	        └ entity of a group ── fair_rq of the group on this CPU
 *	                                 └ entities of its tasks and groups
 *
 * A pick goes down from the root, by EEVDF at each level (eevdf.c). fair.c has the class and the
 * walk up and down, fair_group.c weights and cpu.max of groups, fair_balance.c who runs where.
 * All of a fair_rq is guarded by its run queue's lock. Nothing here is seen by guests.
 */
#ifndef KS_KERN_FAIR_H
#define KS_KERN_FAIR_H

#include "base/list.h"
#include "base/rb_node.h"
#include "base/types.h"
#include "kern/irq.h"

#define FAIR_WEIGHT_SHIFT 10 /* scale_load() */
#define NICE_0_WEIGHT 1024ULL
#define WEIGHT_IDLEPRIO 3ULL

#define NR_FAIR_LEVELS 3 /* of balancing: LLC, node, machine */

struct fair_group;
struct fair_rq;
struct rq;
struct task_group;
struct task_struct;

/* sched_entity: a task, or a group on one CPU */
struct fair_entity {
	struct rb_node node;
	struct fair_rq *on;    /* the queue that it competes in */
	struct fair_rq *mine;  /* a group's own; NULL: it is a task's */
	struct task_struct *p; /* NULL: it is a group's */
	u64 weight;	       /* scaled */
	u64 vruntime, deadline, slice;
	u64 vprot; /* it is not preempted by its equals before that much vruntime */
	s64 vlag;  /* when it left, or was weighed anew: how far it was behind the average */
	bool on_rq;
	bool sched_delayed; /* sleeps, and stays until it is owed time again */
	bool rel_deadline;  /* @deadline is relative to @vruntime */
	/* tasks */
	bool throttled;		  /* its group's time is used up: it is on @limbo */
	struct list_head limbo;	  /* fair_rq.limbo of the root */
	struct list_head rq_node; /* fair_rq.tasks of the root, those that ran last first */
};

/* cfs_rq */
struct fair_rq {
	struct rq *rq;
	struct fair_group *group; /* NULL: the root's */
	struct fair_entity *se;	  /* what it is in the queue above; NULL: the root */
	struct rb_root tree;	  /* by deadline, without @curr */
	struct fair_entity *curr;
	__int128 sum_w_vruntime; /* of @tree */
	u64 sum_weight;
	u64 base_vruntime; /* the average when it was last looked at */
	u64 load;	   /* weights of all queued ones */
	u32 nr_queued;	   /* entities */
	u32 h_nr_queued;   /* tasks here and below */
	u32 h_nr_idle;	   /* of them SCHED_IDLE, or in an idle group */
	/* cpu.max */
	s64 runtime_remaining;
	u64 zero_vruntime_fi; /* core scheduling: where its vruntimes begin, beside those of siblings */
	u32 forceidle_seq; /* as of which forced idle */
	bool throttled;
	struct list_head throttled_node;
	/* the root's */
	struct list_head tasks, limbo;
};

/* task_group, as the fair class sees it */
struct fair_group {
	struct fair_group *parent; /* NULL: below the root */
	struct fair_rq **cpu;	   /* by cpu; NULL until something was queued there */
	u64 shares;		   /* scaled */
	u64 load;		   /* of all its queues, not scaled */
	bool idle;
	/* cfs_bandwidth */
	u64 quota_ns, period_ns, burst_ns; /* ~0: no limit */
	u64 runtime_ns;			   /* what is left of the period */
	struct hrtimer period_timer, slack_timer;
	u64 period_at_ns; /* when @period_timer is due */
	bool period_active, unused;
	struct list_head throttled; /* fair_rq.throttled_node */
	u64 nr_periods, nr_throttled;
};

/* ---- eevdf.c: one queue; its run queue locked ---- */

u64 fair_delta(u64 ns, u64 weight); /* to virtual time */
u64 fair_base_slice(void);
u64 avg_vruntime(struct fair_rq *q);
bool entity_eligible(const struct fair_rq *q, const struct fair_entity *se);
void update_entity_lag(struct fair_rq *q, struct fair_entity *se);
void place_entity(struct fair_rq *q, struct fair_entity *se, bool initial);
/* true: it has had its slice, and has a new deadline */
bool update_deadline(struct fair_entity *se);
/* @protect: who runs goes on until it has had its slice, unless it is owed nothing; never NULL */
struct fair_entity *pick_eevdf(struct fair_rq *q, bool protect);
bool entity_protected(const struct fair_entity *se);
void reweight_entity(struct fair_rq *q, struct fair_entity *se, u64 weight);
void fair_tree_add(struct fair_rq *q, struct fair_entity *se);
void fair_tree_del(struct fair_rq *q, struct fair_entity *se);

/* ---- fair.c ---- */

void update_curr_fair(struct rq *rq);
/* core scheduling: @a goes after @b, of a sibling's queue; @seq: of the core's forced idles */
bool cfs_prio_less(struct task_struct *a, struct task_struct *b, u32 seq, bool in_fi);
void fair_vruntime_update(struct task_struct *p, u32 seq, bool in_fi); /* task_vruntime_update() */
/* @p back on its queue after its group was throttled */
void fair_leave_limbo(struct rq *rq, struct task_struct *p);
/* a delayed entity that nobody waits for any more */
void fair_dequeue_delayed(struct rq *rq, struct fair_entity *se);
u64 fair_task_weight(const struct task_struct *p); /* scaled */

/* ---- fair_group.c ---- */

void fair_rq_init(struct fair_rq *q, struct rq *rq);
struct fair_group *fair_group_create(struct fair_group *parent);
void fair_group_offline(struct fair_group *g); /* it has no tasks any more; may sleep */
void fair_group_destroy(
	struct fair_group *g); /* after that, or before the machine ran; any context */
/* its queue on that CPU; @g NULL: the root's */
struct fair_rq *fair_group_rq(struct fair_group *g, struct rq *rq);
/* The entity of @q in the queue above is weighed anew. */
void update_cfs_group(struct fair_rq *q);
void fair_group_account(struct fair_rq *q, s64 weight); /* it came or went */
/* weight of cpu.weight, 1..10000 */
void fair_group_set_weight(struct fair_group *g, u64 weight);
void fair_group_set_idle(struct fair_group *g, bool idle);
void fair_group_set_bandwidth(struct fair_group *g, u64 period_us, u64 quota_us, u64 burst_us);
/* @q has run for @ns */
void account_cfs_rq_runtime(struct fair_rq *q, u64 ns);
/* has @q nothing left? Then it is throttled, if it was not. */
bool check_cfs_rq_runtime(struct fair_rq *q);
void return_cfs_rq_runtime(struct fair_rq *q); /* it is empty */
bool throttled_hierarchy(const struct fair_rq *q);

/* ---- fair_balance.c ---- */

int select_task_rq_fair(struct task_struct *p, int prev_cpu, int wake_flags);
/* @rq, locked, is about to idle: true: it has got a task */
bool newidle_balance(struct rq *rq);
void fair_balance_tick(struct rq *rq); /* hard irq, nothing locked */
void fair_balance_init(struct rq *rq);

#endif
