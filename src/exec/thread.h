/* SPDX-License-Identifier: GPL-2.0-only */
/* thread.h - a loader's threads. */
#ifndef KS_EXEC_THREAD_H
#define KS_EXEC_THREAD_H

/* The current thread, which is not the first one, ends. */
void thread_finish(void) __attribute__((noreturn));
/* futex(2) of a thread, in the kernel: its result or -errno */
long thread_futex(const long a[6]);

#endif
