/* SPDX-License-Identifier: GPL-2.0-only */
/* diff_storage.bpf.c - storage of tasks and cgroups, tasks and cgroups by number. */
#include "diff.h"

struct value {
	u64 v;
	struct bpf_spin_lock lock;
	u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct value);
} of_task SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} of_cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} from_user SEC(".maps");

TEST(task_storage)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct value init = { .v = 9 }, *v;

	v = bpf_task_storage_get(&of_task, p, NULL, 0);
	OUT(0) = v ? v->v + 1 : 0;
	OUT(1) = bpf_task_storage_delete(&of_task, p);
	v = bpf_task_storage_get(&of_task, p, NULL, 2);
	OUT(2) = !!v;
	v = bpf_task_storage_get(&of_task, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	OUT(3) = v ? v->v + 1 : 0;
	if (v) {
		bpf_spin_lock(&v->lock);
		v->v = 5;
		bpf_spin_unlock(&v->lock);
	}
	v = bpf_task_storage_get(&of_task, p, &init, BPF_LOCAL_STORAGE_GET_F_CREATE);
	OUT(4) = v ? v->v + 1 : 0;
	OUT(5) = bpf_task_storage_delete(&of_task, p);
	OUT(6) = bpf_task_storage_delete(&of_task, p);
	v = bpf_task_storage_get(&of_task, p, &init, BPF_LOCAL_STORAGE_GET_F_CREATE);
	OUT(7) = v ? v->v + 1 : 0;
	return 0;
}

TEST(cgroup_storage)
{
	struct cgroup *root = bpf_cgroup_from_id(1), *up;
	u64 init = 11, *v;

	OUT(0) = !!root;
	if (!root)
		return 0;
	v = bpf_cgrp_storage_get(&of_cgroup, root, NULL, 0);
	OUT(1) = v ? *v + 1 : 0;
	v = bpf_cgrp_storage_get(&of_cgroup, root, &init, BPF_LOCAL_STORAGE_GET_F_CREATE);
	OUT(2) = v ? *v + 1 : 0;
	OUT(3) = bpf_cgrp_storage_delete(&of_cgroup, root);
	OUT(4) = bpf_cgrp_storage_delete(&of_cgroup, root);
	up = bpf_cgroup_ancestor(root, 0);
	OUT(5) = !!up;
	if (up)
		bpf_cgroup_release(up);
	up = bpf_cgroup_ancestor(root, 1);
	OUT(6) = !!up;
	if (up)
		bpf_cgroup_release(up);
	up = bpf_cgroup_ancestor(root, -1);
	OUT(7) = !!up;
	if (up)
		bpf_cgroup_release(up);
	bpf_cgroup_release(root);
	return 0;
}

TEST(by_number)
{
	struct task_struct *p = bpf_task_from_pid(bpf_get_current_pid_tgid() >> 32);
	struct cgroup *c = bpf_cgroup_from_id(0xffffffffffff);

	OUT(0) = !!p;
	if (p)
		bpf_task_release(p);
	p = bpf_task_from_pid(0);
	OUT(1) = !!p;
	if (p)
		bpf_task_release(p);
	p = bpf_task_from_pid(-1);
	OUT(2) = !!p;
	if (p)
		bpf_task_release(p);
	p = bpf_task_from_pid(4000000);
	OUT(3) = !!p;
	if (p)
		bpf_task_release(p);
	OUT(4) = !!c;
	if (c)
		bpf_cgroup_release(c);
	return 0;
}

static long take(struct bpf_dynptr *ptr, void *ctx)
{
	return 0;
}

TEST(nothing_from_user)
{
	OUT(0) = bpf_user_ringbuf_drain(&from_user, take, NULL, 0);
	OUT(1) = bpf_user_ringbuf_drain(&from_user, take, NULL, 1 << 5);
	OUT(2) = bpf_user_ringbuf_drain(&from_user, take, NULL, BPF_RB_NO_WAKEUP);
	return 0;
}
