/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * env.h - all that the BPF side asks of the machine around it. The BPF folder knows
 * maps and instructions and nothing of scheduling; the kernel model answers with one
 * table (kern/env.c), unit tests with a small one of their own.
 *
 * The table is set once a machine, before anything is loaded, and complete: env_set()
 * refuses one that lacks an answer, so that nobody here asks whether there is one.
 *
 *	machine_create() ── env_set(&machine->env) ──▶ ENV->cpu(), ENV->nr_cpus, ...
 */
#ifndef KS_BPF_ENV_H
#define KS_BPF_ENV_H

#include <linux/bpf.h>
#include "base/types.h"
#include "bpf/state.h"

struct bpf_fault;
struct btf_types; /* abi/btf.h */
struct object;
struct prog;
struct vm;
struct vm_timer;

struct bpf_env {
	u32 nr_cpus;		       /* possible CPUs: slots of per-CPU maps */
	u64 insns_max;		       /* of one invocation; 0: PROG_INSNS_RUN_MAX */
	bool interpret;		       /* programs are not translated to native code (jit.h) */
	const struct btf_types *types; /* the machine's BTF; NULL: none, in unit tests */

	/* ---- time, and who runs ---- */

	/* virtual time in ns, as bpf_ktime_get_ns() (monotonic) sees it */
	u64 (*ktime_ns)(void);
	u64 (*jiffies)(void);
	/* the simulated CPU that executes now, 0..nr_cpus-1 */
	u32 (*cpu)(void);
	u32 (*numa_node)(void);
	/* guest address of the running struct task_struct; 0 in unit tests */
	u64 (*current_addr)(void);
	u32 (*current_pid)(void);
	u32 (*current_tgid)(void);
	const char *(*current_comm)(void);
	u64 (*current_cgroup_id)(void);
	/* of its cgroup's ancestor at @level, the root being 0; 0: there is none */
	u64 (*cgroup_ancestor_id)(s32 level);
	/* pseudo-random u32 for bpf_get_prandom_u32(), from the machine's own stream */
	u32 (*prandom_u32)(void);

	/* ---- what a program does ---- */

	/*
	 * @insns executed since the last call: pay for them in virtual time. A
	 * choice point: where the context allows it, other CPUs act and pending
	 * interrupts are served before it returns. Called at helper and kfunc
	 * calls, at program end and at least every PROG_CHARGE_INSNS.
	 */
	void (*charge)(u32 insns);
	/*
	 * Helpers' work on memory beyond what a call costs anyway: @bytes as a copy moves
	 * them. A choice point like charge().
	 */
	void (*charge_bytes)(u64 bytes);
	/*
	 * Under a schedule (engine/schedule.h): the executing program is at a point of @kind,
	 * about what lies at @addr. For how long it is held, ns; hold() then holds it.
	 */
	u64 (*point)(u32 kind, u64 addr, bool write);
	void (*hold)(u64 ns);
	/* one line of bpf_trace_printk() or bpf_stream output, no newline */
	void (*printk)(const char *line);
	/*
	 * The guest did what the kernel's verifier would not have let through (a
	 * wild store, an endless loop, a call of a missing kfunc). Ends the run; the
	 * program returns 0 from here on.
	 */
	void (*fault)(const struct bpf_fault *f);
	/* may @prog store @size bytes to kernel object address @addr? */
	bool (*store_ok)(const struct prog *prog, u64 addr, u32 size);
	/*
	 * A SYSCALL program reads what the user of bpf(2) has at @src: true if it was all
	 * there. Where that user is the host's process, which is nobody's: false.
	 */
	bool (*read_user)(void *dst, u64 src, u32 size);

	/* ---- timers and work ---- */

	/* one-shot timers behind bpf_timer and delayed bpf_wq: run vm_timer_fire(t) at time @ns */
	int (*timer_start)(struct vm_timer *t, u64 expires_ns, bool pinned);
	bool (*timer_cancel)(struct vm_timer *t); /* true: was pending */
	/* @t goes away, timer or work: drop what hangs off t->host */
	void (*timer_free)(struct vm_timer *t);
	/* timer operations wait for an irq work here (hard irq, interrupts off); cancel refuses */
	bool (*timer_ops_deferred)(void);
	/* queue vm_work_fire(w) in process context (bpf_wq) */
	int (*work_queue)(struct vm_timer *w);
	/*
	 * Queue vm_task_work_fire(w) in the task at guest address @task: on its way to
	 * user mode or, by @signal, out of an interruptible sleep too.
	 */
	void (*task_work)(struct vm_timer *w, u64 task, bool signal);

	/* ---- preemption and interrupt state of the executing CPU, nestable; locks ---- */

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

	/* ---- the kernel's variables, functions and files ---- */

	/* guest address of a kernel variable, per-CPU ones as their base; 0: none */
	u64 (*ksym_var)(const char *name);
	/* address of CPU @cpu's instance of the per-CPU kernel variable at @base; 0: none */
	u64 (*percpu_addr)(u64 base, u32 cpu);
	/* a kernel address as kallsyms would print it; false: unknown */
	bool (*symbol)(u64 addr, char *buf, size_t len);
	/* output of a bpf iterator: @seq is what its context holds; 0, -EOVERFLOW, -EFAULT */
	s64 (*seq_write)(u64 seq, const void *data, u32 len);
	/* counters in PERF_EVENT_ARRAY maps (objects of kind OBJ_PERF) */
	s64 (*perf_read)(struct object *event, struct bpf_perf_event_value *value);
	/* local storage: guest address of the task with pid, the cgroup with id @nr; 0: it is gone */
	u64 (*storage_owner)(enum bpf_map_type type, u64 nr);

	/* ---- where programs attach ---- */

	/* may sleepable programs (fentry.s, lsm.s) attach to @func? may fmod_ret? */
	bool (*target_sleepable)(const char *func);
	bool (*target_modifiable)(const char *func);
	/* address of the function that program of @vm is attached to; its link's cookie */
	u64 (*func_ip)(struct vm *vm, u64 ctx);
	u64 (*attach_cookie)(struct vm *vm, u64 ctx);

	/* ---- tables of operations (struct_ops_map.h) ---- */

	/*
	 * May a program be member @member of struct @type ("sched_ext_ops")? 0, or
	 * -errno as the struct's check_member(); -ENOTSUPP if it is no struct_ops type
	 * at all. *private_stack: its frames do not count towards the chain's 512 bytes.
	 */
	int (*struct_ops_member)(const char *type, const char *member, bool sleepable,
				 bool *private_stack);
	/* bit n: argument n may be NULL (the stub's parameter ends in __nullable) */
	u32 (*struct_ops_nullable)(const char *type, const char *member);
	/*
	 * A table of @type was filled: @image in guest memory and its @nr @progs by member
	 * (NULL: not set), which both stay until it is destroyed. *@out stands for it in the
	 * calls below; NULL: nobody calls such tables. 0 or -errno.
	 */
	int (*struct_ops_create)(const char *type, void *image, struct prog *const *progs, u32 nr,
				 void **out);
	void (*struct_ops_destroy)(void *ops);
	/* In force when this returns 0. @link: guest address of the link, 0 without. */
	int (*struct_ops_reg)(void *ops, u64 image, u64 link);
	/* Out of force when this returns, unless the machine can no longer run. */
	void (*struct_ops_unreg)(void *ops);
};

/* Every function of the table, for the check that none is missing. */
/* clang-format off */
#define BPF_ENV_ASKS(ASK) \
	ASK(ktime_ns) ASK(jiffies) ASK(cpu) ASK(numa_node) ASK(current_addr) \
	ASK(current_pid) ASK(current_tgid) ASK(current_comm) ASK(current_cgroup_id) \
	ASK(cgroup_ancestor_id) ASK(prandom_u32) ASK(charge) ASK(charge_bytes) \
	ASK(point) ASK(hold) ASK(printk) ASK(fault) ASK(store_ok) ASK(read_user) ASK(timer_start) \
	ASK(timer_cancel) ASK(timer_free) ASK(timer_ops_deferred) ASK(work_queue) \
	ASK(task_work) ASK(preempt_disable) ASK(preempt_enable) ASK(rcu_read_lock) \
	ASK(rcu_read_unlock) ASK(irq_save) ASK(irq_restore) ASK(migrate_disable) \
	ASK(migrate_enable) ASK(spin_wait) ASK(ksym_var) ASK(percpu_addr) ASK(symbol) \
	ASK(seq_write) ASK(perf_read) ASK(storage_owner) ASK(target_sleepable) \
	ASK(target_modifiable) ASK(func_ip) ASK(attach_cookie) ASK(struct_ops_member) \
	ASK(struct_ops_nullable) ASK(struct_ops_create) ASK(struct_ops_destroy) \
	ASK(struct_ops_reg) ASK(struct_ops_unreg)
/* clang-format on */

/*
 * The table in force from here on, which stays its owner's; NULL: none, when the machine
 * is gone. One that lacks an answer is a bug and named.
 */
void env_set(const struct bpf_env *env);

/* Never NULL while there is anything to load or run. */
#define ENV (vm_state.env)

enum bpf_fault_kind {
	FAULT_WILD_STORE,   /* @addr, @size */
	FAULT_ENDLESS,	    /* more than limits.insns_max in one invocation */
	FAULT_MISSING_CALL, /* reached a call of a kfunc that the profile lacks */
	FAULT_STACK,	    /* call depth or stack bytes */
	FAULT_BAD_INSN,
};

struct bpf_fault {
	enum bpf_fault_kind kind;
	const struct prog *prog;
	u32 insn; /* index into the program as loaded */
	u64 addr;
	u32 size;
	char where[256]; /* "file.bpf.c:123: text of the line", empty if unknown */
	char what[256];	 /* one sentence */
};

#endif
