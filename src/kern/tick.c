// SPDX-License-Identifier: GPL-2.0-only
/*
 * tick.c - the periodic timer interrupt. It stands still while a CPU idles
 * (NO_HZ_IDLE) and comes at multiples of 1/HZ on all CPUs otherwise.
 */
#include "kern/sched.h"

#include "kern/ext/ext.h"

static u64 tick_period_ns(void)
{
	return NSEC_PER_SEC / K->kernel->hz;
}

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
}

static void tick_fires(struct hrtimer *t)
{
	struct rq *rq = container_of(t, struct rq_model, tick)->rq;

	sched_tick(rq);
	if (host_of(rq)->m->tick_on)
		hrtimer_start(t, now_ns() / tick_period_ns() * tick_period_ns() + tick_period_ns(),
			      rq->cpu);
}

void tick_start(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	if (c->tick_on)
		return;
	if (!c->tick.fn)
		hrtimer_init(&c->tick, false, tick_fires);
	c->tick_on = true;
	hrtimer_start(&c->tick, (now_ns() / tick_period_ns() + 1) * tick_period_ns(), rq->cpu);
}

void tick_stop(struct rq *rq)
{
	if (!host_of(rq)->m->tick_on)
		return;
	host_of(rq)->m->tick_on = false;
	hrtimer_cancel(&host_of(rq)->m->tick);
}
