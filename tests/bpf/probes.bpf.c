/* SPDX-License-Identifier: GPL-2.0-only */
/* probes.bpf.c - a scheduler with a program that cannot be attached, and one that can. */
#include "test.h"

u64 seen;

SEC("kprobe/no_such_function")
int probe_nothing(struct pt_regs *ctx)
{
	return 0;
}

SEC("raw_tp/sched_switch")
int see_switch(void *ctx)
{
	seen++;
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops probes_ops = {
	.name = "probes",
};
