/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sub.h - schedulers below schedulers: the tree, what a child may do, rescue.
 *
 *	root, level 0			every task that no child has
 *	  └ child on cgroup /a		the tasks of /a and below, while it is attached
 *	      └ child on /a/b
 *
 * A child is asked about its own tasks as any scheduler is, but gets a CPU only when
 * its parent calls scx_bpf_sub_dispatch() there, and, since there are capabilities, may
 * put tasks only where its parent has granted that.
 */
#ifndef KS_KERN_EXT_SUB_H
#define KS_KERN_EXT_SUB_H

#include "kern/ext/ext.h"

struct cgroup_taskset;

/* ---- ext/sub.c ---- */
/* the work of attaching and detaching one, in a helper thread; 0 or -errno as the attach gets */
int scx_sub_enable(struct scx_sched *sch);
void scx_sub_disable(struct scx_sched *sch);
/* into the tree and the list of all; 0, or -errno after an error of @sch */
int scx_link_sched(struct scx_sched *sch);
void scx_unlink_sched(struct scx_sched *sch);
/* @sch is through with its children when the last of them has unlinked */
void scx_drain_descendants(struct scx_sched *sch);
void scx_propagate_exit_irq_workfn(struct irq_work *w);
/* each descendant of @cgrp, itself too, belongs to @sch now */
void scx_set_cgroup_sched(struct cgroup *cgrp, struct scx_sched *sch);
/* its memory: what attaching took, as far as it got */
int scx_sub_start(struct scx_sched *sch);
void scx_sub_stop(struct scx_sched *sch);
/* it has left for good */
void scx_sub_uncount(struct scx_sched *sch);
/* "root", "sub1-12": as dumps name it; @buf of 32 */
const char *scx_sched_label(const struct scx_sched *sch, char buf[32]);

/* ---- ext/disable.c ---- */
void scx_disable(struct scx_sched *sch, int kind);
void scx_log_disable(const struct scx_sched *sch);
void scx_disable_dump(struct scx_sched *sch);
void scx_call_exit(struct scx_sched *sch);
void scx_accumulate_events(const struct scx_sched *sch);

/* ---- ext/enable.c ---- */
int scx_validate_ops(struct scx_sched *sch);
int scx_call_init(struct scx_sched *sch);
void scx_all_ops_live(struct scx_sched *sch);
/* scx_sched_start(), and who disables it; 0, -ENOMEM */
int scx_start_with_helper(struct scx_sched *sch);

/* ---- ext/task.c ---- */
/* ops.init_task() for a task that joins @cgrp (NULL: where it is) */
int scx_init_task_in(struct scx_sched *sch, struct task_struct *p, struct cgroup *cgrp, bool fork);
/* @p leaves its scheduler and is READY, or ENABLED, on @to, which has initialised it */
void scx_rehome_task(struct scx_sched *to, struct task_struct *p);
/* the same for one that @to, bypassing and about to go, failed to initialise: state NONE */
void scx_punt_task(struct scx_sched *to, struct task_struct *p);
/* as scx_rehome_task(), while a child attaches: exit from @from only, @p's state stays READY */
void scx_claim_task(struct scx_sched *from, struct scx_sched *to, struct task_struct *p);

/* ---- ext/cgroup.c ---- */
int scx_cgroup_claim_subtree(struct scx_sched *sch);
void scx_cgroup_return_subtree(struct scx_sched *sch);

#endif
