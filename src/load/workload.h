/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload.h - what the machine's tasks do.
 *
 * A workload is either a set of thread descriptions, read from rt-app JSON or
 * from the "tasks" of a scenario, or one of the built-in generators. Both end in
 * task_create() calls; the bodies run on the tasks' own fibers and reach the
 * kernel only through user_run() and the sys_*() calls of kern/task.h.
 *
 *	workload_open("bursty:workers=16", &w, err, sizeof(err));
 *	workload_start(w);
 *	machine_run(machine, end_ns);
 *	machine_destroy(machine);
 *	workload_close(w);
 *
 * The machine exists before workload_open(): CPU numbers are checked against it.
 * A task's arguments live in the workload, so it is closed after the machine is
 * gone.
 */
#ifndef KS_LOAD_WORKLOAD_H
#define KS_LOAD_WORKLOAD_H

#include <jansson.h>

#include "abi/cpumask.h"
#include "abi/sched.h"
#include "base/list_head.h"
#include "base/types.h"

struct builtin;
struct resource;

/* a cookie of core scheduling by name (kern/core_sched.h) */
struct cookie {
	struct cookie *next;
	char *name;	     /* "": none */
	unsigned long value; /* 0: nobody has had it yet */
};

/* scheduling attributes of a thread or, when they change, of a phase */
struct sched_props {
	bool sched_set; /* @policy, @nice and @rt_priority are to be applied */
	u32 policy;	/* SCHED_* of kern/sched.h */
	s32 nice;
	u32 rt_priority;
	bool reset_on_fork;
	u64 dl_runtime_ns, dl_deadline_ns, dl_period_ns; /* SCHED_DEADLINE */
	struct cpumask *cpus;				 /* NULL: not said. Owned by the workload */
	struct cookie *cookie; /* of core scheduling, a thread's; NULL: its parent's */
	struct cgroup *cgrp; /* rt-app's taskgroup, which the thread enters itself; NULL: not said */
};

enum thread_op {
	OP_RUN,	    /* @ns of CPU time */
	OP_RUNTIME, /* burn CPU until @ns of wall time have passed */
	OP_SLEEP,
	OP_TIMER, /* until the next multiple of period @ns */
	OP_LOCK,
	OP_UNLOCK,
	OP_WAIT,
	OP_SIGNAL,
	OP_BROADCAST,
	OP_SYNC, /* signal and wait */
	OP_BARRIER,
	OP_PIPE_READ,
	OP_PIPE_WRITE,
	OP_SUSPEND,
	OP_RESUME,
	OP_SEM_WAIT,
	OP_SEM_POST,
	OP_YIELD,
	OP_FORK,
	OP_KERNEL, /* a system call of @ns, that offers the CPU every @offer_ns */
	OP_EXEC,
	OP_GETPGID,
	OP_SETSID,
	OP_RUN_PROG,
	OP_MARK, /* scenario files only */
	NR_THREAD_OPS
};

struct thread_event {
	enum thread_op op;
	u64 ns;
	u64 offer_ns;	      /* OP_KERNEL; 0: never */
	bool might_sleep;     /* OP_KERNEL: it offers it by might_sleep(), not cond_resched() */
	struct resource *res; /* mutex, condition, barrier, semaphore, shared timer; the workload's */
	struct resource *mutex;	    /* OP_WAIT, OP_SYNC */
	s32 timer_slot;		    /* OP_TIMER of one instance ("unique"), else -1 */
	bool absolute;		    /* OP_TIMER: a missed period does not move the reference */
	char *name;		    /* OP_FORK: thread; OP_EXEC: new comm; OP_RUN_PROG: program */
	const json_t *json;	    /* OP_RUN_PROG: what the file says, the reader's; stays */
	u32 line, col;		    /* where; 0: not known */
	void *prog;		    /* OP_RUN_PROG: the controller's */
	struct thread_spec *target; /* OP_FORK, set by workload_seal() */
};

struct phase {
	s64 loop; /* -1: for ever */
	struct sched_props props;
	struct thread_event *events;
	u32 nr_events;
};

struct thread_spec {
	char *name;	  /* comm, or its stem when @numbered */
	bool numbered;	  /* comm is NAME-INDEX over all threads, as rt-app does it */
	bool sets_policy; /* a real-time policy is set by the thread itself, as rt-app does it */
	bool forked;	  /* some thread forks it */
	struct sched_props props;
	struct cgroup *cgrp; /* NULL: the parent's */
	s64 loop;	     /* -1: for ever */
	u32 instances;
	u64 delay_ns;
	struct phase *phases;
	u32 nr_phases;
	char **timers; /* names of "unique" timers, by slot */
	u32 nr_timers;
	u32 nr_spawned;
};

/* a task that is not there, or not as it was to be */
struct workload_missing {
	char comm[TASK_COMM_LEN]; /* its name; of a turn that never came: the description's,
					 * "" if only a built-in's code could say it */
	int err;		  /* of the fork: -EAGAIN (too many tasks), what ops.init_task
					 * said, ...; 0: its turn never came */
};

struct thread;

/*
 * Threads under somebody's control (control.h): what a scenario does to its tasks
 * while they run.
 */
struct thread_control {
	/* user code for @ns (RUN_FOREVER) of CPU time, or until thread_poked(); ns used */
	u64 (*run)(struct thread *t, u64 ns);
	void (*run_prog)(struct thread *t, const struct thread_event *ev);
	/* it may run user code now: make run() look at thread_poked() */
	void (*poke)(struct thread *t);
};

#define RUN_FOREVER (~0ULL) /* ns of OP_RUN */

struct workload {
	char *name; /* file, built-in or "scenario" */
	struct thread_spec **specs;
	u32 nr_specs;
	u64 duration_ns; /* 0: none; else the threads are killed then */
	struct resource *resources;
	struct cookie *cookies;
	const struct builtin *builtin;	 /* NULL: @specs say it all */
	s64 *params;			 /* the built-in's, by its parameter table */
	struct cpumask *cpus;		 /* the built-in's "cpus", NULL: all */
	struct list_head threads, spare; /* struct thread: living; ended, for reuse */
	u32 nr_spawned;			 /* numbers the threads */
	u64 begin_ns; /* virtual time of workload_start(); ~0: it has not come to that */
	u64 nr_wanted, nr_created;	 /* tasks of the start: see workload_nr_wanted() */
	struct workload_missing *failed; /* what fork refused, in order */
	u32 nr_failed;
	bool over;		    /* @duration_ns has passed */
	u64 nr_refused, refused_ns; /* later forks that failed; the first */
	int refused_err;
	struct workload_missing unadmitted; /* the first that was not let into its class, and ended */
	u64 nr_unadmitted;
	const struct thread_control *control; /* NULL: nobody */
	void *allocs; /* everything that tasks point to; freed by workload_close() */
};

/*
 * workload_open - read a description
 * @spec: a file of rt-app JSON, or NAME[:key=value,...] of a built-in
 *
 * 0, or -errno with one line in @err that says where (file:line:column), what,
 * and what is allowed.
 */
int workload_open(const char *spec, struct workload **out, char *err, size_t len);
/*
 * workload_start - create its tasks. Before the machine runs or from a task of it, once.
 *
 * All are made, whatever their policies: real-time ones are held until the caller's
 * task sleeps (task_attr.held), so that none takes the CPU from those still to come.
 * 0, or -errno of the first that could not be made; the others are made all the same.
 */
int workload_start(struct workload *w);
/* NULL is fine. After the machine is gone. */
void workload_close(struct workload *w);

/*
 * What was asked for and what came of it. A workload has @nr_wanted tasks from its
 * start; what they fork later is their own affair. While nr_created is less, either
 * a fork failed or whoever makes them has not come to it (it got no CPU).
 *
 *	for (u64 i = 0; workload_missing(w, i, &gone); i++)
 *		"%s: %s", gone.comm, gone.err ? strerror(-gone.err) : "its turn never came"
 */
u64 workload_nr_wanted(const struct workload *w);
u64 workload_nr_created(const struct workload *w);

/* The @i-th of the tasks that are not there, those that failed first; false: no more. */
bool workload_missing(const struct workload *w, u64 i, struct workload_missing *out);

/* For scenario files: an empty workload, its tasks, and the check of the whole. */
struct workload *workload_create(const char *name);
/*
 * workload_task_from_json - add the thread that @task describes:
 *
 *	{"comm": "spin", "cpus": [0], "policy": "ext", "nice": 0,
 *	 "phases": [{"run": "5ms"}, {"sleep": "1ms"}], "loop": -1}
 *
 * The events are rt-app's, durations are strings with a unit.
 */
int workload_task_from_json(struct workload *w, const json_t *task, char *err, size_t len);
/* Resolve what threads say of each other. After the last thread, before workload_start(). */
int workload_seal(struct workload *w, char *err, size_t len);

/* "mixed, spin, ..." */
const char *workload_builtin_names(void);
/* Lines on the built-ins and their parameters, for a help text. */
const char *workload_builtin_help(void);

/* ---- for the files of this folder ---- */

/* A task of the start was made, or not (@err < 0). @err again. */
int workload_count(struct workload *w, const char *comm, int err);
/* A fork of one of its tasks has failed: 0 or -errno, which it returns. */
int workload_refused(struct workload *w, int err);
/* One of its tasks did not get the policy that it asked for. */
void workload_unadmitted(struct workload *w, const char *comm, int err);

/* Zeroed memory that lives as long as @w. */
void *workload_alloc(struct workload *w, size_t size);
struct thread_spec *workload_add_spec(struct workload *w, const char *name);
struct thread_spec *workload_find_spec(const struct workload *w, const char *name);
/* "500us", "10ms", "2s", "80ns" into ns. -EINVAL, -ERANGE. */
int duration_parse(const char *text, u64 *ns);
/* "CPU 9 is outside the machine, ..." into @err unless the machine has @cpu. 0 or -EINVAL. */
int cpu_check(s64 cpu, char *err, size_t len);
/* "0-3,6,8-9" into @mask, with @comma between the ranges. The same. */
int cpu_list_parse(const char *text, char comma, struct cpumask *mask, char *err, size_t len);

#endif
