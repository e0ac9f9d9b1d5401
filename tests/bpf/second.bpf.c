/* SPDX-License-Identifier: GPL-2.0-only */
/* second.bpf.c - a second scheduler, whose set-up is a program that fails before it is there. */
#include "test.h"

SEC("syscall")
int set_up(void *ctx)
{
	scx_bpf_error("the second's set-up");
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops second_ops = {
	.name = "second",
};
