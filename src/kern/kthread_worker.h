/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthread_worker.h - kernel threads that run queued works in order: the RT
 * helpers that enable and disable schedulers.
 */
#ifndef KS_KERN_KTHREAD_WORKER_H
#define KS_KERN_KTHREAD_WORKER_H

#include "abi/list.h"
#include "base/types.h"

struct kthread_work {
	struct list_head node;
	void (*fn)(struct kthread_work *w);
	struct kthread_worker *worker; /* it is or was queued on, NULL: none yet */
	bool queued;
};

struct kthread_worker {
	struct list_head all_node; /* machine->kthread_workers */
	struct task_struct *task;
	raw_spinlock_t lock;
	struct list_head works;
	struct kthread_work *current_work;
	bool stop;
};

/* A worker thread of that name, SCHED_FIFO; task context. NULL: no memory */
struct kthread_worker *kthread_create_rt_worker(const char *comm);
/* with the machine: those that were never destroyed */
void kthread_workers_release(void);
void kthread_init_work(struct kthread_work *w, void (*fn)(struct kthread_work *));
/* false if it is queued already. Any context but NMI. */
bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *w);
/* Wait until @w, if queued or running, is done. Task context. */
void kthread_flush_work(struct kthread_work *w);
/* Let the thread finish what is queued and exit; it frees @worker. NULL is fine. */
void kthread_destroy_worker(struct kthread_worker *worker);

#endif
