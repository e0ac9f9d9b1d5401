// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - what a scheduler goes through with each task.
 *
 *	fork / load          READY           on EXT                  off EXT, gone
 *	NONE ──ops.init_task──▶ INIT ─▶ READY ──ops.enable──▶ ENABLED ──ops.disable──▶ READY
 *	  ▲                                                                             │
 *	  └───────────────────────────────ops.exit_task──────────────────────────────────┘
 *
 * Every task of the machine passes init_task and exit_task once for a scheduler,
 * whatever its class; enable and disable follow its being on the ext class. The
 * state lives in p->scx.flags under the profile's values. Writers hold the task's
 * run queue lock, or nobody else can know the task yet.
 */
#include "bpf/addrmap.h"
#include "kern/cpumask.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"
#include "kern/preempt.h"

#define CGROUP_WEIGHT_MIN 1
#define CGROUP_WEIGHT_DFL 100
#define CGROUP_WEIGHT_MAX 10000
#define SCX_TASK_STATE(p) ((p)->scx.flags & KV(SCX_TASK_STATE_MASK))
#define SCX_TID_CHUNK 1024

void scx_tasks_init(void)
{
	scx.tasks = kstack_alloc(sizeof(*scx.tasks));
	INIT_LIST_HEAD(scx.tasks);
	scx.tids.cursor = 1;
}

/* ---- state ---- */

/* states by value, where there are no transient ones */
static const u8 short_states[] = {
	TASK_SCX_NONE,
	TASK_SCX_INIT,
	TASK_SCX_READY,
	TASK_SCX_ENABLED,
};

enum scx_task_state scx_get_task_state(const struct task_struct *p)
{
	u32 v = SCX_TASK_STATE(p) >> SCX_TASK_STATE_SHIFT;

	return K->b.task_state_transient ? v : short_states[v];
}

static u32 state_value(enum scx_task_state state)
{
	if (K->b.task_state_transient)
		return state;
	for (u32 v = 0; v < ARRAY_SIZE(short_states); v++)
		if (short_states[v] == state)
			return v;
	return 0;
}

void scx_set_task_state(struct task_struct *p, enum scx_task_state state)
{
	if (state == TASK_SCX_INIT)
		p->scx.flags |= SCX_TASK_RESET_RUNNABLE_AT;
	p->scx.flags &= ~KV(SCX_TASK_STATE_MASK);
	p->scx.flags |= state_value(state) << SCX_TASK_STATE_SHIFT;
}

/* Context: any. */
void init_scx_entity(struct sched_ext_entity *scx_ent)
{
	*scx_ent = (struct sched_ext_entity){
		.sticky_cpu = -1,
		.holding_cpu = -1,
		.runnable_cpu = -1,
		.runnable_at = jiffies_now(),
		.ddsp_dsq_id = SCX_DSQ_INVALID,
		.slice = SCX_SLICE_DFL,
	};
	INIT_LIST_HEAD(&scx_ent->dsq_list.node);
	INIT_LIST_HEAD(&scx_ent->runnable_node);
	INIT_LIST_HEAD(&scx_ent->tasks_node);
}

/* ---- init, enable, disable, exit ---- */

static int call_init_task(struct scx_sched *sch, struct task_struct *p, struct cgroup *cgrp,
			  bool fork)
{
	struct scx_init_task_args *args;
	int ret;

	might_sleep();
	if (!SCX_HAS_OP(sch, init_task))
		return 0;
	args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
	if (!args)
		return -ENOMEM;
	args->fork = fork;
	args->cgroup = cgrp ? cgrp : scx_task_cgroup(p);
	ret = (s32)SCX_CALL_OP(sch, init_task, NULL, P64(p), P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
	return ret ? scx_ops_sanitize_err(sch, "init_task", ret) : 0;
}

/* The load path applies p->policy right after: a SCHED_EXT task is turned down here. */
static void reject_task(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (p->policy == SCHED_EXT) {
		p->policy = SCHED_NORMAL;
		scx.nr_rejected++;
	}
	task_rq_unlock(rq, p, flags);
}

static void handle_disallow(struct scx_sched *sch, struct task_struct *p, bool fork)
{
	bool any = K->b.disallow_fork_any_policy;

	might_sleep();
	if (sch->level)
		scx_error(sch, "non-root ops.init_task() set task->scx.disallow for %s[%d]",
			  p->comm, p->pid);
	else if (fork && (any || p->policy == SCHED_EXT))
		scx_error(sch, "ops.init_task() set task->scx.disallow for %s[%d] during fork",
			  p->comm, p->pid);
	else if (!fork && any && scx.state != SCX_ENABLING)
		scx_error(
			sch,
			"ops.init_task() set task->scx.disallow for %s[%d] outside the enable path",
			p->comm, p->pid);
	else if (!fork)
		reject_task(p);
}

/* ext.c:__scx_init_task(). May sleep, no rq lock. -errno of the op. */
int scx_init_task_in(struct scx_sched *sch, struct task_struct *p, struct cgroup *cgrp, bool fork)
{
	int ret;

	might_sleep();
	p->scx.disallow = false;
	ret = call_init_task(sch, p, cgrp, fork);
	if (ret)
		return ret;
	if (p->scx.disallow)
		handle_disallow(sch, p, fork);
	return 0;
}

int scx_init_task(struct scx_sched *sch, struct task_struct *p, bool fork)
{
	return scx_init_task_in(sch, p, NULL, fork);
}

u32 sched_weight_to_cgroup(unsigned long weight)
{
	unsigned long w = (weight * CGROUP_WEIGHT_DFL + 512) / 1024;

	return max(CGROUP_WEIGHT_MIN, min((int)w, CGROUP_WEIGHT_MAX));
}

/* SCX_CALL_CID_OP_TASK(enable): the mask's arena address comes with the call */
static void call_enable_cid(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	struct scx_enable_args *args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);

	lockdep_assert_irqs_off();
	if (!args)
		return;
	args->cmask_arena_addr = scx_kaddr_to_arena(sch, scx_fill_cmask_scratch(sch, p->cpus_ptr));
	SCX_CALL_OP_TASK(sch, enable, rq, p, P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
}

static void call_enable(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	lockdep_assert_rq_held(rq);
	if (!SCX_HAS_OP(sch, enable))
		return;
	if (scx_is_cid_type())
		call_enable_cid(sch, rq, p);
	else
		SCX_CALL_OP_TASK(sch, enable, rq, p);
}

void scx_call_op_set_cpumask(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			     const struct cpumask *mask)
{
	lockdep_assert_rq_held(rq);
	/* an __arena argument is a kernel address: a program uses its low half alone */
	const void *arg = scx_is_cid_type() ? (void *)scx_fill_cmask_scratch(sch, mask) : mask;

	SCX_CALL_OP_TASK(sch, set_cpumask, rq, p, P64(arg));
}

/* ext.c:__scx_enable_task(): READY to ENABLED; rq locked */
void scx_enable_task(struct task_struct *p)
{
	struct scx_sched *sch = p->scx.sched;
	struct rq *rq = task_rq(p);

	lockdep_assert_rq_held(rq);
	/* first, so that ops.enable() sees no stale weight */
	p->scx.weight = sched_weight_to_cgroup(task_load_weight(p));
	p->scx.lazy_resched = K->b.preempt_may_be_lazy && (sch->flags & SCX_OPS_LAZY_RESCHED);
	call_enable(sch, rq, p);
	if (K->b.enabled_before_set_weight)
		scx_set_task_state(p, TASK_SCX_ENABLED);
	/* the cid form learns the first mask before the weight, the cpu form in switching_to */
	if (scx_is_cid_type() && SCX_HAS_OP(sch, set_cpumask))
		scx_call_op_set_cpumask(sch, rq, p, p->cpus_ptr);
	if (SCX_HAS_OP(sch, set_weight))
		SCX_CALL_OP_TASK(sch, set_weight, rq, p, p->scx.weight);
	scx_set_task_state(p, TASK_SCX_ENABLED);
}

static void clear_direct_dispatch(struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	p->scx.ddsp_dsq_id = SCX_DSQ_INVALID;
	p->scx.ddsp_enq_flags = 0;
}

/* What the next scheduler, or this one later, shall not inherit (ext.c:scx_disable_task()) */
static void reset_managed_fields(struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	p->scx.dsq_vtime = 0;
	scx_task_slice_ended(task_rq(p), p);
	scx_set_task_slice(p, 0);
	p->scx.reenq_cnt = 0;
	/* leaving ends the wait: the watchdog counts anew */
	p->scx.flags |= SCX_TASK_RESET_RUNNABLE_AT;
}

/* ENABLED to READY; rq locked */
void scx_disable_task(struct task_struct *p)
{
	struct scx_sched *sch = p->scx.sched;
	struct rq *rq = task_rq(p);

	lockdep_assert_rq_held(rq);
	clear_direct_dispatch(p);
	if (SCX_HAS_OP(sch, disable))
		SCX_CALL_OP_TASK(sch, disable, rq, p);
	scx_set_task_state(p, TASK_SCX_READY);
	if (K->b.disable_clears_slice)
		reset_managed_fields(p);
}

static void call_exit_task(struct scx_sched *sch, struct task_struct *p, bool cancelled)
{
	struct scx_exit_task_args *args;

	lockdep_assert_rq_held(task_rq(p));
	if (!SCX_HAS_OP(sch, exit_task))
		return;
	args = region_alloc(ZONE_KOBJ, sizeof(*args), 0);
	if (!args)
		return;
	args->cancelled = cancelled;
	SCX_CALL_OP_TASK(sch, exit_task, task_rq(p), p, P64(args));
	region_free(ZONE_KOBJ, args, sizeof(*args));
}

/* Undo scx_init_task() for a task whose state never moved; rq locked */
void scx_cancel_init_task(struct scx_sched *sch, struct task_struct *p)
{
	call_exit_task(sch, p, true);
}

/* ext.c:__scx_disable_and_exit_task(): an ENABLED one is READY then, as others stay what they are */
static void disable_and_exit(struct scx_sched *sch, struct task_struct *p)
{
	enum scx_task_state state = scx_get_task_state(p);

	lockdep_assert_rq_held(task_rq(p));
	if (state == TASK_SCX_ENABLED)
		scx_disable_task(p);
	if (sch && (state == TASK_SCX_INIT || state == TASK_SCX_READY || state == TASK_SCX_ENABLED))
		call_exit_task(sch, p, state == TASK_SCX_INIT);
}

/*
 * Whatever its state, the task's scheduler forgets it; pi_lock and rq lock held. A child
 * that is taking tasks over may have initialised it as well.
 */
void scx_disable_and_exit_task(struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	disable_and_exit(p->scx.sched, p);
	if (K->b.sub_scheds && (p->scx.flags & SCX_TASK_SUB_INIT)) {
		scx_cancel_init_task(scx.enabling_sub, p);
		p->scx.flags &= ~SCX_TASK_SUB_INIT;
	}
	p->scx.sched = NULL;
	scx_set_task_state(p, TASK_SCX_NONE);
}

/* ---- from scheduler to scheduler: pi_lock and rq lock held ---- */

static void change_sched_begin(struct sched_change *ctx, struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	update_rq_clock(task_rq(p));
	sched_change_begin(ctx, p, DEQUEUE_SAVE | DEQUEUE_MOVE | DEQUEUE_NOCLOCK);
}

static void join_sched(struct scx_sched *to, struct task_struct *p)
{
	lockdep_assert_rq_held(task_rq(p));
	p->scx.sched = to;
	if (task_on_scx(p))
		scx_enable_task(p);
	TRACE(task_sched, p->pid, to->level ? to->sub_cgroup_id : 0);
}

void scx_rehome_task(struct scx_sched *to, struct task_struct *p)
{
	struct sched_change ctx;

	lockdep_assert_rq_held(task_rq(p));
	change_sched_begin(&ctx, p);
	scx_disable_and_exit_task(p);
	scx_set_task_state(p, TASK_SCX_INIT);
	scx_set_task_state(p, TASK_SCX_READY);
	join_sched(to, p);
	sched_change_end(&ctx);
}

void scx_punt_task(struct scx_sched *to, struct task_struct *p)
{
	struct sched_change ctx;

	lockdep_assert_irqs_off();
	change_sched_begin(&ctx, p);
	scx_disable_and_exit_task(p);
	p->scx.sched = to;
	sched_change_end(&ctx);
}

void scx_claim_task(struct scx_sched *from, struct scx_sched *to, struct task_struct *p)
{
	struct sched_change ctx;

	lockdep_assert_rq_held(task_rq(p));
	change_sched_begin(&ctx, p);
	disable_and_exit(from, p);
	join_sched(to, p);
	p->scx.flags &= ~SCX_TASK_SUB_INIT;
	sched_change_end(&ctx);
}

/* ---- fork and the end ---- */

/* tasks made on the host's fiber: nobody to race with, nothing to sleep on */
static bool on_host(void)
{
	return smp_processor_id() < 0;
}

static u64 scx_alloc_tid(void)
{
	s32 cpu = max(smp_processor_id(), 0);

	lockdep_assert_in_task();
	if (scx.tids.cpu[cpu].next >= scx.tids.cpu[cpu].end) {
		scx.tids.cpu[cpu].next = scx.tids.cursor;
		scx.tids.cursor += SCX_TID_CHUNK;
		scx.tids.cpu[cpu].end = scx.tids.cursor;
	}
	return scx.tids.cpu[cpu].next++;
}

void scx_tid_hash_insert(struct task_struct *p)
{
	addrmap_set(&scx.tids.tasks, p->scx.tid, p);
}

void scx_tid_hash_free(void)
{
	addrmap_finish(&scx.tids.tasks);
}

struct task_struct *scx_tid_to_task(u64 tid)
{
	return tid ? addrmap_get(&scx.tids.tasks, tid) : NULL;
}

/* Enabling and disabling walk all tasks with forks locked out. */
void scx_pre_fork(struct task_struct *p __unused)
{
	if (!on_host())
		down_read(&scx.fork_rwsem);
}

int scx_fork(struct task_struct *p)
{
	struct scx_sched *sch;
	int ret;

	lockdep_assert_in_task();
	init_scx_entity(&p->scx);
	p->scx.tid = scx_alloc_tid();
	if (!scx.init_task_enabled)
		return 0;
	scx_set_task_state(p, TASK_SCX_INIT_BEGIN);
	sch = scx_has_subs() ? task_dfl_cgroup(p)->scx_sched : scx_root;
	ret = scx_init_task(sch, p, true);
	if (ret) {
		scx_set_task_state(p, TASK_SCX_NONE);
		return ret;
	}
	p->scx.sched = sch;
	scx_set_task_state(p, TASK_SCX_INIT);
	if (sch->level)
		TRACE(task_sched, p->pid, sch->sub_cgroup_id);
	return 0;
}

static void enable_forked(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	might_sleep();
	scx_set_task_state(p, TASK_SCX_READY);
	if (!task_on_scx(p))
		return;
	rq = task_rq_lock(p, &flags);
	scx_enable_task(p);
	task_rq_unlock(rq, p, flags);
}

void scx_post_fork(struct task_struct *p)
{
	lockdep_assert_in_task();
	if (on_host()) {
		list_add_tail(&p->scx.tasks_node, scx.tasks);
		return;
	}
	if (scx.init_task_enabled)
		enable_forked(p);
	raw_spin_lock_irq(&scx.tasks_lock);
	list_add_tail(&p->scx.tasks_node, scx.tasks);
	if (scx.tid_to_task)
		scx_tid_hash_insert(p);
	raw_spin_unlock_irq(&scx.tasks_lock);
	up_read(&scx.fork_rwsem);
}

void scx_cancel_fork(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	might_sleep();
	if (scx.init_task_enabled) {
		rq = task_rq_lock(p, &flags);
		scx_disable_and_exit_task(p);
		task_rq_unlock(rq, p, flags);
	}
	up_read(&scx.fork_rwsem);
}

static void remove_from_tasks(struct task_struct *p)
{
	unsigned long flags = raw_spin_lock_irqsave(&scx.tasks_lock);

	list_del_init(&p->scx.tasks_node);
	if (scx.tid_to_task)
		addrmap_del(&scx.tids.tasks, p->scx.tid);
	raw_spin_unlock_irqrestore(&scx.tasks_lock, flags);
}

/* exit_task_at_free: the last reference is gone, which may be long after the task's end: by RCU */
/* Context: any. */
void sched_ext_free(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	remove_from_tasks(p);
	if (scx_get_task_state(p) == TASK_SCX_NONE)
		return;
	rq = task_rq_lock(p, &flags);
	scx_disable_and_exit_task(p);
	task_rq_unlock(rq, p, flags);
}

/* else: it has switched out for the last time (finish_task_switch()) */
void sched_ext_dead(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	lockdep_assert_preemption_disabled();
	remove_from_tasks(p);
	if (scx_get_task_state(p) == TASK_SCX_NONE)
		return;
	rq = task_rq_lock(p, &flags);
	/* INIT_BEGIN: the op is running, whoever called it undoes it when it sees DEAD */
	if (scx_get_task_state(p) != TASK_SCX_INIT_BEGIN)
		scx_disable_and_exit_task(p);
	scx_set_task_state(p, TASK_SCX_DEAD);
	task_rq_unlock(rq, p, flags);
}

/* rq locked. A scheduler that disallowed the task keeps it out of SCHED_EXT. */
int scx_check_setscheduler(struct task_struct *p, unsigned int policy)
{
	lockdep_assert_rq_held(task_rq(p));
	if (scx_enabled() && p->scx.disallow && p->policy != policy && policy == SCHED_EXT)
		return -EACCES;
	return 0;
}

/* ---- all tasks ---- */

static void iter_lock(struct scx_task_iter *it)
{
	if (it->list_locked)
		return;
	raw_spin_lock_irq(&scx.tasks_lock);
	it->list_locked = true;
}

void scx_task_iter_start(struct scx_task_iter *it)
{
	scx_task_iter_start_in(it, NULL);
}

void scx_task_iter_start_in(struct scx_task_iter *it, struct cgroup *cgrp)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	*it = (struct scx_task_iter){ .cursor = kstack_alloc(sizeof(*it->cursor)), .cgrp = cgrp };
	it->css = cgrp ? &cgrp->self : NULL;
	it->cursor->flags = SCX_TASK_CURSOR;
	iter_lock(it);
	list_add(&it->cursor->tasks_node, scx.tasks);
}

static void iter_rq_unlock(struct scx_task_iter *it)
{
	if (!it->locked_task)
		return;
	task_rq_unlock(it->rq, it->locked_task, it->flags);
	it->locked_task = NULL;
}

void scx_task_iter_unlock(struct scx_task_iter *it)
{
	iter_rq_unlock(it);
	if (!it->list_locked)
		return;
	it->list_locked = false;
	raw_spin_unlock_irq(&scx.tasks_lock);
}

void scx_task_iter_relock(struct scx_task_iter *it, struct task_struct *p)
{
	iter_lock(it);
	if (!p)
		return;
	it->rq = task_rq_lock(p, &it->flags);
	it->locked_task = p;
}

void scx_task_iter_stop(struct scx_task_iter *it)
{
	iter_lock(it);
	list_del_init(&it->cursor->tasks_node);
	scx_task_iter_unlock(it);
	kstack_free(it->cursor, sizeof(*it->cursor));
}

/* on to the next cgroup, and from the beginning of the list again; false: that was the last */
static bool iter_next_cgroup(struct scx_task_iter *it)
{
	lockdep_assert_irqs_off();
	if (it->css)
		it->css = css_next_descendant_pre(it->css, &it->cgrp->self);
	if (!it->css)
		return false;
	list_del(&it->cursor->tasks_node);
	list_add(&it->cursor->tasks_node, scx.tasks);
	return true;
}

static bool iter_is_in(const struct scx_task_iter *it, const struct sched_ext_entity *e)
{
	return !it->css ||
	       task_dfl_cgroup(container_of(e, struct task_struct, scx)) == it->css->cgroup;
}

static struct task_struct *iter_next_listed(struct scx_task_iter *it)
{
	struct list_head *pos;

	lockdep_assert_irqs_off();
	for (pos = it->cursor->tasks_node.next; pos != scx.tasks; pos = pos->next) {
		struct sched_ext_entity *e = list_entry(pos, struct sched_ext_entity, tasks_node);

		if ((e->flags & SCX_TASK_CURSOR) || !iter_is_in(it, e))
			continue;
		list_del(&it->cursor->tasks_node);
		list_add(&it->cursor->tasks_node, pos);
		return container_of(e, struct task_struct, scx);
	}
	return NULL;
}

static struct task_struct *scx_task_iter_next(struct scx_task_iter *it)
{
	struct task_struct *p;

	lockdep_assert_in_task();
	/* let others at the lock and the CPU now and then */
	if (!(++it->cnt % SCX_TASK_ITER_BATCH)) {
		scx_task_iter_unlock(it);
		cond_resched();
	}
	iter_lock(it);
	do {
		p = iter_next_listed(it);
	} while (!p && iter_next_cgroup(it));
	return p;
}

struct task_struct *scx_task_iter_next_locked(struct scx_task_iter *it)
{
	struct task_struct *p;

	lockdep_assert_in_task();
	iter_rq_unlock(it);
	while ((p = scx_task_iter_next(it))) {
		if (class_id(p) == CLASS_IDLE)
			continue;
		scx_task_iter_relock(it, p);
		if (scx_get_task_state(p) != TASK_SCX_DEAD)
			return p;
		iter_rq_unlock(it);
	}
	return NULL;
}
