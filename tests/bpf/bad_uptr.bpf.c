/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_uptr.bpf.c - a pointer into its loader's memory. */
#include "test.h"

struct shared {
	int n;
};

struct value {
	struct shared __attribute__((btf_type_tag("uptr"))) *shared;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct value);
} by_task SEC(".maps");

SEC("syscall")
int look(void *ctx)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct value *v = bpf_task_storage_get(&by_task, p, 0, 0);

	return v && v->shared ? v->shared->n : 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops bad_uptr_ops = {
	.name = "bad_uptr",
};
