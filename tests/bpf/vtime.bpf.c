/* SPDX-License-Identifier: GPL-2.0-only */
/* vtime.bpf.c - one queue by virtual time, fair by weight; each insert kicks an idle CPU. */
#include "test.h"

const volatile u64 slice_ns = 2000000;
static u64 vtime_now;

SCX_OP(vtime_enqueue)
void BPF_PROG(vtime_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 vtime = p->scx.dsq_vtime;
	s32 cpu;

	if ((s64)(vtime - (vtime_now - slice_ns)) < 0)
		vtime = vtime_now - slice_ns;
	dsq_insert_vtime(p, SHARED_DSQ, slice_ns, vtime, enq_flags);
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP(vtime_dispatch)
void BPF_PROG(vtime_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
}

SCX_OP(vtime_running)
void BPF_PROG(vtime_running, struct task_struct *p)
{
	if ((s64)(vtime_now - p->scx.dsq_vtime) < 0)
		vtime_now = p->scx.dsq_vtime;
}

SCX_OP(vtime_stopping)
void BPF_PROG(vtime_stopping, struct task_struct *p, bool runnable)
{
	p->scx.dsq_vtime += (slice_ns - p->scx.slice) * 100 / p->scx.weight;
}

SCX_OP(vtime_enable)
void BPF_PROG(vtime_enable, struct task_struct *p)
{
	p->scx.dsq_vtime = vtime_now;
}

SCX_OP_SLEEPABLE(vtime_init)
s32 BPF_PROG(vtime_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

SEC(".struct_ops.link")
struct sched_ext_ops vtime_ops = {
	.enqueue = (void *)vtime_enqueue,
	.dispatch = (void *)vtime_dispatch,
	.running = (void *)vtime_running,
	.stopping = (void *)vtime_stopping,
	.enable = (void *)vtime_enable,
	.init = (void *)vtime_init,
	.name = "vtime",
};
