/* SPDX-License-Identifier: GPL-2.0-only */
/* sleep.h - sleeping below the system calls. Task context. */
#ifndef KS_KERN_SLEEP_H
#define KS_KERN_SLEEP_H

#include "kern/sched.h"

struct pipe;

/* Wake the first that waits on @list, whose lock is held; false: there is none. */
bool wake_first(struct list_head *list, int wake_flags);
/*
 * Sleep on @list, @lock held with irqs off before and after, until woken: true; false: a signal
 * or task work ended it.
 */
bool wait_interruptible(struct list_head *list, raw_spinlock_t *lock);

/* pipe.c */
int pipe_read(struct pipe *pi);
int pipe_write(struct pipe *pi);

int futex_wait(struct futex *f, u32 val, u64 timeout_ns);
int futex_wake(struct futex *f, int nr);
void schedule_until(u64 expires_ns); /* absolute; ends early when killed */
void nanosleep_until(
	u64 expires_ns); /* the same as a system call does it: task work runs meanwhile */
void io_schedule_until(u64 expires_ns); /* uninterruptible, as a wait for a device */

#endif
