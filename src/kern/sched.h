/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - the scheduler core's inside: run queues, classes, the wakeup and the
 * switch. Names are those of kernel/sched/, so that it can lie open beside.
 */
#ifndef KS_KERN_SCHED_H
#define KS_KERN_SCHED_H

#include "abi/sched.h"
#include "base/bitmap.h"
#include "base/bug.h"
#include "base/list.h"
#include "base/region.h"
#include "kern/core_sched.h"
#include "kern/cpumask.h"
#include "kern/deadline.h"
#include "kern/dl_server.h"
#include "kern/fair.h"
#include "kern/irq.h"
#include "kern/machine.h"
#include "kern/task.h"
#include "trace/trace.h"

#include <string.h>

/* task states and flags: values that guests know from headers, the same on every kernel */
#define TASK_RUNNING 0x0
#define TASK_INTERRUPTIBLE 0x1
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_PARKED 0x40
#define TASK_DEAD 0x80
#define TASK_WAKEKILL 0x100
#define TASK_WAKING 0x200
#define TASK_NOLOAD 0x400
#define TASK_NEW 0x800
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_IDLE 0x2
#define PF_EXITING 0x4
#define PF_WQ_WORKER 0x20
#define PF_FORKNOEXEC 0x40
#define PF_MEMALLOC 0x800
#define PF_NOFREEZE 0x8000
#define PF_KCOMPACTD 0x10000
#define PF_KSWAPD 0x20000
#define PF_KTHREAD 0x200000
#define PF_NO_SETAFFINITY 0x4000000

#define TASK_ON_RQ_QUEUED 1
#define TASK_ON_RQ_MIGRATING 2

#define SCHED_NORMAL 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define SCHED_EXT 7

static inline bool rt_policy(unsigned int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

#define MAX_DL_PRIO 0
#define MAX_RT_PRIO 100
#define MAX_PRIO 140
#define DEFAULT_PRIO 120
#define NICE_TO_PRIO(n) ((n) + DEFAULT_PRIO)
#define PRIO_TO_NICE(p) ((p) - DEFAULT_PRIO)

/* enqueue and dequeue flags: the low ones are the same everywhere, the rest K->b.enqueue_* */
#define ENQUEUE_WAKEUP 0x01
#define ENQUEUE_RESTORE 0x02
#define ENQUEUE_MOVE 0x04
#define ENQUEUE_NOCLOCK 0x08
#define DEQUEUE_SLEEP 0x01
#define DEQUEUE_SAVE 0x02
#define DEQUEUE_MOVE 0x04
#define DEQUEUE_NOCLOCK 0x08

/* the fair class's own: a sleeper that stays queued; one whose group was throttled */
#define FAIR_DELAYED (1ULL << 48)
#define FAIR_THROTTLE (1ULL << 49)

#define WF_EXEC 0x02
#define WF_FORK 0x04
#define WF_TTWU 0x08
#define WF_SYNC 0x10
#define WF_MIGRATED 0x20
#define WF_RQ_SELECTED 0x80

/* pick_task() answers "a higher class appeared, start over" */
#define RETRY_TASK ((struct task_struct *)-1L)

enum sched_class_id {
	CLASS_IDLE,
	CLASS_EXT,
	CLASS_FAIR,
	CLASS_RT,
	CLASS_DL,
	CLASS_STOP,
	NR_CLASSES
};

/*
 * A guest sees class pointers (p->sched_class) and compares them; the object it
 * points to lives in guest memory and holds no function. The functions are here.
 * Context of all: rq locked, irqs off, unless said otherwise.
 */
struct class_methods {
	const char *name;
	void (*enqueue_task)(struct rq *rq, struct task_struct *p, u64 flags);
	bool (*dequeue_task)(struct rq *rq, struct task_struct *p, u64 flags);
	void (*yield_task)(struct rq *rq);
	void (*wakeup_preempt)(struct rq *rq, struct task_struct *p, int flags);
	/* dispatch_in_balance: before any class picks, from the higher of prev's class and EXT down; true: runnable here */
	bool (*balance)(struct rq *rq, struct task_struct *prev);
	struct task_struct *(*pick_task)(struct rq *rq, struct task_struct *prev);
	void (*put_prev_task)(struct rq *rq, struct task_struct *p, struct task_struct *next);
	void (*set_next_task)(struct rq *rq, struct task_struct *p, bool first);
	int (*select_task_rq)(struct task_struct *p, int cpu,
			      int wake_flags);			 /* pi_lock, no rq lock */
	void (*migrate_task_rq)(struct task_struct *p, s32 cpu); /* to @cpu, from task_cpu(p) */
	void (*task_woken)(struct rq *rq, struct task_struct *p);
	void (*task_tick)(struct rq *rq, struct task_struct *p);
	/* p->cpus_ptr and cpus_mask have changed */
	void (*set_cpus_allowed)(struct task_struct *p, const struct cpumask *mask);
	void (*switching_to)(struct rq *rq, struct task_struct *p); /* before it is queued here */
	void (*switched_from)(struct rq *rq,
			      struct task_struct *p); /* after it was queued elsewhere */
	void (*switched_to)(struct rq *rq, struct task_struct *p);
	void (*reweight_task)(struct rq *rq, struct task_struct *p, unsigned long weight);
	void (*prio_changed)(struct rq *rq, struct task_struct *p, int oldprio);
	void (*update_curr)(struct rq *rq);
	void (*rq_online)(struct rq *rq);
	void (*rq_offline)(struct rq *rq);
};

struct sched_class {
	u32 id; /* enum sched_class_id; higher is more urgent */
	u32 pad;
};

extern const struct class_methods *const class_methods[NR_CLASSES];
extern const struct class_methods idle_sched_class, fair_sched_class, rt_sched_class,
	dl_sched_class, stop_sched_class;
#define sched_classes (machine->classes)

static inline enum sched_class_id class_id(const struct task_struct *p)
{
	return (enum sched_class_id)p->sched_class->id;
}

static inline const struct class_methods *class_of(const struct task_struct *p)
{
	return class_methods[p->sched_class->id];
}

static inline bool task_on_scx(const struct task_struct *p)
{
	return p->sched_class->id == CLASS_EXT;
}

/* a busy wait: see irq.h:spin_until() */
struct spin {
	const char *what;	 /* NULL: not spinning */
	bool (*cond)(void *arg); /* NULL: who ends it wakes the CPU himself */
	void *arg;
	s32 target;
	u64 since_ns;
};

struct delayed_work;

/* ext/rescue.c; rq locked */
struct rq_rescue {
	s32 cpu;
	struct task_struct *curr; /* the rescuee, one at a time */
	s64 budget_ns, slice_ns;  /* @slice_ns: what was granted to @curr */
	u64 clock_ns;		  /* the budget is up to here */
	u64 exec_snap;		  /* @curr's run time when it was admitted */
	u64 kill_at;		  /* jiffies: somebody was ejected for overload */
	struct hrtimer timer;
};

/* what the model keeps for a run queue / CPU beyond struct rq */
struct rq_model {
	struct engine_cpu ec;
	struct rq *rq;
	/* irq.c */
	u32 preempt_count; /* preemption nesting */
	u32 hardirq_count, softirq_count, nmi_count;
	bool irqs_off;
	u64 nr_hardirqs; /* interrupts taken, but NMIs */
	u32 pending;	 /* bit per enum irq_vector */
	struct event ipi[NR_IRQ_VECTORS];
	struct list_head hrtimers_fired;
	struct list_head softirq_timers;
	const struct hrtimer *hrtimer_running[2]; /* whose function runs: a hard one, a soft one */
	struct hrtimer ksoftirqd;		  /* when to go on with what was left */
	/* the threads of kthreads.h; NULL: they do not live */
	struct task_struct *ksoftirqd_task;
	struct cpuhp *cpuhp;
	struct delayed_work *vmstat;
	u64 vmstat_ns;				    /* when it is due; ~0: never */
	u32 softirq_rounds;			    /* in this irq_take() */
	struct irq_work *raised_head, *raised_tail; /* irq works, FIFO */
	u32 lock_next;	  /* CPU + 1 behind this one in a spinlock's queue */
	struct spin spin; /* what it busy-waits for, and no interrupt has it now */
	bool in_idle_wait, in_user;
	/* core.c */
	struct list_head wake_list;  /* whom an IPI makes this CPU queue: task_model.wake_node */
	struct task_struct *running; /* whose stack it is; rq->curr changes a moment earlier */
	struct hrtimer tick;
	bool tick_on;
	struct fair_rq fair;
	u64 next_balance_ns[NR_FAIR_LEVELS];
	struct irq_work ilb;	      /* fair_balance.c: for this CPU, idle, to take from others */
	struct list_head rt_pushable; /* rt.c: by priority; task_model.rt_pushable */
	s32 distribute_prev;	      /* cpumask_any_and_distribute(): the last answer here */
	/* tick.c, of a nohz_full CPU */
	bool tick_dep_sched;		  /* TICK_DEP_BIT_SCHED: the scheduler needs the tick */
	struct irq_work nohz_kick;	  /* its interrupt's end looks at that */
	struct delayed_work *tick_remote; /* once a second, in the tick's place */
	u32 queue_mask;			  /* classes that queued or dequeued since the pick began */
	u32 insn_rest;			  /* hundredths of a ns not yet paid for instructions */
	struct task_struct *switch_prev;  /* whom the running task was switched to from */
	u64 curr_since_ns;		  /* accounting of rq->curr is done up to here */
	u64 switching_ns;		  /* in a switch: up to when the time is prev's; else 0 */
	bool balance_push;		  /* going down: no balance callbacks */
	struct list_head stop_works;	  /* for the stopper, rq->stop */
	u64 idle_since_ns, idle_until_ns; /* the idle task came and left last */
	u64 idle_ns, busy_ns, nr_switches, nr_kicked;
	u64 nr_passes;	   /* through __schedule() */
	u64 kick_asked_ns; /* of the oldest kick not yet answered by a schedule, 0: none */
	s32 kick_asker;	   /* the CPU that it came from */
	bool halted;	   /* offline and parked */
	struct core_rq core;
	struct edf_rq edf;
	struct dl_entity dl_servers[NR_DL_SERVERS];
	struct rq_rescue rescue;
};

/* the fair class's queue at the top */
static inline struct fair_rq *fair_root(const struct rq *rq)
{
	return &host_of(rq)->m->fair;
}

static inline struct rq *cpu_rq(s32 cpu)
{
	return &machine->rqs[cpu];
}

static inline s32 task_cpu(const struct task_struct *p)
{
	return p->thread_info.cpu;
}

static inline struct rq *task_rq(const struct task_struct *p)
{
	return cpu_rq(task_cpu(p));
}

static inline s32 cpu_of(const struct rq *rq)
{
	return rq->cpu;
}

static inline bool is_idle_task(const struct task_struct *p)
{
	return p->flags & PF_IDLE;
}

static inline bool task_current(const struct rq *rq, const struct task_struct *p)
{
	return rq->curr == p;
}

static inline bool task_on_rq_queued(const struct task_struct *p)
{
	return p->on_rq == TASK_ON_RQ_QUEUED;
}

/* it sleeps, and has not left its fair queue yet; of others the model's part need not be read */
static inline bool is_sched_delayed(const struct task_struct *p)
{
	return class_id(p) == CLASS_FAIR && host_of(p)->m->fair.sched_delayed;
}

/* queued, and not asleep: it waits for a CPU or has one */
static inline bool task_runnable(const struct task_struct *p)
{
	return task_on_rq_queued(p) && !is_sched_delayed(p);
}

static inline bool task_on_rq_migrating(const struct task_struct *p)
{
	return p->on_rq == TASK_ON_RQ_MIGRATING;
}

static inline bool is_migration_disabled(const struct task_struct *p)
{
	return p->migration_disabled;
}

static inline bool cpu_online(s32 cpu)
{
	return cpumask_test_cpu(cpu, machine->online);
}

static inline bool cpu_active(s32 cpu)
{
	return cpumask_test_cpu(cpu, machine->active);
}

/* Whatever a guest calls a CPU. The ids have no holes: machine->possible is all of them. */
static inline bool cpu_possible(s32 cpu)
{
	return (u32)cpu < machine->nr_cpu_ids;
}

#define RR_TIMESLICE_MS 100
void rt_rq_init(struct rq *rq); /* rt.c */
void rto_init(struct machine *m);
/* @prev, real-time, has left this run queue: others that have too many push theirs. rq locked */
void pull_rt_task(struct rq *rq, const struct task_struct *prev);

void update_curr_idle(struct rq *rq); /* idle.c; nothing unless it idles */

/* locks */
void raw_spin_rq_lock(struct rq *rq);
bool raw_spin_rq_trylock(struct rq *rq);
void raw_spin_rq_unlock(struct rq *rq);
void raw_spin_rq_unlock_irq(struct rq *rq);
unsigned long rq_lock_irqsave(struct rq *rq);
void rq_unlock_irqrestore(struct rq *rq, unsigned long flags);
/* p's pi_lock and run queue; irqs off */
struct rq *task_rq_lock(struct task_struct *p, unsigned long *flags);
void task_rq_unlock(struct rq *rq, struct task_struct *p, unsigned long flags);

/* core.c */
void update_rq_clock(struct rq *rq);
void resched_curr(struct rq *rq); /* rq locked; a hookable function */
/* the same where preemption is not lazy; else a flag for the next tick or return to user mode */
void resched_curr_lazy(struct rq *rq);
void set_tsk_need_resched(struct task_struct *p); /* @p runs, or is about to, on this CPU */
void resched_cpu(s32 cpu);
void wakeup_preempt(struct rq *rq, struct task_struct *p, int flags);
void activate_task(struct rq *rq, struct task_struct *p, u64 flags);
void deactivate_task(struct rq *rq, struct task_struct *p, u64 flags);
void set_task_cpu(struct task_struct *p, s32 cpu);
bool try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags);
bool wake_up_process(struct task_struct *p);
void wake_up_new_task(struct task_struct *p);
void sched_ttwu_pending(struct rq_model *c); /* hard irq: queue those of wake_list */
void schedule(void); /* may sleep: task context, irqs on or off restored on */
void schedule_idle(void);
void preempt_schedule_irq(void);
void set_current_state(unsigned int state);
bool is_cpu_allowed(const struct task_struct *p, s32 cpu);
s32 select_fallback_rq(s32 cpu, struct task_struct *p);
/* for core_sched.c: classes bring tasks here before any of them picks */
void prev_balance(struct rq *rq, struct task_struct *prev);
/* whom @rq would run by itself */
struct task_struct *pick_task(struct rq *rq, struct task_struct *prev);
/* what was queued for the end of a switch, where there is none; rq locked, in no change */
void balance_callbacks(struct rq *rq);
void queue_balance_callback(struct rq *rq, struct balance_callback *head, void (*fn)(struct rq *));
/* does @a beat @b: stop > dl > rt > fair > ext > idle */
static inline bool class_above(const struct sched_class *a, const struct sched_class *b)
{
	return a->id > b->id;
}
/* rq_modified_*: the highest class that became runnable since the pick began */
void rq_modified_begin(struct rq *rq, enum sched_class_id id);
bool rq_modified_above(struct rq *rq, enum sched_class_id id);
/* which class the policy asks for; EXT when a scheduler wants the task (ext/enable.c: task_should_scx) */
enum sched_class_id policy_class(const struct task_struct *p, unsigned int policy);

/*
 * Attribute changes: take p off its queue, let @change act, put it back. @flags:
 * DEQUEUE_SAVE|DEQUEUE_MOVE|DEQUEUE_NOCLOCK... pi_lock and rq lock held.
 */
struct sched_change {
	struct task_struct *p;
	u64 flags;
	bool queued, running, throttled; /* @throttled: it waits for its group's time */
	enum sched_class_id old_class;
	int old_prio;
};
void sched_change_begin(struct sched_change *ctx, struct task_struct *p, u64 flags);
void sched_change_end(struct sched_change *ctx);
/* set p's class; only between sched_change_begin() and _end() */
void set_task_class(struct task_struct *p, enum sched_class_id id);

void finish_task_switch(void);
void task_stack_create(struct task_struct *p); /* task.c: of one that was made without */
void task_finish_dead(struct task_struct *p);  /* task.c: after its last switch */
void cpu_idle_loop(void);		       /* idle.c: an idle task's body */
void cpu_park(void);		/* hotplug.c: an offline CPU's idle task waits here */
void sched_tick(struct rq *rq); /* tick.c: hard irq, every 1/HZ while not idle */
void tick_start(struct rq *rq);
void tick_stop(struct rq *rq);
/* CPUs of @mask are nohz_full. Before anything runs; CPU 0 is none of them. */
void tick_nohz_init(const struct cpumask *mask);
void tick_nohz_finish(struct machine *m);
bool tick_nohz_full_cpu(s32 cpu);
void tick_nohz_idle_exit(struct rq *rq);
void tick_nohz_irq_exit(struct rq_model *c); /* nohz_full machines; irqs off or about to be on */
/* rq locked: does its scheduling need the tick? If so, and it stands still, it is asked for by IPI. */
void sched_update_tick_dependency(struct rq *rq);
void tick_nohz_dep_set_sched(struct rq *rq); /* it does */
static inline void add_nr_running(struct rq *rq, int n)
{
	rq->nr_running += n;
	if (unlikely(machine->nohz_full))
		sched_update_tick_dependency(rq);
}
/* migrate.c: on the switch away of a migration-disabled task, its mask becomes its CPU; rq locked */
void migrate_disable_pin(struct rq *rq, struct task_struct *p);
/* migrate.c: move a queued task; both locks change hands: returns with @dst locked. @rq locked on entry */
struct rq *move_queued_task(struct rq *rq, struct task_struct *p, s32 cpu);
/* migrate.c: the same with both locked throughout, both clocks updated; nobody is preempted for it */
void move_queued_task_locked(struct rq *src, struct rq *dst, struct task_struct *p);
/* migrate.c: @other, too; the lower number goes first. true: @rq was unlocked in between */
bool double_lock_balance(struct rq *rq, struct rq *other);
/* migrate.c: the same, without unlocking @rq; false: @other is not locked */
bool double_lock_try(struct rq *rq, struct rq *other);
/* migrate.c: @other is let go, @rq stays locked */
void double_unlock_balance(struct rq *rq, struct rq *other);
void double_rq_relock(struct rq *from, struct rq *to);

void migrate_disable(void);
void migrate_enable(void);
int set_cpus_allowed_ptr(struct task_struct *p,
			 const struct cpumask *mask); /* may sleep until moved */
/* run @fn on @cpu in its stopper thread, and wait. May sleep. */
void stop_one_cpu(s32 cpu, void (*fn)(void *arg), void *arg);
void sched_setscheduler_nocheck(struct task_struct *p, unsigned int policy, unsigned int rt_prio);
unsigned long sched_weight_from_nice(int nice); /* sched_prio_to_weight[] */
unsigned long
task_load_weight(const struct task_struct *p); /* that of its nice value, or of SCHED_IDLE */

void __noreturn do_exit(int code); /* task.c: current ends */

/* hotplug.c; task context, may sleep. 0, -EBUSY (last CPU), -EINVAL */
int cpu_up(s32 cpu);
int cpu_down(s32 cpu);
void cpus_read_lock(void);
void cpus_read_unlock(void);

/* sleeping primitives for model code in task context */
struct completion {
	bool done;
	struct list_head waiters;
	raw_spinlock_t lock;
};
void init_completion(struct completion *c);
void complete(struct completion *c); /* any context */
void wait_for_completion(struct completion *c);
struct mutex {
	struct task_struct *owner;
	raw_spinlock_t lock;
	struct list_head waiters;
};
void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
/* writer waits for readers; readers wait while a writer holds or waits (scx_fork_rwsem and friends) */
struct rwsem {
	struct mutex lock;
	u32 readers;
	struct completion drained;
	bool draining;
};
void rwsem_init(struct rwsem *s);
void down_read(struct rwsem *s);
void up_read(struct rwsem *s);
void down_write(struct rwsem *s);
void up_write(struct rwsem *s);
void synchronize_rcu(void); /* sleeps for a grace period: rcu.c, or costs.rcu_grace */
/* after an RCU grace period, in a kworker or softirq: free and the like */
void call_rcu(void (*fn)(void *), void *arg);
/* run @fn(@arg) in a kworker (fair, unbound unless @cpu >= 0) after @delay_ns */
struct delayed_work {
	struct hrtimer timer;
	void (*fn)(struct delayed_work *w);
	struct list_head node;
	bool queued;
	s32 cpu;
};
void delayed_work_init(struct delayed_work *w, void (*fn)(struct delayed_work *));
void queue_delayed_work(struct delayed_work *w, u64 delay_ns); /* no effect if pending */
void cancel_delayed_work_sync(struct delayed_work *w);

#include "kern/this_cpu.h"

/* hooks.c: the model reached @name with these arguments; runs attached fentry/fexit/tp programs */
#include "kern/hooks.h"

/* for_each helpers */
#define for_each_task(p) list_for_each_entry(p, machine->tasks, tasks)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < (s32)machine->nr_cpu_ids; (cpu)++)
#define for_each_online_cpu(cpu) for_each_cpu(cpu, machine->online)

#endif
