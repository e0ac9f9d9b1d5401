// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup.c - what schedulers hear of the cgroup tree.
 *
 *	mkdir     ops.cgroup_init       its errno is mkdir's
 *	rmdir     ops.cgroup_exit       later, in a kworker
 *	attach    ops.cgroup_prep_move for each task; if all agree ops.cgroup_move for
 *	          each, off its queue; else ops.cgroup_cancel_move for the ones before
 *	knobs     ops.cgroup_set_{weight,idle,bandwidth}, when a value changes
 *
 * cgroup_mutex keeps the tree; the rwsem keeps the knobs' writers apart from
 * enabling and disabling, which take both (later: scx_cgroup_lock()).
 */
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"

#define CGROUP_WEIGHT_DFL 100
#define DEFAULT_BW_PERIOD_US 100000
#define RUNTIME_INF (~0ULL)

void scx_cgroup_lock(void)
{
	cgroup_lock();
	down_write(&scx.cgroup_ops_rwsem);
}

void scx_cgroup_unlock(void)
{
	up_write(&scx.cgroup_ops_rwsem);
	cgroup_unlock();
}

/* no task group's cgroup: the root's (an idle task before there are any) */
static struct cgroup *tg_cgrp(const struct task_group *tg)
{
	return tg && tg->css.cgroup ? tg->css.cgroup : cgroup_root();
}

struct cgroup *scx_task_cgroup(struct task_struct *p)
{
	return tg_cgrp(p->sched_task_group);
}

/* ---- a group's state: under each name that a kernel has, a guest sees its own's ---- */

static u32 tg_flags(const struct task_group *tg)
{
	return tg->scx.flags;
}

static void tg_set_flags(struct task_group *tg, u32 flags)
{
	tg->scx.flags = tg->scx_flags = flags;
}

static void tg_set_weight(struct task_group *tg, u32 weight)
{
	tg->scx.weight = tg->scx_weight = weight;
}

void scx_tg_init(struct task_group *tg)
{
	tg_set_weight(tg, CGROUP_WEIGHT_DFL);
	tg->scx.bw_period_us = DEFAULT_BW_PERIOD_US;
	tg->scx.bw_quota_us = RUNTIME_INF;
}

/* sub_cgroup_ops: the one that has the group, NULL: nobody; else the root */
static struct scx_sched *scx_tg_sched(const struct task_group *tg)
{
	might_sleep();
	if (!K->b.sub_cgroup_ops)
		return scx_root;
	if (!tg->css.cgroup)
		tg = root_task_group;
	return tg_flags(tg) & SCX_TG_INITED ? tg->scx.sched : NULL;
}

/* A group's knobs are its parent's: where a sub-scheduler is attached they are not for it. */
static struct scx_sched *scx_tg_knob_sched(const struct task_group *tg)
{
	if (!tg->css.cgroup || !tg->css.parent)
		return scx_tg_sched(root_task_group);
	return scx_tg_sched(css_tg(tg->css.parent));
}

/* ---- one-time remarks ---- */

static void warn_missing_weight(struct scx_sched *sch, const struct task_group *tg)
{
	might_sleep();
	if (!K->b.cgroup_warns_missing || scx.warned_missing_weight || !tg->css.parent ||
	    (sch->flags & SCX_OPS_HAS_CGROUP_WEIGHT))
		return;
	pr_warn("sched_ext: \"%s\" does not implement cgroup cpu.weight", sch->name);
	scx.warned_missing_weight = true;
}

static void warn_missing_idle(struct scx_sched *sch, const struct task_group *tg)
{
	if (!K->b.cgroup_warns_missing || scx.warned_missing_idle || !tg->idle)
		return;
	pr_warn("sched_ext: \"%s\" does not implement cgroup cpu.idle", sch->name);
	scx.warned_missing_idle = true;
}

/* ---- groups come and go: cgroup_mutex held, may sleep ---- */

static int call_cgroup_init(struct scx_sched *sch, struct task_group *tg)
{
	struct scx_cgroup_init_args *args;
	int ret;

	might_sleep();
	if (!host_of(sch)->ops_prog[SCX_OP_cgroup_init])
		return 0;
	args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
	if (!args)
		return -ENOMEM;
	*args = (struct scx_cgroup_init_args){
		.weight = tg->scx.weight,
		.bw_period_us = tg->scx.bw_period_us,
		.bw_quota_us = tg->scx.bw_quota_us,
		.bw_burst_us = tg->scx.bw_burst_us,
		.sched_idle = tg->scx.idle,
	};
	ret = (s32)SCX_CALL_OP(sch, cgroup_init, NULL, P64(tg->css.cgroup), P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
	return ret;
}

int scx_tg_online(struct task_group *tg)
{
	struct scx_sched *sch = scx_root;
	int ret;

	bug_on(tg_flags(tg) & (SCX_TG_ONLINE | SCX_TG_INITED), "a task group comes twice");
	if (sch && scx.state != SCX_DISABLED)
		warn_missing_weight(sch, tg);
	if (!scx.cgroup_enabled) {
		tg_set_flags(tg, SCX_TG_ONLINE);
		return 0;
	}
	if (K->b.sub_cgroup_ops)
		sch = tg->css.cgroup->scx_sched;
	ret = call_cgroup_init(sch, tg);
	if (ret)
		return scx_ops_sanitize_err(sch, "cgroup_init", ret);
	tg->scx.sched = sch;
	tg_set_flags(tg, SCX_TG_ONLINE | SCX_TG_INITED);
	return 0;
}

static void call_cgroup_exit(struct scx_sched *sch, struct task_group *tg)
{
	if (host_of(sch)->ops_prog[SCX_OP_cgroup_exit])
		SCX_CALL_OP(sch, cgroup_exit, NULL, P64(tg->css.cgroup));
}

void scx_tg_offline(struct task_group *tg)
{
	might_sleep();
	if (scx.cgroup_enabled && (tg_flags(tg) & SCX_TG_INITED))
		call_cgroup_exit(scx_tg_sched(tg), tg);
	tg->scx.sched = NULL;
	tg_set_flags(tg, tg_flags(tg) & ~(SCX_TG_ONLINE | SCX_TG_INITED));
}

/* Enabling: every online group, parents first. scx_cgroup_lock() held. */
int scx_cgroup_init_all(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL, *root = &root_task_group->css;
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.warned_missing_weight = scx.warned_missing_idle = false;
	cgroup_root()->scx_sched = sch;
	while ((css = css_next_descendant_pre(css, root))) {
		struct task_group *tg = css_tg(css);

		warn_missing_weight(sch, tg);
		warn_missing_idle(sch, tg);
		css->cgroup->scx_sched = sch;
		if ((tg_flags(tg) & (SCX_TG_ONLINE | SCX_TG_INITED)) != SCX_TG_ONLINE)
			continue;
		ret = call_cgroup_init(sch, tg);
		if (ret) {
			scx_error(sch, "ops.cgroup_init() failed (%d)", ret);
			return ret;
		}
		tg->scx.sched = sch;
		tg_set_flags(tg, tg_flags(tg) | SCX_TG_INITED);
	}
	scx.cgroup_enabled = true;
	return 0;
}

/* Disabling: those that were initialised, children first. scx_cgroup_lock() held. */
void scx_cgroup_exit_all(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL, *root = &root_task_group->css;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.cgroup_enabled = false;
	while ((css = css_next_descendant_post(css, root))) {
		struct task_group *tg = css_tg(css);

		tg->scx.sched = NULL;
		if (!(tg_flags(tg) & SCX_TG_INITED))
			continue;
		tg_set_flags(tg, tg_flags(tg) & ~SCX_TG_INITED);
		call_cgroup_exit(sch, tg);
	}
}

/* ---- a subtree changes hands: scx_cgroup_lock() held ---- */

static bool tg_is_below(const struct task_group *tg, const struct cgroup *cgrp)
{
	return cgroup_is_descendant(tg->css.cgroup, cgrp);
}

static void tg_mark(struct task_group *tg, u32 set, u32 clear)
{
	tg_set_flags(tg, (tg_flags(tg) & ~clear) | set);
}

/* all of them on @sch first, so that a failure leaves the parent as it was */
static int init_subtree(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL, *top = &host_of(sch->cgrp)->m->tg->css;
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	while ((css = css_next_descendant_pre(css, top))) {
		struct task_group *tg = css_tg(css);

		if (tg->scx.sched != sch->parent || !tg_is_below(tg, sch->cgrp))
			continue;
		ret = call_cgroup_init(sch, tg);
		if (ret) {
			ret = scx_ops_sanitize_err(sch, "cgroup_init", ret);
			scx_error(sch, "ops.cgroup_init() failed (%d)", ret);
			return ret;
		}
		tg_mark(tg, SCX_TG_SUB_INIT, 0);
	}
	return 0;
}

/* The parent's end with them, or, if that failed, our own. */
static void finish_subtree(struct scx_sched *sch, bool claimed)
{
	struct cgroup_subsys_state *css = NULL, *top = &host_of(sch->cgrp)->m->tg->css;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	while ((css = css_next_descendant_post(css, top))) {
		struct task_group *tg = css_tg(css);

		if (!(tg_flags(tg) & SCX_TG_SUB_INIT))
			continue;
		if (!claimed)
			call_cgroup_exit(sch, tg);
		else if (tg_flags(tg) & SCX_TG_INITED)
			call_cgroup_exit(sch->parent, tg);
		if (claimed)
			tg->scx.sched = sch;
		tg_mark(tg, claimed ? SCX_TG_INITED : 0, SCX_TG_SUB_INIT);
	}
}

int scx_cgroup_claim_subtree(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.sub_cgroup_ops)
		return 0;
	ret = init_subtree(sch);
	finish_subtree(sch, !ret);
	return ret;
}

/* What is left when @parent's op has failed stays uninitialised; that one is going, too. */
static void reinit_subtree(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL, *top = &host_of(sch->cgrp)->m->tg->css;
	struct scx_sched *parent = sch->parent;
	int ret = 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	while ((css = css_next_descendant_pre(css, top))) {
		struct task_group *tg = css_tg(css);

		if (!(tg_flags(tg) & SCX_TG_SUB_INIT))
			continue;
		tg_mark(tg, 0, SCX_TG_SUB_INIT | SCX_TG_INITED);
		if (!ret) {
			ret = call_cgroup_init(parent, tg);
			if (ret) {
				ret = scx_ops_sanitize_err(parent, "cgroup_init", ret);
				scx_error(
					parent,
					"ops.cgroup_init() failed (%d) while disabling a sub-scheduler",
					ret);
			} else {
				tg_mark(tg, SCX_TG_INITED, 0);
			}
		}
	}
}

void scx_cgroup_return_subtree(struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL, *top = &host_of(sch->cgrp)->m->tg->css;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.sub_cgroup_ops)
		return;
	while ((css = css_next_descendant_post(css, top))) {
		struct task_group *tg = css_tg(css);

		if (tg->scx.sched != sch || !tg_is_below(tg, sch->cgrp))
			continue;
		if (tg_flags(tg) & SCX_TG_INITED)
			call_cgroup_exit(sch, tg);
		tg->scx.sched = sch->parent;
		tg_mark(tg, SCX_TG_SUB_INIT, 0);
	}
	reinit_subtree(sch);
}

/* A cgroup goes: the scheduler that was attached to it, too. */
void scx_cgroup_offline(struct cgroup *cgrp)
{
	struct scx_sched *sch = cgrp->scx_sched;

	might_sleep();
	if (sch && sch->level && sch->cgrp == cgrp)
		scx_exit(sch, SCX_EXIT_UNREG_KERN, SCX_ECODE_RSN_CGROUP_OFFLINE,
			 "cgroup %llu going offline", cgroup_id(cgrp));
}

/* ---- tasks move: cgroup_mutex held ---- */

/* whose ops hear of a move; a task that changes schedulers with it is reported otherwise */
static struct scx_sched *move_sched(const struct task_struct *p)
{
	return K->b.sub_cgroup_ops && scx_has_subs() ? p->scx.sched : scx_root;
}

static bool move_rehomes(const struct task_struct *p, const struct cgroup *dst)
{
	return K->b.sub_moves_rehome && scx_has_subs() && p->scx.sched != dst->scx_sched;
}

static void cancel_moves(struct cgroup_taskset *tset)
{
	might_sleep();
	for (u32 i = 0; i < tset->nr; i++) {
		struct task_struct *p = tset->tasks[i];
		struct scx_sched *sch = move_sched(p);

		if (p->scx.cgrp_moving_from && SCX_HAS_OP(sch, cgroup_cancel_move))
			SCX_CALL_OP(sch, cgroup_cancel_move, NULL, P64(p),
				    P64(p->scx.cgrp_moving_from), P64(tset->dst));
		p->scx.cgrp_moving_from = NULL;
	}
}

static int prep_move(struct task_struct *p, struct cgroup *dst)
{
	struct scx_sched *sch = move_sched(p);
	struct cgroup *from = scx_task_cgroup(p);
	int ret = 0;

	might_sleep();
	/* sched_move_task() skips those too: prep_move and move stay in pairs */
	if (from == dst || move_rehomes(p, dst))
		return 0;
	if (SCX_HAS_OP(sch, cgroup_prep_move))
		ret = (s32)SCX_CALL_OP(sch, cgroup_prep_move, NULL, P64(p), P64(from), P64(dst));
	if (!ret)
		p->scx.cgrp_moving_from = from;
	return ret;
}

int scx_cgroup_can_attach(struct cgroup_taskset *tset)
{
	int ret;

	might_sleep();
	if (!scx.cgroup_enabled)
		return 0;
	for (u32 i = 0; i < tset->nr; i++) {
		ret = prep_move(tset->tasks[i], tset->dst);
		if (ret) {
			ret = scx_ops_sanitize_err(move_sched(tset->tasks[i]), "cgroup_prep_move",
						   ret);
			cancel_moves(tset);
			return ret;
		}
	}
	return 0;
}

/* What can fail of changing schedulers, before the move is certain. */
int scx_cgroup_migrating(struct cgroup_taskset *tset)
{
	struct scx_sched *to = tset->dst->scx_sched;
	int ret = 0;
	u32 i;

	might_sleep();
	if (!scx.cgroup_enabled)
		return 0;
	for (i = 0; !ret && i < tset->nr; i++)
		if (move_rehomes(tset->tasks[i], tset->dst))
			ret = scx_init_task_in(to, tset->tasks[i], tset->dst, false);
	if (!ret)
		return 0;
	for (i--; i-- > 0;) {
		struct task_struct *p = tset->tasks[i];
		unsigned long flags;
		struct rq *rq = task_rq_lock(p, &flags);

		if (move_rehomes(p, tset->dst))
			scx_cancel_init_task(to, p);
		task_rq_unlock(rq, p, flags);
	}
	cancel_moves(tset);
	return ret;
}

/* It has moved: it goes over to the scheduler of its new cgroup. */
void scx_cgroup_task_migrated(struct task_struct *p, struct cgroup *dst)
{
	unsigned long flags;
	struct rq *rq;

	might_sleep();
	if (!scx.cgroup_enabled || !move_rehomes(p, dst))
		return;
	rq = task_rq_lock(p, &flags);
	scx_rehome_task(dst->scx_sched, p);
	task_rq_unlock(rq, p, flags);
}

void scx_cgroup_move_task(struct task_struct *p)
{
	struct scx_sched *sch = move_sched(p);

	lockdep_assert_rq_held(task_rq(p));
	if (!scx.cgroup_enabled)
		return;
	if (p->scx.cgrp_moving_from && SCX_HAS_OP(sch, cgroup_move))
		SCX_CALL_OP_TASK(sch, cgroup_move, task_rq(p), p, P64(p->scx.cgrp_moving_from),
				 P64(scx_task_cgroup(p)));
	p->scx.cgrp_moving_from = NULL;
}

/* ---- knobs ---- */

static bool knob_lock(void)
{
	if (smp_processor_id() < 0) /* before the machine runs */
		return false;
	down_read(&scx.cgroup_ops_rwsem);
	return true;
}

static void knob_unlock(bool locked)
{
	if (locked)
		up_read(&scx.cgroup_ops_rwsem);
}

void scx_group_set_weight(struct task_group *tg, u32 weight)
{
	bool locked = knob_lock();
	struct scx_sched *sch = scx.cgroup_enabled ? scx_tg_knob_sched(tg) : NULL;

	if (sch && SCX_HAS_OP(sch, cgroup_set_weight) && tg->scx.weight != weight)
		SCX_CALL_OP(sch, cgroup_set_weight, NULL, P64(tg_cgrp(tg)), weight);
	tg_set_weight(tg, weight);
	knob_unlock(locked);
}

/* Context: any. */
void scx_group_set_idle(struct task_group *tg, bool idle)
{
	bool locked = knob_lock();
	struct scx_sched *sch = scx.cgroup_enabled ? scx_tg_knob_sched(tg) : NULL;

	if (sch)
		warn_missing_idle(sch, tg);
	if (sch && SCX_HAS_OP(sch, cgroup_set_idle) && tg->scx.idle != idle)
		SCX_CALL_OP(sch, cgroup_set_idle, NULL, P64(tg_cgrp(tg)), idle);
	tg->scx.idle = idle;
	knob_unlock(locked);
}

/* Context: any. */
void scx_group_set_bandwidth(struct task_group *tg, u64 period_us, u64 quota_us, u64 burst_us)
{
	bool locked = knob_lock();
	bool changed = tg->scx.bw_period_us != period_us || tg->scx.bw_quota_us != quota_us ||
		       tg->scx.bw_burst_us != burst_us;
	struct scx_sched *sch = scx.cgroup_enabled ? scx_tg_knob_sched(tg) : NULL;

	if (changed && sch && SCX_HAS_OP(sch, cgroup_set_bandwidth))
		SCX_CALL_OP(sch, cgroup_set_bandwidth, NULL, P64(tg_cgrp(tg)), period_us, quota_us,
			    burst_us);
	tg->scx.bw_period_us = period_us;
	tg->scx.bw_quota_us = quota_us;
	tg->scx.bw_burst_us = burst_us;
	knob_unlock(locked);
}
