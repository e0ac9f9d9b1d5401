// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync.c - what else threads wait for each other by: once, spinning, clocks of one's choice,
 * read-write locks. As thread.c has it: at the host nothing is waited for but what is free,
 * since who holds it may be a task that another CPU's turn has put aside.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "exec/process.h"
#include "exec/thread.h"
#include "sys/host.h"

/* ---- once: the C library's own three states, so that it finds what we leave ---- */

enum { ONCE_NEW = 0, ONCE_RUNS = 1, ONCE_DONE = 2 };

int __pthread_once(pthread_once_t *once, void (*fn)(void));

static void forget(void *arg)
{
	*(volatile pthread_once_t *)arg = ONCE_NEW;
	thread_let_go();
}

static void run_once(volatile pthread_once_t *once, void (*fn)(void))
{
	*once = ONCE_RUNS;
	pthread_cleanup_push(forget, (void *)once);
	fn();
	pthread_cleanup_pop(0);
	*once = ONCE_DONE;
	thread_let_go();
}

KS_PUBLIC int pthread_once(pthread_once_t *arg, void (*fn)(void))
{
	volatile pthread_once_t *once = arg;
	u64 seen;

	if (!process_user)
		return HOST(pthread_once)(arg, fn);
	while (*once == ONCE_RUNS) {
		seen = process_events;
		thread_sleep_for_event(seen, ~0ULL);
	}
	if (*once == ONCE_NEW)
		run_once(once, fn);
	return 0;
}

KS_PUBLIC int __pthread_once(pthread_once_t *once, void (*fn)(void))
{
	return pthread_once(once, fn);
}

/* ---- spinning takes time ---- */

#define SPIN_NS 1000

KS_PUBLIC int pthread_spin_lock(pthread_spinlock_t *lock)
{
	const struct timespec ts = { 0, SPIN_NS };

	if (!process_user)
		return HOST(pthread_spin_lock)(lock);
	while (pthread_spin_trylock(lock))
		nanosleep(&ts, NULL);
	return 0;
}

/* ---- clocks: a time is told by its size (thread.c) ---- */

KS_PUBLIC int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
				      const struct timespec *ts)
{
	return process_user ? pthread_mutex_timedlock(m, ts) :
			      HOST(pthread_mutex_clocklock)(m, clock, ts);
}

KS_PUBLIC int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *ts)
{
	return process_user ? sem_timedwait(s, ts) : HOST(sem_clockwait)(s, clock, ts);
}

/* ---- read-write locks ---- */

static int lock_until(int (*try)(pthread_rwlock_t *l), pthread_rwlock_t *l, u64 until_ns)
{
	u64 seen;
	int ret;

	for (;;) {
		seen = process_events;
		ret = try(l);
		if (ret != EBUSY)
			return ret;
		if (thread_sleep_for_event(seen, until_ns))
			return ETIMEDOUT;
	}
}

#define DEFINE_RWLOCK(name, timed, clocked, try)                                               \
	KS_PUBLIC int name(pthread_rwlock_t *l)                                                \
	{                                                                                      \
		return process_user ? lock_until(try, l, ~0ULL) : HOST(name)(l);               \
	}                                                                                      \
	KS_PUBLIC int timed(pthread_rwlock_t *l, const struct timespec *ts)                    \
	{                                                                                      \
		return process_user ? lock_until(try, l, thread_deadline(ts)) :                \
				      HOST(timed)(l, ts);                                      \
	}                                                                                      \
	KS_PUBLIC int clocked(pthread_rwlock_t *l, clockid_t clock, const struct timespec *ts) \
	{                                                                                      \
		return process_user ? timed(l, ts) : HOST(clocked)(l, clock, ts);              \
	}

DEFINE_RWLOCK(pthread_rwlock_rdlock, pthread_rwlock_timedrdlock, pthread_rwlock_clockrdlock,
	      pthread_rwlock_tryrdlock)
DEFINE_RWLOCK(pthread_rwlock_wrlock, pthread_rwlock_timedwrlock, pthread_rwlock_clockwrlock,
	      pthread_rwlock_trywrlock)

KS_PUBLIC int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	int ret = HOST(pthread_rwlock_unlock)(l);

	if (process_user)
		thread_let_go();
	return ret;
}

/* ---- names of before glibc 2.34 ---- */

#define DEFINE_OLD(old, name, type)     \
	int old(type *object);          \
	KS_PUBLIC int old(type *object) \
	{                               \
		return name(object);    \
	}

DEFINE_OLD(__pthread_mutex_lock, pthread_mutex_lock, pthread_mutex_t)
DEFINE_OLD(__pthread_mutex_unlock, pthread_mutex_unlock, pthread_mutex_t)
DEFINE_OLD(__pthread_rwlock_rdlock, pthread_rwlock_rdlock, pthread_rwlock_t)
DEFINE_OLD(__pthread_rwlock_wrlock, pthread_rwlock_wrlock, pthread_rwlock_t)
DEFINE_OLD(__pthread_rwlock_unlock, pthread_rwlock_unlock, pthread_rwlock_t)
