// SPDX-License-Identifier: GPL-2.0-only
/*
 * core.c - the wakeup, the pick and the switch.
 *
 * __schedule() runs on the fiber of prev and returns, much later, on the same
 * fiber; in between the CPU runs other tasks. What happens after the switch
 * (finish_task_switch) happens in the context of next:
 *
 *	prev: lock rq ─ pick ─ switch fiber ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┐
 *	next:                 ...came from its own switch ─ balance callbacks ─
 *	                      unlock rq, irqs on (kick irq works run here)
 */
#include "base/shortage.h"
#include "kern/sched.h"

#include <stdlib.h>

#include "kern/account.h"
#include "kern/ext/ext.h"
#include "kern/mm.h"
#include "kern/topology.h"
#include "kern/work.h"

enum sched_mode { SM_NONE, SM_PREEMPT, SM_IDLE };

const struct class_methods *const class_methods[NR_CLASSES] = {
	[CLASS_IDLE] = &idle_sched_class, [CLASS_EXT] = &ext_sched_class,
	[CLASS_FAIR] = &fair_sched_class, [CLASS_RT] = &rt_sched_class,
	[CLASS_DL] = &dl_sched_class,	  [CLASS_STOP] = &stop_sched_class,
};

/* ---- locks ---- */

/* The lock may become another one while we wait for it: siblings go over to their leader's. */
void raw_spin_rq_lock(struct rq *rq)
{
	for (;;) {
		raw_spinlock_t *lock = rq_lockp(rq);

		raw_spin_lock(lock);
		if (likely(lock == rq_lockp(rq)))
			return;
		raw_spin_unlock(lock);
	}
}

bool raw_spin_rq_trylock(struct rq *rq)
{
	raw_spinlock_t *lock = rq_lockp(rq);

	if (!raw_spin_trylock(lock))
		return false;
	if (likely(lock == rq_lockp(rq)))
		return true;
	raw_spin_unlock(lock);
	return raw_spin_rq_trylock(rq);
}

/* sched.h:rq_unpin_lock(): what scx_bpf_now() says holds while the lock is */
void raw_spin_rq_unlock(struct rq *rq)
{
	scx_rq_clock_invalidate(rq);
	raw_spin_unlock(rq_lockp(rq));
}

void raw_spin_rq_unlock_irq(struct rq *rq)
{
	scx_rq_clock_invalidate(rq);
	raw_spin_unlock_irq(rq_lockp(rq));
}

unsigned long rq_lock_irqsave(struct rq *rq)
{
	unsigned long flags = local_irq_save();

	raw_spin_rq_lock(rq);
	return flags;
}

void rq_unlock_irqrestore(struct rq *rq, unsigned long flags)
{
	scx_rq_clock_invalidate(rq);
	raw_spin_unlock_irqrestore(rq_lockp(rq), flags);
}

struct rq *task_rq_lock(struct task_struct *p, unsigned long *flags)
{
	*flags = raw_spin_lock_irqsave(&host_of(p)->m->pi_lock);
	for (;;) {
		struct rq *rq = task_rq(p);

		raw_spin_rq_lock(rq);
		if (rq == task_rq(p) && !task_on_rq_migrating(p))
			return rq;
		raw_spin_rq_unlock(rq);
		cpu_charge(machine->cost.relax_ns);
	}
}

void task_rq_unlock(struct rq *rq, struct task_struct *p, unsigned long flags)
{
	raw_spin_rq_unlock(rq);
	raw_spin_unlock_irqrestore(&host_of(p)->m->pi_lock, flags);
}

/* ---- rescheduling ---- */

void update_rq_clock(struct rq *rq)
{
	rq->clock = rq->clock_task = rq->clock_pelt = now_ns();
	scx_rq_clock_update(rq);
}

static bool cpu_polls(const struct rq *rq)
{
	return test_tsk_thread_flag(rq->curr, K->b.tif_polling_nrflag);
}

/* An idle CPU that polls sees the bit by itself, a moment later. */
static void resched_remote(struct rq *rq)
{
	bool polls = cpu_polls(rq);

	TRACE(resched, rq->cpu, !polls, false);
	if (!polls) {
		smp_send_reschedule(rq->cpu);
		machine->nr_resched_ipis++;
	} else {
		TP(sched_wake_idle_without_ipi, rq->cpu);
		engine_wake(&host_of(rq)->m->ec);
	}
}

static void set_tsk_thread_flag(struct task_struct *p, s32 cpu, u64 tif)
{
	TP(sched_set_need_resched_tp, P64(p), (u64)(s64)cpu, tif);
	p->thread_info.flags |= 1UL << tif;
}

void set_tsk_need_resched(struct task_struct *p)
{
	if (!test_tsk_need_resched(p))
		set_tsk_thread_flag(p, smp_processor_id(), K->b.tif_need_resched);
}

static void resched_now(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	if (test_tsk_need_resched(curr)) {
		TRACE(resched, rq->cpu, false, true);
		return;
	}
	set_tsk_thread_flag(curr, rq->cpu, K->b.tif_need_resched);
	if (rq->cpu == smp_processor_id())
		TRACE(resched, rq->cpu, false, false);
	else
		resched_remote(rq);
}

/* No interrupt, and nothing that kernel code would see: a tick or the way to user mode does. */
static void resched_lazily(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	bool already = test_tsk_need_resched(curr) || test_tsk_need_resched_lazy(curr);

	if (!already)
		set_tsk_thread_flag(curr, rq->cpu, K->b.tif_need_resched_lazy);
	TRACE(resched_lazy, rq->cpu, already);
}

static void __resched_curr(struct rq *rq, u64 tif)
{
	lockdep_assert_rq_held(rq);
	FN_ENTER(__resched_curr, P64(rq), tif);
	if (tif == K->b.tif_need_resched || is_idle_task(rq->curr))
		resched_now(rq);
	else
		resched_lazily(rq);
	FN_EXIT(__resched_curr, 0, P64(rq), tif);
}

void resched_curr(struct rq *rq)
{
	FN_ENTER(resched_curr, P64(rq));
	__resched_curr(rq, K->b.tif_need_resched);
	FN_EXIT(resched_curr, 0, P64(rq));
}

void resched_curr_lazy(struct rq *rq)
{
	FN_ENTER(resched_curr_lazy, P64(rq));
	__resched_curr(rq, machine->preempt == PREEMPT_LAZY ? K->b.tif_need_resched_lazy :
							      K->b.tif_need_resched);
	FN_EXIT(resched_curr_lazy, 0, P64(rq));
}

void resched_cpu(s32 cpu)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long flags = rq_lock_irqsave(rq);

	if (cpu_online(cpu) || cpu == smp_processor_id())
		resched_curr(rq);
	rq_unlock_irqrestore(rq, flags);
}

/* Whether a class came during a pick is seen by next_class, or by a mask of the classes that did. */
void rq_modified_begin(struct rq *rq, enum sched_class_id id)
{
	host_of(rq)->m->queue_mask = 0;
	if (class_above(rq->next_class, &sched_classes[id]))
		rq->next_class = &sched_classes[id];
}

bool rq_modified_above(struct rq *rq, enum sched_class_id id)
{
	if (!K->b.wakeup_preempt_next_class)
		return host_of(rq)->m->queue_mask & ~((2u << id) - 1);
	return class_above(rq->next_class, &sched_classes[id]);
}

/*
 * Compared is with the class that runs, or with the highest class that is
 * going to (rq->next_class), so that a dispatch in progress sees a late RT task.
 */
void wakeup_preempt(struct rq *rq, struct task_struct *p, int flags)
{
	const struct sched_class *against = K->b.wakeup_preempt_next_class ? rq->next_class :
									     rq->curr->sched_class;

	if (p->sched_class == against) {
		if (class_methods[against->id]->wakeup_preempt)
			class_methods[against->id]->wakeup_preempt(rq, p, flags);
		return;
	}
	if (!class_above(p->sched_class, against))
		return;
	if (K->b.wakeup_preempt_next_class) {
		if (class_methods[against->id]->wakeup_preempt)
			class_methods[against->id]->wakeup_preempt(rq, p, flags);
		rq->next_class = p->sched_class;
	}
	resched_curr(rq);
}

/* ---- queueing ---- */

static void enqueue_task(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (!p->sched_info.last_queued)
		p->sched_info.last_queued = now_ns();
	host_of(rq)->m->queue_mask |= 1u << class_id(p);
	class_of(p)->enqueue_task(rq, p, flags);
	if (sched_core_enabled(rq))
		sched_core_enqueue(rq, p);
}

/* false: it goes to sleep, and stays on its queue for the time being */
static bool dequeue_task(struct rq *rq, struct task_struct *p, u64 flags)
{
	host_of(rq)->m->queue_mask |= 1u << class_id(p);
	if (sched_core_enabled(rq))
		sched_core_dequeue(rq, p, flags);
	return class_of(p)->dequeue_task(rq, p, flags);
}

void activate_task(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (task_on_rq_migrating(p))
		flags |= K->b.enqueue_migrated;
	enqueue_task(rq, p, flags);
	p->on_rq = TASK_ON_RQ_QUEUED;
}

void deactivate_task(struct rq *rq, struct task_struct *p, u64 flags)
{
	p->on_rq = TASK_ON_RQ_MIGRATING;
	dequeue_task(rq, p, flags);
}

void set_task_cpu(struct task_struct *p, s32 cpu)
{
	if (task_cpu(p) != cpu) {
		TRACE(sched_migrate_task, p->pid, task_cpu(p), cpu);
		TP(sched_migrate_task, P64(p), cpu);
		host_of(p)->m->nr_migrations++;
		if (class_of(p)->migrate_task_rq)
			class_of(p)->migrate_task_rq(p, cpu);
	}
	p->thread_info.cpu = cpu;
	p->wake_cpu = cpu;
}

/* ---- choosing a CPU for a wakeup ---- */

bool is_cpu_allowed(const struct task_struct *p, s32 cpu)
{
	if (!cpumask_test_cpu(cpu, p->cpus_ptr))
		return false;
	if (is_migration_disabled(p))
		return cpu_online(cpu);
	return p->flags & PF_KTHREAD ? cpu_online(cpu) : cpu_active(cpu);
}

/* Nothing that is allowed is up: the kernel widens the mask to all possible CPUs. */
s32 select_fallback_rq(s32 cpu, struct task_struct *p)
{
	s32 dest;

	for_each_cpu_and(dest, machine->topo[cpu].node_mask, machine->active)
		if (is_cpu_allowed(p, dest))
			return dest;
	for_each_cpu(dest, p->cpus_ptr)
		if (is_cpu_allowed(p, dest))
			return dest;
	cpumask_copy(&p->cpus_mask, machine->possible);
	p->nr_cpus_allowed = cpumask_weight(&p->cpus_mask);
	task_trace_cpus(p);
	return cpumask_first(machine->active);
}

static s32 select_task_rq(struct task_struct *p, s32 cpu, int *wake_flags)
{
	if (p->nr_cpus_allowed > 1 && !is_migration_disabled(p) && class_of(p)->select_task_rq) {
		cpu = class_of(p)->select_task_rq(p, cpu, *wake_flags);
		*wake_flags |= WF_RQ_SELECTED;
	} else {
		cpu = cpumask_first(p->cpus_ptr);
	}
	if (unlikely(!cpu_possible(cpu) || !is_cpu_allowed(p, cpu)))
		cpu = select_fallback_rq(task_cpu(p), p);
	return cpu;
}

/* ---- wakeups ---- */

static void ttwu_do_wakeup(struct task_struct *p)
{
	p->__state = TASK_RUNNING;
	TRACE(sched_wakeup, p->pid, task_cpu(p), 0);
	TP(sched_wakeup, P64(p));
}

static void account_wakeup(struct task_struct *p, int wake_flags)
{
	p->stats.nr_wakeups++;
	if (wake_flags & WF_SYNC)
		p->stats.nr_wakeups_sync++;
}

static void ttwu_do_activate(struct rq *rq, struct task_struct *p, int wake_flags)
{
	u64 en_flags = ENQUEUE_WAKEUP | ENQUEUE_NOCLOCK;

	if (wake_flags & WF_RQ_SELECTED)
		en_flags |= KV(SCX_ENQ_CPU_SELECTED);
	if (wake_flags & WF_MIGRATED)
		en_flags |= K->b.enqueue_migrated;
	account_wakeup(p, wake_flags);
	activate_task(rq, p, en_flags);
	wakeup_preempt(rq, p, wake_flags);
	account_runnable(p, false);
	ttwu_do_wakeup(p);
	if (class_of(p)->task_woken)
		class_of(p)->task_woken(rq, p);
}

/* It sleeps, and has not left its queue yet: woken, it is where it is. */
static void enqueue_delayed(struct rq *rq, struct task_struct *p, int wake_flags)
{
	enqueue_task(rq, p, ENQUEUE_NOCLOCK | FAIR_DELAYED);
	account_wakeup(p, wake_flags);
	account_runnable(p, false);
	if (p->in_iowait)
		rq->nr_iowait.counter--;
}

/* p was going to sleep and has not left its queue: it stays. */
static bool ttwu_runnable(struct task_struct *p, int wake_flags)
{
	struct rq *rq = task_rq(p);
	bool queued;

	raw_spin_rq_lock(rq);
	queued = task_on_rq_queued(p);
	if (queued) {
		update_rq_clock(rq);
		if (is_sched_delayed(p))
			enqueue_delayed(rq, p, wake_flags);
		if (rq->curr != p)
			wakeup_preempt(rq, p, wake_flags);
		ttwu_do_wakeup(p);
	}
	raw_spin_rq_unlock(rq);
	return queued;
}

static bool not_on_cpu(void *arg)
{
	return !((struct task_struct *)arg)->on_cpu;
}

/*
 * core.c:ttwu_queue_cond(), scx_allow_ttwu_queue(): may the target's CPU queue @p itself? Asked
 * for sched_ext tasks only, whose scheduler has to allow it; others are queued by the waker.
 */
static bool ttwu_queue_cond(const struct task_struct *p, s32 cpu)
{
	s32 here = smp_processor_id();

	if (!task_on_scx(p) || !scx_root || !(scx_root->flags & SCX_OPS_ALLOW_QUEUED_WAKEUP))
		return false;
	if (here < 0 || !cpu_active(cpu) || !cpumask_test_cpu(cpu, p->cpus_ptr))
		return false;
	if (machine->topo[here].llc != machine->topo[cpu].llc)
		return true;
	return cpu != here && !cpu_rq(cpu)->nr_running;
}

/* The IPI's handler does the rest, which is told less: not that ops.select_cpu() was asked. */
static bool ttwu_queue_wakelist(struct task_struct *p, s32 cpu, int wake_flags)
{
	if (!ttwu_queue_cond(p, cpu))
		return false;
	host_of(p)->m->wake_migrated = wake_flags & WF_MIGRATED;
	list_add_tail(&host_of(p)->m->wake_node, &host_of(cpu_rq(cpu))->m->wake_list);
	smp_send_ipi(cpu, IRQ_CALL);
	return true;
}

void sched_ttwu_pending(struct rq_model *c)
{
	struct task_model *tm, *tmp;

	if (list_empty(&c->wake_list))
		return;
	raw_spin_rq_lock(c->rq);
	update_rq_clock(c->rq);
	list_for_each_entry_safe(tm, tmp, &c->wake_list, wake_node) {
		list_del_init(&tm->wake_node);
		if (tm->p->on_cpu)
			spin_until(not_on_cpu, tm->p, task_cpu(tm->p),
				   "sched_ttwu_pending() until the task is off its CPU");
		ttwu_do_activate(c->rq, tm->p, tm->wake_migrated ? WF_MIGRATED : 0);
	}
	raw_spin_rq_unlock(c->rq);
}

static void ttwu_sleeping(struct task_struct *p, int wake_flags)
{
	struct rq *rq;
	s32 cpu;

	p->__state = TASK_WAKING;
	if (p->on_cpu && ttwu_queue_wakelist(p, task_cpu(p), wake_flags))
		return;
	if (p->on_cpu)
		spin_until(not_on_cpu, p, task_cpu(p),
			   "try_to_wake_up() until the task is off its CPU");
	cpu = select_task_rq(p, p->wake_cpu, &wake_flags);
	if (p->in_iowait)
		task_rq(p)->nr_iowait.counter--;
	if (task_cpu(p) != cpu) {
		wake_flags |= WF_MIGRATED;
		set_task_cpu(p, cpu);
	}
	if (ttwu_queue_wakelist(p, cpu, wake_flags))
		return;
	rq = cpu_rq(cpu);
	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	ttwu_do_activate(rq, p, wake_flags);
	raw_spin_rq_unlock(rq);
}

bool try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags)
{
	unsigned long flags;
	bool woken = false;

	wake_flags |= WF_TTWU;
	if (smp_processor_id() >= 0 && p == current && in_task()) {
		if (!(p->__state & state))
			return false;
		TRACE(sched_waking, p->pid, p->pid, task_cpu(p));
		TP(sched_waking, P64(p));
		ttwu_do_wakeup(p);
		return true;
	}
	flags = raw_spin_lock_irqsave(&host_of(p)->m->pi_lock);
	if (p->__state & state) {
		woken = true;
		TRACE(sched_waking, p->pid, current->pid, task_cpu(p));
		TP(sched_waking, P64(p));
		engine_charge(machine->engine, machine->cost.ttwu_ns);
		if (!p->on_rq || !ttwu_runnable(p, wake_flags))
			ttwu_sleeping(p, wake_flags);
	}
	raw_spin_unlock_irqrestore(&host_of(p)->m->pi_lock, flags);
	return woken;
}

bool wake_up_process(struct task_struct *p)
{
	return try_to_wake_up(p, TASK_NORMAL | TASK_PARKED, 0);
}

void wake_up_new_task(struct task_struct *p)
{
	unsigned long flags = raw_spin_lock_irqsave(&host_of(p)->m->pi_lock);
	int wake_flags = WF_FORK;
	struct rq *rq;

	p->__state = TASK_RUNNING;
	set_task_cpu(p, select_task_rq(p, task_cpu(p), &wake_flags));
	rq = task_rq(p);
	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	activate_task(rq, p, ENQUEUE_NOCLOCK | K->b.enqueue_initial);
	account_runnable(p, true);
	TRACE(sched_wakeup, p->pid, task_cpu(p), 1);
	TP(sched_wakeup_new, P64(p));
	wakeup_preempt(rq, p, wake_flags);
	if (class_of(p)->task_woken)
		class_of(p)->task_woken(rq, p);
	raw_spin_rq_unlock(rq);
	raw_spin_unlock_irqrestore(&host_of(p)->m->pi_lock, flags);
}

/* ---- picking ---- */

static bool class_active(enum sched_class_id id)
{
	if (id == CLASS_FAIR)
		return !(scx_enabled() && scx.switched_all);
	return id != CLASS_EXT || scx_enabled();
}

static void put_prev_set_next_task(struct rq *rq, struct task_struct *prev,
				   struct task_struct *next)
{
	if (prev == next)
		return;
	class_of(prev)->put_prev_task(rq, prev, next);
	class_of(next)->set_next_task(rq, next, true);
}

/* dispatch_in_balance: classes bring tasks here before any of them picks; EXT dispatches in this pass. */
static void balance_classes(struct rq *rq, struct task_struct *prev)
{
	int id = class_id(prev);

	if (scx_enabled()) {
		id = max(id, (int)CLASS_EXT);
		rq->scx.flags |= SCX_RQ_BAL_PENDING;
	}
	for (; id >= 0; id--)
		if (class_active(id) && class_methods[id]->balance &&
		    class_methods[id]->balance(rq, prev))
			break;
}

/* balance_dl(), balance_rt(): @prev was one of theirs, and others wait for a CPU like this */
static void balance_urgent(struct rq *rq, struct task_struct *prev)
{
	if (class_id(prev) == CLASS_DL)
		pull_dl_task(rq, prev);
	if (!sched_dl_runnable(rq))
		pull_rt_task(rq, prev);
}

void prev_balance(struct rq *rq, struct task_struct *prev)
{
	if (unlikely(class_id(prev) == CLASS_RT || class_id(prev) == CLASS_DL))
		balance_urgent(rq, prev);
	if (K->b.dispatch_in_balance)
		balance_classes(rq, prev);
}

struct task_struct *pick_task(struct rq *rq, struct task_struct *prev)
{
	for (int id = CLASS_STOP; id >= CLASS_IDLE; id--) {
		struct task_struct *p;

		if (!class_active(id))
			continue;
		p = class_methods[id]->pick_task(rq, prev);
		if (p && p != RETRY_TASK && class_id(p) == (enum sched_class_id)id)
			host_of(p)->m->dl_server = NULL;
		if (p)
			return p;
	}
	bug_on(true, "CPU %d has nothing to run, not even idle", rq->cpu);
}

/* core.c:__pick_next_task(): without sched_ext, if all there are are fair tasks */
static struct task_struct *pick_only_fair(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;

	if (scx_enabled() || class_id(prev) > CLASS_FAIR ||
	    rq->nr_running != fair_root(rq)->h_nr_queued)
		return NULL;
	p = class_methods[CLASS_FAIR]->pick_task(rq, prev);
	return p ? p : class_methods[CLASS_IDLE]->pick_task(rq, prev);
}

static struct task_struct *pick_next_task(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *next;

	if (sched_core_enabled(rq) && cpu_online(rq->cpu)) {
		next = sched_core_pick(rq, prev);
		put_prev_set_next_task(rq, prev, next);
		queue_core_balance(rq, next);
		return next;
	}
	next = pick_only_fair(rq, prev);
	if (next) {
		put_prev_set_next_task(rq, prev, next);
		return next;
	}
	prev_balance(rq, prev);
	do {
		next = pick_task(rq, prev);
	} while (next == RETRY_TASK);
	put_prev_set_next_task(rq, prev, next);
	return next;
}

/* ---- switching ---- */

void queue_balance_callback(struct rq *rq, struct balance_callback *head, void (*fn)(struct rq *))
{
	lockdep_assert_rq_held(rq);
	if (host_of(head)->func || host_of(rq)->m->balance_push)
		return;
	host_of(head)->func = fn;
	head->next = rq->balance_callback;
	rq->balance_callback = head;
}

void balance_callbacks(struct rq *rq)
{
	while (rq->balance_callback) {
		struct balance_callback *head = rq->balance_callback;
		void (*fn)(struct rq *) = host_of(head)->func;

		rq->balance_callback = head->next;
		head->next = NULL;
		host_of(head)->func = NULL;
		fn(rq);
	}
}

/* stats.h: sched_info_arrive(), for tasks that were queued; guests read it */
static void sched_info_arrive(struct task_struct *p, u64 now)
{
	struct sched_info *si = &p->sched_info;

	if (!si->last_queued)
		return;
	if (unlikely(now - min(si->last_queued, now) >= machine->wait_told_ns))
		machine->wait_over(p, si->last_queued);
	si->run_delay += now - min(si->last_queued, now);
	si->last_queued = 0;
	si->last_arrival = now;
	si->pcount++;
}

/* stats.h: sched_info_switch() */
static void sched_info_switch(struct task_struct *prev, struct task_struct *next, u64 now)
{
	struct rq_model *c = host_of(this_rq())->m;

	if (is_idle_task(prev))
		c->idle_until_ns = now;
	else if (task_runnable(prev))
		prev->sched_info.last_queued = now;
	if (is_idle_task(next))
		c->idle_since_ns = now;
	else
		sched_info_arrive(next, now);
}

/* In the context of the task that now runs: the rest of the switch that brought it here. */
void finish_task_switch(void)
{
	struct rq *rq = this_rq();
	struct task_struct *prev = host_of(rq)->m->switch_prev;

	prev->on_cpu = 0;
	spin_wake(rq->cpu);
	balance_callbacks(rq);
	raw_spin_rq_unlock_irq(rq);
	mm_finish_switch(rq);
	if (unlikely(host_of(prev)->m->exiting && prev->__state == TASK_DEAD))
		task_finish_dead(prev);
}

/* @now: of the sched_switch event; programs that hook it have taken time since */
static void context_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next,
			   u64 now)
{
	sched_info_switch(prev, next, now);
	account_cpu_time(rq, prev, now);
	host_of(rq)->m->switching_ns = 0;
	/* guests read it: only the machine's own doing moves it */
	prev->utime = host_of(prev)->m->runtime_ns;
	next->on_cpu = 1;
	mm_switch(rq, prev, next);
	host_of(rq)->m->switch_prev = prev;
	if (unlikely(!host_of(next)->m->fiber.stack))
		task_stack_create(next);
	engine_charge(machine->engine, machine->cost.context_switch_ns);
	engine_switch_fiber(machine->engine, &host_of(prev)->m->fiber, &host_of(next)->m->fiber);
	finish_task_switch();
}

static void migrate_disable_switch(struct rq *rq, struct task_struct *p)
{
	if (likely(!p->migration_disabled) || p->cpus_ptr != &p->cpus_mask)
		return;
	migrate_disable_pin(rq, p);
}

/* true: there was a kick */
static bool kick_answered(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	if (likely(!c->kick_asked_ns))
		return false;
	hist_add(&machine->kick_latency, now_ns() - c->kick_asked_ns);
	TRACE(kick_answer, rq->curr->pid, now_ns() - c->kick_asked_ns);
	c->kick_asked_ns = 0;
	return true;
}

/* @rq was kicked and goes on with what it did. */
static void kick_in_vain(const struct rq *rq)
{
	struct kick_stats *k = &machine->kicks;
	u32 n = machine->nr_cpu_ids;

	if (!k->idle_pairs)
		k->idle_pairs = calloc((size_t)n * n, sizeof(*k->idle_pairs));
	shortage_on(!k->idle_pairs, "out of memory for the kicks of %u CPUs", n);
	k->idle_pairs[(u32)host_of(rq)->m->kick_asker * n + (u32)rq->cpu]++;
}

static bool signal_wakes(const struct task_struct *p)
{
	return host_of(p)->m->killed && (p->__state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL));
}

static void block_task(struct rq *rq, struct task_struct *prev)
{
	u64 flags = DEQUEUE_SLEEP | DEQUEUE_NOCLOCK;

	if (signal_wakes(prev)) {
		prev->__state = TASK_RUNNING;
		return;
	}
	if (prev->__state & (TASK_PARKED | TASK_DEAD))
		flags |= K->b.dequeue_special;
	prev->sched_info.last_queued = 0;
	host_of(prev)->m->sleep_start_ns = now_ns();
	if (dequeue_task(rq, prev, flags))
		prev->on_rq = 0;
	if (prev->in_iowait)
		rq->nr_iowait.counter++;
}

static struct task_struct *schedule_pick(struct rq *rq, struct task_struct *prev,
					 enum sched_mode mode)
{
	struct task_struct *next;

	if (mode == SM_IDLE && !rq->nr_running && !scx_enabled())
		next = prev;
	else
		next = pick_next_task(rq, prev);
	rq->next_class = next->sched_class;
	clear_tsk_need_resched(prev);
	return next;
}

static void schedule_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next,
			    enum sched_mode mode, unsigned int prev_state)
{
	u64 now = now_ns();

	host_of(rq)->m->switching_ns = now;
	rq->curr = next;
	rq->donor = next;
	if (!K->b.migrate_disable_at_schedule)
		migrate_disable_switch(rq, prev);
	if (mode == SM_NONE && prev_state)
		prev->nvcsw++;
	else
		prev->nivcsw++;
	account_switch(rq, prev, next, now); /* here: who looks while programs run sees it */
	/* preempted on its way to sleep, it has not left its queue: it can run */
	TRACE(sched_switch, prev->pid, task_runnable(prev) ? TASK_RUNNING : prev_state, next->pid,
	      class_id(prev), class_id(next));
	TP(sched_switch, mode == SM_PREEMPT, P64(prev), P64(next), prev_state);
	host_of(rq)->m->running = next;
	context_switch(rq, prev, next, now);
}

/* Context: task or idle, preemption off, irqs on or off; irqs are on when it returns. */
static void __schedule(enum sched_mode mode)
{
	struct rq *rq = this_rq();
	struct task_struct *prev = rq->curr, *next;
	unsigned int prev_state;
	bool kicked;

	host_of(rq)->m->nr_passes++;
	local_irq_disable();
	bug_on(!in_task(), "schedule() in interrupt context on CPU %d", rq->cpu);
	engine_charge(machine->engine, machine->cost.schedule_ns);
	raw_spin_rq_lock(rq);
	if (K->b.migrate_disable_at_schedule)
		migrate_disable_switch(rq, prev);
	update_rq_clock(rq);
	kicked = kick_answered(rq);
	prev_state = prev->__state;
	if (mode == SM_NONE && prev_state)
		block_task(rq, prev);
	next = schedule_pick(rq, prev, mode);
	if (prev != next) {
		schedule_switch(rq, prev, next, mode, prev_state);
	} else {
		TRACE(sched_keep, prev->pid, class_id(prev));
		if (unlikely(kicked))
			kick_in_vain(rq);
		balance_callbacks(rq);
		raw_spin_rq_unlock_irq(rq);
	}
}

void schedule(void)
{
	bool worker = unlikely(current->flags & PF_WQ_WORKER) && current->__state;

	if (worker)
		wq_worker_sleeping(current);
	do {
		preempt_disable();
		__schedule(SM_NONE);
		preempt_enable_no_resched();
	} while (need_resched());
	if (worker)
		wq_worker_running(current);
}

void schedule_idle(void)
{
	do {
		__schedule(SM_IDLE);
	} while (need_resched());
}

void preempt_schedule_irq(void)
{
	do {
		preempt_disable();
		__schedule(SM_PREEMPT);
		preempt_enable_no_resched();
	} while (need_resched());
}

void set_current_state(unsigned int state)
{
	current->__state = state;
}

struct task_struct *current_task(void)
{
	return current;
}
