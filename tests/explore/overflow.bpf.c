/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overflow.bpf.c - all that is queued is handed out at once: mostly less than there are dispatch
 * slots, and more when the CPU that hands out was away for a moment.
 */
#include "corpus.h"

PID_QUEUE(pids, 1024);

SCX_OP(overflow_enqueue)
void BPF_PROG(overflow_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 pid = p->pid;

	if (spare(p, enq_flags))
		return;
	if (bpf_map_push_elem(&pids, &pid, 0))
		dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
	else if (bpf_get_smp_processor_id()) /* CPU 0 is about to dispatch by itself */
		scx_bpf_kick_cpu(0, SCX_KICK_PREEMPT);
}

SCX_OP(overflow_dispatch)
void BPF_PROG(overflow_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;
	u32 pid, i;

	if (cpu)
		return;
	bpf_for(i, 0, 64) {
		if (repaired && !scx_bpf_dispatch_nr_slots()) {
			scx_bpf_kick_cpu(0, SCX_KICK_PREEMPT);
			break;
		}
		if (bpf_map_pop_elem(&pids, &pid))
			break;
		p = bpf_task_from_pid(pid);
		if (!p)
			continue;
		dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, 0);
		wake_idle(p);
		bpf_task_release(p);
	}
}

static bool work_waits(void)
{
	u32 pid;

	return !bpf_map_peek_elem(&pids, &pid);
}

SCHEDULER(overflow, .dispatch_max_batch = 8);
