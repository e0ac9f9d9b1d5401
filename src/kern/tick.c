// SPDX-License-Identifier: GPL-2.0-only
/*
 * tick.c - the periodic timer interrupt. It stands still while a CPU idles
 * (NO_HZ_IDLE) and comes at multiples of 1/HZ on all CPUs otherwise.
 *
 * On a nohz_full CPU it also stands still while a task runs, as long as scheduling does not
 * depend on it: one fair task, or a sched_ext task whose slice has no end.
 *
 *	dependency set ──irq work──▶ the interrupt's end: tick on again
 *	dependency gone ───────────▶ the end of the next interrupt: tick off
 *
 * In its place a kworker elsewhere does the class's tick once a second. Facts:
 * kernel/time/tick-sched.c, core.c:sched_can_stop_tick(), sched_tick_remote().
 */
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/kthreads.h"
#include "kern/sched.h"

#include "kern/ext/ext.h"

u64 jiffies_now(void)
{
	/* jiffies begin five minutes before they wrap on 32 bits, as the kernel's */
	return 4294937296ULL + now_ns() / tick_period_ns();
}

void sched_tick(struct rq *rq)
{
	struct task_struct *curr;

	TRACE(tick, 0);
	engine_charge(machine->engine, machine->cost.tick_ns);
	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	curr = rq->curr;
	if (test_tsk_need_resched_lazy(curr)) {
		TRACE(resched_promote, rq->cpu);
		resched_curr(rq);
	}
	if (class_of(curr)->task_tick)
		class_of(curr)->task_tick(rq, curr);
	if (scx_enabled())
		scx_tick(rq);
	raw_spin_rq_unlock(rq);
	if (!(scx_enabled() && scx.switched_all))
		fair_balance_tick(rq);
	if (unlikely(now_ns() >= host_of(rq)->m->vmstat_ns))
		vmstat_tick(host_of(rq)->m);
}

static u64 next_tick_ns(void)
{
	return (now_ns() / tick_period_ns() + 1) * tick_period_ns();
}

static void tick_fires(struct hrtimer *t)
{
	struct rq *rq = container_of(t, struct rq_model, tick)->rq;

	sched_tick(rq);
	if (host_of(rq)->m->tick_on)
		hrtimer_start(t, next_tick_ns(), rq->cpu);
}

void tick_start(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	if (c->tick_on)
		return;
	if (!c->tick.fn)
		hrtimer_init(&c->tick, false, tick_fires);
	c->tick_on = true;
	hrtimer_start(&c->tick, next_tick_ns(), rq->cpu);
}

void tick_stop(struct rq *rq)
{
	if (!host_of(rq)->m->tick_on)
		return;
	host_of(rq)->m->tick_on = false;
	hrtimer_cancel(&host_of(rq)->m->tick);
}

/* ---- nohz_full ---- */

bool tick_nohz_full_cpu(s32 cpu)
{
	return machine->nohz_full && cpumask_test_cpu(cpu, machine->nohz_full);
}

static u32 nr_rr(const struct rq *rq)
{
	const struct task_struct *p;
	u32 n = 0;

	for (int prio = 0; prio < MAX_RT_PRIO; prio++)
		list_for_each_entry(p, &rq->rt.queue[prio], rt.run_list)
			n += p->policy == SCHED_RR;
	return n;
}

static bool sched_can_stop_tick(struct rq *rq)
{
	u32 rr = rq->rt.rt_nr_running ? nr_rr(rq) : 0;

	if (rq->rt.rt_nr_running)
		return rr <= 1;
	if (scx_enabled() && !scx_can_stop_tick(rq))
		return false;
	return fair_root(rq)->h_nr_queued <= 1;
}

/* tick_nohz_dep_set_cpu(): what is set already has been asked for */
void tick_nohz_dep_set_sched(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	lockdep_assert_rq_held(rq);
	if (!tick_nohz_full_cpu(rq->cpu) || c->tick_dep_sched)
		return;
	c->tick_dep_sched = true;
	if (cpu_online(rq->cpu))
		irq_work_queue_on(&c->nohz_kick, rq->cpu);
}

void sched_update_tick_dependency(struct rq *rq)
{
	if (!tick_nohz_full_cpu(rq->cpu))
		return;
	if (sched_can_stop_tick(rq))
		host_of(rq)->m->tick_dep_sched = false;
	else
		tick_nohz_dep_set_sched(rq);
}

static void tick_nohz_full_update(struct rq_model *c)
{
	bool on = c->tick_dep_sched || !cpu_online(c->rq->cpu);

	if (on == c->tick_on)
		return;
	TRACE(nohz_tick, on);
	if (on)
		tick_start(c->rq);
	else
		tick_stop(c->rq);
}

/* An idle CPU looks when it is no longer idle. */
void tick_nohz_irq_exit(struct rq_model *c)
{
	if (tick_nohz_full_cpu(c->rq->cpu) && !is_idle_task(c->running))
		tick_nohz_full_update(c);
}

void tick_nohz_idle_exit(struct rq *rq)
{
	if (tick_nohz_full_cpu(rq->cpu))
		tick_nohz_full_update(host_of(rq)->m);
	else
		tick_start(rq);
}

static void nohz_kick_fn(struct irq_work *w)
{
}

/* ---- the tick that others do ---- */

struct tick_work {
	struct delayed_work work;
	struct rq *rq;
};

/* core.c:sched_tick_remote(), in a kworker */
static void sched_tick_remote(struct delayed_work *w)
{
	struct rq *rq = container_of(w, struct tick_work, work)->rq;
	unsigned long flags;

	if (!host_of(rq)->m->tick_on && cpu_online(rq->cpu)) {
		flags = rq_lock_irqsave(rq);
		update_rq_clock(rq);
		if (class_of(rq->curr)->task_tick)
			class_of(rq->curr)->task_tick(rq, rq->curr);
		rq_unlock_irqrestore(rq, flags);
	}
	queue_delayed_work(w, NSEC_PER_SEC);
}

/* Kernel threads that are bound to no CPU keep away; those to come are like kthreadd. */
static void keep_kthreads_off(const struct cpumask *mask)
{
	struct task_struct *p;

	for_each_task(p) {
		if (!(p->flags & PF_KTHREAD) || (p->flags & PF_NO_SETAFFINITY))
			continue;
		cpumask_andnot(&p->cpus_mask, &p->cpus_mask, mask);
		p->nr_cpus_allowed = cpumask_weight(&p->cpus_mask);
	}
}

void tick_nohz_init(const struct cpumask *mask)
{
	s32 cpu;

	bug_on(cpumask_test_cpu(0, mask), "CPU 0 keeps the time, and is nohz_full");
	machine->nohz_full = malloc(sizeof(*mask));
	shortage_on(!machine->nohz_full, "out of memory");
	cpumask_copy(machine->nohz_full, mask);
	for_each_cpu(cpu, mask) {
		struct rq_model *c = host_of(cpu_rq(cpu))->m;
		struct tick_work *w = calloc(1, sizeof(*w));

		shortage_on(!w, "out of memory");
		w->rq = c->rq;
		delayed_work_init(&w->work, sched_tick_remote);
		c->tick_remote = &w->work;
		init_irq_work(&c->nohz_kick, nohz_kick_fn);
		hrtimer_start(&w->work.timer, NSEC_PER_SEC, 0);
	}
	keep_kthreads_off(mask);
}

void tick_nohz_finish(struct machine *m)
{
	for (u32 cpu = 0; m->nohz_full && cpu < m->nr_cpu_ids; cpu++) {
		struct delayed_work *w = host_of(&m->rqs[cpu])->m->tick_remote;

		if (w)
			free(container_of(w, struct tick_work, work));
	}
	free(m->nohz_full);
	m->nohz_full = NULL;
}
