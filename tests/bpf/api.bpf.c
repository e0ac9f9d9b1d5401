/* SPDX-License-Identifier: GPL-2.0-only */
/* api.bpf.c - a scheduler with a handle for each thing that the library offers. */
#include "test.h"

struct pair {
	u32 a, b;
};

struct poke_args {
	u32 in, out;
};

const volatile u64 slice_ns = 5000000;
const volatile u32 fail_init;
u32 fail_now;
u64 nr_enqueues, nr_switches;
volatile u64 nr_lingered;
u64 table[4] = { 1, 2, 3, 4 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct pair);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} by_cpu SEC(".maps");

/* changes its context, counts where it runs, and returns what it was told */
SEC("syscall")
int poke(struct poke_args *args)
{
	u32 zero = 0, *here = bpf_map_lookup_elem(&by_cpu, &zero);

	if (here)
		++*here;
	args->out = args->in + 1;
	return args->in;
}

SEC("syscall")
int kick(struct poke_args *args)
{
	scx_bpf_kick_cpu(args->in, args->out);
	return 0;
}

/* kicks CPU 0, then takes some milliseconds */
SEC("syscall")
int linger(struct poke_args *args)
{
	u32 i;

	scx_bpf_kick_cpu(0, 0);
	for (i = 0; i < 1000000; i++)
		nr_lingered++;
	return 0;
}

SEC("syscall")
int give_up(void *ctx)
{
	fail_with("given up: %llu", 7);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(count_switch)
{
	nr_switches++;
	return 0;
}

SCX_OP(api_enqueue)
void BPF_PROG(api_enqueue, struct task_struct *p, u64 enq_flags)
{
	nr_enqueues++;
	if (fail_now)
		fail_with("told to fail: %llu", fail_now);
	dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags);
}

SCX_OP_SLEEPABLE(api_init)
s32 BPF_PROG(api_init)
{
	return fail_init ? -12 : 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops api_ops = {
	.enqueue = (void *)api_enqueue,
	.init = (void *)api_init,
	.name = "api",
};
