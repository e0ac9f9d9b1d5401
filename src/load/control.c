// SPDX-License-Identifier: GPL-2.0-only
/* control.c - see control.h. */
#include "load/control.h"

/* ---- from any task ---- */

static void poke(struct thread *t, bool wake)
{
	if (wake && t->suspended && !t->waiter.woken.val) {
		t->interrupted = true;
		uwaiter_wake(&t->waiter);
	}
	t->w->control->poke(t);
}

void control_order(struct thread *t, const struct thread_spec *spec, bool wake)
{
	struct thread_order *o = workload_alloc(t->w, sizeof(*o)), **end = &t->orders;

	o->spec = spec;
	while (*end)
		end = &(*end)->next;
	*end = o;
	poke(t, wake);
}

void control_replace(struct thread *t, const struct thread_spec *spec, bool wake)
{
	t->next_spec = spec;
	poke(t, wake);
}

bool control_resume(struct thread *t)
{
	if (!t->suspended || t->waiter.woken.val)
		return false;
	uwaiter_wake(&t->waiter);
	return true;
}

/* ---- from the thread itself ---- */

/* An order comes to its end even if others arrive meanwhile: they are run inside of it. */
void control_poll(struct thread *t)
{
	while (t->orders && !t->next_spec) {
		struct thread_order *o = t->orders;

		t->orders = o->next;
		thread_run_spec(t, o->spec);
	}
}

void control_run(struct thread *t, u64 ns)
{
	u64 used;

	while (ns && !t->next_spec) {
		used = t->w->control->run(t, ns);
		if (ns != RUN_FOREVER)
			ns -= used;
		control_poll(t);
	}
}

/* An interrupted suspend begins anew, as a system call that is restarted. */
void control_suspend(struct thread *t, struct ucond *c)
{
	do {
		control_poll(t);
		if (t->next_spec)
			return;
		t->interrupted = false;
		t->suspended = true;
		ucond_sleep(c, &t->waiter);
		t->suspended = false;
	} while (t->interrupted);
}
