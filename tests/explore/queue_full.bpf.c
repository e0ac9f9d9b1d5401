/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue_full.bpf.c - a queue with room for a few: when it is full the task is forgotten.
 */
#include "corpus.h"

PID_QUEUE(pids, 3);

SCX_OP(queue_full_enqueue)
void BPF_PROG(queue_full_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 pid = p->pid;

	if (spare(p, enq_flags))
		return;
	if (!bpf_map_push_elem(&pids, &pid, 0))
		wake_idle(p);
	else if (repaired)
		dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
}

SCX_OP(queue_full_dispatch)
void BPF_PROG(queue_full_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 pid;

	if (!bpf_map_pop_elem(&pids, &pid))
		insert_pid(pid, SCX_DSQ_GLOBAL);
}

static bool work_waits(void)
{
	u32 pid;

	return !bpf_map_peek_elem(&pids, &pid);
}

SCHEDULER(queue_full);
