/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_field.bpf.c - reads a field that no kernel has, without asking whether it exists. */
#include "test.h"

struct task_struct___other {
	int no_such_field;
} __attribute__((preserve_access_index));

int seen;

SCX_OP(bad_field_enqueue)
void BPF_PROG(bad_field_enqueue, struct task_struct *p, u64 enq_flags)
{
	seen = ((struct task_struct___other *)p)->no_such_field;
	dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, enq_flags);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_field_ops = {
	.enqueue = (void *)bad_field_enqueue,
	.name = "bad_field",
};
