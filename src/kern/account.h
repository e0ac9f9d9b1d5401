/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.h - what a run comes to: who ran, who waited, for how long, under which
 * scheduler. All reports ask here, and asking changes nothing, in the middle of a run too.
 *
 * A run has two phases. Figures made under the scheduler (or with none, if none ever came) and
 * figures made after it, in the fair class, are apart:
 *
 *	begin ── UNDER ── scx_exit or DISABLING ── AFTER ── ENABLED ── UNDER ── ... now
 *
 * The model's own counters only grow: guests read some of them. A part of them belongs to
 * the phase that is over, the rest to the other one:
 *
 *	host_of(p)->m->runtime_ns = 40		since p was made
 *	past->part[UNDER] = 30		when the scheduler was ejected
 *	so PHASE_UNDER 30, PHASE_AFTER 10
 *
 * A stay in a queue (base/waits.h) that is open when a phase ends counts there up to then,
 * and goes on in the next. CPUs are a little apart: times before the phase are taken for its beginning.
 */
#ifndef KS_KERN_ACCOUNT_H
#define KS_KERN_ACCOUNT_H

#include "abi/sched.h"
#include "base/waits.h"
#include "kern/machine.h"

struct task_model;

struct task_counts {
	u64 runtime_ns, nr_wakeups, nr_switches, nr_migrations;
};

/* what a task came to in a phase */
struct task_part {
	bool lived;
	struct task_counts n;
	struct hist stay[NR_WAIT_KINDS];
	u64 waiting_ns; /* of that, the stay that was open as it ended; 0: none was */
	u64 *cpu_ns;	/* by cpu */
};

/* of a task that has seen a phase end */
struct task_past {
	struct task_part part[NR_PHASES];
	bool gone; /* it was dead by then: in no later phase */
};

/* a line of the report: a task, living or dead, in one phase */
struct task_figures {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	bool dead;
	struct task_counts n;
	struct wait_figures wait;
};

/* a dead task's, in machine->acc.lines */
struct task_line {
	struct list_head node;
	enum run_phase phase;
	struct task_figures f;
};

/* dead tasks of one group (wait_group_name()), in machine->acc.groups[phase] */
struct dead_group {
	struct list_head node;
	char name[WAIT_GROUP_BYTES];
	pid_t first_pid;
	u32 nr;
	struct task_counts n;
	struct hist stay[NR_WAIT_KINDS];
};

struct cpu_counts {
	u64 busy_ns, idle_ns, switches, kicked;
};

/* 0 or -ENOMEM */
int account_init(struct machine *m);
void account_finish(struct machine *m);

/* Reports count from now on; kicks and ops from the boot, and in one: explain has them so, too. */
void account_begin(void);
/*
 * The scheduler's state changes: told where TRACE(sched_enable) and TRACE(scx_exit) are, so
 * that a reader of the trace comes to the same.
 */
void account_sched_state(int state);
void account_sched_exit(void);

/* ---- as the machine runs ---- */

/* how long @p had the CPU, up to @now_ns, to the task and to the CPU */
void account_cpu_time(struct rq *rq, struct task_struct *p, u64 now_ns);
/*
 * How long rq_model.running has had the CPU that its figures do not hold yet. In the middle of a
 * switch the time is the leaving task's up to where the switch began.
 */
u64 account_rest_ns(const struct rq *rq);
/* @p can run from now on, and does not yet: it was woken, or is @new. Where TRACE(sched_wakeup) is. */
void account_runnable(struct task_struct *p, bool new);
/* the CPU goes from @prev to @next */
void account_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next, u64 now_ns);
/* @p will never run again; its task_struct goes */
void account_dead(struct task_struct *p);
void account_task_free(struct task_model *m);

/* ---- looking ---- */

/* of the workload: no kernel thread, not init, not the loader's main thread */
bool task_of_workload(const struct task_struct *p);
/* Did @p live in @phase? A living one lives in the present one. */
bool task_in_phase(const struct task_struct *p, enum run_phase phase);
struct task_counts task_phase_counts(const struct task_struct *p, enum run_phase phase);
u64 task_phase_cpu_ns(const struct task_struct *p, enum run_phase phase, u32 cpu);
/* Its stays, the open one with them if @phase is the present one. */
void task_phase_waits(const struct task_struct *p, enum run_phase phase, struct wait_sum *sum);
void task_figures_of(const struct task_struct *p, enum run_phase phase, struct task_figures *f);
/* Of all its phases taken together. */
void task_waits_of(const struct task_struct *p, struct wait_figures *f);
void task_counts_add(struct task_counts *to, const struct task_counts *n);

/* from account_begin() on */
u64 phase_ns(enum run_phase phase);
u64 phase_switches(enum run_phase phase);
struct cpu_counts phase_cpu(enum run_phase phase, u32 cpu);
struct cpu_counts account_cpu(u32 cpu); /* of both phases */

#endif
