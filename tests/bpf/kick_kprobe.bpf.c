/* SPDX-License-Identifier: GPL-2.0-only */
/* kick_kprobe.bpf.c - a program of a type that may not kick: it must be refused. */
#include "scx.h"

char _license[] SEC("license") = "GPL";

SEC("kprobe/__x64_sys_getpgid")
int kick_kprobe(struct pt_regs *ctx)
{
	scx_bpf_kick_cpu(0, 0);
	return 0;
}
