// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads.c - a loader's threads where one waits for another in a way that is not a mutex's,
 * and what a thread has of its own when it ends. Who holds something sleeps meanwhile, so
 * that whoever wants it comes while it is held. Each line says what came of a thing.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000L

int __cxa_thread_atexit_impl(void (*fn)(void *), void *object, void *dso);
extern void *__dso_handle;

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / NS;
	ts.tv_nsec %= NS;
	return ts;
}

/* ---- once ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT, twice = PTHREAD_ONCE_INIT;
static int begun, done, seen[2], cut;

static void slowly(void)
{
	begun++;
	usleep(3000);
	done++;
}

static void *asks_once(void *arg)
{
	pthread_once(&once, slowly);
	*(int *)arg = done; /* whoever comes back finds it done */
	return NULL;
}

static void is_cut(void)
{
	if (!cut++)
		pthread_exit(NULL);
}

static void *asks_twice(void *arg)
{
	pthread_once(&twice, is_cut);
	return NULL;
}

static void use_once(void)
{
	pthread_t id[4];
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&id[i], NULL, i < 2 ? asks_once : asks_twice, &seen[i & 1]);
	for (i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	printf("once: %d %d, seen %d %d, cut short %d\n", begun, done, seen[0], seen[1], cut);
}

/* ---- locks that are held ---- */

static pthread_spinlock_t spin;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile int held;
static int spins = 1; /* only where a library can come between: what spins makes no system call */

static void *holds(void *arg)
{
	pthread_spin_lock(&spin);
	pthread_rwlock_wrlock(&rw);
	pthread_mutex_lock(&mutex);
	held = 1;
	usleep(10000);
	held = 0;
	pthread_mutex_unlock(&mutex);
	pthread_rwlock_unlock(&rw);
	pthread_spin_unlock(&spin);
	return NULL;
}

static void use_locks(void)
{
	struct timespec soon, mono;
	int timed, clocked, mutexed;
	long began;
	pthread_t id;

	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	pthread_create(&id, NULL, holds, NULL);
	while (!held)
		sched_yield();
	soon = in_ms(CLOCK_REALTIME, 2);
	timed = pthread_rwlock_timedrdlock(&rw, &soon);
	mono = in_ms(CLOCK_MONOTONIC, 1);
	clocked = pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &mono);
	mono = in_ms(CLOCK_MONOTONIC, 1);
	mutexed = pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &mono);
	began = now_ms();
	if (spins)
		pthread_spin_lock(&spin);
	else
		pthread_mutex_lock(&mutex);
	printf("locks: %d %d %d, held %d, in time %d\n", timed == ETIMEDOUT, clocked == ETIMEDOUT,
	       mutexed == ETIMEDOUT, held, now_ms() - began >= 3 && now_ms() - began < 12);
	if (spins)
		pthread_spin_unlock(&spin);
	else
		pthread_mutex_unlock(&mutex);
	pthread_join(id, NULL);
}

/* ---- what ends with a thread ---- */

static pthread_key_t key;
static int ended, objects, again;
static pid_t ended_in;

/* It waits, for the loader's other threads too: that is code of the loader's. */
static void end_value(void *arg)
{
	pthread_mutex_lock(&mutex);
	usleep(1000);
	ended++;
	ended_in = gettid();
	if (!again++)
		pthread_setspecific(key, arg);
	pthread_mutex_unlock(&mutex);
}

static void end_object(void *arg)
{
	usleep(1000);
	objects = objects * 10 + *(int *)arg;
}

static void *has_data(void *arg)
{
	static int first = 1, second = 2;

	__cxa_thread_atexit_impl(end_object, &first, &__dso_handle);
	__cxa_thread_atexit_impl(end_object, &second, &__dso_handle);
	pthread_setspecific(key, arg);
	*(pid_t *)arg = gettid();
	return NULL;
}

static void use_data(void)
{
	pid_t tid = 0;
	pthread_t id;

	pthread_key_create(&key, end_value);
	pthread_create(&id, NULL, has_data, &tid);
	usleep(500);
	pthread_mutex_lock(&mutex);
	usleep(5000);
	pthread_mutex_unlock(&mutex);
	pthread_join(id, NULL);
	pthread_key_delete(key);
	printf("data: ended %d, in its thread %d, objects %d\n", ended, ended_in == tid, objects);
}

/* ---- C's own threads ---- */

static mtx_t mtx;
static cnd_t cnd;
static tss_t tss;
static once_flag flag = ONCE_FLAG_INIT;
static int called, said, freed;

static void call_me(void)
{
	called++;
	usleep(1000);
}

static void free_it(void *arg)
{
	freed++;
}

static int c11_thread(void *arg)
{
	call_once(&flag, call_me);
	tss_set(tss, &said);
	thrd_sleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	mtx_lock(&mtx);
	said = 1;
	cnd_signal(&cnd);
	mtx_unlock(&mtx);
	thrd_exit(42);
}

static void use_c11(void)
{
	struct timespec ts = { 0 };
	int ret = 0, err, timedout;
	thrd_t id;

	mtx_init(&mtx, mtx_timed);
	cnd_init(&cnd);
	tss_create(&tss, free_it);
	err = thrd_create(&id, c11_thread, NULL);
	call_once(&flag, call_me);
	mtx_lock(&mtx);
	while (!said)
		cnd_wait(&cnd, &mtx);
	timespec_get(&ts, TIME_UTC);
	ts.tv_nsec = (ts.tv_nsec + 1000000) % NS;
	ts.tv_sec += ts.tv_nsec < 1000000;
	timedout = cnd_timedwait(&cnd, &mtx, &ts);
	mtx_unlock(&mtx);
	thrd_join(id, &ret);
	printf("c11: %d, called %d, said %d, %d, timed out %d, freed %d, year %s", err, called,
	       said, ret, timedout == thrd_timedout, freed, asctime(gmtime(&ts.tv_sec)) + 20);
}

/* ---- threads that nobody joins; where they run ---- */

static volatile int nr_gone;

static void *goes(void *arg)
{
	usleep((useconds_t)(long)arg);
	nr_gone++;
	return NULL;
}

static void use_detached(void)
{
	pthread_attr_t attr;
	pthread_t id;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (i = 0; i < 500; i++) {
		pthread_create(&id, i & 1 ? &attr : NULL, goes, (void *)(long)(i % 7 * 100));
		if (!(i & 1)) {
			usleep(i % 3 * 400); /* over, or not yet */
			pthread_detach(id);
		}
	}
	while (nr_gone < 500)
		usleep(1000);
	printf("detached: %d\n", nr_gone);
}

static void *where(void *arg)
{
	usleep(2000);
	*(int *)arg = sched_getcpu();
	return NULL;
}

static void use_places(void)
{
	struct sched_param param = { 0 };
	int cpu = -1, set, get, policy = -1;
	cpu_set_t two, now;
	pthread_t id;

	CPU_ZERO(&two);
	CPU_SET(2, &two);
	pthread_create(&id, NULL, where, &cpu);
	set = pthread_setaffinity_np(id, sizeof(two), &two);
	get = pthread_getaffinity_np(id, sizeof(now), &now);
	param.sched_priority = 3;
	printf("places: %d %d %d", set, get, CPU_EQUAL(&two, &now));
	printf(", policy %d", pthread_setschedparam(id, SCHED_FIFO, &param));
	memset(&param, 0, sizeof(param));
	pthread_getschedparam(id, &policy, &param);
	printf(" %d %d", policy == SCHED_FIFO, param.sched_priority);
	pthread_join(id, NULL);
	printf(", on %d\n", cpu);
}

int main(int argc, char **argv)
{
	spins = argc == 1;
	use_once();
	use_locks();
	use_data();
	use_c11();
	use_detached();
	use_places();
	return 0;
}
