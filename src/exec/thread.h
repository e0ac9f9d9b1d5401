/* SPDX-License-Identifier: GPL-2.0-only */
/* thread.h - a loader's threads. */
#ifndef KS_EXEC_THREAD_H
#define KS_EXEC_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unwind.h>

#include "base/list.h"
#include "base/types.h"
#include "engine/fiber.h"

struct task_struct;
struct trap_context;

struct thread {
	struct task_struct *task;
	struct fiber user, kernel; /* loader code; where the task began */
	unsigned long tls;	   /* thread pointer */
	pthread_t id;
	bool done;
	struct list_head node; /* thread.c: all but the first */

	/* cancel.c */
	bool cancelled, cancel_off, cancel_async;
	bool point;	 /* the call that it waits in may end the thread */
	bool cancel_now; /* process_leave() does not come back */
	void *cleanup;	 /* the innermost pthread_cleanup_push() */
	void *bottom;	 /* of its stack; NULL: not known */
	struct _Unwind_Exception unwinding;
	struct thread_object *objects; /* keys.c: that end with it, the newest first */

	/* signal.c */
	void *signal_stack;    /* NULL: not made yet */
	stack_t user_stack;    /* what the loader has set; size 0: nothing */
	bool sigsys_blocked;   /* it thinks that it has blocked it */
	sigset_t *mask;	       /* of the code whose call is answered; NULL: no such call */
	unsigned long pending; /* of a bare program: signals to this thread, bit 0 is 1 */

	/* trap.c, clone.c: of a bare program */
	unsigned long program_tls;
	const struct trap_context *entering; /* where it is to go on; NULL: it has gone */
	u32 *clear_tid;			     /* cleared, and told to who waits there, at its end */
};

/* pthread_create() of loader code; the new task's pid, or -errno */
int thread_create(pthread_t *id, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
/* in the kernel, the last of @t: nothing of the host's is kept for one that nobody joins */
void thread_ended(struct thread *t);
/* The current thread, which is not the first one, ends. */
void thread_finish(void) __attribute__((noreturn));
/* what pthread_join() is to get of @t */
void thread_set_result(struct thread *t, void *ret);
/* NULL: no thread of the loader's is called @id */
struct thread *thread_by_id(pthread_t id);
/* cancel.c: is the current thread to end where it is? */
bool thread_cancel_due(const struct thread *t);
/* It was cancelled, and is back in loader code: is that the end? */
void thread_cancel_leave(void);
/* The current thread ends with @ret, frame by frame. In loader code. */
void thread_unwind(void *ret) __attribute__((noreturn));
/* keys.c: what the current thread has of its own ends. In loader code. */
void thread_end_data(void);
/* virtual time of an absolute @ts of whichever clock */
u64 thread_deadline(const struct timespec *ts);
/* From loader code: sleeps until somebody let something go since @seen (process_events). 0, ETIMEDOUT */
int thread_sleep_for_event(u64 seen, u64 until_ns);
/* From loader code: something was let go. */
void thread_let_go(void);
/* futex(2) of a thread, in the kernel: its result or -errno */
long thread_futex(const long a[6]);

#endif
