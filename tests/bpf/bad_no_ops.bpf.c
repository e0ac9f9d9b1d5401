/* SPDX-License-Identifier: GPL-2.0-only */
/* bad_no_ops.bpf.c - a fine object, but no scheduler. */
#include "test.h"

u64 nr;

SEC("fentry/bpf_scx_reg")
int BPF_PROG(bad_no_ops)
{
	nr++;
	return 0;
}
