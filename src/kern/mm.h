/* SPDX-License-Identifier: GPL-2.0-only */
/* mm.h - address spaces as far as guests see them: who shares one, who has none. */
#ifndef KS_KERN_MM_H
#define KS_KERN_MM_H

#include "kern/sched.h"

/* What idle tasks borrow when the machine boots. */
struct mm_struct *init_mm(void);
/* copy_mm(): a thread shares its process's, a process gets its own. Not for kernel threads. */
void mm_fork(struct task_struct *p, const struct task_struct *parent);
/* exec_mmap(): the current task begins anew */
void mm_exec(void);
/* A task that ends, or was never born, has none any longer. */
void mm_exit(struct task_struct *p);
/* context_switch(): a kernel thread borrows what was active; interrupts are off */
void mm_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next);
void mm_drop_prev(struct rq *rq);
/* finish_task_switch(): the loan of a kernel thread that a user task follows is over */
static inline void mm_finish_switch(struct rq *rq)
{
	if (unlikely(rq->prev_mm))
		mm_drop_prev(rq);
}

#endif
