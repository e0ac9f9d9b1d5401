/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * claimed_unkicked.bpf.c - an idle CPU is claimed, and on one path the kick does not come: its bit
 * is clear, so that nobody finds it idle again, and it sleeps on.
 */
#include "corpus.h"

SCX_OP(claimed_unkicked_enqueue)
void BPF_PROG(claimed_unkicked_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	if (spare(p, enq_flags))
		return;
	dsq_insert(p, SHARED_DSQ, SLICE_NS, enq_flags);
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu < 0)
		return;
	/* somebody was faster and took it: nothing is left to do, it seems */
	if (!repaired && !scx_bpf_dsq_nr_queued(SHARED_DSQ))
		return;
	scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP(claimed_unkicked_dispatch)
void BPF_PROG(claimed_unkicked_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
}

SCX_OP_SLEEPABLE(claimed_unkicked_init)
s32 BPF_PROG(claimed_unkicked_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

static bool work_waits(void)
{
	return scx_bpf_dsq_nr_queued(SHARED_DSQ) > 0;
}

SCHEDULER(claimed_unkicked, .init = (void *)claimed_unkicked_init);
