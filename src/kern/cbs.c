// SPDX-License-Identifier: GPL-2.0-only
/*
 * cbs.c - see cbs.h. Facts: kernel/sched/deadline.c, where each function is by its name.
 *
 * A server is deferred (dl_server.h): what is there about @defer_* is its alone.
 */
#include "kern/cbs.h"

#include "base/rbtree.h"
#include "kern/sched.h"

/* ---- where it is ---- */

struct rq *rq_of_dl_se(const struct dl_entity *se)
{
	return dl_server(se) ? se->rq : task_rq(se->p);
}

static struct edf_rq *edf_of_se(const struct dl_entity *se)
{
	return edf_of(rq_of_dl_se(se));
}

static bool dl_less(const struct rb_node *a, const struct rb_node *b)
{
	return dl_time_before(rb_entry(a, struct dl_entity, node)->deadline,
			      rb_entry(b, struct dl_entity, node)->deadline);
}

struct dl_entity *dl_first(const struct edf_rq *q)
{
	struct rb_node *n = q->nr_running ? rb_first(&q->queue) : NULL;

	return n ? rb_entry(n, struct dl_entity, node) : NULL;
}

/* what guests see of a task's */
static void show(struct dl_entity *se)
{
	if (dl_server(se))
		return;
	se->p->dl.runtime = se->runtime;
	se->p->dl.deadline = se->deadline;
	se->p->dl.dl_throttled = se->throttled;
	se->p->dl.dl_yielded = se->yielded;
}

void dl_entity_init(struct dl_entity *se, struct rq *rq, struct task_struct *p,
		    void (*timer_fn)(struct hrtimer *))
{
	*se = (struct dl_entity){ .rq = rq, .p = p };
	rb_init_node(&se->node);
	rb_init_node(&se->pushable);
	hrtimer_init(&se->timer, false, timer_fn);
}

void dl_entity_set(struct dl_entity *se, u64 runtime_ns, u64 deadline_ns, u64 period_ns)
{
	se->dl_runtime = runtime_ns;
	se->dl_deadline = deadline_ns;
	se->dl_period = period_ns;
	se->dl_bw = to_ratio(period_ns, runtime_ns);
	se->dl_density = to_ratio(deadline_ns, runtime_ns);
	if (dl_server(se))
		return;
	se->p->dl.dl_runtime = runtime_ns;
	se->p->dl.dl_deadline = deadline_ns;
	se->p->dl.dl_period = period_ns;
	se->p->dl.dl_bw = se->dl_bw;
	se->p->dl.dl_density = se->dl_density;
}

/* ---- the budget ---- */

static u64 dl_next_period(const struct dl_entity *se)
{
	return se->deadline - se->dl_deadline + se->dl_period;
}

static bool dl_is_implicit(const struct dl_entity *se)
{
	return se->dl_deadline == se->dl_period;
}

bool start_dl_timer(struct dl_entity *se)
{
	u64 at = se->defer_armed ? se->deadline - (u64)se->runtime : dl_next_period(se);

	bug_on(se->defer_armed && !se->throttled, "a deferred server that is not throttled");
	if (dl_time_before(at / NSEC_PER_USEC, now_ns() / NSEC_PER_USEC))
		return false;
	if (hrtimer_active(&se->timer))
		return true;
	if (!dl_server(se))
		get_task_struct(se->p);
	hrtimer_start(&se->timer, at, rq_of_dl_se(se)->cpu);
	return true;
}

void replenish_dl_new_period(struct dl_entity *se)
{
	se->deadline = now_ns() + se->dl_deadline;
	se->runtime = (s64)se->dl_runtime;
	if (dl_server(se) && !se->defer_running)
		se->throttled = se->defer_armed = true;
	show(se);
}

/* Would what is left of the budget, until the deadline, be more than its share? */
static bool dl_entity_overflow(const struct dl_entity *se)
{
	s64 left = (s64)(se->dl_deadline >> DL_SCALE) * (se->runtime >> DL_SCALE);
	s64 right =
		((s64)(se->deadline - now_ns()) >> DL_SCALE) * (s64)(se->dl_runtime >> DL_SCALE);

	return right < left;
}

/* Deferred anew, unless the moment to begin has come. */
static void defer(struct dl_entity *se)
{
	se->defer_armed = se->throttled = true;
	if (start_dl_timer(se))
		return;
	hrtimer_cancel(&se->timer);
	se->defer_armed = se->throttled = false;
}

void replenish_dl_entity(struct dl_entity *se)
{
	if (se->defer_armed && dl_entity_overflow(se)) {
		se->deadline = now_ns() + se->dl_deadline;
		se->runtime = (s64)se->dl_runtime;
	}
	if (se->yielded && se->runtime > 0)
		se->runtime = 0;
	while (se->runtime <= 0) {
		se->deadline += se->dl_period;
		se->runtime += (s64)se->dl_runtime;
	}
	if (dl_time_before(se->deadline, now_ns()))
		replenish_dl_new_period(se);
	se->throttled = se->yielded = false;
	if (se->defer_armed)
		se->defer_armed = false;
	else if (dl_server(se) && !se->defer_running &&
		 dl_time_before(now_ns(), se->deadline - (u64)se->runtime))
		defer(se);
	show(se);
}

/* It was away; is what it had still right? */
static void update_dl_entity(struct dl_entity *se)
{
	bool late = dl_time_before(se->deadline, now_ns());

	if (!late && !dl_entity_overflow(se)) {
		if (dl_server(se) && !se->defer_running)
			se->defer_armed = se->throttled = true;
	} else if (!late && (!dl_is_implicit(se) || se->defer_running)) {
		/* update_dl_revised_wakeup(): as much as its density allows until then */
		se->runtime = (s64)((se->dl_density * (se->deadline - now_ns())) >> BW_SHIFT);
	} else {
		se->defer_running = false;
		replenish_dl_new_period(se);
	}
}

/* Woken after its deadline and before the next period: it waits for that one. */
static void dl_check_constrained_dl(struct dl_entity *se)
{
	if (!dl_time_before(se->deadline, now_ns()) ||
	    !dl_time_before(now_ns(), dl_next_period(se)) || !start_dl_timer(se))
		return;
	se->throttled = true;
	se->runtime = min(se->runtime, (s64)0);
}

/* ---- on the queue, and off ---- */

static void __enqueue_dl_entity(struct dl_entity *se)
{
	struct edf_rq *q = edf_of_se(se);

	bug_on(se->queued, "a deadline entity is queued twice");
	se->queued = true;
	rb_add(&se->node, &q->queue, dl_less);
	q->nr_running++;
	rq_of_dl_se(se)->dl.dl_nr_running = q->nr_running;
	if (!dl_server(se))
		add_nr_running(rq_of_dl_se(se), 1);
}

void dequeue_dl_entity(struct dl_entity *se)
{
	struct edf_rq *q = edf_of_se(se);

	if (!se->queued)
		return;
	se->queued = false;
	rb_erase(&se->node, &q->queue);
	q->nr_running--;
	rq_of_dl_se(se)->dl.dl_nr_running = q->nr_running;
	if (!dl_server(se))
		add_nr_running(rq_of_dl_se(se), -1);
}

void enqueue_dl_entity(struct dl_entity *se, enum dl_enqueue why)
{
	if (!se->throttled && !dl_is_implicit(se))
		dl_check_constrained_dl(se);
	show(se);
	/* a task's timer has not come yet, and will do it */
	if (!dl_server(se) && se->throttled && why != DL_REPLENISH)
		return;
	if (why == DL_WAKEUP)
		update_dl_entity(se);
	else if (why == DL_REPLENISH)
		replenish_dl_entity(se);
	else if (why == DL_NEW && dl_time_before(se->deadline, now_ns()))
		replenish_dl_new_period(se);
	if (se->throttled && start_dl_timer(se))
		return;
	if (se->throttled) {
		hrtimer_cancel(&se->timer);
		se->defer_armed = se->throttled = false;
	}
	show(se);
	__enqueue_dl_entity(se);
}

/* ---- time passes ---- */

static bool idle_rq(const struct rq *rq)
{
	return is_idle_task(rq->curr) && !rq->nr_running;
}

/* The class ran for its budget while the server only waited: it is not needed in this period. */
static void not_needed(struct dl_entity *se, bool idle)
{
	if (se->defer_idle && idle) {
		se->runtime = 0;
		return;
	}
	se->defer_running = false;
	hrtimer_cancel(&se->timer);
	replenish_dl_new_period(se);
	if (K->b.dl_server_idle_wait && idle)
		se->defer_idle = true;
	bug_on(!start_dl_timer(se), "a new period of a deadline server begins in the past");
}

static void throttle(struct rq *rq, struct dl_entity *se)
{
	se->throttled = true;
	dequeue_dl_entity(se);
	show(se);
	if (!start_dl_timer(se)) { /* so late that even the next period has begun */
		if (dl_server(se) && K->b.dl_server_idle_wait) {
			replenish_dl_new_period(se);
			start_dl_timer(se);
		} else {
			enqueue_dl_entity(se, DL_REPLENISH);
		}
	}
	if (dl_first(edf_of(rq)) != se)
		resched_curr(rq);
}

void update_curr_dl_se(struct rq *rq, struct dl_entity *se, u64 delta_ns)
{
	if (!delta_ns && !se->yielded)
		return;
	se->runtime -= (s64)delta_ns;
	if (se->defer_idle && !idle_rq(rq))
		se->defer_idle = false;
	if (likely(se->runtime > 0 && !se->yielded))
		show(se);
	else if (dl_server(se) && se->throttled)
		not_needed(se, idle_rq(rq));
	else
		throttle(rq, se);
}
