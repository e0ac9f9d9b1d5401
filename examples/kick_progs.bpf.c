/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kick_progs.bpf.c - programs that are no scheduler's callbacks, and kick.
 *
 * Four problems whose right moment no op knows:
 *
 *	syscall		a daemon tells a CPU to choose again
 *	tracepoint	a task called "urgent" wakes up: it is not to wait for a slice
 *	LSM		a task is made important: its CPU is to choose again at once
 *	perf event	a task has computed for too long on this CPU
 *
 * They are in one object with the scheduler, since on newer kernels a program of
 * another object may have none to kick for. The scheduler has a queue for each CPU,
 * "urgent" and tasks of negative nice value first, and slices of 100 ms.
 *
 * Run it with `--set kick=0` to see what the programs are for.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

#define NICE_0_PRIO 120

const volatile bool kick = true;
const volatile u64 slice_ns = 100000000;

u64 nr_syscall, nr_tracepoint, nr_lsm, nr_perf;

EXIT_RECORD_DEFINE(progs_exit);

static void kick_for(u64 *counter, s32 cpu, u64 flags)
{
	__sync_fetch_and_add(counter, 1);
	if (kick)
		scx_bpf_kick_cpu(cpu, flags);
}

/* ---- a system call: bpf(BPF_PROG_TEST_RUN) with this context ---- */

struct kick_args {
	s32 cpu;
	u64 flags;
};

SEC("syscall")
int kick_syscall(struct kick_args *args)
{
	kick_for(&nr_syscall, args->cpu, args->flags);
	return 0;
}

/* ---- a tracepoint ---- */

static bool is_urgent(const char *comm)
{
	return !bpf_strncmp(comm, 6, "urgent");
}

SEC("tracepoint/sched/sched_wakeup")
int kick_tracepoint(struct trace_event_raw_sched_wakeup_template *ctx)
{
	char comm[16];

	__builtin_memcpy(comm, ctx->comm, sizeof(comm));
	if (is_urgent(comm))
		kick_for(&nr_tracepoint, ctx->target_cpu, SCX_KICK_PREEMPT);
	return 0;
}

/* ---- an LSM hook: asked before the change, so the kick comes while it is made ---- */

SEC("lsm/task_setnice")
int BPF_PROG(kick_lsm, struct task_struct *p, int nice)
{
	if (nice < 0)
		kick_for(&nr_lsm, scx_bpf_task_cpu(p), SCX_KICK_PREEMPT);
	return 0;	/* we only watch */
}

/* ---- a perf event: cpu-clock, so an interrupt. An NMI may not kick on newer kernels. ---- */

SEC("perf_event")
int kick_perf(struct bpf_perf_event_data *ctx)
{
	kick_for(&nr_perf, bpf_get_smp_processor_id(), SCX_KICK_PREEMPT);
	return 0;
}

/* ---- the scheduler ---- */

SCX_OP(progs_enqueue)
void BPF_PROG(progs_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 head = bpf_core_enum_value(enum scx_enq_flags, SCX_ENQ_HEAD);
	char comm[16];

	bpf_probe_read_kernel_str(comm, sizeof(comm), p->comm);
	if (p->static_prio < NICE_0_PRIO || is_urgent(comm))
		enq_flags |= head;
	dsq_insert(p, scx_bpf_task_cpu(p), slice_ns, enq_flags);
}

SCX_OP(progs_dispatch)
void BPF_PROG(progs_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(cpu);
}

SCX_OP_SLEEPABLE(progs_init)
s32 BPF_PROG(progs_init)
{
	s32 cpu, err;

	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids()) {
		err = scx_bpf_create_dsq(cpu, -1);
		if (err)
			return err;
	}
	return 0;
}

SCX_OP(progs_exit_op)
void BPF_PROG(progs_exit_op, struct scx_exit_info *ei)
{
	EXIT_RECORD(progs_exit, ei);
}

SEC(".struct_ops.link")
struct sched_ext_ops progs_ops = {
	.enqueue = (void *)progs_enqueue,
	.dispatch = (void *)progs_dispatch,
	.init = (void *)progs_init,
	.exit = (void *)progs_exit_op,
	.name = "kick_progs",
};
