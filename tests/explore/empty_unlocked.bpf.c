/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * empty_unlocked.bpf.c - a list under a spin lock whose emptiness is looked at without: who queues
 * behind others tells nobody, and meanwhile the others were taken and the CPUs went idle.
 */
#include "corpus.h"

#define RING 1024

struct bpf_spin_lock lock __hidden SEC(".data.list");
u32 ring[RING], head, tail;

SCX_OP(empty_unlocked_enqueue)
void BPF_PROG(empty_unlocked_enqueue, struct task_struct *p, u64 enq_flags)
{
	bool was_empty;

	if (spare(p, enq_flags))
		return;
	was_empty = head == tail;
	bpf_spin_lock(&lock);
	ring[tail % RING] = p->pid;
	tail++;
	bpf_spin_unlock(&lock);
	if (was_empty || repaired)
		wake_idle(p);
}

SCX_OP(empty_unlocked_dispatch)
void BPF_PROG(empty_unlocked_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 pid = 0;

	bpf_spin_lock(&lock);
	if (head != tail) {
		pid = ring[head % RING];
		head++;
	}
	bpf_spin_unlock(&lock);
	if (pid)
		insert_pid(pid, SCX_DSQ_GLOBAL);
}

static bool work_waits(void)
{
	return head != tail;
}

SCHEDULER(empty_unlocked);
