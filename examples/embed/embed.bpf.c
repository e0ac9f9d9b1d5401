/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * embed.bpf.c - the scheduler of embed.c: one global queue, a count of dispatches for
 * each CPU, and a program that a user calls to kick one.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

#define SLICE_NS 20000000

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);	/* the loader says how many CPUs there are */
	__type(key, u32);
	__type(value, u64);
} dispatches SEC(".maps");

struct kick_args {
	s32 cpu;
	u32 flags;
};

SEC("syscall")
int kick(struct kick_args *args)
{
	scx_bpf_kick_cpu(args->cpu, args->flags);
	return 0;
}

SCX_OP(embed_enqueue)
void BPF_PROG(embed_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
}

SCX_OP(embed_dispatch)
void BPF_PROG(embed_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 key = cpu;
	u64 *nr = bpf_map_lookup_elem(&dispatches, &key);

	if (nr)
		++*nr;
}

SEC(".struct_ops.link")
struct sched_ext_ops embed_ops = {
	.enqueue = (void *)embed_enqueue,
	.dispatch = (void *)embed_dispatch,
	.name = "embed",
};
