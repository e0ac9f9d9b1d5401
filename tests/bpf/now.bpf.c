/* SPDX-License-Identifier: GPL-2.0-only */
/* now.bpf.c - what scx_bpf_now() says, beside the clock: with the run queue locked, and without. */
#include "test.h"

u64 nr_locked, nr_held, nr_unlocked, nr_stale;

/* run queue locked: the time of the last look at its clock */
void BPF_STRUCT_OPS(now_stopping, struct task_struct *p, bool runnable)
{
	u64 first = scx_bpf_now();

	nr_locked++;
	if (bpf_ktime_get_ns() > first && scx_bpf_now() == first)
		nr_held++;
}

/* nothing locked: it moves on */
SEC("syscall")
int look(void *ctx)
{
	u64 clock = bpf_ktime_get_ns();

	nr_unlocked++;
	nr_stale += scx_bpf_now() < clock;
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops now_ops = {
	.stopping = (void *)now_stopping,
	.name = "now",
};
