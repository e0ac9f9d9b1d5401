/* SPDX-License-Identifier: GPL-2.0-only */
/* other_ops.bpf.c - struct_ops of another kind, congestion control, that kick a CPU. */
#include "test.h"

SEC("struct_ops/other_ssthresh")
u32 BPF_PROG(other_ssthresh, struct sock *sk)
{
	scx_bpf_kick_cpu(0, 0);
	return 2;
}

SEC("struct_ops/other_cong_avoid")
void BPF_PROG(other_cong_avoid, struct sock *sk, u32 ack, u32 acked)
{
}

SEC("struct_ops/other_undo_cwnd")
u32 BPF_PROG(other_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops other = {
	.ssthresh = (void *)other_ssthresh,
	.cong_avoid = (void *)other_cong_avoid,
	.undo_cwnd = (void *)other_undo_cwnd,
	.name = "other",
};
