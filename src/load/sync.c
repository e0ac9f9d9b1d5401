// SPDX-License-Identifier: GPL-2.0-only
/* sync.c - see sync.h. */
#include "load/sync.h"

#include <errno.h>

/* A killed task does not come back to its program; should the call return, leave here. */
static void futex_sleep(struct futex *f, u32 val)
{
	if (sys_futex_wait(f, val, 0) == -EINTR)
		sys_exit(0);
}

void umutex_init(struct umutex *m)
{
	futex_init(&m->f, 0);
}

void umutex_lock(struct umutex *m)
{
	if (!m->f.val) {
		m->f.val = 1;
		return;
	}
	/* whoever slept once cannot know that it was the last, so it takes the lock as 2 */
	while (m->f.val) {
		m->f.val = 2;
		futex_sleep(&m->f, 2);
	}
	m->f.val = 2;
}

void umutex_unlock(struct umutex *m)
{
	bool contended = m->f.val == 2;

	m->f.val = 0;
	if (contended)
		sys_futex_wake(&m->f, 1);
}

void ucond_init(struct ucond *c)
{
	INIT_LIST_HEAD(&c->waiters);
}

static void uwaiter_add(struct uwaiter *w, struct ucond *c)
{
	futex_init(&w->woken, 0);
	list_add_tail(&w->node, &c->waiters);
}

static void uwaiter_sleep(struct uwaiter *w)
{
	while (!w->woken.val)
		futex_sleep(&w->woken, 0);
}

void uwaiter_wake(struct uwaiter *w)
{
	if (w->woken.val)
		return;
	list_del(&w->node);
	w->woken.val = 1;
	sys_futex_wake(&w->woken, 1);
}

void ucond_wait(struct ucond *c, struct umutex *m, struct uwaiter *w)
{
	uwaiter_add(w, c);
	umutex_unlock(m);
	uwaiter_sleep(w);
	umutex_lock(m);
}

void ucond_sleep(struct ucond *c, struct uwaiter *w)
{
	uwaiter_add(w, c);
	uwaiter_sleep(w);
}

void ucond_signal(struct ucond *c)
{
	struct uwaiter *w = list_first_entry_or_null(&c->waiters, struct uwaiter, node);

	if (w)
		uwaiter_wake(w);
}

/*
 * The wakeups may let others run: whoever comes to wait meanwhile is not of this
 * broadcast, so its waiters leave the condition first.
 */
void ucond_broadcast(struct ucond *c)
{
	struct ucond all;

	if (list_empty(&c->waiters))
		return;
	list_insert(&all.waiters, &c->waiters, c->waiters.next);
	list_del_init(&c->waiters);
	while (!list_empty(&all.waiters))
		ucond_signal(&all);
}

void ubarrier_init(struct ubarrier *b, u32 users)
{
	umutex_init(&b->mutex);
	ucond_init(&b->all_here);
	b->users = users;
	b->arrived = 0;
}

void ubarrier_wait(struct ubarrier *b, struct uwaiter *w)
{
	umutex_lock(&b->mutex);
	if (++b->arrived == b->users) {
		b->arrived = 0;
		ucond_broadcast(&b->all_here);
	} else {
		ucond_wait(&b->all_here, &b->mutex, w);
	}
	umutex_unlock(&b->mutex);
}

void usem_init(struct usem *s, u32 count)
{
	futex_init(&s->f, count);
	s->sleepers = 0;
}

void usem_wait(struct usem *s)
{
	while (!s->f.val) {
		s->sleepers++;
		futex_sleep(&s->f, 0);
		s->sleepers--;
	}
	s->f.val--;
}

void usem_post(struct usem *s)
{
	s->f.val++;
	if (s->sleepers)
		sys_futex_wake(&s->f, 1);
}
