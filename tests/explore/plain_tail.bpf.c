/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plain_tail.bpf.c - a ring of pids whose tail CPUs move on by plain arithmetic: two of them write to
 * one place, and a task is gone.
 */
#include "corpus.h"

#define RING 1024

u32 ring[RING], head, tail;

SCX_OP(plain_tail_enqueue)
void BPF_PROG(plain_tail_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 at;

	if (spare(p, enq_flags))
		return;
	if (repaired) {
		at = __sync_fetch_and_add(&tail, 1);
		ring[at % RING] = p->pid;
	} else {
		at = tail;
		ring[at % RING] = p->pid;
		tail = at + 1;
	}
	wake_idle(p);
}

/* One at a time takes out; a place that is not written yet is waited for by the next one. */
struct bpf_spin_lock taking __hidden SEC(".data.taking");

SCX_OP(plain_tail_dispatch)
void BPF_PROG(plain_tail_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 pid = 0;

	bpf_spin_lock(&taking);
	if (head != tail) {
		pid = ring[head % RING];
		if (pid) {
			ring[head % RING] = 0;
			head++;
		}
	}
	bpf_spin_unlock(&taking);
	if (pid)
		insert_pid(pid, SCX_DSQ_GLOBAL);
	else if (repaired && head != tail)
		scx_bpf_kick_cpu(cpu, 0);	/* the writer is on its way */
}

static bool work_waits(void)
{
	return head != tail;
}

SCHEDULER(plain_tail);
