/* SPDX-License-Identifier: GPL-2.0-only */
/* plain.bpf.c - no op at all: the kernel's defaults and the global DSQ. */
#include "test.h"

/* what its loader keeps by pidfd and by cgroup */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} by_task SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} by_cgroup SEC(".maps");

SEC(".struct_ops.link")
struct sched_ext_ops plain_ops = {
	.name = "plain",
};
