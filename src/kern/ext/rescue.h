/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rescue.h - CPU time for tasks whose scheduler has no cap where they can run.
 *
 * An insert with SCX_ENQ_RESCUE that lacks caps goes to the run queue's rescue DSQ. One task at a
 * time is admitted to the local DSQ when a bucket, filled at the root's
 * rescue_bandwidth_ppt, holds a quantum; it has that much CPU time, measured by what it ran.
 * One that is kept from the CPU for long is escalated: its slice is protected and it
 * preempts. A queue that does not get shorter ejects whoever used most.
 */
#ifndef KS_KERN_EXT_RESCUE_H
#define KS_KERN_EXT_RESCUE_H

#include "kern/ext/ext.h"

bool scx_rescue_enabled(void);
void scx_rescue_set_knobs(const struct scx_sched *root);
void scx_rescue_check_timeout(const struct scx_sched *sch);
void scx_rescue_init(struct rq *rq);
/* a task is stranded on @rq: admitted (to the local DSQ), or to be parked */
bool scx_rescue_try_admit(struct rq *rq, struct task_struct *p);
void scx_rescue_charge(struct rq *rq, u64 delta_ns);
void scx_rescue_end(struct rq *rq);
/* the rescuee's slice is over and it was preempted: it goes on with the rest */
bool scx_rescue_keep(struct rq *rq, struct task_struct *p);
void scx_rescue_flush(struct rq *rq); /* the CPU goes */

static inline struct task_struct *scx_rescuee(const struct rq *rq)
{
	return scx_has_subs() ? host_of(rq)->m->rescue.curr : NULL;
}

#endif
