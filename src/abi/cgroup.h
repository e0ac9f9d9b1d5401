/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup.h - control groups, their controllers' states and what a task's set of
 * them is; cpusets and the cpu controller's task groups.
 */
#ifndef KS_ABI_CGROUP_H
#define KS_ABI_CGROUP_H

#include "base/annot.h"
#include "abi/cpumask.h"
#include "abi/enums.h"
#include "abi/list.h"

/* slots of the newest profile; an older one's CGROUP_SUBSYS_COUNT is smaller */
#define NR_CGROUP_SUBSYS 14
#define CGROUP_DEPTH_MAX 32 /* of a machine: ancestors[] of a cgroup has a slot each */

struct cgroup_model;
struct scx_sched;

/* bits of percpu_ref.percpu_count_ptr: mode, and whether the owner was killed */
#define PERCPU_REF_ATOMIC 1UL
#define PERCPU_REF_DEAD 2UL

struct percpu_ref_data;

struct percpu_ref {
	unsigned long percpu_count_ptr;
	struct percpu_ref_data *data;
};

/* bits of css.flags */
#define CSS_NO_REF 1
#define CSS_ONLINE 2
#define CSS_VISIBLE 8
#define CSS_DYING 16

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct percpu_ref refcnt;
	struct list_head sibling;
	struct list_head children;
	int id;
	unsigned int flags;
	u64 serial_nr;
	struct cgroup_subsys_state *parent;
};

struct kernfs_node {
	struct kernfs_node *parent __until("6.16");
	struct kernfs_node *__parent __since("6.16");
	const char *name;
	u64 id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	int nr_descendants;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[NR_CGROUP_SUBSYS]; /* cpuset, cpu; rest NULL */
	struct cgroup *dom_cgrp;
	struct scx_sched *scx_sched __since("7.1");

	struct cgroup_model *m __host; /* kern/cgroup.h */

	struct cgroup *ancestors[]; /* 0: the root; level: itself */
};

struct css_set {
	struct cgroup_subsys_state *subsys[NR_CGROUP_SUBSYS];
	refcount_t refcount;
	struct cgroup *dfl_cgrp;
	int nr_tasks;
	struct list_head node __host; /* all sets of the machine, in order of creation */
};

struct scx_task_group {
	struct scx_sched *sched __since("7.3");
	u32 flags;
	u32 weight;
	u64 bw_period_us;
	u64 bw_quota_us;
	u64 bw_burst_us;
	bool idle __since("6.19");
} __since("6.17");

struct fair_group;

struct task_group {
	struct cgroup_subsys_state css;
	int idle;
	unsigned long shares;
	u32 scx_flags __until("6.17");
	u32 scx_weight __until("6.17");
	struct scx_task_group scx __since("6.17");
	struct task_group *parent;
	struct list_head siblings;
	struct list_head children;
	struct fair_group *fair __host; /* NULL: the root's */
};

struct cpuset {
	struct cgroup_subsys_state css;
	cpumask_var_t cpus_allowed;
	nodemask_t mems_allowed;
	cpumask_var_t effective_cpus;
	nodemask_t effective_mems;
};

#endif
