/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_weak.bpf.c - a weak kfunc that no kernel has, called without asking whether it is there. */
#include "test.h"

void scx_bpf_no_such_kfunc(s32 cpu) __ksym __weak;

SCX_OP(bad_weak_dispatch)
void BPF_PROG(bad_weak_dispatch, s32 cpu, struct task_struct *prev)
{
	scx_bpf_no_such_kfunc(cpu);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_weak_ops = {
	.dispatch = (void *)bad_weak_dispatch,
	.name = "bad_weak",
};
