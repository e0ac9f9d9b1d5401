// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleep.c - what tasks sleep on: wait lists, completions, mutexes, read-write
 * semaphores, futexes. All are one pattern: put yourself on a FIFO under the
 * object's lock, set the state, let go, schedule().
 */
#include "kern/sched.h"

#include <errno.h>

#include "kern/preempt.h"
#include "kern/sleep.h"
#include "kern/task_work.h"

/* ---- wait lists ---- */

struct waiter {
	struct task_struct *p;
	struct list_head node;
	bool woken;
};

static void waiter_add(struct waiter *w, struct list_head *list)
{
	w->p = current;
	w->woken = false;
	list_add_tail(&w->node, list);
}

static void waiter_wake(struct waiter *w, int wake_flags)
{
	struct task_struct *p = w->p;

	list_del_init(&w->node);
	w->woken = true;
	try_to_wake_up(p, TASK_NORMAL, wake_flags);
}

/*
 * Wait on @list until woken. @lock is held with irqs off on entry, released while
 * asleep, and held again on return.
 */
static void wait_locked(struct list_head *list, raw_spinlock_t *lock)
{
	struct waiter w;

	waiter_add(&w, list);
	while (!w.woken) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		raw_spin_unlock_irq(lock);
		schedule();
		raw_spin_lock_irq(lock);
	}
	set_current_state(TASK_RUNNING);
}

bool wake_first(struct list_head *list, int wake_flags)
{
	if (list_empty(list))
		return false;
	waiter_wake(list_first_entry(list, struct waiter, node), wake_flags);
	return true;
}

bool wait_interruptible(struct list_head *list, raw_spinlock_t *lock)
{
	struct waiter w;

	waiter_add(&w, list);
	while (!w.woken && !host_of(current)->m->killed && !host_of(current)->m->notified) {
		set_current_state(TASK_INTERRUPTIBLE);
		raw_spin_unlock_irq(lock);
		schedule();
		raw_spin_lock_irq(lock);
	}
	set_current_state(TASK_RUNNING);
	list_del_init(&w.node);
	return w.woken;
}

/* ---- completions ---- */

void init_completion(struct completion *c)
{
	*c = (struct completion){};
	INIT_LIST_HEAD(&c->waiters);
}

void complete(struct completion *c)
{
	unsigned long flags = raw_spin_lock_irqsave(&c->lock);

	c->done = true;
	while (wake_first(&c->waiters, 0))
		;
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

void wait_for_completion(struct completion *c)
{
	might_resched();
	raw_spin_lock_irq(&c->lock);
	while (!c->done)
		wait_locked(&c->waiters, &c->lock);
	raw_spin_unlock_irq(&c->lock);
}

/* ---- mutexes ---- */

void mutex_init(struct mutex *m)
{
	*m = (struct mutex){};
	INIT_LIST_HEAD(&m->waiters);
}

void mutex_lock(struct mutex *m)
{
	might_resched();
	raw_spin_lock_irq(&m->lock);
	while (m->owner)
		wait_locked(&m->waiters, &m->lock);
	m->owner = current;
	raw_spin_unlock_irq(&m->lock);
}

void mutex_unlock(struct mutex *m)
{
	unsigned long flags = raw_spin_lock_irqsave(&m->lock);

	m->owner = NULL;
	wake_first(&m->waiters, 0);
	raw_spin_unlock_irqrestore(&m->lock, flags);
}

/* ---- read-write semaphores ---- */

void rwsem_init(struct rwsem *s)
{
	*s = (struct rwsem){};
	mutex_init(&s->lock);
	init_completion(&s->drained);
}

void down_read(struct rwsem *s)
{
	might_resched();
	mutex_lock(&s->lock);
	s->readers++;
	mutex_unlock(&s->lock);
}

void up_read(struct rwsem *s)
{
	if (!--s->readers && s->draining)
		complete(&s->drained);
}

/* A writer holds the inner lock to the end, so new readers queue behind it. */
void down_write(struct rwsem *s)
{
	might_resched();
	mutex_lock(&s->lock);
	if (!s->readers)
		return;
	init_completion(&s->drained);
	s->draining = true;
	wait_for_completion(&s->drained);
	s->draining = false;
}

void up_write(struct rwsem *s)
{
	mutex_unlock(&s->lock);
}

/* ---- futexes ---- */

void futex_init(struct futex *f, u32 val)
{
	*f = (struct futex){ .val = val };
	INIT_LIST_HEAD(&f->waiters);
}

struct futex_timeout {
	struct hrtimer timer;
	struct task_struct *p;
	u64 ns, expires_ns; /* 0: never; from when it first slept */
	bool fired;
};

static void futex_timeout_fires(struct hrtimer *t)
{
	struct futex_timeout *to = container_of(t, struct futex_timeout, timer);

	to->fired = true;
	wake_up_process(to->p);
}

static int futex_sleep(struct futex *f, struct futex_timeout *to)
{
	struct waiter w;

	waiter_add(&w, &f->waiters);
	while (!w.woken && !to->fired && !host_of(current)->m->killed &&
	       !host_of(current)->m->notified) {
		set_current_state(TASK_INTERRUPTIBLE);
		raw_spin_unlock_irq(&f->lock);
		schedule();
		raw_spin_lock_irq(&f->lock);
	}
	set_current_state(TASK_RUNNING);
	if (w.woken)
		return 0;
	list_del_init(&w.node);
	return to->fired ? -ETIMEDOUT : host_of(current)->m->killed ? -EINTR : -ERESTART;
}

static int futex_try(struct futex *f, u32 val, struct futex_timeout *to)
{
	int err = -EAGAIN;

	raw_spin_lock_irq(&f->lock);
	if (f->val == val) {
		if (to->ns && !to->expires_ns)
			to->expires_ns = now_ns() + to->ns;
		if (to->ns)
			hrtimer_start(&to->timer, to->expires_ns, -1);
		err = futex_sleep(f, to);
	}
	raw_spin_unlock_irq(&f->lock);
	return err;
}

int futex_wait(struct futex *f, u32 val, u64 timeout_ns)
{
	struct futex_timeout to = { .p = current, .ns = timeout_ns };
	int err;

	hrtimer_init(&to.timer, false, futex_timeout_fires);
	/* task work ended the sleep: it runs, and the system call is made again */
	while ((err = futex_try(f, val, &to)) == -ERESTART)
		task_work_run();
	hrtimer_cancel_sync(&to.timer);
	return err;
}

int futex_wake(struct futex *f, int nr)
{
	struct list_head woken;
	int n = 0;

	INIT_LIST_HEAD(&woken);
	raw_spin_lock_irq(&f->lock);
	while (n < nr && !list_empty(&f->waiters)) {
		waiter_wake(list_first_entry(&f->waiters, struct waiter, node), 0);
		n++;
	}
	raw_spin_unlock_irq(&f->lock);
	return n;
}

/* ---- sleeping for a time ---- */

static bool woken_early(unsigned int state, bool syscall)
{
	return state == TASK_INTERRUPTIBLE &&
	       (host_of(current)->m->killed || (syscall && host_of(current)->m->notified));
}

/* @state: a task in D sleeps to the end. @syscall: task work may end it */
static bool sleep_until(u64 expires_ns, unsigned int state, bool syscall)
{
	struct futex_timeout to = { .p = current };

	hrtimer_init(&to.timer, false, futex_timeout_fires);
	preempt_disable();
	hrtimer_start(&to.timer, expires_ns, -1);
	while (!to.fired && !woken_early(state, syscall)) {
		set_current_state(state);
		preempt_enable_no_resched();
		if (!to.fired && !woken_early(state, syscall))
			schedule();
		preempt_disable();
	}
	set_current_state(TASK_RUNNING);
	hrtimer_cancel_sync(&to.timer);
	preempt_enable();
	return to.fired;
}

void schedule_until(u64 expires_ns)
{
	sleep_until(expires_ns, TASK_INTERRUPTIBLE, false);
}

void nanosleep_until(u64 expires_ns)
{
	while (!sleep_until(expires_ns, TASK_INTERRUPTIBLE, true) && !host_of(current)->m->killed)
		task_work_run();
}

void io_schedule_until(u64 expires_ns)
{
	current->in_iowait = 1;
	sleep_until(expires_ns, TASK_UNINTERRUPTIBLE, false);
	current->in_iowait = 0;
}
