// SPDX-License-Identifier: GPL-2.0-only
/*
 * caps.c - see caps.h. What is granted takes effect when the CPU next dispatches:
 *
 *	grant ─ sch->caps[cid] ─ queued on the CPU's list, a kick of the root's
 *	dispatch there ─ pcpu->ecaps = caps and what they imply ─ ops.sub_ecaps_updated(), and of
 *		the parent (since 7.4) ops.sub_child_ecaps_updated()
 *
 * and ops.sub_caps_updated() says at once that something was changed, by shard: one call for
 * all that changed since the last one, without the direction. It may grant and
 * revoke in turn, so it is called when the change is complete.
 *
 * An insert that lacks a cap goes to the CPU's reject DSQ, and from there to ops.enqueue()
 * again, with the reason in p->scx; or, if it asked for that, it is rescued.
 */
#include <stdlib.h>
#include <string.h>
#include "bpf/callable.h"
#include "bpf/vm.h"
#include "kern/cpumask.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid.h"
#include "kern/ext/dsq.h"
#include "kern/ext/rescue.h"
#include "kern/ext/sub.h"

#define NR_CAPS 4

/* A range of cids, and what of it the scheduler has to be told of; host memory. */
struct scx_pshard {
	struct scx_sched *sch;
	u32 base, nr_cids;
	u64 updated_caps;		      /* 0: nothing */
	bool updated[SCX_CID_SHARD_MAX_CPUS]; /* by cid - base */
	bool in_flight;			      /* on somebody's list, or in its op */
	struct scx_pshard *next;
	struct scx_cmask *cmask_arena_out; /* what the op gets: kernel address in the arena */
};

struct deliveries {
	struct scx_pshard *first, **last;
};

/* ---- what a cap means ---- */

static u64 caps_implied(u64 caps)
{
	if (caps & SCX_CAP_PREEMPT)
		return SCX_CAP_ENQ | SCX_CAP_ENQ_IMMED;
	return caps & SCX_CAP_ENQ ? SCX_CAP_ENQ_IMMED : 0;
}

/* a restored task must be put there whatever is granted */
static u64 caps_for_enq(u64 enq_flags)
{
	if (enq_flags & SCX_ENQ_IGNORE_CAPS)
		return 0;
	return enq_flags & SCX_ENQ_IMMED ? SCX_CAP_ENQ_IMMED : SCX_CAP_ENQ;
}

u64 scx_caps_for_preempt(const struct scx_sched *sch, const struct rq *rq, u64 enq_flags)
{
	const struct task_struct *curr = rq->curr;

	lockdep_assert_rq_held(rq);
	if ((enq_flags & SCX_ENQ_IGNORE_CAPS) || !task_on_scx(curr) || !scx_caps_matter())
		return 0;
	return scx_is_descendant(scx_task_sched(curr), sch) ? 0 : SCX_CAP_PREEMPT;
}

bool scx_task_can_stay_on_cpu(const struct rq *rq, const struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	return is_migration_disabled(p) ||
	       !scx_missing_caps(scx_task_sched(p), cpu_of(rq), SCX_CAP_BASE);
}

static s32 cid_of(const struct rq *rq)
{
	return scx_cid_published()->cpu_to_cid[cpu_of(rq)];
}

static void note_missing(const struct rq *rq, struct task_struct *p, u64 missing)
{
	lockdep_assert_rq_held(rq);
	p->scx.reenq_reason_caps = missing;
	p->scx.reenq_reason_cid = cid_of(rq);
}

bool scx_task_reenq_on_cap_revoke(struct rq *rq, struct task_struct *p)
{
	u64 missing, needed = p->scx.flags & SCX_TASK_IMMED ? SCX_CAP_ENQ_IMMED : SCX_CAP_ENQ;

	lockdep_assert_rq_held(rq);
	if (is_migration_disabled(p) || p == scx_rescuee(rq))
		return false;
	missing = scx_missing_caps(scx_task_sched(p), cpu_of(rq), needed);
	if (missing)
		note_missing(rq, p, missing);
	return missing;
}

/* ---- storage ---- */

static struct scx_pshard *shard_of(const struct scx_sched *sch, s32 cid)
{
	return &host_of(sch)->pshard[scx_cid_published()->topo[cid].shard_idx];
}

static void init_shards(struct scx_sched *sch)
{
	const struct scx_cid_tables *t = scx_cid_published();

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for (s32 cid = 0; cid < (s32)num_possible_cpus(); cid++) {
		struct scx_pshard *ps = &host_of(sch)->pshard[t->topo[cid].shard_idx];

		ps->sch = sch;
		if (!ps->nr_cids++)
			ps->base = cid;
	}
}

int scx_alloc_pshards(struct scx_sched *sch)
{
	u32 nr;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.sub_caps || !sch->is_cid)
		return 0;
	nr = scx_cid_published()->nr_shards;
	host_of(sch)->caps = calloc(num_possible_cpus(), sizeof(*host_of(sch)->caps));
	host_of(sch)->pshard = calloc(nr, sizeof(*host_of(sch)->pshard));
	if (!host_of(sch)->caps || !host_of(sch)->pshard)
		return -ENOMEM;
	init_shards(sch);
	for (u32 i = 0; i < nr; i++) {
		struct scx_pshard *ps = &host_of(sch)->pshard[i];

		ps->cmask_arena_out = scx_arena_alloc_cmask(sch, ps->nr_cids);
		if (!ps->cmask_arena_out)
			return -ENOMEM;
	}
	sch->nr_pshards = nr;
	return 0;
}

void scx_free_pshards(struct scx_sched *sch)
{
	free(host_of(sch)->caps);
	free(host_of(sch)->pshard);
	host_of(sch)->caps = NULL;
	host_of(sch)->pshard = NULL;
	sch->nr_pshards = 0;
}

void scx_init_root_caps(struct scx_sched *sch)
{
	if (host_of(sch)->caps)
		memset(host_of(sch)->caps, __SCX_CAP_ALL, num_possible_cpus());
}

u64 scx_granted(const struct scx_sched *sch, s32 cid)
{
	const u8 *caps = host_of(sch)->caps;

	return caps && cid < (s32)num_possible_cpus() ? caps[cid] : 0;
}

void scx_clear_caps(struct scx_sched *sch)
{
	s32 cpu;

	might_sleep();
	if (!host_of(sch)->caps)
		return;
	memset(host_of(sch)->caps, 0, num_possible_cpus());
	for_each_possible_cpu(cpu)
		sch->pcpu[cpu].ecaps = 0;
}

/* ---- telling: ops.sub_caps_updated() ---- */

static void record_update(struct scx_pshard *ps, s32 cid, u64 caps, struct deliveries *d)
{
	lockdep_assert_irqs_off();
	ps->updated[cid - (s32)ps->base] = true;
	ps->updated_caps |= caps;
	if (ps->in_flight)
		return;
	ps->in_flight = true;
	ps->next = NULL;
	*d->last = ps;
	d->last = &ps->next;
}

static void fill_out(struct scx_pshard *ps)
{
	struct scx_cmask_ref out = scx_cmask_init(ps->cmask_arena_out, ps->base, ps->nr_cids);

	lockdep_assert_irqs_off();
	for (u32 i = 0; i < ps->nr_cids; i++)
		scx_cmask_ref_assign_cid(&out, ps->base + i, ps->updated[i]);
	memset(ps->updated, 0, sizeof(ps->updated));
}

/* Again, if the op or another CPU has changed more meanwhile. Not live yet: it is kept. */
static void deliver_shard(struct scx_pshard *ps)
{
	struct scx_sched *sch = ps->sch;

	lockdep_assert_irqs_off();
	while (ps->updated_caps && SCX_HAS_OP(sch, sub_caps_updated) && !sch->aborting) {
		u64 caps = ps->updated_caps;

		fill_out(ps);
		ps->updated_caps = 0;
		SCX_CALL_OP(sch, sub_caps_updated, NULL, P64(ps->cmask_arena_out), caps);
	}
	ps->in_flight = false;
}

static void deliveries_init(struct deliveries *d)
{
	d->first = NULL;
	d->last = &d->first;
}

static void deliver(struct deliveries *d)
{
	struct scx_pshard *ps = d->first;

	lockdep_assert_irqs_off();
	while (ps) {
		struct scx_pshard *next = ps->next;

		deliver_shard(ps);
		ps = next;
	}
}

void scx_sub_seed_caps(struct scx_sched *sch)
{
	unsigned long flags = local_irq_save();

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for (u32 i = 0; i < sch->nr_pshards; i++) {
		struct scx_pshard *ps = &host_of(sch)->pshard[i];

		if (ps->updated_caps && !ps->in_flight) {
			ps->in_flight = true;
			deliver_shard(ps);
		}
	}
	local_irq_restore(flags);
}

/* ---- taking effect ---- */

static void queue_sync_ecaps(struct scx_sched *sch, s32 cid)
{
	s32 cpu = scx_cid_published()->cid_to_cpu[cid];
	struct list_head *queue = &cpu_rq(cpu)->scx.ecaps_to_sync;
	bool first = list_empty(queue);

	lockdep_assert_irqs_off();
	if (!list_empty(&sch->pcpu[cpu].ecaps_to_sync_node))
		return;
	list_add(&sch->pcpu[cpu].ecaps_to_sync_node, queue); /* last in, first out: an llist */
	if (first)
		scx_kick_cpu(scx_root, cpu, 0);
}

static void discard_queued(struct rq *rq)
{
	struct scx_sched_pcpu *pcpu, *tmp;

	list_for_each_entry_safe(pcpu, tmp, &rq->scx.ecaps_to_sync, ecaps_to_sync_node)
		list_del_init(&pcpu->ecaps_to_sync_node);
}

/* Like a dispatch: what an op of @sch inserts goes to @rq, whose lock may be dropped. */
static void begin_telling(struct scx_sched *sch, struct rq *rq, struct task_struct *prev)
{
	sch->pcpu[smp_processor_id()].dsp_rq = rq;
	rq->scx.sub_dispatch_prev = prev;
}

static void end_telling(struct scx_sched *sch, struct rq *rq)
{
	rq->scx.sub_dispatch_prev = NULL;
	scx_flush_dispatch_buf(sch, rq);
}

/* The child, then its parent. */
static void tell_ecaps(struct scx_sched_pcpu *pcpu, struct rq *rq, struct task_struct *prev,
		       u64 ecaps)
{
	struct scx_sched *sch = pcpu->sch, *parent = sch->parent;
	bool tell = SCX_HAS_OP(sch, sub_ecaps_updated);
	bool tell_parent = SCX_HAS_OP(parent, sub_child_ecaps_updated);
	u64 cid = (u64)(s64)scx_cpu_arg(cpu_of(rq)), before = pcpu->reported_ecaps;

	lockdep_assert_rq_held(rq);
	if (ecaps == before || !(tell || tell_parent) || scx_bypassing(sch, cpu_of(rq)))
		return;
	if (tell) {
		begin_telling(sch, rq, prev);
		SCX_CALL_OP(sch, sub_ecaps_updated, rq, cid, before, ecaps);
		end_telling(sch, rq);
	}
	if (tell_parent) {
		begin_telling(parent, rq, prev);
		SCX_CALL_OP(parent, sub_child_ecaps_updated, rq, sch->sub_cgroup_id, cid, before,
			    ecaps);
		end_telling(parent, rq);
	}
	pcpu->reported_ecaps = ecaps;
}

static void sync_one(struct scx_sched_pcpu *pcpu, struct rq *rq, struct task_struct *prev,
		     u64 *lost_all)
{
	u64 granted = host_of(pcpu->sch)->caps[cid_of(rq)], old = pcpu->ecaps;
	u64 ecaps = granted | caps_implied(granted);

	lockdep_assert_rq_held(rq);
	pcpu->ecaps = ecaps;
	*lost_all |= old & ~ecaps;
	TRACE(sub_ecaps, pcpu->sch->sub_cgroup_id, cpu_of(rq), old, ecaps);
	tell_ecaps(pcpu, rq, prev, ecaps);
	if (ecaps & ~old & SCX_CAP_BASE) {
		pcpu->idle_renotify = true;
		rq->scx.flags |= SCX_RQ_SUB_IDLE_RENOTIFY;
	} else if (old & ~ecaps & SCX_CAP_BASE) {
		pcpu->idle_renotify = false;
	}
}

/* The batch is ours: what is queued while an op runs waits for the next dispatch. */
void scx_process_sync_ecaps(struct rq *rq, struct task_struct *prev)
{
	struct scx_sched_pcpu *pcpu;
	struct list_head *batch;
	u64 lost_all = 0;

	lockdep_assert_rq_held(rq);
	if (!scx_has_subs() || list_empty(&rq->scx.ecaps_to_sync))
		return;
	if (!cpu_active(
		    cpu_of(rq))) { /* nothing is in effect there; scx_online_ecaps() asks anew */
		discard_queued(rq);
		return;
	}
	batch = kstack_alloc(sizeof(*batch));
	list_add(batch, &rq->scx.ecaps_to_sync);
	list_del_init(&rq->scx.ecaps_to_sync);
	while ((pcpu = list_first_entry_or_null(batch, struct scx_sched_pcpu,
						ecaps_to_sync_node))) {
		list_del_init(&pcpu->ecaps_to_sync_node);
		sync_one(pcpu, rq, prev, &lost_all);
	}
	kstack_free(batch, sizeof(*batch));
	/* what waits here, or runs, may lack one now */
	if (lost_all & SCX_CAPS_REENQ_ON_LOSS)
		scx_schedule_reenq_local(rq, SCX_REENQ_CAP_REVOKE);
}

/* What took effect while it bypassed was not told. */
void scx_unbypass_replay_ecaps(struct rq *rq, struct scx_sched *sch)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu_of(rq)];

	lockdep_assert_rq_held(rq);
	if (sch->level && host_of(sch)->caps && pcpu->ecaps != pcpu->reported_ecaps)
		queue_sync_ecaps(sch, cid_of(rq));
}

void scx_online_ecaps(struct rq *rq)
{
	struct scx_sched *pos;
	unsigned long flags;

	might_sleep();
	if (!scx_enabled() || !scx_caps_matter())
		return;
	flags = rq_lock_irqsave(rq);
	scx_for_each_descendant_pre(pos, scx_root) {
		if (pos->level)
			queue_sync_ecaps(pos, cid_of(rq));
	}
	rq_unlock_irqrestore(rq, flags);
}

/* No op: what is granted has not changed. */
void scx_offline_ecaps(struct rq *rq)
{
	struct scx_sched *pos;

	might_sleep();
	if (!scx_caps_matter())
		return;
	scx_for_each_descendant_pre(pos, scx_root) {
		if (pos->level)
			pos->pcpu[cpu_of(rq)].ecaps = 0;
	}
}

/* ---- inserts ---- */

static u64 missing_for_insert(struct scx_sched *sch, struct rq *rq, u64 enq_flags)
{
	struct scx_sched *asker = rq->scx.remote_activate_sch;
	u64 needed = caps_for_enq(enq_flags);

	lockdep_assert_rq_held(rq);
	if (!asker)
		asker = sch;
	if (enq_flags & scx_enq_preempts())
		needed |= scx_caps_for_preempt(asker, rq, enq_flags);
	return scx_missing_caps(asker, cpu_of(rq), needed);
}

static void strip_verdict(struct task_struct *p, u64 *enq_flags)
{
	*enq_flags &= ~(SCX_ENQ_IMMED | scx_enq_preempts() | KV(SCX_ENQ_HEAD) |
			SCX_ENQ_APPLY_SLICE | SCX_ENQ_SLICE_DFL);
	p->scx.flags &= ~SCX_TASK_IMMED;
}

struct scx_dispatch_q *scx_resolve_local_dsq(struct scx_sched *sch, struct rq *rq,
					     struct task_struct *p, u64 *enq_flags)
{
	u64 missing;

	lockdep_assert_rq_held(rq);
	if (!scx_caps_matter())
		return &rq->scx.local_dsq;
	missing = missing_for_insert(sch, rq, *enq_flags);
	if (!missing)
		return &rq->scx.local_dsq;
	/* it has to run here, whoever may */
	if (!scx_rq_online(rq) || is_migration_disabled(p) ||
	    !cpumask_test_cpu(cpu_of(rq), p->cpus_ptr)) {
		scx_add_event(sch, SUB_FORCED_ADMIT, 1);
		*enq_flags &= ~scx_enq_preempts();
		return &rq->scx.local_dsq;
	}
	strip_verdict(p, enq_flags);
	if ((*enq_flags & SCX_ENQ_RESCUE) && scx_rescue_enabled()) {
		scx_add_event(sch, SUB_RESCUE, 1);
		if (scx_rescue_try_admit(rq, p))
			return &rq->scx.local_dsq;
		return &rq->scx.rescue_dsq;
	}
	note_missing(rq, p, missing);
	return &rq->scx.reject_dsq;
}

/* First to a list of their own: one that is refused again waits for the next round. */
void scx_reenq_reject(struct rq *rq)
{
	struct list_head *tasks;
	struct task_struct *p, *tmp;

	lockdep_assert_rq_held(rq);
	if (!scx_caps_matter() || list_empty(&rq->scx.reject_dsq.list))
		return;
	tasks = kstack_alloc(sizeof(*tasks));
	INIT_LIST_HEAD(tasks);
	list_for_each_entry_safe(p, tmp, &rq->scx.reject_dsq.list, scx.dsq_list.node) {
		scx_wait_dispatching(p);
		scx_dispatch_dequeue(rq, p);
		p->scx.flags |= SCX_TASK_REENQ_CAP;
		list_add_tail(&p->scx.dsq_list.node, tasks);
	}
	list_for_each_entry_safe(p, tmp, tasks, scx.dsq_list.node) {
		list_del_init(&p->scx.dsq_list.node);
		scx_do_enqueue_task(rq, p, SCX_ENQ_REENQ, -1);
		scx_reenq_reason_done(p);
	}
	kstack_free(tasks, sizeof(*tasks));
}

/* ---- kfuncs ---- */

static struct scx_sched *cid_form_caller(struct vm *vm, s32 *err)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	assert_in_prog();
	*err = sch ? 0 : -ENODEV;
	if (sch && K->b.nmi_error_names_function && in_nmi()) {
		scx_error(sch, "sub_cap_preamble called from NMI");
		*err = -EDEADLK;
	} else if (sch && !scx_is_cid_type()) {
		scx_error(sch, "sub-cap kfuncs require a cid-form scheduler");
		*err = -EOPNOTSUPP;
	}
	return *err ? NULL : sch;
}

/* Context: any. */
static struct scx_sched *find_child(struct scx_sched *parent, u64 cgroup_id, s32 *err)
{
	struct scx_sched *child = scx_find_sub_sched(cgroup_id);

	*err = child ? 0 : -ENODEV;
	if (child && child->parent != parent) {
		scx_error(parent, "%s: sub-%llu is not a direct child",
			  parent->level ? parent->cgrp_path : "/", cgroup_id);
		*err = -EINVAL;
	}
	return *err ? NULL : child;
}

static s32 caps_ok(struct scx_sched *sch, u64 caps)
{
	if (!(caps & ~(u64)__SCX_CAP_ALL))
		return 0;
	scx_error(sch, "invalid caps 0x%llx", caps);
	return -EINVAL;
}

static s32 arena_mask(struct scx_sched *sch, u64 addr, const char *what, struct scx_cmask_ref *ref)
{
	s32 err = scx_cmask_ref_init(scx_arena_to_kaddr(sch, addr), ref);

	if (err)
		scx_error(sch, "invalid %s (%d)", what, err);
	return err;
}

/* who asks for a change of whose caps, and where */
struct sub_change {
	struct scx_sched *parent, *child;
	u64 caps;
	struct scx_cmask_ref cids;
	struct deliveries told;
};

static s32 sub_change_init(struct vm *vm, const u64 *a, struct sub_change *c)
{
	s32 err;

	assert_in_prog();
	c->parent = cid_form_caller(vm, &err);
	if (err)
		return err;
	c->child = find_child(c->parent, a[0], &err);
	if (err)
		return err;
	c->caps = a[1];
	deliveries_init(&c->told);
	err = caps_ok(c->parent, c->caps);
	return err ? err : arena_mask(c->parent, a[2], "cmask", &c->cids);
}

/* All or nothing for each cid. False: the parent lacks one of them there. */
static bool grant_cid(struct sub_change *c, s32 cid)
{
	u8 *caps = &host_of(c->child)->caps[cid];
	u64 new = c->caps & ~*caps;

	lockdep_assert_irqs_off();
	if (c->caps & ~host_of(c->parent)->caps[cid])
		return false;
	if (!new)
		return true;
	*caps |= new;
	record_update(shard_of(c->child, cid), cid, new, &c->told);
	queue_sync_ecaps(c->child, cid);
	return true;
}

static s32 sub_grant(struct vm *vm, const u64 *a)
{
	struct scx_cmask_ref denied;
	struct sub_change c;
	s32 err = sub_change_init(vm, a, &c), ret = 0;

	if (!err && a[3])
		err = arena_mask(c.parent, a[3], "denied_out", &denied);
	if (!err && K->b.grant_refuses_leaving && c.child->aborting)
		err = -ENODEV;
	if (err)
		return err;
	for (u32 cid = c.cids.base; cid < c.cids.base + c.cids.nr_cids; cid++) {
		if (!scx_cmask_ref_test(&c.cids, cid) || grant_cid(&c, (s32)cid))
			continue;
		ret = -EPERM;
		if (a[3])
			scx_cmask_ref_set(&denied, cid);
	}
	deliver(&c.told);
	return ret;
}

static u64 scx_bpf_sub_grant(struct vm *vm, const u64 *a)
{
	unsigned long flags = local_irq_save();
	s32 ret = sub_grant(vm, a);

	local_irq_restore(flags);
	return S32(ret);
}

/* From @child and all below it: one that had nothing of it has no descendant that has. */
static void revoke_cid(struct sub_change *c, s32 cid)
{
	struct scx_sched *pos = c->child;

	lockdep_assert_irqs_off();
	while (pos) {
		u64 lost = c->caps & host_of(pos)->caps[cid];

		if (!lost) {
			pos = scx_skip_subtree_pre(pos, c->child);
			continue;
		}
		host_of(pos)->caps[cid] &= ~lost;
		record_update(shard_of(pos, cid), cid, lost, &c->told);
		queue_sync_ecaps(pos, cid);
		pos = scx_next_descendant_pre(pos, c->child);
	}
}

static u64 scx_bpf_sub_revoke(struct vm *vm, const u64 *a)
{
	unsigned long flags = local_irq_save();
	struct sub_change c;

	if (!sub_change_init(vm, a, &c)) {
		for (u32 cid = c.cids.base; cid < c.cids.base + c.cids.nr_cids; cid++)
			if (scx_cmask_ref_test(&c.cids, cid))
				revoke_cid(&c, (s32)cid);
		deliver(&c.told);
	}
	local_irq_restore(flags);
	return 0;
}

/* The literal grants of itself (cgroup 0) or of a child; the union of several caps. */
static s32 sub_caps(struct vm *vm, const u64 *a)
{
	struct scx_cmask_ref out;
	s32 err;
	struct scx_sched *sch = cid_form_caller(vm, &err), *target = sch;

	if (!err)
		err = caps_ok(sch, a[1]);
	if (!err && a[0])
		target = find_child(sch, a[0], &err);
	if (err)
		return err;
	if (!target->nr_pshards) {
		scx_error(sch, "scx_bpf_sub_caps() called before caps storage is initialized");
		return -ENODEV;
	}
	err = arena_mask(sch, a[2], "out", &out);
	if (err)
		return err;
	for (u32 cid = out.base; cid < out.base + out.nr_cids; cid++)
		scx_cmask_ref_assign_cid(&out, cid, host_of(target)->caps[cid] & a[1]);
	return 0;
}

static u64 scx_bpf_sub_caps(struct vm *vm, const u64 *a)
{
	return S32(sub_caps(vm, a));
}

static u64 scx_bpf_sub_kill_bstr(struct vm *vm, const u64 *a)
{
	s32 err;
	struct scx_sched *parent = cid_form_caller(vm, &err), *child;

	if (err)
		return S32(err);
	child = find_child(parent, a[0], &err);
	if (!err)
		scx_exit_bstr(child, SCX_EXIT_PARENT_KILL, 0, parent, a[1], a[2], (u32)a[3]);
	return S32(err);
}

#define KF(name, flags, groups) { #name, name, flags, groups, scx_kfunc_allow }

static const struct kfunc caps_kfuncs[] = {
	KF(scx_bpf_sub_grant, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_sub_revoke, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_sub_caps, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_sub_kill_bstr, KF_IMPLICIT_ARGS, KFB(ANY)),
};

void scx_caps_kfuncs_register(void)
{
	kfunc_register(caps_kfuncs, ARRAY_SIZE(caps_kfuncs));
}
