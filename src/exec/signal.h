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
/* The thread goes back to loader code: its own stack is there for signals. */
void signal_arm(struct thread *t);
/* a thread has ended: its stack for signals goes */
void signal_disarm(struct thread *t);

#endif
