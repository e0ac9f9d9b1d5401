/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_locked.bpf.c - calls a global function with a lock held: the verifier says it in two lines. */
#include "test.h"

struct locked {
	struct bpf_spin_lock lock;
	u32 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked);
} counts SEC(".maps");

u32 step;

__weak int next_step(void)
{
	return step++;
}

SCX_OP(bad_locked_dispatch)
void BPF_PROG(bad_locked_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 key = 0;
	struct locked *v = bpf_map_lookup_elem(&counts, &key);

	if (!v)
		return;
	bpf_spin_lock(&v->lock);
	v->n += next_step();
	bpf_spin_unlock(&v->lock);
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_locked_ops = {
	.dispatch = (void *)bad_locked_dispatch,
	.name = "bad_locked",
};
