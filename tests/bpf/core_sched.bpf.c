/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core_sched.bpf.c - an order of its own between siblings: "wA" before "wB"; and tasks that the
 * scheduler keeps ("wK"), so that only core scheduling can run them.
 */
#include "test.h"

u32 asked, keep;

SCX_OP(cs_select_cpu)
s32 BPF_PROG(cs_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

SCX_OP(cs_enqueue)
void BPF_PROG(cs_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (!keep || p->comm[0] != 'w' || p->comm[1] != 'K')
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, 5000000, enq_flags);
}

SCX_OP(cs_dequeue)
void BPF_PROG(cs_dequeue, struct task_struct *p, u64 deq_flags)
{
}

SCX_OP(cs_running)
void BPF_PROG(cs_running, struct task_struct *p)
{
}

SCX_OP(cs_core_sched_before)
bool BPF_PROG(cs_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	asked++;
	return a->comm[1] < b->comm[1];
}

SEC(".struct_ops.link")
struct sched_ext_ops own_order = {
	.select_cpu = (void *)cs_select_cpu,
	.enqueue = (void *)cs_enqueue,
	.dequeue = (void *)cs_dequeue,
	.running = (void *)cs_running,
	.core_sched_before = (void *)cs_core_sched_before,
	.timeout_ms = 30000,
	.name = "own_order",
};

SEC(".struct_ops.link")
struct sched_ext_ops fifo_order = {
	.select_cpu = (void *)cs_select_cpu,
	.enqueue = (void *)cs_enqueue,
	.dequeue = (void *)cs_dequeue,
	.running = (void *)cs_running,
	.timeout_ms = 30000,
	.name = "fifo_order",
};
