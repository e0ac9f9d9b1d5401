/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object_null.bpf.c - tasks wait in a list of objects that are made when they come. bpf_obj_new()
 * gives none, and the path out forgets the task.
 */
#include "corpus.h"

struct waiter {
	struct bpf_list_node node;
	u32 pid;
};

private(list) struct bpf_spin_lock lock;
private(list) struct bpf_list_head waiters __contains(waiter, node);
u32 nr_waiters;

SCX_OP(object_null_enqueue)
void BPF_PROG(object_null_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct waiter *w;

	if (spare(p, enq_flags))
		return;
	w = bpf_obj_new(typeof(*w));
	if (!w) {
		if (repaired)
			dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
		return;
	}
	w->pid = p->pid;
	bpf_spin_lock(&lock);
	bpf_list_push_back(&waiters, &w->node);
	bpf_spin_unlock(&lock);
	__sync_fetch_and_add(&nr_waiters, 1);
	wake_idle(p);
}

SCX_OP(object_null_dispatch)
void BPF_PROG(object_null_dispatch, s32 cpu, struct task_struct *prev)
{
	struct bpf_list_node *node;
	struct waiter *w;

	bpf_spin_lock(&lock);
	node = bpf_list_pop_front(&waiters);
	bpf_spin_unlock(&lock);
	if (!node)
		return;
	__sync_fetch_and_sub(&nr_waiters, 1);
	w = container_of(node, struct waiter, node);
	insert_pid(w->pid, SCX_DSQ_GLOBAL);
	bpf_obj_drop(w);
}

static bool work_waits(void)
{
	return nr_waiters;
}

SCHEDULER(object_null);
