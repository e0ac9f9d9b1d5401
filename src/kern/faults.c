// SPDX-License-Identifier: GPL-2.0-only
/* faults.c - see faults.h. */
#include "kern/faults.h"

#include <errno.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"

#define AGAIN_NS (100 * NSEC_PER_USEC) /* the loader does something else: ask again */
#define FORKED_YIELDS 3
#define RT_PRIORITY 50

struct faults {
	struct hrtimer bell;
	struct decision queue[SCHEDULE_MAX];
	u32 nr, done;
};

/* ---- in the loader's task ---- */

/* The bits of @value that are CPUs of this machine */
static int move(pid_t pid, u64 value)
{
	struct cpumask mask = {};

	for (u32 cpu = 0; cpu < min(machine->nr_cpu_ids, 64u); cpu++)
		if (value & 1ULL << cpu)
			cpumask_set_cpu(cpu, &mask);
	return sys_sched_setaffinity(pid, &mask);
}

/* It is what it was before after @ns. */
static void make_real_time(pid_t pid, u64 ns)
{
	struct task_struct *p = find_task_by_pid(pid);
	u32 policy = p ? p->policy : 0, priority = p ? p->rt_priority : 0;

	if (!p || sys_sched_setscheduler(pid, SCHED_FIFO, RT_PRIORITY))
		return;
	sys_nanosleep(ns);
	sys_sched_setscheduler(pid, policy, priority);
}

static void take_cpu(s32 cpu, u64 ns)
{
	if (cpu_down(cpu))
		return;
	sys_nanosleep(ns);
	cpu_up(cpu);
}

static void forked(void *arg)
{
	for (u32 i = 0; i < FORKED_YIELDS; i++)
		sys_sched_yield();
}

static void fork_tasks(u64 nr)
{
	const struct task_attr attr = { .comm = "forked", .new_process = true };
	int err = 0;

	for (u64 i = 0; i < nr && !err; i++)
		task_create(&attr, forked, NULL, &err);
}

/* What the kernel refuses is refused: no such task any more, the last CPU. */
static void perform(const struct decision *d)
{
	switch (d->fault) {
	case FAULT_OFFLINE:
		take_cpu(d->target, d->value);
		break;
	case FAULT_AFFINITY:
		move(d->target, d->value);
		break;
	case FAULT_NICE:
		sys_setpriority(d->target, (int)(s64)d->value);
		break;
	case FAULT_CLASS:
		make_real_time(d->target, d->value);
		break;
	case FAULT_EXIT:
		sys_kill(d->target, 9);
		break;
	case FAULT_FORK:
		fork_tasks(d->value);
		break;
	default:
		break;
	}
}

static void perform_all(void *arg)
{
	struct faults *f = arg;

	while (f->done < f->nr)
		perform(&f->queue[f->done++]);
}

/* ---- where it is decided ---- */

static void ring(struct hrtimer *t)
{
	struct faults *f = container_of(t, struct faults, bell);

	if (f->done < f->nr && loader_post(perform_all, f) == -EBUSY)
		hrtimer_start(&f->bell, now_ns() + AGAIN_NS, t->cpu);
}

static void fault_begin(const struct decision *d)
{
	struct faults *f = machine->faults;

	if (f->nr == SCHEDULE_MAX || !loader_task())
		return;
	f->queue[f->nr++] = *d;
	if (f->nr == f->done + 1)
		hrtimer_start(&f->bell, now_ns(), d->site.cpu);
}

void faults_schedule(struct schedule *s)
{
	if (s && !machine->faults) {
		machine->faults = shortage_calloc(1, sizeof(*machine->faults));
		hrtimer_init(&machine->faults->bell, false, ring);
	}
	if (s)
		s->act = fault_begin;
	schedule_set(s);
}

void faults_destroy(struct faults *f)
{
	free(f);
}
