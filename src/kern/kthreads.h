/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthreads.h - the kernel's own threads, where they live (machine_config.kthreads): those of
 * kthreads.def, and what makes them run.
 *
 *	kworker/N:M	work items bound to a CPU: each second the memory counters' of a busy one
 *	ksoftirqd/N	softirqs that do not come to an end
 *	cpuhp/N		what a CPU does as it comes or goes
 *	migration/N	the stopper, which the soft lockup detector runs every 4 s
 *	rcu_preempt	grace periods
 *
 * A thread that has never run has no stack. Without them (`--kthreads none`) there is a worker
 * a CPU and the stopper, grace periods are a delay, and all that takes a thread's place is silent.
 */
#ifndef KS_KERN_KTHREADS_H
#define KS_KERN_KTHREADS_H

#include "kern/sched.h"

static inline bool kthreads_live(void)
{
	return machine->config.kthreads == KTHREADS_LIVE;
}

void kthreads_create(void); /* at boot, before the workload's tasks */
void kthreads_finish_rq(struct rq *rq);
void vmstat_tick(struct rq_model *c);	/* hard irq: is the CPU's vmstat work due? */
void ksoftirqd_run(struct rq_model *c); /* the thread's body, from hrtimer.c */
/* Run @fn(@rq) in @rq's cpuhp thread and wait; without one, here. May sleep. */
void cpuhp_invoke(struct rq *rq, void (*fn)(struct rq *rq));
/* Wait until @rq's bound threads are off its queue, and let its workers go elsewhere; and back. */
void kthreads_park(struct rq *rq);
void kthreads_unpark(struct rq *rq);

/* rcu.c */
void rcu_gp_kthread(void *arg);

#endif
