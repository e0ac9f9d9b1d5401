// SPDX-License-Identifier: GPL-2.0-only
/*
 * dl_bw.c - who is let into the deadline class: see deadline.h. The machine is one root domain.
 *
 * What tasks have been promised is counted, what servers have is added up when it is asked for:
 * only those of active CPUs count. Facts: deadline.c:sched_dl_overflow(), dl_bw_manage(),
 * syscalls.c:__sched_setscheduler().
 */
#include <errno.h>

#include "kern/deadline.h"
#include "kern/sched.h"

/* sched_rt_runtime_us and sched_rt_period_us */
#define RT_RUNTIME_NS (950 * NSEC_PER_MSEC)
#define RT_PERIOD_NS NSEC_PER_SEC
/* sched_deadline_period_min_us, sched_deadline_period_max_us */
#define DL_PERIOD_MIN_NS (100 * NSEC_PER_USEC)
#define DL_PERIOD_MAX_NS ((1ULL << 22) * NSEC_PER_USEC)
#define MSB (1ULL << 63)

static struct dl_entity *entity(const struct task_struct *p)
{
	return &host_of(p)->m->dl;
}

/* ---- room ---- */

static u64 server_bw(s32 cpu)
{
	u64 bw = 0;

	for (int kind = 0; kind < NR_DL_SERVERS; kind++) {
		const struct dl_entity *s = &host_of(cpu_rq(cpu))->m->dl_servers[kind];

		bw += s->attached ? s->dl_bw : 0;
	}
	return bw;
}

/* is more promised than @nr_cpus have? */
static bool dl_overflow(u32 nr_cpus, u64 less, u64 more)
{
	u64 total = machine->dl_tasks_bw;
	s32 cpu;

	for_each_cpu(cpu, machine->active)
		total += server_bw(cpu);
	return to_ratio(RT_PERIOD_NS, RT_RUNTIME_NS) * nr_cpus < total - less + more;
}

bool dl_bw_fits(u64 bw)
{
	return !dl_overflow(cpumask_weight(machine->active), 0, bw);
}

int dl_bw_deactivate(s32 cpu)
{
	u32 left = cpumask_weight(machine->active) - 1;

	if (!machine->dl_tasks_bw)
		return 0;
	return !left || dl_overflow(left, server_bw(cpu), 0) ? -EBUSY : 0;
}

/* ---- parameters ---- */

static u64 period_of(const struct sched_params *a)
{
	return a->dl_period_ns ? a->dl_period_ns : a->dl_deadline_ns;
}

bool dl_params_valid(const struct sched_params *a)
{
	u64 period = period_of(a);

	if (!a->dl_deadline_ns || a->dl_runtime_ns < 1ULL << DL_SCALE)
		return false;
	if ((a->dl_deadline_ns | a->dl_period_ns) & MSB)
		return false;
	if (period < a->dl_deadline_ns || a->dl_deadline_ns < a->dl_runtime_ns)
		return false;
	return period >= DL_PERIOD_MIN_NS && period <= DL_PERIOD_MAX_NS;
}

bool dl_params_changed(const struct task_struct *p, const struct sched_params *a)
{
	const struct dl_entity *se = entity(p);

	return se->dl_runtime != a->dl_runtime_ns || se->dl_deadline != a->dl_deadline_ns ||
	       se->dl_period != a->dl_period_ns;
}

void dl_set_params(struct task_struct *p, const struct sched_params *a)
{
	dl_entity_set(entity(p), a->dl_runtime_ns, a->dl_deadline_ns, period_of(a));
}

/* ---- letting in, and out ---- */

static int enter(struct task_struct *p, u64 bw)
{
	struct dl_entity *se = entity(p);

	if (!dl_bw_fits(bw))
		return -EBUSY;
	/* it was one a moment ago, and what it had is counted still */
	if (hrtimer_active(&se->inactive))
		machine->dl_tasks_bw -= se->dl_bw;
	machine->dl_tasks_bw += bw;
	return 0;
}

static int change(struct task_struct *p, u64 bw)
{
	struct dl_entity *se = entity(p);

	if (dl_overflow(cpumask_weight(machine->active), se->dl_bw, bw))
		return -EBUSY;
	machine->dl_tasks_bw += bw - se->dl_bw;
	if (!task_on_rq_queued(p))
		dl_cancel_inactive_timer(p);
	return 0;
}

int dl_admit(struct task_struct *p, const struct sched_params *a)
{
	bool dl = a->policy == SCHED_DEADLINE, was = p->policy == SCHED_DEADLINE;
	u64 bw = dl ? to_ratio(period_of(a), a->dl_runtime_ns) : 0;

	lockdep_assert_rq_held(task_rq(p));
	if (!dl)
		return 0;
	if (!cpumask_subset(machine->active, p->cpus_ptr))
		return -EPERM;
	if (!was)
		return enter(p, bw);
	return bw == entity(p)->dl_bw ? 0 : change(p, bw);
}

void dl_bw_give_back(struct task_struct *p)
{
	machine->dl_tasks_bw -= entity(p)->dl_bw;
	dl_entity_set(entity(p), 0, 0, 0);
	entity(p)->throttled = entity(p)->yielded = false;
}

int dl_task_check_affinity(const struct task_struct *p, const struct cpumask *mask)
{
	if (p->policy != SCHED_DEADLINE || cpumask_subset(machine->active, mask))
		return 0;
	return -EBUSY;
}
