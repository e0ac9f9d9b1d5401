/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lost.bpf.c - tasks go to a queue that nobody consumes.
 *
 * @every: each so-manieth insertion is lost, 1: all of them; the others go to the global DSQ.
 * @everybody: the loader and kernel threads, too: then it may not even get to its workload.
 */
#include "test.h"

#define LOST_DSQ 0x7

const volatile u32 every = 1;
const volatile bool everybody;
static u32 nr_inserts;

static bool is_spared(const struct task_struct *p)
{
	return !everybody && ((p->flags & PF_KTHREAD) || !bpf_strncmp(p->comm, 9, "kickstand"));
}

SCX_OP_SLEEPABLE(lost_init)
s32 BPF_PROG(lost_init)
{
	return scx_bpf_create_dsq(LOST_DSQ, -1);
}

/* Nobody gets by: an idle CPU would take the task before it is enqueued. */
SCX_OP(lost_select_cpu)
s32 BPF_PROG(lost_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	s32 cpu;

	if (everybody)
		return prev_cpu;
	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);
	if (idle)
		dsq_insert(p, SCX_DSQ_LOCAL, 20000000, 0);
	return cpu;
}

SCX_OP(lost_enqueue)
void BPF_PROG(lost_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 dsq = SCX_DSQ_GLOBAL;

	if (!is_spared(p) && every && __sync_fetch_and_add(&nr_inserts, 1) % every == every - 1)
		dsq = LOST_DSQ;
	dsq_insert(p, dsq, 20000000, enq_flags);
}

SEC(".struct_ops.link")
struct sched_ext_ops lost_ops = {
	.select_cpu = (void *)lost_select_cpu,
	.enqueue = (void *)lost_enqueue,
	.init = (void *)lost_init,
	.name = "lost",
};
