// SPDX-License-Identifier: GPL-2.0-only
/*
 * task_work.c - see task_work.h. Facts: kernel/task_work.c, helpers.c
 * (bpf_task_work_irq()), entry/common.c (exit_to_user_mode_loop()).
 *
 *	kfunc ─▶ irq work on this CPU ─▶ on the task's list ─▶ told ─▶ exit to user: run
 *
 * Newest first, as the kernel's list is.
 */
#include "kern/task_work.h"

#include "kern/sched.h"

/* @p runs user code on another CPU: an interrupt brings it to its exit loop */
static void kick_process(struct task_struct *p)
{
	s32 cpu = task_cpu(p);

	if (cpu != smp_processor_id() && task_current(cpu_rq(cpu), p))
		smp_send_reschedule(cpu);
}

static void tell(struct task_struct *p, bool signal)
{
	if (signal && !host_of(p)->m->notified) {
		host_of(p)->m->notified = true;
		if (try_to_wake_up(p, TASK_INTERRUPTIBLE, 0))
			return;
	}
	kick_process(p);
}

static void drop(struct task_work *w)
{
	struct task_struct *p = w->p;

	w->p = NULL;
	w->fn(w, false);
	put_task_struct(p);
}

static void task_work_add(struct irq_work *iw)
{
	struct task_work *w = container_of(iw, struct task_work, irq_work);

	if (host_of(w->p)->m->works_over) {
		drop(w);
		return;
	}
	list_add(&w->node, &host_of(w->p)->m->works);
	tell(w->p, w->signal);
}

void task_work_queue(struct task_work *w, struct task_struct *p, bool signal)
{
	get_task_struct(p);
	w->p = p;
	w->signal = signal;
	init_irq_work(&w->irq_work, task_work_add);
	irq_work_queue(&w->irq_work);
}

bool task_work_pending(const struct task_struct *p)
{
	return !list_empty(&host_of(p)->m->works);
}

void task_work_run(void)
{
	struct task_model *m = host_of(current)->m;
	struct task_work *w;

	m->notified = false;
	while (!list_empty(&m->works)) {
		w = list_first_entry(&m->works, struct task_work, node);
		list_del_init(&w->node);
		w->p = NULL;
		w->fn(w, true);
		put_task_struct(current);
	}
}

void exit_task_work(void)
{
	task_work_run();
	host_of(current)->m->works_over = true;
}

void task_works_drop(struct task_struct *p)
{
	struct task_work *w, *tmp;

	host_of(p)->m->works_over = true;
	list_for_each_entry_safe(w, tmp, &host_of(p)->m->works, node) {
		list_del_init(&w->node);
		w->p = NULL;
		w->fn(w, false);
	}
}
