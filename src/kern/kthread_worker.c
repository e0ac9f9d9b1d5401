// SPDX-License-Identifier: GPL-2.0-only
/*
 * kthread_worker.c - see kthread_worker.h. Works run one after another, in the
 * order they were queued; a flush is a work of its own, put right behind the one
 * it waits for (kernel/kthread.c:kthread_flush_work()).
 */
#include <stdlib.h>
#include "base/list.h"
#include "kern/kthread_worker.h"
#include "kern/sched.h"

#define HELPER_PRIO (MAX_RT_PRIO / 2) /* sched_set_fifo() */

struct kthread_flush_work {
	struct kthread_work work;
	struct completion done;
};

static struct kthread_work *worker_pop(struct kthread_worker *worker)
{
	struct kthread_work *w = NULL;

	raw_spin_lock_irq(&worker->lock);
	if (!list_empty(&worker->works)) {
		w = list_first_entry(&worker->works, struct kthread_work, node);
		list_del_init(&w->node);
		w->queued = false;
	}
	worker->current_work = w;
	raw_spin_unlock_irq(&worker->lock);
	return w;
}

static void kthread_worker_fn(void *arg)
{
	struct kthread_worker *worker = arg;

	for (;;) {
		struct kthread_work *w;

		set_current_state(TASK_INTERRUPTIBLE);
		w = worker_pop(worker);
		if (w) {
			set_current_state(TASK_RUNNING);
			w->fn(w); /* @w may be gone from here on */
		} else if (worker->stop) {
			set_current_state(TASK_RUNNING);
			break;
		} else {
			schedule();
		}
	}
	list_del(&worker->all_node);
	free(worker);
}

struct kthread_worker *kthread_create_rt_worker(const char *comm)
{
	struct kthread_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	INIT_LIST_HEAD(&worker->works);
	worker->task = kthread_create(kthread_worker_fn, worker, -1, comm);
	if (!worker->task) {
		free(worker);
		return NULL;
	}
	list_add_tail(&worker->all_node, &machine->kthread_workers);
	sched_setscheduler_nocheck(worker->task, SCHED_FIFO, HELPER_PRIO);
	return worker;
}

void kthread_workers_release(void)
{
	struct kthread_worker *worker, *tmp;

	list_for_each_entry_safe(worker, tmp, &machine->kthread_workers, all_node)
		free(worker);
}

void kthread_init_work(struct kthread_work *w, void (*fn)(struct kthread_work *))
{
	*w = (struct kthread_work){ .fn = fn };
	INIT_LIST_HEAD(&w->node);
}

static void insert_work(struct kthread_worker *worker, struct kthread_work *w,
			struct list_head *pos)
{
	list_add_tail(&w->node, pos);
	w->worker = worker;
	w->queued = true;
}

bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *w)
{
	unsigned long flags = raw_spin_lock_irqsave(&worker->lock);
	bool queued = w->queued;

	if (!queued)
		insert_work(worker, w, &worker->works);
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	if (!queued)
		wake_up_process(worker->task);
	return !queued;
}

static void kthread_flush_work_fn(struct kthread_work *w)
{
	complete(&container_of(w, struct kthread_flush_work, work)->done);
}

void kthread_flush_work(struct kthread_work *w)
{
	struct kthread_worker *worker = w->worker;
	struct kthread_flush_work fw;
	bool wait = true;

	if (!worker)
		return;
	kthread_init_work(&fw.work, kthread_flush_work_fn);
	init_completion(&fw.done);
	raw_spin_lock_irq(&worker->lock);
	if (w->queued)
		insert_work(worker, &fw.work, w->node.next);
	else if (worker->current_work == w)
		insert_work(worker, &fw.work, worker->works.next);
	else
		wait = false;
	raw_spin_unlock_irq(&worker->lock);
	if (!wait)
		return;
	wake_up_process(worker->task);
	wait_for_completion(&fw.done);
}

void kthread_destroy_worker(struct kthread_worker *worker)
{
	if (!worker)
		return;
	worker->stop = true;
	wake_up_process(worker->task);
}
