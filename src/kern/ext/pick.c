// SPDX-License-Identifier: GPL-2.0-only
/*
 * pick.c - which EXT task runs next.
 *
 * Dispatching fills the local DSQ; picking takes its head. Dispatching is done in the
 * balance pass, before any class picks, or inside the EXT pick, when no higher
 * class has a task, and starts the pick over if one appeared meanwhile (the lock
 * may be dropped).
 *
 *	prev has slice left         ─▶ prev goes on
 *	local DSQ has a task        ─▶ that
 *	global DSQ has one for us   ─▶ that
 *	ops.dispatch(), repeatedly  ─▶ any of the above
 *	nothing, prev runnable      ─▶ prev goes on (unless SCX_OPS_ENQ_LAST)
 */
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"
#include "kern/topology.h"

enum scx_dsp_verdict { SCX_DSP_NONE, SCX_DSP_LOCAL, SCX_DSP_PREV };

/* what a dispatch knows of prev from its beginning */
struct dsp_prev {
	struct task_struct *p;
	bool on_scx, queued;
};

void maybe_queue_balance_callback(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!(rq->scx.flags & SCX_RQ_BAL_CB_PENDING))
		return;
	queue_balance_callback(rq, &rq->scx.deferred_bal_cb, deferred_bal_cb_workfn);
	rq->scx.flags &= ~SCX_RQ_BAL_CB_PENDING;
}

static bool task_queued(const struct task_struct *p)
{
	return p->scx.flags & SCX_TASK_QUEUED;
}

/* prev may change while the lock is dropped; not all kernels look again */
static bool prev_queued(const struct dsp_prev *prev)
{
	return K->b.dispatch_samples_prev_once ? prev->queued : task_queued(prev->p);
}

static void notify_cpu_acquire(struct scx_sched *sch, struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!rq->scx.cpu_released)
		return;
	if (!SCX_HAS_OP(sch, cpu_acquire) && !SCX_HAS_OP(sch, cpu_release))
		return;
	if (SCX_HAS_OP(sch, cpu_acquire))
		SCX_CALL_OP(sch, cpu_acquire, rq, (u64)cpu_of(rq), 0);
	rq->scx.cpu_released = false;
}

/* ---- the dispatch loop ---- */

static enum scx_dsp_verdict dispatch_result(struct scx_sched *sch, struct rq *rq,
					    const struct dsp_prev *prev)
{
	lockdep_assert_rq_held(rq);
	if (prev_queued(prev) && prev->p->scx.slice)
		return SCX_DSP_PREV;
	if (rq->scx.local_dsq.nr || scx_consume_global_dsq(sch, rq))
		return SCX_DSP_LOCAL;
	return SCX_DSP_NONE;
}

/*
 * A dispatch that inserted something and left the local DSQ empty is repeated.
 * After SCX_DSP_MAX_LOOPS the CPU finishes this scheduling pass and kicks itself
 * into another: interrupts cannot come on in here.
 */
static enum scx_dsp_verdict dispatch_loop(struct scx_sched *sch, struct rq *rq,
					  const struct dsp_prev *prev)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[smp_processor_id()];
	u64 arg = prev->on_scx && scx_task_on_sched(sch, prev->p) ? P64(prev->p) : 0;
	int nr_loops = SCX_DSP_MAX_LOOPS;
	enum scx_dsp_verdict verdict;

	bug_on(rq != this_rq() && !sched_core_enabled(rq), "CPU %d dispatches for CPU %d",
	       smp_processor_id(), cpu_of(rq));
	pcpu->dsp_rq = rq;
	do {
		pcpu->dsp_nr_tasks = 0;
		if (!sch->level)
			rq->scx.sub_dispatch_prev = prev->p;
		SCX_CALL_OP(sch, dispatch, rq, (u64)scx_cpu_arg(cpu_of(rq)), arg);
		if (!sch->level)
			rq->scx.sub_dispatch_prev = NULL;
		scx_flush_dispatch_buf(sch, rq);
		verdict = dispatch_result(sch, rq, prev);
		if (verdict != SCX_DSP_NONE)
			return verdict;
		if (!--nr_loops) {
			scx_kick_cpu(sch, cpu_of(rq), 0);
			break;
		}
	} while (pcpu->dsp_nr_tasks);
	return SCX_DSP_NONE;
}

/* while bypassing: nothing but the bypass DSQ */
static enum scx_dsp_verdict dispatch_bypass(struct scx_sched *sch, struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (K->b.bypass_per_cpu_dsq &&
	    scx_consume_dispatch_q(sch, rq, &sch->pcpu[cpu_of(rq)].bypass_dsq, 0))
		return SCX_DSP_LOCAL;
	return SCX_DSP_NONE;
}

/*
 * Bypass is being left, or is that of descendants, whose tasks are on our bypass DSQs: before the CPU
 * idles, they get it.
 */
static enum scx_dsp_verdict dispatch_bypass_rest(struct scx_sched *sch, struct rq *rq, bool count)
{
	lockdep_assert_rq_held(rq);
	if (!K->b.bypass_dsq_drained || !scx_bypass_dsp_enabled(sch))
		return SCX_DSP_NONE;
	if (dispatch_bypass(sch, rq) == SCX_DSP_NONE)
		return SCX_DSP_NONE;
	if (count)
		scx_add_event(sch, SUB_BYPASS_DISPATCH, 1);
	return SCX_DSP_LOCAL;
}

/* and every other time before anything else */
static enum scx_dsp_verdict dispatch_hosted(struct scx_sched *sch, struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!K->b.sub_scheds || !scx_bypass_dsp_enabled(sch) ||
	    sch->pcpu[cpu_of(rq)].bypass_host_seq++ % SCX_BYPASS_HOST_NTH)
		return SCX_DSP_NONE;
	return dispatch_bypass_rest(sch, rq, true);
}

/* an inactive CPU dispatches until its run queue is off, or not so long */
static bool may_dispatch(const struct rq *rq)
{
	return K->b.online_test_cpu_active ? scx_rq_online(rq) : rq->scx.flags & SCX_RQ_ONLINE;
}

static enum scx_dsp_verdict dispatch_sched(struct scx_sched *sch, struct rq *rq,
					   const struct dsp_prev *prev)
{
	enum scx_dsp_verdict verdict;

	lockdep_assert_rq_held(rq);
	if (scx_consume_global_dsq(sch, rq))
		return SCX_DSP_LOCAL;
	if (scx_bypassing(sch, cpu_of(rq)))
		return dispatch_bypass(sch, rq);
	verdict = dispatch_hosted(sch, rq);
	if (verdict != SCX_DSP_NONE)
		return verdict;
	if (!SCX_HAS_OP(sch, dispatch) || !may_dispatch(rq))
		return SCX_DSP_NONE;
	verdict = dispatch_loop(sch, rq, prev);
	return verdict != SCX_DSP_NONE ? verdict :
					 dispatch_bypass_rest(sch, rq, K->b.bypass_rest_counted);
}

/* ---- scx_bpf_sub_dispatch() ---- */

/*
 * The child's turn on the CPU that dispatches for @parent: its ops.dispatch(), nested in that
 * one. Kernels have their own guard against a program that comes to run inside of itself.
 */
/* Context: any. */
bool scx_sub_dispatch(struct scx_sched *parent, u64 cgroup_id)
{
	struct rq *rq = scx_locked_rq();
	struct scx_sched *child = scx_find_sub_sched(cgroup_id);
	struct dsp_prev prev;

	if (!child || !rq || !rq->scx.sub_dispatch_prev)
		return false;
	if (child->parent != parent) {
		scx_error(parent, "trying to dispatch a distant sub-sched on cgroup %llu",
			  cgroup_id);
		return false;
	}
	if (scx_missing_caps(child, cpu_of(rq), SCX_CAP_BASE))
		return false;
	prev = (struct dsp_prev){ .p = rq->scx.sub_dispatch_prev };
	prev.on_scx = task_on_scx(prev.p);
	prev.queued = task_queued(prev.p);
	return dispatch_sched(child, rq, &prev) != SCX_DSP_NONE;
}

/* prev has slice left: it has priority, and fetching more would only delay that */
static bool prev_goes_on(struct rq *rq, const struct dsp_prev *prev)
{
	lockdep_assert_rq_held(rq);
	if (!prev->on_scx)
		return false;
	update_curr_scx(rq);
	return task_queued(prev->p) && prev->p->scx.slice &&
	       !scx_bypassing(K->b.prev_bypass_of_own_sched ? scx_task_sched(prev->p) : scx_root,
			      cpu_of(rq));
}

/* nothing else: with ENQ_LAST its scheduler decides about prev in put_prev_task_scx() */
static bool prev_is_kept(struct rq *rq, const struct dsp_prev *prev)
{
	struct scx_sched *sch;

	lockdep_assert_rq_held(rq);
	if (!prev_queued(prev))
		return false;
	sch = K->b.enq_last_of_own_sched ? scx_task_sched(prev->p) : scx_root;
	if (!scx_task_can_stay_on_cpu(rq, prev->p))
		return false;
	if ((sch->flags & SCX_OPS_ENQ_LAST) && !scx_bypassing(sch, cpu_of(rq)))
		return false;
	scx_add_event(sch, DISPATCH_KEEP_LAST, 1);
	return true;
}

/* balance_one(), later dispatch_one(). @rq locked; may be dropped meanwhile */
static enum scx_dsp_verdict dispatch_one(struct rq *rq, struct task_struct *p)
{
	struct dsp_prev prev = { .p = p, .on_scx = task_on_scx(p), .queued = task_queued(p) };
	struct scx_sched *sch = scx_root;
	enum scx_dsp_verdict verdict;

	lockdep_assert_rq_held(rq);
	if (!sch)
		return SCX_DSP_NONE;
	rq->scx.flags |= SCX_RQ_IN_DISPATCH;
	scx_process_sync_ecaps(rq, p);
	notify_cpu_acquire(sch, rq);
	if (prev_goes_on(rq, &prev))
		verdict = SCX_DSP_PREV;
	else if (rq->scx.local_dsq.nr)
		verdict = SCX_DSP_LOCAL;
	else
		verdict = dispatch_sched(sch, rq, &prev);
	if (verdict == SCX_DSP_NONE && prev_is_kept(rq, &prev))
		verdict = SCX_DSP_PREV;
	/* IMMED tasks that were let in because the end of the dispatch was open */
	if (verdict != SCX_DSP_NONE && rq->scx.local_dsq.nr > 1 && rq->scx.nr_immed)
		scx_schedule_reenq_local(rq, 0);
	rq->scx.flags &= ~SCX_RQ_IN_DISPATCH;
	if (!K->b.deferred_cb_after_pick)
		maybe_queue_balance_callback(rq);
	return verdict;
}

/* ---- the balance pass ---- */

static bool balance_one(struct rq *rq, struct task_struct *prev)
{
	enum scx_dsp_verdict verdict;

	lockdep_assert_rq_held(rq);
	rq->scx.flags &= ~(SCX_RQ_BAL_PENDING | SCX_RQ_BAL_KEEP);
	scx_rq_clock_invalidate(rq); /* rq_unpin_lock() */
	verdict = dispatch_one(rq, prev);
	if (verdict == SCX_DSP_PREV)
		rq->scx.flags |= SCX_RQ_BAL_KEEP;
	return verdict != SCX_DSP_NONE;
}

/* The pick that follows is the whole core's. */
static void balance_siblings(struct rq *rq)
{
	s32 cpu;

	lockdep_assert_rq_held(rq);
	for_each_cpu(cpu, cpu_smt_mask(cpu_of(rq))) {
		struct rq *sibling = cpu_rq(cpu);

		if (sibling == rq)
			continue;
		update_rq_clock(sibling);
		balance_one(sibling, sibling->curr);
	}
}

bool balance_scx(struct rq *rq, struct task_struct *prev)
{
	bool runnable;

	lockdep_assert_rq_held(rq);
	FN_ENTER(balance_scx, P64(rq), P64(prev), 0);
	runnable = balance_one(rq, prev);
	if (sched_core_enabled(rq))
		balance_siblings(rq);
	FN_EXIT(balance_scx, runnable, P64(rq), P64(prev), 0);
	return runnable;
}

/* ---- picking ---- */

static void warn_zero_slice(struct scx_sched *sch, const struct rq *rq, const struct task_struct *p)
{
	struct zero_slices *z = &machine->zero_slices;

	lockdep_assert_rq_held(rq);
	if (scx_bypassing(sch, cpu_of(rq)))
		return;
	if (!z->nr++)
		*z = (struct zero_slices){ 1, now_ns(), cpu_of(rq), p->pid };
	if (sch->warned_zero_slice)
		return;
	pr_warn("sched_ext: %s[%d] has zero slice in %s()", p->comm, p->pid,
		K->b.dispatch_in_balance ? "pick_task_scx" : "do_pick_task_scx");
	sch->warned_zero_slice = true;
}

/* NULL: there is none */
static struct task_struct *pick_local(struct rq *rq)
{
	struct task_struct *p = list_first_entry_or_null(&rq->scx.local_dsq.list,
							 struct task_struct, scx.dsq_list.node);

	lockdep_assert_rq_held(rq);
	if (p && !p->scx.slice) {
		warn_zero_slice(scx_task_sched(p), rq, p);
		refill_task_slice_dfl(scx_task_sched(p), p);
	}
	return p;
}

static struct task_struct *keep_prev(struct task_struct *prev)
{
	lockdep_assert_rq_held(task_rq(prev));
	if (!prev->scx.slice)
		refill_task_slice_dfl(scx_task_sched(prev), prev);
	return prev;
}

/*
 * ext.c:pick_task_scx() after a balance pass. When another class stopped the balance pass and then
 * picks nothing, we come here undispatched: keep prev, or idle no longer than it
 * takes a kick to come back.
 */
static struct task_struct *pick_after_balance(struct scx_sched *sch, struct rq *rq,
					      struct task_struct *prev)
{
	bool unbalanced = rq->scx.flags & SCX_RQ_BAL_PENDING;
	bool keep = unbalanced ? task_queued(prev) : rq->scx.flags & SCX_RQ_BAL_KEEP;
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	if (!K->b.kick_seq_on_class_switch)
		scx_kick_seq_bump(rq);
	if (keep && task_on_scx(prev))
		return keep_prev(prev);
	p = pick_local(rq);
	if (!p && unbalanced && K->b.balance_rescue_kick)
		scx_kick_cpu(sch, cpu_of(rq), SCX_KICK_IDLE);
	return p;
}

/*
 * Balance callbacks have to be run before the lock is released, so they are queued
 * when the pick is final. Before a retry the deferred work becomes an irq work, and
 * a kick's wait stays pending.
 */
static void pick_followup(struct rq *rq, bool final)
{
	lockdep_assert_rq_held(rq);
	if (final) {
		maybe_queue_balance_callback(rq);
		scx_kick_queue_wait(rq);
	} else if (rq->scx.flags & SCX_RQ_BAL_CB_PENDING) {
		rq->scx.flags &= ~SCX_RQ_BAL_CB_PENDING;
		scx_schedule_deferred_irq(rq);
	}
}

/*
 * ext.c:do_pick_task_scx(). @force: for the deadline server, which is not kept from it by
 * higher classes; if it gets none, the pick goes on with those.
 */
static struct task_struct *pick_with_dispatch(struct scx_sched *sch, struct rq *rq,
					      struct task_struct *prev, bool force)
{
	enum scx_dsp_verdict verdict;
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	scx_kick_seq_bump(rq);
	rq_modified_begin(rq, CLASS_EXT);
	scx_rq_clock_invalidate(rq); /* rq_unpin_lock() */
	verdict = dispatch_one(rq, prev);
	if (K->b.kick_wait_before_retry)
		scx_kick_queue_wait(rq);
	if (!force && rq_modified_above(rq, CLASS_EXT))
		p = RETRY_TASK;
	else if (verdict == SCX_DSP_PREV)
		p = keep_prev(prev);
	else
		p = pick_local(rq);
	pick_followup(rq, p != RETRY_TASK && (p || !force));
	return p;
}

struct task_struct *pick_task_scx(struct rq *rq, struct task_struct *prev)
{
	struct scx_sched *sch = scx_root;
	struct task_struct *p = NULL;

	lockdep_assert_rq_held(rq);
	FN_ENTER(pick_task_scx, P64(rq));
	if (sch)
		p = K->b.dispatch_in_balance ? pick_after_balance(sch, rq, prev) :
					       pick_with_dispatch(sch, rq, prev, false);
	FN_EXIT(pick_task_scx, P64(p), P64(rq));
	return p;
}

/* ext.c:ext_server_pick_task() */
struct task_struct *ext_server_pick_task(struct rq *rq, struct task_struct *prev)
{
	return scx_root ? pick_with_dispatch(scx_root, rq, prev, true) : NULL;
}
