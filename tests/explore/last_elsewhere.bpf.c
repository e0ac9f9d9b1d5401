/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * last_elsewhere.bpf.c - the only task of a CPU is enqueued with SCX_ENQ_LAST when its slice is
 * over. It goes to the shared queue like others, and nobody is called for it: the CPU idles.
 */
#include "corpus.h"

SCX_OP(last_elsewhere_enqueue)
void BPF_PROG(last_elsewhere_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (spare(p, enq_flags))
		return;
	dsq_insert(p, SHARED_DSQ, SLICE_NS / 4, enq_flags);
	if (!(enq_flags & SCX_ENQ_LAST))
		wake_idle(p);
	else if (repaired)
		scx_bpf_kick_cpu(bpf_get_smp_processor_id(), 0);
}

SCX_OP(last_elsewhere_dispatch)
void BPF_PROG(last_elsewhere_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
}

SCX_OP_SLEEPABLE(last_elsewhere_init)
s32 BPF_PROG(last_elsewhere_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

static bool work_waits(void)
{
	return scx_bpf_dsq_nr_queued(SHARED_DSQ) > 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops last_elsewhere_ops = {
	.select_cpu = (void *)corpus_select_cpu,
	.enqueue = (void *)last_elsewhere_enqueue,
	.dispatch = (void *)last_elsewhere_dispatch,
	.update_idle = (void *)corpus_update_idle,
	.init = (void *)last_elsewhere_init,
	.flags = SCX_OPS_KEEP_BUILTIN_IDLE | SCX_OPS_ENQ_LAST,
	.name = "last_elsewhere",
};
