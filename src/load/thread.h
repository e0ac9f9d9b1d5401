/* SPDX-License-Identifier: GPL-2.0-only */
/* thread.h - one running thread of a description: the interpreter of its phases. */
#ifndef KS_LOAD_THREAD_H
#define KS_LOAD_THREAD_H

#include "load/phases.h"

/* phases to be run once, as a signal handler would (control.h) */
struct thread_order {
	struct thread_order *next;
	const struct thread_spec *spec;
};

struct thread {
	struct list_head node; /* workload.threads while it lives, then .spare */
	struct workload *w;
	const struct thread_spec *spec;
	const struct thread_spec *born; /* the spec it was made by */
	/* control.h; user code of the thread itself reads them */
	struct thread_order *orders;	     /* to be run, oldest first */
	const struct thread_spec *next_spec; /* go on with that one; NULL: nothing new */
	bool suspended, interrupted;
	u64 nr_marks;
	pid_t pid;
	u64 start_ns;		    /* of the first phase: where timers count from */
	const struct cpumask *cpus; /* as set last, NULL: all */
	struct cgroup *cgrp;	    /* taskgroup that it has entered last, NULL: none */
	struct uwaiter waiter;
	struct timer_ref *timers; /* by slot */
	u32 timers_max;
};

/*
 * Create the task of @spec, instance and fork being told by its comm. 0 or -errno.
 * From the host's main fiber before the machine runs, or from a task (a fork).
 */
int thread_spawn(struct workload *w, struct thread_spec *spec, bool fork);
/* The thread that @p is; NULL: none, or it has ended. */
struct thread *thread_of(const struct task_struct *p);
/* Run the phases of @spec, loop by loop, on the calling thread. */
void thread_run_spec(struct thread *t, const struct thread_spec *spec);
/* As by prctl(PR_SCHED_CORE): @p has @c from now on. From a task, may sleep. */
void thread_set_cookie(struct task_struct *p, struct cookie *c);
/* From a task: end all that live. Those that were never on a CPU end at once when they are. */
void threads_kill(struct workload *w);

#endif
