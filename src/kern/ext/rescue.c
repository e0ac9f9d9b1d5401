// SPDX-License-Identifier: GPL-2.0-only
/*
 * rescue.c - see rescue.h. A session lasts from the first arrival until nobody is left;
 * within it up to three quanta may pile up, which is what escalates, outside of it one:
 * an idle gap pays for the next admission, and for no more.
 *
 *	budget	0 ─────── quantum ─────── 2 quanta ─────── 3
 *		          admit           escalate         cap
 */
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"
#include "kern/ext/rescue.h"
#include "kern/ext/sub.h"

#define CAPACITY_SHIFT 10

#define knobs scx.rescue

static struct rq_rescue *rescue_of(struct rq *rq)
{
	return &host_of(rq)->m->rescue;
}

bool scx_rescue_enabled(void)
{
	return knobs.bw_1024;
}

void scx_rescue_check_timeout(const struct scx_sched *sch)
{
	u64 timeout = ns_to_jiffies(sch->watchdog_timeout_ns);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!knobs.bw_1024 || timeout > knobs.overload_after)
		return;
	pr_warn("sched_ext: %s: watchdog timeout %ums <= rescue overload threshold %ums", sch->name,
		jiffies_to_msecs(timeout), jiffies_to_msecs(knobs.overload_after));
}

void scx_rescue_set_knobs(const struct scx_sched *root)
{
	u32 ppt = root->rescue_bandwidth_ppt ? root->rescue_bandwidth_ppt : SCX_RESCUE_DFL_BW_PPT;
	u64 quantum_us = root->rescue_quantum_us ? root->rescue_quantum_us :
						   SCX_RESCUE_DFL_QUANTUM_US;
	u64 period_ns, after;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	knobs.bw_1024 = 0;
	if (!K->b.sub_caps || root->rescue_bandwidth_ppt == SCX_RESCUE_DISABLE)
		return;
	knobs.bw_1024 = (s64)ppt * 1024 / 1000;
	knobs.quantum_ns = (s64)max(quantum_us * NSEC_PER_USEC, tick_period_ns());
	knobs.sat_delta_ns =
		((4 * knobs.quantum_ns + (s64)tick_period_ns()) << CAPACITY_SHIFT) / knobs.bw_1024;
	period_ns = ((u64)knobs.quantum_ns << CAPACITY_SHIFT) / (u64)knobs.bw_1024;
	after = ns_to_jiffies(SCX_RESCUE_OVERLOAD_MULT * period_ns);
	after = max(after, msecs_to_jiffies(SCX_RESCUE_MIN_OVERLOAD_MS));
	knobs.overload_after = min(after, msecs_to_jiffies(SCX_RESCUE_MAX_OVERLOAD_MS));
	knobs.decay_halflife = knobs.overload_after / 4;
	if (ns_to_jiffies(period_ns) > knobs.overload_after / 2)
		pr_warn("sched_ext: %s: rescue funding period %llums > overload threshold %ums / 2",
			root->name, period_ns / NSEC_PER_MSEC,
			jiffies_to_msecs(knobs.overload_after));
	scx_rescue_check_timeout(root);
}

/* ---- the bucket ---- */

static s64 slice_remaining(struct rq *rq)
{
	const struct rq_rescue *r = rescue_of(rq);
	s64 served = (s64)(r->curr->se.sum_exec_runtime - r->exec_snap);

	lockdep_assert_rq_held(rq);
	return max(r->slice_ns - served, (s64)0);
}

static bool in_session(struct rq *rq)
{
	return rescue_of(rq)->curr || rq->scx.rescue_dsq.nr;
}

static void accrue(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);
	s64 cap = in_session(rq) ? 3 * knobs.quantum_ns : knobs.quantum_ns;
	u64 now = now_ns();
	s64 delta = (s64)(now - r->clock_ns);

	lockdep_assert_rq_held(rq);
	r->clock_ns = now;
	if (delta >= knobs.sat_delta_ns)
		r->budget_ns = cap;
	else
		r->budget_ns = min(cap, r->budget_ns + (delta * knobs.bw_1024 >> CAPACITY_SHIFT));
}

/* a crowded queue takes turns with shorter slices */
static s64 next_slice(struct rq *rq)
{
	s64 least = (s64)max((u64)SCX_RESCUE_MIN_SLICE_US * NSEC_PER_USEC, tick_period_ns());
	s64 slice = knobs.quantum_ns / max(rq->scx.rescue_dsq.nr, 1u);

	lockdep_assert_rq_held(rq);
	return min(max(slice, least), knobs.quantum_ns);
}

/* A quarter of a quantum, or until the bucket is full; then at a tick of that CPU. */
static void arm_timer(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);
	s64 delay = knobs.quantum_ns / 4;

	lockdep_assert_rq_held(rq);
	if (hrtimer_active(&r->timer))
		return;
	if (!r->curr && r->budget_ns < knobs.quantum_ns)
		delay = max(delay,
			    ((knobs.quantum_ns - r->budget_ns) << CAPACITY_SHIFT) / knobs.bw_1024);
	hrtimer_start(&r->timer,
		      (now_ns() / tick_period_ns() + ns_to_jiffies((u64)delay) + 1) *
			      tick_period_ns(),
		      cpu_of(rq));
}

/* ---- one at a time ---- */

static void admit(struct rq *rq, struct task_struct *p, s64 slice)
{
	struct rq_rescue *r = rescue_of(rq);

	bug_on(r->curr, "CPU %d rescues two at once", cpu_of(rq));
	r->curr = p;
	r->slice_ns = slice;
	r->exec_snap = p->se.sum_exec_runtime;
	scx_set_task_slice(p, (u64)slice);
	TRACE(rescue, p->pid, (u64)slice, false);
	arm_timer(rq);
}

bool scx_rescue_try_admit(struct rq *rq, struct task_struct *p)
{
	struct rq_rescue *r = rescue_of(rq);

	lockdep_assert_rq_held(rq);
	accrue(rq);
	if (!r->curr && !rq->scx.rescue_dsq.nr && r->budget_ns >= knobs.quantum_ns) {
		admit(rq, p, knobs.quantum_ns);
		return true;
	}
	host_of(p)->m->rescue_at = jiffies_now();
	arm_timer(rq);
	return false;
}

static u64 decay_avg(struct scx_sched_pcpu *pcpu)
{
	u64 n = (jiffies_now() - pcpu->rescue_avg_at) / knobs.decay_halflife;

	if (n) {
		pcpu->rescue_avg = n < 64 ? pcpu->rescue_avg >> n : 0;
		pcpu->rescue_avg_at += n * knobs.decay_halflife;
	}
	return pcpu->rescue_avg;
}

/* It is over when the slice has been served, whatever the scheduler does to the slice meanwhile. */
void scx_rescue_charge(struct rq *rq, u64 delta_ns)
{
	struct scx_sched_pcpu *pcpu = &scx_task_sched(rq->curr)->pcpu[cpu_of(rq)];
	s64 delta = min((s64)delta_ns, knobs.quantum_ns + (s64)tick_period_ns());

	lockdep_assert_rq_held(rq);
	rescue_of(rq)->budget_ns -= delta;
	pcpu->rescue_avg = decay_avg(pcpu) + (u64)delta;
	if (!slice_remaining(rq))
		scx_task_slice_ended(rq, rq->curr);
}

void scx_rescue_end(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);

	lockdep_assert_rq_held(rq);
	r->curr = NULL;
	if (!rq->scx.rescue_dsq.nr)
		r->budget_ns = min(r->budget_ns, knobs.quantum_ns);
}

bool scx_rescue_keep(struct rq *rq, struct task_struct *p)
{
	s64 remaining = slice_remaining(rq);

	lockdep_assert_rq_held(rq);
	if (!remaining || !(p->scx.flags & SCX_TASK_QUEUED) ||
	    scx_bypassing(scx_task_sched(p), cpu_of(rq)))
		return false;
	scx_set_task_slice(p, (u64)remaining);
	return true;
}

/* ---- the timer ---- */

static struct task_struct *first_waiter(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	return list_first_entry_or_null(&rq->scx.rescue_dsq.list, struct task_struct,
					scx.dsq_list.node);
}

/* Context: any. */
static struct scx_sched *top_consumer(s32 cpu, u64 *avg)
{
	struct scx_sched *pos, *top = NULL;

	*avg = 0;
	scx_for_each_sched(pos) {
		u64 used = decay_avg(&pos->pcpu[cpu]);

		if (pos->level && used > *avg && pos->exit_kind == SCX_EXIT_NONE) {
			*avg = used;
			top = pos;
		}
	}
	return top;
}

/* Who waits longest may only be crowded out: it is whoever uses most that goes. */
static void check_overload(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);
	struct task_struct *p = first_waiter(rq);
	u64 now = jiffies_now(), avg;
	struct scx_sched *top;
	u32 ms;

	lockdep_assert_rq_held(rq);
	if (!p || now < host_of(p)->m->rescue_at + knobs.overload_after ||
	    now < r->kill_at + knobs.overload_after)
		return;
	top = top_consumer(cpu_of(rq), &avg);
	if (!top)
		return;
	r->kill_at = now;
	ms = jiffies_to_msecs(now - host_of(p)->m->rescue_at);
	scx_exit_on(
		top, SCX_EXIT_ERROR_RESCUE, 0, cpu_of(rq),
		"used too much rescue CPU time (%llums) while %s[%d] waited %u.%03us to be rescued",
		avg / NSEC_PER_MSEC, p->comm, p->pid, ms / 1000, ms % 1000);
}

static void admit_next(struct rq *rq)
{
	struct task_struct *p = first_waiter(rq);
	s64 slice = next_slice(rq);

	lockdep_assert_rq_held(rq);
	if (rescue_of(rq)->budget_ns < knobs.quantum_ns)
		return;
	scx_task_unlink_from_dsq(p, &rq->scx.rescue_dsq);
	admit(rq, p, slice);
	scx_move_local_task_to_local_dsq(scx_task_sched(p), p, SCX_ENQ_IGNORE_CAPS, rq);
	if (class_id(rq->curr) < CLASS_EXT)
		resched_curr(rq);
}

static void escalate(struct rq *rq, struct task_struct *p)
{
	s64 left = slice_remaining(rq);

	lockdep_assert_rq_held(rq);
	scx_set_task_slice(p, (u64)left);
	p->scx.flags |= SCX_TASK_PROTECTED;
	TRACE(rescue, p->pid, (u64)left, true);
	scx_task_unlink_from_dsq(p, &rq->scx.local_dsq);
	scx_move_local_task_to_local_dsq(
		scx_task_sched(p), p, KV(SCX_ENQ_HEAD) | SCX_ENQ_PREEMPT | SCX_ENQ_IGNORE_CAPS, rq);
}

static void timer_locked(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);

	lockdep_assert_rq_held(rq);
	if (!in_session(rq))
		return;
	accrue(rq);
	check_overload(rq);
	if (!r->curr)
		admit_next(rq);
	else if (r->curr->scx.dsq && r->budget_ns > 2 * knobs.quantum_ns)
		escalate(rq, r->curr);
	arm_timer(rq);
}

static void scx_rescue_timerfn(struct hrtimer *t)
{
	struct rq_rescue *r = container_of(t, struct rq_rescue, timer);
	struct rq *rq = cpu_rq(r->cpu);
	unsigned long flags = rq_lock_irqsave(rq);

	update_rq_clock(rq);
	timer_locked(rq);
	rq_unlock_irqrestore(rq, flags);
}

void scx_rescue_flush(struct rq *rq)
{
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	if (!scx_has_subs())
		return;
	if (rescue_of(rq)->curr)
		scx_task_slice_ended(rq, rescue_of(rq)->curr);
	while ((p = first_waiter(rq))) {
		scx_task_unlink_from_dsq(p, &rq->scx.rescue_dsq);
		scx_move_local_task_to_local_dsq(scx_task_sched(p), p, SCX_ENQ_IGNORE_CAPS, rq);
	}
	hrtimer_cancel(&rescue_of(rq)->timer);
}

void scx_rescue_init(struct rq *rq)
{
	struct rq_rescue *r = rescue_of(rq);

	scx_init_dsq(&rq->scx.rescue_dsq, SCX_DSQ_RESCUE, NULL);
	r->cpu = cpu_of(rq);
	r->kill_at = jiffies_now();
	hrtimer_init(&r->timer, true, scx_rescue_timerfn);
}
