/* SPDX-License-Identifier: GPL-2.0-only */
/* signal.h - SIGSYS is the machine's and the loader's: see signal.c. */
#ifndef KS_EXEC_SIGNAL_H
#define KS_EXEC_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

struct thread;

/* From here on SIGSYS is caught by @handler, whatever the loader does. 0 or -errno. */
int signal_begin(void (*handler)(int sig, siginfo_t *info, void *context));
/* A SIGSYS that is none of the machine's: what the loader asked for happens. */
void signal_pass_on(int sig, siginfo_t *info, void *context);
/*
 * The system calls of a loader without the C library. @mask is the one that its code will
 * have: a handler's return restores it.
 */
long signal_raw_mask(int how, const unsigned long *set, unsigned long *old, sigset_t *mask);
long signal_raw_action(int sig, const void *act, void *old);
long signal_raw_stack(const stack_t *ss, stack_t *old, const void *sp);
/* in the kernel: has the current thread's code @sig blocked? */
bool signal_blocked(int sig);
/*
 * Of a bare program's threads each has its own signals: one comes to @t when its code goes
 * on, and ends a wait of it. false: the process is no such program, and @sig is the host's
 */
bool signal_thread(struct thread *t, int sig);
/* Is one to come that the code of @t has not blocked? */
bool signal_due(const struct thread *t);
/* Has the host one for the current thread's code, which comes when that goes on? */
bool signal_waits(void);
/* The current thread's code goes on after this: what is due comes then. */
void signal_send_due(struct thread *t);
/* The process is about to become another program, which inherits what this one has blocked. */
void signal_leave_mask(void);
/* The thread goes back to loader code: its own stack is there for signals. */
void signal_arm(struct thread *t);
/* a thread has ended: its stack for signals goes */
void signal_disarm(struct thread *t);

#endif
