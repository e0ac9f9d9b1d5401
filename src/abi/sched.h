/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - tasks and run queues: the fields that guests reach by CO-RE under
 * the kernel's names, and behind them what the model keeps for itself (__host).
 */
#ifndef KS_ABI_SCHED_H
#define KS_ABI_SCHED_H

#include "base/annot.h"
#include "abi/cpumask.h"
#include "abi/ext.h"
#include "abi/list.h"

#define TASK_COMM_LEN 16

struct bpf_local_storage;
struct cgroup;
struct cred;
struct css_set;
struct engine_cpu;
struct fiber;
struct mempolicy;
struct mm_struct;
struct pid;
struct pid_namespace;
struct rq;
struct scx_rq_model;
struct sched_class;
struct signal_struct;
struct task_group;
struct task_model;
struct worker;

struct sched_avg {
	u64 last_update_time;
	unsigned long load_avg __undriven;
	unsigned long runnable_avg;
	unsigned long util_avg;
};

struct sched_entity {
	struct list_head group_node;
	struct rb_node run_node __undriven;
	unsigned char on_rq;
	u64 exec_start;
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
	u64 vruntime;
	struct sched_avg avg;
};

struct sched_statistics {
	u64 nr_wakeups;
	u64 nr_wakeups_sync;
	u64 nr_migrations_cold __until("7.3");
};

struct sched_rt_entity {
	struct list_head run_list;
	unsigned int time_slice;
};

/* what is there of a deadline task; a copy, the model's own is in kern/cbs.h */
struct sched_dl_entity {
	u64 dl_runtime;
	u64 dl_deadline;
	u64 dl_period;
	u64 dl_bw;
	u64 dl_density;
	s64 runtime;
	u64 deadline;
	unsigned dl_throttled : 1;
	unsigned dl_yielded : 1;
};

struct thread_info {
	unsigned long flags; /* TIF_* */
	u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags; /* PF_* */
	/* ints, then bytes: guests read them in their kernel's width */
	union {
		u8 on_cpu __since("7.2");
		int on_cpu_int __named("on_cpu") __until("7.2");
	};
	union {
		u8 on_rq __since("7.2");
		int on_rq_int __named("on_rq") __until("7.2");
	};
	int wake_cpu;
	int recent_used_cpu;
	int prio;
	int static_prio;
	int normal_prio;
	unsigned int rt_priority;
	unsigned int policy;
	int nr_cpus_allowed;
	const cpumask_t *cpus_ptr;
	cpumask_t *user_cpus_ptr;
	cpumask_t cpus_mask;
	unsigned short migration_disabled;
	unsigned short migration_flags;
	int rcu_read_lock_nesting;
	const struct sched_class *sched_class;
	struct sched_entity se;
	struct sched_rt_entity rt;
	struct sched_dl_entity dl;
	struct sched_ext_entity scx;
	struct task_group *sched_task_group;
	struct sched_statistics stats;
	unsigned long core_cookie __until("6.16"); /* only that build has core scheduling */
	struct mm_struct *mm;
	struct mm_struct *active_mm;
	int exit_state;
	int exit_code;
	unsigned in_execve : 1;
	unsigned in_iowait : 1;
	unsigned sched_reset_on_fork : 1;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct list_head children;
	struct list_head sibling;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct list_head thread_node;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	struct sched_info {
		unsigned long pcount;	      /* times on a CPU */
		unsigned long long run_delay; /* time queued before that */
		unsigned long long last_arrival;
		unsigned long long last_queued; /* 0: not waiting */
	} sched_info;
	u64 start_time;
	u64 start_boottime;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[TASK_COMM_LEN];
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct mempolicy *mempolicy;
	int numa_preferred_nid __since("6.16");
	void *worker_private;
	refcount_t usage;
	refcount_t rcu_users;
	struct list_head tasks;

	struct task_model *m __host; /* kern/task.h: fiber, workload, accounting */
};

/* a CPU's hot words, before they became variables of their own */
struct pcpu_hot {
	struct task_struct *current_task;
	int preempt_count;
	int cpu_number;
} __until("6.16");

struct balance_callback {
	struct balance_callback *next;
	void (*func)(struct rq *rq) __host;
};

struct rt_rq {
	struct list_head queue[100] __host; /* by priority, FIFO */
	unsigned int rt_nr_running;
	struct balance_callback push_head __host, pull_head __host;
};

struct dl_rq {
	unsigned int dl_nr_running; /* servers too */
	struct balance_callback push_head __host, pull_head __host;
};

struct cfs_rq {
	unsigned int nr_queued __since("6.16");
	struct rb_root_cached tasks_timeline __undriven;
};

struct irq_work {
	struct llist_node llnode __host;
	u32 flags __host;
	void (*func)(struct irq_work *work) __host;
};

/* every kernel's members; the filter shows a guest its own kernel's */
struct scx_rq {
	struct scx_dispatch_q local_dsq;
	struct scx_dispatch_q reject_dsq __since("7.3"); /* refused for lack of caps */
	struct list_head runnable_list;
	struct list_head ddsp_deferred_locals;
	u64 extra_enq_flags __until("7.3");
	u64 remote_activate_enq_flags __since("7.3");
	struct scx_sched *remote_activate_sch
		__since("7.3"); /* who brings the task, if not its own */
	u32 nr_running;
	u32 nr_immed __since("7.1");
	u32 flags;
	u32 cpuperf_target;
	bool in_select_cpu __since("7.1");
	struct task_struct *sub_dispatch_prev __since("7.1"); /* for nested dispatches */
	struct scx_sched *sched __since("7.4"); /* whose task runs (ext/cid_sched.c) */
	bool cpu_released;
	u64 clock __since("6.16");
	cpumask_t cpus_to_kick __until("7.3");
	cpumask_t cpus_to_kick_if_idle __until("7.3");
	cpumask_t cpus_to_preempt __until("7.3");
	cpumask_t cpus_to_wait __until("7.3");
	cpumask_t cpus_to_sync __since("7.0 6.19.12");
	bool kick_sync_pending __since("7.0 6.19.12");
	unsigned long pnt_seq __until("6.19");
	unsigned long kick_sync __since("6.19");
	struct balance_callback deferred_bal_cb;
	struct balance_callback kick_sync_bal_cb __since("7.0 6.19.12");
	struct irq_work deferred_irq_work;
	struct irq_work kick_cpus_irq_work;

	u64 ops_qseq __host; /* qseq_per_rq */
	struct list_head sched_pcpus_to_kick __host;
	struct list_head ecaps_to_sync __host; /* of scx_sched_pcpu: what was granted or revoked */
	struct scx_dispatch_q rescue_dsq
		__host;			  /* wait for a rescue; guests see it by a task's dsq */
	unsigned long *kick_syncs __host; /* snapshots by target CPU */
	u64 *kick_called_ns __host; /* by target: the oldest kick not yet delivered, 0: none */
	u64 *kick_called_n __host;  /* its number */
	bool in_kick_wait __host;   /* waits for others, so others need not wait for it */
	struct list_head deferred_reenq_users __host;	      /* of struct scx_reenq_user */
	struct scx_cpu_release_args *cpu_release_args __host; /* guest memory */
	struct task_struct *ext_running __host;
};

struct rq {
	raw_spinlock_t __lock;
	int cpu;
	int online;
	unsigned int nr_running;
	u64 nr_switches;
	u64 clock;
	u64 clock_task;
	u64 clock_pelt;
	unsigned long lost_idle_time __undriven;
	struct task_struct *curr;
	struct task_struct *donor __since("6.16");
	struct task_struct *idle;
	struct task_struct *stop;
	struct mm_struct *prev_mm;
	atomic_t nr_iowait;
	const struct sched_class *next_class __since("7.0");
	struct cfs_rq cfs;
	struct rt_rq rt;
	struct dl_rq dl;
	struct scx_rq scx;
	struct balance_callback *balance_callback;
	struct balance_callback core_balance_head __host;

	struct rq_model *m __host; /* kern/sched.h: engine CPU, irq state, tick */
};

#endif
