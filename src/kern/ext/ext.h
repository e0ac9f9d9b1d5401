/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ext.h - sched_ext inside the model. Read kern/sched.h first.
 *
 *	ext.c		the class: dequeue, put, set, tick, yield, select_cpu, attributes
 *	ext/enqueue.c	enqueueing, custody, slices
 *	ext/pick.c	balance, dispatch and pick
 *	ext/reenq.c	deferred work of a run queue, reenqueueing
 *	ext/ops.c	calls into the scheduler's ops, with context and permissions
 *	ext/dsq.c	dispatch queues: ids, insertion, removal
 *	ext/dispatch.c	verdicts and the dispatch buffer
 *	ext/dsq_move.c	tasks between DSQs and across run queues
 *	ext/dsq_iter.c	walking a DSQ
 *	ext/kick.c	scx_bpf_kick_cpu() from the call to the target's reschedule
 *	ext/idle.c	idle masks and the default CPU selection
 *	ext/enable.c	from registration to a running scheduler
 *	ext/disable.c	the way back, sysrq, hotplug
 *	ext/task.c	a task's life for a scheduler: init, ready, enabled, exit; fork; all tasks
 *	ext/exit.c	errors, exit kinds, exit info, the kernel's log
 *	ext/dump.c	the debug dump
 *	ext/bypass.c	bypass mode and its load balancer
 *	ext/watchdog.c	stalls
 *	ext/cgroup.c	cgroup callbacks
 *	ext/cid.c	cids, cmasks
 *	ext/cid_sched.c	whose task runs on a cid, and who is told
 *	ext/sub.c	the tree of schedulers: attaching below another, and leaving
 *	ext/caps.c	what a sub-scheduler may do to a CPU
 *	ext/rescue.c	CPU time for tasks whose scheduler may use no CPU of theirs
 *	ext/lockup.c	the kernel's watchdogs suspect the scheduler
 *	ext/sched.c	struct scx_sched: what lives as long as the table, and as an attachment
 *	ext/struct_ops.c	the table, as the BPF side hands it over
 *	ext/kfuncs.c	scx_bpf_*: checks, then one call into the above
 *	ext/kfuncs_*.c, kern/kfuncs_cgroup.c	those of a subject
 */
#ifndef KS_KERN_EXT_H
#define KS_KERN_EXT_H

#include <errno.h>
#include <stdarg.h>
#include "base/region.h"
#include "bpf/addrmap.h"
#include "bpf/prog.h"
#include "kern/hooks.h"
#include "kern/kthread_worker.h"
#include "kern/sched.h"
#include "trace/words.h"

struct prog;
struct vm;

/* indices of ops */
#define SCX_OPS TRACE_OPS

enum scx_op {
#define OP(name) SCX_OP_##name,
	SCX_OPS(OP)
#undef OP
		NR_SCX_OPS,
	SCX_OP_NONE = NR_SCX_OPS,
};

const char *scx_op_name(enum scx_op op);

/* members of struct scx_event_stats, in order */
/* clang-format off */
#define SCX_EVENTS(EV) \
	EV(SELECT_CPU_FALLBACK) EV(DISPATCH_LOCAL_DSQ_OFFLINE) EV(DISPATCH_KEEP_LAST) \
	EV(ENQ_SKIP_EXITING) EV(ENQ_SKIP_MIGRATION_DISABLED) EV(REENQ_IMMED) EV(REENQ_REPEAT) \
	EV(REFILL_SLICE_DFL) EV(SLICE_CLAMPED) EV(SLICE_DENIED) EV(BYPASS_DURATION) \
	EV(BYPASS_DISPATCH) EV(BYPASS_ACTIVATE) EV(INSERT_NOT_OWNED) EV(SUB_BYPASS_DISPATCH) \
	EV(SUB_FORCED_ADMIT) EV(SUB_PREEMPT_DENIED) EV(SUB_KICK_DENIED) EV(SUB_REENQ_DENIED) \
	EV(SUB_CIDPERF_DENIED) EV(SUB_RESCUE)
/* clang-format on */

enum scx_enable_state { SCX_DISABLED, SCX_ENABLING, SCX_ENABLED, SCX_DISABLING };

/* p->scx.flags' state bits, by meaning; the profile gives their values (ext/enable.c) */
enum scx_task_state {
	TASK_SCX_NONE,
	TASK_SCX_INIT_BEGIN, /* ops.init_task() is running (not in all kernels) */
	TASK_SCX_INIT,
	TASK_SCX_READY,
	TASK_SCX_ENABLED,
	TASK_SCX_DEAD, /* not in all kernels */
};

/* one entry of the dispatch buffer */
struct scx_dsp_buf_ent {
	struct task_struct *task;
	unsigned long qseq;
	u64 dsq_id, enq_flags, slice, vtime;
};

/* per scheduler and CPU; in the KOBJ zone: what is __host is behind host_of() */
struct scx_sched_pcpu {
	struct scx_sched *sch;
	s32 cpu;
	bool bypassing, warned_nested;
	/* kick_masks_per_sched; else they are in rq->scx */
	struct cpumask cpus_to_kick, cpus_to_kick_if_idle, cpus_to_preempt, cpus_to_preempt_lazy,
		cpus_to_wait;
	struct list_head to_kick_node; /* on rq->scx.sched_pcpus_to_kick */
	struct scx_event_stats event_stats;
	struct scx_dispatch_q bypass_dsq;
	/* dispatch buffer and what the loop knows */
	u32 dsp_cursor, dsp_nr_tasks;
	struct scx_dsp_buf_ent *dsp_buf __host;
	struct rq *dsp_rq;
	struct task_struct *direct_dispatch_task; /* or DIRECT_DISPATCH_USED */
	struct {
		bool pending;
		u64 flags, seq;
	} reenq_local;
	u64 op_calls[NR_SCX_OPS + 1];
	u32 bypass_host_seq; /* dispatches while it hosts descendants' bypass */
	/* ext/caps.c: SCX_CAP_* in effect here, and as last told; written under the rq's lock */
	u64 ecaps, reported_ecaps;
	struct list_head ecaps_to_sync_node; /* on rq->scx.ecaps_to_sync */
	bool idle_renotify;		     /* owed an ops.update_idle() */
	u64 rescue_avg, rescue_avg_at;	     /* ext/rescue.c: decaying, ns; jiffies */
};

struct scx_pshard;
struct cgroup;

#define SCX_DSQ_HASH_BITS 10
#define DIRECT_DISPATCH_USED ((struct task_struct *)-2L)

/* in the KOBJ zone: what is __host is behind host_of() */
struct scx_sched {
	char name[128];
	bool is_cid;
	bool has_op[NR_SCX_OPS];
	struct prog *ops_prog[NR_SCX_OPS] __host;
	u64 flags;
	u32 dispatch_max_batch, timeout_ms, exit_dump_len;
	u64 hotplug_seq;
	u32 cid_shard_size, rescue_bandwidth_ppt, rescue_quantum_us;
	u64 sub_cgroup_id;
	void *arena_map __host;

	struct scx_sched_pcpu *pcpu;		    /* by cpu */
	struct scx_dispatch_q **global_dsqs __host; /* by node; KOBJ zone */
	struct list_head dsqs;			    /* user DSQs, in order of creation */
	struct rb_root *dsq_hash
		__host; /* 1 << SCX_DSQ_HASH_BITS buckets by id, made by ext/sched.c */
	u64 slice_dfl;
	s32 bypass_depth;
	bool dead, aborting, warned_zero_slice, warned_cpu_rq;
	u64 watchdog_timeout_ns;
	int exit_kind;			 /* enum scx_exit_kind, claimed once */
	u64 exit_claim_ns;		 /* and when */
	struct scx_exit_info *exit_info; /* KOBJ zone */
	u64 bypass_since_ns;
	struct irq_work error_irq_work;
	bool initialized; /* ops.init() succeeded */

	/* ext/enable.c and ext/disable.c */
	struct kthread_worker *helper __host; /* runs disable_work; or the system's one */
	struct kthread_work disable_work __host;
	bool attached; /* between registration and the end of unregistration */
	u64 id;	       /* unique instance, never reused */
	/* ext/exit.c and ext/dump.c */
	char exit_where[512];  /* what program and line claimed the exit, for "Backtrace:" */
	char *exit_reason_buf; /* KOBJ zone: what exit_info->reason points to */
	u32 exit_dump_size;    /* of exit_info->dump */
	bool dump_disabled;
	/* ext/bypass.c (not in all kernels) */
	bool bypass_dsp_claim;	     /* it bypasses, and has said so here and at its host */
	s32 bypass_dsp_enable_depth; /* > 0: bypass DSQs are consumed */
	struct hrtimer bypass_lb_timer __host;
	/* ext/cid.c (not in all kernels) */
	struct scx_cmask **set_cmask_scratch __host; /* by cpu, kernel addresses in the arena */
	struct scx_cmask *online_cmask;
	char *arena_next __host; /* kernel addresses: what is left of the kernel's pages there */
	size_t arena_left;
	bool warned_unassoc_progs;
	/*
	 * ext/sub.c: the tree. A child pins its parent's memory (nr_pins); unlinked, it keeps
	 * its own links, so that a walk that is on it finds the way on.
	 */
	s32 level; /* 0: the root */
	struct scx_sched *parent;
	struct list_head children; /* of .sibling, in order of attachment */
	struct list_head sibling;
	struct list_head all; /* on scx.scheds, in order of attachment */
	bool linked;	      /* on parent->children and, as the root too, scx.scheds */
	bool sub_attached;    /* the parent's ops.sub_attach() has taken it */
	bool counted;	      /* in scx.nr_subs */
	u32 nr_pins;
	bool doomed;			/* to be destroyed when the last pin goes */
	struct cgroup *cgrp;		/* whose subtree it schedules; referenced */
	char *cgrp_path;		/* KOBJ zone */
	u32 record;			/* its place in scx.subs */
	struct sched_ext_ops *ops_view; /* KOBJ zone: what its parent sees of it */
	struct irq_work propagate_exit_irq_work;
	/* ext/caps.c; NULL: none */
	struct scx_pshard *pshard __host;
	u8 *caps __host; /* SCX_CAP_* granted, by cid */
	u32 nr_pshards;
};

/* what one CPU is doing in ops: for kf masks, nesting and the subject tests */
struct scx_op_ctx {
	enum scx_op op;
	struct rq *locked_rq; /* rq lock held by the op's caller, NULL: none */
	struct task_struct *subject[2];
	u32 kf_mask; /* not kfunc_context_at_load: the outer one's */
	struct scx_op_ctx *outer;
};

struct scx_idle_cpus {
	struct cpumask *cpu, *smt; /* KOBJ zone: schedulers look at them */
};

/* ext/idle.c */
struct scx_idle {
	struct scx_idle_cpus global, node[MAX_NUMNODES];
	bool enabled;	/* scx_builtin_idle_enabled */
	bool per_node;	/* scx_builtin_idle_per_node */
	bool llc, numa; /* default selection looks there first */
};

/* ext/dump.c: what the dump ops print, collected by line, set off by a prefix */
struct scx_dump_data {
	s32 cpu; /* + 1; where dump ops run now, 0: nowhere */
	bool first;
	size_t cursor;
	struct seq_buf *s;
	const char *prefix;
	char line[SCX_EXIT_MSG_LEN];
	char *traced; /* KOBJ zone, SCX_EXIT_MSG_LEN bytes: what sched_ext_dump shows; NULL: not yet */
};

#define SCX_EVENT_NAME_LEN 40

/* ext/task.c: ids for p->scx.tid: each CPU takes a chunk from the cursor (ext.c:scx_alloc_tid()) */
struct scx_tids {
	u64 cursor;
	struct {
		u64 next, end;
	} cpu[NR_CPUS];
	struct addrmap tasks; /* while scx.tid_to_task */
};

/* ext/rescue.c: what the root that is enabled has said */
struct scx_rescue_knobs {
	s64 bw_1024; /* 0: off */
	s64 quantum_ns, sat_delta_ns;
	u64 decay_halflife, overload_after; /* jiffies */
};

/* ext/watchdog.c */
struct scx_watchdog {
	struct delayed_work work;
	struct hrtimer overdue;
	u64 timestamp; /* jiffies of the last round */
	bool on;
};

/* a sub-scheduler of the run, from its attachment on; what stays of it for reports */
struct scx_sub_record {
	struct scx_sched *sch; /* NULL: it has ended */
	int level;
	bool enabled; /* it has been, else it failed on the way */
	u64 claim_ns; /* its end was decided; the rest is known when it has ended */
	int kind;
	s64 code;
	u64 op_calls[NR_SCX_OPS];
	struct scx_event_stats events;
	char name[128], cgroup[256], reason[128], msg[1024];
};

/*
 * All that the class keeps beside its schedulers and the run queues; of the one machine,
 * empty while there is none (scx_global_reset()).
 */
struct scx_global {
	struct scx_sched *root; /* NULL when none */
	enum scx_enable_state state;
	bool warned_kick_syncs; /* of a delivery without snapshots */
	bool enabled;		/* scx_enabled(): the class may have tasks */
	bool switching_all, switched_all;
	u64 hotplug_seq, enable_seq, nr_rejected;
	u64 total_op_calls[NR_SCX_OPS]; /* of all schedulers of the run, for the summary */
	struct scx_event_stats total_events;
	/* how the last scheduler ended, kept for reports */
	struct {
		bool valid;
		u64 nr;		/* how many have ended so far, the disable work through */
		u64 claim_ns;	/* when its end was decided; it took effect a little later */
		u64 enable_seq; /* when this one did */
		int kind;
		s64 code;
		char reason[128], msg[1024];
		char *dump; /* malloc'ed */
		char name[128];
	} last_exit;
	struct rwsem fork_rwsem;
	struct mutex enable_mutex;
	bool ever_enabled;
	bool init_task_enabled; /* scx_init_task_enabled: forks call ops.init_task() */
	bool suspended;		/* scx_pm_notify(): one bypass is its */
	s32 bypass_leaks;	/* failed_enable_leaks_bypass: how often, until the machine ends */
	bool cgroup_enabled;	/* scx_cgroup_enabled */
	bool tid_to_task;	/* SCX_OPS_TID_TO_TASK is in force */
	struct list_head *scheds;	/* KOBJ: of scx_sched.all */
	u32 nr_subs;			/* sub-schedulers that have not gone for good */
	struct scx_sched *enabling_sub; /* it is taking tasks over */
	u32 nr_cid_sched_ops;		/* schedulers with ops.sub_cid_sched_updated() */
	u64 reenq_seq;
	u64 sub_enable_seq;
	struct scx_sub_record *subs; /* in order of attachment */
	u32 nr_sub_records;
	bool is_cid; /* scx_is_cid_type(): the hierarchy is cid-form */
	u64 sched_id;
	struct kthread_worker *enable_helper, *disable_helper; /* NULL until one is needed */

	struct list_head *tasks; /* every task between its fork and its end, dead ones included */
	raw_spinlock_t tasks_lock;
	struct scx_tids tids;
	raw_spinlock_t bypass_lock;
	bool breather; /* dispatch_breather: who looks for tasks waits */
	struct rwsem cgroup_ops_rwsem;
	bool warned_missing_weight, warned_missing_idle;
	struct scx_cid_tables *cid_building;	    /* of the scheduler being enabled */
	const struct scx_cid_tables *cid_published; /* what kfuncs and ops go by */
	struct scx_watchdog watchdog;
	struct scx_rescue_knobs rescue;
	struct scx_idle idle;
	struct cpumask *none_mask; /* KOBJ zone: of no CPU */
	struct scx_dump_data dump;
	raw_spinlock_t dump_lock;
};

extern struct scx_global scx;
#define scx_root (scx.root)
#define scx_enabled() (scx.enabled)

/* ---- ext/sub.c ---- */
/* is there, or was there just now, more than the root? */
static inline bool scx_has_subs(void)
{
	return scx.nr_subs;
}

static inline struct scx_sched *scx_parent(const struct scx_sched *sch)
{
	return sch->level ? sch->parent : NULL;
}

/* the scheduler that has @p; its pi_lock or run queue lock is held */
static inline struct scx_sched *scx_task_sched(const struct task_struct *p)
{
	return scx_has_subs() ? p->scx.sched : scx_root;
}

static inline bool scx_task_on_sched(const struct scx_sched *sch, const struct task_struct *p)
{
	return !K->b.sub_scheds || p->scx.sched == sch;
}

bool scx_is_descendant(const struct scx_sched *sch, const struct scx_sched *ancestor);
/* pre-order walk of @root's subtree, @root first (@pos NULL); NULL ends */
struct scx_sched *scx_next_descendant_pre(struct scx_sched *pos, struct scx_sched *root);
struct scx_sched *scx_skip_subtree_pre(struct scx_sched *pos, struct scx_sched *root);
#define scx_for_each_descendant_pre(pos, root)                     \
	for ((pos) = scx_next_descendant_pre(NULL, (root)); (pos); \
	     (pos) = scx_next_descendant_pre((pos), (root)))
#define scx_for_each_sched(pos) list_for_each_entry(pos, scx.scheds, all)
/* attached to that cgroup, and linked; NULL: none */
struct scx_sched *scx_find_sub_sched(u64 cgroup_id);
const char *scx_sub_state(const struct scx_sub_record *r); /* enabled, left, ejected, failed */
/* how often @op was called of @r's scheduler */
u64 scx_sub_op_calls(const struct scx_sub_record *r, enum scx_op op);

/* The event that follows is about @sch: of the root nobody need be told. NULL: of none. */
static inline void scx_trace_of(const struct scx_sched *sch)
{
	if (unlikely(sch && sch->level))
		TRACE(of_sched, sch->sub_cgroup_id);
}

/* ---- ext/ops.c ---- */
#define SCX_HAS_OP(sch, name) ((sch)->has_op[SCX_OP_##name])
/*
 * Run op @op of @sch with @nr arguments; returns r0 (0 without the op). @rq: the
 * run queue whose lock the caller holds, NULL for none. @p, @q: tasks that the op
 * is about (kfuncs check them). Emits op_enter/op_exit, counts, pays.
 */
u64 scx_call_op(struct scx_sched *sch, enum scx_op op, struct rq *rq, struct task_struct *p,
		struct task_struct *q, u32 nr, const u64 *args);
#define SCX_CALL_OP(sch, name, rq, ...) \
	scx_call_op(sch, SCX_OP_##name, rq, NULL, NULL, HOOK_ARGS(__VA_ARGS__))
#define SCX_CALL_OP_TASK(sch, name, rq, p, ...) \
	scx_call_op(sch, SCX_OP_##name, rq, p, NULL, HOOK_ARGS(P64(p), ##__VA_ARGS__))
struct scx_op_ctx *scx_op_ctx(void); /* innermost on this fiber's CPU; NULL outside of ops */
/* the scheduler that @vm's program belongs to, or (not kfunc_sched_by_prog) the root; NULL: none */
struct scx_sched *scx_prog_sched(struct vm *vm);
static inline bool scx_bypassing(const struct scx_sched *sch, s32 cpu)
{
	return (cpu_rq(cpu)->scx.flags & SCX_RQ_BYPASSING) || (sch && sch->pcpu[cpu].bypassing);
}
struct rq *scx_locked_rq(void); /* that the running op's caller holds, or NULL */
/* @member as struct_ops has it, of either form ("select_cpu", "select_cid"); SCX_OP_NONE */
enum scx_op scx_op_by_name(const char *member);

/* ---- ext/ext.c: core scheduling; run queues locked ---- */
bool scx_prio_less(struct task_struct *a, struct task_struct *b);

/* its turn is over, or begins: siblings are compared by that */
static inline void touch_core_sched(struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (unlikely(machine->core_sched))
		p->scx.core_sched_at = now_ns();
}

/* where the scheduler has an order of its own, dispatches make it */
static inline void touch_core_sched_dispatch(const struct scx_sched *sch, struct rq *rq,
					     struct task_struct *p)
{
	if (SCX_HAS_OP(sch, core_sched_before))
		touch_core_sched(rq, p);
}

/* ---- scx_bpf_now() ---- */
/* The time that it says while @rq stays locked, from the last look at the clock on. */
static inline void scx_rq_clock_update(struct rq *rq)
{
	if (!K->b.rq_clock_cached || !scx_enabled())
		return;
	rq->scx.clock = rq->clock;
	rq->scx.flags |= SCX_RQ_CLK_VALID;
}

static inline void scx_rq_clock_invalidate(struct rq *rq)
{
	if (K->b.rq_clock_cached)
		rq->scx.flags &= ~SCX_RQ_CLK_VALID;
}

/* ---- ext/exit.c ---- */
/* claim the exit and begin the way out; any context. False if somebody was first. */
bool scx_exit(struct scx_sched *sch, int kind, s64 code, const char *fmt, ...) __printf(4, 5);
#define scx_error(sch, ...) scx_exit(sch, SCX_EXIT_ERROR, 0, __VA_ARGS__)
/* the same for another CPU than the executing one (dump_exit_cpu: exit_info.exit_cpu) */
bool scx_exit_on(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu, const char *fmt, ...)
	__printf(5, 6);
bool scx_vexit(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu, const char *fmt,
	       va_list ap);
bool scx_claim_exit(struct scx_sched *sch, int kind);
void scx_set_exit_reason(struct scx_sched *sch, int kind);
/* of the root's end, as it stands: what reports say of it */
void scx_remember_exit(const struct scx_sched *sch);
/* kfuncs_exit.c: a program's own words; faults of the format are @blame's */
void scx_exit_bstr(struct scx_sched *sch, int kind, s64 code, struct scx_sched *blame, u64 fmt,
		   u64 data, u32 size);
/* after a claim, exit_info->msg filled in: on to the dump and the disable work */
void scx_finish_exit(struct scx_sched *sch, int kind, s64 code, s32 exit_cpu);
int scx_ops_sanitize_err(struct scx_sched *sch, const char *op, s32 err);
struct scx_exit_info *scx_alloc_exit_info(struct scx_sched *sch);
void scx_free_exit_info(struct scx_sched *sch);
void scx_error_irq_workfn(struct irq_work *w);
/* does this kernel count @name ("SCX_EV_...")? */
bool scx_has_event(const char *name);
void scx_read_events(const struct scx_sched *sch, struct scx_event_stats *events);
const char *scx_exit_reason(int kind);
/* valid possible CPU; error `invalid CPU %d` (+ " " @where) otherwise */
bool scx_cpu_valid(struct scx_sched *sch, s32 cpu, const char *where);
#define scx_add_event(sch, name, n)                                                   \
	do {                                                                          \
		s64 __delta = (s64)(n);                                               \
                                                                                      \
		(sch)->pcpu[smp_processor_id()].event_stats.SCX_EV_##name += __delta; \
		if (unlikely(machine->hook_attached[HOOK_TP_sched_ext_event]))        \
			scx_trace_event("SCX_EV_" #name, __delta);                    \
	} while (0)
/* the tracepoint sched_ext_event; of counters that this kernel has */
void scx_trace_event(const char *name, s64 delta);
/* the kernel's log: one line "sched_ext: ..." to the run's console */
void pr_info(const char *fmt, ...) __printf(1, 2);
#define pr_warn pr_info
#define pr_err pr_info

/* ---- ext/lockup.c ---- */
void scx_softlockup(u32 dur_s);			       /* by the CPU that is stuck, hard irq */
bool scx_hardlockup(s32 cpu);			       /* in NMI; true: that may help */
void scx_rcu_cpu_stall(const struct cpumask *stalled); /* hard irq */

/* ---- ext/dump.c ---- */
/* irqs off; fills sch->exit_info->dump. @len 0: nothing is kept (SysRq-D) */
void scx_dump_state(struct scx_sched *sch, struct scx_exit_info *ei, size_t len, bool all_tasks);
/* scx_bpf_dump_bstr(): the line buffer while a dump op runs on this CPU; NULL elsewhere */
char *scx_dump_line_room(size_t *room);
void scx_dump_line_added(s32 len);
void scx_dump_line_failed(const char *fmt, u64 data, u32 size, s32 err);

/* ---- ext.c ---- */
void scx_resched_curr_lazy(struct rq *rq); /* rq locked */
bool scx_can_stop_tick(struct rq *rq);	   /* rq locked; for nohz_full */
extern const struct class_methods ext_sched_class;
/* everything that a run queue needs before its first task: DSQ, lists, irq works */
void scx_init_rq(struct rq *rq);
void scx_tick(struct rq *rq);
bool scx_rq_online(const struct rq *rq);

/* ---- ext/enqueue.c ---- */
/* @p is the task that the op about to run may dispatch */
void scx_begin_direct_dispatch(struct scx_sched_pcpu *pcpu, struct task_struct *p);
void scx_do_enqueue_task(struct rq *rq, struct task_struct *p, u64 enq_flags, s32 sticky_cpu);
bool scx_set_task_slice(struct task_struct *p, u64 slice); /* rq locked; false: it is protected */
void scx_task_slice_ended(struct rq *rq, struct task_struct *p); /* and with it what rides on it */
/* scx_bpf_task_set_slice(): now if the op's locked rq is p's, else when p next runs */
void scx_request_task_slice(struct scx_sched *sch, struct task_struct *p, u64 slice);

/* ---- ext/reenq.c ---- */
void scx_run_deferred(struct rq *rq);	   /* rq locked; may drop it */
void scx_schedule_deferred(struct rq *rq); /* rq locked */
/* rq locked; of what is below @sch; how many */
u32 scx_reenq_local(struct scx_sched *sch, struct rq *rq, u64 reenq_flags);
/* asynchronous */
void scx_schedule_dsq_reenq(struct scx_sched *sch, struct scx_dispatch_q *dsq, u64 reenq_flags,
			    struct rq *locked_rq);

/* ---- ext/dsq.c ---- */
void scx_init_dsq(struct scx_dispatch_q *dsq, u64 id, struct scx_sched *sch);
struct scx_dispatch_q *scx_find_user_dsq(struct scx_sched *sch, u64 id);
struct scx_dispatch_q *scx_find_global_dsq(struct scx_sched *sch, const struct task_struct *p);
void scx_dispatch_enqueue(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			  struct task_struct *p, u64 slice, u64 vtime, u64 enq_flags);
void scx_dispatch_dequeue(struct rq *rq, struct task_struct *p);
void scx_direct_dispatch(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			 u64 enq_flags);
/* an event: the program that runs asks for this */
void scx_tell_insert_call(const struct task_struct *p, u64 dsq_id, u64 enq_flags);
static inline void scx_trace_insert_call(const struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	if (unlikely(trace_state.on))
		scx_tell_insert_call(p, dsq_id, enq_flags);
}
/* record a verdict or buffer it: scx_bpf_dispatch/dsq_insert and the vtime forms. @vtime NULL: FIFO. */
bool scx_dsq_insert(struct scx_sched *sch, struct task_struct *p, u64 dsq_id, u64 slice,
		    const u64 *vtime, u64 enq_flags);
/* scx_bpf_consume/dsq_move_to_local: from ops.dispatch */
bool scx_dsq_move_to_local(struct scx_sched *sch, u64 dsq_id, u64 enq_flags);
void scx_flush_dispatch_buf(struct scx_sched *sch, struct rq *rq);
/* try the head of @dsq for @rq's local DSQ; may drop the rq lock */
bool scx_consume_dispatch_q(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
			    u64 enq_flags);
bool scx_consume_global_dsq(struct scx_sched *sch, struct rq *rq);
void scx_process_ddsp_deferred_locals(struct rq *rq);
s32 scx_create_dsq(struct scx_sched *sch, u64 id, s32 node);
void scx_destroy_dsq(struct scx_sched *sch, u64 id);
s32 scx_dsq_nr_queued(struct scx_sched *sch, u64 id);
void scx_destroy_all_dsqs(struct scx_sched *sch);

/* ---- ext/kick.c ---- */
/* what became of a kick: "reason" of kick_drop, "outcome" of kick_deliver */
enum kick_outcome {
	KICK_RESCHED, /* the target was asked to reschedule */
	KICK_ALREADY, /* so it was already */
	KICK_BUSY,    /* an idle kick, and the target is not idle */
	KICK_OFFLINE,
	KICK_HIGHER_CLASS, /* the target runs a class above EXT */
	KICK_BYPASS,	   /* the caller's CPU bypasses */
	KICK_NMI,	   /* called from NMI */
	KICK_NO_SCHED,	   /* no scheduler, or it is dead */
	KICK_BAD_CPU,
	KICK_BAD_FLAGS, /* flags that no kick has */
	KICK_LAZY,	/* it was asked to reschedule at its next tick or return to user mode */
	KICK_NO_CAP,	/* its scheduler has no access to the target */
	NR_KICK_OUTCOMES
};
/* the kfunc: counts, checks @cpu, kicks. @sch NULL: no scheduler */
void scx_bpf_kick(struct scx_sched *sch, s32 cpu, u64 flags);
/* a valid @cpu, from a kfunc or the core itself; any context. @sch may be NULL */
void scx_kick_cpu(struct scx_sched *sch, s32 cpu, u64 flags);
void scx_kick_init_rq(struct rq *rq);
void scx_kick_finish_rq(struct rq *rq); /* with the machine */
/* progress: at EXT -> other class switches, or at picks and puts (kick_seq_on_class_switch) */
void scx_kick_seq_bump(struct rq *rq);
/* after an EXT pick: queue the pending wait as a balance callback */
void scx_kick_queue_wait(struct rq *rq);

/* ---- ext/idle.c ---- */
void scx_idle_enable(struct scx_sched *sch);
void scx_idle_disable(void);
void scx_idle_update_topology(void);
bool scx_idle_tracking(void);
bool scx_idle_per_node(void);
void scx_idle_init(void); /* masks, at machine creation */
s32 scx_pick_idle_cpu(const struct cpumask *allowed, s32 node, u64 flags); /* or -EBUSY */
/* lib/cpumask.c's pair, on the executing CPU's cursor; >= nr_cpu_ids: none */
u32 cpumask_any_and_distribute(const struct cpumask *a, const struct cpumask *b);
u32 cpumask_any_distribute(const struct cpumask *m);
void scx_update_idle(struct rq *rq, bool idle, bool do_notify); /* __scx_update_idle */
bool scx_idle_test_and_clear_cpu(s32 cpu);
/* default selection: CPU or -EBUSY; @allowed NULL: p's own */
s32 scx_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		       const struct cpumask *allowed, u64 flags);
const struct cpumask *scx_idle_cpumask(s32 node); /* node -1: the global one */
const struct cpumask *scx_idle_smtmask(s32 node);

/* ---- ext/sched.c: the object, attached any number of times ---- */
/* member checks at MAP_UPDATE: fill @sch from the guest's struct; -errno as bpf_scx_init_member() */
int scx_sched_create(const void *guest_ops, bool is_cid, struct prog *const progs[NR_SCX_OPS],
		     struct scx_sched **out);
/* may @prog be @op? (-EINVAL: sleepable program in an op that is not) */
int scx_check_member(enum scx_op op, bool sleepable);
void scx_sched_destroy(struct scx_sched *sch);
int scx_sched_start(struct scx_sched *sch); /* what an attachment needs; 0, -ENOMEM */
void scx_sched_stop(struct scx_sched *sch); /* give it back; nobody may use it any more */

/* ---- ext/enable.c ---- */
/*
 * Registration through the struct_ops link: @ops as the guest's map holds it
 * (already checked member by member), programs in @sch. Called in the loader's
 * task context; the work is done by an RT kthread. 0 or -errno as the attach gets.
 */
int scx_ops_reg(struct scx_sched *sch, u64 kdata, u64 link);
void scx_ops_unreg(struct scx_sched *sch); /* link gone: SCX_EXIT_UNREG, waits for the end */
bool task_should_scx(unsigned int policy);
const char *scx_enable_state_str(void); /* as /sys/kernel/sched_ext/state, no newline */
void scx_set_enable_state(enum scx_enable_state state);
void scx_rq_activate(struct rq *rq); /* hotplug, cpus lock held, may sleep */
void scx_rq_deactivate(struct rq *rq);
/* of a new machine: before anything asks, and what lies in guest memory */
void scx_global_reset(void);
void scx_global_init(void);
void scx_global_finish(void);
void scx_disable_workfn(
	struct scx_sched *sch); /* the helper's way out, ext/enable.c; queued by ext/exit.c */
void scx_queue_disable(struct scx_sched *sch);
void sysrq_sched_ext_reset(void);
void sysrq_sched_ext_dump(void);
void scx_flush_disable_work(struct scx_sched *sch);
/* take p off its class and put it on @id (its own: a mere cycle); pi_lock and rq locked */
void scx_change_class(struct task_struct *p, enum sched_class_id id, const u64 *slice);
enum sched_class_id scx_setscheduler_class(const struct task_struct *p);

/* ---- ext/task.c ---- */
void init_scx_entity(struct sched_ext_entity *scx); /* scx_fork() does it */
/*
 * Fork, in this order, for every task of the machine (those made before it runs
 * and kthreads too; on the host's fiber they only enter the list of tasks).
 */
void scx_pre_fork(struct task_struct *p);
int scx_fork(struct task_struct *p); /* in the parent; may sleep; errno aborts the fork */
void scx_post_fork(struct task_struct *p);
void scx_cancel_fork(struct task_struct *p);
void sched_ext_free(struct task_struct *p); /* exit_task_at_free: final put */
void sched_ext_dead(struct task_struct *p); /* after the last switch, rq not locked */
int scx_check_setscheduler(struct task_struct *p, unsigned int policy);
enum scx_task_state scx_get_task_state(const struct task_struct *p);
void scx_set_task_state(struct task_struct *p, enum scx_task_state state);
int scx_init_task(struct scx_sched *sch, struct task_struct *p, bool fork);
void scx_enable_task(struct task_struct *p); /* rq locked */
void scx_disable_task(struct task_struct *p);
void scx_disable_and_exit_task(struct task_struct *p);
void scx_cancel_init_task(struct scx_sched *sch, struct task_struct *p);
u32 sched_weight_to_cgroup(unsigned long weight); /* 15..88761 to 1..10000, default 100 */
/* ops.set_cpumask() or, cid-form, set_cmask(); rq locked */
void scx_call_op_set_cpumask(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			     const struct cpumask *mask);
struct task_struct *scx_tid_to_task(u64 tid); /* NULL: none of that tid */
void scx_tid_hash_insert(struct task_struct *p);
void scx_tid_hash_free(void);
void scx_tasks_init(void); /* a new machine */
/* all tasks between fork and free, dead ones included (exit_task_at_free) */
struct scx_task_iter {
	struct sched_ext_entity *cursor; /* kstack_alloc()ed */
	struct task_struct *locked_task;
	struct rq *rq;
	unsigned long flags;
	bool list_locked;
	u32 cnt;
	struct cgroup *cgrp;		 /* NULL: all tasks */
	struct cgroup_subsys_state *css; /* whose tasks we are at */
};
void scx_task_iter_start(struct scx_task_iter *it);
/* those of @cgrp and below, cgroup by cgroup; NULL: all */
void scx_task_iter_start_in(struct scx_task_iter *it, struct cgroup *cgrp);
void scx_task_iter_stop(struct scx_task_iter *it);
void scx_task_iter_unlock(struct scx_task_iter *it);
/* relock after scx_task_iter_unlock(), with @p's run queue unless NULL */
void scx_task_iter_relock(struct scx_task_iter *it, struct task_struct *p);
/* next task but idle ones, its pi_lock and rq lock held; NULL: end */
struct task_struct *scx_task_iter_next_locked(struct scx_task_iter *it);

/* ---- ext/bypass.c ---- */
void scx_bypass(struct scx_sched *sch, bool bypass);
int scx_pm_notify(bool suspend); /* the machine is about to suspend, or has resumed */
/* no CPU is on its way into it or out of it */
bool scx_bypass_is_settled(void);
void scx_breather(struct rq *rq); /* @rq locked, and unlocked in between */
void scx_bypass_init(struct scx_sched *sch);
void scx_bypass_finish(struct scx_sched *sch);
/* does dispatch look at the bypass DSQs? */
static inline bool scx_bypass_dsp_enabled(const struct scx_sched *sch)
{
	return sch->bypass_dsp_enable_depth > 0;
}
/* its tasks have left: neither it nor its host consumes on its behalf */
void scx_disable_bypass_dsp(struct scx_sched *sch);
/* ---- ext/watchdog.c ---- */
void scx_watchdog_start(struct scx_sched *sch);
void scx_watchdog_refresh(void); /* schedulers have come or gone */
void scx_watchdog_stop(void);
void scx_watchdog_check(void);
/* ---- ext/cgroup.c ---- */
int scx_cgroup_init_all(struct scx_sched *sch);
void scx_cgroup_exit_all(struct scx_sched *sch);
struct cgroup *scx_task_cgroup(struct task_struct *p);
void scx_cgroup_lock(void);
void scx_cgroup_unlock(void);

/* ---- ext/cid.c (not in all kernels) ---- */
/* cpu to what an op's argument says: the cid if the scheduler is cid-form */
s32 scx_cpu_arg(s32 cpu);
/* the inverse for what select_cpu/select_cid returned; error and -EINVAL for a bad cid */
s32 scx_cpu_ret(struct scx_sched *sch, s32 cpu_or_cid);
/* -EINVAL, with an error unless the tables are not up yet */
s32 scx_cid_to_cpu(struct scx_sched *sch, s32 cid);
s32 scx_cpu_to_cid(struct scx_sched *sch, s32 cpu);
static inline bool scx_is_cid_type(void)
{
	return scx.is_cid;
}
int scx_cid_init(struct scx_sched *sch);
void scx_cid_publish_tables(void);
void scx_cid_retire_tables(void);
int scx_alloc_kern_arena_objs(struct scx_sched *sch);
void scx_free_kern_arena_objs(struct scx_sched *sch);
/* this CPU's arena cmask, filled with @mask; rq locked */
struct scx_cmask *scx_fill_cmask_scratch(struct scx_sched *sch, const struct cpumask *mask);
u64 scx_kaddr_to_arena(const struct scx_sched *sch, const void *kaddr);
void scx_cid_hotplug(s32 cpu, bool online);
void *scx_arena_alloc_cmask(struct scx_sched *sch,
			    u32 nr_cids); /* kernel address, NULL: no memory */
s32 scx_this_cid(void);			  /* -EINVAL: no tables */
s32 scx_task_cid(const struct task_struct *p);
/* ---- ext/kfuncs_*.c, kern/kfuncs_cgroup.c: called by scx_kfuncs_register() ---- */
void scx_idle_kfuncs_register(void);
void scx_exit_kfuncs_register(void);
void scx_cid_kfuncs_register(void);
void cgroup_kfuncs_register(void);
/* ---- ext/kfuncs.c ---- */
void scx_kfuncs_register(void);
/* On behalf of a program that runs here: what kfuncs are made of. */
static inline void assert_in_prog(void)
{
	bug_on(!prog_current(), "no program runs on CPU %d", smp_processor_id());
}
/*
 * struct kfunc.group of every scx kfunc is a mask of KFB(): the kernel's sets that
 * it is in. scx_kfunc_allow() is their .allow: scx_kfunc_context_filter, or before it
 * registration by program type (the op rules are scx_kf_allowed(), at run time).
 */
enum scx_kf_group {
	KFG_ANY,
	KFG_SELECT_CPU,
	KFG_ENQUEUE,
	KFG_DISPATCH,
	KFG_CPU_RELEASE,
	KFG_UNLOCKED,
	KFG_IDLE,
	KFG_CID,
	KFG_CPU_ONLY,
	KFG_INIT_CIDS
};
#define KFB(name) (1u << KFG_##name)
struct kfunc;
int scx_kfunc_allow(const struct kfunc *kf, const struct prog *prog);
/* may the op that runs call a kfunc that needs @mask (SCX_KF_*)? An error if not */
bool scx_kf_allowed(struct scx_sched *sch, u32 mask);
/* is @p the task that the op is about? `called on a task not being operated on` if not */
bool scx_kf_arg_task_ok(struct scx_sched *sch, const struct task_struct *p);
/* a kfunc's task argument; NULL for NULL, and after vm_fault() for what is no task */
struct task_struct *scx_kf_task(struct vm *vm, u64 addr);
/* scx_cpu_valid() for kfuncs that run without a scheduler too (not kfunc_needs_sched) */
bool scx_kf_cpu_valid(struct scx_sched *sch, s32 cpu);
/* an error charged to @sch; nothing without a scheduler (some kfuncs run then too) */
#define scx_kf_error(sch, ...) ((sch) ? (void)scx_error(sch, __VA_ARGS__) : (void)0)

/* pick.c: whom the EXT deadline server serves, RETRY_TASK, or NULL. @rq locked */
struct task_struct *ext_server_pick_task(struct rq *rq, struct task_struct *prev);

#endif
