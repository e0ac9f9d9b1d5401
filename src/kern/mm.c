// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm.c - address spaces. Nothing is in them; what guests ask is whose they are:
 *
 *	user task	mm == active_mm, shared by the threads of its process
 *	kernel thread	mm == NULL; on a CPU, active_mm is what the task before it had
 *
 * mm_users counts tasks, mm_count the users together and each loan (kernel/fork.c, and
 * context_switch() in kernel/sched/core.c). Memory goes with the last mm_count.
 */
#include "kern/mm.h"

#include "abi/process.h"
#include "base/region.h"
#include "base/shortage.h"

static struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = region_alloc(ZONE_KOBJ, sizeof(*mm), 0);

	shortage_on(!mm, "out of guest memory");
	mm->mm_count.counter = 1;
	mm->mm_users.counter = 1;
	return mm;
}

static void mmdrop(struct mm_struct *mm)
{
	if (!--mm->mm_count.counter)
		region_free(ZONE_KOBJ, mm, sizeof(*mm));
}

static void mmput(struct mm_struct *mm)
{
	if (!--mm->mm_users.counter)
		mmdrop(mm);
}

struct mm_struct *init_mm(void)
{
	if (!machine->init_mm)
		machine->init_mm = mm_alloc();
	machine->init_mm->mm_count.counter++;
	return machine->init_mm;
}

void mm_fork(struct task_struct *p, const struct task_struct *parent)
{
	if (parent && parent->mm && parent->tgid == p->tgid) {
		p->mm = parent->mm;
		p->mm->mm_users.counter++;
	} else {
		p->mm = mm_alloc();
	}
	p->active_mm = p->mm;
}

void mm_exec(void)
{
	struct mm_struct *old = current->mm;

	current->mm = current->active_mm = mm_alloc();
	if (old)
		mmput(old);
}

void mm_exit(struct task_struct *p)
{
	struct mm_struct *mm = p->mm;

	if (!mm)
		return;
	p->mm = NULL;
	if (p == current)
		mm->mm_count.counter++; /* active_mm: until it has switched out */
	else
		p->active_mm = NULL;
	mmput(mm);
}

void mm_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	if (!next->mm) {
		next->active_mm = prev->active_mm;
		if (prev->mm)
			next->active_mm->mm_count.counter++;
		else
			prev->active_mm = NULL;
	} else if (!prev->mm) {
		rq->prev_mm = prev->active_mm;
		prev->active_mm = NULL;
	}
}

void mm_drop_prev(struct rq *rq)
{
	struct mm_struct *mm = rq->prev_mm;

	rq->prev_mm = NULL;
	mmdrop(mm);
}
