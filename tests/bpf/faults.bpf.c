/* SPDX-License-Identifier: GPL-2.0-only */
/* faults.bpf.c - `--set fault=NAME` does one wrong thing, once things are under way. */
#include "test.h"

enum fault {
	FAULT_NONE, FAULT_STORE, FAULT_LOOP, FAULT_ERROR, FAULT_STALL, FAULT_KICK, FAULT_TWICE,
	FAULT_DSQ, FAULT_CYCLE, FAULT_CPU, FAULT_EXIT, FAULT_BPF_LOOP, FAULT_STORM, FAULT_CROWD,
	FAULT_NO_BPF_PROG,
};

const volatile enum fault fault = FAULT_NONE;
volatile u64 address = 0x123450;
volatile u64 forever = 1, count;
u64 nr_calls;

struct crowd {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct crowd);
} crowds SEC(".maps");

/* from an interrupt, which comes upon CPUs that wait as it asks them to */
static int crowd_in(void *map, int *key, struct crowd *c)
{
	bpf_timer_start(&c->timer, 1000, 0);
	scx_bpf_kick_cpu(++count % scx_bpf_nr_cpu_ids(), SCX_KICK_WAIT | SCX_KICK_PREEMPT);
	return 0;
}

static int again(u64 i, void *ctx)
{
	count += i;
	return !forever;
}

/* without BPF_PROG() an op's parameter is the array of its arguments */
static void without_bpf_prog(struct task_struct *p)
{
	u64 args[1] = { (u64)p };

	dsq_insert((struct task_struct *)args, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, 0);
}

static void do_wrong(struct task_struct *p)
{
	switch (fault) {
	case FAULT_STORE:
		*(volatile u64 *)address = 1;
		break;
	case FAULT_LOOP:
		while (forever)
			count++;
		break;
	case FAULT_BPF_LOOP:
		while (forever)
			bpf_loop(1 << 20, again, NULL, 0);
		break;
	case FAULT_ERROR:
		fail_with("enough of this after %llu calls", nr_calls);
		break;
	case FAULT_KICK:
		scx_bpf_kick_cpu(4711, 0);
		break;
	case FAULT_TWICE:
		dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, 0);
		dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, 0);
		break;
	case FAULT_NO_BPF_PROG:
		without_bpf_prog(p);
		break;
	case FAULT_DSQ:
		dsq_insert(p, 0x1234, SCX_SLICE_DFL, 0);
		break;
	default:
		break;
	}
}

SCX_OP(faults_select_cpu)
s32 BPF_PROG(faults_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle;

	if (fault == FAULT_CPU && nr_calls > 20)
		return 4711;
	return scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);
}

SCX_OP(faults_enqueue)
void BPF_PROG(faults_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (++nr_calls > 20) {
		do_wrong(p);
		if (fault == FAULT_TWICE || fault == FAULT_DSQ)
			return;
		if (fault == FAULT_STALL && !(p->flags & 0x200000 /* PF_KTHREAD */))
			return;
	}
	dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, enq_flags);
}

/* no task gets as far as its first instruction */
static __always_inline void storm(void)
{
	if (fault == FAULT_STORM)
		scx_bpf_kick_cpu(bpf_get_smp_processor_id(), SCX_KICK_PREEMPT);
}

SCX_OP(faults_running)
void BPF_PROG(faults_running, struct task_struct *p)
{
	storm();
}

SCX_OP(faults_dispatch)
void BPF_PROG(faults_dispatch, s32 cpu, struct task_struct *prev)
{
	storm();
}

/* each waits for the next one round: with interrupts off on 6.12, not on 7.3 */
SCX_OP(faults_tick)
void BPF_PROG(faults_tick, struct task_struct *p)
{
	if (fault == FAULT_CYCLE)
		scx_bpf_kick_cpu((bpf_get_smp_processor_id() + 1) % scx_bpf_nr_cpu_ids(),
				 SCX_KICK_WAIT);
}

SCX_OP_SLEEPABLE(faults_init)
s32 BPF_PROG(faults_init)
{
	u32 key = 0;
	struct crowd *c = bpf_map_lookup_elem(&crowds, &key);

	if (fault == FAULT_CROWD && c) {
		bpf_timer_init(&c->timer, &crowds, 1 /* CLOCK_MONOTONIC */);
		bpf_timer_set_callback(&c->timer, crowd_in);
		bpf_timer_start(&c->timer, 0, 0);
	}
	return fault == FAULT_EXIT ? -77 : 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops faults_ops = {
	.select_cpu = (void *)faults_select_cpu,
	.enqueue = (void *)faults_enqueue,
	.dispatch = (void *)faults_dispatch,
	.running = (void *)faults_running,
	.tick = (void *)faults_tick,
	.init = (void *)faults_init,
	.timeout_ms = 500,
	.name = "faults",
};

/* a callback in the middle of a helper goes wrong */
static int wild(u32 i, void *ctx)
{
	if (i == 100)
		*(volatile u64 *)address = 1;
	return 0;
}

SEC("syscall")
int wild_half_way(void *ctx)
{
	bpf_loop(1000, wild, NULL, 0);
	return 0;
}
