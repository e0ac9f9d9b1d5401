/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shared.bpf.c - one queue for all CPUs, and the kick without which it stalls.
 *
 * A task that wakes goes to an idle CPU if there is one. Otherwise it is put on
 * a queue that all CPUs share, and that wakes nobody: an insert into a user DSQ
 * is only an entry in a list. Between the look for an idle CPU and the insert, a
 * CPU may have gone idle; it found the queue empty and will not look again. So
 * after each insert an idle CPU is claimed and kicked.
 *
 * Run it with `--set kick=0` to see what happens to wakeup latencies without.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

const volatile bool kick = true;	/* wake an idle CPU after an insert */
const volatile u64 slice_ns = 5000000;	/* 5 ms */

u64 nr_direct, nr_shared, nr_kicks;

EXIT_RECORD_DEFINE(shared_exit);

SCX_OP(shared_select_cpu)
s32 BPF_PROG(shared_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	s32 cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);

	if (idle) {
		__sync_fetch_and_add(&nr_direct, 1);
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, 0);
	}
	return cpu;
}

SCX_OP(shared_enqueue)
void BPF_PROG(shared_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	__sync_fetch_and_add(&nr_shared, 1);
	dsq_insert(p, SHARED_DSQ, slice_ns, enq_flags);
	if (!kick)
		return;
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0) {
		__sync_fetch_and_add(&nr_kicks, 1);
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	}
}

SCX_OP(shared_dispatch)
void BPF_PROG(shared_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(SHARED_DSQ);
}

SCX_OP_SLEEPABLE(shared_init)
s32 BPF_PROG(shared_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

SCX_OP(shared_exit_op)
void BPF_PROG(shared_exit_op, struct scx_exit_info *ei)
{
	EXIT_RECORD(shared_exit, ei);
}

SEC(".struct_ops.link")
struct sched_ext_ops shared_ops = {
	.select_cpu = (void *)shared_select_cpu,
	.enqueue = (void *)shared_enqueue,
	.dispatch = (void *)shared_dispatch,
	.init = (void *)shared_init,
	.exit = (void *)shared_exit_op,
	.name = "shared",
};
