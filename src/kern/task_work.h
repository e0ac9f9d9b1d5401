/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_work.h - functions that a task runs on its way back to user mode. A kernel
 * thread has no such way: what is queued for it waits for its end.
 */
#ifndef KS_KERN_TASK_WORK_H
#define KS_KERN_TASK_WORK_H

#include "base/list.h"
#include "kern/irq.h"

struct task_struct;

struct task_work {
	struct irq_work irq_work;
	struct list_head node;
	struct task_struct *p; /* referenced while it is queued */
	bool signal;
	/* in the task, may sleep; or @run false: the task is past its last return, nothing runs */
	void (*fn)(struct task_work *w, bool run);
};

/*
 * task_work_queue - run @w->fn in @p: at its next return to user mode, or, by
 * @signal, out of an interruptible sleep too, which then goes on. From any context.
 */
void task_work_queue(struct task_work *w, struct task_struct *p, bool signal);
bool task_work_pending(const struct task_struct *p);
/* current's, now */
void task_work_run(void);
/* in do_exit(): the last ones */
void exit_task_work(void);
/* @p goes away with the machine */
void task_works_drop(struct task_struct *p);

#endif
