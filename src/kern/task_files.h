/* SPDX-License-Identifier: GPL-2.0-only */
/* task_files.h - the objects beside a task_struct that guests reach: signal, pid, cred. */
#ifndef KS_KERN_TASK_FILES_H
#define KS_KERN_TASK_FILES_H

#include "kern/sched.h"

void task_files_init(struct task_struct *p, struct task_struct *parent);
void task_files_free(struct task_struct *p);

#endif
