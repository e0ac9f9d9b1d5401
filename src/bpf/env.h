/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * env.h - what the BPF side asks of the machine around it. The BPF folder knows
 * maps and instructions and nothing of scheduling; the kernel model fills this
 * table in, unit tests fill in a small one of their own.
 */
#ifndef KS_BPF_ENV_H
#define KS_BPF_ENV_H

#include "base/types.h"

struct prog;
struct bpf_fault;
struct vm_timer;

struct bpf_env {
	/* virtual time in ns, as bpf_ktime_get_ns() (monotonic) sees it */
	u64 (*ktime_ns)(void);
	/* the simulated CPU that executes now, 0..nr_cpus-1 */
	u32 (*cpu)(void);
	u32 nr_cpus;		/* possible CPUs: slots of per-CPU maps */
	/* guest address of the running struct task_struct; 0 in unit tests */
	u64 (*current_addr)(void);
	u32 (*current_pid)(void);
	u32 (*current_tgid)(void);
	const char *(*current_comm)(void);
	u64 (*current_cgroup_id)(void);
	u32 (*numa_node)(void);
	u64 (*jiffies)(void);

	/*
	 * @insns executed since the last call: pay for them in virtual time. A
	 * choice point: where the context allows it, other CPUs act and pending
	 * interrupts are served before it returns. Called at helper and kfunc
	 * calls, at program end and at least every PROG_CHARGE_INSNS.
	 */
	void (*charge)(u32 insns);
	/*
	 * Helpers' work on memory beyond what a call costs anyway: @bytes as a copy moves
	 * them. May be NULL. A choice point like charge().
	 */
	void (*charge_bytes)(u64 bytes);
	/* pseudo-random u32 for bpf_get_prandom_u32(), from the machine's own stream */
	u32 (*prandom_u32)(void);

	/* one line of bpf_trace_printk() or bpf_stream output, no newline */
	void (*printk)(const char *line);
	/*
	 * The guest did what the kernel's verifier would not have let through (a
	 * wild store, an endless loop, a call of a missing kfunc). Ends the run; the
	 * program returns 0 from here on.
	 */
	void (*fault)(const struct bpf_fault *f);

	/* one-shot timers behind bpf_timer and delayed bpf_wq: run vm_timer_fire(t) at time @ns */
	int (*timer_start)(struct vm_timer *t, u64 expires_ns, bool pinned);
	bool (*timer_cancel)(struct vm_timer *t);	/* true: was pending */
	/* @t goes away, timer or work: drop what hangs off t->host. May be NULL. */
	void (*timer_free)(struct vm_timer *t);
	/* queue vm_work_fire(w) in process context (bpf_wq) */
	int (*work_queue)(struct vm_timer *w);
	/*
	 * Queue vm_task_work_fire(w) in the task at guest address @task: on its way to
	 * user mode or, by @signal, out of an interruptible sleep too.
	 */
	void (*task_work)(struct vm_timer *w, u64 task, bool signal);

	/* preemption and interrupt state of the executing CPU, nestable */
	void (*preempt_disable)(void);
	void (*preempt_enable)(void);
	void (*rcu_read_lock)(void);
	void (*rcu_read_unlock)(void);
	unsigned long (*irq_save)(void);
	void (*irq_restore)(unsigned long flags);
	void (*migrate_disable)(void);
	void (*migrate_enable)(void);
	/*
	 * A guest lock is held by another CPU. Spin until *word != @busy: 0. A @resilient
	 * lock gives up after 250 ms: -ETIMEDOUT; any other is a lockup if it lasts.
	 */
	int (*spin_wait)(const volatile u32 *word, u32 busy, bool resilient);

	/* attach-side predicate: may @prog store @size bytes to kernel object address @addr? */
	bool (*store_ok)(const struct prog *prog, u64 addr, u32 size);
};

/* The environment in force; set by whoever owns the machine. Never NULL while programs run. */
extern const struct bpf_env *env_now;
#define ENV (env_now)
#define bpf_env_now env_now	/* its older name: libbpf owns the prefix */

enum bpf_fault_kind {
	FAULT_WILD_STORE,	/* @addr, @size */
	FAULT_ENDLESS,		/* more than limits.insns_max in one invocation */
	FAULT_MISSING_CALL,	/* reached a call of a kfunc that the profile lacks */
	FAULT_STACK,		/* call depth or stack bytes */
	FAULT_BAD_INSN,
};

struct bpf_fault {
	enum bpf_fault_kind kind;
	const struct prog *prog;
	u32 insn;		/* index into the program as loaded */
	u64 addr;
	u32 size;
	char where[256];	/* "file.bpf.c:123: text of the line", empty if unknown */
	char what[256];		/* one sentence */
};

#endif
