/* SPDX-License-Identifier: GPL-2.0-only */
/* pins.bpf.c - a map that its loader pins by name, so that others find it on bpffs. */
#include "test.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned_map SEC(".maps");

SCX_OP(pins_running)
void BPF_PROG(pins_running, struct task_struct *p)
{
	u32 pid = 0;
	u64 n = 1;

	bpf_map_update_elem(&pinned_map, &pid, &n, BPF_ANY);
}

SEC(".struct_ops.link")
struct sched_ext_ops pins_ops = {
	.running = (void *)pins_running,
	.name = "pins",
};
