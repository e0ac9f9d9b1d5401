/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_kfunc.bpf.c - needs a kfunc that no kernel has. */
#include "test.h"

void scx_bpf_no_such_kfunc(s32 cpu) __ksym;

SCX_OP(bad_kfunc_dispatch)
void BPF_PROG(bad_kfunc_dispatch, s32 cpu, struct task_struct *prev)
{
	scx_bpf_no_such_kfunc(cpu);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_kfunc_ops = {
	.dispatch = (void *)bad_kfunc_dispatch,
	.name = "bad_kfunc",
};
