/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * this_cpu.h - the executing CPU: its run queue, its task, its interrupts. The end of
 * sched.h, since it looks into struct rq_model.
 *
 * These are short and on the path of every event, so they are here and not behind a call:
 *
 *	this_cpu()	what the model keeps for it; not on the host's main fiber
 *	this_rq()	the same, as guests see it
 *	current		whose stack it is
 */
#ifndef KS_KERN_THIS_CPU_H
#define KS_KERN_THIS_CPU_H

#include "kern/sched.h"

static inline struct rq_model *this_cpu(void)
{
	return container_of(machine->engine->running, struct rq_model, ec);
}

static inline struct rq *this_rq(void)
{
	return this_cpu()->rq;
}

#define current (this_cpu()->running)

/* ---- need_resched ---- */

static inline bool test_tsk_thread_flag(const struct task_struct *p, u64 tif)
{
	return p->thread_info.flags >> tif & 1;
}

/* both the request that is answered at once and the lazy one */
static inline void clear_tsk_need_resched(struct task_struct *p)
{
	p->thread_info.flags &= ~(1UL << K->b.tif_need_resched | 1UL << K->b.tif_need_resched_lazy);
}

static inline bool test_tsk_need_resched(const struct task_struct *p)
{
	return test_tsk_thread_flag(p, K->b.tif_need_resched);
}

static inline bool test_tsk_need_resched_lazy(const struct task_struct *p)
{
	return test_tsk_thread_flag(p, K->b.tif_need_resched_lazy);
}

static inline bool need_resched(void)
{
	return test_tsk_need_resched(current);
}

/* what the way to user mode looks at */
static inline bool need_resched_user(void)
{
	return need_resched() || test_tsk_need_resched_lazy(current);
}

/* does an interrupt's end take the CPU from kernel code? */
static inline bool preempt_kernel(void)
{
	return machine->preempt >= PREEMPT_FULL;
}

/* ---- interrupts and preemption ---- */

/* @ns of work done. Other CPUs may act, pending interrupts are taken if they are on. */
static inline void cpu_charge(u64 ns)
{
	struct rq_model *c;

	engine_charge(machine->engine, ns);
	c = this_cpu();
	if (unlikely(c->pending))
		irq_take(c);
}

static inline void local_irq_disable(void)
{
	this_cpu()->irqs_off = true;
}

/* takes what is pending */
static inline void local_irq_enable(void)
{
	struct rq_model *c = this_cpu();

	c->irqs_off = false;
	if (unlikely(c->pending))
		irq_take(c);
}

static inline unsigned long local_irq_save(void)
{
	struct rq_model *c = this_cpu();
	unsigned long flags = c->irqs_off;

	c->irqs_off = true;
	return flags;
}

static inline void local_irq_restore(unsigned long flags)
{
	if (!flags)
		local_irq_enable();
}

static inline void preempt_disable(void)
{
	this_cpu()->preempt_count++;
}

static inline void preempt_enable_no_resched(void)
{
	this_cpu()->preempt_count--;
}

static inline bool in_nmi(void)
{
	return this_cpu()->nmi_count;
}

static inline bool in_hardirq(void)
{
	return this_cpu()->hardirq_count;
}

static inline bool in_task(void)
{
	const struct rq_model *c = this_cpu();

	return !(c->nmi_count | c->hardirq_count | c->softirq_count);
}

static inline bool preemptible(void)
{
	const struct rq_model *c = this_cpu();

	return in_task() && !c->preempt_count && !c->irqs_off && !c->in_idle_wait;
}

/* reschedules if due, irqs are on and the kernel is preemptible */
static inline void preempt_enable(void)
{
	struct rq_model *c = this_cpu();

	if (!--c->preempt_count && unlikely(test_tsk_need_resched(c->running)) &&
	    preempt_kernel() && preemptible())
		preempt_schedule_irq();
}

/* ---- a run queue's deadline servers: dl_server.h ---- */

/* @delta_ns of CPU time of the kind's class. @rq locked. */
static inline void dl_server_update(struct rq *rq, enum dl_server_kind kind, u64 delta_ns)
{
	struct dl_entity *s = &host_of(rq)->m->dl_servers[kind];

	if (s->active)
		update_curr_dl_se(rq, s, delta_ns);
}

/* is there a deadline task that may run, or a server that wants to? */
static inline bool sched_dl_runnable(const struct rq *rq)
{
	return host_of(rq)->m->edf.nr_running;
}

/* ---- a run queue's lock: with core scheduling that of its core ---- */

static inline bool sched_core_enabled(const struct rq *rq)
{
	return unlikely(machine->core_sched) && host_of(rq)->m->core.enabled;
}

static inline raw_spinlock_t *rq_lockp(const struct rq *rq)
{
	return sched_core_enabled(rq) ? &host_of(rq)->m->core.leader->__lock :
					(raw_spinlock_t *)&rq->__lock;
}

/* ---- spinning ---- */

static inline bool raw_spin_is_locked(const raw_spinlock_t *l)
{
	return l->holder;
}

/* by the executing CPU */
static inline bool raw_spin_is_held(const raw_spinlock_t *l)
{
	return l->holder == (u32)smp_processor_id() + 1;
}

static inline void lockdep_assert_held(const raw_spinlock_t *l)
{
	if (unlikely(!raw_spin_is_held(l)))
		lock_not_held(l);
}

static inline void lockdep_assert_rq_held(const struct rq *rq)
{
	lockdep_assert_held(rq_lockp(rq));
}

/* on the executing CPU */
static inline void lockdep_assert_irqs_off(void)
{
	bug_on(!this_cpu()->irqs_off, "interrupts are on on CPU %d", smp_processor_id());
}

/* The executing CPU stays with what it does, but for interrupts. */
static inline void lockdep_assert_preemption_disabled(void)
{
	bug_on(preemptible(), "CPU %d may be preempted here", smp_processor_id());
}

/* in no interrupt */
static inline void lockdep_assert_in_task(void)
{
	bug_on(!in_task(), "CPU %d is in an interrupt", smp_processor_id());
}

/* by the current task */
static inline void lockdep_assert_mutex_held(const struct mutex *m)
{
	bug_on(m->owner != current, "a mutex that the current task should hold is another's");
}

/* in a task, whose stack can be left */
static inline void might_sleep(void)
{
	bug_on(!preemptible(), "CPU %d cannot sleep here", smp_processor_id());
}

/* Look again at all conditions that wait for @target. */
static inline void spin_wake(s32 target)
{
	if (unlikely(machine->nr_spinning))
		spin_look_again(target);
}

#endif
