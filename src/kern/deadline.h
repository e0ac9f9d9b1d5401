/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline.h - the deadline class and its admission, as the core sees them.
 *
 * Admission: of all CPUs' time, 95 % may be promised; each CPU's deadline servers have their
 * share of it (5 % for fair tasks). A task of 20 % on a machine of 2 CPUs:
 *
 *	promised  0.05 + 0.05 + 0.20 x n  <=  2 x 0.95	n = 9 are let in, the tenth gets EBUSY
 *
 * A task that leaves, or ends, gives its share back when its lag is zero: not before it would
 * have earned what it had.
 */
#ifndef KS_KERN_DEADLINE_H
#define KS_KERN_DEADLINE_H

#include "kern/cbs.h"

struct sched_params;

/* ---- deadline.c ---- */

void dl_task_init(struct task_struct *p);
void dl_rq_init(struct rq *rq);
/* @prev has left this run queue: are there others' tasks to take? @rq locked, may be let go of */
void pull_dl_task(struct rq *rq, const struct task_struct *prev);
/* true: one is gone, perhaps another can go too. @rq locked, may be let go of */
bool push_dl_task(struct rq *rq);
/* @p contends again: what it had is no longer about to be given back */
void dl_cancel_inactive_timer(struct task_struct *p);

/* ---- dl_bw.c ---- */

/* deadline.c:__checkparam_dl() */
bool dl_params_valid(const struct sched_params *a);
bool dl_params_changed(const struct task_struct *p, const struct sched_params *a);
/* 0, -EPERM (its CPUs are not all), -EBUSY (no room); @p's locks held */
int dl_admit(struct task_struct *p, const struct sched_params *a);
/* what it has been admitted with; it is off its queue */
void dl_set_params(struct task_struct *p, const struct sched_params *a);
/* @p is no deadline task any more, or dead */
void dl_bw_give_back(struct task_struct *p);
/* -EBUSY: those who are left could not hold what is promised without @cpu */
int dl_bw_deactivate(s32 cpu);
/* Is there room for a server's @bw? */
bool dl_bw_fits(u64 bw);
/* sched_setaffinity(2): -EBUSY: a deadline task's CPUs are all */
int dl_task_check_affinity(const struct task_struct *p, const struct cpumask *mask);

#endif
