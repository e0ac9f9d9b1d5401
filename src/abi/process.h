/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - what a task shares with others: ids, credentials, the thread
 * group, address space, memory policy; and what kernel threads and workers carry.
 */
#ifndef KS_ABI_PROCESS_H
#define KS_ABI_PROCESS_H

#include "base/annot.h"
#include "abi/cpumask.h"
#include "abi/enums.h"
#include "abi/list.h"

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
};

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct task_struct *child_reaper;
	unsigned int level;
	struct pid_namespace *parent;
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	refcount_t count;
	unsigned int level;
	struct upid numbers[1]; /* a machine has one namespace */
};

struct signal_struct {
	refcount_t sigcnt;
	atomic_t live;
	int nr_threads;
	struct list_head thread_head; /* of task_struct.thread_node */
	struct pid *pids[PIDTYPE_MAX];
};

struct mm_struct {
	atomic_t mm_count; /* the users together, and kernel threads that borrow it */
	atomic_t mm_users; /* tasks */
	/* nothing is mapped: a process has no arguments, code or heap that could be read */
	unsigned long total_vm __undriven;
	unsigned long start_code __undriven;
	unsigned long end_code __undriven;
	unsigned long start_data __undriven;
	unsigned long end_data __undriven;
	unsigned long start_brk __undriven;
	unsigned long brk __undriven;
	unsigned long start_stack __undriven;
	unsigned long arg_start __undriven;
	unsigned long arg_end __undriven;
	unsigned long env_start __undriven;
	unsigned long env_end __undriven;
};

struct mempolicy {
	atomic_t refcnt;
	unsigned short mode;
	unsigned short flags;
	nodemask_t nodes;
	int home_node;
};

/* task_struct.worker_private of a kernel thread */
struct kthread {
	unsigned int cpu;
	int (*threadfn)(void *data) __undriven;
	void *data;
};

/* kthread.data of a workqueue's worker */
struct worker {
	int id;
	char desc[32];
};

#endif
