// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_cgroup.c - cgroups for programs: references, ancestors, iterators, and
 * the cgroup that the scheduler sees a task in.
 */
#include <linux/bpf.h>
#include "abi/bpf.h"
#include "bpf/callable.h"
#include "bpf/env.h"
#include "bpf/record.h"
#include "bpf/vm.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"

#define BPF_CGROUP_ITER_CHILDREN 5 /* later than the headers of some hosts */
#define CSS_TASK_ITER_PROCS 1	   /* thread group leaders only */

static struct cgroup *arg_cgroup(u64 addr)
{
	return cgroup_from_guest(addr);
}

/* ---- references ---- */

/* a reference to the program; NULL: there is none to be had */
static u64 give_cgroup(struct cgroup *cgrp)
{
	if (!cgrp || !cgroup_tryget(cgrp))
		return 0;
	host_of(cgrp)->m->guest_refs++;
	return P64(cgrp);
}

static bool take_back(struct cgroup *cgrp)
{
	if (!host_of(cgrp)->m->guest_refs)
		return false;
	host_of(cgrp)->m->guest_refs--;
	cgroup_put(cgrp);
	return true;
}

static u64 bpf_cgroup_acquire_fn(struct vm *vm, const u64 *a)
{
	return give_cgroup(arg_cgroup(a[0]));
}

static void cgroup_dtor(u64 obj)
{
	struct cgroup *cgrp = arg_cgroup(obj);

	if (cgrp)
		take_back(cgrp);
}

static u64 bpf_cgroup_release_fn(struct vm *vm, const u64 *a)
{
	struct cgroup *cgrp = arg_cgroup(a[0]);

	if (cgrp && !take_back(cgrp))
		vm_fault(vm, FAULT_WILD_STORE, a[0], 0, "releases a cgroup that nobody acquired");
	return 0;
}

static u64 bpf_cgroup_from_id_fn(struct vm *vm, const u64 *a)
{
	return give_cgroup(cgroup_by_id(a[0]));
}

static u64 bpf_cgroup_ancestor_fn(struct vm *vm, const u64 *a)
{
	struct cgroup *cgrp = arg_cgroup(a[0]);
	s32 level = (s32)a[1];

	return cgrp && level >= 0 && level <= cgrp->level ? give_cgroup(cgrp->ancestors[level]) : 0;
}

static u64 bpf_task_under_cgroup_fn(struct vm *vm, const u64 *a)
{
	struct task_struct *p = scx_kf_task(vm, a[0]);
	struct cgroup *cgrp = arg_cgroup(a[1]);

	return p && cgrp && cgroup_is_descendant(task_dfl_cgroup(p), cgrp);
}

/* p->sched_task_group's: stable for the length of an op, unlike p->cgroups */
static u64 scx_bpf_task_cgroup_fn(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct task_struct *p = scx_kf_task(vm, a[0]);
	struct cgroup *cgrp = cgroup_root();

	if (p && sch && scx_kf_allowed(sch, __SCX_KF_RQ_LOCKED) && scx_kf_arg_task_ok(sch, p))
		cgrp = scx_task_cgroup(p);
	cgroup_get(cgrp);
	host_of(cgrp)->m->guest_refs++;
	return P64(cgrp);
}

/* Of its effective cpuset. Nothing here narrows one, so that it is all that are on. */
static u64 scx_bpf_cgroup_nr_cpus_fn(struct vm *vm, const u64 *a)
{
	const struct cgroup *cgrp = arg_cgroup(a[0]);
	struct cpumask on;

	if (!cgrp)
		return 0;
	cpumask_and(&on, host_of(cgrp)->m->cs->effective_cpus, machine->online);
	return cpumask_weight(&on);
}

/* ---- css iterator ---- */

struct bpf_iter_css_kern {
	struct cgroup_subsys_state *start; /* NULL: new() failed */
	struct cgroup_subsys_state *pos;
	u64 flags;
};

_Static_assert(sizeof(struct bpf_iter_css_kern) == sizeof(struct bpf_iter_css),
	       "the iterator on a guest's stack holds exactly its inside");

static bool css_order_known(u32 flags)
{
	return flags == BPF_CGROUP_ITER_DESCENDANTS_PRE ||
	       flags == BPF_CGROUP_ITER_DESCENDANTS_POST || flags == BPF_CGROUP_ITER_ANCESTORS_UP ||
	       (flags == BPF_CGROUP_ITER_CHILDREN && K->b.css_iter_children);
}

static u64 bpf_iter_css_new_fn(struct vm *vm, const u64 *a)
{
	struct bpf_iter_css_kern *it = vm_obj(vm, a[0], sizeof(*it));
	u32 flags = (u32)a[2];

	if (!it)
		return (u64)-EFAULT;
	*it = (struct bpf_iter_css_kern){};
	if (!css_order_known(flags))
		return (u64)-EINVAL;
	it->start = css_from_guest(a[1]);
	it->flags = flags;
	return it->start ? 0 : (u64)-EINVAL;
}

static struct cgroup_subsys_state *css_advance(const struct bpf_iter_css_kern *it,
					       struct cgroup_subsys_state *pos,
					       struct cgroup_subsys_state *start)
{
	switch (it->flags) {
	case BPF_CGROUP_ITER_DESCENDANTS_PRE:
		return css_next_descendant_pre(pos, start);
	case BPF_CGROUP_ITER_DESCENDANTS_POST:
		return css_next_descendant_post(pos, start);
	case BPF_CGROUP_ITER_CHILDREN:
		return css_next_child(pos, start);
	default:
		return pos ? pos->parent : start;
	}
}

/* The iterator lies on the guest's stack: what it holds is looked up, not trusted. */
static u64 bpf_iter_css_next_fn(struct vm *vm, const u64 *a)
{
	struct bpf_iter_css_kern *it = vm_obj(vm, a[0], sizeof(*it));
	struct cgroup_subsys_state *start = it ? css_from_guest(P64(it->start)) : NULL;

	if (!start)
		return 0;
	it->pos = css_advance(it, css_from_guest(P64(it->pos)), start);
	if (!it->pos)
		it->start = NULL;
	return P64(it->pos);
}

static u64 bpf_iter_css_destroy_fn(struct vm *vm, const u64 *a)
{
	return 0;
}

/* ---- tasks of a css: those there were at the beginning ---- */

struct css_task_iter {
	u32 nr, pos;
	struct task_struct *tasks[]; /* with a reference each */
};

static void css_task_iter_finish(void *state)
{
	struct css_task_iter *it = state;

	for (u32 i = 0; i < it->nr; i++)
		put_task_struct(it->tasks[i]);
}

static bool css_task_wanted(const struct task_struct *p, const struct cgroup *cgrp, u32 flags)
{
	return task_dfl_cgroup(p) == cgrp && !host_of(p)->m->dead &&
	       (!(flags & CSS_TASK_ITER_PROCS) || p->group_leader == p);
}

static struct css_task_iter *css_task_iter_create(struct vm *vm, u64 at, const struct cgroup *cgrp,
						  u32 flags)
{
	struct css_task_iter *it;
	struct task_struct *p;
	u32 nr = 0;

	for_each_task(p)
		nr += css_task_wanted(p, cgrp, flags);
	it = vm_iter_new(vm, at, sizeof(*it) + nr * sizeof(it->tasks[0]), css_task_iter_finish);
	if (!it)
		return NULL;
	for_each_task(p) {
		if (!css_task_wanted(p, cgrp, flags))
			continue;
		get_task_struct(p);
		it->tasks[it->nr++] = p;
	}
	return it;
}

static u64 bpf_iter_css_task_new_fn(struct vm *vm, const u64 *a)
{
	struct cgroup_subsys_state *css = css_from_guest(a[1]);
	u32 flags = (u32)a[2];

	if (!vm_obj(vm, a[0], sizeof(struct bpf_iter_css_task)))
		return (u64)-EFAULT;
	if (!css || flags > 3 || flags == 2)
		return (u64)-EINVAL;
	return css_task_iter_create(vm, a[0], css->cgroup, flags) ? 0 : (u64)-ENOMEM;
}

static u64 bpf_iter_css_task_next_fn(struct vm *vm, const u64 *a)
{
	struct css_task_iter *it = vm_iter_find(vm, a[0], css_task_iter_finish);

	return it && it->pos < it->nr ? P64(it->tasks[it->pos++]) : 0;
}

static u64 bpf_iter_css_task_destroy_fn(struct vm *vm, const u64 *a)
{
	vm_iter_drop(vm, a[0], css_task_iter_finish);
	return 0;
}

/* ---- tables ---- */

u64 cgroup_ancestor_id(s32 level)
{
	const struct cgroup *cgrp = task_dfl_cgroup(current);

	return level < 0 || level > cgrp->level ? 0 : cgroup_id(cgrp->ancestors[level]);
}

#define KF(name, flags) { #name, name##_fn, flags, 0, NULL }

static const struct kfunc cgroup_kfuncs[] = {
	KF(bpf_cgroup_acquire, KF_ACQUIRE | KF_RCU | KF_RET_NULL),
	KF(bpf_cgroup_release, KF_RELEASE),
	KF(bpf_cgroup_from_id, KF_ACQUIRE | KF_RET_NULL),
	KF(bpf_cgroup_ancestor, KF_ACQUIRE | KF_RCU | KF_RET_NULL),
	KF(bpf_task_under_cgroup, KF_RCU),
	KF(bpf_iter_css_new, KF_ITER),
	KF(bpf_iter_css_next, KF_ITER | KF_RET_NULL),
	KF(bpf_iter_css_destroy, KF_ITER),
	KF(bpf_iter_css_task_new, KF_ITER),
	KF(bpf_iter_css_task_next, KF_ITER | KF_RET_NULL),
	KF(bpf_iter_css_task_destroy, KF_ITER),
	{ "scx_bpf_cgroup_nr_cpus", scx_bpf_cgroup_nr_cpus_fn, KF_RCU, KFB(ANY), scx_kfunc_allow },
	{ "scx_bpf_task_cgroup", scx_bpf_task_cgroup_fn, KF_ACQUIRE | KF_RCU | KF_IMPLICIT_ARGS,
	  KFB(ANY), scx_kfunc_allow },
};

static const struct kptr_dtor cgroup_dtors[] = { { "cgroup", cgroup_dtor } };

void cgroup_kfuncs_register(void)
{
	kfunc_register(cgroup_kfuncs, ARRAY_SIZE(cgroup_kfuncs));
	kptr_dtor_register(cgroup_dtors, ARRAY_SIZE(cgroup_dtors));
}
