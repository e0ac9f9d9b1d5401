// SPDX-License-Identifier: GPL-2.0-only
/*
 * enqueue.c - a runnable task is handed to the scheduler, or past it.
 *
 *	arrives here by our own migration	local DSQ, slice untouched
 *	run queue offline, task exits, ...	local DSQ, default slice
 *	bypass					the bypass (at first: global) DSQ
 *	ops.select_cpu() gave a verdict		that
 *	no ops.enqueue()			global DSQ
 *	else					ops.enqueue(), then its verdict or custody
 *
 * And what a task carries meanwhile: its slice, and its place on the list of
 * runnable tasks that do not run (watchdog, bypass and dump walk that).
 */
#include "bpf/prog.h"
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"
#include "kern/ext/rescue.h"

#include "base/rbtree.h"

/* ---- the runnable list: in order of becoming runnable, bypass depends on it ---- */

void set_task_runnable(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	bug_on(!list_empty(&p->scx.runnable_node), "%s[%d] is on the runnable list already",
	       p->comm, p->pid);
	if (p->scx.flags & SCX_TASK_RESET_RUNNABLE_AT) {
		p->scx.runnable_at = jiffies_now();
		p->scx.flags &= ~SCX_TASK_RESET_RUNNABLE_AT;
	}
	list_add_tail(&p->scx.runnable_node, &rq->scx.runnable_list);
	p->scx.runnable_cpu = cpu_of(rq);
}

/* @reset_runnable_at: p got the CPU, its next wait begins anew */
void clr_task_runnable(struct task_struct *p, bool reset_runnable_at)
{
	lockdep_assert_rq_held(task_rq(p));
	list_del_init(&p->scx.runnable_node);
	p->scx.runnable_cpu = -1;
	if (reset_runnable_at) {
		p->scx.flags |= SCX_TASK_RESET_RUNNABLE_AT;
		p->scx.reenq_cnt = 0;
	}
}

/* ---- slices ---- */

/*
 * slice_set_by_request: a slice asked for by somebody who does not hold p's run queue:
 *
 *	63      62........43             42..........0
 *	pending scheduler's id, low bits duration, ns; all ones: SCX_SLICE_INF
 */
#define SLICE_OOB_PENDING (1ULL << 63)
#define SLICE_OOB_DUR_BITS 43
#define SLICE_OOB_DUR_MASK ((1ULL << SLICE_OOB_DUR_BITS) - 1)
#define SLICE_OOB_ID_MASK ((1ULL << (63 - SLICE_OOB_DUR_BITS)) - 1)

void clear_task_slice_oob(struct task_struct *p)
{
	p->scx.slice_oob.counter = 0;
}

/* Context: any. */
static void set_task_slice_oob(struct scx_sched *sch, struct task_struct *p, u64 slice)
{
	u64 dur = slice;

	if (slice == SCX_SLICE_INF) {
		dur = SLICE_OOB_DUR_MASK;
	} else if (slice >= SLICE_OOB_DUR_MASK) {
		dur = SLICE_OOB_DUR_MASK - 1;
		scx_add_event(sch, SLICE_CLAMPED, 1);
	}
	p->scx.slice_oob.counter = (s64)(SLICE_OOB_PENDING |
					 (sch->id & SLICE_OOB_ID_MASK) << SLICE_OOB_DUR_BITS | dur);
}

/* A longer one needs access to the CPU; a protected one stays as it is. */
static bool slice_is_denied(const struct scx_sched *sch, const struct rq *rq,
			    const struct task_struct *p, u64 slice)
{
	return (p->scx.flags & SCX_TASK_PROTECTED) ||
	       (slice > p->scx.slice && scx_missing_caps(sch, cpu_of(rq), SCX_CAP_BASE));
}

/* A request of a scheduler that p has left since is forgotten. */
void take_task_slice_oob(struct rq *rq, struct task_struct *p)
{
	u64 oob = (u64)p->scx.slice_oob.counter, dur = oob & SLICE_OOB_DUR_MASK, slice;
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	clear_task_slice_oob(p);
	if (!sch || ((oob >> SLICE_OOB_DUR_BITS ^ sch->id) & SLICE_OOB_ID_MASK))
		return;
	slice = dur == SLICE_OOB_DUR_MASK ? SCX_SLICE_INF : dur;
	if (slice_is_denied(sch, rq, p, slice))
		scx_add_event(sch, SLICE_DENIED, 1);
	else
		p->scx.slice = slice;
}

bool scx_set_task_slice(struct task_struct *p, u64 slice)
{
	if (p->scx.flags & SCX_TASK_PROTECTED)
		return false;
	p->scx.slice = slice;
	clear_task_slice_oob(p);
	return true;
}

/*
 * It is consumed, or given up. While a running task is taken off and put back for a change of
 * attributes it goes on; one that waits loses its place, and this with it.
 */
void scx_task_slice_ended(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	p->scx.flags &= ~SCX_TASK_PROTECTED;
	if (unlikely(p == scx_rescuee(rq)))
		scx_rescue_end(rq);
}

/* ext.c:scx_bpf_task_set_slice(): a direct write needs the lock of the rq p waits or runs on */
void scx_request_task_slice(struct scx_sched *sch, struct task_struct *p, u64 slice)
{
	const struct rq *rq = scx_locked_rq();

	if (!rq || (p->scx.runnable_cpu != cpu_of(rq) && !task_current(rq, p)))
		set_task_slice_oob(sch, p, slice);
	else if (slice_is_denied(sch, rq, p, slice))
		scx_add_event(sch, SLICE_DENIED, 1);
	else
		scx_set_task_slice(p, slice);
}

void refill_task_slice_dfl(struct scx_sched *sch, struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	if (!(p->scx.flags & SCX_TASK_PROTECTED))
		p->scx.slice = sch->slice_dfl;
	scx_add_event(sch, REFILL_SLICE_DFL, 1);
}

/* core's update_curr_common(): CPU time since the last look, to the running task */
static u64 account_curr(struct rq *rq)
{
	struct sched_entity *se = &rq->curr->se;
	s64 delta = (s64)(rq->clock_task - se->exec_start);

	lockdep_assert_rq_held(rq);
	if (delta <= 0)
		return 0;
	se->exec_start = rq->clock_task;
	se->sum_exec_runtime += (u64)delta;
	return (u64)delta;
}

/* charge the running task; @rq's clock is up to date */
void update_curr_scx(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	u64 delta;

	lockdep_assert_rq_held(rq);
	apply_task_slice_oob(rq, curr);
	delta = account_curr(rq);
	if (curr->scx.slice != SCX_SLICE_INF)
		curr->scx.slice -= min(curr->scx.slice, delta);
	if (!curr->scx.slice)
		touch_core_sched(rq, curr);
	if (unlikely(curr == scx_rescuee(rq)) && delta)
		scx_rescue_charge(rq, delta);
	dl_server_update(rq, DL_SERVER_EXT, delta);
}

/* ---- enqueueing ---- */

enum enq_path {
	ENQ_LOCAL_NOREFILL, /* our own movements */
	ENQ_STRANDED,	    /* reenqueued too often; left until the scheduler is gone */
	ENQ_LOCAL,
	ENQ_BYPASS,
	ENQ_DIRECT,
	ENQ_GLOBAL,
	ENQ_OP,
};

/* reenq_limit: a scheduler that cannot decide is ejected */
static bool reenqueued_too_often(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (++p->scx.reenq_cnt > 1)
		scx_add_event(sch, REENQ_REPEAT, 1);
	if (p->scx.reenq_cnt <= SCX_REENQ_MAX_REPEAT)
		return false;
	scx_exit_on(sch, SCX_EXIT_ERROR_REENQ, 0, cpu_of(rq),
		    "%s[%d] reenqueued %u times without running", p->comm, p->pid,
		    p->scx.reenq_cnt);
	return true;
}

static bool skips_exiting(struct scx_sched *sch, const struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	if ((sch->flags & SCX_OPS_ENQ_EXITING) || !(p->flags & PF_EXITING))
		return false;
	scx_add_event(sch, ENQ_SKIP_EXITING, 1);
	return true;
}

static bool skips_migration_disabled(struct scx_sched *sch, const struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	if (!K->b.migration_disabled_to_local || !is_migration_disabled(p) ||
	    (sch->flags & SCX_OPS_ENQ_MIGRATION_DISABLED))
		return false;
	scx_add_event(sch, ENQ_SKIP_MIGRATION_DISABLED, 1);
	return true;
}

static bool enqueue_bypasses(struct scx_sched *sch, const struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!scx_bypassing(sch, cpu_of(rq)))
		return false;
	scx_add_event(sch, BYPASS_DISPATCH, 1);
	return true;
}

/* ext.c:do_enqueue_task(): the first that holds */
static enum enq_path enqueue_path(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
				  u64 enq_flags, s32 sticky_cpu)
{
	lockdep_assert_rq_held(rq);
	if (sticky_cpu == cpu_of(rq))
		return ENQ_LOCAL_NOREFILL;
	if (K->b.enq_immed)
		p->scx.flags &= ~SCX_TASK_IMMED; /* a fresh start, see dsq_inc_nr() */
	if (K->b.reenq_limit && (enq_flags & SCX_ENQ_REENQ) && reenqueued_too_often(sch, rq, p))
		return ENQ_STRANDED;
	if (!scx_rq_online(rq))
		return ENQ_LOCAL;
	if (enqueue_bypasses(sch, rq))
		return ENQ_BYPASS;
	if (p->scx.ddsp_dsq_id != SCX_DSQ_INVALID)
		return ENQ_DIRECT;
	if (skips_exiting(sch, p) || skips_migration_disabled(sch, p))
		return ENQ_LOCAL;
	return SCX_HAS_OP(sch, enqueue) ? ENQ_OP : ENQ_GLOBAL;
}

/* The task's numbers are never 0, which is what an unowned task's verdict records. */
static unsigned long next_qseq(struct rq *rq, struct task_struct *p)
{
	unsigned long qseq;

	lockdep_assert_rq_held(rq);
	if (K->b.qseq_per_rq) {
		qseq = rq->scx.ops_qseq++;
	} else {
		p->scx.ops_qseq = (p->scx.ops_qseq + 1) ? p->scx.ops_qseq + 1 : 1;
		qseq = p->scx.ops_qseq;
	}
	return qseq << SCX_OPSS_QSEQ_SHIFT;
}

/*
 * WARN_ON_ONCE(*ddsp_taskp): a program may wake a task in the middle of its op (6.12:
 * bpf_wq_start()), and the outer op's task is then not the one being dispatched any more.
 */
void scx_begin_direct_dispatch(struct scx_sched_pcpu *pcpu, struct task_struct *p)
{
	bug_on(pcpu->direct_dispatch_task && !prog_current(), "an op inside of a direct dispatch");
	if (pcpu->direct_dispatch_task && !pcpu->warned_nested)
		pr_warn("WARNING: %s[%d] is woken by a program in the middle of an op on CPU %d",
			p->comm, p->pid, pcpu->cpu);
	pcpu->warned_nested |= pcpu->direct_dispatch_task != NULL;
	pcpu->direct_dispatch_task = p;
}

/* Ask. A verdict is carried out now, else the scheduler has the task. */
static void enqueue_op(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[smp_processor_id()];
	unsigned long qseq = next_qseq(rq, p);

	bug_on(opss_read(p) != SCX_OPSS_NONE, "%s[%d] is enqueued in state %lu", p->comm, p->pid,
	       opss_read(p));
	opss_set(p, SCX_OPSS_QUEUEING | qseq);
	scx_begin_direct_dispatch(pcpu, p);
	SCX_CALL_OP_TASK(sch, enqueue, rq, p, enq_flags);
	pcpu->direct_dispatch_task = NULL;
	if (K->b.reenq_reason_ends_first)
		scx_reenq_reason_done(p);
	if (p->scx.ddsp_dsq_id != SCX_DSQ_INVALID) {
		scx_direct_dispatch(sch, rq, p, enq_flags);
		return;
	}
	if (K->b.dequeue_on_custody_end)
		p->scx.flags |= SCX_TASK_IN_CUSTODY;
	opss_set(p, SCX_OPSS_QUEUED | qseq);
}

/* the nearest ancestor that does not bypass schedules it, or else the root */
static struct scx_dispatch_q *bypass_dsq(struct scx_sched *sch, const struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	while (scx_parent(sch) && scx_bypassing(sch, task_cpu(p)))
		sch = scx_parent(sch);
	if (K->b.bypass_per_cpu_dsq)
		return &sch->pcpu[task_cpu(p)].bypass_dsq;
	return scx_find_global_dsq(sch, p);
}

/* Past the scheduler: a recorded verdict is void. */
static void enqueue_past(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			 enum enq_path path, u64 enq_flags)
{
	struct scx_dispatch_q *dsq = &rq->scx.local_dsq;

	lockdep_assert_rq_held(rq);
	if (path != ENQ_LOCAL_NOREFILL) {
		/* the end of its slice: it grows no more urgent the longer it runs */
		touch_core_sched(rq, p);
		refill_task_slice_dfl(sch, p);
	}
	/* an exiting task's scheduler may have no cap here, and is not asked: no way around */
	if (path == ENQ_LOCAL && scx_caps_matter() && scx_rq_online(rq) &&
	    (p->flags & PF_EXITING) && !(sch->flags & SCX_OPS_ENQ_EXITING))
		enq_flags |= SCX_ENQ_RESCUE;
	if (path == ENQ_BYPASS)
		dsq = bypass_dsq(sch, p);
	else if (path == ENQ_GLOBAL)
		dsq = scx_find_global_dsq(sch, p);
	clear_direct_dispatch(p);
	scx_dispatch_enqueue(sch, rq, dsq, p, 0, 0, enq_flags);
}

void scx_do_enqueue_task(struct rq *rq, struct task_struct *p, u64 enq_flags, s32 sticky_cpu)
{
	struct scx_sched *sch = scx_task_sched(p);
	enum enq_path path;

	lockdep_assert_rq_held(rq);
	bug_on(!(p->scx.flags & SCX_TASK_QUEUED), "%s[%d] is not queued", p->comm, p->pid);
	path = enqueue_path(sch, rq, p, enq_flags, sticky_cpu);
	switch (path) {
	case ENQ_STRANDED:
		break;
	case ENQ_DIRECT:
		scx_direct_dispatch(sch, rq, p, enq_flags);
		break;
	case ENQ_OP:
		enqueue_op(sch, rq, p, enq_flags);
		break;
	default:
		enqueue_past(sch, rq, p, path, enq_flags);
		break;
	}
}

/*
 * What came with the task from dispatch_to_local_dsq(). It may be an int on the way: bits
 * 32 and up, SCX_ENQ_PREEMPT among them, are lost, and bit 31 is a sign.
 */
static u64 carried_enq_flags(const struct rq *rq, u64 enq_flags)
{
	lockdep_assert_rq_held(rq);
	if (K->b.remote_enq_flags_32bit)
		return (u64)(s64)(s32)(enq_flags | rq->scx.extra_enq_flags);
	return (u32)enq_flags | rq->scx.remote_activate_enq_flags;
}

static void count_select_fallback(struct rq *rq, const struct task_struct *p, u64 enq_flags)
{
	lockdep_assert_rq_held(rq);
	if ((enq_flags & KV(SCX_ENQ_CPU_SELECTED)) && cpu_of(rq) != p->scx.selected_cpu)
		scx_add_event(scx_task_sched(p), SELECT_CPU_FALLBACK, 1);
}

/* On the run queue first, then to the scheduler: ops.runnable() precedes ops.enqueue(). */
static void enqueue_new(struct rq *rq, struct task_struct *p, u64 enq_flags, s32 sticky_cpu)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	set_task_runnable(rq, p);
	p->scx.flags |= SCX_TASK_QUEUED;
	scx_add_nr_running(rq, 1);
	if (SCX_HAS_OP(sch, runnable) && !task_on_rq_migrating(p))
		SCX_CALL_OP_TASK(sch, runnable, rq, p, enq_flags);
	if (rq->scx.nr_running == 1)
		dl_server_start(rq, DL_SERVER_EXT);
	if (enq_flags & ENQUEUE_WAKEUP)
		touch_core_sched(rq, p);
	scx_do_enqueue_task(rq, p, enq_flags, sticky_cpu);
}

/*
 * SCX_RQ_IN_WAKEUP promises that task_woken_scx() follows, so it is for the core's
 * wakeups only, not for flags that came along. A running task that is put back
 * after an attribute change goes straight to the local DSQ: set_next_task_scx()
 * takes it from there.
 */
void enqueue_task_scx(struct rq *rq, struct task_struct *p, u64 core_enq_flags)
{
	s32 sticky_cpu = p->scx.sticky_cpu;
	u64 enq_flags = carried_enq_flags(rq, core_enq_flags);

	lockdep_assert_rq_held(rq);
	bug_on(task_rq(p) != rq, "%s[%d] of CPU %d is enqueued on CPU %d", p->comm, p->pid,
	       task_cpu(p), cpu_of(rq));
	FN_ENTER(enqueue_task_scx, P64(rq), P64(p), core_enq_flags);
	p->scx.sticky_cpu = -1;
	if (core_enq_flags & ENQUEUE_WAKEUP)
		rq->scx.flags |= SCX_RQ_IN_WAKEUP;
	if ((enq_flags & ENQUEUE_RESTORE) && task_current(rq, p)) {
		sticky_cpu = cpu_of(rq);
		enq_flags |= K->b.sub_caps ? SCX_ENQ_IGNORE_CAPS : 0;
	}
	if (!(p->scx.flags & SCX_TASK_QUEUED))
		enqueue_new(rq, p, enq_flags, sticky_cpu);
	rq->scx.flags &= ~SCX_RQ_IN_WAKEUP;
	count_select_fallback(rq, p, enq_flags);
	FN_EXIT(enqueue_task_scx, 0, P64(rq), P64(p), core_enq_flags);
}

/* ---- the way back ---- */

/*
 * ext.c:ops_dequeue(), p's rq locked: take p from the scheduler if it has it. A
 * dispatch that has begun elsewhere is waited for. The scheduler is told of
 * tasks that it holds itself, or whenever custody ends here (dequeue_on_custody_end).
 */
void ops_dequeue(struct rq *rq, struct task_struct *p, u64 deq_flags)
{
	struct scx_sched *sch = scx_task_sched(p);
	unsigned long opss;

	lockdep_assert_rq_held(rq);
	clr_task_runnable(p, false);
	opss = opss_read(p);
	bug_on(opss_state(opss) == SCX_OPSS_QUEUEING, "%s[%d] is dequeued while being enqueued",
	       p->comm, p->pid);
	if (opss_state(opss) == SCX_OPSS_QUEUED) {
		if (!K->b.dequeue_on_custody_end && SCX_HAS_OP(sch, dequeue))
			SCX_CALL_OP_TASK(sch, dequeue, rq, p, deq_flags);
		if (opss_read(p) == opss) /* nobody claimed it during the op */
			opss_set(p, SCX_OPSS_NONE);
	}
	scx_wait_dispatching(p);
	if (K->b.dequeue_on_custody_end && task_leave_custody(p) && SCX_HAS_OP(sch, dequeue))
		SCX_CALL_OP_TASK(sch, dequeue, rq, p, deq_flags);
	bug_on(opss_read(p) != SCX_OPSS_NONE, "%s[%d] is dequeued, and in state %lu", p->comm,
	       p->pid, opss_read(p));
}
