/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * central.bpf.c - one CPU decides for all, and preempts by kicking.
 *
 * Tasks have endless slices, so the other CPUs run without being disturbed by slices
 * that end. Whoever needs the central CPU's decision kicks it:
 *
 *	CPU 3, ops.dispatch            central CPU, ops.dispatch
 *	  nothing here: wants[3] = 1
 *	  kick(central, PREEMPT)  ───▶   pop a pid; insert it to LOCAL_ON | 3
 *	                                 (its CPU is rescheduled by the insert)
 *
 * Why PREEMPT: the central CPU runs a task with slice left, too. A plain kick would
 * reschedule it and keep the task, without a call of ops.dispatch. The same when a
 * timer takes the CPU from a task that had its turn while others wait.
 *
 * Run it with `--set preempt=0` to see tasks that never run.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 1024
#define FALLBACK_DSQ 0		/* for tasks that the wanting CPU may not run */

const volatile s32 central_cpu = 0;
const volatile bool preempt = true;	/* kick with SCX_KICK_PREEMPT */
const volatile u64 turn_ns = 4000000;	/* what a task has while others wait */
const volatile u64 timer_ns = 1000000;

u64 nr_queued, nr_given, nr_fallback, nr_calls_central, nr_turns_over;

/* who wants a task, and since when each runs the one it has: written by the CPU itself */
bool wants[MAX_CPUS];
u64 since_ns[MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4096);
	__type(value, s32);
} waiting SEC(".maps");

struct ticker {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ticker);
} tickers SEC(".maps");

EXIT_RECORD_DEFINE(central_exit);

static u64 urgent(void)
{
	return preempt ? SCX_KICK_PREEMPT : 0;
}

static void call_central(void)
{
	__sync_fetch_and_add(&nr_calls_central, 1);
	scx_bpf_kick_cpu(central_cpu, urgent());
}

SCX_OP(central_select_cpu)
s32 BPF_PROG(central_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return central_cpu;	/* so that it wakes up if it is idle */
}

SCX_OP(central_enqueue)
void BPF_PROG(central_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 pid = p->pid;

	/* the kernel's own threads of this CPU must not wait for a decision */
	if ((p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1) {
		dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_INF, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	if (bpf_map_push_elem(&waiting, &pid, 0)) {
		dsq_insert(p, FALLBACK_DSQ, SCX_SLICE_INF, enq_flags);
		return;
	}
	__sync_fetch_and_add(&nr_queued, 1);
	if (!scx_bpf_task_running(p))	/* else we come from the dispatch that asks anyway */
		call_central();
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
			dsq_insert(p, SCX_DSQ_LOCAL_ON | cpu, SCX_SLICE_INF, 0);
			bpf_task_release(p);
			__sync_fetch_and_add(&nr_given, 1);
			return true;
		}
		dsq_insert(p, FALLBACK_DSQ, SCX_SLICE_INF, 0);
		scx_bpf_kick_cpu(scx_bpf_task_cpu(p), urgent());
		bpf_task_release(p);
		__sync_fetch_and_add(&nr_fallback, 1);
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

SCX_OP(central_dispatch)
void BPF_PROG(central_dispatch, s32 cpu, struct task_struct *prev)
{
	if (cpu == central_cpu)
		give_all();
	if (dsq_move_to_local(FALLBACK_DSQ))
		return;
	if (cpu == central_cpu) {
		give_one(cpu);
		return;
	}
	if (cpu >= 0 && cpu < MAX_CPUS)
		wants[cpu] = true;
	if (nr_queued)
		call_central();
}

SCX_OP(central_running)
void BPF_PROG(central_running, struct task_struct *p)
{
	u32 cpu = scx_bpf_task_cpu(p);

	if (cpu < MAX_CPUS) {
		wants[cpu] = false;
		since_ns[cpu] = bpf_ktime_get_ns();
	}
}

SCX_OP(central_stopping)
void BPF_PROG(central_stopping, struct task_struct *p, bool runnable)
{
	u32 cpu = scx_bpf_task_cpu(p);

	if (cpu < MAX_CPUS)
		since_ns[cpu] = 0;
}

/* Take the CPU from those that had their turn. Slices do not end by themselves here. */
static int turns(void *map, int *key, struct bpf_timer *timer)
{
	u64 now = bpf_ktime_get_ns(), since;
	s32 cpu;

	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids()) {
		if (cpu >= MAX_CPUS || !nr_queued)
			break;
		since = since_ns[cpu];
		if (!since || now < since + turn_ns)
			continue;
		__sync_fetch_and_add(&nr_turns_over, 1);
		scx_bpf_kick_cpu(cpu, urgent());
	}
	bpf_timer_start(timer, timer_ns, BPF_F_TIMER_CPU_PIN);
	return 0;
}

SCX_OP_SLEEPABLE(central_init)
s32 BPF_PROG(central_init)
{
	u32 key = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &key);
	s32 err = scx_bpf_create_dsq(FALLBACK_DSQ, -1);

	if (err || !t)
		return err ? err : -2;
	bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&t->timer, turns);
	return bpf_timer_start(&t->timer, timer_ns, BPF_F_TIMER_CPU_PIN);
}

SCX_OP(central_exit_op)
void BPF_PROG(central_exit_op, struct scx_exit_info *ei)
{
	EXIT_RECORD(central_exit, ei);
}

SEC(".struct_ops.link")
struct sched_ext_ops central_ops = {
	.select_cpu = (void *)central_select_cpu,
	.enqueue = (void *)central_enqueue,
	.dispatch = (void *)central_dispatch,
	.running = (void *)central_running,
	.stopping = (void *)central_stopping,
	.init = (void *)central_init,
	.exit = (void *)central_exit_op,
	.name = "central",
};
