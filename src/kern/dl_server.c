// SPDX-License-Identifier: GPL-2.0-only
/*
 * dl_server.c - see dl_server.h. The rules are those of a constant bandwidth server
 * (deadline.c:dl_server_start() has the states as a drawing):
 *
 *	waiting for zero laxity   throttled, defer_armed
 *	serving                   queued, defer_running
 *	used up                   throttled, defer_running; until the deadline
 *
 * What its class runs is taken off the budget whoever let it run. A budget that is used up
 * while the server waits means that the class does well: a new period begins.
 */
#include "kern/dl_server.h"

#include "kern/ext/ext.h"
#include "kern/sched.h"

#define DL_RUNTIME_NS (50 * NSEC_PER_MSEC) /* deadline.c:sched_init_dl_servers() */
#define DL_SCALE 10
#define BW_SHIFT 20
#define MIN_RES_NS NSEC_PER_MSEC /* dl_server_min_res */

static bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* ---- the budget ---- */

/* false: that moment is over */
static bool start_timer(struct dl_server *s)
{
	u64 at = s->defer_armed ? s->deadline - (u64)s->runtime : s->deadline;

	bug_on(s->defer_armed && !s->throttled, "a deferred server that is not throttled");
	if (before(at / NSEC_PER_USEC, now_ns() / NSEC_PER_USEC))
		return false;
	if (!hrtimer_active(&s->timer))
		hrtimer_start(&s->timer, at, s->rq->cpu);
	return true;
}

static void new_period(struct dl_server *s)
{
	s->deadline = now_ns() + DL_PERIOD_NS;
	s->runtime = DL_RUNTIME_NS;
	if (!s->defer_running)
		s->throttled = s->defer_armed = true;
}

/* Would what is left of the budget, until the deadline, be more than its share? */
static bool overflows(const struct dl_server *s)
{
	s64 left = (s64)(DL_PERIOD_NS >> DL_SCALE) * (s->runtime >> DL_SCALE);
	s64 right = ((s64)(s->deadline - now_ns()) >> DL_SCALE) * (s64)(DL_RUNTIME_NS >> DL_SCALE);

	return right < left;
}

/* Deferred anew, unless the moment to begin has come. */
static void defer(struct dl_server *s)
{
	s->defer_armed = s->throttled = true;
	if (start_timer(s))
		return;
	hrtimer_cancel(&s->timer);
	s->defer_armed = s->throttled = false;
}

/* deadline.c:replenish_dl_entity() */
static void replenish(struct dl_server *s)
{
	if (s->defer_armed && overflows(s)) {
		s->deadline = now_ns() + DL_PERIOD_NS;
		s->runtime = DL_RUNTIME_NS;
	}
	while (s->runtime <= 0) {
		s->deadline += DL_PERIOD_NS;
		s->runtime += DL_RUNTIME_NS;
	}
	if (before(s->deadline, now_ns()))
		new_period(s);
	s->throttled = false;
	if (s->defer_armed)
		s->defer_armed = false;
	else if (!s->defer_running && before(now_ns(), s->deadline - (u64)s->runtime))
		defer(s);
}

/* deadline.c:update_dl_entity(): it was away; is what it had still right? */
static void wake_up(struct dl_server *s)
{
	bool late = before(s->deadline, now_ns());

	if (!late && !overflows(s)) {
		if (!s->defer_running)
			s->defer_armed = s->throttled = true;
	} else if (!late && s->defer_running) {
		/* as much as its density allows until then */
		s->runtime = (s64)(((DL_RUNTIME_NS << BW_SHIFT) / DL_PERIOD_NS *
				    (s->deadline - now_ns())) >>
				   BW_SHIFT);
	} else {
		s->defer_running = false;
		new_period(s);
	}
}

/* deadline.c:enqueue_dl_entity(), after one of the above */
static void enqueue(struct dl_server *s)
{
	if (s->throttled && start_timer(s))
		return;
	if (s->throttled) {
		hrtimer_cancel(&s->timer);
		s->defer_armed = s->throttled = false;
	}
	s->queued = true;
}

/* ---- starting and stopping ---- */

static void update_curr(struct rq *rq)
{
	if (class_of(rq->curr)->update_curr)
		class_of(rq->curr)->update_curr(rq);
}

void dl_server_start(struct rq *rq, enum dl_server_kind kind)
{
	struct dl_server *s = &host_of(rq)->m->dl_servers[kind];

	lockdep_assert_rq_held(rq);
	s->defer_idle = false;
	if (s->active || !s->attached || !cpu_online(rq->cpu))
		return;
	if (K->b.dl_server_idle_wait)
		update_curr(rq);
	s->active = true;
	wake_up(s);
	enqueue(s);
	resched_curr(rq);
}

static void stop(struct dl_server *s)
{
	if (!s->active)
		return;
	hrtimer_cancel(&s->timer);
	s->queued = s->defer_armed = s->throttled = s->defer_idle = s->active = false;
}

void dl_servers_stop(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	for (int kind = 0; kind < NR_DL_SERVERS; kind++)
		stop(&host_of(rq)->m->dl_servers[kind]);
}

void dl_servers_attach(enum dl_server_kind kind, bool on)
{
	s32 cpu;

	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);
		unsigned long flags = rq_lock_irqsave(rq);

		update_rq_clock(rq);
		if (!on)
			stop(&host_of(rq)->m->dl_servers[kind]);
		host_of(rq)->m->dl_servers[kind].attached = on;
		rq_unlock_irqrestore(rq, flags);
	}
}

/* ---- time passes ---- */

static bool idle_rq(const struct rq *rq)
{
	return is_idle_task(rq->curr) && !rq->nr_running;
}

/* The class ran for its budget while the server only waited: it is not needed in this period. */
static void not_needed(struct dl_server *s, bool idle)
{
	if (s->defer_idle && idle) {
		s->runtime = 0;
		return;
	}
	s->defer_running = false;
	hrtimer_cancel(&s->timer);
	new_period(s);
	if (K->b.dl_server_idle_wait && idle)
		s->defer_idle = true;
	bug_on(!start_timer(s), "a new period of a deadline server begins in the past");
}

static void used_up(struct dl_server *s)
{
	s->throttled = true;
	s->queued = false;
	if (!start_timer(s)) { /* so late that even the deadline is over */
		if (K->b.dl_server_idle_wait) {
			new_period(s);
			start_timer(s);
		} else {
			replenish(s);
			enqueue(s);
		}
	}
	if (!s->queued)
		resched_curr(s->rq);
}

/* deadline.c:update_curr_dl_se() */
void dl_server_take_off(struct dl_server *s, u64 delta_ns)
{
	if (!delta_ns)
		return;
	s->runtime -= (s64)delta_ns;
	if (s->defer_idle && !idle_rq(s->rq))
		s->defer_idle = false;
	if (likely(s->runtime > 0))
		return;
	if (s->throttled)
		not_needed(s, idle_rq(s->rq));
	else
		used_up(s);
}

/* deadline.c:dl_server_update_idle_time(), not dl_server_idle_wait: it only lowers the budget */
static void idle_lowers(struct dl_server *s, u64 delta_ns)
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
static bool may_wait_longer(struct dl_server *s)
{
	u64 zero_laxity = s->deadline - (u64)s->runtime;

	if (!before(now_ns(), zero_laxity - MIN_RES_NS))
		return false;
	hrtimer_start(&s->timer, zero_laxity, s->rq->cpu);
	return true;
}

/* @rq locked. deadline.c:dl_server_timer() */
static void timer_locked(struct dl_server *s)
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
	replenish(s);
	enqueue(s);
	resched_curr(s->rq);
}

/* hard irq */
static void dl_server_timer(struct hrtimer *t)
{
	struct dl_server *s = container_of(t, struct dl_server, timer);
	struct rq *rq = s->rq;

	raw_spin_rq_lock(rq);
	if (s->throttled) {
		update_rq_clock(rq);
		timer_locked(s);
	}
	raw_spin_rq_unlock(rq);
}

/* ---- picking ---- */

/* The earlier deadline goes first. */
static struct dl_server *first_queued(struct rq *rq)
{
	struct dl_server *fair = &host_of(rq)->m->dl_servers[DL_SERVER_FAIR];
	struct dl_server *ext = &host_of(rq)->m->dl_servers[DL_SERVER_EXT];

	if (fair->queued && ext->queued)
		return before(ext->deadline, fair->deadline) ? ext : fair;
	return fair->queued ? fair : ext->queued ? ext : NULL;
}

static struct task_struct *serve(struct rq *rq, const struct dl_server *s, struct task_struct *prev)
{
	if (s == &host_of(rq)->m->dl_servers[DL_SERVER_EXT])
		return scx_enabled() ? ext_server_pick_task(rq, prev) : NULL;
	return fair_root(rq)->nr_queued ? class_methods[CLASS_FAIR]->pick_task(rq, prev) : NULL;
}

struct task_struct *pick_task_dl_server(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;
	struct dl_server *s;

	lockdep_assert_rq_held(rq);
	while ((s = first_queued(rq))) {
		p = serve(rq, s, prev);
		if (p)
			return p;
		stop(s);
	}
	return NULL;
}

void dl_servers_init(struct rq *rq)
{
	for (int kind = 0; kind < NR_DL_SERVERS; kind++) {
		host_of(rq)->m->dl_servers[kind] = (struct dl_server){ .rq = rq };
		hrtimer_init(&host_of(rq)->m->dl_servers[kind].timer, false, dl_server_timer);
	}
	host_of(rq)->m->dl_servers[DL_SERVER_FAIR].attached = true;
}
