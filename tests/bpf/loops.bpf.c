/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loops.bpf.c - long programs without a jump backward of their own: the loop is a helper's
 * with a small callback, or a tree of calls.
 */
#include "test.h"

#define CELLS 30000

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CELLS);
	__type(key, u32);
	__type(value, u32);
} cells SEC(".maps");

u64 nr;

static int count(u32 i, void *ctx)
{
	nr++;
	return 0;
}

SEC("syscall")
int by_loop(void *ctx)
{
	bpf_loop(200000, count, NULL, 0);
	return 0;
}

static long count_cell(void *map, u32 *key, u32 *value, void *ctx)
{
	(*value)++;
	return 0;
}

SEC("syscall")
int by_map(void *ctx)
{
	bpf_for_each_map_elem(&cells, count_cell, NULL, 0);
	bpf_for_each_map_elem(&cells, count_cell, NULL, 0);
	bpf_for_each_map_elem(&cells, count_cell, NULL, 0);
	return 0;
}

static __noinline int leaf(u64 n)
{
	nr += n;
	return n;
}

#define CALL_TEN(f, n) (f(n) + f(n + 1) + f(n + 2) + f(n + 3) + f(n + 4) + f(n + 5) + f(n + 6) + \
			f(n + 7) + f(n + 8) + f(n + 9))

static __noinline int tens(u64 n)
{
	return CALL_TEN(leaf, n);
}

static __noinline int hundreds(u64 n)
{
	return CALL_TEN(tens, n);
}

static __noinline int thousands(u64 n)
{
	return CALL_TEN(hundreds, n);
}

static __noinline int myriads(u64 n)
{
	return CALL_TEN(thousands, n);
}

static __noinline int lakhs(u64 n)
{
	return CALL_TEN(myriads, n);
}

SEC("syscall")
int by_calls(void *ctx)
{
	return lakhs(nr) == 1;
}

SEC("syscall")
int kick_0(void *ctx)
{
	scx_bpf_kick_cpu(0, SCX_KICK_PREEMPT);
	return 0;
}

SCX_OP(loops_enqueue)
void BPF_PROG(loops_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, 1000000, enq_flags);
}

SEC(".struct_ops.link")
struct sched_ext_ops loops_ops = {
	.enqueue = (void *)loops_enqueue,
	.name = "loops",
};
