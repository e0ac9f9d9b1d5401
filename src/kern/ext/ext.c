// SPDX-License-Identifier: GPL-2.0-only
/*
 * ext.c - the scheduling class behind SCHED_EXT: what the core calls, and which of
 * the scheduler's ops follow from it. Enqueueing is in ext/enqueue.c, picking in
 * ext/pick.c.
 *
 *	core			ops
 *	enqueue_task		runnable, then enqueue (unless the task has a verdict)
 *	set_next_task		running
 *	put_prev_task		stopping(runnable), then enqueue or head of the local DSQ
 *	dequeue_task		dequeue if the scheduler has it; stopping(!runnable) if it
 *				runs; quiescent
 *
 * running/stopping pairs lie inside runnable/quiescent pairs.
 */
#include "kern/ext/caps.h"
#include "kern/ext/cid_sched.h"
#include "kern/ext/dsq.h"
#include "kern/ext/rescue.h"

#include "base/rbtree.h"
#include "base/region.h"
#include "base/shortage.h"

/* the CPU is online as far as the scheduler knows, and stays so for this scheduling operation */
bool scx_rq_online(const struct rq *rq)
{
	return (rq->scx.flags & SCX_RQ_ONLINE) && cpu_active(cpu_of(rq));
}

/* ---- off the run queue ---- */

/* A running task that leaves stops here rather than in put_prev_task_scx(), before quiescent. */
static void stop_if_current(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (!task_current(rq, p) || (!SCX_HAS_OP(sch, stopping) && p != scx_rescuee(rq)))
		return;
	update_curr_scx(rq);
	if (SCX_HAS_OP(sch, stopping))
		SCX_CALL_OP_TASK(sch, stopping, rq, p, false);
}

static void dequeue_queued(struct rq *rq, struct task_struct *p, u64 deq_flags)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	bug_on(task_rq(p) != rq, "%s[%d] of CPU %d is dequeued on CPU %d", p->comm, p->pid,
	       task_cpu(p), cpu_of(rq));
	ops_dequeue(rq, p, deq_flags);
	stop_if_current(sch, rq, p);
	if (SCX_HAS_OP(sch, quiescent) && !task_on_rq_migrating(p))
		SCX_CALL_OP_TASK(sch, quiescent, rq, p, deq_flags);
	p->scx.flags &= ~(SCX_TASK_DEQD_FOR_SLEEP | SCX_TASK_QUEUED | SCX_TASK_RUN_TRACKED);
	if (deq_flags & SCX_DEQ_SLEEP)
		p->scx.flags |= SCX_TASK_DEQD_FOR_SLEEP;
	scx_add_nr_running(rq, -1);
	scx_dispatch_dequeue(rq, p);
	if (!(deq_flags & DEQUEUE_SAVE) || !task_current(rq, p))
		scx_task_slice_ended(rq, p);
	if (!K->b.ddsp_survives_dequeue)
		clear_direct_dispatch(p);
}

static bool dequeue_task_scx(struct rq *rq, struct task_struct *p, u64 core_deq_flags)
{
	u64 deq_flags = (u64)(s64)(s32)core_deq_flags;

	lockdep_assert_rq_held(rq);
	FN_ENTER(dequeue_task_scx, P64(rq), P64(p), core_deq_flags);
	if (K->b.insert_sched_change_flag && !(deq_flags & DEQUEUE_SLEEP))
		deq_flags |= SCX_DEQ_SCHED_CHANGE;
	if (p->scx.flags & SCX_TASK_QUEUED)
		dequeue_queued(rq, p, deq_flags);
	FN_EXIT(dequeue_task_scx, true, P64(rq), P64(p), core_deq_flags);
	return true;
}

/* With ops.yield() the scheduler decides what it means; without, the slice is given up. */
static void yield_task_scx(struct rq *rq)
{
	struct task_struct *p = rq->curr;
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	scx_task_slice_ended(rq, p);
	if (SCX_HAS_OP(sch, yield))
		scx_call_op(sch, SCX_OP_yield, rq, p, NULL, 2, (u64[]){ P64(p), 0 });
	else
		scx_set_task_slice(p, 0);
}

/* a higher class comes; IMMED tasks that cannot run at once go back to the scheduler */
static void wakeup_preempt_scx(struct rq *rq, struct task_struct *p, int wake_flags)
{
	lockdep_assert_rq_held(rq);
	if (!task_on_scx(p) && rq->scx.nr_immed)
		scx_schedule_reenq_local(rq, 0);
}

/* ---- on and off the CPU ---- */

/*
 * A later change of the slice by the guest is not seen here until the next switch. Looked at is
 * who runs: the outgoing task. A slice that ends needs the tick whatever that one's was
 * (nohz_slice_keeps_tick), else it may stay off.
 */
static void update_can_stop_tick(struct rq *rq, const struct task_struct *p)
{
	bool endless = p->scx.slice == SCX_SLICE_INF;

	lockdep_assert_rq_held(rq);
	if (endless != !!(rq->scx.flags & SCX_RQ_CAN_STOP_TICK)) {
		rq->scx.flags ^= SCX_RQ_CAN_STOP_TICK;
		if (endless || !K->b.nohz_slice_keeps_tick)
			sched_update_tick_dependency(rq);
	}
	if (!endless && K->b.nohz_slice_keeps_tick)
		tick_nohz_dep_set_sched(rq);
}

bool scx_can_stop_tick(struct rq *rq)
{
	const struct task_struct *p = rq->curr;
	bool bypassing = scx_bypassing(scx_task_sched(p), cpu_of(rq));

	lockdep_assert_rq_held(rq);
	if (!K->b.nohz_looks_at_class_first && bypassing)
		return false;
	if (!task_on_scx(p) || (K->b.nohz_looks_at_class_first && !rq->scx.nr_running))
		return true;
	return !bypassing && (rq->scx.flags & SCX_RQ_CAN_STOP_TICK);
}

static void start_running(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	scx_cid_sched_update(rq, sch);
	if (SCX_HAS_OP(sch, running))
		SCX_CALL_OP_TASK(sch, running, rq, p);
	if (K->b.running_tasks_tracked)
		p->scx.flags |= SCX_TASK_RUN_TRACKED;
}

/* p comes from the local DSQ or, put back by an attribute change, from there too */
static void set_next_task_scx(struct rq *rq, struct task_struct *p, bool first)
{
	struct scx_sched *sch = scx_task_sched(p);
	bool queued = p->scx.flags & SCX_TASK_QUEUED;

	lockdep_assert_rq_held(rq);
	FN_ENTER(set_next_task_scx, P64(rq), P64(p), first);
	if (queued) {
		ops_dequeue(rq, p, SCX_DEQ_CORE_SCHED_EXEC);
		scx_dispatch_dequeue(rq, p);
	}
	bug_on(p->scx.dsq, "%s[%d] gets CPU %d and is on a DSQ", p->comm, p->pid, cpu_of(rq));
	p->se.exec_start = rq->clock_task;
	if (queued)
		start_running(sch, rq, p);
	clr_task_runnable(p, true);
	apply_task_slice_oob(rq, p);
	update_can_stop_tick(rq, p);
	FN_EXIT(set_next_task_scx, 0, P64(rq), P64(p), first);
}

static enum scx_cpu_preempt_reason preempt_reason(const struct task_struct *next)
{
	lockdep_assert_rq_held(task_rq(next));
	switch (class_id(next)) {
	case CLASS_STOP:
		return SCX_CPU_PREEMPT_STOP;
	case CLASS_DL:
		return SCX_CPU_PREEMPT_DL;
	case CLASS_RT:
		return SCX_CPU_PREEMPT_RT;
	default:
		return SCX_CPU_PREEMPT_UNKNOWN;
	}
}

/* The arguments live in guest memory, one set a CPU: the op runs with the rq locked. */
static void call_cpu_release(struct scx_sched *sch, struct rq *rq, struct task_struct *next)
{
	struct scx_cpu_release_args *args = rq->scx.cpu_release_args;

	lockdep_assert_rq_held(rq);
	if (!args) {
		args = rq->scx.cpu_release_args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
		shortage_on(!args, "out of guest memory");
	}
	args->reason = preempt_reason(next);
	args->task = next;
	SCX_CALL_OP(sch, cpu_release, rq, (u64)cpu_of(rq), P64(args));
}

/*
 * ext.c:switch_class(): EXT leaves the CPU to another class. A higher one takes it
 * away, and the scheduler is told once until it gets it back (notify_cpu_acquire()).
 */
static void switch_class(struct scx_sched *sch, struct rq *rq, struct task_struct *next)
{
	lockdep_assert_rq_held(rq);
	if (K->b.kick_seq_on_class_switch)
		scx_kick_seq_bump(rq);
	if (!SCX_HAS_OP(sch, cpu_acquire) && !SCX_HAS_OP(sch, cpu_release))
		return;
	if (class_id(next) < CLASS_EXT || rq->scx.cpu_released)
		return;
	if (SCX_HAS_OP(sch, cpu_release))
		call_cpu_release(sch, rq, next);
	rq->scx.cpu_released = true;
}

/* Preempted with slice left: it goes on here, unless it was only to run at once. */
static void put_preempted(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			  bool rescue_goes_on)
{
	u64 enq_flags = rescue_goes_on ? 0 : KV(SCX_ENQ_HEAD);

	lockdep_assert_rq_held(rq);
	if (p == scx_rescuee(rq))
		enq_flags |= SCX_ENQ_IGNORE_CAPS;
	if (!(p->scx.flags & SCX_TASK_IMMED)) {
		scx_dispatch_enqueue(sch, rq, &rq->scx.local_dsq, p, 0, 0, enq_flags);
		return;
	}
	p->scx.flags |= SCX_TASK_REENQ_PREEMPTED;
	scx_do_enqueue_task(rq, p, SCX_ENQ_REENQ, -1);
	scx_reenq_reason_done(p);
}

/*
 * The CPU would idle, so SCX_OPS_ENQ_LAST is set. If the scheduler leaves p here, an
 * insert cannot reschedule: p is still current, and the bit is cleared after the
 * pick. Or the idle task is marked instead (enq_last_local_resched).
 */
static void put_last(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	lockdep_assert_rq_held(rq);
	scx_do_enqueue_task(rq, p, SCX_ENQ_LAST, -1);
	if (K->b.enq_last_local_resched && p->scx.dsq == &rq->scx.local_dsq)
		set_tsk_need_resched(next);
}

/* The slice is looked at after ops.stopping(): what the op writes there decides. */
static void put_queued(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
		       struct task_struct *next, bool rescue_goes_on)
{
	lockdep_assert_rq_held(rq);
	if (SCX_HAS_OP(sch, stopping))
		SCX_CALL_OP_TASK(sch, stopping, rq, p, true);
	p->scx.flags &= ~SCX_TASK_RUN_TRACKED;
	set_task_runnable(rq, p);
	if ((p->scx.slice || p == scx_rescuee(rq)) && !scx_bypassing(sch, cpu_of(rq)))
		put_preempted(sch, rq, p, rescue_goes_on);
	else if (next && class_id(next) < CLASS_EXT && scx_task_can_stay_on_cpu(rq, p))
		put_last(rq, p, next);
	else
		scx_do_enqueue_task(rq, p, 0, -1);
}

static void put_prev_task_scx(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	struct scx_sched *sch = scx_task_sched(p);
	bool rescue_goes_on = false;

	lockdep_assert_rq_held(rq);
	bug_on(rq->curr != p, "%s[%d] leaves CPU %d and does not run there", p->comm, p->pid,
	       cpu_of(rq));
	FN_ENTER(put_prev_task_scx, P64(rq), P64(p), P64(next));
	if (!K->b.kick_seq_on_class_switch)
		scx_kick_seq_bump(rq);
	update_curr_scx(rq);
	/* the slice is over: so is the rescue, unless it was preempted */
	if (!p->scx.slice) {
		rescue_goes_on = p == scx_rescuee(rq) && scx_rescue_keep(rq, p);
		if (!rescue_goes_on)
			scx_task_slice_ended(rq, p);
	}
	if (p->scx.flags & SCX_TASK_QUEUED)
		put_queued(sch, rq, p, next, rescue_goes_on);
	if (next && !task_on_scx(next)) {
		scx_cid_sched_update(rq, NULL);
		switch_class(scx_root, rq, next);
	}
	FN_EXIT(put_prev_task_scx, 0, P64(rq), P64(p), P64(next));
}

/* ---- core scheduling: kern/core_sched.h ---- */

/*
 * @a goes after @b, of a sibling's queue. Without the op: whose slice ended, or who was woken, last;
 * with it that is its own order's, by dispatches.
 */
bool scx_prio_less(struct task_struct *a, struct task_struct *b)
{
	struct scx_sched *sch = scx_task_sched(a);
	bool inverted = K->b.core_sched_before_inverted;
	struct task_struct *first = inverted ? a : b, *second = inverted ? b : a;

	lockdep_assert_rq_held(task_rq(a));
	if (SCX_HAS_OP(sch, core_sched_before) && !scx_bypassing(sch, task_cpu(a)))
		return scx_call_op(sch, SCX_OP_core_sched_before, NULL, first, second, 2,
				   (const u64[]){ P64(first), P64(second) });
	return (s64)(a->scx.core_sched_at - b->scx.core_sched_at) > 0;
}

/* ---- the tick ---- */

/* ext.c:scx_resched_curr_lazy(): whoever waits for a tick must get one */
void scx_resched_curr_lazy(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	resched_curr_lazy(rq);
	if (!(rq->scx.flags & SCX_RQ_CAN_STOP_TICK))
		return;
	rq->scx.flags &= ~SCX_RQ_CAN_STOP_TICK;
	sched_update_tick_dependency(rq);
}

/* Every tick of every CPU, after the class's. */
void scx_tick(struct rq *rq)
{
	lockdep_assert_irqs_off();
	FN_ENTER(scx_tick, P64(rq));
	if (scx_enabled())
		scx_watchdog_check();
	FN_EXIT(scx_tick, 0, P64(rq));
}

/* While bypassing nobody is trusted with slices: a turn is a tick. */
static void task_tick_scx(struct rq *rq, struct task_struct *curr)
{
	struct scx_sched *sch = scx_task_sched(curr);

	lockdep_assert_rq_held(rq);
	update_curr_scx(rq);
	if (scx_bypassing(sch, cpu_of(rq))) {
		scx_set_task_slice(curr, 0);
		touch_core_sched(rq, curr);
	} else if (SCX_HAS_OP(sch, tick))
		SCX_CALL_OP_TASK(sch, tick, rq, curr);
	if (curr->scx.slice)
		return;
	if (K->b.preempt_may_be_lazy && curr->scx.lazy_resched && !scx_bypassing(sch, cpu_of(rq)))
		scx_resched_curr_lazy(rq);
	else
		resched_curr(rq);
}

/* ---- waking up ---- */

/* pi_lock held, irqs off, no run queue locked; we are on the waker's CPU */
static s32 call_select_cpu(struct scx_sched *sch, struct task_struct *p, s32 prev_cpu,
			   u64 wake_flags)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[smp_processor_id()];
	struct scx_rq *scx_rq = &this_rq()->scx;
	s32 cpu;

	lockdep_assert_held(&host_of(p)->m->pi_lock);
	scx_begin_direct_dispatch(pcpu, p);
	scx_rq->in_select_cpu = true;
	cpu = (s32)SCX_CALL_OP_TASK(sch, select_cpu, NULL, p, (u64)(s64)scx_cpu_arg(prev_cpu),
				    wake_flags);
	cpu = scx_cpu_ret(sch, cpu);
	scx_rq->in_select_cpu = false;
	p->scx.selected_cpu = cpu;
	pcpu->direct_dispatch_task = NULL;
	return scx_cpu_valid(sch, cpu, "from ops.select_cpu()") ? cpu : prev_cpu;
}

/* An idle CPU that was claimed is a verdict: its local DSQ, default slice. */
static void select_cpu_verdict(struct scx_sched *sch, struct task_struct *p)
{
	lockdep_assert_irqs_off();
	if (K->b.slice_written_at_call) {
		p->scx.slice = sch->slice_dfl;
	} else {
		scx_add_event(sch, REFILL_SLICE_DFL, 1);
		p->scx.ddsp_slice = sch->slice_dfl;
		p->scx.ddsp_enq_flags = SCX_ENQ_SLICE_DFL;
	}
	p->scx.ddsp_dsq_id = SCX_DSQ_LOCAL;
}

static s32 select_cpu_default(struct scx_sched *sch, struct task_struct *p, s32 prev_cpu,
			      u64 wake_flags)
{
	s32 cpu = scx_select_cpu_dfl(p, prev_cpu, wake_flags, NULL, 0);

	lockdep_assert_irqs_off();
	if (cpu >= 0)
		select_cpu_verdict(sch, p);
	else
		cpu = prev_cpu;
	p->scx.selected_cpu = cpu;
	return cpu;
}

static int select_task_rq_scx(struct task_struct *p, int prev_cpu, int wake_flags)
{
	struct scx_sched *sch = scx_task_sched(p);
	bool bypassing;

	lockdep_assert_irqs_off();
	if (wake_flags & WF_EXEC) /* where a task runs is not decided by its run queue */
		return prev_cpu;
	bypassing = scx_bypassing(sch, task_cpu(p));
	if (SCX_HAS_OP(sch, select_cpu) && !bypassing)
		return call_select_cpu(sch, p, prev_cpu, (u32)wake_flags);
	if (bypassing && !K->b.select_cpu_in_bypass) {
		scx_add_event(sch, BYPASS_DISPATCH, 1);
		p->scx.selected_cpu = prev_cpu;
		return prev_cpu;
	}
	return select_cpu_default(sch, p, prev_cpu, (u32)wake_flags);
}

static void task_woken_scx(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	scx_run_deferred(rq);
}

/* ---- attributes and classes ---- */

static bool task_dead_and_done(const struct task_struct *p)
{
	return scx_get_task_state(p) == TASK_SCX_DEAD;
}

/* The scheduler hears the effective mask, which is one CPU while migration is disabled. */
static void set_cpus_allowed_scx(struct task_struct *p, const struct cpumask *mask)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(task_rq(p));
	if (task_dead_and_done(p) || !SCX_HAS_OP(sch, set_cpumask))
		return;
	if (sch->is_cid && scx_get_task_state(p) != TASK_SCX_ENABLED)
		return; /* ops.enable() will tell */
	scx_call_op_set_cpumask(sch, task_rq(p), p, p->cpus_ptr);
}

static void switching_to_scx(struct rq *rq, struct task_struct *p)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	if (task_dead_and_done(p))
		return;
	scx_enable_task(p);
	/* changes while it was in another class were not told */
	if (!sch->is_cid && SCX_HAS_OP(sch, set_cpumask))
		scx_call_op_set_cpumask(sch, rq, p, p->cpus_ptr);
}

/* A task that runs was put without a successor. */
static void switched_from_scx(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (task_current(rq, p))
		scx_cid_sched_update(rq, NULL);
	if (task_dead_and_done(p) || scx_get_task_state(p) == TASK_SCX_NONE)
		return;
	scx_disable_task(p);
}

static void reweight_task_scx(struct rq *rq, struct task_struct *p, unsigned long weight)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	if (K->b.set_weight_only_enabled && scx_get_task_state(p) != TASK_SCX_ENABLED)
		return; /* on its way to another class, ops.disable() has been called */
	p->scx.weight = sched_weight_to_cgroup(weight);
	if (SCX_HAS_OP(sch, set_weight))
		SCX_CALL_OP_TASK(sch, set_weight, rq, p, p->scx.weight);
}

/* ---- hotplug ---- */

static void rq_online_scx(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	rq->scx.flags |= SCX_RQ_ONLINE;
}

/* An offline CPU dispatches nothing: put what waits where it runs, or is pushed away from. */
static void rq_offline_scx(struct rq *rq)
{
	struct task_struct *p, *tmp;

	lockdep_assert_rq_held(rq);
	rq->scx.flags &= ~SCX_RQ_ONLINE;
	if (!K->b.offline_requeues_local || cpu_active(cpu_of(rq)))
		return;
	scx_rescue_flush(rq);
	list_for_each_entry_safe_reverse(p, tmp, &rq->scx.runnable_list, scx.runnable_node) {
		struct sched_change ctx;

		if (p->scx.dsq == &rq->scx.local_dsq)
			continue;
		sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_MOVE | DEQUEUE_NOCLOCK);
		sched_change_end(&ctx);
	}
}

const struct class_methods ext_sched_class = {
	.name = "ext",
	.enqueue_task = enqueue_task_scx,
	.dequeue_task = dequeue_task_scx,
	.yield_task = yield_task_scx,
	.wakeup_preempt = wakeup_preempt_scx,
	.balance = balance_scx,
	.pick_task = pick_task_scx,
	.put_prev_task = put_prev_task_scx,
	.set_next_task = set_next_task_scx,
	.select_task_rq = select_task_rq_scx,
	.task_woken = task_woken_scx,
	.task_tick = task_tick_scx,
	.set_cpus_allowed = set_cpus_allowed_scx,
	.switching_to = switching_to_scx,
	.switched_from = switched_from_scx,
	.reweight_task = reweight_task_scx,
	.update_curr = update_curr_scx,
	.rq_online = rq_online_scx,
	.rq_offline = rq_offline_scx,
};

/* ---- setting up ---- */

/* ext.c:init_sched_ext_class(), of one run queue */
void scx_init_rq(struct rq *rq)
{
	struct scx_rq *s = &rq->scx;

	bug_on(smp_processor_id() >= 0, "CPU %d sets a run queue up", smp_processor_id());
	scx_init_dsq(&s->local_dsq, SCX_DSQ_LOCAL, NULL);
	scx_init_dsq(&s->reject_dsq, SCX_DSQ_REJECT, NULL);
	INIT_LIST_HEAD(&s->ecaps_to_sync);
	scx_rescue_init(rq);
	INIT_LIST_HEAD(&s->runnable_list);
	INIT_LIST_HEAD(&s->ddsp_deferred_locals);
	INIT_LIST_HEAD(&host_of(s)->deferred_reenq_users);
	init_irq_work(&s->deferred_irq_work, deferred_irq_workfn);
	if (cpu_online(cpu_of(rq)))
		s->flags |= SCX_RQ_ONLINE;
	scx_kick_init_rq(rq);
}
