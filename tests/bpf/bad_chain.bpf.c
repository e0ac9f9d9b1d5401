/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_chain.bpf.c - reads a field that no kernel has, in a structure that all have. */
#include "test.h"

struct sched_ext_entity___other {
	int no_such_field;
} __attribute__((preserve_access_index));

struct task_struct___other {
	struct sched_ext_entity___other scx;
} __attribute__((preserve_access_index));

int seen;

SCX_OP(bad_chain_enqueue)
void BPF_PROG(bad_chain_enqueue, struct task_struct *p, u64 enq_flags)
{
	seen = ((struct task_struct___other *)p)->scx.no_such_field;
	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_chain_ops = {
	.enqueue = (void *)bad_chain_enqueue,
	.name = "bad_chain",
};
