/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * corpus.h - what the small schedulers here have in common. Each has one kind of bug that only
 * some interleavings show, and with --set repaired=1 has it no longer. corpus.txt lists them.
 *
 * Tasks go where the file says; kernel threads and the loader go to the global DSQ, so that what
 * is lost is the workload's.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include "scx.h"

char _license[] SEC("license") = "GPL";

const volatile bool repaired;

#define SLICE_NS 20000000ULL
#define PF_KTHREAD 0x00200000

/* an idle CPU that may take @p looks into the queues */
static __always_inline void wake_idle(struct task_struct *p)
{
	s32 cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);

	if (cpu >= 0)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

static __always_inline bool spare(struct task_struct *p, u64 enq_flags)
{
	if (!(p->flags & PF_KTHREAD) && bpf_strncmp(p->comm, 9, "kickstand"))
		return false;
	dsq_insert(p, SCX_DSQ_GLOBAL, SLICE_NS, enq_flags);
	wake_idle(p);
	return true;
}

/* The task with @pid, if it lives, to where every CPU that it may use finds it. */
static __always_inline bool insert_pid(u32 pid, u64 dsq_id)
{
	struct task_struct *p = bpf_task_from_pid(pid);

	if (!p)
		return false;
	dsq_insert(p, dsq_id, SLICE_NS, 0);
	bpf_task_release(p);
	return true;
}

/* Nobody gets by: an idle CPU would take the task before it is enqueued. */
SCX_OP(corpus_select_cpu)
s32 BPF_PROG(corpus_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

/*
 * What no look for idle CPUs sees: one that has looked into the queues and is not marked idle
 * yet. It looks once more when it is. Each file says what there is to look for.
 */
static bool work_waits(void);

SCX_OP(corpus_update_idle)
void BPF_PROG(corpus_update_idle, s32 cpu, bool idle)
{
	if (repaired && idle && work_waits())
		scx_bpf_kick_cpu(cpu, 0);
}

#define SCHEDULER(sched, ...)                                                           \
	SEC(".struct_ops.link")                                                         \
	struct sched_ext_ops sched##_ops = { .select_cpu = (void *)corpus_select_cpu,   \
					     .enqueue = (void *)sched##_enqueue,        \
					     .dispatch = (void *)sched##_dispatch,      \
					     .update_idle = (void *)corpus_update_idle, \
					     .flags = SCX_OPS_KEEP_BUILTIN_IDLE,        \
					     .name = #sched,                            \
					     __VA_ARGS__ }

/* pids, as many as @nr, first in first out */
#define PID_QUEUE(queue, nr)                      \
	struct {                                  \
		__uint(type, BPF_MAP_TYPE_QUEUE); \
		__uint(max_entries, nr);          \
		__type(value, u32);               \
	} queue SEC(".maps")

#endif
