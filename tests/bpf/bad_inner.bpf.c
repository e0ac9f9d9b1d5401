/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_inner.bpf.c - a map of maps without a template: its loader would make one. */
#include "test.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} outer SEC(".maps");

SCX_OP(bad_inner_dispatch)
void BPF_PROG(bad_inner_dispatch, s32 cpu, struct task_struct *prev)
{
	bpf_map_lookup_elem(&outer, &cpu);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_inner_ops = {
	.dispatch = (void *)bad_inner_dispatch,
	.name = "bad_inner",
};
