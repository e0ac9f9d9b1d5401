/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ext.h - sched_ext's types: what a task, a run queue and a scheduler carry.
 */
#ifndef KS_ABI_EXT_H
#define KS_ABI_EXT_H

#include "base/annot.h"
#include "abi/cpumask.h"
#include "abi/enums.h"
#include "abi/list.h"

struct cgroup;
struct cid_topo;
struct scx_sched;
struct task_struct;
struct rq;

struct scx_dispatch_q {
	raw_spinlock_t lock;
	struct task_struct *first_task __since("6.19"); /* lockless head, user DSQs */
	struct list_head list;				/* dispatch order */
	struct rb_root priq;				/* by p->scx.dsq_vtime */
	u32 nr;
	u32 seq; /* counts inserts, for iterators */
	u64 id;
	struct scx_sched *sched __since("7.1");
	struct rb_node hash_node __host;
	struct list_head all_node __host; /* creation order: iteration must not depend on hashing */
};

struct scx_dsq_list_node {
	struct list_head node;
	u32 flags;
	u32 priv;
};

struct sched_ext_entity {
	struct scx_sched *sched __since("7.1");
	struct scx_dispatch_q *dsq;
	atomic_long_t ops_state;
	u64 ddsp_dsq_id;
	u64 ddsp_enq_flags;
	u64 ddsp_slice __since("7.3");
	u64 ddsp_vtime __since("7.3");
	struct scx_dsq_list_node dsq_list;
	struct rb_node dsq_priq;
	u32 dsq_seq;
	u32 dsq_flags;
	u32 flags;
	u32 weight;
	u32 reenq_cnt __since("7.3");
	s32 sticky_cpu;
	s32 holding_cpu;
	s32 selected_cpu __since("6.16");
	s32 runnable_cpu __since("7.3");
	u32 ops_qseq __since("7.3 7.2.12 6.12.117");
	u32 kf_mask __until("7.1");
	struct task_struct *kf_tasks[2];
	struct list_head runnable_node;
	unsigned long runnable_at;
	u64 core_sched_at __until("6.16"); /* only that build has core scheduling */
	u64 tid __since("7.2");
	u64 slice;
	u64 dsq_vtime;
	atomic64_t slice_oob __since("7.3");
	u64 reenq_reason_caps __since("7.3");
	s32 reenq_reason_cid __since("7.3");
	bool disallow;
	bool lazy_resched __since("7.4");
	struct cgroup *cgrp_moving_from;
	struct list_head tasks_node;
};

struct scx_exit_info {
	enum scx_exit_kind kind;
	s32 exit_cpu __since("7.2");
	s64 exit_code;
	u64 flags __since("6.18");
	const char *reason;
	unsigned long *bt;
	u32 bt_len;
	char *msg;
	char *dump;
};

struct scx_init_task_args {
	bool fork;
	struct cgroup *cgroup;
};

struct scx_exit_task_args {
	bool cancelled;
};

struct scx_cgroup_init_args {
	u32 weight;
	u64 bw_period_us __since("6.17");
	u64 bw_quota_us __since("6.17");
	u64 bw_burst_us __since("6.17");
	bool sched_idle __since("7.3");
};

struct scx_cpu_acquire_args {
};

struct scx_cpu_release_args {
	enum scx_cpu_preempt_reason reason;
	struct task_struct *task;
};

struct scx_dump_ctx {
	enum scx_exit_kind kind;
	s64 exit_code;
	const char *reason;
	u64 at_ns;
	u64 at_jiffies;
};

struct scx_sub_attach_args {
	struct sched_ext_ops *ops;
	char *cgroup_path;
} __since("7.1");

struct scx_sub_detach_args {
	struct sched_ext_ops *ops;
	char *cgroup_path;
} __since("7.1");

struct scx_enable_args {
	u64 cmask_arena_addr;
} __since("7.3");

struct scx_cmask {
	u32 base;
	u32 nr_cids;
	u32 alloc_words;
	u64 bits[];
} __since("7.2");

/*
 * Members common to both forms, in the order of ops indices (SCX_OP_*, kern/ext/ops.c).
 * The last two have been at two places.
 */
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dequeue)(struct task_struct *p, u64 deq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*tick)(struct task_struct *p);
	void (*runnable)(struct task_struct *p, u64 enq_flags);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*quiescent)(struct task_struct *p, u64 deq_flags);
	bool (*yield)(struct task_struct *from, struct task_struct *to);
	bool (*core_sched_before)(struct task_struct *a, struct task_struct *b);
	void (*set_weight)(struct task_struct *p, u32 weight);
	void (*set_cpumask)(struct task_struct *p, const struct cpumask *cpumask);
	void (*update_idle)(s32 cpu, bool idle);
	void (*cpu_acquire_head)(s32 cpu, struct scx_cpu_acquire_args *args) __until("7.2")
	__named("cpu_acquire");
	void (*cpu_release_head)(s32 cpu, struct scx_cpu_release_args *args) __until("7.2")
	__named("cpu_release");
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args *args);
	void (*exit_task)(struct task_struct *p, struct scx_exit_task_args *args);
	void (*enable)(struct task_struct *p);
	void (*disable)(struct task_struct *p);
	void (*dump)(struct scx_dump_ctx *ctx);
	void (*dump_cpu)(struct scx_dump_ctx *ctx, s32 cpu, bool idle);
	void (*dump_task)(struct scx_dump_ctx *ctx, struct task_struct *p);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	s32 (*cgroup_prep_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_cancel_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	void (*cgroup_set_bandwidth)(struct cgroup *cgrp, u64 period_us, u64 quota_us, u64 burst_us)
		__since("6.17");
	void (*cgroup_set_idle)(struct cgroup *cgrp, bool idle) __since("6.19");
	s32 (*sub_attach)(struct scx_sub_attach_args *args) __since("7.1");
	void (*sub_detach)(struct scx_sub_detach_args *args) __since("7.1");
	void (*sub_caps_updated)(const struct scx_cmask *cmask, u64 caps) __since("7.3");
	void (*sub_ecaps_updated)(s32 cid, u64 before, u64 after) __since("7.3");
	void (*sub_cid_sched_updated)(s32 cid, u64 sched) __since("7.4");
	/* in which order its arguments come is not known (docs/limits.md) */
	void (*sub_child_ecaps_updated)(u64 cgroup_id, s32 cid, u64 before, u64 after)
		__since("7.4");
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	s32 (*init_cids)(void) __since("7.3");
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);

	u32 dispatch_max_batch;
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len;
	u64 hotplug_seq;
	u32 cid_shard_size __since("7.3");
	u32 rescue_bandwidth_ppt __since("7.3");
	u32 rescue_quantum_us __since("7.3");
	u64 sub_cgroup_id __since("7.1");
	char name[128];
	void *priv __since("6.16");

	void (*cpu_acquire)(s32 cpu, struct scx_cpu_acquire_args *args) __since("7.2");
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args *args) __since("7.2");
};

/*
 * The same as sched_ext_ops up to @priv, with cid arguments. (In the kernel offset by
 * offset; here members are found by name.)
 */
struct sched_ext_ops_cid {
	s32 (*select_cid)(struct task_struct *p, s32 prev_cid, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dequeue)(struct task_struct *p, u64 deq_flags);
	void (*dispatch)(s32 cid, struct task_struct *prev);
	void (*tick)(struct task_struct *p);
	void (*runnable)(struct task_struct *p, u64 enq_flags);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*quiescent)(struct task_struct *p, u64 deq_flags);
	bool (*yield)(struct task_struct *from, struct task_struct *to);
	bool (*core_sched_before)(struct task_struct *a, struct task_struct *b);
	void (*set_weight)(struct task_struct *p, u32 weight);
	void (*set_cmask)(struct task_struct *p, const struct scx_cmask *cmask);
	void (*update_idle)(s32 cid, bool idle);
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args *args);
	void (*exit_task)(struct task_struct *p, struct scx_exit_task_args *args);
	void (*enable_plain)(struct task_struct *p) __until("7.3") __named("enable");
	void (*enable)(struct task_struct *p, struct scx_enable_args *args) __since("7.3");
	void (*disable)(struct task_struct *p);
	void (*dump)(struct scx_dump_ctx *ctx);
	void (*dump_cid)(struct scx_dump_ctx *ctx, s32 cid, bool idle);
	void (*dump_task)(struct scx_dump_ctx *ctx, struct task_struct *p);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args) __until("7.3");
	void (*cgroup_exit)(struct cgroup *cgrp) __until("7.3");
	s32 (*cgroup_prep_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__until("7.3");
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__until("7.3");
	void (*cgroup_cancel_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__until("7.3");
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight) __until("7.3");
	void (*cgroup_set_bandwidth)(struct cgroup *cgrp, u64 period_us, u64 quota_us, u64 burst_us)
		__until("7.3");
	void (*cgroup_set_idle)(struct cgroup *cgrp, bool idle) __until("7.3");
	s32 (*cpuctl_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args) __since("7.3");
	void (*cpuctl_exit)(struct cgroup *cgrp) __since("7.3");
	s32 (*cpuctl_prep_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__since("7.3");
	void (*cpuctl_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__since("7.3");
	void (*cpuctl_cancel_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to)
		__since("7.3");
	void (*cpuctl_set_weight)(struct cgroup *cgrp, u32 weight) __since("7.3");
	void (*cpuctl_set_bandwidth)(struct cgroup *cgrp, u64 period_us, u64 quota_us, u64 burst_us)
		__since("7.3");
	void (*cpuctl_set_idle)(struct cgroup *cgrp, bool idle) __since("7.3");
	s32 (*sub_attach)(struct scx_sub_attach_args *args);
	void (*sub_detach)(struct scx_sub_detach_args *args);
	void (*sub_caps_updated)(const struct scx_cmask *cmask, u64 caps) __since("7.3");
	void (*sub_ecaps_updated)(s32 cid, u64 before, u64 after) __since("7.3");
	void (*sub_cid_sched_updated)(s32 cid, u64 sched) __since("7.4");
	/* in which order its arguments come is not known (docs/limits.md) */
	void (*sub_child_ecaps_updated)(u64 cgroup_id, s32 cid, u64 before, u64 after)
		__since("7.4");
	void (*cid_online)(s32 cid);
	void (*cid_offline)(s32 cid);
	s32 (*init_cids)(void) __since("7.3");
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);

	u32 dispatch_max_batch;
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len;
	u64 hotplug_seq;
	u32 cid_shard_size __since("7.3");
	u32 rescue_bandwidth_ppt __since("7.3");
	u32 rescue_quantum_us __since("7.3");
	u64 sub_cgroup_id;
	char name[128];
	void *priv;
	char __end[];
} __since("7.2");

/* arguments of __scx_bpf_dsq_insert_vtime() and __scx_bpf_select_cpu_and() */
struct scx_bpf_dsq_insert_vtime_args {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
} __since("6.19");

struct scx_bpf_select_cpu_and_args {
	s32 prev_cpu;
	u64 wake_flags;
	u64 flags;
} __since("6.19");

/* what scx_bpf_cid_topo() fills in */
struct scx_cid_topo {
	s32 core_cid;
	s32 core_idx;
	s32 llc_cid;
	s32 llc_idx;
	s32 node_cid;
	s32 node_idx;
	s32 shard_cid __since("7.3");
	s32 shard_idx __since("7.3");
	s32 cluster_cid __since("7.4");
	s32 cluster_idx __since("7.4");
} __since("7.2");

struct scx_event_stats {
	s64 SCX_EV_SELECT_CPU_FALLBACK;
	s64 SCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE;
	s64 SCX_EV_DISPATCH_KEEP_LAST;
	s64 SCX_EV_ENQ_SKIP_EXITING;
	s64 SCX_EV_ENQ_SKIP_MIGRATION_DISABLED;
	s64 SCX_EV_REENQ_IMMED __since("7.1");
	s64 SCX_EV_REENQ_REPEAT __since("7.3");
	s64 SCX_EV_REFILL_SLICE_DFL;
	s64 SCX_EV_SLICE_CLAMPED __since("7.3");
	s64 SCX_EV_SLICE_DENIED __since("7.3");
	s64 SCX_EV_BYPASS_DURATION;
	s64 SCX_EV_BYPASS_DISPATCH;
	s64 SCX_EV_BYPASS_ACTIVATE;
	s64 SCX_EV_INSERT_NOT_OWNED __since("7.1");
	s64 SCX_EV_SUB_BYPASS_DISPATCH __since("7.1");
	s64 SCX_EV_SUB_FORCED_ADMIT __since("7.3");
	s64 SCX_EV_SUB_PREEMPT_DENIED __since("7.3");
	s64 SCX_EV_SUB_KICK_DENIED __since("7.3");
	s64 SCX_EV_SUB_REENQ_DENIED __since("7.3");
	s64 SCX_EV_SUB_CIDPERF_DENIED __since("7.3");
	s64 SCX_EV_SUB_RESCUE __since("7.3");
} __since("6.16");

#endif
