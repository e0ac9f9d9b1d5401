/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caps.h - capabilities: what a sub-scheduler may do to a CPU (sub_caps).
 *
 *	granted		sch->caps[cid], changed by the parent's scx_bpf_sub_grant() and revoke
 *	in effect	pcpu->ecaps, what that CPU has taken notice of, implied ones included
 *
 * A child has no more than its parent; the root has all. Every check is of what is in
 * effect. ENQ_IMMED: insert what runs at once, kick. ENQ: insert anything. PREEMPT: preempt
 * tasks of others. PERF: set the CPU's performance.
 */
#ifndef KS_KERN_EXT_CAPS_H
#define KS_KERN_EXT_CAPS_H

#include "kern/ext/ext.h"

int scx_alloc_pshards(struct scx_sched *sch); /* tables are published; 0, -ENOMEM */
void scx_free_pshards(struct scx_sched *sch);
void scx_init_root_caps(struct scx_sched *sch);
u64 scx_granted(const struct scx_sched *sch, s32 cid); /* SCX_CAP_*, in effect or not yet */
void scx_clear_caps(struct scx_sched *sch);	       /* it leaves: none, in effect neither */
/* ops.sub_caps_updated() for what was granted before the ops were live */
void scx_sub_seed_caps(struct scx_sched *sch);

/* is there anybody who may lack one? */
static inline bool scx_caps_matter(void)
{
	return scx_has_subs() && K->b.sub_caps;
}

/* those of @needed that @sch has not got on @cpu */
static inline u64 scx_missing_caps(const struct scx_sched *sch, s32 cpu, u64 needed)
{
	if (!scx_caps_matter() || !sch->level)
		return 0;
	return needed & ~sch->pcpu[cpu].ecaps;
}

/* what @sch needs to preempt what @rq runs; 0: nothing */
u64 scx_caps_for_preempt(const struct scx_sched *sch, const struct rq *rq, u64 enq_flags);
bool scx_task_can_stay_on_cpu(const struct rq *rq, const struct task_struct *p);
/* @p loses its place in @rq's local DSQ, or the CPU, with the caps that it needs; the reason is noted */
bool scx_task_reenq_on_cap_revoke(struct rq *rq, struct task_struct *p);
/*
 * Where an insert by @sch to @rq's local DSQ goes: there, or, if caps are missing, to the
 * rescue DSQ or the reject DSQ of @rq. Flags that are not honoured are cleared.
 */
struct scx_dispatch_q *scx_resolve_local_dsq(struct scx_sched *sch, struct rq *rq,
					     struct task_struct *p, u64 *enq_flags);
void scx_reenq_reject(struct rq *rq); /* what was refused, to its scheduler again */

/* rq locked, may drop it: take notice of what was granted and revoked; ops.sub_ecaps_updated() */
void scx_process_sync_ecaps(struct rq *rq, struct task_struct *prev);
void scx_unbypass_replay_ecaps(struct rq *rq, struct scx_sched *sch);
void scx_online_ecaps(struct rq *rq);
void scx_offline_ecaps(struct rq *rq);
void scx_caps_kfuncs_register(void);

#endif
