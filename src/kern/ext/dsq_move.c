// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsq_move.c - tasks from DSQ to DSQ, and across run queues.
 *
 * A local DSQ belongs to a run queue's lock, and two of those are never held
 * together. Who takes a task from another run queue unlinks it first, marks it
 * with its own CPU in p->scx.holding_cpu, and changes locks:
 *
 *	CPU 1: unlink p, holding_cpu = 1 ─ drop rq 1 ─ lock rq 2 ─ still 1? ─ move
 *	CPU 2: dequeue p (rq 2 locked) sees holding_cpu, sets it to -1: CPU 1 lost
 */
#include "kern/ext/dsq.h"
#include "kern/points.h"

static u64 apply_flag(void)
{
	return K->b.slice_written_at_call ? 0 : SCX_ENQ_APPLY_SLICE;
}

void switch_rq_lock(struct rq *from, struct rq *to)
{
	struct scx_op_ctx *ctx = scx_op_ctx();
	bool tracked = ctx && ctx->locked_rq == from;

	lockdep_assert_rq_held(from);
	if (tracked)
		ctx->locked_rq = NULL;
	raw_spin_rq_unlock(from);
	raw_spin_rq_lock(to);
	if (tracked)
		ctx->locked_rq = to;
}

/* ---- waiting for the owner ---- */

struct opss_wait {
	const struct task_struct *p;
	unsigned long opss;
};

static bool opss_changed(void *arg)
{
	const struct opss_wait *w = arg;

	return opss_read(w->p) != w->opss;
}

void wait_ops_state(struct task_struct *p, unsigned long opss)
{
	struct opss_wait w = { p, opss };

	spin_until(opss_changed, &w, -1, "wait_ops_state()");
}

/* The dispatcher stores the final state after it let go of the DSQ: p on a DSQ may not be done. */
void scx_wait_dispatching(struct task_struct *p)
{
	if (unlikely(opss_read(p) == SCX_OPSS_DISPATCHING))
		wait_ops_state(p, SCX_OPSS_DISPATCHING);
}

/* ---- one task to another run queue ---- */

/*
 * On entry @src_rq is locked, on return @dst_rq. For the scheduler this is no
 * dequeue and no enqueue: sticky_cpu leads p straight to the local DSQ. The
 * core's flags are 32 bits wide, so ours travel in the run queue.
 */
static void move_remote_task_to_local_dsq(struct scx_sched *sch, struct task_struct *p,
					  u64 enq_flags, struct rq *src_rq, struct rq *dst_rq)
{
	u64 *carried = K->b.remote_enq_flags_32bit ? &dst_rq->scx.extra_enq_flags :
						     &dst_rq->scx.remote_activate_enq_flags;

	lockdep_assert_rq_held(src_rq);
	/* where the check is made without the lock, the mask may have changed since */
	bug_on(K->b.remote_check_locked && !cpumask_test_cpu(cpu_of(dst_rq), p->cpus_ptr),
	       "%s[%d] is brought to CPU %d, where it may not run", p->comm, p->pid,
	       cpu_of(dst_rq));
	p->scx.sticky_cpu = cpu_of(dst_rq);
	deactivate_task(src_rq, p, 0);
	set_task_cpu(p, cpu_of(dst_rq));
	switch_rq_lock(src_rq, dst_rq);
	bug_on(*carried, "enq_flags of another activation on CPU %d", cpu_of(dst_rq));
	*carried = enq_flags;
	dst_rq->scx.remote_activate_sch = sch;
	activate_task(dst_rq, p, 0);
	*carried = 0;
	dst_rq->scx.remote_activate_sch = NULL;
	bug_on(!p->scx.dsq || !dsq_is_rq_owned(p->scx.dsq) || task_rq(p) != dst_rq,
	       "%s[%d] was brought to CPU %d and is not there", p->comm, p->pid, cpu_of(dst_rq));
}

static void remote_error(struct scx_sched *sch, const struct task_struct *p, s32 cpu)
{
	lockdep_assert_irqs_off();
	if (is_migration_disabled(p))
		scx_error(
			sch,
			"SCX_DSQ_LOCAL[_ON] cannot move migration disabled %s[%d] from CPU %d to %d",
			p->comm, p->pid, task_cpu(p), cpu);
	else
		scx_error(sch, "SCX_DSQ_LOCAL[_ON] target CPU %d not allowed for %s[%d]", cpu,
			  p->comm, p->pid);
}

/*
 * ext.c:task_can_run_on_remote_rq(): may the scheduler bring @p to @rq, another
 * one than p's? @enforce: what cannot be is its error; an offline CPU never is.
 */
static bool task_can_run_on_remote_rq(struct scx_sched *sch, struct task_struct *p, struct rq *rq,
				      bool enforce)
{
	s32 cpu = cpu_of(rq);

	lockdep_assert_irqs_off();
	if (is_migration_disabled(p) || !cpumask_test_cpu(cpu, p->cpus_ptr)) {
		if (enforce)
			remote_error(sch, p, cpu);
		return false;
	}
	if (!scx_rq_online(rq)) {
		if (enforce)
			scx_add_event(sch, DISPATCH_LOCAL_DSQ_OFFLINE, 1);
		return false;
	}
	return true;
}

/* true: @src_rq is locked and @p ours. false: it is locked, and p was dequeued meanwhile. */
static bool unlink_dsq_and_switch_rq_lock(struct task_struct *p, struct scx_dispatch_q *dsq,
					  struct rq *locked_rq, struct rq *src_rq)
{
	s32 cpu = smp_processor_id();

	lockdep_assert_rq_held(locked_rq);
	bug_on(p->scx.holding_cpu >= 0, "%s[%d] is in transfer already", p->comm, p->pid);
	scx_task_unlink_from_dsq(p, dsq);
	p->scx.holding_cpu = cpu;
	raw_spin_unlock(&dsq->lock);
	switch_rq_lock(locked_rq, src_rq);
	if (p->scx.holding_cpu != cpu || src_rq != task_rq(p))
		return false;
	scx_wait_dispatching(p);
	return true;
}

/* ---- the next task of a DSQ ---- */

static bool consume_remote_task(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
				u64 enq_flags, struct scx_dispatch_q *dsq, struct rq *src_rq)
{
	lockdep_assert_rq_held(rq);
	if (unlink_dsq_and_switch_rq_lock(p, dsq, rq, src_rq)) {
		move_remote_task_to_local_dsq(sch, p, enq_flags, src_rq, rq);
		return true;
	}
	switch_rq_lock(src_rq, rq);
	return false;
}

enum consume_result { CONSUME_NONE, CONSUME_DONE, CONSUME_LOST };

/*
 * The first that may run here, from the head; the others are passed over in
 * silence. A scheduler that is on its way out (exit_sets_aborting) gives up, bypass apart.
 */
static enum consume_result consume_first(struct scx_sched *sch, struct rq *rq,
					 struct scx_dispatch_q *dsq, u64 enq_flags)
{
	struct task_struct *p;

	lockdep_assert_rq_held(rq);
	raw_spin_lock(&dsq->lock);
	nldsq_for_each_task(p, dsq) {
		struct rq *src_rq = task_rq(p);

		if (sch->aborting && dsq->id != SCX_DSQ_BYPASS)
			break;
		if (rq == src_rq) {
			scx_trace_of(dsq->sched);
			TRACE(consume, p->pid, dsq->id, cpu_of(rq));
			scx_task_unlink_from_dsq(p, dsq);
			raw_spin_unlock(&dsq->lock);
			scx_move_local_task_to_local_dsq(sch, p, enq_flags, rq);
			return CONSUME_DONE;
		}
		if (task_can_run_on_remote_rq(sch, p, rq, false)) {
			scx_trace_of(dsq->sched);
			TRACE(consume, p->pid, dsq->id, cpu_of(rq));
			return consume_remote_task(sch, rq, p, enq_flags, dsq, src_rq) ?
				       CONSUME_DONE :
				       CONSUME_LOST;
		}
	}
	raw_spin_unlock(&dsq->lock);
	return CONSUME_NONE;
}

bool scx_consume_dispatch_q(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			    u64 enq_flags)
{
	enum consume_result r;

	lockdep_assert_rq_held(rq);
	do { /* the list is looked at without its lock, as in the kernel */
		scx_breather(rq);
		point_here(POINT_QUEUE, &dsq->lock, false);
		r = list_empty(&dsq->list) ? CONSUME_NONE : consume_first(sch, rq, dsq, enq_flags);
	} while (r == CONSUME_LOST);
	if (r == CONSUME_NONE) {
		scx_trace_of(dsq->sched);
		TRACE(consume_none, dsq->id, cpu_of(rq), dsq->nr);
	}
	return r == CONSUME_DONE;
}

bool scx_consume_global_dsq(struct scx_sched *sch, struct rq *rq)
{
	return scx_consume_dispatch_q(sch, rq, find_global_dsq(sch, cpu_of(rq)), 0);
}

/* Context: any. */
bool scx_dsq_move_to_local(struct scx_sched *sch, u64 dsq_id, u64 enq_flags)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[smp_processor_id()];
	struct scx_dispatch_q *dsq;

	if (!scx_vet_enq_flags(sch, SCX_DSQ_LOCAL, &enq_flags))
		return false;
	scx_flush_dispatch_buf(sch, pcpu->dsp_rq);
	dsq = scx_find_user_dsq(sch, dsq_id);
	if (!dsq) {
		scx_error(sch, "invalid DSQ ID 0x%016llx", dsq_id);
		return false;
	}
	if (!scx_consume_dispatch_q(sch, pcpu->dsp_rq, dsq, enq_flags))
		return false;
	pcpu->dsp_nr_tasks++; /* it may be gone again when the dispatch loop looks: once more */
	return true;
}

/* ---- a verdict for some local DSQ ---- */

/* All run queues are the same: no dance. */
static bool dispatch_to_this_rq(struct scx_sched *sch, struct rq *rq, struct rq *src_rq,
				struct rq *dst_rq, struct task_struct *p, u64 slice, u64 vtime,
				u64 enq_flags)
{
	lockdep_assert_rq_held(rq);
	if (rq != src_rq || rq != dst_rq)
		return false;
	scx_dispatch_enqueue(sch, rq, &dst_rq->scx.local_dsq, p, slice, vtime,
			     enq_flags | apply_flag() | SCX_ENQ_CLEAR_OPSS);
	return true;
}

static void dispatch_to_global(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			       u64 slice, u64 vtime, u64 enq_flags)
{
	lockdep_assert_rq_held(rq);
	scx_dispatch_enqueue(sch, rq, scx_find_global_dsq(sch, p), p, slice, vtime,
			     enq_flags | apply_flag());
}

/* @p, whose run queue @src_rq is locked, to @dst_rq. Returns the run queue that is locked then. */
static struct rq *dispatch_held_task(struct scx_sched *sch, struct rq *src_rq, struct rq *dst_rq,
				     struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags)
{
	struct rq *locked_rq = src_rq;

	lockdep_assert_rq_held(src_rq);
	if (src_rq == dst_rq) {
		p->scx.holding_cpu = -1;
		scx_dispatch_enqueue(sch, dst_rq, &dst_rq->scx.local_dsq, p, slice, vtime,
				     enq_flags | apply_flag());
	} else if (K->b.remote_check_locked && !task_can_run_on_remote_rq(sch, p, dst_rq, true)) {
		p->scx.holding_cpu = -1;
		dispatch_to_global(sch, src_rq, p, slice, vtime, enq_flags | SCX_ENQ_GDSQ_FALLBACK);
		return src_rq;
	} else {
		if (!K->b.slice_written_at_call)
			apply_slice_vtime(p, slice, vtime, enq_flags);
		move_remote_task_to_local_dsq(sch, p, enq_flags, src_rq, dst_rq);
		locked_rq = dst_rq;
	}
	if (class_above(p->sched_class, dst_rq->curr->sched_class))
		resched_curr(dst_rq);
	return locked_rq;
}

/*
 * ext.c:dispatch_to_local_dsq(). DISPATCHING keeps a dequeue waiting with p's run
 * queue locked, so it has to end before we lock that one; from there on
 * holding_cpu tells who was first. The affinity is checked before, unlocked, or there
 * (remote_check_locked).
 */
void dispatch_to_local_dsq(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dst_dsq,
			   struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags)
{
	struct rq *src_rq = task_rq(p), *dst_rq = local_dsq_rq(dst_dsq), *locked_rq = rq;
	s32 cpu = smp_processor_id();

	lockdep_assert_rq_held(rq);
	bug_on(p->scx.holding_cpu >= 0, "%s[%d] is in transfer already", p->comm, p->pid);
	if (dispatch_to_this_rq(sch, rq, src_rq, dst_rq, p, slice, vtime, enq_flags))
		return;
	if (!K->b.remote_check_locked && src_rq != dst_rq &&
	    !task_can_run_on_remote_rq(sch, p, dst_rq, true)) {
		dispatch_to_global(sch, rq, p, slice, vtime, enq_flags | SCX_ENQ_CLEAR_OPSS);
		return;
	}
	p->scx.holding_cpu = cpu;
	opss_set(p, SCX_OPSS_NONE);
	if (locked_rq != src_rq) {
		switch_rq_lock(locked_rq, src_rq);
		locked_rq = src_rq;
	}
	if (p->scx.holding_cpu == cpu && src_rq == task_rq(p))
		locked_rq = dispatch_held_task(sch, src_rq, dst_rq, p, slice, vtime, enq_flags);
	if (locked_rq != rq)
		switch_rq_lock(locked_rq, rq);
}

/* ---- the dispatch buffer ---- */

/*
 * Is the task of @ent still what the scheduler meant? QUEUED under the same number
 * is; then it is claimed. Anything else happened since, and is no error.
 */
/* Context: any. */
static bool claim_verdict(struct scx_sched *sch, const struct scx_dsp_buf_ent *ent)
{
	for (;;) {
		unsigned long opss = opss_read(ent->task);

		switch (opss_state(opss)) {
		case SCX_OPSS_NONE:
		case SCX_OPSS_DISPATCHING:
			return false;
		case SCX_OPSS_QUEUED:
			if ((opss & SCX_OPSS_QSEQ_MASK) != ent->qseq)
				return false;
			if (!scx_task_on_sched(sch, ent->task)) {
				scx_add_event(sch, INSERT_NOT_OWNED, 1);
				return false;
			}
			opss_set(ent->task, SCX_OPSS_DISPATCHING);
			return true;
		case SCX_OPSS_QUEUEING:
			wait_ops_state(ent->task, opss);
			break;
		}
	}
}

static void finish_dispatch(struct scx_sched *sch, struct rq *rq, const struct scx_dsp_buf_ent *ent)
{
	struct task_struct *p = ent->task;
	struct scx_dispatch_q *dsq;

	touch_core_sched_dispatch(sch, rq, p);
	if (!claim_verdict(sch, ent))
		return;
	bug_on(!(p->scx.flags & SCX_TASK_QUEUED), "%s[%d] is dispatched and not queued", p->comm,
	       p->pid);
	dsq = find_dsq_for_dispatch(sch, rq, ent->dsq_id, p, task_cpu(p));
	if (dsq_is_local(dsq))
		dispatch_to_local_dsq(sch, rq, dsq, p, ent->slice, ent->vtime, ent->enq_flags);
	else
		scx_dispatch_enqueue(sch, rq, dsq, p, ent->slice, ent->vtime,
				     ent->enq_flags | apply_flag() | SCX_ENQ_CLEAR_OPSS);
}

void scx_flush_dispatch_buf(struct scx_sched *sch, struct rq *rq)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[smp_processor_id()];

	lockdep_assert_rq_held(rq);
	for (u32 i = 0; i < pcpu->dsp_cursor; i++)
		finish_dispatch(sch, rq, &host_of(pcpu)->dsp_buf[i]);
	pcpu->dsp_nr_tasks += pcpu->dsp_cursor;
	pcpu->dsp_cursor = 0;
}

/* ---- from an iterated DSQ to any other ---- */

/*
 * Both p's run queue and @src_dsq are locked; @src_dsq is not on return. Returns
 * p's run queue, new or old, which is.
 */
static struct rq *move_task_between_dsqs(struct scx_sched *sch, struct task_struct *p,
					 u64 enq_flags, struct scx_dispatch_q *src_dsq,
					 struct scx_dispatch_q *dst_dsq)
{
	struct rq *src_rq = task_rq(p), *dst_rq = src_rq;

	lockdep_assert_rq_held(src_rq);
	lockdep_assert_held(&src_dsq->lock);
	scx_wait_dispatching(p);
	if (dsq_is_local(dst_dsq)) {
		dst_rq = local_dsq_rq(dst_dsq);
		if (src_rq != dst_rq && !task_can_run_on_remote_rq(sch, p, dst_rq, true)) {
			dst_dsq = scx_find_global_dsq(sch, p);
			dst_rq = src_rq;
			enq_flags |= SCX_ENQ_GDSQ_FALLBACK;
		}
	}
	if (!dsq_is_local(dst_dsq)) {
		dispatch_dequeue_locked(p, src_dsq);
		raw_spin_unlock(&src_dsq->lock);
		scx_dispatch_enqueue(sch, dst_rq, dst_dsq, p, 0, 0, enq_flags);
	} else if (src_rq == dst_rq) {
		scx_task_unlink_from_dsq(p, src_dsq);
		raw_spin_unlock(&src_dsq->lock);
		scx_move_local_task_to_local_dsq(sch, p, enq_flags, dst_rq);
	} else {
		raw_spin_unlock(&src_dsq->lock);
		move_remote_task_to_local_dsq(sch, p, enq_flags, src_rq, dst_rq);
	}
	return dst_rq;
}

/* One-shot overrides; both locks held. */
static void apply_iter_overrides(const struct scx_dsq_iter *kit, struct task_struct *p)
{
	if (kit->cursor.flags & __SCX_DSQ_ITER_HAS_VTIME)
		p->scx.dsq_vtime = kit->vtime;
	if (kit->cursor.flags & __SCX_DSQ_ITER_HAS_SLICE)
		scx_set_task_slice(p, kit->slice);
}

/* The run queue that the caller's op holds: known, or guessed by a dispatch on this CPU. */
static struct rq *move_locked_rq(void)
{
	if (K->b.move_asks_locked_rq)
		return scx_locked_rq();
	return this_rq()->scx.flags & SCX_RQ_IN_BALANCE ? this_rq() : NULL;
}

/* @src_rq is locked; returns the run queue that is locked afterwards, *moved says whether p went */
static struct rq *move_locked_task(struct scx_sched *sch, struct scx_dsq_iter *kit,
				   struct task_struct *p, struct rq *op_rq, struct rq *src_rq,
				   u64 dsq_id, u64 enq_flags, bool *moved)
{
	struct scx_dispatch_q *src_dsq = kit->dsq, *dst_dsq;

	lockdep_assert_irqs_off();
	raw_spin_lock(&src_dsq->lock);
	*moved = !nldsq_cursor_lost_task(&kit->cursor, src_rq, src_dsq, p);
	if (*moved && !scx_task_on_sched(sch, p)) {
		scx_error(
			sch,
			"scx_bpf_dsq_move[_vtime]() on %s[%d] but the task belongs to a different scheduler",
			p->comm, p->pid);
		*moved = false;
	}
	if (*moved)
		scx_trace_insert_call(p, dsq_id, enq_flags);
	if (!*moved) {
		raw_spin_unlock(&src_dsq->lock);
		return src_rq;
	}
	dst_dsq = find_dsq_for_dispatch(sch, op_rq, dsq_id, p, task_cpu(p));
	apply_iter_overrides(kit, p);
	return move_task_between_dsqs(sch, p, enq_flags, src_dsq, dst_dsq);
}

/* Context: any. */
bool scx_dsq_move(struct scx_sched *sch, struct scx_dsq_iter *kit, struct task_struct *p,
		  u64 dsq_id, u64 enq_flags, bool priq)
{
	struct rq *op_rq, *src_rq, *locked_rq;
	unsigned long flags;
	bool moved;

	if (!kit->dsq)
		return false;
	if ((K->b.move_vets_enq_flags && !scx_vet_enq_flags(sch, dsq_id, &enq_flags)) ||
	    sch->aborting)
		return false;
	enq_flags |= priq ? SCX_ENQ_DSQ_PRIQ : 0;
	src_rq = task_rq(p);
	flags = local_irq_save();
	op_rq = move_locked_rq();
	if (!op_rq)
		raw_spin_rq_lock(src_rq);
	else if (op_rq != src_rq)
		switch_rq_lock(op_rq, src_rq);
	scx_breather(src_rq);
	locked_rq = move_locked_task(sch, kit, p, op_rq ? op_rq : this_rq(), src_rq, dsq_id,
				     enq_flags, &moved);
	if (!op_rq)
		raw_spin_rq_unlock(locked_rq);
	else if (op_rq != locked_rq)
		switch_rq_lock(locked_rq, op_rq);
	local_irq_restore(flags);
	kit->cursor.flags &= ~(__SCX_DSQ_ITER_HAS_SLICE | __SCX_DSQ_ITER_HAS_VTIME);
	return moved;
}
