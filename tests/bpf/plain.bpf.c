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

/* what its loader reads from the streams of a program */
SEC("syscall")
int talk(void *ctx)
{
	static const char out[] = "%d kicks of %d", err[] = "none";
	u64 args[] = { 3, 4 };

	if (!bpf_ksym_exists(bpf_stream_vprintk))
		return 0;
	if (bpf_stream_vprintk(3, err, NULL, 0) != -2)
		return 1;
	return bpf_stream_vprintk(1, out, args, sizeof(args)) ?: bpf_stream_vprintk(2, err, NULL, 0);
}

SEC(".struct_ops.link")
struct sched_ext_ops plain_ops = {
	.name = "plain",
};
