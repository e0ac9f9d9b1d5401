/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait_ring.bpf.c - a CPU that gets a task wants its neighbour to have scheduled first, and waits for
 * it; so does the neighbour. Two that do it at the same time wait for each other.
 */
#include "corpus.h"

const volatile u32 nr_cpus = 4;

SCX_OP(wait_ring_enqueue)
void BPF_PROG(wait_ring_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 cpu = bpf_get_smp_processor_id();

	if (spare(p, enq_flags))
		return;
	dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
	wake_idle(p);
	scx_bpf_kick_cpu((cpu ^ 1) % nr_cpus,
			 repaired ? SCX_KICK_PREEMPT : SCX_KICK_PREEMPT | SCX_KICK_WAIT);
}

SCX_OP(wait_ring_dispatch)
void BPF_PROG(wait_ring_dispatch, s32 cpu, struct task_struct *prev)
{
}

static bool work_waits(void)
{
	return false;
}

SCHEDULER(wait_ring);
