/* SPDX-License-Identifier: GPL-2.0-only */
/* kick_raw_tp.bpf.c - a raw tracepoint program, of which kernels since 7.0 accept a kick. */
#include "scx.h"

char _license[] SEC("license") = "GPL";

SEC("raw_tp/sched_switch")
int kick_raw_tp(void *ctx)
{
	scx_bpf_kick_cpu(0, 0);
	return 0;
}
