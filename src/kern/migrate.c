// SPDX-License-Identifier: GPL-2.0-only
/*
 * migrate.c - affinity, migration-disable, and attribute changes of tasks that
 * may be queued or running (the sched_change pattern).
 */
#include "kern/points.h"
#include "kern/sched.h"

#include "kern/stop.h"
#include "kern/task.h"

#include <errno.h>

/* ---- the change pattern: dequeue(SAVE) - put - change - enqueue(RESTORE) - set ---- */

void sched_change_begin(struct sched_change *ctx, struct task_struct *p, u64 flags)
{
	struct rq *rq = task_rq(p);

	lockdep_assert_rq_held(rq);
	point_here(POINT_TASK, p, true);
	*ctx = (struct sched_change){
		.p = p, .flags = flags, .old_class = class_id(p), .old_prio = p->prio
	};
	if (unlikely(is_sched_delayed(p))) /* what changes is a sleeper */
		fair_dequeue_delayed(rq, &host_of(p)->m->fair);
	ctx->queued = p->on_rq == TASK_ON_RQ_QUEUED;
	ctx->running = task_current(rq, p);
	ctx->throttled = host_of(p)->m->fair.throttled;
	if (ctx->queued) {
		if (sched_core_enabled(rq))
			sched_core_dequeue(rq, p, flags);
		class_of(p)->dequeue_task(rq, p, flags);
	}
	if (ctx->running)
		class_of(p)->put_prev_task(rq, p, NULL);
	if (flags & K->b.enqueue_class && class_of(p)->switched_from)
		class_of(p)->switched_from(rq, p);
}

/* The old class is told once the task is queued on the new one, or (above) before. */
static void change_class_hooks(struct sched_change *ctx, struct rq *rq)
{
	struct task_struct *p = ctx->p;

	if (ctx->old_class != class_id(p)) {
		if (K->b.disable_after_new_class_enqueue &&
		    class_methods[ctx->old_class]->switched_from)
			class_methods[ctx->old_class]->switched_from(rq, p);
		if (class_of(p)->switched_to)
			class_of(p)->switched_to(rq, p);
		if (ctx->running && (K->b.class_lowered_reschedules || class_id(p) == CLASS_FAIR) &&
		    class_id(p) < ctx->old_class)
			resched_curr(rq);
		else if (ctx->queued && !ctx->running)
			wakeup_preempt(rq, p, 0);
	} else if ((ctx->old_prio != p->prio || class_id(p) == CLASS_DL) &&
		   class_of(p)->prio_changed) {
		class_of(p)->prio_changed(rq, p, ctx->old_prio);
	}
}

void sched_change_end(struct sched_change *ctx)
{
	struct task_struct *p = ctx->p;
	struct rq *rq = task_rq(p);

	lockdep_assert_rq_held(rq);
	if (ctx->old_class != class_id(p) && class_of(p)->switching_to)
		class_of(p)->switching_to(rq, p);
	if (ctx->queued) {
		class_of(p)->enqueue_task(rq, p, ctx->flags);
		if (sched_core_enabled(rq))
			sched_core_enqueue(rq, p);
	}
	if (ctx->running)
		class_of(p)->set_next_task(rq, p, false);
	change_class_hooks(ctx, rq);
	if (unlikely(ctx->throttled && ctx->queued && !ctx->running)) /* it may be so no more */
		wakeup_preempt(rq, p, 0);
}

void set_task_class(struct task_struct *p, enum sched_class_id id)
{
	bool told = p->sched_class != &sched_classes[id] && !list_empty(&p->tasks);

	p->sched_class = &sched_classes[id];
	if (told) /* until it is published, nobody knows the task: task_trace() tells then */
		TRACE(task_class, p->pid, id);
}

/* ---- moving a queued task ---- */

/* Let go of @from, take @to: nothing protects both at once but the task's state. */
void double_rq_relock(struct rq *from, struct rq *to)
{
	raw_spin_rq_unlock(from);
	raw_spin_rq_lock(to);
}

bool double_lock_try(struct rq *rq, struct rq *other)
{
	return rq_lockp(rq) == rq_lockp(other) || raw_spin_rq_trylock(other);
}

void double_unlock_balance(struct rq *rq, struct rq *other)
{
	if (rq_lockp(rq) != rq_lockp(other))
		raw_spin_rq_unlock(other);
}

bool double_lock_balance(struct rq *rq, struct rq *other)
{
	if (double_lock_try(rq, other))
		return false;
	if (rq->cpu < other->cpu) {
		raw_spin_rq_lock(other);
		return false;
	}
	raw_spin_rq_unlock(rq);
	raw_spin_rq_lock(other);
	raw_spin_rq_lock(rq);
	return true;
}

struct rq *move_queued_task(struct rq *rq, struct task_struct *p, s32 cpu)
{
	struct rq *dst = cpu_rq(cpu);

	deactivate_task(rq, p, DEQUEUE_NOCLOCK);
	set_task_cpu(p, cpu);
	double_rq_relock(rq, dst);
	update_rq_clock(dst);
	activate_task(dst, p, 0);
	wakeup_preempt(dst, p, 0);
	return dst;
}

void move_queued_task_locked(struct rq *src, struct rq *dst, struct task_struct *p)
{
	deactivate_task(src, p, DEQUEUE_NOCLOCK);
	set_task_cpu(p, dst->cpu);
	activate_task(dst, p, ENQUEUE_NOCLOCK);
}

/* ---- affinity ---- */

/*
 * core.c:affine_move_task(): whoever changes the mask of a task that has to leave its CPU waits
 * until it has left. A task that runs is moved by the stopper; one with migration disabled, once
 * it is enabled again.
 */
struct set_affinity_pending {
	struct task_struct *p;
	struct stop_work work;
	struct completion done, gone; /* @gone: nobody else looks at this, on a task's stack */
	s32 dest;
	u32 waiters;
	bool stop_pending; /* @work is under way */
};

static struct set_affinity_pending *take_pending(struct task_struct *p)
{
	struct set_affinity_pending *pending = host_of(p)->m->migration_pending;

	host_of(p)->m->migration_pending = NULL;
	return pending;
}

/* @p's locks held: it is where it may be, or can be moved; true: whoever waits may go on */
static bool leave_cpu(struct rq **rq, struct task_struct *p, s32 dest)
{
	if (is_migration_disabled(p))
		return false;
	if (cpumask_test_cpu(task_cpu(p), &p->cpus_mask))
		return true;
	if (!task_on_rq_queued(p)) {
		p->wake_cpu = dest;
	} else if (is_cpu_allowed(p, dest)) {
		update_rq_clock(*rq);
		*rq = move_queued_task(*rq, p, dest);
	}
	return true;
}

/* In the stopper of the task's CPU: it cannot be running. */
static void migration_cpu_stop(void *arg)
{
	struct set_affinity_pending *pending = arg;
	struct task_struct *p = pending->p;
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	bool done;

	if (rq != this_rq() && !cpumask_test_cpu(task_cpu(p), p->cpus_ptr)) {
		task_rq_unlock(rq, p, flags);
		stop_one_cpu_nowait(task_cpu(p), &pending->work); /* after it */
		return;
	}
	done = rq != this_rq() || leave_cpu(&rq, p, pending->dest);
	pending->stop_pending = false;
	if (done)
		take_pending(p);
	task_rq_unlock(rq, p, flags);
	if (done)
		complete(&pending->done);
}

static void tell_class(struct task_struct *p)
{
	if (class_of(p)->set_cpus_allowed)
		class_of(p)->set_cpus_allowed(p, p->cpus_ptr);
}

static void do_set_cpus_allowed(struct task_struct *p, const struct cpumask *mask)
{
	struct sched_change ctx;

	sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_NOCLOCK);
	cpumask_copy(&p->cpus_mask, mask);
	p->nr_cpus_allowed = cpumask_weight(mask);
	task_trace_cpus(p);
	tell_class(p);
	sched_change_end(&ctx);
}

/* migration-disable: another mask is in force, p's own stays what it is */
static void do_set_cpus_ptr(struct task_struct *p, const struct cpumask *mask)
{
	struct sched_change ctx;

	sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_NOCLOCK);
	p->cpus_ptr = mask;
	task_trace_cpus(p);
	tell_class(p);
	sched_change_end(&ctx);
}

/* cpu for a task whose present one is not in @mask any more; -1: none is up */
static s32 pick_dest(const struct task_struct *p, const struct cpumask *mask)
{
	bool online = p->flags & PF_KTHREAD || is_migration_disabled(p);
	s32 cpu = cpumask_first_and(mask, online ? machine->online : machine->active);

	return cpu < (s32)machine->nr_cpu_ids ? cpu : -1;
}

/* @own: used, if nobody waits for @p yet */
static struct set_affinity_pending *get_pending(struct task_struct *p, s32 dest,
						struct set_affinity_pending *own)
{
	struct task_model *m = host_of(p)->m;

	if (!m->migration_pending) {
		*own = (struct set_affinity_pending){ .p = p };
		own->work = (struct stop_work){ .fn = migration_cpu_stop, .arg = own };
		init_completion(&own->done);
		init_completion(&own->gone);
		m->migration_pending = own;
	}
	m->migration_pending->dest = dest;
	m->migration_pending->waiters++;
	return m->migration_pending;
}

/* Locks held on entry, released on return. */
static void ask_stopper(struct rq *rq, struct task_struct *p, struct set_affinity_pending *pending,
			unsigned long flags)
{
	bool asked = pending->stop_pending;

	pending->stop_pending = true;
	preempt_disable();
	task_rq_unlock(rq, p, flags);
	if (!asked)
		stop_one_cpu_nowait(rq->cpu, &pending->work);
	preempt_enable();
}

static void wait_until_moved(struct set_affinity_pending *pending, const void *own)
{
	bool last;

	wait_for_completion(&pending->done);
	last = !--pending->waiters;
	if (pending != own && last)
		complete(&pending->gone);
	else if (pending == own && !last)
		wait_for_completion(&pending->gone);
}

/* It may stay where it is, so nobody waits any longer. Locks held on entry, released on return. */
static void stay(struct rq *rq, struct task_struct *p, unsigned long flags)
{
	struct set_affinity_pending *pending = host_of(p)->m->migration_pending;

	if (pending && pending->stop_pending)
		pending = NULL; /* the stopper sees it */
	else
		take_pending(p);
	task_rq_unlock(rq, p, flags);
	if (pending)
		complete(&pending->done);
}

/* Locks held on entry, released on return. Waits until @p is where it may be. */
static void affine_move_task(struct rq *rq, struct task_struct *p, s32 dest, unsigned long flags)
{
	struct set_affinity_pending own, *pending;
	bool moved;

	if (cpumask_test_cpu(task_cpu(p), &p->cpus_mask)) {
		stay(rq, p, flags);
		return;
	}
	pending = get_pending(p, dest, &own);
	if (p->on_cpu || p->__state == TASK_WAKING) {
		ask_stopper(rq, p, pending, flags);
	} else if (is_migration_disabled(p)) {
		task_rq_unlock(rq, p, flags);
	} else {
		if (task_on_rq_queued(p))
			rq = move_queued_task(rq, p, dest);
		moved = !pending->stop_pending; /* else the stopper sees it */
		if (moved)
			take_pending(p);
		task_rq_unlock(rq, p, flags);
		if (moved)
			complete(&pending->done);
	}
	wait_until_moved(pending, &own);
}

int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *mask)
{
	struct cpumask valid;
	unsigned long flags;
	struct rq *rq;
	s32 dest;

	if (!cpumask_and(&valid, mask, machine->possible))
		return -EINVAL;
	rq = task_rq_lock(p, &flags);
	update_rq_clock(rq);
	dest = pick_dest(p, &valid);
	if (dest < 0) {
		task_rq_unlock(rq, p, flags);
		return -EINVAL;
	}
	if (cpumask_equal(&p->cpus_mask, &valid)) {
		task_rq_unlock(rq, p, flags);
		return 0;
	}
	if (p == current && is_migration_disabled(p) && !cpumask_test_cpu(rq->cpu, &valid)) {
		task_rq_unlock(rq, p, flags);
		return -EBUSY;
	}
	do_set_cpus_allowed(p, &valid);
	affine_move_task(rq, p, dest, flags);
	return 0;
}

/* ---- migration-disable ---- */

void migrate_disable(void)
{
	current->migration_disabled++;
}

void migrate_disable_pin(struct rq *rq, struct task_struct *p)
{
	do_set_cpus_ptr(p, &machine->cpumask_of[rq->cpu]);
}

/*
 * The pin of a switch taken in between is undone: the task's own mask is in force
 * again (and the scheduler is told). Was it changed meanwhile, the task leaves.
 */
static void migrate_unpin(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	struct set_affinity_pending *pending;

	update_rq_clock(rq);
	do_set_cpus_ptr(p, &p->cpus_mask);
	pending = host_of(p)->m->migration_pending;
	if (!pending)
		task_rq_unlock(rq, p, flags);
	else if (cpumask_test_cpu(task_cpu(p), &p->cpus_mask))
		stay(rq, p, flags);
	else
		ask_stopper(rq, p, pending, flags);
}

void migrate_enable(void)
{
	struct task_struct *p = current;

	bug_on(!p->migration_disabled, "migrate_enable() without migrate_disable()");
	if (p->migration_disabled > 1) {
		p->migration_disabled--;
		return;
	}
	preempt_disable();
	if (p->cpus_ptr != &p->cpus_mask)
		migrate_unpin(p);
	p->migration_disabled = 0;
	preempt_enable();
}
