/* SPDX-License-Identifier: GPL-2.0-only */
/* thread.h - a loader's threads. */
#ifndef KS_EXEC_THREAD_H
#define KS_EXEC_THREAD_H

#include <pthread.h>
#include <stdbool.h>

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
/* futex(2) of a thread, in the kernel: its result or -errno */
long thread_futex(const long a[6]);

#endif
