/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slice_unkicked.bpf.c - who comes takes the slice of who runs, and leaves it at that. On a CPU whose
 * tick stands still nobody sees it.
 */
#include "corpus.h"

#define CPUS 64

u32 runs[CPUS];

SCX_OP(slice_unkicked_enqueue)
void BPF_PROG(slice_unkicked_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 cpu = scx_bpf_task_cpu(p);
	struct task_struct *curr;

	if (spare(p, enq_flags))
		return;
	dsq_insert(p, SCX_DSQ_LOCAL, repaired ? SLICE_NS : SCX_SLICE_INF, enq_flags);
	curr = repaired ? NULL : bpf_task_from_pid(runs[cpu % CPUS]);
	if (curr) {
		curr->scx.slice = 0;
		bpf_task_release(curr);
	}
	scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP(slice_unkicked_dispatch)
void BPF_PROG(slice_unkicked_dispatch, s32 cpu, struct task_struct *prev)
{
}

SCX_OP(slice_unkicked_running)
void BPF_PROG(slice_unkicked_running, struct task_struct *p)
{
	runs[bpf_get_smp_processor_id() % CPUS] = p->pid;
}

static bool work_waits(void)
{
	return false;
}

SCHEDULER(slice_unkicked, .running = (void *)slice_unkicked_running);
