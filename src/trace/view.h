/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * view.h - what a live run looks like now (`kickstand top`, ks_machine_watch()), told by the
 * event stream alone: who is on which CPU and waits where since when (replay.h), what tasks
 * came to (tally.h), how often ops are called. It touches nothing of the machine, so watching
 * changes nothing.
 *
 * Rates are those of a window of virtual time that follows now (view_tick()). Figures of tasks
 * and CPUs begin anew when a scheduler ends, and when one comes after that, as the summary's do.
 */
#ifndef KS_TRACE_VIEW_H
#define KS_TRACE_VIEW_H

#include "trace/replay.h"
#include "trace/tally.h"
#include "trace/value.h"

#define VIEW_EVENTS 1024  /* the last ones; a power of two */
#define VIEW_OPS_MAX 64	  /* numbers of ops are below that */
#define VIEW_SCHEDS_MAX 8 /* told apart; ops of further ones are not counted */
#define VIEW_OP_ROWS_MAX (VIEW_SCHEDS_MAX * VIEW_OPS_MAX)
#define VIEW_WINDOW_NS (10 * NSEC_PER_MSEC) /* rates are over one to two of these */
#define VIEW_TEXT_MAX 400		    /* of an event's fields */
#define VIEW_SCHED_NAME_MAX 32
#define VIEW_DSQ_NAME_MAX (VIEW_SCHED_NAME_MAX + TRACE_VALUE_MAX)

struct view_cpu {
	u64 busy_ns, switches, kicked; /* busy_ns without whoever runs now */
};

/* who has been longest on a DSQ */
struct view_oldest {
	s32 pid; /* -1: it is empty */
	u64 since_ns;
};

struct view_op {
	u64 calls, timed, sum_ns;
};

/* an op of a scheduler: indices */
struct view_op_at {
	u32 sched, op;
};

/* counters as they were at some time */
struct view_mark {
	u64 at_ns, switches, kicks;
	u64 *busy_ns; /* by CPU */
	struct view_op op[VIEW_SCHEDS_MAX][VIEW_OPS_MAX];
};

struct view {
	u64 now_ns;
	struct trace_catalogue catalogue;
	struct replay *rp;
	struct tally tally;
	struct view_cpu *cpu;
	u32 nr_cpus;
	struct view_op op[VIEW_SCHEDS_MAX][VIEW_OPS_MAX];
	u64 sched[VIEW_SCHEDS_MAX]; /* by its cgroup, as they appear; the first is the root: 0 */
	u32 nr_scheds;
	u64 switches, kicks, events;
	struct trace_record event[VIEW_EVENTS]; /* the one numbered n at n % VIEW_EVENTS */
	u32 bypass_depth;
	bool exited; /* the scheduler left */
	u64 exit_ns;
	struct view_mark old, mid; /* rates count from the old one */
	bool no_memory;		   /* it is not complete any longer */
};

/* 0 or -ENOMEM. All CPUs are online and idle until told otherwise. */
int view_init(struct view *v, u32 nr_cpus);
void view_finish(struct view *v);
void view_record(struct view *v, const struct trace_record *r);
/* A task that was there before the first event. */
void view_name(struct view *v, s32 pid, const char *comm);
/* Figures count from here on. */
void view_restart(struct view *v, u64 now_ns);
/* It is @now_ns; let the window follow. */
void view_tick(struct view *v, u64 now_ns);

/* ---- looking ---- */

/* NULL: none, or it is gone */
const struct replay_task *view_task(const struct view *v, u64 pid);
/* who is there, 0: nobody; what waits on its own queue */
s32 view_curr(const struct view *v, u32 cpu);
u32 view_queued(const struct view *v, u32 cpu);

/* "spin", "<idle>"; the kernel's words for a class, "" where it is not known */
const char *view_comm(const struct view *v, s32 pid);
const char *view_class(u32 class);
/* thousandths of the window that the CPU was busy */
u32 view_busy_permille(const struct view *v, u32 cpu);
/* per second of virtual time, of a counter that was @old and is @now */
u64 view_rate(const struct view *v, u64 now, u64 old);
/* up to now */
u64 view_task_run_ns(const struct view *v, const struct replay_task *t);
u64 view_task_wakeups(const struct view *v, const struct replay_task *t);
u64 view_task_wait_ns(const struct view *v, const struct replay_task *t);
/* of its wakeups, the mean, and the longest: one that goes on counts as long as it is */
u64 view_task_latency_ns(const struct view *v, const struct replay_task *t);
u64 view_task_latency_max_ns(const struct view *v, const struct replay_task *t);
/* all of what it waited, as the summary has it */
void view_task_waits(const struct view *v, const struct replay_task *t, struct wait_figures *f);
struct view_oldest view_oldest(const struct replay_dsq *d);
/* "0x7"; "sub-2 0x7" when there are several schedulers */
void view_dsq_name(const struct view *v, const struct replay_dsq *d, char buf[VIEW_DSQ_NAME_MAX]);
/* "dispatch", or NULL: there is no such op */
const char *view_op_name(u32 op);
/* the mean in the window, or of all, if it did not end there; 0: not known */
u64 view_op_cost_ns(const struct view *v, struct view_op_at at);
u64 view_op_rate(const struct view *v, struct view_op_at at);
/* "sub-2", "root"; "" while there has been no other than the root */
const char *view_sched_name(const struct view *v, u64 sched, char buf[VIEW_SCHED_NAME_MAX]);

enum view_sort { VIEW_BY_RUN, VIEW_BY_WAIT, VIEW_BY_LATENCY, VIEW_BY_PID, NR_VIEW_SORTS };
/* All tasks that live, in order. @list has room for view_tasks_room(); returns how many. */
u32 view_tasks_room(const struct view *v);
u32 view_sorted_tasks(const struct view *v, enum view_sort by, const struct replay_task **list);
/*
 * Global, bypass and user DSQs that ever had a task: those that have one first, then in order
 * of appearance. @list: NULL, or room for as many as that says.
 */
u32 view_sorted_dsqs(const struct view *v, const struct replay_dsq **list);
/* Those that were called, the most called first; @list of VIEW_OP_ROWS_MAX; returns how many */
u32 view_sorted_ops(const struct view *v, struct view_op_at list[]);

/* The fields of event number @n, one of the last VIEW_EVENTS: "n=1 cpu=2 flags=IDLE" */
void view_event_text(const struct view *v, u64 n, char buf[VIEW_TEXT_MAX]);

#endif
