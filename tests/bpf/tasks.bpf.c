/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tasks.bpf.c - the kernel's kfuncs about tasks and cgroups, with arguments that are good and
 * others. The scenario's tasks are a process `lead` in /a, which has forked the threads `th1`
 * and `th2` after the process `other` was made, which is in /a/b; and `orphan`, a thread whose
 * leader is gone.
 */
#include "checks.h"

enum { ALL_PROCS, ALL_THREADS, PROC_THREADS };
enum { PROCS = 1, THREADED = 2 };	/* of bpf_iter_css_task */

#define PIDS_MAX 160
#define SPIN_STEPS (1 << 22)

s32 lead, th1, th2, other, orphan, victim;
u64 id_a, id_b;
u32 spin_us;
u32 nr_seen, seen_victim, nr_behind, nr_groups;
u64 last_group;
const volatile bool children_since;	/* the kernel walks children */

struct kept {
	struct task_struct __kptr *task;
	struct cgroup __kptr *cgrp;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct kept);
} keep SEC(".maps");

static s32 pids[PIDS_MAX];
static u32 nr_pids;

static __always_inline void note(const struct task_struct *p)
{
	if (nr_pids < PIDS_MAX)
		pids[nr_pids++] = p->pid;
}

/* where @pid stands in what was noted; -1: nowhere */
static __noinline s32 place_of(s32 pid)
{
	for (u32 i = 0; i < PIDS_MAX && i < nr_pids; i++)
		if (pids[i] == pid)
			return i;
	return -1;
}

/* ---- references ---- */

static void check_refs(void)
{
	struct task_struct *p = bpf_task_from_pid(lead), *same;

	CHECK(!bpf_task_from_pid(0));
	CHECK(!bpf_task_from_pid(-1));
	CHECK(!bpf_task_from_pid(1 << 22));
	CHECK(p && p->pid == lead && p->tgid == lead);
	if (!p)
		return;
	same = bpf_task_acquire(p);
	CHECK(same == p);
	if (same)
		bpf_task_release(same);
	bpf_task_release(p);
	p = bpf_task_from_pid(orphan);
	CHECK(p && p->pid != p->tgid && p->group_leader->pid == p->tgid);
	if (p) {
		CHECK(p->signal == p->group_leader->signal && !bpf_task_from_pid(p->tgid));
		bpf_task_release(p);
	}
	if (bpf_ksym_exists(bpf_task_from_vpid)) {
		p = bpf_task_from_vpid(th1);
		CHECK(p && p->pid == th1 && p->tgid == lead);
		if (p)
			bpf_task_release(p);
		CHECK(!bpf_task_from_vpid(0));
	}
}

/* ---- bpf_iter_task ---- */

/* -errno, or how many were noted */
static __noinline s32 walk_tasks(struct task_struct *task, u32 flags)
{
	struct bpf_iter_task it;
	struct task_struct *p;
	s32 err;

	nr_pids = 0;
	err = bpf_iter_task_new(&it, task, flags);
	while ((p = bpf_iter_task_next(&it)))
		note(p);
	CHECK(!bpf_iter_task_next(&it));
	bpf_iter_task_destroy(&it);
	return err ?: (s32)nr_pids;
}

static void check_walks(void)
{
	struct task_struct *p = bpf_task_from_pid(lead), *t = bpf_task_from_pid(th1);
	s32 procs, threads;

	if (p && t) {
		procs = walk_tasks(NULL, ALL_PROCS);
		CHECK(procs > 2 && pids[0] == 0 && place_of(1) >= 0);
		CHECK(place_of(lead) > 0 && place_of(other) > place_of(lead));
		CHECK(place_of(th1) < 0);
		threads = walk_tasks(p, ALL_THREADS); /* the task does not matter */
		CHECK(threads == procs + 3 && pids[0] == 0);
		CHECK(place_of(orphan) > 0);
		CHECK(place_of(th1) == place_of(lead) + 1);
		CHECK(place_of(th2) == place_of(lead) + 2);
		CHECK(place_of(other) > place_of(th2));
		CHECK(walk_tasks(p, PROC_THREADS) == 3 && pids[0] == lead && pids[2] == th2);
		CHECK(walk_tasks(t, PROC_THREADS) == 2 && pids[0] == th1 && pids[1] == th2);
		CHECK(walk_tasks(NULL, PROC_THREADS) == -22 && !nr_pids);
		CHECK(walk_tasks(p, 3) == -22 && !nr_pids);
	}
	if (p)
		bpf_task_release(p);
	if (t)
		bpf_task_release(t);
}

static long until(u32 i, u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

/* The task that a walk stands at dies and is freed meanwhile: it is still shown, and what is behind. */
SEC("syscall")
int walk_slowly(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *p;
	u64 end;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, ALL_PROCS);
	while ((p = bpf_iter_task_next(&it))) {
		nr_seen++;
		nr_behind += seen_victim;
		seen_victim += p->pid == victim;
		if (p->pid + 1 == victim) {
			end = bpf_ktime_get_ns() + spin_us * 1000ULL;
			bpf_loop(SPIN_STEPS, until, &end, 0);
		}
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

/* ---- cgroups ---- */

static void check_ancestors(struct cgroup *root, struct cgroup *a, struct cgroup *b)
{
	struct cgroup *c;

	c = bpf_cgroup_ancestor(b, 1);
	CHECK(c == a);
	if (c)
		bpf_cgroup_release(c);
	c = bpf_cgroup_ancestor(b, 0);
	CHECK(c == root);
	if (c)
		bpf_cgroup_release(c);
	c = bpf_cgroup_ancestor(b, 2);
	CHECK(c == b);
	if (c)
		bpf_cgroup_release(c);
	CHECK(!bpf_cgroup_ancestor(b, 3));
	CHECK(!bpf_cgroup_ancestor(b, -1));
	c = bpf_cgroup_acquire(a);
	CHECK(c == a);
	if (c)
		bpf_cgroup_release(c);
}

/* -errno, or how many were seen; *first, *last: their cgroups' ids */
static __noinline s32 walk_css(struct cgroup_subsys_state *start, u32 flags, u64 *first, u64 *last)
{
	struct cgroup_subsys_state *pos;
	struct bpf_iter_css it;
	s32 n = 0, err;

	*first = *last = 0;
	bpf_rcu_read_lock();
	err = bpf_iter_css_new(&it, start, flags);
	while ((pos = bpf_iter_css_next(&it))) {
		*last = pos->cgroup->kn->id;
		if (!n++)
			*first = *last;
	}
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	return err ?: n;
}

/* of the cgroups themselves, of their task groups and of their cpusets it is the same tree */
/* Groups go while a walk is at them: what is behind them is shown all the same. */
SEC("syscall")
int walk_groups_slowly(void *ctx)
{
	struct cgroup *root = bpf_cgroup_from_id(1);
	struct cgroup_subsys_state *pos;
	struct bpf_iter_css it;
	u64 end;

	if (!root)
		return -2;
	bpf_rcu_read_lock();
	bpf_iter_css_new(&it, &root->self, BPF_CGROUP_ITER_DESCENDANTS_PRE);
	while ((pos = bpf_iter_css_next(&it))) {
		nr_groups++;
		last_group = pos->cgroup->kn->id;
		if (last_group == id_b) {
			end = bpf_ktime_get_ns() + spin_us * 1000ULL;
			bpf_loop(SPIN_STEPS, until, &end, 0);
		}
	}
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	bpf_cgroup_release(root);
	return 0;
}

static void check_css_walks(struct cgroup *root, struct cgroup *a, struct cgroup *b)
{
	u64 first, last;

	CHECK(walk_css(&root->self, BPF_CGROUP_ITER_DESCENDANTS_PRE, &first, &last) == 4);
	CHECK(first == 1);
	CHECK(walk_css(&a->self, BPF_CGROUP_ITER_DESCENDANTS_PRE, &first, &last) == 2);
	CHECK(first == id_a && last == id_b);
	CHECK(walk_css(&a->self, BPF_CGROUP_ITER_DESCENDANTS_POST, &first, &last) == 2);
	CHECK(first == id_b && last == id_a);
	CHECK(walk_css(&b->self, BPF_CGROUP_ITER_ANCESTORS_UP, &first, &last) == 3);
	CHECK(first == id_b && last == 1);
	CHECK(walk_css(&a->self, BPF_CGROUP_ITER_SELF_ONLY, &first, &last) == -22);
	if (children_since) {
		CHECK(walk_css(&root->self, BPF_CGROUP_ITER_CHILDREN, &first, &last) == 2);
		CHECK(first == id_a && last != id_b);
		CHECK(!walk_css(&b->self, BPF_CGROUP_ITER_CHILDREN, &first, &last));
	} else {
		CHECK(walk_css(&root->self, BPF_CGROUP_ITER_CHILDREN, &first, &last) == -22);
	}
	CHECK(walk_css(&a->self, 99, &first, &last) == -22);
	CHECK(walk_css(a->subsys[cpu_cgrp_id], BPF_CGROUP_ITER_DESCENDANTS_PRE, &first, &last) == 2);
	CHECK(first == id_a && last == id_b);
	CHECK(walk_css(a->subsys[cpuset_cgrp_id], BPF_CGROUP_ITER_DESCENDANTS_POST, &first, &last) ==
	      2);
	CHECK(first == id_b && last == id_a);
}

static __noinline s32 walk_css_tasks(struct cgroup_subsys_state *css, u32 flags)
{
	struct bpf_iter_css_task it;
	struct task_struct *p;
	s32 err;

	nr_pids = 0;
	err = bpf_iter_css_task_new(&it, css, flags);
	while ((p = bpf_iter_css_task_next(&it)))
		note(p);
	CHECK(!bpf_iter_css_task_next(&it));
	bpf_iter_css_task_destroy(&it);
	return err ?: (s32)nr_pids;
}

/* not of those below */
static void check_css_tasks(struct cgroup *a, struct cgroup *b)
{
	CHECK(walk_css_tasks(&a->self, 0) == 3);
	CHECK(place_of(lead) >= 0 && place_of(th1) >= 0 && place_of(th2) >= 0);
	CHECK(walk_css_tasks(&a->self, PROCS) == 1 && pids[0] == lead);
	CHECK(walk_css_tasks(&a->self, PROCS | THREADED) == 1);
	CHECK(walk_css_tasks(&a->self, THREADED) == -22);
	CHECK(walk_css_tasks(&a->self, 4) == -22);
	CHECK(walk_css_tasks(&b->self, 0) == 1 && pids[0] == other);
}

static void check_membership(struct cgroup *root, struct cgroup *a, struct cgroup *b)
{
	struct task_struct *p = bpf_task_from_pid(lead), *o = bpf_task_from_pid(other);

	if (p && o) {
		CHECK(bpf_task_under_cgroup(p, root) && bpf_task_under_cgroup(o, root));
		CHECK(bpf_task_under_cgroup(p, a) && bpf_task_under_cgroup(o, a));
		CHECK(!bpf_task_under_cgroup(p, b) && bpf_task_under_cgroup(o, b));
	}
	if (p)
		bpf_task_release(p);
	if (o)
		bpf_task_release(o);
}

SEC("syscall")
int look(void *ctx)
{
	struct cgroup *root = bpf_cgroup_from_id(1), *a = bpf_cgroup_from_id(id_a);
	struct cgroup *b = bpf_cgroup_from_id(id_b);

	check_refs();
	check_walks();
	CHECK(root && a && b);
	CHECK(!bpf_cgroup_from_id(0) && !bpf_cgroup_from_id(1 << 20));
	if (root && a && b) {
		check_ancestors(root, a, b);
		check_css_walks(root, a, b);
		check_css_tasks(a, b);
		check_membership(root, a, b);
	}
	if (root)
		bpf_cgroup_release(root);
	if (a)
		bpf_cgroup_release(a);
	if (b)
		bpf_cgroup_release(b);
	return nr_wrong;
}

/* ---- what is kept over an end ---- */

SEC("syscall")
int keep_them(void *ctx)
{
	u32 key = 0;
	struct kept *k = bpf_map_lookup_elem(&keep, &key);
	struct task_struct *p = bpf_task_from_pid(other);
	struct cgroup *cgrp = bpf_cgroup_from_id(id_b);

	if (!k || !p || !cgrp)
		return -3;
	CHECK(!bpf_kptr_xchg(&k->task, p));
	CHECK(!bpf_kptr_xchg(&k->cgrp, cgrp));
	return nr_wrong;
}

/* both are gone for whoever looks for them; who holds them may take them once more */
SEC("syscall")
int look_at_kept(void *ctx)
{
	u32 key = 0;
	struct kept *k = bpf_map_lookup_elem(&keep, &key);
	struct task_struct *p, *again;
	struct cgroup *cgrp, *twice;

	if (!k)
		return -2;
	CHECK(!bpf_task_from_pid(other) && !bpf_cgroup_from_id(id_b));
	p = bpf_kptr_xchg(&k->task, NULL);
	cgrp = bpf_kptr_xchg(&k->cgrp, NULL);
	CHECK(p && cgrp);
	if (!p || !cgrp)
		return nr_wrong;
	CHECK(p->pid == other && cgrp->kn->id == id_b);
	again = bpf_task_acquire(p);
	twice = bpf_cgroup_acquire(cgrp);
	CHECK(again == p && twice == cgrp);
	CHECK(!bpf_task_under_cgroup(p, cgrp));
	if (again)
		bpf_task_release(again);
	if (twice)
		bpf_cgroup_release(twice);
	bpf_task_release(p);
	bpf_cgroup_release(cgrp);
	return nr_wrong;
}
