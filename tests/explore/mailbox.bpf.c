/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mailbox.bpf.c - a place for one task, looked at and then filled: two CPUs find it empty, and the
 * second overwrites what the first has put there.
 */
#include "corpus.h"

u32 box;

SCX_OP(mailbox_enqueue)
void BPF_PROG(mailbox_enqueue, struct task_struct *p, u64 enq_flags)
{
	bool mine;

	if (spare(p, enq_flags))
		return;
	if (repaired) {
		mine = !__sync_val_compare_and_swap(&box, 0, (u32)p->pid);
	} else {
		mine = !box;
		if (mine)
			box = p->pid;
	}
	if (!mine)
		dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
	if (mine || repaired) /* a CPU that is called for the box may take the other one first */
		wake_idle(p);
}

SCX_OP(mailbox_dispatch)
void BPF_PROG(mailbox_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 pid = __sync_lock_test_and_set(&box, 0);

	if (pid)
		insert_pid(pid, SCX_DSQ_GLOBAL);
}

static bool work_waits(void)
{
	return box;
}

SCHEDULER(mailbox);
