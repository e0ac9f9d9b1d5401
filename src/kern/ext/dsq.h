/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dsq.h - what the files about dispatch queues and the class share.
 *
 * Who may touch what:
 *
 *	local DSQ		the run queue's lock; its own is not used
 *	global, bypass, user	dsq->lock, taken inside a run queue's
 *
 * A task is on one DSQ (p->scx.dsq), or on its run queue's list of deferred
 * verdicts (p->scx.dsq NULL, dsq_list linked), or on neither.
 *
 * p->scx.ops_state says who owns a queued task. [63:2] is the queueing's number,
 * so that a late verdict of an earlier queueing is recognised:
 *
 *	       ops.enqueue          returned              verdict
 *	NONE ──────────────▶ QUEUEING|q ──▶ QUEUED|q ──────────▶ DISPATCHING ──▶ NONE
 *	  ▲                      │              │ dequeue
 *	  └──────────────────────┴──────────────┘
 */
#ifndef KS_KERN_EXT_DSQ_H
#define KS_KERN_EXT_DSQ_H

#include "kern/ext/ext.h"

/* enum scx_ops_state: QUEUEING while ops.enqueue() runs, QUEUED when the scheduler has the task */
#define SCX_OPSS_STATE_MASK ((1UL << SCX_OPSS_QSEQ_SHIFT) - 1)
#define SCX_OPSS_QSEQ_MASK (~SCX_OPSS_STATE_MASK)

static inline unsigned long opss_read(const struct task_struct *p)
{
	return p->scx.ops_state.counter;
}

static inline enum scx_ops_state opss_state(unsigned long opss)
{
	return opss & SCX_OPSS_STATE_MASK;
}

/* and let those look again who wait for the state that ends */
static inline void opss_set(struct task_struct *p, unsigned long opss)
{
	p->scx.ops_state.counter = opss;
	spin_wake(-1);
}

/* ---- ext/ops.c's chain follows the lock ---- */
/* drop @from, take @to; the running op's locked_rq goes along */
void switch_rq_lock(struct rq *from, struct rq *to);

/* ---- ext/dsq.c ---- */
static inline bool dsq_is_local(const struct scx_dispatch_q *dsq)
{
	return dsq->id == SCX_DSQ_LOCAL;
}

/* local, or one of those beside it that go by the run queue's lock as well */
static inline bool dsq_is_rq_owned(const struct scx_dispatch_q *dsq)
{
	return dsq_is_local(dsq) || dsq->id == SCX_DSQ_REJECT || dsq->id == SCX_DSQ_RESCUE;
}

static inline bool dsq_is_builtin(const struct scx_dispatch_q *dsq)
{
	return dsq->id & SCX_DSQ_FLAG_BUILTIN;
}

static inline struct rq *local_dsq_rq(struct scx_dispatch_q *dsq)
{
	return container_of(dsq, struct rq, scx.local_dsq);
}

/* the flags with which an insert takes the CPU from whom it finds there */
static inline u64 scx_enq_preempts(void)
{
	return SCX_ENQ_PREEMPT | (K->b.preempt_may_be_lazy ? SCX_ENQ_PREEMPT_LAZY : 0);
}

/* what decided has seen why @p came back */
static inline void scx_reenq_reason_done(struct task_struct *p)
{
	if (K->b.reenq_reasons)
		p->scx.flags &= ~KV(SCX_TASK_REENQ_REASON_MASK);
}

static inline bool dsq_id_is_local_on(u64 dsq_id)
{
	return (dsq_id & SCX_DSQ_LOCAL_ON) == SCX_DSQ_LOCAL_ON;
}

struct scx_dispatch_q *find_global_dsq(struct scx_sched *sch, s32 cpu);
/* where a verdict leads; @p (NULL: none) and @tcpu: the task and its CPU. Never NULL. */
struct scx_dispatch_q *find_dsq_for_dispatch(struct scx_sched *sch, struct rq *rq, u64 dsq_id,
					     const struct task_struct *p, s32 tcpu);
void scx_task_unlink_from_dsq(struct task_struct *p, struct scx_dispatch_q *dsq);
/* p's run queue and @dsq are locked */
void dispatch_dequeue_locked(struct task_struct *p, struct scx_dispatch_q *dsq);
/* link @p, which is on no DSQ, to a local one; wake or preempt as @enq_flags say */
void scx_move_local_task_to_local_dsq(struct scx_sched *sch, struct task_struct *p, u64 enq_flags,
				      struct rq *dst_rq);
/* commit a verdict's slice and, with SCX_ENQ_DSQ_PRIQ, vtime (not in all kernels) */
void apply_slice_vtime(struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags);
bool task_leave_custody(struct task_struct *p);

/* ---- ext/dsq_iter.c ---- */
/* the task after @cur (NULL: the first) on a locked non-local DSQ, cursors skipped */
struct task_struct *nldsq_next_task(struct scx_dispatch_q *dsq, struct task_struct *cur, bool rev);
#define nldsq_for_each_task(p, dsq)                          \
	for ((p) = nldsq_next_task((dsq), NULL, false); (p); \
	     (p) = nldsq_next_task((dsq), (p), false))
/* a place in the list that survives unlocking; sees what was queued before */
void nldsq_cursor_init(struct scx_dsq_list_node *cursor, const struct scx_dispatch_q *dsq,
		       u32 flags);
struct task_struct *nldsq_cursor_next_task(struct scx_dsq_list_node *cursor,
					   struct scx_dispatch_q *dsq);
/* did somebody take @p from @dsq since? both locks held */
bool nldsq_cursor_lost_task(const struct scx_dsq_list_node *cursor, const struct rq *rq,
			    const struct scx_dispatch_q *dsq, const struct task_struct *p);

static inline bool u32_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* what struct bpf_iter_scx_dsq on the guest's stack stands for */
struct scx_dsq_iter {
	struct scx_dsq_list_node cursor;
	struct scx_dispatch_q *dsq; /* NULL: new() failed */
	u64 dsq_id;
	u64 slice, vtime; /* for the next move, if cursor.flags say so */
};

s32 scx_dsq_iter_new(struct scx_sched *sch, struct scx_dsq_iter *kit, u64 dsq_id, u64 flags);
bool scx_dsq_iter_live(const struct scx_dsq_iter *kit);
struct task_struct *scx_dsq_iter_next(struct scx_dsq_iter *kit);
void scx_dsq_iter_destroy(struct scx_dsq_iter *kit);
struct task_struct *scx_dsq_peek(struct scx_sched *sch, u64 dsq_id);

/* ---- ext/dispatch.c ---- */
void clear_direct_dispatch(struct task_struct *p);
/* are flags from the guest valid for @dsq_id? Adds IMMED if the scheduler always wants it */
bool scx_vet_enq_flags(struct scx_sched *sch, u64 dsq_id, u64 *enq_flags);
u32 scx_dispatch_nr_slots(struct scx_sched *sch);
void scx_dispatch_cancel(struct scx_sched *sch);

/* ---- ext/dsq_move.c ---- */
void wait_ops_state(struct task_struct *p, unsigned long opss);
void scx_wait_dispatching(struct task_struct *p);
/* @rq locked; may be dropped meanwhile. @p is the caller's (DISPATCHING, or off all lists). */
void dispatch_to_local_dsq(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dst_dsq,
			   struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags);
bool scx_dsq_move(struct scx_sched *sch, struct scx_dsq_iter *kit, struct task_struct *p,
		  u64 dsq_id, u64 enq_flags, bool priq);

/* ---- ext/enqueue.c ---- */
void set_task_runnable(struct rq *rq, struct task_struct *p);
void clr_task_runnable(struct task_struct *p, bool reset_runnable_at);
void ops_dequeue(struct rq *rq, struct task_struct *p, u64 deq_flags);
void refill_task_slice_dfl(struct scx_sched *sch, struct task_struct *p);
void clear_task_slice_oob(struct task_struct *p);
void take_task_slice_oob(struct rq *rq, struct task_struct *p);
static inline void apply_task_slice_oob(struct rq *rq, struct task_struct *p)
{
	if (unlikely(p->scx.slice_oob.counter))
		take_task_slice_oob(rq, p);
}
void update_curr_scx(struct rq *rq);
void enqueue_task_scx(struct rq *rq, struct task_struct *p, u64 enq_flags);

/* ---- ext/pick.c ---- */
/* scx_bpf_sub_dispatch(): from @parent's ops.dispatch() */
bool scx_sub_dispatch(struct scx_sched *parent, u64 cgroup_id);
bool balance_scx(struct rq *rq, struct task_struct *prev);
struct task_struct *pick_task_scx(struct rq *rq, struct task_struct *prev);
void maybe_queue_balance_callback(struct rq *rq);

/* ---- ext/reenq.c ---- */
/* enq_immed: could a task that is put on @rq's local DSQ run at once? */
bool rq_is_open(const struct rq *rq, u64 enq_flags);
void scx_schedule_reenq_local(struct rq *rq, u64 reenq_flags);
void scx_reenq_cancel_dsq(struct scx_dispatch_q *dsq); /* it is being destroyed */
void deferred_bal_cb_workfn(struct rq *rq);
void deferred_irq_workfn(struct irq_work *w);
void scx_schedule_deferred_irq(struct rq *rq);

static inline void scx_add_nr_running(struct rq *rq, int n)
{
	rq->scx.nr_running += n;
	add_nr_running(rq, n);
}

#endif
