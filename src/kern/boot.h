/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.h - what machine.c calls of the other parts, once. */
#ifndef KS_KERN_BOOT_H
#define KS_KERN_BOOT_H

#include "kern/sched.h"

struct task_struct *idle_task_create(s32 cpu); /* task.c */
/* task.c: what of @p is in the host's heap; p->m is gone */
void task_release_host(struct task_struct *p);
void tasks_start(void);		 /* task.c: from CPU 0's idle task */
void hotplug_init(void);	 /* hotplug.c */
void kern_kfuncs_register(void); /* kfuncs.c: tasks, cgroups, cpumasks of the kernel */
void hooks_init(void);		 /* hooks.c: before anything else */
void hooks_finish(void);
void perf_init(void); /* perf.c */

#endif
