/* SPDX-License-Identifier: GPL-2.0-only */
/* work.h - pools of workers, and the callbacks of RCU. */
#ifndef KS_KERN_WORK_H
#define KS_KERN_WORK_H

#include "kern/task.h"

#define POOL_WORKERS_MAX 4

void pools_create(void);   /* empty */
void workers_create(void); /* one a pool, where the kernel's threads do not live */
/* one more worker of @cpu's pool (-1: the unbound one), at boot */
void worker_create(s32 cpu, const struct kthread_attr *attr);
void workers_bind(s32 cpu, bool bound); /* to their CPU, or to none; may sleep */
/* core.c:schedule(), of a PF_WQ_WORKER: before it sleeps, and after */
void wq_worker_sleeping(struct task_struct *p);
void wq_worker_running(struct task_struct *p);

struct rcu *rcu_create(struct machine *m); /* rcu.c; where they live */
void rcu_set_gp(struct task_struct *p);
void rcu_calls_release(void); /* with the machine: callbacks that never came to run */

#endif
