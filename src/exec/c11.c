// SPDX-License-Identifier: GPL-2.0-only
/*
 * c11.c - threads as <threads.h> has them. In glibc its objects are those of pthread_*(), and
 * so they are here: each is the function of thread.c with another set of results.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#include "exec/process.h"
#include "sys/host.h"

static int to_thrd(int err)
{
	switch (err) {
	case 0:
		return thrd_success;
	case ENOMEM:
	case EAGAIN:
		return thrd_nomem;
	case ETIMEDOUT:
		return thrd_timedout;
	case EBUSY:
		return thrd_busy;
	default:
		return thrd_error;
	}
}

struct beginning {
	thrd_start_t fn;
	void *arg;
};

static void *begin(void *arg)
{
	struct beginning b = *(struct beginning *)arg;

	free(arg);
	return (void *)(intptr_t)b.fn(b.arg);
}

KS_PUBLIC int thrd_create(thrd_t *id, thrd_start_t fn, void *arg)
{
	struct beginning *b;
	int err;

	if (!process_user)
		return HOST(thrd_create)(id, fn, arg);
	b = malloc(sizeof(*b));
	if (!b)
		return thrd_nomem;
	*b = (struct beginning){ fn, arg };
	err = pthread_create(id, NULL, begin, b);
	if (err)
		free(b);
	return to_thrd(err);
}

KS_PUBLIC int thrd_join(thrd_t id, int *out)
{
	void *ret = NULL;
	int err;

	if (!process_user)
		return HOST(thrd_join)(id, out);
	err = pthread_join(id, &ret);
	if (!err && out)
		*out = (int)(intptr_t)ret;
	return to_thrd(err);
}

KS_PUBLIC int thrd_detach(thrd_t id)
{
	return process_user ? to_thrd(pthread_detach(id)) : HOST(thrd_detach)(id);
}

KS_PUBLIC void thrd_exit(int ret)
{
	if (!process_user)
		HOST(thrd_exit)(ret);
	pthread_exit((void *)(intptr_t)ret);
}

KS_PUBLIC void thrd_yield(void)
{
	sched_yield();
}

/* 0, -1 for a signal, another negative for all else */
KS_PUBLIC int thrd_sleep(const struct timespec *ts, struct timespec *left)
{
	int err;

	if (!process_user)
		return HOST(thrd_sleep)(ts, left);
	err = clock_nanosleep(CLOCK_REALTIME, 0, ts, left);
	return !err ? 0 : err == EINTR ? -1 : -2;
}

KS_PUBLIC int timespec_get(struct timespec *ts, int base)
{
	if (!process_user || base != TIME_UTC)
		return HOST(timespec_get)(ts, base);
	clock_gettime(CLOCK_REALTIME, ts);
	return base;
}

#define DEFINE_C11(name, pthread_name, type, pthread_type)                            \
	KS_PUBLIC int name(type *object)                                              \
	{                                                                             \
		return process_user ? to_thrd(pthread_name((pthread_type *)object)) : \
				      HOST(name)(object);                             \
	}

DEFINE_C11(mtx_lock, pthread_mutex_lock, mtx_t, pthread_mutex_t)
DEFINE_C11(mtx_unlock, pthread_mutex_unlock, mtx_t, pthread_mutex_t)
DEFINE_C11(cnd_signal, pthread_cond_signal, cnd_t, pthread_cond_t)
DEFINE_C11(cnd_broadcast, pthread_cond_broadcast, cnd_t, pthread_cond_t)

KS_PUBLIC int mtx_timedlock(mtx_t *m, const struct timespec *ts)
{
	if (!process_user)
		return HOST(mtx_timedlock)(m, ts);
	return to_thrd(pthread_mutex_timedlock((pthread_mutex_t *)m, ts));
}

KS_PUBLIC int cnd_wait(cnd_t *c, mtx_t *m)
{
	if (!process_user)
		return HOST(cnd_wait)(c, m);
	return to_thrd(pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

KS_PUBLIC int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *ts)
{
	if (!process_user)
		return HOST(cnd_timedwait)(c, m, ts);
	return to_thrd(pthread_cond_timedwait((pthread_cond_t *)c, (pthread_mutex_t *)m, ts));
}

KS_PUBLIC void call_once(once_flag *flag, void (*fn)(void))
{
	pthread_once((pthread_once_t *)flag, fn);
}
