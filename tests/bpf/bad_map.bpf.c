/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_map.bpf.c - a map type that the machine lacks. */
#include "test.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} odd_map SEC(".maps");

SCX_OP(bad_map_dispatch)
void BPF_PROG(bad_map_dispatch, s32 cpu, struct task_struct *prev)
{
	bpf_map_lookup_elem(&odd_map, &cpu);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_map_ops = {
	.dispatch = (void *)bad_map_dispatch,
	.name = "bad_map",
};
