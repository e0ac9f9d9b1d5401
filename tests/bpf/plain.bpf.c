/* SPDX-License-Identifier: GPL-2.0-only */
/* plain.bpf.c - no op at all: the kernel's defaults and the global DSQ. */
#include "test.h"

SEC(".struct_ops.link")
struct sched_ext_ops plain_ops = {
	.name = "plain",
};
