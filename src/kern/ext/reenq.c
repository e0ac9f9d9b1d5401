// SPDX-License-Identifier: GPL-2.0-only
/*
 * reenq.c - what a run queue has to do later, when its lock may be dropped:
 * verdicts for other CPUs' local DSQs, and tasks to be offered to the scheduler
 * again. Which "later" depends on where we are:
 *
 *	in a wakeup	task_woken_scx(), soon after
 *	in dispatch	a balance callback, before the lock is released for good
 *	elsewhere	an irq work
 */
#include "base/shortage.h"
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"
#include "kern/ext/rescue.h"

#include <stdlib.h>

/* a user DSQ whose tasks @rq shall reenqueue; on rq->scx.deferred_reenq_users */
struct scx_reenq_user {
	struct list_head node;
	struct scx_dispatch_q *dsq;
	u64 flags;
};

/* ---- asking for it ---- */

void deferred_bal_cb_workfn(struct rq *rq)
{
	scx_run_deferred(rq);
}

void deferred_irq_workfn(struct irq_work *w)
{
	struct rq *rq = container_of(w, struct rq, scx.deferred_irq_work);

	lockdep_assert_irqs_off();
	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	scx_run_deferred(rq);
	raw_spin_rq_unlock(rq);
}

void scx_schedule_deferred_irq(struct rq *rq)
{
	if (K->b.deferred_irq_work_on_owner)
		irq_work_queue_on(&rq->scx.deferred_irq_work, cpu_of(rq));
	else
		irq_work_queue(&rq->scx.deferred_irq_work);
}

/*
 * ext.c:schedule_deferred(), later schedule_deferred_locked(). The dispatch may
 * drop the lock, so it may only be noted that a callback is due.
 */
void scx_schedule_deferred(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (rq->scx.flags & SCX_RQ_IN_WAKEUP)
		return;
	if (K->b.deferred_cb_after_dispatch && (rq->scx.flags & SCX_RQ_BAL_CB_PENDING))
		return;
	if (!(rq->scx.flags & SCX_RQ_IN_DISPATCH))
		scx_schedule_deferred_irq(rq);
	else if (K->b.deferred_cb_after_dispatch)
		rq->scx.flags |= SCX_RQ_BAL_CB_PENDING;
	else
		queue_balance_callback(rq, &rq->scx.deferred_bal_cb, deferred_bal_cb_workfn);
}

/* ---- is there room at once? ---- */

/*
 * ext.c:rq_is_open(). While it dispatches, a run queue counts as open; whether
 * the running task goes on shows at the end.
 */
bool rq_is_open(const struct rq *rq, u64 enq_flags)
{
	const struct sched_class *ext = &sched_classes[CLASS_EXT];

	lockdep_assert_rq_held(rq);
	if (class_above(rq->next_class, ext))
		return false;
	if (class_above(ext, rq->next_class))
		return true;
	if (rq->scx.flags & SCX_RQ_IN_DISPATCH)
		return true;
	/* a rescue that may not be preempted keeps the CPU */
	return (enq_flags & scx_enq_preempts()) &&
	       (!task_on_scx(rq->curr) || !(rq->curr->scx.flags & SCX_TASK_PROTECTED));
}

/* ---- local DSQs ---- */

void scx_schedule_reenq_local(struct rq *rq, u64 reenq_flags)
{
	lockdep_assert_rq_held(rq);
	if (scx_root)
		scx_schedule_dsq_reenq(scx_root, &rq->scx.local_dsq, reenq_flags, rq);
}

/* Why shall @p go back? 0: it shall not. @first_and_open: it is the head and can run at once. */
static u32 local_reenq_reason(struct rq *rq, struct task_struct *p, u64 reenq_flags,
			      bool first_and_open)
{
	struct scx_sched *sch = scx_task_sched(p);

	lockdep_assert_rq_held(rq);
	if ((p->scx.flags & SCX_TASK_PROTECTED) || p == scx_rescuee(rq))
		return 0;
	if ((p->scx.flags & SCX_TASK_IMMED) && !first_and_open) {
		scx_add_event(sch, REENQ_IMMED, 1);
		return SCX_TASK_REENQ_IMMED;
	}
	if ((reenq_flags & SCX_REENQ_CAP_REVOKE) && scx_task_reenq_on_cap_revoke(rq, p))
		return SCX_TASK_REENQ_CAP;
	return reenq_flags & SCX_REENQ_ANY ? SCX_TASK_REENQ_KFUNC : 0;
}

static void reenq_task(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	scx_do_enqueue_task(rq, p, SCX_ENQ_REENQ, -1);
	scx_reenq_reason_done(p);
}

/* It may have got the CPU between the revocation and the scan. */
static void evict_capless_curr(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!task_on_scx(rq->curr) || !scx_task_reenq_on_cap_revoke(rq, rq->curr))
		return;
	scx_set_task_slice(rq->curr, 0);
	resched_curr(rq);
}

/* Candidates go to a list of their own first: the scheduler may put them back. */
u32 scx_reenq_local(struct scx_sched *sch, struct rq *rq, u64 reenq_flags)
{
	bool open = K->b.enq_immed && rq_is_open(rq, 0), first = true;
	struct list_head *tasks = kstack_alloc(sizeof(*tasks));
	struct task_struct *p, *tmp;
	u32 nr = 0, reason;

	INIT_LIST_HEAD(tasks);
	lockdep_assert_rq_held(rq);
	list_for_each_entry_safe(p, tmp, &rq->scx.local_dsq.list, scx.dsq_list.node) {
		/* ext.c:reenq_local(): it may not run here, and is about to be moved */
		if (unlikely(host_of(p)->m->migration_pending))
			continue;
		if (scx_has_subs() && !scx_is_descendant(scx_task_sched(p), sch))
			continue;
		reason = local_reenq_reason(rq, p, reenq_flags, first && open);
		first = false;
		if (!reason)
			continue;
		scx_wait_dispatching(p);
		scx_dispatch_dequeue(rq, p);
		if (K->b.reenq_reasons)
			p->scx.flags |= reason;
		list_add_tail(&p->scx.dsq_list.node, tasks);
	}
	list_for_each_entry_safe(p, tmp, tasks, scx.dsq_list.node) {
		list_del_init(&p->scx.dsq_list.node);
		reenq_task(rq, p);
		nr++;
	}
	kstack_free(tasks, sizeof(*tasks));
	if (reenq_flags & SCX_REENQ_CAP_REVOKE)
		evict_capless_curr(rq);
	return nr;
}

/* who asked first */
static struct scx_sched_pcpu *next_reenq_local(s32 cpu)
{
	struct scx_sched_pcpu *first = NULL;
	struct scx_sched *sch;

	lockdep_assert_irqs_off();
	scx_for_each_sched(sch) {
		struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu];

		if (pcpu->reenq_local.pending &&
		    (!first || pcpu->reenq_local.seq < first->reenq_local.seq))
			first = pcpu;
	}
	return first;
}

static void process_deferred_reenq_locals(struct rq *rq)
{
	struct scx_sched_pcpu *pcpu;

	lockdep_assert_rq_held(rq);
	while ((pcpu = next_reenq_local(cpu_of(rq)))) {
		u64 flags = pcpu->reenq_local.flags;

		pcpu->reenq_local.pending = false;
		pcpu->reenq_local.flags = 0;
		scx_reenq_local(pcpu->sch, rq, flags);
	}
}

/* ---- user DSQs ---- */

/* The lock of @to instead of @from's (NULL: none), with @dsq locked before and after. */
static void switch_rq_under_dsq(struct rq *from, struct rq *to, struct scx_dispatch_q *dsq)
{
	lockdep_assert_rq_held(from);
	if (from)
		raw_spin_rq_unlock(from);
	if (raw_spin_rq_trylock(to))
		return;
	raw_spin_unlock(&dsq->lock);
	raw_spin_rq_lock(to);
	raw_spin_lock(&dsq->lock);
}

/* @p is on the locked @dsq, its @rq locked; the DSQ is unlocked meanwhile. */
static void reenq_user_task(struct rq *rq, struct scx_dispatch_q *dsq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	scx_wait_dispatching(p);
	dispatch_dequeue_locked(p, dsq);
	raw_spin_unlock(&dsq->lock);
	p->scx.flags |= SCX_TASK_REENQ_KFUNC;
	reenq_task(rq, p);
	raw_spin_lock(&dsq->lock);
}

static void reenq_user(struct rq *rq, struct scx_dispatch_q *dsq, u64 reenq_flags)
{
	struct scx_dsq_list_node *cursor = kstack_alloc(sizeof(*cursor));
	struct rq *locked_rq = rq;
	struct task_struct *p;

	/* what picks some of the tasks is for local DSQs */
	bug_on(!(reenq_flags & SCX_REENQ_ANY), "DSQ 0x%llx is to be offered again by flags 0x%llx",
	       dsq->id, reenq_flags);
	nldsq_cursor_init(cursor, dsq, 0);
	raw_spin_lock(&dsq->lock);
	while (!dsq->sched->bypass_depth && (p = nldsq_cursor_next_task(cursor, dsq))) {
		struct rq *p_rq = task_rq(p);

		if (locked_rq != p_rq) {
			switch_rq_under_dsq(locked_rq, p_rq, dsq);
			locked_rq = p_rq;
			if (nldsq_cursor_lost_task(cursor, p_rq, dsq, p))
				continue;
		}
		reenq_user_task(p_rq, dsq, p);
	}
	list_del_init(&cursor->node);
	raw_spin_unlock(&dsq->lock);
	kstack_free(cursor, sizeof(*cursor));
	if (locked_rq != rq) {
		raw_spin_rq_unlock(locked_rq);
		raw_spin_rq_lock(rq);
	}
}

static void process_deferred_reenq_users(struct rq *rq)
{
	struct scx_reenq_user *ru;

	lockdep_assert_rq_held(rq);
	while ((ru = list_first_entry_or_null(&host_of(rq)->scx.deferred_reenq_users,
					      struct scx_reenq_user, node))) {
		struct scx_reenq_user job = *ru;

		list_del(&ru->node);
		free(ru);
		if (job.dsq->id != SCX_DSQ_INVALID)
			reenq_user(rq, job.dsq, job.flags);
	}
}

/* Context: any. */
static void queue_reenq_user(struct rq *rq, struct scx_dispatch_q *dsq, u64 flags)
{
	struct scx_reenq_user *ru;

	if (dsq->id == SCX_DSQ_INVALID)
		return;
	list_for_each_entry(ru, &host_of(rq)->scx.deferred_reenq_users, node)
		if (ru->dsq == dsq) {
			ru->flags |= flags;
			return;
		}
	ru = calloc(1, sizeof(*ru));
	shortage_on(!ru, "out of memory");
	*ru = (struct scx_reenq_user){ .dsq = dsq, .flags = flags };
	list_add_tail(&ru->node, &host_of(rq)->scx.deferred_reenq_users);
}

/* Context: any. */
void scx_reenq_cancel_dsq(struct scx_dispatch_q *dsq)
{
	struct scx_reenq_user *ru, *tmp;
	s32 cpu;

	for_each_possible_cpu(cpu) {
		list_for_each_entry_safe(ru, tmp, &host_of(cpu_rq(cpu))->scx.deferred_reenq_users,
					 node) {
			if (ru->dsq != dsq)
				continue;
			list_del(&ru->node);
			free(ru);
		}
	}
}

/* ---- scx_bpf_dsq_reenq() ---- */

/* Context: any. */
static struct rq *queue_reenq_local(struct scx_sched *sch, struct scx_dispatch_q *dsq, u64 flags)
{
	struct rq *rq = local_dsq_rq(dsq);
	struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu_of(rq)];

	if (!cpu_active(cpu_of(rq))) /* what it still has is bound to it or leaves anyway */
		return NULL;
	if (scx_missing_caps(sch, cpu_of(rq), SCX_CAP_BASE)) {
		scx_add_event(sch, SUB_REENQ_DENIED, 1);
		return NULL;
	}
	if (!pcpu->reenq_local.pending)
		pcpu->reenq_local.seq = ++scx.reenq_seq;
	pcpu->reenq_local.pending = true;
	pcpu->reenq_local.flags |= flags;
	return rq;
}

/* Context: any. */
void scx_schedule_dsq_reenq(struct scx_sched *sch, struct scx_dispatch_q *dsq, u64 reenq_flags,
			    struct rq *locked_rq)
{
	struct rq *rq = this_rq();

	if (sch->bypass_depth)
		return;
	if (dsq_is_local(dsq)) {
		rq = queue_reenq_local(sch, dsq, reenq_flags);
	} else if (!dsq_is_builtin(dsq)) {
		queue_reenq_user(rq, dsq, reenq_flags);
	} else {
		scx_error(sch, "DSQ 0x%llx not allowed for reenq", dsq->id);
		return;
	}
	if (!rq)
		return;
	if (rq == locked_rq)
		scx_schedule_deferred(rq);
	else
		scx_schedule_deferred_irq(rq);
}

/* ---- doing it ---- */

void scx_run_deferred(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	scx_process_ddsp_deferred_locals(rq);
	if (!K->b.reenq_deferred)
		return;
	process_deferred_reenq_locals(rq);
	process_deferred_reenq_users(rq);
	scx_reenq_reject(rq);
}
