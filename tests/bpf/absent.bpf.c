/* SPDX-License-Identifier: GPL-2.0-only */
/* absent.bpf.c - each of three schedulers needs what older kernels lack, and does not ask for it. */
#include "test.h"

struct sched_ext_entity___flavour {
	s32 selected_cpu;
} __attribute__((preserve_access_index));

struct task_struct___flavour {
	struct sched_ext_entity___flavour scx;
} __attribute__((preserve_access_index));

struct task_struct *scx_bpf_cpu_curr___flavour(s32 cpu) __ksym __weak;

int seen;

/* a member of a member, since 6.16 */
SCX_OP(absent_enqueue)
void BPF_PROG(absent_enqueue, struct task_struct *p, u64 enq_flags)
{
	seen = ((struct task_struct___flavour *)p)->scx.selected_cpu;
	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

/* a kfunc, by a prototype of its own: since 6.18 */
SCX_OP(absent_dispatch)
void BPF_PROG(absent_dispatch, s32 cpu, struct task_struct *prev)
{
	bpf_rcu_read_lock();
	seen = !scx_bpf_cpu_curr___flavour(cpu);
	bpf_rcu_read_unlock();
}

/* an op that only one form of the ops has, since 7.3 */
SCX_OP(absent_cpuctl_exit)
void BPF_PROG(absent_cpuctl_exit, struct cgroup *cgrp)
{
}

SEC(".struct_ops.link")
struct sched_ext_ops absent_field = {
	.enqueue = (void *)absent_enqueue,
	.name = "absent_field",
};

SEC(".struct_ops.link")
struct sched_ext_ops absent_kfunc = {
	.dispatch = (void *)absent_dispatch,
	.name = "absent_kfunc",
};

SEC(".struct_ops.link")
struct sched_ext_ops_cid absent_member = {
	.cpuctl_exit = (void *)absent_cpuctl_exit,
	.name = "absent_member",
};
