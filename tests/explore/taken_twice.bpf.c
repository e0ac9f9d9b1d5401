/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * taken_twice.bpf.c - two CPUs take from a ring of pids: both read the same place, and both move on,
 * so that the next one is passed over.
 */
#include "corpus.h"

#define RING 1024

u32 ring[RING], head, tail;

SCX_OP(taken_twice_enqueue)
void BPF_PROG(taken_twice_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (spare(p, enq_flags))
		return;
	ring[__sync_fetch_and_add(&tail, 1) % RING] = p->pid;
	wake_idle(p);
}

SCX_OP(taken_twice_dispatch)
void BPF_PROG(taken_twice_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 pid, at = head;

	if (at == tail)
		return;
	pid = ring[at % RING];
	if (!pid) {	/* its writer is on the way */
		scx_bpf_kick_cpu(cpu, 0);
		return;
	}
	if (repaired) {
		if (__sync_val_compare_and_swap(&head, at, at + 1) != at) {
			scx_bpf_kick_cpu(cpu, 0);
			return;
		}
		ring[at % RING] = 0;
	} else {
		ring[at % RING] = 0;
		__sync_fetch_and_add(&head, 1);
	}
	insert_pid(pid, SCX_DSQ_GLOBAL);
}

static bool work_waits(void)
{
	return head != tail;
}

SCHEDULER(taken_twice);
