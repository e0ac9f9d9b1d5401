/* SPDX-License-Identifier: GPL-2.0-only */
/* thread.h - a loader's threads. */
#ifndef KS_EXEC_THREAD_H
#define KS_EXEC_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/types.h"

struct thread;

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
