/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scx.h - what the examples have beside <scx/common.bpf.h>: shorter names, and a record of
 * the end that fits on a screen.
 */
#ifndef EXAMPLES_SCX_H
#define EXAMPLES_SCX_H

#include <scx/common.bpf.h>

#define SHARED_DSQ 0

/*
 * Either name, without what later kernels added: the examples' figures in the documents are
 * of these calls. (In parentheses, a name is no macro.)
 */
static __always_inline void dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert))
		(scx_bpf_dsq_insert)(p, dsq_id, slice, enq_flags);
	else
		(scx_bpf_dispatch)(p, dsq_id, slice, enq_flags);
}

static __always_inline bool dsq_move_to_local(u64 dsq_id)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local))
		return (scx_bpf_dsq_move_to_local)(dsq_id);
	return (scx_bpf_consume)(dsq_id);
}

#define SCX_OP(name) SEC("struct_ops/" #name)
#define SCX_OP_SLEEPABLE(name) SEC("struct_ops.s/" #name)

/* how the scheduler ended, for a loader to read from .data.exit */
struct exit_record {
	int kind;
	char reason[128];
	char msg[512];
};

#define EXIT_RECORD_DEFINE(name) struct exit_record name SEC(".data.exit")
#define EXIT_RECORD(name, ei) do { \
	bpf_probe_read_kernel_str(name.reason, sizeof(name.reason), BPF_CORE_READ(ei, reason)); \
	bpf_probe_read_kernel_str(name.msg, sizeof(name.msg), BPF_CORE_READ(ei, msg)); \
	name.kind = BPF_CORE_READ(ei, kind); \
} while (0)

#endif
