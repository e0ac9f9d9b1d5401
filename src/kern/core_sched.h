/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core_sched.h - core scheduling: who may share a core.
 *
 * A task has a cookie, or none (0). The threads of a core (SMT siblings) run tasks of one cookie at a
 * time; a sibling that has none of that cookie idles beside the work that it has (forced idle):
 *
 *	cpu 0   A1   A1   B1		A1, A2: cookie A; B1: cookie B, waits on CPU 0
 *	cpu 4   A2   ---  ---		A2 sleeps; CPU 4 has nothing of B, and a task of none waits
 *
 * From the first cookie on siblings share the lock of their leader's run queue, and whoever
 * schedules picks for all of them: of what each would run by itself the most urgent (prio_less())
 * decides on the cookie. The siblings are told, and switch to what was picked for them.
 */
#ifndef KS_KERN_CORE_SCHED_H
#define KS_KERN_CORE_SCHED_H

#include "abi/sched.h"
#include "base/rb_node.h"

#define MIN_NR_TASKS_DURING_FORCEIDLE 2

/* what a run queue has for it; of the leader's @shared counts */
struct core_rq {
	struct rq *leader; /* rq->core */
	bool enabled;
	struct task_struct *pick; /* chosen by a sibling, and not yet switched to */
	u64 sched_seq;		  /* the choice that was switched to last */
	/* task_model.core_node: queued ones with cookies, by cookie and urgency */
	struct rb_root tree;
	struct core_shared {
		u64 task_seq; /* grows with each enqueue and dequeue */
		u64 pick_seq; /* of that, what was chosen from last */
		u64 cookie;   /* what the core runs */
		u32 forceidle_count;
		u32 forceidle_seq;
	} shared;
};

/* has this kernel core scheduling, and this machine siblings? 0, or -errno; *why says it */
int sched_core_possible(const char **why);
/* A new cookie, for guests an address; never 0. The first turns core scheduling on: may sleep. */
unsigned long sched_core_alloc_cookie(void);
/* prctl(PR_SCHED_CORE): @p gets it. A task's context. */
void sched_core_update_cookie(struct task_struct *p, unsigned long cookie);

/* ---- for the core; rq locked ---- */

void sched_core_init(void); /* siblings have their leaders; before anything runs */
void sched_core_enqueue(struct rq *rq, struct task_struct *p);
void sched_core_dequeue(struct rq *rq, struct task_struct *p, u64 flags);
/* the pick, of a core that is enabled; puts nothing and sets nothing */
struct task_struct *sched_core_pick(struct rq *rq, struct task_struct *prev);
/* @next is about to run: if it is forced to idle, look for a task elsewhere that fits */
void queue_core_balance(struct rq *rq, const struct task_struct *next);
/* fair.c:task_tick_core() */
bool sched_core_forces_idle(const struct rq *rq);
/* a CPU goes or comes: its siblings' leader. Nothing locked. */
void sched_core_cpu_deactivate(s32 cpu);
void sched_core_cpu_starting(s32 cpu);
/* would @p run there, as the core is? */
bool sched_cpu_cookie_match(const struct rq *rq, const struct task_struct *p);

#endif
