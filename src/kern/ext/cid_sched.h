/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cid_sched.h - which scheduler's task runs on a CPU, and who is told when that changes
 * (ops.sub_cid_sched_updated).
 */
#ifndef KS_KERN_EXT_CID_SCHED_H
#define KS_KERN_EXT_CID_SCHED_H

#include "kern/ext/ext.h"

/* rq locked: a task of @sch begins to run there; NULL: the last one was EXT's last for now */
void scx_cid_sched_update(struct rq *rq, struct scx_sched *sch);
/* ops of @sch are live; and its tasks are gone, before ops.exit(). enable_mutex is held. */
void scx_cid_sched_enable(struct scx_sched *sch);
void scx_cid_sched_disable(struct scx_sched *sch);

#endif
