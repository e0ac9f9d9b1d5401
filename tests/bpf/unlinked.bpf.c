/* SPDX-License-Identifier: GPL-2.0-only */
/* unlinked.bpf.c - a scheduler that no link holds: it stays until it is told to go. */
#include "test.h"

SEC("struct_ops/unlinked_running")
void BPF_PROG(unlinked_running, struct task_struct *p)
{
}

SEC(".struct_ops")
struct sched_ext_ops unlinked_ops = {
	.running = (void *)unlinked_running,
	.name = "unlinked",
};
