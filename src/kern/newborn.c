// SPDX-License-Identifier: GPL-2.0-only
/*
 * newborn.c - tasks that exist and do not run yet: a program that makes all its
 * threads before it lets the first of them go (task_attr.held).
 *
 * A real-time task that never sleeps takes the CPU from whoever made it, and what was
 * to be made after it would never be. So such tasks are forked with all that belongs
 * to it and are woken, in the order of their birth, when their parent has gone to sleep:
 *
 *	parent   fork(rt, held)  fork(w)  sleeps
 *	timer        ·       ·       ·       ▲ wake_up_new_task(rt)
 *
 * Nobody tells when a task sleeps; a timer looks, as long as there are newborns.
 */
#include "kern/newborn.h"

#include <stdlib.h>
#include "base/shortage.h"

#define LOOK_NS (10 * NSEC_PER_USEC)

struct newborns {
	struct hrtimer timer;
	struct list_head tasks; /* task_model.all_node, oldest first */
};

static bool parent_sleeps(const struct task_struct *p)
{
	const struct task_struct *parent = host_of(p)->m->child_of;

	return !task_runnable(parent) || host_of(parent)->m->exiting;
}

static void newborn_wake(struct task_struct *p)
{
	list_del_init(&host_of(p)->m->all_node);
	put_task_struct(host_of(p)->m->child_of);
	wake_up_new_task(p);
}

static void look_again(struct newborns *n)
{
	hrtimer_start(&n->timer, now_ns() + LOOK_NS, cpumask_first(machine->online));
}

/* hard irq: a wakeup is nobody's loss here, whichever CPU it preempts */
static void newborns_look(struct hrtimer *t)
{
	struct newborns *n = container_of(t, struct newborns, timer);
	struct task_model *m, *tmp;

	list_for_each_entry_safe(m, tmp, &n->tasks, all_node)
		if (parent_sleeps(m->p))
			newborn_wake(m->p);
	if (!list_empty(&n->tasks))
		look_again(n);
}

static struct newborns *newborns_get(void)
{
	struct newborns *n = machine->newborns;

	if (n)
		return n;
	n = machine->newborns = calloc(1, sizeof(*n));
	shortage_on(!n, "out of memory for the tasks that are held");
	INIT_LIST_HEAD(&n->tasks);
	hrtimer_init(&n->timer, false, newborns_look);
	return n;
}

void newborn_hold(struct task_struct *p)
{
	struct newborns *n = newborns_get();

	bug_on(!host_of(p)->m->child_of || p->__state != TASK_NEW,
	       "only a fork's child can be held");
	get_task_struct(host_of(p)->m->child_of);
	list_add_tail(&host_of(p)->m->all_node, &n->tasks);
	if (!hrtimer_active(&n->timer))
		look_again(n);
}

void newborns_release(void)
{
	free(machine->newborns);
	machine->newborns = NULL;
}
