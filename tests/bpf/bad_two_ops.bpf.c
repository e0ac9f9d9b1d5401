/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_two_ops.bpf.c - two schedulers in an object: which? */
#include "test.h"

SEC(".struct_ops.link")
struct sched_ext_ops one_ops = {
	.name = "one",
};

SEC(".struct_ops.link")
struct sched_ext_ops other_ops = {
	.name = "other",
};
