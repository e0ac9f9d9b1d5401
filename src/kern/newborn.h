/* SPDX-License-Identifier: GPL-2.0-only */
/* newborn.h - tasks that wait for their parent to sleep before they run (newborn.c). */
#ifndef KS_KERN_NEWBORN_H
#define KS_KERN_NEWBORN_H

#include "kern/sched.h"

/* @p, forked and never woken, is woken when its parent sleeps or exits. From that parent. */
void newborn_hold(struct task_struct *p);
/* machine_destroy(): the list goes; the tasks are others' business. */
void newborns_release(void);

#endif
