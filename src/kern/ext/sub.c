// SPDX-License-Identifier: GPL-2.0-only
/*
 * sub.c - the tree of schedulers: one attaches below another, to a cgroup, takes the
 * tasks of that subtree over, and gives them back to its parent when it leaves.
 *
 *	attach	parent found by the cgroup ─ linked ─ ops.init ─ parent's ops.sub_attach
 *		bypass on; each task: init_task(child); then disable, exit_task(parent),
 *		enable(child); bypass off
 *	leave	bypass on; children have left; each task: init_task(parent), disable and
 *		exit_task(child), enable(parent); unlinked; parent's ops.sub_detach; ops.exit
 *
 * An exit that is claimed for a scheduler is claimed, as SCX_EXIT_PARENT, for all
 * below it. Enabling and disabling hold scx.enable_mutex, the locks of forks and of cgroups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "bpf/prog.h"
#include "kern/cgroup.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid_sched.h"
#include "kern/ext/rescue.h"
#include "kern/ext/sub.h"

/* ---- the tree ---- */

bool scx_is_descendant(const struct scx_sched *sch, const struct scx_sched *ancestor)
{
	while (sch->level > ancestor->level)
		sch = sch->parent;
	return sch == ancestor;
}

static struct scx_sched *next_in(const struct list_head *pos, const struct scx_sched *parent)
{
	return pos->next == &parent->children ? NULL :
						list_entry(pos->next, struct scx_sched, sibling);
}

struct scx_sched *scx_skip_subtree_pre(struct scx_sched *pos, struct scx_sched *root)
{
	while (pos != root) {
		struct scx_sched *next = next_in(&pos->sibling, pos->parent);

		if (next)
			return next;
		pos = pos->parent;
	}
	return NULL;
}

struct scx_sched *scx_next_descendant_pre(struct scx_sched *pos, struct scx_sched *root)
{
	struct scx_sched *next;

	if (!pos)
		return root;
	next = next_in(&pos->children, pos);
	return next ? next : scx_skip_subtree_pre(pos, root);
}

struct scx_sched *scx_find_sub_sched(u64 cgroup_id)
{
	struct scx_sched *sch;

	scx_for_each_sched(sch)
		if (sch->level && sch->linked && sch->sub_cgroup_id == cgroup_id)
			return sch;
	return NULL;
}

const char *scx_sched_label(const struct scx_sched *sch, char buf[32])
{
	if (sch->level)
		snprintf(buf, 32, "sub%d-%llu", sch->level, sch->sub_cgroup_id);
	else
		snprintf(buf, 32, "root");
	return buf;
}

void scx_set_cgroup_sched(struct cgroup *cgrp, struct scx_sched *sch)
{
	struct cgroup_subsys_state *css = NULL;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	while ((css = css_next_descendant_pre(css, &cgrp->self)))
		css->cgroup->scx_sched = sch;
}

static int link_below(struct scx_sched *sch, struct scx_sched *parent)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (K->b.sub_refused_while_bypassing && parent->bypass_depth) {
		scx_error(sch, "parent bypassing (%d)", -EBUSY);
		return -EBUSY;
	}
	if (parent->exit_kind != SCX_EXIT_NONE) {
		scx_error(sch, "parent disabled (%d)", -ENOENT);
		return -ENOENT;
	}
	if (scx_find_sub_sched(sch->sub_cgroup_id)) {
		scx_error(sch, "failed to insert into scx_sched_hash (%d)", -EEXIST);
		return -EEXIST;
	}
	list_add_tail(&sch->sibling, &parent->children);
	return 0;
}

int scx_link_sched(struct scx_sched *sch)
{
	int err = sch->level ? link_below(sch, sch->parent) : 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (err)
		return err;
	sch->linked = true;
	list_add_tail(&sch->all, scx.scheds);
	scx_watchdog_refresh();
	return 0;
}

/* Its own pointers stay: who walks may be on it. */
void scx_unlink_sched(struct scx_sched *sch)
{
	if (!sch->linked)
		return;
	sch->linked = false;
	if (sch->level)
		list_del(&sch->sibling);
	list_del(&sch->all);
	scx_watchdog_refresh();
}

void scx_drain_descendants(struct scx_sched *sch)
{
	while (!list_empty(&sch->children))
		synchronize_rcu();
}

/* sub_exits_at_once: directly; else the irq work that the claim has queued */
void scx_propagate_exit_irq_workfn(struct irq_work *w)
{
	struct scx_sched *sch = container_of(w, struct scx_sched, propagate_exit_irq_work), *pos;

	scx_for_each_descendant_pre(pos, sch) {
		if (pos != sch)
			scx_disable(pos, SCX_EXIT_PARENT);
	}
}

/* ---- memory ---- */

static void unpin(struct scx_sched *parent)
{
	bug_on(!parent->nr_pins, "a scheduler loses a child that it does not have");
	if (!--parent->nr_pins && parent->doomed)
		scx_sched_destroy(parent);
}

/* what ops.sub_attach() sees at args->ops; it has no functions to call */
static struct sched_ext_ops *make_view(const struct scx_sched *sch)
{
	struct sched_ext_ops *v = region_alloc(ZONE_KOBJ, sizeof(*v), 64);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!v)
		return NULL;
	v->dispatch_max_batch = sch->dispatch_max_batch;
	v->flags = sch->flags;
	v->timeout_ms = sch->timeout_ms;
	v->exit_dump_len = sch->exit_dump_len;
	v->hotplug_seq = sch->hotplug_seq;
	v->cid_shard_size = sch->cid_shard_size;
	v->rescue_bandwidth_ppt = sch->rescue_bandwidth_ppt;
	v->rescue_quantum_us = sch->rescue_quantum_us;
	v->sub_cgroup_id = sch->sub_cgroup_id;
	memcpy(v->name, sch->name, sizeof(v->name));
	return v;
}

#define CGRP_PATH_MAX 4096

int scx_sub_start(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	sch->ops_view = make_view(sch);
	sch->cgrp_path = region_alloc(ZONE_KOBJ, CGRP_PATH_MAX, 0);
	if (!sch->ops_view || !sch->cgrp_path)
		return -ENOMEM;
	cgroup_path(sch->cgrp, sch->cgrp_path, CGRP_PATH_MAX);
	return 0;
}

void scx_sub_uncount(struct scx_sched *sch)
{
	if (sch->counted)
		scx.nr_subs--;
	sch->counted = false;
}

/* Context: any. */
void scx_sub_stop(struct scx_sched *sch)
{
	struct scx_sched *parent = sch->parent;

	scx_sub_uncount(sch);
	if (sch->linked) /* the machine ends before it has left */
		scx_unlink_sched(sch);
	if (sch->ops_view)
		region_free(ZONE_KOBJ, sch->ops_view, sizeof(*sch->ops_view));
	if (sch->cgrp_path)
		region_free(ZONE_KOBJ, sch->cgrp_path, CGRP_PATH_MAX);
	if (sch->cgrp && sch->level)
		cgroup_put(sch->cgrp);
	sch->ops_view = NULL;
	sch->cgrp_path = NULL;
	sch->cgrp = NULL;
	sch->parent = NULL;
	sch->level = 0;
	if (parent)
		unpin(parent);
}

/* ---- what is kept for reports ---- */

static void record_begin(struct scx_sched *sch)
{
	struct scx_sub_record *r = realloc(scx.subs, (scx.nr_sub_records + 1) * sizeof(*r));

	lockdep_assert_mutex_held(&scx.enable_mutex);
	shortage_on(!r, "out of memory for a sub-scheduler's record");
	scx.subs = r;
	sch->record = scx.nr_sub_records++;
	r += sch->record;
	*r = (struct scx_sub_record){ .sch = sch, .level = sch->level };
	snprintf(r->name, sizeof(r->name), "%s", sch->name);
	snprintf(r->cgroup, sizeof(r->cgroup), "%s", sch->cgrp_path);
}

const char *scx_sub_state(const struct scx_sub_record *r)
{
	if (r->sch)
		return r->enabled ? "enabled" : "enabling";
	if (!r->enabled)
		return "failed";
	return r->kind >= SCX_EXIT_ERROR ? "ejected" : "left";
}

u64 scx_sub_op_calls(const struct scx_sub_record *r, enum scx_op op)
{
	u64 n = r->op_calls[op];

	for (u32 cpu = 0; r->sch && r->sch->pcpu && cpu < machine->nr_cpu_ids; cpu++)
		n += r->sch->pcpu[cpu].op_calls[op];
	return n;
}

/* its counters go into those of the run, which outlive it */
static void record_end(struct scx_sched *sch)
{
	struct scx_sub_record *r = &scx.subs[sch->record];
	const struct scx_exit_info *ei = sch->exit_info;

	lockdep_assert_in_task();
	scx_accumulate_events(sch);
	scx_read_events(sch, &r->events);
	for (u32 op = 0; op < NR_SCX_OPS; op++)
		r->op_calls[op] = scx_sub_op_calls(r, op);
	r->sch = NULL;
	r->claim_ns = sch->exit_claim_ns;
	r->kind = ei->kind;
	r->code = ei->exit_code;
	snprintf(r->reason, sizeof(r->reason), "%s", ei->reason);
	snprintf(r->msg, sizeof(r->msg), "%s", ei->msg);
}

/* ---- enabling ---- */

/* verify that a scheduler can be attached to @cgrp; its parent, or NULL and *err */
static struct scx_sched *find_parent_sched(struct cgroup *cgrp, int *err)
{
	struct scx_sched *parent = cgrp->scx_sched, *pos;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	*err = parent->cgrp == cgrp ? -EBUSY : 0;
	if (!*err && !host_of(parent)->ops_prog[SCX_OP_sub_attach])
		*err = -EOPNOTSUPP;
	if (*err)
		return NULL;
	/* none comes between a scheduler and a child of it that is still there */
	list_for_each_entry(pos, &parent->children, sibling) {
		if (cgroup_is_descendant(pos->cgrp, cgrp)) {
			*err = -EBUSY;
			return NULL;
		}
	}
	return parent;
}

static int join_tree(struct scx_sched *sch, struct scx_sched *parent, struct cgroup *cgrp)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	cgroup_get(cgrp);
	sch->cgrp = cgrp;
	sch->parent = parent;
	sch->level = parent->level + 1;
	parent->nr_pins++;
	scx.nr_subs++;
	sch->counted = true;
	return scx_sub_start(sch);
}

static int find_place(struct scx_sched *sch)
{
	struct cgroup *cgrp;
	struct scx_sched *parent;
	int err;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!scx_enabled())
		return -ENODEV;
	if (sch->attached)
		return -EBUSY;
	cgrp = cgroup_by_id(sch->sub_cgroup_id);
	if (!cgrp)
		return -ENOENT;
	parent = find_parent_sched(cgrp, &err);
	if (!parent)
		return err;
	err = scx_start_with_helper(sch);
	if (!err)
		err = join_tree(sch, parent, cgrp);
	if (err)
		scx_sched_stop(sch);
	if (err)
		return err;
	sch->attached = true;
	record_begin(sch);
	return 0;
}

static int call_sub_attach(struct scx_sched *sch)
{
	struct scx_sub_attach_args *args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!args)
		return -ENOMEM;
	*args = (struct scx_sub_attach_args){ sch->ops_view, sch->cgrp_path };
	ret = (s32)SCX_CALL_OP(sch->parent, sub_attach, NULL, P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
	if (ret) {
		ret = scx_ops_sanitize_err(sch, "sub_attach", ret);
		scx_error(sch, "parent rejected (%d)", ret);
		return ret;
	}
	sch->sub_attached = true;
	return 0;
}

static int check_depth(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (sch->level < SCX_SUB_MAX_DEPTH)
		return 0;
	scx_error(sch, "max nesting depth %d violated", SCX_SUB_MAX_DEPTH);
	return -EINVAL;
}

/* What of it has to be there before anybody can find it, and what after. */
static int link_checked(struct scx_sched *sch)
{
	int ret = K->b.sub_validated_first ? scx_validate_ops(sch) : 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!ret) {
		scx_rescue_check_timeout(sch);
		ret = scx_alloc_pshards(sch);
	}
	if (!ret && K->b.sub_bypasses_first)
		scx_bypass(sch, true);
	if (!ret)
		ret = scx_link_sched(sch);
	return ret ? ret : check_depth(sch);
}

static int prepare(struct scx_sched *sch)
{
	int ret = link_checked(sch);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (ret)
		return ret;
	if (K->b.sub_validated_first) {
		cpus_read_lock();
		ret = scx_alloc_kern_arena_objs(sch);
		cpus_read_unlock();
	}
	if (!ret)
		ret = scx_call_init(sch);
	if (!ret && !K->b.sub_validated_first)
		ret = scx_alloc_kern_arena_objs(sch);
	if (!ret && !K->b.sub_validated_first)
		ret = scx_validate_ops(sch);
	return ret ? ret : call_sub_attach(sch);
}

/* The parent keeps it meanwhile, so that it can stay there if anything fails. */
static int init_task(struct scx_sched *sch, struct scx_task_iter *it, struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;
	int ret;

	lockdep_assert_rq_held(task_rq(p));
	scx_task_iter_unlock(it);
	ret = scx_init_task(sch, p, false);
	if (ret)
		return ret;
	rq = task_rq_lock(p, &flags);
	if (scx_get_task_state(p) == TASK_SCX_DEAD)
		scx_cancel_init_task(sch, p);
	else
		p->scx.flags |= SCX_TASK_SUB_INIT;
	task_rq_unlock(rq, p, flags);
	return 0;
}

static int init_tasks(struct scx_sched *sch)
{
	struct scx_task_iter it;
	struct task_struct *p;
	int ret = 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_task_iter_start_in(&it, sch->cgrp);
	while (!ret && (p = scx_task_iter_next_locked(&it))) {
		if (p->scx.flags & SCX_TASK_SUB_INIT)
			continue;
		get_task_struct(p);
		ret = init_task(sch, &it, p);
		put_task_struct(p);
	}
	scx_task_iter_stop(&it);
	return ret;
}

static void cancel_tasks(struct scx_sched *sch)
{
	struct scx_task_iter it;
	struct task_struct *p;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_task_iter_start_in(&it, sch->cgrp);
	while ((p = scx_task_iter_next_locked(&it))) {
		if (!(p->scx.flags & SCX_TASK_SUB_INIT))
			continue;
		scx_cancel_init_task(sch, p);
		p->scx.flags &= ~SCX_TASK_SUB_INIT;
	}
	scx_task_iter_stop(&it);
}

static void claim_tasks(struct scx_sched *sch)
{
	struct scx_task_iter it;
	struct task_struct *p;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_task_iter_start_in(&it, sch->cgrp);
	while ((p = scx_task_iter_next_locked(&it)))
		if (p->scx.flags & SCX_TASK_SUB_INIT)
			scx_claim_task(sch->parent, sch, p);
	scx_task_iter_stop(&it);
}

/* Forks and cgroups are locked out. */
static int take_over_locked(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_set_cgroup_sched(sch->cgrp, sch);
	if (!(sch->cgrp->self.flags & CSS_ONLINE)) {
		scx_error(sch, "cgroup is not online");
		return -ENODEV;
	}
	ret = scx_cgroup_claim_subtree(sch);
	if (ret)
		return ret;
	scx.enabling_sub = sch;
	ret = init_tasks(sch);
	if (ret)
		cancel_tasks(sch);
	else
		claim_tasks(sch);
	scx.enabling_sub = NULL;
	return ret;
}

static int take_over(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.sub_bypasses_first)
		scx_bypass(sch, true);
	scx_all_ops_live(sch);
	scx_cid_sched_enable(sch);
	down_write(&scx.fork_rwsem);
	scx_cgroup_lock();
	ret = take_over_locked(sch);
	scx_cgroup_unlock();
	up_write(&scx.fork_rwsem);
	return ret;
}

/* In the helper. From the moment that it has a place, failures go through the exit path. */
int scx_sub_enable(struct scx_sched *sch)
{
	int ret;

	might_sleep();
	mutex_lock(&scx.enable_mutex);
	ret = find_place(sch);
	if (ret) {
		mutex_unlock(&scx.enable_mutex);
		return ret;
	}
	ret = prepare(sch);
	if (!ret)
		ret = take_over(sch);
	if (!ret) {
		scx_bypass(sch, false);
		scx_sub_seed_caps(sch);
		pr_info("sched_ext: BPF sub-scheduler \"%s\" enabled", sch->name);
		TRACE(sub_enable, sch->sub_cgroup_id, sch->level, true);
		scx.sub_enable_seq++;
		scx.subs[sch->record].enabled = true;
	}
	mutex_unlock(&scx.enable_mutex);
	if (ret) {
		scx_error(sch, "scx_sub_enable() failed (%d)", ret);
		scx_flush_disable_work(sch);
	}
	return 0;
}

/* ---- disabling ---- */

/* A parent that cannot take its tasks back goes too: they are its, and it will not be asked. */
/* Context: any. */
static void fail_parent(struct scx_sched *sch, const struct task_struct *failed, int code)
{
	struct scx_sched *parent = sch->parent;
	struct scx_task_iter it;
	struct task_struct *p;

	scx_error(parent, "ops.init_task() failed (%d) for %s[%d] while disabling a sub-scheduler",
		  code, failed->comm, failed->pid);
	scx_bypass(parent, true);
	scx_task_iter_start_in(&it, sch->cgrp);
	while ((p = scx_task_iter_next_locked(&it)))
		if (!scx_task_on_sched(parent, p))
			scx_punt_task(parent, p);
	scx_task_iter_stop(&it);
}

static int return_task(struct scx_sched *sch, struct scx_task_iter *it, struct task_struct *p)
{
	struct scx_sched *parent = sch->parent;
	unsigned long flags;
	struct rq *rq;
	int ret;

	lockdep_assert_rq_held(task_rq(p));
	scx_task_iter_unlock(it);
	ret = scx_init_task(parent, p, false);
	if (ret) {
		fail_parent(sch, p, ret);
		return ret;
	}
	rq = task_rq_lock(p, &flags);
	if (scx_get_task_state(p) == TASK_SCX_DEAD)
		scx_cancel_init_task(parent, p);
	else
		scx_rehome_task(parent, p);
	task_rq_unlock(rq, p, flags);
	return 0;
}

/*
 * @cgrp NULL: those that have left the cgroup and are its tasks still (not sub_moves_rehome).
 * The kernel forgets them, and is left with pointers to freed memory.
 */
static void return_tasks(struct scx_sched *sch, struct cgroup *cgrp)
{
	struct scx_task_iter it;
	struct task_struct *p;
	int ret = 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_task_iter_start_in(&it, cgrp);
	while (!ret && (p = scx_task_iter_next_locked(&it))) {
		if (cgrp ? scx_task_on_sched(sch->parent, p) : p->scx.sched != sch)
			continue;
		if (!cgrp)
			pr_warn("WARNING: %s[%d] has left cgroup %s and not its scheduler, which goes: the kernel would use freed memory",
				p->comm, p->pid, sch->cgrp_path);
		get_task_struct(p);
		ret = return_task(sch, &it, p);
		put_task_struct(p);
	}
	scx_task_iter_stop(&it);
}

static void give_back(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	down_write(&scx.fork_rwsem);
	scx_cgroup_lock();
	if (sch->linked) {
		scx_set_cgroup_sched(sch->cgrp, sch->parent);
		scx_cgroup_return_subtree(sch);
		return_tasks(sch, sch->cgrp);
		if (!K->b.sub_moves_rehome)
			return_tasks(sch, NULL);
	}
	scx_disable_dump(sch);
	scx_cgroup_unlock();
	up_write(&scx.fork_rwsem);
}

static void call_sub_detach(struct scx_sched *sch)
{
	struct scx_sched *parent = sch->parent;
	struct scx_sub_detach_args *args;

	might_sleep();
	if (!host_of(parent)->ops_prog[SCX_OP_sub_detach] || !sch->sub_attached)
		return;
	args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
	if (!args)
		return;
	*args = (struct scx_sub_detach_args){ sch->ops_view, sch->cgrp_path };
	SCX_CALL_OP(parent, sub_detach, NULL, P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
}

/* ext.c:scx_sub_disable(). The parent is not bypassed: tasks are ready for it when they come. */
void scx_sub_disable(struct scx_sched *sch)
{
	might_sleep();
	scx_bypass(sch, true);
	scx_drain_descendants(sch);
	mutex_lock(&scx.enable_mutex);
	give_back(sch);
	scx_cid_sched_disable(sch);
	synchronize_rcu(); /* calls of ops that are under way */
	scx_disable_bypass_dsp(sch);
	scx_unlink_sched(sch);
	mutex_unlock(&scx.enable_mutex);
	TRACE(sub_enable, sch->sub_cgroup_id, sch->level, false);
	if (K->b.caps_cleared_on_detach)
		scx_clear_caps(sch);
	call_sub_detach(sch);
	scx_log_disable(sch);
	scx_call_exit(sch);
	record_end(sch);
	sch->dead = true;
	synchronize_rcu();
	scx_destroy_all_dsqs(sch);
}
