// SPDX-License-Identifier: GPL-2.0-only
/*
 * deadline.c - SCHED_DEADLINE: the earliest deadline runs, and nobody has more than it was
 * admitted with (cbs.h). A task that waits behind an earlier deadline finds another CPU:
 *
 *	push	the CPU that has it gives it to one without deadline tasks, or to that whose
 *		earliest deadline is the latest: as it is woken or refilled, after a switch
 *	pull	a CPU that lets its last deadline task go takes from those that have two and more
 *
 * A throttled task is on_rq as far as the core knows, and on no queue: its timer brings it back.
 * Admission is in dl_bw.c. Facts: kernel/sched/deadline.c, cpudeadline.c.
 */
#include "kern/deadline.h"

#include "base/rbtree.h"
#include "kern/sched.h"
#include "kern/topology.h"

#define DL_MAX_TRIES 3
#define HRTICK_MIN_NS 10000LL

struct edf_rq *edf_of(const struct rq *rq)
{
	return &host_of(rq)->m->edf;
}

static struct dl_entity *entity(const struct task_struct *p)
{
	return &host_of(p)->m->dl;
}

static bool dl_entity_preempt(const struct task_struct *a, const struct task_struct *b)
{
	return dl_time_before(entity(a)->deadline, entity(b)->deadline);
}

/* ---- who could be pushed: those that wait and are bound to no CPU ---- */

static bool pushable_less(const struct rb_node *a, const struct rb_node *b)
{
	return dl_time_before(rb_entry(a, struct dl_entity, pushable)->deadline,
			      rb_entry(b, struct dl_entity, pushable)->deadline);
}

static void enqueue_pushable_dl_task(struct rq *rq, struct task_struct *p)
{
	struct dl_entity *se = entity(p);

	if (p->nr_cpus_allowed < 2 || !rb_node_empty(&se->pushable))
		return;
	rb_add(&se->pushable, &edf_of(rq)->pushable, pushable_less);
	cpumask_set_cpu(rq->cpu, &machine->dlo_mask);
}

static void dequeue_pushable_dl_task(struct rq *rq, struct task_struct *p)
{
	struct dl_entity *se = entity(p);

	if (rb_node_empty(&se->pushable))
		return;
	rb_erase(&se->pushable, &edf_of(rq)->pushable);
	if (RB_EMPTY_ROOT(&edf_of(rq)->pushable))
		cpumask_clear_cpu(rq->cpu, &machine->dlo_mask);
}

/* @cpu -1: whoever can migrate at all */
static struct task_struct *first_pushable(struct rq *rq, s32 cpu)
{
	for (struct rb_node *n = rb_first(&edf_of(rq)->pushable); n; n = rb_next(n)) {
		struct task_struct *p = rb_entry(n, struct dl_entity, pushable)->p;

		if (!p->on_cpu &&
		    (cpu < 0 ? !is_migration_disabled(p) : cpumask_test_cpu(cpu, &p->cpus_mask)))
			return p;
	}
	return NULL;
}

/* ---- where to ---- */

static bool dl_task_is_earliest_deadline(const struct task_struct *p, const struct rq *rq)
{
	const struct dl_entity *first = dl_first(edf_of(rq));

	return !first || dl_time_before(entity(p)->deadline, first->deadline);
}

/* the CPU whose earliest deadline is the latest; -1: nobody has one */
static s32 cpudl_maximum(void)
{
	const struct dl_entity *latest = NULL, *se;
	s32 cpu;

	for_each_cpu(cpu, machine->active) {
		se = dl_first(edf_of(cpu_rq(cpu)));
		if (se && (!latest || dl_time_before(latest->deadline, se->deadline)))
			latest = se;
	}
	return latest ? rq_of_dl_se(latest)->cpu : -1;
}

/* those without deadlines, or the one with the latest if that is later than @p's */
static bool cpudl_find(const struct task_struct *p, struct cpumask *later)
{
	s32 cpu;

	cpumask_clear(later);
	for_each_cpu_and(cpu, &p->cpus_mask, machine->active)
		if (!edf_of(cpu_rq(cpu))->nr_running)
			cpumask_set_cpu(cpu, later);
	if (!cpumask_empty(later))
		return true;
	cpu = cpudl_maximum();
	if (cpu < 0 || !cpumask_test_cpu(cpu, &p->cpus_mask) ||
	    !dl_task_is_earliest_deadline(p, cpu_rq(cpu)))
		return false;
	cpumask_set_cpu(cpu, later);
	return true;
}

static s32 find_later_rq(const struct task_struct *p)
{
	struct cpumask later;

	if (p->nr_cpus_allowed == 1 || !cpudl_find(p, &later))
		return -1;
	return cpu_nearest(task_cpu(p), &later);
}

static int select_task_rq_dl(struct task_struct *p, int cpu, int wake_flags)
{
	const struct task_struct *curr = cpu_rq(cpu)->curr;
	s32 target;

	if (!(wake_flags & WF_TTWU) || class_id(curr) != CLASS_DL ||
	    (curr->nr_cpus_allowed > 1 && dl_entity_preempt(p, curr)))
		return cpu;
	target = find_later_rq(p);
	return target >= 0 && dl_task_is_earliest_deadline(p, cpu_rq(target)) ? target : cpu;
}

/* ---- pushing ---- */

static bool may_still_go(struct rq *rq, const struct task_struct *p, s32 cpu)
{
	return !is_migration_disabled(p) && cpumask_test_cpu(cpu, &p->cpus_mask) &&
	       p == first_pushable(rq, -1);
}

/* locked, or NULL */
static struct rq *find_lock_later_rq(struct task_struct *p, struct rq *rq)
{
	for (int tries = 0; tries < DL_MAX_TRIES; tries++) {
		s32 cpu = find_later_rq(p);
		struct rq *later = cpu < 0 || cpu == rq->cpu ? NULL : cpu_rq(cpu);

		if (!later || !dl_task_is_earliest_deadline(p, later))
			return NULL;
		if (double_lock_balance(rq, later) && !may_still_go(rq, p, cpu)) {
			double_unlock_balance(rq, later);
			return NULL;
		}
		if (dl_task_is_earliest_deadline(p, later))
			return later;
		double_unlock_balance(rq, later);
	}
	return NULL;
}

static void push_to(struct rq *rq, struct rq *later, struct task_struct *p)
{
	update_rq_clock(rq);
	update_rq_clock(later);
	move_queued_task_locked(rq, later, p);
	resched_curr(later);
	double_unlock_balance(rq, later);
}

bool push_dl_task(struct rq *rq)
{
	struct task_struct *p = first_pushable(rq, -1), *now;
	struct rq *later = NULL;

	while (p && !later) {
		if (class_id(rq->curr) == CLASS_DL && dl_entity_preempt(p, rq->curr) &&
		    rq->curr->nr_cpus_allowed > 1) {
			resched_curr(rq);
			return false;
		}
		get_task_struct(p);
		later = find_lock_later_rq(p, rq);
		if (later)
			push_to(rq, later, p);
		now = first_pushable(rq, -1);
		put_task_struct(p);
		p = now == p ? NULL : now; /* still there: another CPU will pull it */
	}
	return later;
}

static void push_dl_tasks(struct rq *rq)
{
	while (push_dl_task(rq))
		;
}

static void deadline_queue_push_tasks(struct rq *rq)
{
	if (!RB_EMPTY_ROOT(&edf_of(rq)->pushable))
		queue_balance_callback(rq, &rq->dl.push_head, push_dl_tasks);
}

/* ---- pulling ---- */

/* Both locked. true: a task of @src came, with a deadline before @dmin, which is its now. */
static bool pull_from(struct rq *rq, struct rq *src, u64 *dmin)
{
	struct task_struct *p = first_pushable(src, rq->cpu);

	if (edf_of(src)->nr_running <= 1 || !p || !dl_time_before(entity(p)->deadline, *dmin) ||
	    !dl_task_is_earliest_deadline(p, rq))
		return false;
	/* it is about to run where it is */
	if (class_id(src->curr) == CLASS_DL && dl_entity_preempt(p, src->curr))
		return false;
	if (is_migration_disabled(p))
		return false;
	update_rq_clock(rq);
	update_rq_clock(src);
	move_queued_task_locked(src, rq, p);
	*dmin = entity(p)->deadline;
	return true;
}

/* @rq locked, and may be unlocked in between */
static void pull_dl_tasks(struct rq *rq)
{
	u64 dmin = INT64_MAX;
	bool resched = false;
	s32 cpu;

	for_each_cpu(cpu, &machine->dlo_mask) {
		struct rq *src = cpu_rq(cpu);

		if (src == rq)
			continue;
		double_lock_balance(rq, src);
		resched |= pull_from(rq, src, &dmin);
		double_unlock_balance(rq, src);
	}
	if (resched)
		resched_curr(rq);
}

void pull_dl_task(struct rq *rq, const struct task_struct *prev)
{
	if (!entity(prev)->queued && rq->online && !cpumask_empty(&machine->dlo_mask))
		pull_dl_tasks(rq);
}

static void deadline_queue_pull_task(struct rq *rq)
{
	queue_balance_callback(rq, &rq->dl.pull_head, pull_dl_tasks);
}

/* ---- timers of a task; hard irq ---- */

/* @p's locks held, it is throttled */
static void replenish_task(struct rq *rq, struct task_struct *p)
{
	update_rq_clock(rq);
	if (!task_on_rq_queued(p)) { /* throttled on its way to sleep: a wakeup queues it */
		replenish_dl_entity(entity(p));
		return;
	}
	enqueue_dl_entity(entity(p), DL_REPLENISH);
	if (entity(p)->queued && !task_current(rq, p))
		enqueue_pushable_dl_task(rq, p);
	if (class_id(rq->curr) != CLASS_DL || dl_entity_preempt(p, rq->curr))
		resched_curr(rq);
	push_dl_task(rq);
}

static void dl_task_timer(struct hrtimer *t)
{
	struct task_struct *p = container_of(t, struct dl_entity, timer)->p;
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (class_id(p) == CLASS_DL && entity(p)->throttled)
		replenish_task(rq, p);
	task_rq_unlock(rq, p, flags);
	put_task_struct(p);
}

static bool dl_dead(const struct task_struct *p)
{
	return p->__state == TASK_DEAD;
}

static void inactive_task_timer(struct hrtimer *t)
{
	struct task_struct *p = container_of(t, struct dl_entity, inactive)->p;
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (class_id(p) != CLASS_DL || dl_dead(p))
		dl_bw_give_back(p);
	task_rq_unlock(rq, p, flags);
	put_task_struct(p);
}

/* when it would have earned what it has left: its lag is zero, and its bandwidth free */
static s64 zero_lag_in_ns(const struct dl_entity *se)
{
	__int128 left = (__int128)se->runtime * (s64)se->dl_period / (s64)se->dl_runtime;

	return (s64)(se->deadline - (u64)(s64)left - now_ns());
}

/* It sleeps, or @leaves the class. */
static void task_non_contending(struct task_struct *p, bool leaves)
{
	struct dl_entity *se = entity(p);
	s64 in_ns;

	if (!se->dl_runtime)
		return;
	in_ns = zero_lag_in_ns(se);
	if (in_ns >= 0 && !hrtimer_active(&se->inactive)) {
		get_task_struct(p);
		hrtimer_start(&se->inactive, now_ns() + (u64)in_ns, task_cpu(p));
	} else if (leaves || dl_dead(p)) {
		dl_bw_give_back(p);
	}
}

void dl_cancel_inactive_timer(struct task_struct *p)
{
	if (hrtimer_cancel(&entity(p)->inactive))
		put_task_struct(p);
}

/* ---- the class ---- */

static void update_curr_dl(struct rq *rq)
{
	struct task_struct *p = rq->curr;
	s64 delta;

	if (class_id(p) != CLASS_DL || !entity(p)->queued)
		return;
	delta = max((s64)(now_ns() - p->se.exec_start), (s64)0);
	p->se.exec_start = now_ns();
	p->se.sum_exec_runtime += (u64)delta;
	update_curr_dl_se(rq, entity(p), (u64)delta);
}

static enum dl_enqueue why(u64 flags)
{
	if (flags & ENQUEUE_WAKEUP)
		return DL_WAKEUP;
	return flags & DEQUEUE_MOVE ? DL_NEW : DL_AS_IT_IS;
}

static void enqueue_task_dl(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (flags & ENQUEUE_WAKEUP)
		dl_cancel_inactive_timer(p);
	enqueue_dl_entity(entity(p), why(flags));
	if (entity(p)->queued && !task_current(rq, p))
		enqueue_pushable_dl_task(rq, p);
}

static bool dequeue_task_dl(struct rq *rq, struct task_struct *p, u64 flags)
{
	update_curr_dl(rq);
	dequeue_dl_entity(entity(p));
	if (flags & DEQUEUE_SLEEP)
		task_non_contending(p, false);
	dequeue_pushable_dl_task(rq, p);
	return true;
}

/* Off the CPU until the next period. */
static void yield_task_dl(struct rq *rq)
{
	entity(rq->curr)->yielded = true;
	update_rq_clock(rq);
	update_curr_dl(rq);
}

/* Equal deadlines: one of both can go elsewhere? */
static void check_preempt_equal_dl(struct rq *rq, struct task_struct *p)
{
	struct cpumask later;

	if (rq->curr->nr_cpus_allowed == 1 || !cpudl_find(rq->curr, &later))
		return;
	if (p->nr_cpus_allowed != 1 && cpudl_find(p, &later))
		return;
	resched_curr(rq);
}

static void wakeup_preempt_dl(struct rq *rq, struct task_struct *p, int flags)
{
	if (class_id(p) != CLASS_DL || class_id(rq->curr) != CLASS_DL)
		return;
	if (dl_entity_preempt(p, rq->curr))
		resched_curr(rq);
	else if (entity(p)->deadline == entity(rq->curr)->deadline &&
		 !test_tsk_need_resched(rq->curr))
		check_preempt_equal_dl(rq, p);
}

static void task_woken_dl(struct rq *rq, struct task_struct *p)
{
	const struct task_struct *curr = rq->curr;

	if (!p->on_cpu && !test_tsk_need_resched(curr) && p->nr_cpus_allowed > 1 &&
	    class_id(curr) == CLASS_DL &&
	    (curr->nr_cpus_allowed < 2 || !dl_entity_preempt(p, curr)))
		push_dl_tasks(rq);
}

static bool balance_dl(struct rq *rq, struct task_struct *prev)
{
	return edf_of(rq)->nr_running || (rq->stop && task_on_rq_queued(rq->stop));
}

static struct task_struct *pick_task_dl(struct rq *rq, struct task_struct *prev)
{
	struct dl_entity *se;
	struct task_struct *p;

	while ((se = dl_first(edf_of(rq)))) {
		p = dl_server(se) ? dl_server_pick_task(rq, se, prev) : se->p;
		if (p)
			return p;
	}
	return NULL;
}

static void put_prev_task_dl(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	update_curr_dl(rq);
	hrtimer_cancel(&edf_of(rq)->hrtick);
	if (entity(p)->queued)
		enqueue_pushable_dl_task(rq, p);
}

/* A timer for the end of the budget, which else is seen at the next tick. */
static void start_hrtick_dl(struct rq *rq, struct task_struct *p)
{
	s64 in_ns = max(entity(p)->runtime, HRTICK_MIN_NS);

	if (K->b.dl_hrtick)
		hrtimer_start(&edf_of(rq)->hrtick, now_ns() + (u64)in_ns, rq->cpu);
}

static void set_next_task_dl(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = now_ns();
	dequeue_pushable_dl_task(rq, p);
	if (!first)
		return;
	deadline_queue_push_tasks(rq);
	start_hrtick_dl(rq, p);
}

static void task_tick_dl(struct rq *rq, struct task_struct *p)
{
	update_curr_dl(rq);
}

/* hard irq */
static void hrtick(struct hrtimer *t)
{
	struct rq *rq = container_of(t, struct edf_rq, hrtick)->rq;

	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	update_curr_dl(rq);
	if (class_id(rq->curr) == CLASS_DL && entity(rq->curr)->runtime > 0 &&
	    dl_first(edf_of(rq)) == entity(rq->curr))
		start_hrtick_dl(rq, rq->curr);
	raw_spin_rq_unlock(rq);
}

static void switched_from_dl(struct rq *rq, struct task_struct *p)
{
	if (!task_on_rq_queued(p))
		return; /* its inactive timer is armed, or will never come */
	task_non_contending(p, true);
	if (!edf_of(rq)->nr_running)
		deadline_queue_pull_task(rq);
}

static void switched_to_dl(struct rq *rq, struct task_struct *p)
{
	dl_cancel_inactive_timer(p);
	if (!task_on_rq_queued(p) || rq->curr == p)
		return;
	deadline_queue_push_tasks(rq);
	if (class_id(rq->curr) == CLASS_DL)
		wakeup_preempt_dl(rq, p, 0);
	else
		resched_curr(rq);
}

static void prio_changed_dl(struct rq *rq, struct task_struct *p, int oldprio)
{
	const struct dl_entity *first = dl_first(edf_of(rq));

	if (!task_on_rq_queued(p))
		return;
	if (rq->curr == p) {
		if (first && dl_time_before(first->deadline, entity(p)->deadline))
			resched_curr(rq);
	} else if (class_id(rq->curr) != CLASS_DL || dl_entity_preempt(p, rq->curr)) {
		resched_curr(rq);
	}
}

const struct class_methods dl_sched_class = {
	.name = "dl",
	.enqueue_task = enqueue_task_dl,
	.dequeue_task = dequeue_task_dl,
	.yield_task = yield_task_dl,
	.wakeup_preempt = wakeup_preempt_dl,
	.balance = balance_dl,
	.pick_task = pick_task_dl,
	.put_prev_task = put_prev_task_dl,
	.set_next_task = set_next_task_dl,
	.select_task_rq = select_task_rq_dl,
	.task_woken = task_woken_dl,
	.task_tick = task_tick_dl,
	.switched_from = switched_from_dl,
	.switched_to = switched_to_dl,
	.prio_changed = prio_changed_dl,
	.update_curr = update_curr_dl,
};

void dl_rq_init(struct rq *rq)
{
	*edf_of(rq) = (struct edf_rq){ .rq = rq };
	hrtimer_init(&edf_of(rq)->hrtick, false, hrtick);
}

void dl_task_init(struct task_struct *p)
{
	dl_entity_init(entity(p), NULL, p, dl_task_timer);
	hrtimer_init(&entity(p)->inactive, false, inactive_task_timer);
}
