// SPDX-License-Identifier: GPL-2.0-only
/*
 * dl_server.c - see dl_server.h. The rules are those of a constant bandwidth server (cbs.c;
 * deadline.c:dl_server_start() has the states as a drawing):
 *
 *	waiting for zero laxity   throttled, defer_armed
 *	serving                   queued, defer_running
 *	used up                   throttled, defer_running; until the deadline
 *
 * What its class runs is taken off the budget whoever let it run. A budget that is used up
 * while the server waits means that the class does well: a new period begins.
 */
#include "kern/dl_server.h"

#include "kern/deadline.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"

#define DL_RUNTIME_NS (50 * NSEC_PER_MSEC) /* deadline.c:sched_init_dl_servers() */
#define MIN_RES_NS NSEC_PER_MSEC	   /* dl_server_min_res */

/* ---- starting and stopping ---- */

static void update_curr(struct rq *rq)
{
	if (class_of(rq->curr)->update_curr)
		class_of(rq->curr)->update_curr(rq);
}

/* It may serve at once: does it go before what runs? */
static void resched_for(struct rq *rq, const struct dl_entity *s)
{
	if (class_id(rq->curr) != CLASS_DL ||
	    dl_time_before(s->deadline, host_of(rq->curr)->m->dl.deadline))
		resched_curr(rq);
}

void dl_server_start(struct rq *rq, enum dl_server_kind kind)
{
	struct dl_entity *s = &host_of(rq)->m->dl_servers[kind];

	lockdep_assert_rq_held(rq);
	s->defer_idle = false;
	if (s->active || !s->attached || !cpu_online(rq->cpu))
		return;
	if (K->b.dl_server_idle_wait)
		update_curr(rq);
	s->active = true;
	enqueue_dl_entity(s, DL_WAKEUP);
	resched_for(rq, s);
}

static void stop(struct dl_entity *s)
{
	if (!s->active)
		return;
	dequeue_dl_entity(s);
	hrtimer_cancel(&s->timer);
	s->defer_armed = s->throttled = s->defer_idle = s->active = false;
}

void dl_servers_stop(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	for (int kind = 0; kind < NR_DL_SERVERS; kind++)
		stop(&host_of(rq)->m->dl_servers[kind]);
}

/* an inactive CPU's share is promised to nobody */
static int attach(struct rq *rq, struct dl_entity *s, bool on)
{
	if (s->attached == on)
		return 0;
	if (!on)
		stop(s);
	else if (cpu_active(rq->cpu) && !dl_bw_fits(s->dl_bw))
		return -EBUSY;
	s->attached = on;
	return 0;
}

int dl_servers_attach(enum dl_server_kind kind, bool on)
{
	int err = 0;
	s32 cpu;

	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);
		unsigned long flags = rq_lock_irqsave(rq);

		update_rq_clock(rq);
		err = attach(rq, &host_of(rq)->m->dl_servers[kind], on);
		rq_unlock_irqrestore(rq, flags);
		if (err) {
			pr_warn("sched_ext: failed to attach %s_server on CPU %d (%d)",
				kind == DL_SERVER_EXT ? "ext" : "fair", cpu, err);
			return err;
		}
	}
	return 0;
}

/* ---- time passes ---- */

/* deadline.c:dl_server_update_idle_time(), not dl_server_idle_wait: it only lowers the budget */
static void idle_lowers(struct dl_entity *s, u64 delta_ns)
{
	if (s->runtime < 0)
		return;
	s->runtime -= (s64)delta_ns;
	if (s->runtime < 0) {
		s->defer_running = false;
		s->runtime = 0;
	}
}

void dl_server_update_idle(struct rq *rq, u64 delta_ns)
{
	if (!K->b.dl_server_idle_wait) {
		idle_lowers(&host_of(rq)->m->dl_servers[DL_SERVER_FAIR], delta_ns);
		return;
	}
	for (int kind = 0; kind < NR_DL_SERVERS; kind++)
		dl_server_update(rq, kind, delta_ns);
}

/* ---- the timer ---- */

/* Zero laxity: true if the class has run by itself meanwhile, which moves that moment. */
static bool may_wait_longer(struct dl_entity *s)
{
	u64 zero_laxity = s->deadline - (u64)s->runtime;

	if (!dl_time_before(now_ns(), zero_laxity - MIN_RES_NS))
		return false;
	hrtimer_start(&s->timer, zero_laxity, s->rq->cpu);
	return true;
}

/* @rq locked. deadline.c:dl_server_timer() */
static void timer_locked(struct dl_entity *s)
{
	if (K->b.dl_server_idle_wait)
		update_curr(s->rq);
	if (s->defer_idle) {
		stop(s);
		return;
	}
	if (s->defer_armed) {
		if (may_wait_longer(s))
			return;
		s->defer_running = true;
	}
	hrtimer_cancel(&s->timer);
	enqueue_dl_entity(s, DL_REPLENISH);
	resched_for(s->rq, s);
	push_dl_task(s->rq);
}

/* hard irq */
static void dl_server_timer(struct hrtimer *t)
{
	struct dl_entity *s = container_of(t, struct dl_entity, timer);
	struct rq *rq = s->rq;

	raw_spin_rq_lock(rq);
	if (s->throttled) {
		update_rq_clock(rq);
		timer_locked(s);
	}
	raw_spin_rq_unlock(rq);
}

/* ---- picking ---- */

struct task_struct *dl_server_pick_task(struct rq *rq, struct dl_entity *s,
					struct task_struct *prev)
{
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	if (s == &host_of(rq)->m->dl_servers[DL_SERVER_EXT])
		p = scx_enabled() ? ext_server_pick_task(rq, prev) : NULL;
	else
		p = fair_root(rq)->nr_queued ? class_methods[CLASS_FAIR]->pick_task(rq, prev) :
					       NULL;
	if (!p)
		stop(s);
	else if (p != RETRY_TASK)
		host_of(p)->m->dl_server = s;
	return p;
}

void dl_servers_init(struct rq *rq)
{
	for (int kind = 0; kind < NR_DL_SERVERS; kind++) {
		struct dl_entity *s = &host_of(rq)->m->dl_servers[kind];

		dl_entity_init(s, rq, NULL, dl_server_timer);
		dl_entity_set(s, DL_RUNTIME_NS, DL_PERIOD_NS, DL_PERIOD_NS);
	}
	host_of(rq)->m->dl_servers[DL_SERVER_FAIR].attached = true;
	host_of(rq)->m->dl_servers[DL_SERVER_EXT].attached = K->b.ext_dl_server &&
							     !K->b.dl_server_bw_swapped;
}
