/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scx.h - what the examples need of sched_ext, for kernels from 6.12 on.
 *
 * The kernel renamed the DSQ kfuncs in 6.13 and dropped the old names in 6.17.
 * Both are declared weak; libbpf resolves what the running kernel has, and the
 * branch on bpf_ksym_exists() that is not taken is never verified.
 */
#ifndef EXAMPLES_SCX_H
#define EXAMPLES_SCX_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* the numbers are the same on every kernel so far; flags that are not are read by CO-RE */
#define SHARED_DSQ 0

void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			    u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			      u64 enq_flags) __ksym __weak;
bool scx_bpf_consume(u64 dsq_id) __ksym __weak;
bool scx_bpf_dsq_move_to_local(u64 dsq_id) __ksym __weak;
s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;
s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym;
s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			   bool *is_idle) __ksym;
s32 scx_bpf_pick_idle_cpu(const cpumask_t *cpus_allowed, u64 flags) __ksym;
bool scx_bpf_test_and_clear_cpu_idle(s32 cpu) __ksym;
void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym;
s32 scx_bpf_task_cpu(const struct task_struct *p) __ksym;
bool scx_bpf_task_running(const struct task_struct *p) __ksym;
u32 scx_bpf_nr_cpu_ids(void) __ksym;
u32 scx_bpf_dispatch_nr_slots(void) __ksym;
bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;
struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;
struct cgroup *scx_bpf_task_cgroup(struct task_struct *p) __ksym;
void bpf_cgroup_release(struct cgroup *cgrp) __ksym;

static __always_inline void dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert))
		scx_bpf_dsq_insert(p, dsq_id, slice, enq_flags);
	else
		scx_bpf_dispatch(p, dsq_id, slice, enq_flags);
}

static __always_inline bool dsq_move_to_local(u64 dsq_id)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local))
		return scx_bpf_dsq_move_to_local(dsq_id);
	return scx_bpf_consume(dsq_id);
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
