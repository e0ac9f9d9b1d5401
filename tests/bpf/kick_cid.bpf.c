/* SPDX-License-Identifier: GPL-2.0-only */
/* kick_cid.bpf.c - an op of a cid-form scheduler: it has another kfunc, and may not call this. */
#include "scx.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/cid_enqueue")
void BPF_PROG(cid_enqueue, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_kick_cpu(0, 0);
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid cid_ops = {
	.enqueue = (void *)cid_enqueue,
	.name = "kick_cid",
};
