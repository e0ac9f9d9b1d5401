/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spurious.bpf.c - ops.dispatch that always dispatches and never brings a task: each call
 * inserts one that the scheduler does not own, which is ignored. The kernel gives up after
 * SCX_DSP_MAX_LOOPS calls in one pass and kicks the CPU.
 */
#include "test.h"

s32 pid;	/* of a task that sleeps; 0: dispatch nothing */
s32 on_cpu;
u32 nr_calls, nr_inserts = 40;

SCX_OP(spurious_dispatch)
void BPF_PROG(spurious_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;

	if (!pid || cpu != on_cpu)
		return;
	nr_calls++;
	if (!nr_inserts)
		return;
	p = bpf_task_from_pid(pid);
	if (!p)
		return;
	nr_inserts--;
	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, 0);
	bpf_task_release(p);
}

SEC(".struct_ops.link")
struct sched_ext_ops spurious_ops = {
	.dispatch = (void *)spurious_dispatch,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.name = "spurious",
};
