/* SPDX-License-Identifier: GPL-2.0-only */
/* stop.h - per-CPU threads made at boot. */
#ifndef KS_KERN_STOP_H
#define KS_KERN_STOP_H

#include "kern/sched.h"

struct stop_work {
	void (*fn)(void *arg);
	void *arg;
	struct completion *done; /* NULL: nobody waits */
	struct list_head node;
};

/* run @w->fn on @cpu in its stopper thread; @w must last until then. Any context. */
void stop_one_cpu_nowait(s32 cpu, struct stop_work *w);

void stopper_create(s32 cpu);
/* a kthread of @id from the start (stop, rt at priority 1..99 by set-up after) */
struct task_struct *kthread_create_class(task_body body, void *arg, s32 cpu, const char *comm,
					 enum sched_class_id id);

#endif
