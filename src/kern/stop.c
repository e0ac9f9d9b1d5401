// SPDX-License-Identifier: GPL-2.0-only
/*
 * stop.c - the stop class: one thread a CPU that nothing preempts, and what asks
 * it to act (stop_one_cpu).
 */
#include "kern/sched.h"

#include <stdio.h>

#include "kern/stop.h"

static void enqueue_task_stop(struct rq *rq, struct task_struct *p, u64 flags)
{
	add_nr_running(rq, 1);
}

static bool dequeue_task_stop(struct rq *rq, struct task_struct *p, u64 flags)
{
	add_nr_running(rq, -1);
	return true;
}

static bool balance_stop(struct rq *rq, struct task_struct *prev)
{
	return rq->stop && task_on_rq_queued(rq->stop);
}

static struct task_struct *pick_task_stop(struct rq *rq, struct task_struct *prev)
{
	return balance_stop(rq, prev) ? rq->stop : NULL;
}

static void put_prev_task_stop(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
}

static void set_next_task_stop(struct rq *rq, struct task_struct *p, bool first)
{
}

const struct class_methods stop_sched_class = {
	.name = "stop",
	.enqueue_task = enqueue_task_stop,
	.dequeue_task = dequeue_task_stop,
	.balance = balance_stop,
	.pick_task = pick_task_stop,
	.put_prev_task = put_prev_task_stop,
	.set_next_task = set_next_task_stop,
};

static void stopper_body(void *arg)
{
	struct rq_model *c = arg;

	for (;;) {
		struct completion *done;
		struct stop_work *w;

		set_current_state(TASK_INTERRUPTIBLE);
		if (list_empty(&c->stop_works)) {
			schedule();
			continue;
		}
		set_current_state(TASK_RUNNING);
		w = list_first_entry(&c->stop_works, struct stop_work, node);
		list_del(&w->node);
		w->queued = false;
		done = w->done;
		w->fn(w->arg); /* @w may be gone then */
		if (done)
			complete(done);
	}
}

void stopper_create(const struct kthread_attr *attr)
{
	struct rq_model *c = host_of(cpu_rq(attr->cpu))->m;

	INIT_LIST_HEAD(&c->stop_works);
	c->rq->stop = kthread_create_with(attr, stopper_body, c);
}

void stoppers_create(void)
{
	for (s32 cpu = 0; cpu < (s32)machine->nr_cpu_ids; cpu++) {
		char comm[TASK_COMM_LEN + 8];
		const struct kthread_attr attr = { .comm = comm, .cpu = cpu, .class = CLASS_STOP };

		snprintf(comm, sizeof(comm), "migration/%d", cpu);
		stopper_create(&attr);
	}
}

void stop_one_cpu_nowait(s32 cpu, struct stop_work *w)
{
	struct rq_model *c = host_of(cpu_rq(cpu))->m;

	if (w->queued)
		return;
	w->queued = true;
	list_add_tail(&w->node, &c->stop_works);
	wake_up_process(c->rq->stop);
}

void stop_one_cpu(s32 cpu, void (*fn)(void *arg), void *arg)
{
	struct completion done;
	struct stop_work w = { .fn = fn, .arg = arg, .done = &done };

	init_completion(&done);
	stop_one_cpu_nowait(cpu, &w);
	wait_for_completion(&done);
}
