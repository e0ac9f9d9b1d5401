/* SPDX-License-Identifier: GPL-2.0-only */
/* hold.bpf.c - a scheduler that keeps every task: its loader and kworkers, too. */
#include "test.h"

u32 nr_held;

SCX_OP(hold_select_cpu)
s32 BPF_PROG(hold_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

SCX_OP(hold_enqueue)
void BPF_PROG(hold_enqueue, struct task_struct *p, u64 enq_flags)
{
	nr_held++;
}

SEC(".struct_ops.link")
struct sched_ext_ops hold_ops = {
	.select_cpu = (void *)hold_select_cpu,
	.enqueue = (void *)hold_enqueue,
	.timeout_ms = 2000,
	.name = "hold",
};
