/* SPDX-License-Identifier: GPL-2.0-only */
/* waits.bpf.c - CPU 0 waits for CPU 2, whose task has a slice that does not end. */
#include "test.h"

static bool done;

SCX_OP(waits_enqueue)
void BPF_PROG(waits_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_LOCAL, 20000000000ULL, enq_flags);
}

SCX_OP(waits_tick)
void BPF_PROG(waits_tick, struct task_struct *p)
{
	if (done || bpf_get_smp_processor_id())
		return;
	done = true;
	scx_bpf_kick_cpu(2, SCX_KICK_WAIT);
}

SEC(".struct_ops.link")
struct sched_ext_ops waits_ops = {
	.enqueue = (void *)waits_enqueue,
	.tick = (void *)waits_tick,
	.name = "waits",
};
