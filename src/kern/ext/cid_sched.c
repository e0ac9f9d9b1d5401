// SPDX-License-Identifier: GPL-2.0-only
/*
 * cid_sched.c - see cid_sched.h. Each scheduler sees of a CPU itself, one of its children
 * (for whatever runs below that), or nobody it has to do with, and is told when that
 * is another one than before:
 *
 *	root ─ A ─ A1		from a task of A1 to one of B	root: B
 *	     └ B						A: none   A1: none   B: itself
 *
 * What they have in common comes first, then who loses the CPU, then who gets it, from the
 * top each. rq->scx.sched is kept only while some scheduler has the op; else it is NULL.
 */
#include "kern/ext/cid.h"
#include "kern/ext/cid_sched.h"

static struct scx_sched *ancestor_at(struct scx_sched *sch, s32 level)
{
	while (sch->level > level)
		sch = sch->parent;
	return sch;
}

/* what @from sees while a task of @sch runs */
static u64 seen_from(struct scx_sched *sch, struct scx_sched *from)
{
	if (!sch || !scx_is_descendant(sch, from))
		return SCX_CID_SCHED_NONE;
	if (sch == from)
		return SCX_CID_SCHED_SELF;
	return ancestor_at(sch, from->level + 1)->sub_cgroup_id;
}

static void tell(struct rq *rq, struct scx_sched *sch, struct scx_sched *from)
{
	if (SCX_HAS_OP(from, sub_cid_sched_updated))
		SCX_CALL_OP(from, sub_cid_sched_updated, rq, (u64)(s64)scx_cpu_arg(cpu_of(rq)),
			    seen_from(sch, from));
}

/* those of @chain and above it that are deeper than @common, the highest first */
static void tell_chain(struct rq *rq, struct scx_sched *sch, struct scx_sched *chain, s32 common)
{
	for (s32 level = common + 1; chain && level <= chain->level; level++)
		tell(rq, sch, ancestor_at(chain, level));
}

static s32 common_level(struct scx_sched *a, struct scx_sched *b)
{
	s32 level = a->level < b->level ? a->level : b->level;

	while (ancestor_at(a, level) != ancestor_at(b, level))
		level--;
	return level;
}

void scx_cid_sched_update(struct rq *rq, struct scx_sched *sch)
{
	struct scx_sched *prev = rq->scx.sched;
	s32 common = -1;

	lockdep_assert_rq_held(rq);
	if (!scx.nr_cid_sched_ops || prev == sch)
		return;
	rq->scx.sched = sch;
	if (prev && sch) {
		common = common_level(prev, sch);
		tell(rq, sch, ancestor_at(sch, common));
	}
	tell_chain(rq, sch, prev, common);
	tell_chain(rq, sch, sch, common);
}

/* The first with the op finds who runs already; nobody is told of those. */
void scx_cid_sched_enable(struct scx_sched *sch)
{
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!SCX_HAS_OP(sch, sub_cid_sched_updated) || scx.nr_cid_sched_ops++)
		return;
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);
		unsigned long flags = rq_lock_irqsave(rq);

		if (task_on_scx(rq->curr) && (rq->curr->scx.flags & SCX_TASK_RUN_TRACKED))
			rq->scx.sched = scx_task_sched(rq->curr);
		rq_unlock_irqrestore(rq, flags);
	}
}

/*
 * A task of @sch that blocked while its CPU's dispatch had let go of the lock may have left it
 * there: nobody may hear of @sch once it is gone. The last one with the op clears all.
 */
void scx_cid_sched_disable(struct scx_sched *sch)
{
	bool last = SCX_HAS_OP(sch, sub_cid_sched_updated) && !--scx.nr_cid_sched_ops;
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for_each_possible_cpu(cpu) {
		struct rq *rq = cpu_rq(cpu);
		unsigned long flags = rq_lock_irqsave(rq);

		if (rq->scx.sched == sch)
			scx_cid_sched_update(rq, NULL);
		if (last)
			rq->scx.sched = NULL;
		rq_unlock_irqrestore(rq, flags);
	}
}
