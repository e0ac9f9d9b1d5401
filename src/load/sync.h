/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync.h - what a C library builds over futexes, for the simulated programs: the
 * uncontended paths cost nothing, the contended ones make the system calls that
 * glibc makes, so a scheduler sees the wakeups it would see of a real program.
 * No host threads: user code switches only where it runs or enters the kernel.
 */
#ifndef KS_LOAD_SYNC_H
#define KS_LOAD_SYNC_H

#include "base/list.h"
#include "kern/task.h"

/* 0 free, 1 locked, 2 locked and somebody may sleep on it */
struct umutex {
	struct futex f;
};

void umutex_init(struct umutex *m);
void umutex_lock(struct umutex *m);
/* Unlocking a free mutex does nothing, whoever unlocks is believed: as glibc's plain mutex. */
void umutex_unlock(struct umutex *m);

/*
 * Waiters queue up in order and each sleeps on a word of its own, so that one
 * signal ends exactly one wait. The waiter outlives its task (a killed task never
 * returns from the wait): it belongs to the workload.
 */
struct uwaiter {
	struct futex woken;
	struct list_head node;
};

struct ucond {
	struct list_head waiters;
};

void ucond_init(struct ucond *c);
void ucond_wait(struct ucond *c, struct umutex *m, struct uwaiter *w);
void ucond_signal(struct ucond *c);
void ucond_broadcast(struct ucond *c);
/* Sleep on @c without a mutex: whoever signals has none either. */
void ucond_sleep(struct ucond *c, struct uwaiter *w);
/* End one wait, whatever it is for; nothing if it has ended. */
void uwaiter_wake(struct uwaiter *w);

struct ubarrier {
	struct umutex mutex;
	struct ucond all_here;
	u32 users, arrived;
};

void ubarrier_init(struct ubarrier *b, u32 users);
void ubarrier_wait(struct ubarrier *b, struct uwaiter *w);

struct usem {
	struct futex f; /* the count */
	u32 sleepers;
};

void usem_init(struct usem *s, u32 count);
void usem_wait(struct usem *s);
void usem_post(struct usem *s);

#endif
