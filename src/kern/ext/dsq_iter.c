// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsq_iter.c - walking a user DSQ.
 *
 * A cursor is a list node between the tasks. It stays where it is while the DSQ
 * is unlocked, whatever comes and goes around it, and everybody else steps over
 * it. cursor.priv is the DSQ's insertion count when the walk began: what was
 * queued later is not shown, so a walk ends even if the scheduler keeps
 * inserting.
 */
#include "kern/ext/dsq.h"

#include <errno.h>

static struct scx_dsq_list_node *list_node_of(struct list_head *n)
{
	return container_of(n, struct scx_dsq_list_node, node);
}

/* the first task in the direction from @pos, which is the list's head, a task or a cursor */
static struct task_struct *nldsq_step(struct scx_dispatch_q *dsq, struct list_head *pos, bool rev)
{
	do {
		pos = rev ? pos->prev : pos->next;
		if (pos == &dsq->list)
			return NULL;
	} while (list_node_of(pos)->flags & SCX_DSQ_LNODE_ITER_CURSOR);
	return container_of(pos, struct task_struct, scx.dsq_list.node);
}

struct task_struct *nldsq_next_task(struct scx_dispatch_q *dsq, struct task_struct *cur, bool rev)
{
	return nldsq_step(dsq, cur ? &cur->scx.dsq_list.node : &dsq->list, rev);
}

void nldsq_cursor_init(struct scx_dsq_list_node *cursor, const struct scx_dispatch_q *dsq,
		       u32 flags)
{
	INIT_LIST_HEAD(&cursor->node);
	cursor->flags = SCX_DSQ_LNODE_ITER_CURSOR | flags;
	cursor->priv = dsq->seq;
}

/* Put the cursor behind @p in the direction of the walk. */
static void cursor_park(struct scx_dsq_list_node *cursor, struct task_struct *p, bool rev)
{
	lockdep_assert_irqs_off();
	list_del(&cursor->node);
	if (rev)
		list_add_tail(&cursor->node, &p->scx.dsq_list.node);
	else
		list_add(&cursor->node, &p->scx.dsq_list.node);
}

struct task_struct *nldsq_cursor_next_task(struct scx_dsq_list_node *cursor,
					   struct scx_dispatch_q *dsq)
{
	bool rev = cursor->flags & SCX_DSQ_ITER_REV;
	struct list_head *pos = &dsq->list;
	struct task_struct *p;

	lockdep_assert_held(&dsq->lock);
	if (!list_empty(&cursor->node))
		pos = &cursor->node;
	do {
		p = nldsq_step(dsq, pos, rev);
		if (!p) {
			list_del_init(&cursor->node);
			return NULL;
		}
		pos = &p->scx.dsq_list.node;
	} while (u32_before(cursor->priv, p->scx.dsq_seq));
	cursor_park(cursor, p, rev);
	return p;
}

bool nldsq_cursor_lost_task(const struct scx_dsq_list_node *cursor, const struct rq *rq,
			    const struct scx_dispatch_q *dsq, const struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	lockdep_assert_held(&dsq->lock);
	if (p->scx.dsq != dsq || u32_before(cursor->priv, p->scx.dsq_seq) ||
	    p->scx.holding_cpu >= 0)
		return true;
	return rq != task_rq(p);
}

/* ---- the guest's iterator ---- */

/* new() worked, and the program has not destroyed the DSQ since. */
bool scx_dsq_iter_live(const struct scx_dsq_iter *kit)
{
	struct scx_sched *sch;

	scx_for_each_sched(sch)
		if (kit->dsq && scx_find_user_dsq(sch, kit->dsq_id) == kit->dsq)
			return true;
	return false;
}

/* next() and destroy() are called whatever new() returned: kit->dsq says whether it worked. */
/* Context: any. */
s32 scx_dsq_iter_new(struct scx_sched *sch, struct scx_dsq_iter *kit, u64 dsq_id, u64 flags)
{
	kit->dsq = NULL;
	if (!sch && K->b.kfunc_needs_sched)
		return -ENODEV;
	if (flags & ~(u64)__SCX_DSQ_ITER_USER_FLAGS)
		return -EINVAL;
	kit->dsq = scx_find_user_dsq(sch, dsq_id);
	if (!kit->dsq)
		return -ENOENT;
	kit->dsq_id = dsq_id;
	nldsq_cursor_init(&kit->cursor, kit->dsq, (u32)flags);
	return 0;
}

/* Context: any. */
struct task_struct *scx_dsq_iter_next(struct scx_dsq_iter *kit)
{
	struct task_struct *p;
	unsigned long flags;

	if (!scx_dsq_iter_live(kit))
		return NULL;
	flags = raw_spin_lock_irqsave(&kit->dsq->lock);
	p = nldsq_cursor_next_task(&kit->cursor, kit->dsq);
	raw_spin_unlock_irqrestore(&kit->dsq->lock, flags);
	return p;
}

/* Context: any. */
void scx_dsq_iter_destroy(struct scx_dsq_iter *kit)
{
	unsigned long flags;

	if (!scx_dsq_iter_live(kit))
		return;
	if (!list_empty(&kit->cursor.node)) {
		flags = raw_spin_lock_irqsave(&kit->dsq->lock);
		list_del_init(&kit->cursor.node);
		raw_spin_unlock_irqrestore(&kit->dsq->lock, flags);
	}
	kit->dsq = NULL;
}

/* Context: any. */
struct task_struct *scx_dsq_peek(struct scx_sched *sch, u64 dsq_id)
{
	struct scx_dispatch_q *dsq;

	if (dsq_id & SCX_DSQ_FLAG_BUILTIN) {
		scx_error(sch, "peek disallowed on builtin DSQ 0x%llx", dsq_id);
		return NULL;
	}
	dsq = scx_find_user_dsq(sch, dsq_id);
	if (!dsq) {
		scx_error(sch, "peek on non-existent DSQ 0x%llx", dsq_id);
		return NULL;
	}
	return dsq->first_task;
}
