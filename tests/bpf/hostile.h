/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hostile guests share. */
#ifndef HOSTILE_H
#define HOSTILE_H

char _license[] SEC("license") = "GPL";

#define HOSTILE_OPS(nm, ...) \
	SEC(".struct_ops.link") \
	struct sched_ext_ops nm##_ops = { .name = #nm, .timeout_ms = 5000, __VA_ARGS__ }

#endif
