// SPDX-License-Identifier: GPL-2.0-only
/*
 * bypass.c - running every task without asking the scheduler: while it is
 * enabled and disabled, when it cannot be trusted or must not be called.
 *
 * Bypassing, ops.select_cpu, enqueue, dispatch, tick and update_idle are skipped,
 * kicks are dropped, slices do not keep a task on its CPU. Nothing about a task
 * changes, so entering and leaving is taking each queued one off and putting it
 * back under the other rule. No mutex may be taken: its owner may be a task that
 * the scheduler forgets to run.
 *
 * Such tasks are queued on the node's global DSQ, or (bypass_per_cpu_dsq) on one of each CPU, which
 * needs some balancing:
 *
 *	cpu 0 ▮▮▮▮▮▮▮▮   every 500 ms: those with more than 125 % of the mean give
 *	cpu 1 ▮          to those with less than it
 */
#include "kern/cpumask.h"
#include "kern/ext/caps.h"
#include "kern/ext/ext.h"
#include "kern/topology.h"

/* ---- the load balancer (bypass_load_balancer) ---- */

static u32 bypass_nr(const struct scx_sched *sch, s32 cpu)
{
	return sch->pcpu[cpu].bypass_dsq.nr;
}

/* a donee that @p may run on, or none; no lock of the donee is needed for that */
static s32 pick_donee(const struct task_struct *p, const struct cpumask *donees)
{
	s32 cpu = (s32)cpumask_any_and_distribute(donees, p->cpus_ptr);

	if (cpu >= (s32)machine->nr_cpu_ids)
		return -1;
	return is_migration_disabled(p) || !scx_rq_online(cpu_rq(cpu)) ? -1 : cpu;
}

struct bypass_lb {
	struct scx_sched *sch;
	struct cpumask donees, resched;
	u32 nr_target, nr_donor_target;
};

/*
 * Only the donor CPU itself takes tasks off its bypass DSQ, under its run queue's
 * lock, which we hold: the list does not shrink under us.
 */
static void bypass_lb_move(struct bypass_lb *lb, struct rq *rq, struct task_struct *p, s32 donee)
{
	struct scx_dispatch_q *dsq = &lb->sch->pcpu[donee].bypass_dsq;

	lockdep_assert_rq_held(rq);
	scx_dispatch_dequeue(rq, p);
	scx_dispatch_enqueue(lb->sch, cpu_rq(donee), dsq, p, 0, 0, 0);
	cpumask_set_cpu(donee, &lb->resched);
	if (dsq->nr >= lb->nr_target)
		cpumask_clear_cpu(donee, &lb->donees);
}

static void bypass_lb_cpu(struct bypass_lb *lb, s32 donor)
{
	struct scx_dispatch_q *dsq = &lb->sch->pcpu[donor].bypass_dsq;
	u32 min_delta_us = SCX_BYPASS_LB_DFL_INTV_US / SCX_BYPASS_LB_MIN_DELTA_DIV;
	u32 slice_us = (u32)(K->b.slice_bypass_ns / NSEC_PER_USEC);
	struct rq *rq = cpu_rq(donor);
	struct task_struct *p, *n;
	unsigned long flags;

	lockdep_assert_preemption_disabled();
	/* is it worth the while, if each of them runs for its full slice? */
	if ((s32)(dsq->nr - lb->nr_donor_target) < (s32)DIV_ROUND_UP(min_delta_us, slice_us))
		return;
	flags = rq_lock_irqsave(rq);
	list_for_each_entry_safe(p, n, &dsq->list, scx.dsq_list.node) {
		s32 donee;

		if (dsq->nr <= lb->nr_donor_target || cpumask_empty(&lb->donees))
			break;
		/* put here by an earlier round: its run queue is another one, not locked */
		donee = task_rq(p) == rq ? pick_donee(p, &lb->donees) : -1;
		if (donee >= 0)
			bypass_lb_move(lb, rq, p, donee);
	}
	rq_unlock_irqrestore(rq, flags);
}

static bool bypass_lb_targets(struct bypass_lb *lb, const struct cpumask *cpus)
{
	u32 nr_tasks = 0, nr_cpus = 0;
	s32 cpu;

	lockdep_assert_preemption_disabled();
	for_each_cpu_and(cpu, machine->online, cpus) {
		nr_tasks += bypass_nr(lb->sch, cpu);
		nr_cpus++;
	}
	if (!nr_cpus)
		return false;
	lb->nr_target = DIV_ROUND_UP(nr_tasks, nr_cpus);
	lb->nr_donor_target = DIV_ROUND_UP(lb->nr_target * SCX_BYPASS_LB_DONOR_PCT, 100);
	cpumask_clear(&lb->donees);
	cpumask_clear(&lb->resched);
	for_each_cpu_and(cpu, machine->online, cpus) {
		if (bypass_nr(lb->sch, cpu) < lb->nr_target)
			cpumask_set_cpu(cpu, &lb->donees);
	}
	return true;
}

static void bypass_lb_node(struct scx_sched *sch, const struct cpumask *cpus)
{
	struct bypass_lb lb = { .sch = sch };
	s32 cpu;

	lockdep_assert_preemption_disabled();
	if (!bypass_lb_targets(&lb, cpus))
		return;
	for_each_cpu_and(cpu, machine->online, cpus) {
		if (cpumask_empty(&lb.donees))
			break;
		if (!cpumask_test_cpu(cpu, &lb.donees) && bypass_nr(sch, cpu) > lb.nr_donor_target)
			bypass_lb_cpu(&lb, cpu);
	}
	for_each_cpu(cpu, &lb.resched)
		resched_cpu(cpu);
}

static void bypass_lb_arm(struct scx_sched *sch)
{
	hrtimer_start(&host_of(sch)->bypass_lb_timer,
		      now_ns() + SCX_BYPASS_LB_DFL_INTV_US * NSEC_PER_USEC, -1);
}

static void scx_bypass_lb_timerfn(struct hrtimer *t)
{
	struct scx_sched *sch = kobj_of(container_of(t, struct scx_sched, bypass_lb_timer));
	const struct cpumask *done = NULL;
	s32 cpu;

	lockdep_assert_preemption_disabled();
	if (!scx_bypass_dsp_enabled(sch))
		return;
	for_each_possible_cpu(cpu) { /* nodes come in blocks or not, each once */
		const struct cpumask *cpus = machine->topo[cpu].node_mask;

		if (cpus != done && cpumask_first(cpus) == cpu)
			bypass_lb_node(sch, cpus);
		done = cpus;
	}
	bypass_lb_arm(sch);
}

/*
 * The tasks of a bypassing sub-scheduler are on the bypass DSQs of the nearest ancestor that does
 * not bypass: its parent, or the parent bypasses too and has done the same.
 */
static void enable_bypass_dsp(struct scx_sched *sch)
{
	struct scx_sched *host = scx_parent(sch) ? scx_parent(sch) : sch;

	bug_on(sch->bypass_dsp_claim, "a scheduler begins to bypass twice");
	sch->bypass_dsp_claim = true;
	sch->bypass_dsp_enable_depth++;
	if (host != sch)
		host->bypass_dsp_enable_depth++;
	if (!hrtimer_active(&host_of(host)->bypass_lb_timer))
		bypass_lb_arm(host);
}

void scx_disable_bypass_dsp(struct scx_sched *sch)
{
	lockdep_assert_in_task();
	if (!sch->bypass_dsp_claim)
		return;
	sch->bypass_dsp_claim = false;
	sch->bypass_dsp_enable_depth--;
	if (scx_parent(sch))
		scx_parent(sch)->bypass_dsp_enable_depth--;
}

void scx_bypass_init(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	sch->bypass_depth = scx.bypass_leaks;
	if (sch->bypass_depth)
		sch->slice_dfl = K->b.slice_bypass_ns;
	sch->bypass_dsp_claim = false;
	sch->bypass_dsp_enable_depth = 0;
	hrtimer_init(&host_of(sch)->bypass_lb_timer, true, scx_bypass_lb_timerfn);
}

void scx_bypass_finish(struct scx_sched *sch)
{
	if (host_of(sch)->bypass_lb_timer.fn)
		hrtimer_cancel(&host_of(sch)->bypass_lb_timer);
}

/* ---- depth ---- */

static bool inc_bypass_depth(struct scx_sched *sch)
{
	lockdep_assert_irqs_off();
	if (++sch->bypass_depth != 1)
		return false;
	sch->slice_dfl = K->b.slice_bypass_ns;
	sch->bypass_since_ns = now_ns();
	scx_add_event(sch, BYPASS_ACTIVATE, 1);
	return true;
}

static bool dec_bypass_depth(struct scx_sched *sch)
{
	bug_on(sch->bypass_depth <= 0, "bypass mode is left once too often");
	if (--sch->bypass_depth)
		return false;
	sch->slice_dfl = SCX_SLICE_DFL;
	scx_add_event(sch, BYPASS_DURATION, now_ns() - sch->bypass_since_ns);
	return true;
}

/* ---- the breather ---- */

static bool no_breather(void *arg)
{
	return !scx.breather;
}

/*
 * ext.c:scx_breather(): CPUs that look for tasks on DSQs get out of the way of who switches bypass,
 * lest they keep the locks from it. @rq is locked, and is not in between.
 */
void scx_breather(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (likely(!scx.breather))
		return;
	raw_spin_rq_unlock(rq);
	spin_poll(no_breather, NULL, NSEC_PER_MSEC, "scx_breather()");
	raw_spin_rq_lock(rq);
}

/* ---- the walk ---- */

/* @sch left bypass: the CPU may have gone idle unheard; its next idle pick makes up for it */
static void owe_idle(struct scx_sched *sch, struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!K->b.idle_renotify)
		return;
	if (!sch->level) {
		rq->scx.flags |= SCX_RQ_ROOT_IDLE_RENOTIFY;
		return;
	}
	sch->pcpu[cpu_of(rq)].idle_renotify = true;
	rq->scx.flags |= SCX_RQ_SUB_IDLE_RENOTIFY;
	scx_unbypass_replay_ecaps(rq, sch);
}

static void set_rq_bypass(struct scx_sched *sch, struct rq *rq, bool bypass)
{
	struct scx_sched *pos;

	lockdep_assert_rq_held(rq);
	scx_for_each_descendant_pre(pos, sch) {
		bool *bypassing = &pos->pcpu[cpu_of(rq)].bypassing, was = *bypassing;

		*bypassing = pos->bypass_depth;
		if (was && !*bypassing)
			owe_idle(pos, rq);
	}
	if (!K->b.bypass_flag_on_rq)
		return;
	rq->scx.flags &= ~SCX_RQ_BYPASSING;
	rq->scx.flags |= bypass ? SCX_RQ_BYPASSING : 0;
}

/* Tasks come back at the tail of the list, so walking it backwards meets each once. */
static void cycle_tasks(struct scx_sched *sch, struct rq *rq, bool bypass)
{
	struct task_struct *p, *n;

	lockdep_assert_rq_held(rq);
	list_for_each_entry_safe_reverse(p, n, &rq->scx.runnable_list, scx.runnable_node) {
		if (scx_has_subs() && !scx_is_descendant(scx_task_sched(p), sch))
			continue;
		if (bypass && task_current(rq, p))
			scx_task_slice_ended(rq, p);
		scx_change_class(p, class_id(p), NULL);
	}
}

static void bypass_rq(struct scx_sched *sch, struct rq *rq, bool bypass)
{
	lockdep_assert_irqs_off();
	raw_spin_rq_lock(rq);
	set_rq_bypass(sch, rq, bypass);
	/* not enabled: enabling will see the flag before it moves a task here */
	if (scx_enabled()) {
		cycle_tasks(sch, rq, bypass);
		if (cpu_online(cpu_of(rq)) || cpu_of(rq) == smp_processor_id())
			resched_curr(rq);
	}
	raw_spin_rq_unlock(rq);
}

bool scx_bypass_is_settled(void)
{
	return !raw_spin_is_locked(&scx.bypass_lock);
}

/* A scheduler bypasses if it or any above it does: a depth is the sum of those. */
static void change_descendants(struct scx_sched *sch, bool bypass)
{
	struct scx_sched *pos;

	lockdep_assert_irqs_off();
	scx_for_each_descendant_pre(pos, sch) {
		if (pos == sch)
			continue;
		if (!bypass)
			dec_bypass_depth(pos);
		else if (inc_bypass_depth(pos) && K->b.bypass_load_balancer)
			enable_bypass_dsp(pos);
	}
}

/* Nests. All possible CPUs, as holding the online ones could block. */
void scx_bypass(struct scx_sched *sch, bool bypass)
{
	const bool breathes = K->b.dispatch_breather && !K->b.breather_by_claim;
	unsigned long flags = raw_spin_lock_irqsave(&scx.bypass_lock);
	bool changed = bypass ? inc_bypass_depth(sch) : dec_bypass_depth(sch);
	struct scx_sched *pos;
	s32 cpu;

	lockdep_assert_in_task();
	if (changed && bypass && K->b.bypass_load_balancer)
		enable_bypass_dsp(sch);
	change_descendants(sch, bypass);
	if (!changed)
		goto unlock;
	scx_trace_of(sch);
	TRACE(bypass, bypass, sch->bypass_depth);
	scx.breather |= breathes;
	for_each_possible_cpu(cpu) {
		bypass_rq(sch, cpu_rq(cpu), bypass);
	}
	/* after all tasks have left the bypass DSQs */
	if (!bypass)
		scx_for_each_descendant_pre(pos, sch)
			if (!pos->bypass_depth)
				scx_disable_bypass_dsp(pos);
	if (breathes || bypass)
		scx.breather = false;
unlock:
	raw_spin_unlock_irqrestore(&scx.bypass_lock, flags);
}
