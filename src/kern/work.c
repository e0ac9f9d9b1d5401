// SPDX-License-Identifier: GPL-2.0-only
/*
 * work.c - kworkers: work items in process context, in pools: one unbound, and one a CPU. A
 * pool's items are taken in order. Where the kernel's threads do not live a pool has one worker;
 * else as many as kthreads.def says, those that idle in a stack:
 *
 *	bound		one of them runs; another is woken when that one sleeps in an item
 *	unbound		each item wakes one
 *
 * A worker that waits for its CPU keeps the pool waiting, as in the kernel. Facts:
 * kernel/workqueue.c:kick_pool(), wq_worker_sleeping().
 */
#include "base/shortage.h"
#include "kern/preempt.h"
#include "kern/sched.h"

#include <stdio.h>

#include "kern/work.h"

struct worker {
	struct worker_pool *pool;
	struct task_struct *task;
	struct list_head node; /* pool->idle, if it idles */
	bool running;	       /* counted in pool->nr_running */
};

struct worker_pool {
	struct list_head works;
	raw_spinlock_t lock;
	bool bound;
	struct list_head idle;
	u32 nr_running; /* busy with items, and not asleep in one */
	struct worker workers[POOL_WORKERS_MAX];
	u32 nr_workers;
};

static struct worker_pool *pool_of(s32 cpu)
{
	return &machine->workers[cpu + 1];
}

/* ---- workers ---- */

static struct worker *worker_of(const struct task_struct *p)
{
	return host_of(p)->m->arg;
}

static void worker_counts(struct worker *w, bool running)
{
	if (w->running == running)
		return;
	w->running = running;
	w->pool->nr_running += running ? 1 : -1;
}

/* kick_pool(); a pool of one wakes that one, which may be awake */
static void kick_pool(struct worker_pool *pool)
{
	struct worker *w = pool->nr_workers == 1 ?
				   &pool->workers[0] :
				   list_first_entry_or_null(&pool->idle, struct worker, node);

	if (w && !(pool->nr_workers > 1 && pool->bound && pool->nr_running))
		wake_up_process(w->task);
}

/* An item, or NULL: then the worker idles, and is asleep unless woken before it is. */
static struct delayed_work *worker_next(struct worker *worker)
{
	struct worker_pool *pool = worker->pool;
	struct delayed_work *w = NULL;
	bool more;

	raw_spin_lock_irq(&pool->lock);
	list_del_init(&worker->node);
	if (!list_empty(&pool->works)) {
		w = list_first_entry(&pool->works, struct delayed_work, node);
		list_del_init(&w->node);
		w->queued = false;
		worker_counts(worker, true);
	} else {
		worker_counts(worker, false);
		list_add(&worker->node, &pool->idle);
		set_current_state(TASK_INTERRUPTIBLE);
	}
	more = w && !pool->bound && pool->nr_workers > 1 && !list_empty(&pool->works);
	raw_spin_unlock_irq(&pool->lock);
	if (more)
		kick_pool(pool);
	return w;
}

static void worker_body(void *arg)
{
	struct worker *worker = arg;

	for (;;) {
		struct delayed_work *w = worker_next(worker);

		if (w) {
			w->fn(w);
			cond_resched(); /* workqueue.c:process_one_work() */
		} else {
			schedule();
		}
	}
}

void wq_worker_sleeping(struct task_struct *p)
{
	struct worker *worker = worker_of(p);

	if (host_of(p)->m->body != worker_body || !worker->running)
		return;
	worker_counts(worker, false);
	if (worker->pool->bound && !list_empty(&worker->pool->works))
		kick_pool(worker->pool);
}

void wq_worker_running(struct task_struct *p)
{
	struct worker *worker = worker_of(p);

	if (host_of(p)->m->body == worker_body && list_empty(&worker->node))
		worker_counts(worker, true);
}

/* ---- items ---- */

static void work_queue_now(struct delayed_work *w)
{
	struct worker_pool *pool = pool_of(w->cpu);
	unsigned long flags = raw_spin_lock_irqsave(&pool->lock);

	if (!w->queued) {
		w->queued = true;
		list_add_tail(&w->node, &pool->works);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	kick_pool(pool);
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

/* ---- life ---- */

void worker_create(s32 cpu, const struct kthread_attr *attr)
{
	struct worker_pool *pool = pool_of(cpu);
	struct worker *w = &pool->workers[pool->nr_workers++];

	bug_on(pool->nr_workers > POOL_WORKERS_MAX, "a pool of %u workers", pool->nr_workers);
	w->pool = pool;
	INIT_LIST_HEAD(&w->node);
	w->task = kthread_create_with(attr, worker_body, w);
	if (attr->asleep)
		list_add(&w->node, &pool->idle);
}

/* workqueue.c:unbind_workers(): without their CPU they may run anywhere */
void workers_bind(s32 cpu, bool bound)
{
	struct worker_pool *pool = pool_of(cpu);

	for (u32 i = 0; i < pool->nr_workers; i++) {
		struct task_struct *p = pool->workers[i].task;

		host_of(p)->m->per_cpu_kthread = bound;
		task_set_cpus(p, bound ? &machine->cpumask_of[cpu] : machine->possible);
	}
}

void pools_create(void)
{
	machine->workers = shortage_calloc(machine->nr_cpu_ids + 1, sizeof(*machine->workers));
	for (s32 cpu = -1; cpu < (s32)machine->nr_cpu_ids; cpu++) {
		INIT_LIST_HEAD(&pool_of(cpu)->works);
		INIT_LIST_HEAD(&pool_of(cpu)->idle);
		pool_of(cpu)->bound = cpu >= 0;
	}
}

void workers_create(void)
{
	for (s32 cpu = -1; cpu < (s32)machine->nr_cpu_ids; cpu++) {
		char comm[TASK_COMM_LEN + 8];
		struct kthread_attr attr = { .comm = comm, .cpu = cpu, .class = CLASS_FAIR };

		if (cpu < 0)
			snprintf(comm, sizeof(comm), "kworker/u:0");
		else
			snprintf(comm, sizeof(comm), "kworker/%d:0", cpu);
		worker_create(cpu, &attr);
	}
}
