/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fields.bpf.c - what tasks say of their address space and of what they wait for, counted
 * where they are created, switched to and woken.
 */
#include "test.h"

#ifndef PF_EXITING
#define PF_EXITING 0x4
#endif


u64 user_mm, user_null, kthread_mm, kthread_null;	/* by ->mm, of tasks that run */
u64 no_active;		/* run without an active_mm */
u64 thread_shares, thread_own, child_shares, child_own;	/* at a fork */
u64 users_most;		/* of one address space */
u64 woken_from_io, words;

SCX_OP(fields_running)
void BPF_PROG(fields_running, struct task_struct *p)
{
	struct mm_struct *mm = p->mm;

	if (p->flags & PF_KTHREAD)
		__sync_fetch_and_add(mm ? &kthread_mm : &kthread_null, 1);
	else if (!(p->flags & PF_EXITING)) /* which has given it up, and may be switched to all the same */
		__sync_fetch_and_add(mm ? &user_mm : &user_null, 1);
	if (mm && mm->mm_users.counter > users_most)
		users_most = mm->mm_users.counter;
	if (mm)
		words += mm->arg_end - mm->arg_start;
}

SEC("raw_tp/sched_switch")
int fields_switch(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *prev = (struct task_struct *)ctx->args[1];
	struct mm_struct *active = NULL;

	bpf_core_read(&active, sizeof(active), &prev->active_mm);
	if (!active)
		no_active++;
	return 0;
}

SCX_OP(fields_runnable)
void BPF_PROG(fields_runnable, struct task_struct *task, u64 enq_flags)
{
	woken_from_io += BPF_CORE_READ_BITFIELD(task, in_iowait);
}

SEC("struct_ops.s/fields_init_task")
s32 BPF_PROG(fields_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	bool shares = p->mm && p->mm == p->real_parent->mm;

	if (!args->fork || p->flags & PF_KTHREAD)
		return 0;
	if (p->tgid == p->real_parent->tgid)
		__sync_fetch_and_add(shares ? &thread_shares : &thread_own, 1);
	else
		__sync_fetch_and_add(shares ? &child_shares : &child_own, 1);
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops fields_ops = {
	.running = (void *)fields_running,
	.runnable = (void *)fields_runnable,
	.init_task = (void *)fields_init_task,
	.name = "fields",
};
