/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - the simulated computer: CPUs, tasks, time, and what it was built
 * with. One is active in a process at a time (the guests' addresses are fixed),
 * and model code reaches it as `machine`. All state of src/kern hangs off it and
 * goes with it; ext/ keeps its own in `scx`.
 */
#ifndef KS_KERN_MACHINE_H
#define KS_KERN_MACHINE_H

#include "abi/profile.h"
#include "abi/sched.h"
#include "base/hist.h"
#include "base/prng.h"
#include "bpf/env.h"
#include "engine/engine.h"
#include "kern/hooks.h"

/*
 * Who has real-time tasks that could run elsewhere, and the interrupt that goes from one of those
 * CPUs to the next, so that each pushes (rt.c). @work lies in guest memory like all irq works.
 */
struct rt_overload {
	struct irq_work *work;
	struct cpumask mask;
	s32 cpu;  /* where @work is; -1: nowhere */
	u32 loop; /* asked for up to now */
	u32 loop_next;
};

struct btf_types;
struct iter;
struct stuck;
struct trace;

/* What things cost, in ns of virtual time; docs/determinism explains the choice. */
struct costs {
#define COST(name, ns, text) u32 name##_ns;
#include "kern/costs.def"
#undef COST
};

struct topology_spec {
	u32 nodes, llcs, cores, threads; /* NUMA nodes; LLCs a node; cores an LLC; threads a core */
};

/* do the kernel's own threads live? kthreads.h */
enum kthreads_mode { KTHREADS_NONE, KTHREADS_LIVE };

struct machine_config {
	size_t sz;
	const struct profile *profile;
	struct topology_spec topo;
	u64 seed;
	struct costs costs;	    /* zero: the defaults */
	bool idle_polls;	    /* idle CPUs poll need_resched: a resched needs no IPI */
	bool partial;		    /* leave fair tasks to the fair class */
	enum preempt_model preempt; /* one that the profile has, or as it boots */
	bool lsm_bpf;
	bool interpret; /* no native code (bpf/jit.h) */
	enum kthreads_mode kthreads;
	u32 hz; /* ticks a second; 0: as the kernel was built */
};

#define KICK_OUTCOMES_MAX 16 /* enum kick_outcome of ext/ext.h has fewer */

/* kicks that came to nothing, for one reason */
struct kick_loss {
	u64 nr, first_ns;
	s32 first_cpu;	/* the target */
	u32 first_prog; /* 0: the kernel's own, or told at the delivery */
};

/* picks of a task whose slice is 0: the scheduler gave it none */
struct zero_slices {
	u64 nr, first_ns;
	s32 first_cpu;
	pid_t first_pid;
};

/* figures of the run that no per-task or per-CPU structure holds */
struct kick_stats {
	u64 calls; /* numbers the kicks of the trace */
	u64 plain, idle, preempt,
		wait;	  /* calls of the kfunc by flag; preempt and wait may both count */
	u64 sent;	  /* reschedules that kicks asked for */
	u64 skipped_idle; /* idle kicks of a busy CPU */
	u64 coalesced;	  /* calls whose target bit was already set, or target already due */
	u64 dropped;	  /* bypass, offline, higher class */
	u64 ipis;
	struct kick_loss lost[KICK_OUTCOMES_MAX]; /* by enum kick_outcome */
	/*
	 * By asking CPU * nr_cpu_ids + target: after how many the target went on with what it did.
	 * NULL until there is one.
	 */
	u32 *idle_pairs;
};

enum run_phase { PHASE_UNDER, PHASE_AFTER, NR_PHASES }; /* account.h */

/* what the machine came to in a phase, or up to its beginning */
struct phase_part {
	u64 ns, nr_switches;
	struct cpu_counts *cpu; /* by cpu */
};

struct accounts {
	u64 begin_ns; /* reports count from here */
	enum run_phase phase;
	u64 since_ns;				  /* when it began */
	u64 enabled_ns;				  /* when a scheduler first came */
	u64 ended_ns;				  /* when a scheduler last ended; 0: none has */
	bool exit_claimed;			  /* the one that there is ends */
	struct phase_part begin, part[NR_PHASES]; /* of the present phase: without it */
	struct list_head lines;		    /* struct task_line: dead tasks, in order of death */
	struct list_head groups[NR_PHASES]; /* struct dead_group */
	u32 nr_groups;
};

#define PID_BUCKETS 1024

struct machine {
	const struct profile *prof;
	struct machine_config config;
	struct costs cost;
	struct engine *engine;
	struct btf_types *types;
	struct bpf_env env; /* env.c: what the BPF side asks us */
	struct trace *trace;
	struct prng prng; /* root; consumers split their own */
	struct prng bpf_prng;

	u32 nr_cpu_ids;
	u32 nr_node_ids;
	bool smt_active;
	u32 hz;
	enum preempt_model preempt;
	struct cpumask *nohz_full; /* CPUs whose tick may stop while a task runs; NULL: none */
	struct rq *rqs;		   /* KOBJ zone, by cpu */
	struct cpumask *possible, *online, *active, *present; /* KOBJ zone */
	struct cpumask *cpumask_of;			      /* KOBJ zone, by cpu: just that one */
	struct cpu_topology *topo;			      /* topology.h, by cpu */
	struct worker_pool *workers;			      /* work.c: unbound, then by cpu */
	struct rcu *rcu;	       /* rcu.c; NULL: grace periods are a delay */
	struct task_struct *init_task; /* pid 1: parent of the workload */
	struct rwsem *hotplug_lock;    /* hotplug.c: cpu_hotplug_lock */
	struct cgroups *cgroups;       /* cgroup.c */
	struct task_group *root_tg;
	struct sched_class *classes; /* KOBJ zone, by id */
	struct hooks *hooks;	     /* hooks.c */
	u32 hook_attached[NR_HOOKS]; /* number of attached programs and listeners */
	struct perf *perf;	     /* perf.c */
	struct ksym *ksyms;	     /* ksyms.c */
	u64 nr_iter_sessions;	     /* iter.c */

	struct list_head *tasks; /* every task, idle tasks apart, in order of creation */
	u32 nr_tasks;
	struct list_head pids[PID_BUCKETS]; /* task_model.pid_node of those */
	pid_t next_pid;
	/* host memory to give back at the end, whatever state it is in */
	struct list_head kthread_workers, rcu_calls, task_models;
	struct iter *iters;	     /* iter.c: under way */
	struct list_head boot_tasks; /* made before there were CPUs to queue on */
	struct accounts acc;
	struct newborns *newborns;    /* newborn.c, NULL: there was none */
	struct task_struct *kthreadd; /* pid 2: parent of kernel threads */
	struct pid_namespace *pid_ns; /* KOBJ zone */
	struct cred *root_cred;
	struct mm_struct *init_mm; /* NULL until an idle task borrows it */

	struct kick_stats kicks;
	struct hist kick_latency; /* asked to the target's schedule(), ns */
	struct zero_slices zero_slices;
	/*
	 * Called when @p gets the CPU that it has waited for since @since_ns, for waits of
	 * @wait_told_ns and more; ~0: nobody asks. It only looks.
	 */
	void (*wait_over)(const struct task_struct *p, u64 since_ns);
	u64 wait_told_ns;
	struct judge *judge; /* check/verdict.c's, for the two hooks; NULL: none */
	u64 nr_resched_ipis;
	u64 nr_switches;
	struct rt_overload rto;
	bool core_sched;	 /* core_sched.c: somebody has had a cookie */
	struct cpumask dlo_mask; /* deadline.c: CPUs with deadline tasks that could go elsewhere */
	u64 dl_tasks_bw;	 /* dl_bw.c: promised to them, << BW_SHIFT */
	s64 nr_fair_waiting;	 /* fair tasks queued and not running, whole machine */
	u32 nr_spinning;	 /* CPUs that busy-wait now */
	struct stuck *stuck;	 /* stuck.c */
	struct lockup *lockup;	 /* set when the machine locked up: the run is over */
	unsigned long *task_bits; /* a bit per 64 bytes of the KOBJ zone: a task_struct begins here */
	/* memory of the process that makes the system calls (bpf/env.h); NULL: it has none here */
	bool (*read_user)(void *dst, u64 src, u32 size);
	struct loader *loader;		   /* loader.c; NULL: there is none */
	struct faults *faults;		   /* faults.c; NULL: no schedule was set */
	void (*console)(const char *line); /* bpf_trace_printk() and the kernel's log */
	char guest_fault[1024]; /* set when a guest did the impossible: the run is over */
	bool ended;
	/* whoever had a task do something did not wait for it, and what it works on is gone:
	 * nothing runs any more */
	bool given_up;
};

extern struct machine *machine;

/* 0 or -errno; on success `machine` is set. Nothing has run yet. */
int machine_create(const struct machine_config *config, struct machine **out);
void machine_destroy(struct machine *m);
/* Run to virtual time @end_ns. */
void machine_run(struct machine *m, u64 end_ns);
/* End the run early: guest fault, lockup, loader exit. */
void machine_stop(struct machine *m);

static inline u64 now_ns(void)
{
	return machine->engine->now_ns;
}

/* -1 on the host's main fiber */
static inline s32 smp_processor_id(void)
{
	const struct engine_cpu *ec = machine->engine->running;

	return ec ? ec->id : -1;
}

/* ---- the kernel's time: jiffies, a tick each ---- */

u64 jiffies_now(void);

static inline u64 tick_period_ns(void)
{
	return NSEC_PER_SEC / machine->hz;
}

static inline u64 ns_to_jiffies(u64 ns)
{
	return ns / tick_period_ns();
}

static inline u64 msecs_to_jiffies(u64 ms)
{
	return DIV_ROUND_UP(ms * machine->hz, 1000ULL);
}

static inline u32 jiffies_to_msecs(u64 j)
{
	return (u32)(j * 1000 / machine->hz);
}

/*
 * kstack_alloc - what the kernel has on its stack and links between tasks: list heads and
 * cursors, which guests come to by following the links. Zeroed memory in the KOBJ zone.
 */
void *kstack_alloc(size_t size);
void kstack_free(void *p, size_t size);
/* @nr empty CPU masks side by side, for guests to see */
struct cpumask *mask_alloc(u32 nr);

#endif
