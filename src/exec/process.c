// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - see process.h. The loader's own stack is taken up like a task's: the
 * task's body switches to it once, and from then on it is what the task's fiber
 * saves and restores.
 *
 *	host's stack   constructor ─▶ process_start ┊         ┊▶ main() of the loader
 *	director               ╰─▶ machine_run() ───╮         │
 *	task's stack                 first switch ──╰▶ thread_body
 */
#include "exec/ident.h"
#include "exec/process.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf/object.h"
#include "bpf/struct_ops_map.h"
#include "exec/raw.h"
#include "exec/signal.h"
#include "exec/thread.h"
#include "exec/tls.h"
#include "kern/sched.h"
#include "kern/sleep.h"
#include "kern/task_work.h"
#include "sys/door.h"
#include "sys/host.h"
#include "sys/names.h"

#define LOOK_NS (100 * NSEC_PER_USEC) /* how often a condition that nobody tells is looked at */

#define P (&exec_state.process)

struct waiter {
	struct task_struct *p;
	struct hrtimer timer, look;
	bool (*ready)(void *arg);
	void *arg;
	bool looks, timed_out, is_ready, told;
	u64 seq; /* of the last event that it was told of */
	struct list_head node;
};

int process_status(void)
{
	return P->status;
}

/* ---- the machine's thread pointer ---- */

static void *park(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	P->tls = tls_get();
	HOST(sem_post)(&P->parked);
	for (;;)
		HOST(pause)();
	return NULL;
}

int process_prepare(void)
{
	pthread_t id;
	int err;

	P->main.tls = tls_get();
	P->main.id = pthread_self();
	HOST(sem_init)(&P->parked, 0, 0);
	err = HOST(pthread_create)(&id, NULL, park, NULL);
	if (err)
		return -err;
	while (HOST(sem_wait)(&P->parked))
		;
	tls_set(P->tls);
	return 0;
}

bool process_is_first(const struct thread *t)
{
	return t == &P->main;
}

struct thread *process_first(void)
{
	return &P->main;
}

/* ---- tasks ---- */

struct thread *thread_self(void)
{
	return host_of(current)->m->arg;
}

void thread_body(void *arg)
{
	struct thread *t = arg;

	if (process_is_first(t))
		schedule_until(PROCESS_BOOT_NS);
	fiber_switch(&t->kernel, &t->user);
	t->done = true;
	process_event();
	thread_ended(t);
}

static void signal_process(struct hrtimer *timer)
{
	if (P->gone) {
		machine_stop(machine);
		return;
	}
	P->signal_pending = true;
	process_event();
}

static int wait_for_time(bool (*ready)(void *arg), void *arg, u64 timeout_ns)
{
	return process_wait(ready, arg, timeout_ns == ~0ULL ? ~0ULL : now_ns() + timeout_ns);
}

static const struct door_process answers = {
	.enter = process_enter,
	.leave = process_leave,
	.wait = wait_for_time,
	.fd_closed = poll_closing,
	.syscall = ident_syscall,
	.by_number = raw_by_number,
};

int process_start(const char *comm, u64 duration_ns, void (*run)(void *arg), void *arg)
{
	const struct task_attr attr = { .comm = comm, .new_process = true };
	int err = fiber_create(&P->director, run, arg);

	if (err)
		return err;
	P->status = PROCESS_RUNS;
	P->main.task = task_create(&attr, thread_body, &P->main, &err);
	if (!P->main.task)
		return err;
	hrtimer_init(&P->end, false, signal_process);
	hrtimer_start(&P->end, PROCESS_BOOT_NS + duration_ns, 0);
	door_process(&answers);
	fiber_switch(&P->main.user, &P->director);
	process_leave();
	return 0;
}

/* ---- in and out ---- */

static bool is_main(void)
{
	return current == P->main.task;
}

bool process_enter(void)
{
	if (!process_user)
		return false;
	process_user = false;
	process_entries++;
	tls_set(P->tls);
	user_run(machine->cost.libcall_ns);
	return true;
}

/* As from a person at a terminal. Without a handler it would be the end of us too. */
static void deliver_signal(void)
{
	struct sigaction sa;

	P->signal_pending = false;
	P->signalled = true;
	if (!sigaction(SIGINT, NULL, &sa) && !(sa.sa_flags & SA_SIGINFO) &&
	    sa.sa_handler == SIG_DFL)
		process_exit(0);
	raise(SIGINT);
}

/* For good: there is nothing to go back to. */
static void __noreturn sleep_forever(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

void process_leave(void)
{
	if (unlikely(P->gone))
		sleep_forever();
	signal_arm(thread_self());
	tls_set(thread_self()->tls);
	process_user = true;
	if (unlikely(P->signal_pending) && is_main())
		deliver_signal();
	if (unlikely(thread_self()->cancelled))
		thread_cancel_leave();
}

void process_exit(int status)
{
	process_user = false;
	tls_set(P->tls);
	P->status = status & 0xff;
	if ((names_pinned() || struct_ops_stays()) && !P->signalled) {
		P->gone = true;
		object_fds_closed(0, ~0U);
		door_reap();
	} else {
		machine_stop(machine);
	}
	sleep_forever();
}

/* ---- waiting ---- */

static void time_over(struct hrtimer *t)
{
	struct waiter *w = container_of(t, struct waiter, timer);

	w->timed_out = true;
	wake_up_process(w->p);
}

static void look_again(struct hrtimer *t)
{
	struct waiter *w = container_of(t, struct waiter, look);

	if (w->ready(w->arg)) {
		w->is_ready = true;
		wake_up_process(w->p);
		return;
	}
	hrtimer_start(t, now_ns() + LOOK_NS, -1);
}

/* task work of the machine ended the sleep */
static bool noticed(const struct waiter *w)
{
	return host_of(w->p)->m->notified;
}

static bool is_signalled(struct task_struct *p)
{
	return (P->signal_pending && p == P->main.task) || signal_due(host_of(p)->m->arg);
}

bool process_signalled(void)
{
	return is_signalled(current);
}

static bool interrupted(const struct waiter *w)
{
	return is_signalled(w->p);
}

static bool cancelled(const struct waiter *w)
{
	return thread_cancel_due(host_of(w->p)->m->arg);
}

static bool over(const struct waiter *w)
{
	return w->timed_out || w->is_ready || w->told || interrupted(w) || cancelled(w) ||
	       noticed(w);
}

static void sleep_on(struct waiter *w)
{
	preempt_disable();
	while (!over(w)) {
		set_current_state(TASK_INTERRUPTIBLE);
		preempt_enable_no_resched();
		if (!over(w))
			schedule();
		preempt_disable();
	}
	set_current_state(TASK_RUNNING);
	preempt_enable();
}

static void begin_wait(struct waiter *w, u64 until_ns)
{
	hrtimer_init(&w->timer, false, time_over);
	hrtimer_init(&w->look, false, look_again);
	list_add_tail(&w->node, &P->waiters);
	if (until_ns != ~0ULL)
		hrtimer_start(&w->timer, max(until_ns, now_ns()), -1);
	if (w->looks)
		hrtimer_start(&w->look, now_ns() + LOOK_NS, -1);
}

static void end_wait(struct waiter *w)
{
	/* @w is on the stack of who waited: look_again() may be at work on another CPU */
	hrtimer_cancel_sync(&w->timer);
	hrtimer_cancel_sync(&w->look);
	list_del_init(&w->node);
}

/* Blocked, it stays pending with the host, for sigwait() or a signalfd, and ends no wait. */
static bool hold_signal(void)
{
	if (!P->signal_pending || !signal_blocked(SIGINT) || signal_due(thread_self()))
		return false;
	deliver_signal();
	return true;
}

/* Told of something, a waiter looks whether it was for it. */
static int wait_once(struct waiter *w, u64 until_ns)
{
	sleep_on(w);
	if (noticed(w))
		task_work_run();
	w->told = false;
	if (w->is_ready || (w->ready && w->ready(w->arg)))
		return 1;
	if (cancelled(w) || (interrupted(w) && !hold_signal()))
		return -EINTR;
	return w->timed_out ? 0 : -EAGAIN;
}

static int wait(bool (*ready)(void *arg), void *arg, u64 until_ns, bool looks)
{
	struct waiter w = {
		.p = current, .ready = ready, .arg = arg, .looks = looks, .seq = process_events
	};
	int ret = -EAGAIN;

	cpu_charge(machine->cost.syscall_ns);
	if (ready && ready(arg))
		ret = 1;
	else if (cancelled(&w) || signal_waits())
		ret = -EINTR;
	else if (until_ns <= now_ns())
		ret = 0;
	else
		begin_wait(&w, until_ns);
	if (ret != -EAGAIN) {
		user_run(0);
		return ret;
	}
	while (ret == -EAGAIN)
		ret = wait_once(&w, until_ns);
	end_wait(&w);
	user_run(0);
	return ret;
}

int process_wait(bool (*ready)(void *arg), void *arg, u64 until_ns)
{
	struct thread *t = thread_self();
	int ret;

	t->point = true;
	ret = wait(ready, arg, until_ns, ready);
	t->cancel_now = ret < 0 && thread_cancel_due(t);
	t->point = false;
	return ret;
}

int process_wait_told(bool (*ready)(void *arg), void *arg, u64 until_ns)
{
	return wait(ready, arg, until_ns, false);
}

static struct waiter *next_untold(u64 seq)
{
	struct waiter *w;

	list_for_each_entry(w, &P->waiters, node)
		if (w->seq < seq)
			return w;
	return NULL;
}

/*
 * Who would not go on sleeps on: a mutex let go must not wake every thread there is.
 * Waking takes time, in which others come and go: the list is looked at anew each time.
 */
void process_event(void)
{
	u64 seq = ++process_events;
	struct waiter *w;

	while ((w = next_untold(seq))) {
		w->seq = seq;
		if (w->is_ready)
			continue;
		if (w->ready && w->ready(w->arg))
			w->is_ready = true;
		else if (w->ready && !interrupted(w) && !cancelled(w))
			continue;
		w->told = true;
		wake_up_process(w->p);
	}
}

void process_tell(void)
{
	if (process_enter()) {
		process_event();
		process_leave();
	}
}
