/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stuck.bpf.c - ways in which a task that could run does not, for `kickstand why`.
 * Tasks whose name begins with "v" are the victims; others go to their CPU's local queue.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

enum { LOST, SHARED, HELD, LOCAL };

const volatile u32 way = LOST;
const volatile bool looks = false;	/* dispatch looks at the victims' queue */
const volatile s32 kicked = -1;		/* CPU that each insert kicks, -1: none */
const volatile u64 flags = 1;		/* SCX_KICK_IDLE */

#define VICTIMS 7

SCX_OP(stuck_enqueue)
void BPF_PROG(stuck_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->comm[0] != 'v' || way == LOCAL) {
		dsq_insert(p, SCX_DSQ_LOCAL, 20000000, enq_flags);
		return;
	}
	if (way == HELD)
		return;
	dsq_insert(p, VICTIMS, 20000000, enq_flags);
	if (kicked >= 0)
		scx_bpf_kick_cpu(kicked, flags);
}

SCX_OP(stuck_dispatch)
void BPF_PROG(stuck_dispatch, s32 cpu, struct task_struct *prev)
{
	if (looks)
		dsq_move_to_local(VICTIMS);
}

SCX_OP_SLEEPABLE(stuck_init)
s32 BPF_PROG(stuck_init)
{
	return scx_bpf_create_dsq(VICTIMS, -1);
}

/* without it the core's would claim idle CPUs and insert at once */
SCX_OP(stuck_select_cpu)
s32 BPF_PROG(stuck_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

SEC(".struct_ops.link")
struct sched_ext_ops stuck_ops = {
	.select_cpu = (void *)stuck_select_cpu,
	.enqueue = (void *)stuck_enqueue,
	.dispatch = (void *)stuck_dispatch,
	.init = (void *)stuck_init,
	.name = "stuck",
};
