/* SPDX-License-Identifier: GPL-2.0-only */
/* stop.h - the stoppers, and what is asked of them. */
#ifndef KS_KERN_STOP_H
#define KS_KERN_STOP_H

#include "kern/sched.h"

struct stop_work {
	void (*fn)(void *arg);
	void *arg;
	struct completion *done; /* NULL: nobody waits */
	struct list_head node;
	bool queued;
};

/*
 * Run @w->fn on @cpu in its stopper thread; any context. @w is the caller's until it has run;
 * one that is queued already stays where it is.
 */
void stop_one_cpu_nowait(s32 cpu, struct stop_work *w);
/* at boot: @attr's CPU's; and one a CPU, where the kernel's threads do not live */
void stopper_create(const struct kthread_attr *attr);
void stoppers_create(void);

#endif
