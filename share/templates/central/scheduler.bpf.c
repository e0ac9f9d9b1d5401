/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * @NAME@.bpf.c - one CPU decides for all, and preempts by kicking.
 *
 *	CPU 3, ops.dispatch            the central CPU, ops.dispatch
 *	  nothing here: wants[3] = 1
 *	  kick(central, PREEMPT)  ───▶   pop a pid; insert it to LOCAL_ON | 3,
 *	                                 which reschedules that CPU
 *
 * Why PREEMPT: the central CPU may run a task with slice left. A plain kick would reschedule
 * it and keep that task, without a call of ops.dispatch.
 */
#include <scx/common.bpf.h>

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 1024
#define FALLBACK_DSQ 0		/* for tasks that the CPU that wants one may not run */

const volatile s32 central_cpu = 0;
const volatile u64 slice_ns = 5000000;	/* another: --set slice_ns=1000000 */

u64 nr_queued, nr_given;		/* to look at: --dump-map .bss */
bool wants[MAX_CPUS];			/* written by the CPU itself */

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4096);
	__type(value, s32);
} waiting SEC(".maps");

UEI_DEFINE(uei);

s32 BPF_STRUCT_OPS(@NAME@_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return central_cpu;	/* so that it wakes up if it is idle */
}

void BPF_STRUCT_OPS(@NAME@_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 pid = p->pid;

	/* the kernel's own threads of one CPU must not wait for a decision */
	if ((p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1) {
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	if (bpf_map_push_elem(&waiting, &pid, 0)) {
		scx_bpf_dsq_insert(p, FALLBACK_DSQ, slice_ns, enq_flags);
		return;
	}
	__sync_fetch_and_add(&nr_queued, 1);
	if (!scx_bpf_task_running(p))	/* else it comes from the dispatch that asks anyway */
		scx_bpf_kick_cpu(central_cpu, SCX_KICK_PREEMPT);
}

/* A task for @cpu out of the queue; false: there is none. */
static bool give_one(s32 cpu)
{
	struct task_struct *p;
	s32 pid, i;

	bpf_for(i, 0, 16) {
		if (bpf_map_pop_elem(&waiting, &pid))
			return false;
		__sync_fetch_and_sub(&nr_queued, 1);
		p = bpf_task_from_pid(pid);
		if (!p)
			continue;
		if (bpf_cpumask_test_cpu(cpu, p->cpus_ptr)) {
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cpu, slice_ns, 0);
			bpf_task_release(p);
			__sync_fetch_and_add(&nr_given, 1);
			return true;
		}
		scx_bpf_dsq_insert(p, FALLBACK_DSQ, slice_ns, 0);
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), SCX_KICK_PREEMPT);
		bpf_task_release(p);
		if (!scx_bpf_dispatch_nr_slots())
			return false;	/* dispatch is called again for the rest */
	}
	return false;
}

static void give_all(void)
{
	s32 cpu;

	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids()) {
		if (cpu >= MAX_CPUS || !scx_bpf_dispatch_nr_slots())
			break;
		if (cpu == central_cpu || !wants[cpu])
			continue;
		if (!give_one(cpu))
			break;
		wants[cpu] = false;
	}
}

void BPF_STRUCT_OPS(@NAME@_dispatch, s32 cpu, struct task_struct *prev)
{
	if (cpu == central_cpu)
		give_all();
	if (scx_bpf_dsq_move_to_local(FALLBACK_DSQ, 0))
		return;
	if (cpu == central_cpu) {
		give_one(cpu);
		return;
	}
	if (cpu >= 0 && cpu < MAX_CPUS)
		wants[cpu] = true;
	if (nr_queued)
		scx_bpf_kick_cpu(central_cpu, SCX_KICK_PREEMPT);
}

void BPF_STRUCT_OPS(@NAME@_running, struct task_struct *p)
{
	u32 cpu = scx_bpf_task_cpu(p);

	if (cpu < MAX_CPUS)
		wants[cpu] = false;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(@NAME@_init)
{
	return scx_bpf_create_dsq(FALLBACK_DSQ, -1);
}

void BPF_STRUCT_OPS(@NAME@_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_DEFINE(@NAME@_ops,
	       .select_cpu = (void *)@NAME@_select_cpu,
	       .enqueue = (void *)@NAME@_enqueue,
	       .dispatch = (void *)@NAME@_dispatch,
	       .running = (void *)@NAME@_running,
	       .init = (void *)@NAME@_init,
	       .exit = (void *)@NAME@_exit,
	       .flags = SCX_OPS_ENQ_LAST,
	       .name = "@NAME@");
