// SPDX-License-Identifier: GPL-2.0-only
/*
 * work.c - kworkers: work items in process context. One worker a CPU for bound
 * work, one unbound; each runs its items in order.
 */
#include "base/shortage.h"
#include "kern/preempt.h"
#include "kern/sched.h"

#include <stdio.h>
#include <stdlib.h>

#include "kern/work.h"

struct worker_pool {
	struct task_struct *task;
	struct list_head works;
	raw_spinlock_t lock;
};

static struct worker_pool *pool_of(s32 cpu)
{
	return &machine->workers[cpu + 1];
}

static struct delayed_work *pool_next(struct worker_pool *pool)
{
	struct delayed_work *w = NULL;

	raw_spin_lock_irq(&pool->lock);
	if (!list_empty(&pool->works)) {
		w = list_first_entry(&pool->works, struct delayed_work, node);
		list_del_init(&w->node);
		w->queued = false;
	} else {
		set_current_state(TASK_INTERRUPTIBLE);
	}
	raw_spin_unlock_irq(&pool->lock);
	return w;
}

static void worker_body(void *arg)
{
	struct worker_pool *pool = arg;

	for (;;) {
		struct delayed_work *w = pool_next(pool);

		if (w) {
			w->fn(w);
			cond_resched(); /* workqueue.c:process_one_work() */
		} else {
			schedule();
		}
	}
}

static void work_queue_now(struct delayed_work *w)
{
	struct worker_pool *pool = pool_of(w->cpu);
	unsigned long flags = raw_spin_lock_irqsave(&pool->lock);

	if (!w->queued) {
		w->queued = true;
		list_add_tail(&w->node, &pool->works);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	wake_up_process(pool->task);
}

static void delayed_work_timer(struct hrtimer *t)
{
	work_queue_now(container_of(t, struct delayed_work, timer));
}

void delayed_work_init(struct delayed_work *w, void (*fn)(struct delayed_work *))
{
	*w = (struct delayed_work){ .fn = fn, .cpu = -1 };
	INIT_LIST_HEAD(&w->node);
	hrtimer_init(&w->timer, false, delayed_work_timer);
}

void queue_delayed_work(struct delayed_work *w, u64 delay_ns)
{
	if (w->queued || hrtimer_active(&w->timer))
		return;
	if (delay_ns)
		hrtimer_start(&w->timer, now_ns() + delay_ns, -1);
	else
		work_queue_now(w);
}

void cancel_delayed_work_sync(struct delayed_work *w)
{
	hrtimer_cancel(&w->timer);
	if (!w->queued)
		return;
	list_del_init(&w->node);
	w->queued = false;
}

/* ---- callbacks after a grace period ---- */

struct rcu_call {
	struct list_head node; /* machine->rcu_calls */
	struct delayed_work work;
	void (*fn)(void *);
	void *arg;
};

static void rcu_call_runs(struct delayed_work *w)
{
	struct rcu_call *rc = container_of(w, struct rcu_call, work);

	list_del(&rc->node);
	rc->fn(rc->arg);
	free(rc);
}

void call_rcu(void (*fn)(void *), void *arg)
{
	struct rcu_call *rc = calloc(1, sizeof(*rc));

	shortage_on(!rc, "out of memory");
	rc->fn = fn;
	rc->arg = arg;
	list_add_tail(&rc->node, &machine->rcu_calls);
	delayed_work_init(&rc->work, rcu_call_runs);
	queue_delayed_work(&rc->work, machine->cost.rcu_grace_ns);
}

void rcu_calls_release(void)
{
	struct rcu_call *rc, *tmp;

	list_for_each_entry_safe(rc, tmp, &machine->rcu_calls, node)
		free(rc);
}

void workers_create(void)
{
	machine->workers = calloc(machine->nr_cpu_ids + 1, sizeof(*machine->workers));
	shortage_on(!machine->workers, "out of memory");
	for (s32 cpu = -1; cpu < (s32)machine->nr_cpu_ids; cpu++) {
		struct worker_pool *pool = pool_of(cpu);
		char comm[TASK_COMM_LEN + 8];

		INIT_LIST_HEAD(&pool->works);
		if (cpu < 0)
			snprintf(comm, sizeof(comm), "kworker/u:0");
		else
			snprintf(comm, sizeof(comm), "kworker/%d:0", cpu);
		pool->task = kthread_create(worker_body, pool, cpu, comm);
	}
}
