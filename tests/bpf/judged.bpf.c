/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judged.bpf.c - what each detector of the verdict is to find, by --set wrong=WRONG_X; without
 * it, the same scheduler in order: a FIFO for all CPUs.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

enum wrong {
	WRONG_NOTHING,
	WRONG_LOST,		/* a queue that nobody looks into */
	WRONG_KEPT,		/* tasks called "kept" stay in the scheduler's hands */
	WRONG_ONE_CPU,		/* only CPU 0 looks, and nobody is kicked */
	WRONG_NOT_MADE,		/* a task called "child" may not be */
	WRONG_STORM,		/* pairs of CPUs kick each other whenever they look for work */
	WRONG_SHARES,		/* a task called "poor" has a small part of the others' slice */
	WRONG_BUSY_KICKS,	/* idle kicks of CPUs that run something */
	WRONG_NO_SLICE,		/* tasks without a slice on local queues */
};

#define QUEUE 7
#define SLICE_NS 20000000

const volatile enum wrong wrong = WRONG_NOTHING;

static bool is_called(const struct task_struct *p, const char *name, u32 len)
{
	char comm[16] = {};

	bpf_probe_read_kernel_str(comm, sizeof(comm), p->comm);
	for (u32 i = 0; i < len; i++)
		if (comm[i] != name[i])
			return false;
	return true;
}

SCX_OP_SLEEPABLE(judged_init_task)
s32 BPF_PROG(judged_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	return wrong == WRONG_NOT_MADE && is_called(p, "child", 5) ? -12 : 0;
}

SCX_OP(judged_select_cpu)
s32 BPF_PROG(judged_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

static void wake_somebody(struct task_struct *p)
{
	s32 cpu;

	if (wrong == WRONG_BUSY_KICKS) {
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), SCX_KICK_IDLE);
		return;
	}
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP(judged_enqueue)
void BPF_PROG(judged_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (wrong == WRONG_KEPT && is_called(p, "kept", 4))
		return;
	if (wrong == WRONG_NO_SLICE) {
		p->scx.slice = 0;
		dsq_insert(p, SCX_DSQ_LOCAL, 0, enq_flags);
		p->scx.slice = 0;
		return;
	}
	dsq_insert(p, QUEUE, wrong == WRONG_SHARES && is_called(p, "poor", 4) ? SLICE_NS / 20 : SLICE_NS,
		   enq_flags);
	if (wrong != WRONG_ONE_CPU)
		wake_somebody(p);
}

SCX_OP(judged_dispatch)
void BPF_PROG(judged_dispatch, s32 cpu, struct task_struct *prev)
{
	if (wrong == WRONG_STORM)
		scx_bpf_kick_cpu(cpu ^ 1, 0);
	if (wrong != WRONG_LOST && (wrong != WRONG_ONE_CPU || !cpu))
		dsq_move_to_local(QUEUE);
}

SCX_OP_SLEEPABLE(judged_init)
s32 BPF_PROG(judged_init)
{
	return scx_bpf_create_dsq(QUEUE, -1);
}

SEC(".struct_ops.link")
struct sched_ext_ops judged_ops = {
	.select_cpu = (void *)judged_select_cpu,
	.enqueue = (void *)judged_enqueue,
	.dispatch = (void *)judged_dispatch,
	.init_task = (void *)judged_init_task,
	.init = (void *)judged_init,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.name = "judged",
};
