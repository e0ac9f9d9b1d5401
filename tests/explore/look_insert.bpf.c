/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look_insert.bpf.c - an idle CPU is looked for before the insert into the shared queue: one that
 * goes idle in between finds the queue empty and is told of nothing.
 */
#include "corpus.h"

SCX_OP(look_insert_enqueue)
void BPF_PROG(look_insert_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	if (spare(p, enq_flags))
		return;
	if (repaired) {
		dsq_insert(p, SHARED_DSQ, SLICE_NS, enq_flags);
		wake_idle(p);
		return;
	}
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	dsq_insert(p, SHARED_DSQ, SLICE_NS, enq_flags);
	if (cpu >= 0)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP(look_insert_dispatch)
void BPF_PROG(look_insert_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
}

SCX_OP_SLEEPABLE(look_insert_init)
s32 BPF_PROG(look_insert_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

static bool work_waits(void)
{
	return scx_bpf_dsq_nr_queued(SHARED_DSQ) > 0;
}

SCHEDULER(look_insert, .init = (void *)look_insert_init);
