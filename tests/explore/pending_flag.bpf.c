/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pending_flag.bpf.c - a flag of the scheduler's own says that a CPU was kicked for the queue, and
 * spares further kicks. It is cleared after the look into the queue: who comes in between kicks nobody.
 */
#include "corpus.h"

u32 pending;

SCX_OP(pending_flag_enqueue)
void BPF_PROG(pending_flag_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (spare(p, enq_flags))
		return;
	dsq_insert(p, SHARED_DSQ, SLICE_NS, enq_flags);
	if (repaired || !__sync_lock_test_and_set(&pending, 1))
		wake_idle(p);
}

SCX_OP(pending_flag_dispatch)
void BPF_PROG(pending_flag_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
	pending = 0;
}

SCX_OP_SLEEPABLE(pending_flag_init)
s32 BPF_PROG(pending_flag_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

static bool work_waits(void)
{
	return scx_bpf_dsq_nr_queued(SHARED_DSQ) > 0;
}

SCHEDULER(pending_flag, .init = (void *)pending_flag_init);
