// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread.c - a loader's threads. The C library makes a real thread, for its stack
 * and its thread pointer; that thread then parks for good, and the task of the
 * machine runs its code as a fiber on the first thread:
 *
 *	pthread_create ─▶ real thread: notes stack and thread pointer, parks ... returns
 *	               ─▶ task: fiber on that stack, with that thread pointer ──╯ unparked
 *
 * So only one thread ever runs, and which one is the simulated scheduler's choice.
 * Locks are tried, never waited for at the host; who cannot go on sleeps as a task
 * until some thread of the process has let something go.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "exec/ident.h"
#include "exec/process.h"
#include "exec/signal.h"
#include "exec/thread.h"
#include "exec/tls.h"
#include "kern/sched.h"
#include "sys/door.h"
#include "sys/host.h"

#define NS 1000000000ULL
#define STACK_GAP 65536 /* between the parked frames and the fiber's */

struct loader_thread {
	struct thread t; /* first: thread_self() finds it */
	void *(*fn)(void *arg);
	void *arg, *ret;
	sem_t parked, finished; /* the host's */
	char *stack_top;
	size_t stack_bytes;
	bool detached, gone;
};

/* ---- making one ---- */

static size_t stack_below(const char *top)
{
	pthread_attr_t attr;
	size_t bytes;
	void *low;

	if (pthread_getattr_np(pthread_self(), &attr))
		return 0;
	pthread_attr_getstack(&attr, &low, &bytes);
	pthread_attr_destroy(&attr);
	return top > (char *)low ? (size_t)(top - (char *)low) : 0;
}

static void *park(void *arg)
{
	struct loader_thread *lt = arg;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	lt->stack_top = (char *)(((uintptr_t)__builtin_frame_address(0) - STACK_GAP) & ~63UL);
	lt->stack_bytes = stack_below(lt->stack_top);
	lt->t.tls = tls_get();
	HOST(sem_post)(&lt->parked);
	while (HOST(sem_wait)(&lt->finished))
		;
	return lt->ret;
}

/* on the fiber: the task has been switched to for the first time */
static void run_thread(void *arg)
{
	struct loader_thread *lt = arg;

	lt->t.bottom = __builtin_frame_address(0);
	process_leave();
	lt->ret = lt->fn(lt->arg);
	thread_end_data();
	thread_finish();
}

void thread_set_result(struct thread *t, void *ret)
{
	if (!process_is_first(t))
		container_of(t, struct loader_thread, t)->ret = ret;
}

void thread_finish(void)
{
	struct thread *t = thread_self();

	if (process_is_first(t)) /* the process goes on without it, which no loader does */
		process_exit(0);
	process_enter();
	fiber_switch(&t->user, &t->kernel);
	__builtin_unreachable();
}

/* in the kernel, on the machine's thread */
static long start_task(struct loader_thread *lt)
{
	struct task_attr attr = { .comm = current->comm };
	int err = 0;

	ident_fork(&attr);

	fiber_create_on(&lt->t.user, lt->stack_top - lt->stack_bytes, lt->stack_bytes, run_thread,
			lt);
	list_add_tail(&lt->t.node, &exec_state.threads.all);
	lt->t.task = task_create(&attr, thread_body, &lt->t, &err);
	if (!lt->t.task)
		list_del_init(&lt->t.node);
	return lt->t.task ? 0 : err ? err : -EAGAIN;
}

/*
 * In the kernel: the host's thread is gone before loader code runs again. What the C library
 * does at its end is done by a thread that is no task.
 */
static int let_end(struct loader_thread *lt, void **ret)
{
	if (lt->gone)
		return ESRCH;
	lt->gone = true;
	signal_disarm(&lt->t);
	fiber_forget_frames(lt->stack_top - lt->stack_bytes, lt->stack_bytes);
	list_del_init(&lt->t.node);
	HOST(sem_post)(&lt->finished);
	return HOST(pthread_join)(lt->t.id, ret);
}

static struct loader_thread *describe(const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	struct loader_thread *lt = calloc(1, sizeof(*lt));
	int detached = PTHREAD_CREATE_JOINABLE;

	if (!lt)
		return NULL;
	if (attr)
		pthread_attr_getdetachstate(attr, &detached); /* of the host's, each is joined */
	lt->fn = fn;
	lt->arg = arg;
	lt->detached = detached == PTHREAD_CREATE_DETACHED;
	HOST(sem_init)(&lt->parked, 0, 0);
	HOST(sem_init)(&lt->finished, 0, 0);
	return lt;
}

/* in the kernel; the task's pid or -errno */
static int create(pthread_t *id, const pthread_attr_t *attr, struct loader_thread *lt)
{
	pthread_attr_t joinable;
	int err;

	if (attr) {
		joinable = *attr;
		pthread_attr_setdetachstate(&joinable, PTHREAD_CREATE_JOINABLE);
		attr = &joinable;
	}
	err = HOST(pthread_create)(&lt->t.id, attr, park, lt);
	if (err) {
		free(lt);
		return -err;
	}
	while (HOST(sem_wait)(&lt->parked))
		;
	*id = lt->t.id;
	err = (int)start_task(lt);
	if (!err)
		return lt->t.task->pid;
	let_end(lt, NULL);
	free(lt);
	return err;
}

int thread_create(pthread_t *id, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	struct loader_thread *lt;
	int pid;

	process_enter();
	lt = describe(attr, fn, arg);
	pid = lt ? create(id, attr, lt) : -EAGAIN;
	process_leave();
	return pid;
}

KS_PUBLIC int pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*fn)(void *),
			     void *arg)
{
	int ret;

	if (!process_user)
		return HOST(pthread_create)(id, attr, fn, arg);
	ret = thread_create(id, attr, fn, arg);
	return ret < 0 ? -ret : 0;
}

/* ---- its end ---- */

static struct loader_thread *find_thread(pthread_t id)
{
	struct thread *t;

	list_for_each_entry(t, &exec_state.threads.all, node)
		if (pthread_equal(t->id, id))
			return container_of(t, struct loader_thread, t);
	return NULL;
}

/* Times of day are told from times since boot by their size: the epoch is far away. */
u64 thread_deadline(const struct timespec *ts)
{
	u64 ns = ts->tv_sec * NS + ts->tv_nsec;

	return ns >= PROCESS_EPOCH_S * NS ? ns - PROCESS_EPOCH_S * NS : ns;
}

static bool thread_done(void *arg)
{
	return ((struct loader_thread *)arg)->t.done;
}

/* A signal's handler runs, and the wait goes on. */
static int join_until(pthread_t id, void **ret, u64 until_ns)
{
	struct loader_thread *lt = find_thread(id);
	struct thread *self = thread_self();
	int done, err;

	self->point = true;
	while ((done = process_wait_told(thread_done, lt, until_ns)) < 0) {
		self->cancel_now = thread_cancel_due(self);
		process_leave();
		process_enter();
	}
	self->point = false;
	err = done ? let_end(lt, ret) : ETIMEDOUT;
	process_leave();
	return err;
}

KS_PUBLIC int pthread_join(pthread_t id, void **ret)
{
	if (!find_thread(id) || !process_enter())
		return HOST(pthread_join)(id, ret);
	return join_until(id, ret, ~0ULL);
}

KS_PUBLIC int pthread_tryjoin_np(pthread_t id, void **ret)
{
	struct loader_thread *lt = find_thread(id);

	if (!lt)
		return HOST(pthread_tryjoin_np)(id, ret);
	return lt->t.done ? pthread_join(id, ret) : EBUSY;
}

KS_PUBLIC int pthread_timedjoin_np(pthread_t id, void **ret, const struct timespec *ts)
{
	if (!find_thread(id) || !process_enter())
		return HOST(pthread_timedjoin_np)(id, ret, ts);
	return join_until(id, ret, thread_deadline(ts));
}

KS_PUBLIC int pthread_clockjoin_np(pthread_t id, void **ret, clockid_t clock,
				   const struct timespec *ts)
{
	if (!find_thread(id) || !process_enter())
		return HOST(pthread_clockjoin_np)(id, ret, clock, ts);
	return join_until(id, ret, thread_deadline(ts));
}

KS_PUBLIC int pthread_detach(pthread_t id)
{
	struct loader_thread *lt = find_thread(id);

	if (!lt)
		return HOST(pthread_detach)(id);
	if (lt->detached)
		return EINVAL;
	lt->detached = true;
	if (lt->t.done && process_enter()) {
		let_end(lt, NULL);
		process_leave();
	}
	return 0;
}

void thread_ended(struct thread *t)
{
	if (!process_is_first(t) && container_of(t, struct loader_thread, t)->detached)
		let_end(container_of(t, struct loader_thread, t), NULL);
}

struct thread *thread_by_id(pthread_t id)
{
	struct loader_thread *lt = find_thread(id);

	return lt ? &lt->t : pthread_equal(process_first()->id, id) ? process_first() : NULL;
}

KS_PUBLIC void pthread_exit(void *ret)
{
	if (!process_user)
		HOST(pthread_exit)(ret);
	thread_unwind(ret);
}

/* ---- locks ---- */

static bool anything_new(void *arg)
{
	return process_events != *(u64 *)arg;
}

/* Sleep until somebody let something go since @seen; 0, ETIMEDOUT. A signal counts as something. */
int thread_sleep_for_event(u64 seen, u64 until_ns)
{
	int ret;

	process_enter();
	ret = process_wait_told(anything_new, &seen, until_ns);
	process_leave();
	return ret ? 0 : ETIMEDOUT;
}

void thread_let_go(void)
{
	if (!list_empty(&exec_state.threads.all))
		process_tell();
}

static int lock_mutex(pthread_mutex_t *m, u64 until_ns)
{
	u64 seen;
	int ret;

	for (;;) {
		seen = process_events;
		ret = HOST(pthread_mutex_trylock)(m);
		if (ret != EBUSY)
			return ret;
		if (thread_sleep_for_event(seen, until_ns))
			return ETIMEDOUT;
	}
}

KS_PUBLIC int pthread_mutex_lock(pthread_mutex_t *m)
{
	return process_user ? lock_mutex(m, ~0ULL) : HOST(pthread_mutex_lock)(m);
}

KS_PUBLIC int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *ts)
{
	return process_user ? lock_mutex(m, thread_deadline(ts)) :
			      HOST(pthread_mutex_timedlock)(m, ts);
}

KS_PUBLIC int pthread_mutex_unlock(pthread_mutex_t *m)
{
	int ret = HOST(pthread_mutex_unlock)(m);

	if (process_user)
		thread_let_go();
	return ret;
}

/* ---- condition variables: who waits is kept here, the object itself stays as it is ---- */

struct cond_waiter {
	const pthread_cond_t *cond;
	bool signalled;
	struct list_head node;
};

static int wait_cond(pthread_cond_t *c, pthread_mutex_t *m, u64 until_ns)
{
	struct cond_waiter w = { .cond = c };
	struct thread *t = thread_self();
	int err = 0;
	u64 seen;

	list_add_tail(&w.node, &exec_state.threads.cond_waiters);
	HOST(pthread_mutex_unlock)(m);
	thread_let_go();
	t->point = true;
	while (!w.signalled && !err && !thread_cancel_due(t)) {
		seen = process_events;
		err = thread_sleep_for_event(seen, until_ns);
	}
	t->point = false;
	list_del_init(&w.node);
	lock_mutex(m, ~0ULL);
	if (!w.signalled)
		pthread_testcancel();
	return w.signalled ? 0 : err;
}

static void signal_cond(const pthread_cond_t *c, bool all)
{
	struct cond_waiter *w;

	list_for_each_entry(w, &exec_state.threads.cond_waiters, node) {
		if (w->cond != c || w->signalled)
			continue;
		w->signalled = true;
		if (!all)
			break;
	}
	process_tell();
}

KS_PUBLIC int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	return process_user ? wait_cond(c, m, ~0ULL) : HOST(pthread_cond_wait)(c, m);
}

KS_PUBLIC int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
				     const struct timespec *ts)
{
	return process_user ? wait_cond(c, m, thread_deadline(ts)) :
			      HOST(pthread_cond_timedwait)(c, m, ts);
}

KS_PUBLIC int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
				     const struct timespec *ts)
{
	return process_user ? wait_cond(c, m, thread_deadline(ts)) :
			      HOST(pthread_cond_clockwait)(c, m, clock, ts);
}

KS_PUBLIC int pthread_cond_signal(pthread_cond_t *c)
{
	if (!process_user)
		return HOST(pthread_cond_signal)(c);
	signal_cond(c, false);
	return 0;
}

KS_PUBLIC int pthread_cond_broadcast(pthread_cond_t *c)
{
	if (!process_user)
		return HOST(pthread_cond_broadcast)(c);
	signal_cond(c, true);
	return 0;
}

/* ---- semaphores ---- */

static int wait_sem(sem_t *s, u64 until_ns)
{
	struct thread *t = thread_self();
	int err = 0;
	u64 seen;

	for (;;) {
		pthread_testcancel();
		seen = process_events;
		if (!sem_trywait(s))
			return 0;
		if (err)
			return (int)to_errno(-err);
		t->point = true;
		err = thread_sleep_for_event(seen, until_ns);
		t->point = false;
	}
}

KS_PUBLIC int sem_wait(sem_t *s)
{
	return process_user ? wait_sem(s, ~0ULL) : HOST(sem_wait)(s);
}

KS_PUBLIC int sem_timedwait(sem_t *s, const struct timespec *ts)
{
	return process_user ? wait_sem(s, thread_deadline(ts)) : HOST(sem_timedwait)(s, ts);
}

KS_PUBLIC int sem_post(sem_t *s)
{
	int ret = HOST(sem_post)(s);

	if (process_user)
		thread_let_go();
	return ret;
}

/* ---- what would block at the host ---- */

KS_PUBLIC int pthread_barrier_wait(pthread_barrier_t *b)
{
	if (process_user)
		door_note("pthread_barrier_wait: barriers of a loader's threads are not served");
	return process_user ? EINVAL : HOST(pthread_barrier_wait)(b);
}

/* ---- futexes by syscall(), as languages with their own locks use them ---- */

enum { FUTEX_WAIT_OP = 0, FUTEX_WAKE_OP = 1, FUTEX_WAIT_BITSET_OP = 9, FUTEX_WAKE_BITSET_OP = 10 };

struct futex_waiter {
	const u32 *word;
	bool woken;
	struct list_head node;
};

static bool futex_woken(void *arg)
{
	return ((struct futex_waiter *)arg)->woken;
}

static long wait_futex(const u32 *word, u32 val, u64 until_ns)
{
	struct futex_waiter w = { .word = word };
	int ret;

	if (*word != val)
		return -EAGAIN;
	list_add_tail(&w.node, &exec_state.threads.futex_waiters);
	ret = process_wait_told(futex_woken, &w, until_ns);
	list_del_init(&w.node);
	return ret > 0 ? 0 : ret ? ret : -ETIMEDOUT;
}

static long wake_futex(const u32 *word, long nr)
{
	struct futex_waiter *w;
	long n = 0;

	list_for_each_entry(w, &exec_state.threads.futex_waiters, node) {
		if (n >= nr)
			break;
		if (w->word != word || w->woken)
			continue;
		w->woken = true;
		n++;
	}
	if (n)
		process_event();
	return n;
}

long thread_futex(const long a[6])
{
	const struct timespec *ts = (const struct timespec *)a[3];
	u64 until = ~0ULL;

	switch (a[1] & 0x7f) {
	case FUTEX_WAIT_OP:
		if (ts)
			until = now_ns() + ts->tv_sec * NS + ts->tv_nsec;
		return wait_futex((const u32 *)a[0], (u32)a[2], until);
	case FUTEX_WAIT_BITSET_OP:
		return wait_futex((const u32 *)a[0], (u32)a[2], ts ? thread_deadline(ts) : until);
	case FUTEX_WAKE_OP:
	case FUTEX_WAKE_BITSET_OP:
		return wake_futex((const u32 *)a[0], (s32)a[2]);
	default:
		door_note("futex operation %ld of a loader's thread is not served", a[1] & 0x7f);
		return -ENOSYS;
	}
}
