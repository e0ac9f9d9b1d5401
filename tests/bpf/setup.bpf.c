/* SPDX-License-Identifier: GPL-2.0-only */
/* setup.bpf.c - a scheduler whose loader has much to do; it shows in .bss what it was given. */
#include "test.h"

struct pair {
	s64 a, b;
};

struct fill_arg {
	u32 id;
	u32 weight;
	u32 pad;
};

extern const int CONFIG_HZ __kconfig;

const volatile u32 limit;
const volatile s32 by_cpu[1] SEC(".rodata.by_cpu");

u64 seen_array[4], seen_queue, seen_inner, seen_percpu[2], seen_limit, seen_ctx[2], seen_after;
s64 seen_hash, seen_call[4], seen_entry[2];
s32 seen_by_cpu[8], seen_hz;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct pair);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8);
	__type(value, u32);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} percpu SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps");

SEC("syscall")
int fill(struct fill_arg *arg)
{
	if (arg->id > 50)
		return -22;
	seen_ctx[0] = arg->id;
	seen_ctx[1] = arg->weight;
	return 0;
}

SEC("syscall")
int after(void *ctx)
{
	seen_after = 1;
	return 0;
}

SEC("fexit/bpf_scx_reg")
int reg_left(void *ctx)
{
	u64 v = 0;

	seen_call[0] = bpf_get_func_arg_cnt(ctx);
	seen_call[1] = bpf_get_func_arg(ctx, 0, &v) || !v;
	seen_call[2] = bpf_get_func_arg(ctx, 2, &v);
	v = 1;
	seen_call[3] = bpf_get_func_ret(ctx, &v) || v;
	return 0;
}

SEC("fentry/bpf_scx_reg")
int reg_entered(void *ctx)
{
	u64 v = 0;

	seen_entry[0] = bpf_get_func_arg_cnt(ctx);
	seen_entry[1] = bpf_get_func_ret(ctx, &v);
	return 0;
}

static void look_at_inner(void)
{
	u32 key = 1;
	void *map = bpf_map_lookup_elem(&outer, &key);
	u32 *v;

	key = 0;
	v = map ? bpf_map_lookup_elem(map, &key) : NULL;
	if (v)
		seen_inner = *v;
}

static void look_at_percpu(void)
{
	u32 key = 0, cpu;
	u64 *v;

	for (cpu = 0; cpu < 2; cpu++) {
		v = bpf_map_lookup_percpu_elem(&percpu, &key, cpu);
		if (v)
			seen_percpu[cpu] = *v;
	}
}

SCX_OP_SLEEPABLE(setup_init)
s32 BPF_PROG(setup_init)
{
	u32 i, key = 6, n = scx_bpf_nr_cpu_ids();
	const volatile s32 *resized = by_cpu;
	struct pair *pair = bpf_map_lookup_elem(&pairs, &key);
	u64 *v;

	for (i = 0; i < 4; i++) {
		v = bpf_map_lookup_elem(&numbers, &i);
		if (v)
			seen_array[i] = *v;
	}
	if (pair)
		seen_hash = pair->b;
	key = 0;
	bpf_map_pop_elem(&queue, &key);
	seen_queue = key;
	look_at_inner();
	look_at_percpu();
	seen_limit = limit;
	/* the compiler must not believe that it has one element */
	asm volatile("" : "+r"(resized));
	if (limit == 16)
		for (i = 0; i < 8 && i < n; i++)
			seen_by_cpu[i] = resized[i];
	seen_hz = CONFIG_HZ;
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops setup_ops = {
	.init = (void *)setup_init,
	.name = "setup",
};
