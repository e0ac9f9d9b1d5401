/* SPDX-License-Identifier: GPL-2.0-only */
/* test.h - what the test schedulers need beyond the examples' scx.h. */
#ifndef TESTS_BPF_TEST_H
#define TESTS_BPF_TEST_H

#include "scx.h"

void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data_len) __ksym;
struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;

char _license[] SEC("license") = "GPL";

#define fail_with(text, value) do { \
	static char fmt[] = text; \
	unsigned long long args[] = { value }; \
	scx_bpf_error_bstr(fmt, args, sizeof(args)); \
} while (0)

static __always_inline void dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
					     u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime))
		(scx_bpf_dsq_insert_vtime)(p, dsq_id, slice, vtime, enq_flags);
	else
		(scx_bpf_dispatch_vtime)(p, dsq_id, slice, vtime, enq_flags);
}

#endif
