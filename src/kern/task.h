/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.h - a task's life and what it can ask of the kernel.
 *
 * A task has a fiber, its kernel stack. Its body runs there as a user program
 * and a system call would: user_run() burns CPU time in user mode, the sys_*
 * functions enter the kernel, may sleep, and come back on whatever CPU the task
 * was put. A body that returns exits the task.
 */
#ifndef KS_KERN_TASK_H
#define KS_KERN_TASK_H

#include "abi/sched.h"
#include "base/prng.h"
#include "base/waits.h"
#include "engine/fiber.h"
#include "kern/cbs.h"
#include "kern/fair.h"

/*
 * threads-max: past it, a fork fails with EAGAIN. A task's stack and its guard are two
 * of the 65530 mappings that Linux lets a process have.
 */
#define TASKS_MAX 30000
#define TASK_ALIGN 64 /* task_structs begin at multiples of it, nothing else asks */

struct task_struct;
typedef void (*task_body)(void *arg);

/* what the model knows of a task beyond task_struct */
struct task_model {
	struct task_struct *p;
	u32 guest_refs; /* of p->usage: what programs acquired and have not released */
	struct fiber fiber;
	task_body body;
	void *arg;
	raw_spinlock_t pi_lock;
	bool kthread;
	bool per_cpu_kthread;
	bool boot_asleep; /* the boot does not wake it */
	bool dead;	  /* last switch done */
	bool exiting;
	bool killed;		/* exits at its next return to user mode */
	struct list_head works; /* task_work.c: for its next return to user mode */
	bool notified;		/* TIF_NOTIFY_SIGNAL: one of them ends interruptible sleeps */
	bool works_over;	/* none is taken any more */
	bool is_loader;		/* the process that loads schedulers */
	bool paid_for;		/* of --max-memory */
	u64 sleep_start_ns;
	/* account.h; a wakeup is one from sleep */
	u64 runtime_ns, nr_wakeups, nr_switches, nr_migrations;
	struct waits waits;
	struct task_past *past; /* NULL: it has seen no phase end */
	struct pt_regs *regs;	/* of the system call in progress, KOBJ zone */
	u64 *cpu_time_ns;	/* by cpu: who ran where */
	/* the scheduler's last word on where it goes: when, which queue, from which op and program */
	struct task_put {
		u64 at_ns, dsq_id;
		s32 cpu;
		u32 op, prog; /* enum scx_op, the program's id */
	} put;
	u64 rescue_at;		   /* jiffies: parked for a rescue */
	bool starved;		   /* counted by check/starvation.c */
	struct scx_op_ctx *op_ctx; /* innermost op that runs on this stack (ext/ops.c) */
	struct task_struct *child_of;
	void *load;				/* the workload's own */
	void (*exit_fn)(struct task_struct *p); /* in do_exit(), may sleep */
	struct list_head wake_node; /* on its CPU's wake_list, woken and not queued yet */
	bool wake_migrated;
	bool rt_on_rq; /* rt.c: queued, which p->on_rq says of a changing task, too */
	struct list_head rt_pushable; /* on its run queue's list: it waits, and may run elsewhere */
	struct fair_entity fair;
	struct dl_entity dl;
	struct dl_entity *dl_server; /* it was picked for its sake; NULL: for its own */
	struct rb_node core_node;    /* core_sched.c */
	u32 core_occupation;	     /* how many of its core ran beside it, as it was picked */
	struct set_affinity_pending *migration_pending; /* migrate.c: who waits for it to move */
	struct list_head all_node;
	struct list_head pid_node;   /* machine->pids */
	struct list_head alloc_node; /* machine->task_models */
};

/* sched_attr: what can be said of how a task is scheduled */
struct sched_params {
	unsigned int policy;	  /* as in task_attr, or DEADLINE 6 */
	unsigned int rt_priority; /* 1..99 for FIFO and RR, else 0 */
	bool reset_on_fork;	  /* children have SCHED_NORMAL, and no nice value below 0 */
	/* DEADLINE; @dl_period_ns 0: the deadline */
	u64 dl_runtime_ns, dl_deadline_ns, dl_period_ns;
};

struct task_attr {
	const char *comm;
	unsigned int policy;	    /* SCHED_NORMAL 0, FIFO 1, RR 2, BATCH 3, IDLE 5, EXT 7 */
	int nice;		    /* -20..19 */
	unsigned int rt_priority;   /* 1..99 for FIFO and RR */
	const struct cpumask *cpus; /* NULL: all */
	struct cgroup *cgrp;	    /* NULL: parent's or root */
	bool new_process;	    /* own tgid, else a thread of the parent */
	bool asleep; /* it exists and first runs when it is woken; kernel threads of the boot */
	bool held;   /* it exists at once and first runs when its parent sleeps; forks only */
	void *load;
	pid_t *pid; /* set before the task can run; NULL: nobody asks */
};

/*
 * task_create - a new task, runnable from now, on @body(@arg)
 * From a task: a fork with all that belongs to it (ops.init_task in the caller's
 * context, which may sleep or fail). From the host's main fiber, before the
 * machine runs: parent is init, woken when the machine starts.
 * Returns NULL with *err set to the errno of a failed fork.
 */
struct task_struct *task_create(const struct task_attr *attr, task_body body, void *arg, int *err);
/* the same within the call that forks */
struct task_struct *task_clone(const struct task_attr *attr, task_body body, void *arg, int *err);
/* clone(2) of a user task, which task_create() makes */
struct task_struct *sys_clone(const struct task_attr *attr, task_body body, void *arg, int *err);
struct task_struct *kthread_create(task_body body, void *arg, s32 cpu /* -1: any */,
				   const char *comm);

/* what kthread_create_with() makes */
struct kthread_attr {
	const char *comm;
	s32 cpu;   /* -1: any */
	u32 class; /* enum sched_class_id: fair, rt, stop */
	int nice;
	unsigned int rt_priority;
	u32 flags;   /* PF_*, besides those of all kernel threads */
	bool asleep; /* at boot: it runs when it is woken first, and has no stack before */
};
struct task_struct *kthread_create_with(const struct kthread_attr *attr, task_body body, void *arg);
struct task_struct *find_task_by_pid(pid_t pid); /* of live tasks, NULL otherwise */
void get_task_struct(struct task_struct *p);	 /* p->usage */
bool task_is_at(u64 addr); /* is it the address of a task_struct that has not been freed? */
void put_task_struct(struct task_struct *p); /* the last one frees */

/* what sched.h calls current, for those who know nothing of run queues */
struct task_struct *current_task(void);

const char *task_class_name(const struct task_struct *p);
/* Tell a trace that begins now of the tasks that are there: those of the boot. */
void tasks_trace(void);
/* an event: which CPUs @p may use now */
void task_trace_cpus(const struct task_struct *p);
int task_nice(const struct task_struct *p);

/* ---- system calls of the current task; each passes sys_enter and sys_exit ---- */
int sys_nanosleep(u64 ns);
int sys_clock_nanosleep_until(u64 abs_ns);
int sys_read_slowly(u64 ns); /* of a file, from a device that takes so long */
int sys_sched_yield(void);
/*
 * A system call that computes for @ns in kernel code and cannot be traced. @offer_ns: how often
 * it comes by @offer(), cond_resched() or might_resched(); 0: never
 */
void sys_compute(u64 ns, u64 offer_ns, void (*offer)(void));
int sys_getpgid(pid_t pid);
void sys_setsid(void);						  /* cannot be traced */
void autogroup_move_process(struct task_struct *leader);	  /* to an autogroup of its own */
int sys_sched_setaffinity(pid_t pid, const struct cpumask *mask); /* pid 0: self; -EINVAL, -ESRCH */
int sys_sched_setscheduler(pid_t pid, unsigned int policy, unsigned int rt_priority);
/* -EINVAL, -ESRCH, of deadline tasks -EPERM (not all CPUs are theirs), -EBUSY (no room) */
int sys_sched_setattr(pid_t pid, const struct sched_params *params);
int sys_setpriority(pid_t pid, int nice);
int sys_kill(pid_t pid,
	     int sig); /* SIGKILL only: the task exits when it next returns to user mode */
void __noreturn sys_exit(int code);
int sys_exec(const char *comm); /* same task, new comm; WF_EXEC balancing hook */

struct prog;
/* BPF_PROG_TEST_RUN of a SYSCALL program in the caller's context; @ctx of @size bytes in and out */
int sys_bpf_test_run(struct prog *prog, void *ctx, u32 size, u32 *retval);

/* p's policy and all that follows from it; p is off its queue (sched_change) */
void task_set_prio(struct task_struct *p, unsigned int policy, int nice, unsigned int rt_priority);
/* the priority that a policy gives to p at its nice value */
int task_policy_prio(const struct task_struct *p, unsigned int policy, unsigned int rt_priority);
/* the same actions for a caller that is not a task of the workload (a scenario's "at") */
int task_set_cpus(struct task_struct *p, const struct cpumask *mask);
int task_set_scheduler(struct task_struct *p, unsigned int policy, unsigned int rt_priority);
int task_set_params(struct task_struct *p, const struct sched_params *params);
int task_set_nice(struct task_struct *p, int nice);
int task_kill(struct task_struct *p);

/* ---- waiting, for workloads: futex-like words with FIFO queues ---- */
struct futex {
	u32 val;
	raw_spinlock_t lock;
	struct list_head waiters;
};
void futex_init(struct futex *f, u32 val);
/* sleep while f->val == @val; 0, or -EAGAIN when it differed, -ETIMEDOUT (@timeout_ns 0: none), -EINTR when killed */
int sys_futex_wait(struct futex *f, u32 val, u64 timeout_ns);
/* wake up to @nr; returns how many. @sync: the waker is about to sleep (WF_SYNC) */
int sys_futex_wake(struct futex *f, int nr);

#endif
