/* SPDX-License-Identifier: GPL-2.0-only */
/* task_work.bpf.c - callbacks that run in a task on its way to user mode (7.3). */
#include "test.h"

struct work {
	struct bpf_task_work tw;
	u64 tag;
};

int bpf_task_work_schedule_signal(struct task_struct *task, struct bpf_task_work *tw, void *map,
	int (*callback)(struct bpf_map *, void *, void *)) __ksym;
int bpf_task_work_schedule_resume(struct task_struct *task, struct bpf_task_work *tw, void *map,
	int (*callback)(struct bpf_map *, void *, void *)) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, struct work);
} works SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, struct work);
} deleted SEC(".maps");

/* set by the scenario before it runs a program */
u32 target, signal;

struct args {
	u32 key;
};

struct ran {
	u32 times, pid, key;
	u64 tag, us;
} ran[4];
s64 again_inside, twice;
u32 ran_deleted;

static int in_task(struct bpf_map *map, void *key, void *value)
{
	u32 k = *(u32 *)key & 3;
	struct work *w = value;
	struct task_struct *p = bpf_get_current_task_btf();

	ran[k].times++;
	ran[k].pid = p->pid;
	ran[k].key = k;
	ran[k].tag = w->tag;
	ran[k].us = bpf_ktime_get_ns() / 1000;
	/* it is not free again before it has returned */
	again_inside = bpf_task_work_schedule_resume(p, &w->tw, &works, in_task);
	return 0;
}

static int never(struct bpf_map *map, void *key, void *value)
{
	ran_deleted++;
	return 0;
}

SEC("syscall")
int schedule(struct args *args)
{
	struct work *w = bpf_map_lookup_elem(&works, &args->key);
	struct task_struct *p = bpf_task_from_pid(target);
	int ret = -1;

	if (w && p) {
		w->tag = 100 + args->key;
		if (signal)
			ret = bpf_task_work_schedule_signal(p, &w->tw, &works, in_task);
		else
			ret = bpf_task_work_schedule_resume(p, &w->tw, &works, in_task);
		twice = bpf_task_work_schedule_resume(p, &w->tw, &works, in_task);
	}
	if (p)
		bpf_task_release(p);
	return ret;
}

/* its value goes before the task gets to it */
SEC("syscall")
int schedule_and_delete(struct args *args)
{
	struct work zero = {}, *w;
	struct task_struct *p = bpf_task_from_pid(target);
	int ret = -1;

	bpf_map_update_elem(&deleted, &args->key, &zero, BPF_ANY);
	w = bpf_map_lookup_elem(&deleted, &args->key);
	if (w && p)
		ret = bpf_task_work_schedule_resume(p, &w->tw, &deleted, never);
	bpf_map_delete_elem(&deleted, &args->key);
	if (p)
		bpf_task_release(p);
	return ret;
}
