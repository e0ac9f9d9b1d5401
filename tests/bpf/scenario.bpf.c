/* SPDX-License-Identifier: GPL-2.0-only */
/* scenario.bpf.c - a scheduler of local DSQs, and handles for scenarios to pull. */
#include "test.h"

struct kick_args {
	s32 cpu;
	u32 times;
	u64 flags;
};

enum verdict { VERDICT_NONE, VERDICT_GOOD, VERDICT_BAD };

struct state {
	enum verdict verdict;
	s32 pid;
	u64 list[4];
	char text[16];
	u32 low : 4, high : 4;
};

struct counter {
	u32 hits;
	s32 last_cpu;
};

const volatile u64 slice_ns = 20000000;
const volatile u32 fail_init;
struct state state;
u32 nr_calls, fail_now, nr_getpgid, nr_perf;
u64 huge = 0xfffffffffffffff0ULL;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} percpu SEC(".maps");

SEC("syscall")
int kick(struct kick_args *args)
{
	u32 i;

	nr_calls++;
	for (i = 0; i < 8 && i < args->times; i++)
		scx_bpf_kick_cpu(args->cpu, args->flags);
	return args->times;
}

SEC("syscall")
int kick_any(void *ctx)
{
	nr_calls++;
	scx_bpf_kick_cpu(1, 0);
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(count_getpgid)
{
	nr_getpgid++;
	return 0;
}

SEC("fentry/no_such_function")
int BPF_PROG(never_loads)
{
	return 0;
}

SEC("perf_event")
int count_perf(void *ctx)
{
	nr_perf++;
	return 0;
}

SCX_OP(scenario_enqueue)
void BPF_PROG(scenario_enqueue, struct task_struct *p, u64 enq_flags)
{
	u32 key = 1;
	struct counter *c = bpf_map_lookup_elem(&counters, &key);

	if (c) {
		c->hits++;
		c->last_cpu = bpf_get_smp_processor_id();
	}
	dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags);
}

SCX_OP(scenario_running)
void BPF_PROG(scenario_running, struct task_struct *p)
{
}

SCX_OP(scenario_stopping)
void BPF_PROG(scenario_stopping, struct task_struct *p, bool runnable)
{
	if (fail_now)
		fail_with("told to fail: %llu", fail_now);
}

SCX_OP(scenario_dispatch)
void BPF_PROG(scenario_dispatch, s32 cpu, struct task_struct *prev)
{
}

SCX_OP_SLEEPABLE(scenario_init)
s32 BPF_PROG(scenario_init)
{
	return fail_init ? -12 : 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops scenario_ops = {
	.enqueue = (void *)scenario_enqueue,
	.running = (void *)scenario_running,
	.stopping = (void *)scenario_stopping,
	.dispatch = (void *)scenario_dispatch,
	.init = (void *)scenario_init,
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE,
	.name = "scenario",
};
