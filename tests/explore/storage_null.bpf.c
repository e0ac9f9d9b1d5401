/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * storage_null.bpf.c - what is known of a task is in its storage, made when it first comes. There is
 * none for want of memory, and the task is dropped in silence.
 */
#include "corpus.h"

struct known {
	u64 enqueued;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct known);
} known SEC(".maps");

SCX_OP(storage_null_enqueue)
void BPF_PROG(storage_null_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct known *k;

	if (spare(p, enq_flags))
		return;
	k = bpf_task_storage_get(&known, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!k && !repaired)
		return;
	if (k)
		k->enqueued++;
	dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
	wake_idle(p);
}

SCX_OP(storage_null_dispatch)
void BPF_PROG(storage_null_dispatch, s32 cpu, struct task_struct *prev)
{
}

static bool work_waits(void)
{
	return false;
}

SCHEDULER(storage_null);
