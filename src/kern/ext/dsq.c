// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsq.c - dispatch queues: their ids, what goes on them and off them.
 *
 * A DSQ is a list in dispatch order. A user DSQ is either a FIFO or, while it
 * holds tasks that were inserted by vtime, a tree by p->scx.dsq_vtime beside a
 * list in the same order. The running CPU always takes the head of its local
 * DSQ; how tasks get there is ext/dsq_move.c.
 */
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"

#include <errno.h>

#include "base/rbtree.h"
#include "base/region.h"
#include "kern/topology.h"

/* ---- by id ---- */

/* A bucket is a tree: whoever chooses ids that meet in one has not made a long search of it. */
static struct rb_root *dsq_bucket(struct scx_sched *sch, u64 id)
{
	return &host_of(sch)->dsq_hash[(id * 0x9e3779b97f4a7c15ULL) >> (64 - SCX_DSQ_HASH_BITS)];
}

static struct scx_dispatch_q *hashed_dsq(const struct rb_node *n)
{
	return kobj_of(container_of(n, struct scx_dispatch_q, hash_node));
}

/* Context: any. */
struct scx_dispatch_q *scx_find_user_dsq(struct scx_sched *sch, u64 id)
{
	struct scx_dispatch_q *dsq;
	struct rb_node *n;

	if (!sch)
		return NULL;
	for (n = dsq_bucket(sch, id)->rb_node; n; n = id < dsq->id ? n->rb_left : n->rb_right) {
		dsq = hashed_dsq(n);
		if (dsq->id == id)
			return dsq;
	}
	return NULL;
}

struct scx_dispatch_q *find_global_dsq(struct scx_sched *sch, s32 cpu)
{
	return host_of(sch)->global_dsqs[cpu_to_node(cpu)];
}

struct scx_dispatch_q *scx_find_global_dsq(struct scx_sched *sch, const struct task_struct *p)
{
	return find_global_dsq(sch, task_cpu(p));
}

static void dsq_missing(struct scx_sched *sch, u64 dsq_id, const struct task_struct *p)
{
	if (K->b.dsq_error_names_task && p)
		scx_error(sch, "non-existent DSQ 0x%llx for %s[%d]", dsq_id, p->comm, p->pid);
	else
		scx_error(sch, "non-existent DSQ 0x%llx", dsq_id);
}

/* ext.c:find_dsq_for_dispatch(): what cannot be resolved ends the scheduler, not the task */
/* Context: any. */
struct scx_dispatch_q *find_dsq_for_dispatch(struct scx_sched *sch, struct rq *rq, u64 dsq_id,
					     const struct task_struct *p, s32 tcpu)
{
	struct scx_dispatch_q *dsq;

	if (dsq_id == SCX_DSQ_LOCAL)
		return &rq->scx.local_dsq;
	if (dsq_id_is_local_on(dsq_id)) {
		s32 cpu = scx_cpu_ret(sch, (s32)(dsq_id & SCX_DSQ_LOCAL_CPU_MASK));

		if (!scx_cpu_valid(sch, cpu, "in SCX_DSQ_LOCAL_ON dispatch verdict"))
			return find_global_dsq(sch, tcpu);
		return &cpu_rq(cpu)->scx.local_dsq;
	}
	if (dsq_id == SCX_DSQ_GLOBAL)
		return find_global_dsq(sch, tcpu);
	dsq = scx_find_user_dsq(sch, dsq_id);
	if (likely(dsq))
		return dsq;
	dsq_missing(sch, dsq_id, p);
	return find_global_dsq(sch, tcpu);
}

/* ---- life ---- */

void scx_init_dsq(struct scx_dispatch_q *dsq, u64 id, struct scx_sched *sch)
{
	*dsq = (struct scx_dispatch_q){ .id = id, .sched = sch, .priq = RB_ROOT };
	INIT_LIST_HEAD(&dsq->list);
	INIT_LIST_HEAD(&dsq->all_node);
}

static bool dsq_id_less(const struct rb_node *a, const struct rb_node *b)
{
	return hashed_dsq(a)->id < hashed_dsq(b)->id;
}

static void dsq_hash_add(struct scx_sched *sch, struct scx_dispatch_q *dsq)
{
	rb_add(&host_of(dsq)->hash_node, dsq_bucket(sch, dsq->id), dsq_id_less);
}

static void dsq_hash_del(struct scx_dispatch_q *dsq)
{
	rb_erase(&host_of(dsq)->hash_node, dsq_bucket(dsq->sched, dsq->id));
}

s32 scx_create_dsq(struct scx_sched *sch, u64 id, s32 node)
{
	struct scx_dispatch_q *dsq;

	lockdep_assert_in_task();
	if (node >= (s32)machine->nr_node_ids || (node < 0 && node != -1))
		return -EINVAL;
	if (id & SCX_DSQ_FLAG_BUILTIN)
		return -EINVAL;
	if (!sch)
		return -ENODEV;
	if (scx_find_user_dsq(sch, id))
		return -EEXIST;
	dsq = region_alloc(ZONE_KOBJ, sizeof(*dsq), 0);
	if (!dsq)
		return -ENOMEM;
	scx_init_dsq(dsq, id, sch);
	dsq_hash_add(sch, dsq);
	list_add_tail(&dsq->all_node, &sch->dsqs);
	scx_trace_of(sch);
	TRACE(dsq_new, id, node);
	return 0;
}

static void dsq_free_rcu(void *dsq)
{
	region_free(ZONE_KOBJ, dsq, sizeof(struct scx_dispatch_q));
}

/* Off the hash and marked dead: an insert that is under way falls back to the global DSQ. */
static void dsq_unhash(struct scx_dispatch_q *dsq)
{
	dsq_hash_del(dsq);
	list_del_init(&dsq->all_node);
	scx_trace_of(dsq->sched);
	TRACE(dsq_free, dsq->id);
	dsq->id = SCX_DSQ_INVALID;
}

/* Context: any. */
void scx_destroy_dsq(struct scx_sched *sch, u64 id)
{
	struct scx_dispatch_q *dsq = scx_find_user_dsq(sch, id);
	unsigned long flags;

	if (!dsq)
		return;
	flags = raw_spin_lock_irqsave(&dsq->lock);
	if (dsq->nr) {
		scx_error(sch, "attempting to destroy in-use dsq 0x%016llx (nr=%u)", dsq->id,
			  dsq->nr);
		raw_spin_unlock_irqrestore(&dsq->lock, flags);
		return;
	}
	if (dsq->id == id) { /* nobody was faster while we waited for the lock */
		dsq_unhash(dsq);
		scx_reenq_cancel_dsq(dsq);
		call_rcu(dsq_free_rcu, dsq);
	}
	raw_spin_unlock_irqrestore(&dsq->lock, flags);
}

/* The scheduler is gone: nobody can look any more, and its tasks have left. */
void scx_destroy_all_dsqs(struct scx_sched *sch)
{
	struct scx_dispatch_q *dsq, *tmp;

	list_for_each_entry_safe(dsq, tmp, &sch->dsqs, all_node) {
		bug_on(dsq->nr, "DSQ 0x%llx still has %u tasks", dsq->id, dsq->nr);
		dsq_unhash(dsq);
		scx_reenq_cancel_dsq(dsq);
		dsq_free_rcu(dsq);
	}
}

/* Context: any. */
s32 scx_dsq_nr_queued(struct scx_sched *sch, u64 id)
{
	struct scx_dispatch_q *dsq;
	struct rq *locked = scx_locked_rq();

	if (id == SCX_DSQ_LOCAL) {
		struct rq *rq = K->b.nr_queued_of_locked_rq && locked ? locked : this_rq();

		return rq->scx.local_dsq.nr;
	}
	if (dsq_id_is_local_on(id)) {
		s32 cpu = scx_cpu_ret(sch, (s32)(id & SCX_DSQ_LOCAL_CPU_MASK));

		return scx_kf_cpu_valid(sch, cpu) ? (s32)cpu_rq(cpu)->scx.local_dsq.nr : -ENOENT;
	}
	dsq = scx_find_user_dsq(sch, id);
	return dsq ? (s32)dsq->nr : -ENOENT;
}

/* ---- counting ---- */

/*
 * ext.c:dsq_inc_nr(): IMMED stays with the task until it is enqueued anew. A
 * task that cannot run at once goes back to the scheduler.
 */
static void local_dsq_inc_immed(struct scx_dispatch_q *dsq, struct task_struct *p, u64 enq_flags)
{
	struct rq *rq = local_dsq_rq(dsq);

	rq->scx.nr_immed++;
	if (dsq->nr > 1 || !rq_is_open(rq, enq_flags))
		scx_schedule_reenq_local(rq, 0);
}

/* what is a run queue's goes by that one's lock, any other has one */
static void assert_dsq_held(struct scx_dispatch_q *dsq)
{
	if (dsq_is_local(dsq))
		lockdep_assert_rq_held(local_dsq_rq(dsq));
	else if (!dsq_is_rq_owned(dsq))
		lockdep_assert_held(&dsq->lock);
}

static void dsq_inc_nr(struct scx_dispatch_q *dsq, struct task_struct *p, u64 enq_flags)
{
	lockdep_assert_irqs_off();
	dsq->nr++;
	if (!dsq_is_local(dsq))
		return;
	if (K->b.enq_immed && (enq_flags & SCX_ENQ_IMMED))
		p->scx.flags |= SCX_TASK_IMMED;
	if (unlikely(p->scx.flags & SCX_TASK_IMMED))
		local_dsq_inc_immed(dsq, p, enq_flags);
}

/* for the trace: a local DSQ by its CPU */
static u64 dsq_id_told(struct scx_dispatch_q *dsq)
{
	return dsq->id == SCX_DSQ_LOCAL ? SCX_DSQ_LOCAL_ON | (u64)cpu_of(local_dsq_rq(dsq)) :
					  dsq->id;
}

static void dsq_dec_nr(struct scx_dispatch_q *dsq, struct task_struct *p)
{
	bug_on(!dsq->nr, "DSQ 0x%llx loses a task that it does not have", dsq->id);
	dsq->nr--;
	TRACE(dsq_leave, p->pid, dsq_id_told(dsq), dsq->nr);
	if (unlikely(p->scx.flags & SCX_TASK_IMMED) && dsq_is_local(dsq))
		local_dsq_rq(dsq)->scx.nr_immed--;
}

/* ---- insertion ---- */

static bool dsq_priq_less(const struct rb_node *a, const struct rb_node *b)
{
	const struct task_struct *p = rb_entry(a, struct task_struct, scx.dsq_priq);
	const struct task_struct *q = rb_entry(b, struct task_struct, scx.dsq_priq);

	lockdep_assert_irqs_off();
	return (s64)(p->scx.dsq_vtime - q->scx.dsq_vtime) < 0;
}

/* Keeps the list in the tree's order. Returns whether @p is first now. */
static bool dsq_link_priq(struct scx_sched *sch, struct scx_dispatch_q *dsq, struct task_struct *p)
{
	struct list_head *pos = &dsq->list;
	struct rb_node *before;

	lockdep_assert_held(&dsq->lock);
	/* only the first task of a tree can tell that the list had others */
	if (RB_EMPTY_ROOT(&dsq->priq) && nldsq_next_task(dsq, NULL, false))
		scx_error(sch, "DSQ ID 0x%016llx already had FIFO-enqueued tasks", dsq->id);
	p->scx.dsq_flags |= SCX_TASK_DSQ_ON_PRIQ;
	rb_add(&p->scx.dsq_priq, &dsq->priq, dsq_priq_less);
	before = rb_prev(&p->scx.dsq_priq);
	if (before)
		pos = &rb_entry(before, struct task_struct, scx.dsq_priq)->scx.dsq_list.node;
	list_add(&p->scx.dsq_list.node, pos);
	return !before;
}

/* Nobody gets in front of a protected task (those are on local DSQs). Is @p first now? */
static bool dsq_insert_head(struct scx_dispatch_q *dsq, struct task_struct *p)
{
	struct list_head *pos = &dsq->list;

	assert_dsq_held(dsq);
	while (dsq_is_local(dsq) && pos->next != &dsq->list &&
	       (list_entry(pos->next, struct task_struct, scx.dsq_list.node)->scx.flags &
		SCX_TASK_PROTECTED))
		pos = pos->next;
	list_add(&p->scx.dsq_list.node, pos);
	return pos == &dsq->list;
}

static bool dsq_link_fifo(struct scx_sched *sch, struct scx_dispatch_q *dsq, struct task_struct *p,
			  u64 enq_flags)
{
	bool was_empty = K->b.dsq_peek_cursor_null ? list_empty(&dsq->list) : !dsq->first_task;

	lockdep_assert_irqs_off();
	if (!RB_EMPTY_ROOT(&dsq->priq))
		scx_error(sch, "DSQ ID 0x%016llx already had PRIQ-enqueued tasks", dsq->id);
	if (enq_flags & (KV(SCX_ENQ_HEAD) | scx_enq_preempts()))
		return dsq_insert_head(dsq, p);
	list_add_tail(&p->scx.dsq_list.node, &dsq->list);
	return was_empty;
}

static void dsq_link(struct scx_sched *sch, struct scx_dispatch_q *dsq, struct task_struct *p,
		     u64 enq_flags)
{
	bool first;

	assert_dsq_held(dsq);
	if (enq_flags & SCX_ENQ_DSQ_PRIQ)
		first = dsq_link_priq(sch, dsq, p);
	else
		first = dsq_link_fifo(sch, dsq, p, enq_flags);
	if (first && !dsq_is_builtin(dsq))
		dsq->first_task = p;
	p->scx.dsq_seq = ++dsq->seq;
	dsq_inc_nr(dsq, p, enq_flags);
	p->scx.dsq = dsq;
}

void apply_slice_vtime(struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags)
{
	lockdep_assert_irqs_off();
	if (slice) {
		p->scx.slice = slice;
		/* a default refill is nobody's wish and does not supersede one */
		if (!(enq_flags & SCX_ENQ_SLICE_DFL))
			clear_task_slice_oob(p);
	} else if (!p->scx.slice) {
		p->scx.slice = 1;
	}
	if (enq_flags & SCX_ENQ_DSQ_PRIQ)
		p->scx.dsq_vtime = vtime;
}

/* The scheduler's custody of @p ends here, unless it only changes run queues on the way. */
bool task_leave_custody(struct task_struct *p)
{
	lockdep_assert_irqs_off();
	if (!(p->scx.flags & SCX_TASK_IN_CUSTODY) || p->scx.sticky_cpu >= 0)
		return false;
	p->scx.flags &= ~SCX_TASK_IN_CUSTODY;
	return true;
}

static void custody_ended(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	if (SCX_HAS_OP(sch, dequeue))
		SCX_CALL_OP_TASK(sch, dequeue, rq, p, 0);
}

/*
 * local_dsq_post_enq(), now rq_owned_post_enq(). A run queue in dispatch
 * looks for a task anyway. Or next_class is raised first, so that the wakeup of a
 * higher class before the task runs is noticed.
 */
static void local_dsq_post_enq(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			       u64 enq_flags)
{
	struct task_struct *curr;

	lockdep_assert_rq_held(rq);
	if (K->b.dequeue_on_custody_end && task_leave_custody(p))
		custody_ended(sch, rq, p);
	if (K->b.post_enq_next_class && class_above(p->sched_class, rq->next_class))
		wakeup_preempt(rq, p, 0);
	if (rq->scx.flags & SCX_RQ_IN_DISPATCH)
		return;
	curr = rq->curr;
	if ((enq_flags & scx_enq_preempts()) && p != curr && task_on_scx(curr)) {
		if (!scx_set_task_slice(curr, 0))
			scx_add_event(sch, SLICE_DENIED, 1);
		else if (enq_flags & SCX_ENQ_PREEMPT)
			resched_curr(rq);
		else
			scx_resched_curr_lazy(rq);
	} else if (!K->b.post_enq_next_class && class_id(curr) < CLASS_EXT) {
		resched_curr(rq);
	}
}

/* A refused one is offered again soon; who waits for a rescue is the timer's. */
static void diverted_post_enq(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			      struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (K->b.dequeue_on_custody_end && task_leave_custody(p))
		custody_ended(sch, rq, p);
	if (dsq->id == SCX_DSQ_REJECT)
		scx_schedule_deferred(rq);
}

/* The custody passes under the DSQ's lock; the op may lock one itself and runs after. */
static void nonlocal_dsq_post_enq(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
				  struct task_struct *p)
{
	bool terminal = dsq_is_builtin(dsq), ended = false;

	lockdep_assert_irqs_off();
	if (K->b.dequeue_on_custody_end) {
		if (terminal)
			ended = task_leave_custody(p);
		else
			p->scx.flags |= SCX_TASK_IN_CUSTODY;
	}
	raw_spin_unlock(&dsq->lock);
	if (ended)
		custody_ended(sch, rq, p);
}

/* Lock what is to be inserted into; a dead DSQ is replaced by the global one. */
static struct scx_dispatch_q *dsq_lock_live(struct scx_sched *sch, struct scx_dispatch_q *dsq,
					    const struct task_struct *p)
{
	lockdep_assert_irqs_off();
	raw_spin_lock(&dsq->lock);
	if (likely(dsq->id != SCX_DSQ_INVALID))
		return dsq;
	scx_error(sch, "attempting to dispatch to a destroyed dsq");
	raw_spin_unlock(&dsq->lock);
	dsq = scx_find_global_dsq(sch, p);
	raw_spin_lock(&dsq->lock);
	return dsq;
}

static void trace_insert(const struct scx_dispatch_q *dsq, const struct task_struct *p,
			 u64 enq_flags)
{
	u64 id = dsq->id;

	lockdep_assert_irqs_off();
	if (id == SCX_DSQ_LOCAL)
		id = SCX_DSQ_LOCAL_ON | (u64)task_cpu(p);
	else
		scx_trace_of(dsq->sched);
	TRACE(insert, p->pid, id, enq_flags, p->scx.slice, p->scx.dsq_vtime, dsq->nr);
}

/*
 * ext.c:dispatch_enqueue(). @rq is locked, and is the DSQ's own if that is a local
 * one. The state is cleared before a local insertion wakes anybody, or
 * (dequeue_on_custody_end) at the very end, where ops.dequeue() comes in between.
 */
void scx_dispatch_enqueue(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			  struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags)
{
	bool to_local = dsq_is_local(dsq), clear = enq_flags & SCX_ENQ_CLEAR_OPSS;

	bug_on(p->scx.dsq || !list_empty(&p->scx.dsq_list.node), "%s[%d] is on a DSQ already",
	       p->comm, p->pid);
	bug_on(!(p->scx.flags & SCX_TASK_QUEUED), "%s[%d] goes on a DSQ and is not queued", p->comm,
	       p->pid);
	bug_on(to_local && dsq != &rq->scx.local_dsq,
	       "%s[%d] goes on CPU %d's local DSQ, with CPU %d's lock", p->comm, p->pid,
	       cpu_of(local_dsq_rq(dsq)), cpu_of(rq));
	dsq = to_local ? scx_resolve_local_dsq(sch, rq, p, &enq_flags) : dsq_lock_live(sch, dsq, p);
	if (dsq_is_builtin(dsq) && (enq_flags & SCX_ENQ_DSQ_PRIQ)) {
		scx_error(sch, "cannot use vtime ordering for built-in DSQs");
		enq_flags &= ~(u64)SCX_ENQ_DSQ_PRIQ;
	}
	if (enq_flags & SCX_ENQ_APPLY_SLICE)
		apply_slice_vtime(p, slice, vtime, enq_flags);
	dsq_link(sch, dsq, p, enq_flags);
	trace_insert(dsq, p, enq_flags);
	if (clear && !K->b.dequeue_on_custody_end)
		opss_set(p, SCX_OPSS_NONE);
	if (dsq_is_local(dsq))
		local_dsq_post_enq(sch, rq, p, enq_flags);
	else if (to_local)
		diverted_post_enq(sch, rq, dsq, p);
	else
		nonlocal_dsq_post_enq(sch, rq, dsq, p);
	if (clear && K->b.dequeue_on_custody_end)
		opss_set(p, SCX_OPSS_NONE);
}

/* The short way for a task that is on @dst_rq already and has just left a DSQ. */
void scx_move_local_task_to_local_dsq(struct scx_sched *sch, struct task_struct *p, u64 enq_flags,
				      struct rq *dst_rq)
{
	struct scx_dispatch_q *dsq = scx_resolve_local_dsq(sch, dst_rq, p, &enq_flags);

	lockdep_assert_rq_held(dst_rq);
	bug_on(p->scx.holding_cpu >= 0, "%s[%d] is in transfer", p->comm, p->pid);
	bug_on(task_rq(p) != dst_rq, "%s[%d] of CPU %d goes on the local DSQ of CPU %d", p->comm,
	       p->pid, task_cpu(p), cpu_of(dst_rq));
	scx_wait_dispatching(p);
	if (enq_flags & (KV(SCX_ENQ_HEAD) | scx_enq_preempts()))
		dsq_insert_head(dsq, p);
	else
		list_add_tail(&p->scx.dsq_list.node, &dsq->list);
	dsq_inc_nr(dsq, p, enq_flags);
	p->scx.dsq = dsq;
	trace_insert(dsq, p, enq_flags);
	if (!dsq_is_local(dsq))
		diverted_post_enq(sch, dst_rq, dsq, p);
	else if (K->b.local_move_post_enq)
		local_dsq_post_enq(sch, dst_rq, p, enq_flags);
}

/* ---- removal ---- */

void scx_task_unlink_from_dsq(struct task_struct *p, struct scx_dispatch_q *dsq)
{
	assert_dsq_held(dsq);
	bug_on(list_empty(&p->scx.dsq_list.node), "%s[%d] is on no DSQ", p->comm, p->pid);
	bug_on(p->scx.dsq != dsq, "%s[%d] leaves a DSQ that it is not on", p->comm, p->pid);
	if (p->scx.dsq_flags & SCX_TASK_DSQ_ON_PRIQ) {
		rb_erase(&p->scx.dsq_priq, &dsq->priq);
		p->scx.dsq_flags &= ~SCX_TASK_DSQ_ON_PRIQ;
	}
	list_del_init(&p->scx.dsq_list.node);
	dsq_dec_nr(dsq, p);
	if (dsq->first_task == p)
		dsq->first_task = nldsq_next_task(dsq, NULL, false);
}

void dispatch_dequeue_locked(struct task_struct *p, struct scx_dispatch_q *dsq)
{
	lockdep_assert_rq_held(task_rq(p));
	scx_task_unlink_from_dsq(p, dsq);
	p->scx.dsq = NULL;
}

/* On no DSQ: perhaps among the deferred verdicts, perhaps claimed by a CPU that will notice. */
static void dispatch_dequeue_none(struct task_struct *p)
{
	if (!list_empty(&p->scx.dsq_list.node))
		list_del_init(&p->scx.dsq_list.node);
	p->scx.holding_cpu = -1;
}

/*
 * ext.c:dispatch_dequeue(), p's rq locked. A CPU that has unlinked p and waits for
 * our lock sees holding_cpu changed and lets go.
 */
void scx_dispatch_dequeue(struct rq *rq, struct task_struct *p)
{
	struct scx_dispatch_q *dsq = p->scx.dsq;
	bool rq_owned;

	lockdep_assert_rq_held(rq);
	if (!dsq) {
		dispatch_dequeue_none(p);
		return;
	}
	rq_owned = dsq_is_rq_owned(dsq);
	if (!rq_owned)
		raw_spin_lock(&dsq->lock);
	if (p->scx.holding_cpu < 0)
		scx_task_unlink_from_dsq(p, dsq);
	p->scx.holding_cpu = -1;
	p->scx.dsq = NULL;
	if (!rq_owned)
		raw_spin_unlock(&dsq->lock);
}
