/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline.bpf.c - long slices, and a timer that ends them when somebody waits too long.
 *
 * Long slices are good for those who compute and bad for those who wake up. Here each
 * CPU has a queue; when its oldest task has waited for deadline_ns, the timer preempts
 * what runs. Most slices are never cut, and no wait is much longer than the deadline.
 *
 *	queue of CPU 1: w (since 3.0 ms)        CPU 1 runs h, 97 ms of its slice left
 *	timer, 4.2 ms:  3.0 + 1 < 4.2  ──────▶  kick(1, PREEMPT): slice 0, dispatch, w runs
 *
 * The timer starts in ops.init and then starts itself. Starting one in an op that holds
 * a run queue's lock is no good idea on a real kernel.
 *
 * Run it with `--set kick=0` to see the latencies without.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 1024

const volatile bool kick = true;
const volatile u64 slice_ns = 100000000;	/* 100 ms */
const volatile u64 deadline_ns = 1000000;
const volatile u64 timer_ns = 250000;

u64 nr_preempted, nr_in_time;

/* since when the oldest task of a CPU's queue waits; 0: nobody does */
u64 waiting_ns[MAX_CPUS];

struct ticker {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ticker);
} tickers SEC(".maps");

EXIT_RECORD_DEFINE(deadline_exit);

SCX_OP(deadline_enqueue)
void BPF_PROG(deadline_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 cpu = scx_bpf_task_cpu(p);

	dsq_insert(p, cpu, slice_ns, enq_flags);
	if (cpu < MAX_CPUS && !waiting_ns[cpu])
		waiting_ns[cpu] = bpf_ktime_get_ns();
}

/* The next one's wait counts from here: a queue's third task waits for three deadlines. */
SCX_OP(deadline_dispatch)
void BPF_PROG(deadline_dispatch, s32 cpu, struct task_struct *prev)
{
	if (!dsq_move_to_local(cpu))
		return;
	if (cpu >= 0 && cpu < MAX_CPUS)
		waiting_ns[cpu] = scx_bpf_dsq_nr_queued(cpu) > 0 ? bpf_ktime_get_ns() : 0;
	__sync_fetch_and_add(&nr_in_time, 1);
}

static int look(void *map, int *key, struct bpf_timer *timer)
{
	u64 now = bpf_ktime_get_ns(), since;
	s32 cpu;

	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids()) {
		if (cpu >= MAX_CPUS)
			break;
		since = waiting_ns[cpu];
		if (!since || now < since + deadline_ns)
			continue;
		__sync_fetch_and_add(&nr_preempted, 1);
		if (kick)
			scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT);
	}
	bpf_timer_start(timer, timer_ns, 0);
	return 0;
}

SCX_OP_SLEEPABLE(deadline_init)
s32 BPF_PROG(deadline_init)
{
	u32 key = 0;
	struct ticker *t = bpf_map_lookup_elem(&tickers, &key);
	s32 cpu, err;

	if (!t)
		return -2;
	bpf_for(cpu, 0, scx_bpf_nr_cpu_ids()) {
		err = scx_bpf_create_dsq(cpu, -1);
		if (err)
			return err;
	}
	bpf_timer_init(&t->timer, &tickers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&t->timer, look);
	return bpf_timer_start(&t->timer, timer_ns, 0);
}

SCX_OP(deadline_exit_op)
void BPF_PROG(deadline_exit_op, struct scx_exit_info *ei)
{
	EXIT_RECORD(deadline_exit, ei);
}

SEC(".struct_ops.link")
struct sched_ext_ops deadline_ops = {
	.enqueue = (void *)deadline_enqueue,
	.dispatch = (void *)deadline_dispatch,
	.init = (void *)deadline_init,
	.exit = (void *)deadline_exit_op,
	.name = "deadline",
};
