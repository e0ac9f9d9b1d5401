// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq.c - interrupts and preemption of the simulated CPUs.
 *
 * A line that goes up sets a bit in rq_model.pending. It is taken on the fiber
 * that is current on the CPU, as on hardware:
 *
 *	irqs on ──line──▶ irq_take: irqs off, handler, softirqs, irqs on ──▶ preempt?
 *
 * "Preempt?" is preempt_schedule_irq() in the kernel, if its model has it (preempt.h); for
 * user code it is the exit-to-user loop in user_run(), which looks at lazy requests, too; for
 * the idle loop it is schedule_idle().
 */
#include "kern/sched.h"

#include "kern/lockup.h"
#include "kern/points.h"
#include "kern/softirq.h"
#include "kern/task_work.h"

/* ---- taking interrupts ---- */

static void irq_handle(struct rq_model *c, enum irq_vector vec)
{
	switch (vec) {
	case IRQ_TIMER:
		hrtimer_interrupt(c);
		break;
	case IRQ_RESCHEDULE:
		TP(reschedule_entry, X86_RESCHEDULE_VECTOR);
		TP(reschedule_exit, X86_RESCHEDULE_VECTOR);
		break;
	case IRQ_WORK:
		irq_work_run(c);
		break;
	case IRQ_NMI:
		nmi_run(c);
		break;
	case IRQ_CALL:
		sched_ttwu_pending(c);
		break;
	case NR_IRQ_VECTORS:
		break;
	}
}

static u32 irq_deliverable(const struct rq_model *c)
{
	u32 pending = c->pending;

	if (c->nmi_count)
		return 0;
	return c->irqs_off ? pending & (1u << IRQ_NMI) : pending;
}

static void irq_run(struct rq_model *c, enum irq_vector vec)
{
	bool irqs_off = c->irqs_off;
	u32 *nest = vec == IRQ_NMI ? &c->nmi_count : &c->hardirq_count;

	c->pending &= ~(1u << vec);
	c->irqs_off = true;
	(*nest)++;
	c->nr_hardirqs += vec != IRQ_NMI;
	TRACE(irq, vec);
	engine_charge(machine->engine,
		      vec == IRQ_NMI ? machine->cost.nmi_ns : machine->cost.irq_entry_ns);
	irq_handle(c, vec);
	TRACE(irq_exit, vec);
	(*nest)--;
	c->irqs_off = irqs_off;
}

/*
 * irq_exit(): softirqs run with interrupts on unless we interrupted one. Returns
 * with interrupts as the interrupted code had them: on.
 */
void irq_take(struct rq_model *c)
{
	struct spin spin = spin_interrupt(c);
	u32 ready;

	if (!c->hardirq_count && !c->nmi_count && !c->softirq_count)
		c->softirq_rounds = 0;
	while ((ready = irq_deliverable(c))) {
		irq_run(c, __builtin_ctz(ready));
		if (!c->irqs_off && !c->hardirq_count && !c->nmi_count && !c->softirq_count &&
		    softirq_may_run(c))
			softirq_run(c);
	}
	spin_resume(c, &spin);
	if (c->irqs_off || c->hardirq_count || c->nmi_count || c->softirq_count)
		return;
	if (unlikely(machine->nohz_full))
		tick_nohz_irq_exit(c);
	if (!c->preempt_count && !c->in_user && !c->in_idle_wait && need_resched() &&
	    preempt_kernel())
		preempt_schedule_irq();
}

void irq_raise(s32 cpu, enum irq_vector vec)
{
	struct rq_model *c = host_of(cpu_rq(cpu))->m;

	c->pending |= 1u << vec;
	if (c->ec.blocked && irq_deliverable(c))
		engine_wake(&c->ec);
}

static void ipi_arrives(struct event *ev)
{
	s32 cpu = event_cpu(ev);
	struct rq_model *c = host_of(cpu_rq(cpu))->m;

	irq_raise(cpu, (enum irq_vector)(ev - c->ipi));
}

void smp_send_ipi(s32 cpu, enum irq_vector vec)
{
	struct event *ev = &host_of(cpu_rq(cpu))->m->ipi[vec];

	TRACE(ipi, cpu, vec);
	if (!event_pending(ev))
		engine_post(machine->engine, ev,
			    now_ns() + machine->cost.ipi_ns + point_hold_of(POINT_IPI, cpu, ev));
}

void smp_send_reschedule(s32 cpu)
{
	TP(ipi_send_cpu, cpu, 0, 0);
	smp_send_ipi(cpu, IRQ_RESCHEDULE);
}

void irq_init_cpu(struct rq_model *c)
{
	for (int v = 0; v < NR_IRQ_VECTORS; v++)
		event_init(&c->ipi[v], EVENT_HW, c->rq->cpu, ipi_arrives);
	INIT_LIST_HEAD(&c->hrtimers_fired);
	INIT_LIST_HEAD(&c->softirq_timers);
	c->irqs_off = true;
	c->spin.target = -1;
}

/*
 *	bits 20-23 NMI | 16-19 hardirq | 8-15 softirq | 0-7 preemption
 *
 * Facts: include/linux/preempt.h.
 */
u32 preempt_count_of(s32 cpu)
{
	const struct rq_model *c = host_of(cpu_rq(cpu))->m;

	return c->nmi_count << 20 | c->hardirq_count << 16 | c->softirq_count << 8 |
	       c->preempt_count;
}

/* ---- user code and idling ---- */

/* Returns to user mode only when nothing is left to do in the kernel. */
static void exit_to_user(void)
{
	struct rq_model *c = this_cpu();

	for (;;) {
		if (c->pending) {
			irq_take(c);
		} else if (need_resched_user()) {
			schedule();
			c = this_cpu();
		} else if (unlikely(task_work_pending(current))) {
			task_work_run();
			c = this_cpu();
		} else if (unlikely(host_of(current)->m->killed)) {
			do_exit(9);
		} else {
			return;
		}
	}
}

u64 user_run_until(u64 ns, bool (*poked)(const void *arg), const void *arg)
{
	u64 used = 0;

	exit_to_user();
	while (used < ns && !(poked && poked(arg))) {
		struct rq_model *c = this_cpu();
		u64 start = now_ns(), left = ns - used;

		c->in_user = true;
		engine_block(machine->engine, ns == ~0ULL ? ~0ULL : start + left);
		if (c->pending)
			irq_take(c);
		c->in_user = false;
		used += min(now_ns() - start, left);
		exit_to_user();
	}
	return used;
}

void user_run(u64 ns)
{
	user_run_until(ns, NULL, NULL);
}

void user_poke(const struct task_struct *p)
{
	struct rq_model *c = host_of(cpu_rq(task_cpu(p)))->m;

	if (p->on_cpu && c->rq->curr == p && c->in_user)
		engine_wake(&c->ec);
}

void kernel_run(u64 ns)
{
	while (ns) {
		u64 start = now_ns(), ran;

		engine_block(machine->engine, start + ns);
		ran = min(now_ns() - start, ns);
		ns -= ran;
		cpu_charge(0); /* interrupts, and what they preempt us for */
	}
}

/*
 * Interrupts are off on entry, so that a need_resched set since the last look is
 * not lost; they are on while we wait, and off again on return.
 */
void cpu_idle_wait(void)
{
	struct rq_model *c = this_cpu();

	c->in_idle_wait = true;
	c->irqs_off = false;
	while (!need_resched() && !c->halted) {
		if (c->pending)
			irq_take(c);
		else
			engine_block(machine->engine, ~0ULL);
	}
	if (c->pending && !c->halted)
		irq_take(c);
	c->irqs_off = true;
	c->in_idle_wait = false;
}

/* ---- irq work ---- */

#define IRQ_WORK_PENDING 1u

/* Those of run queues and schedulers lie where guests read; all of a work is the host's. */
static struct irq_work *irq_work_host(struct irq_work *w)
{
	return region_contains(P64(w)) ? host_of(w) : w;
}

void init_irq_work(struct irq_work *w, void (*fn)(struct irq_work *))
{
	*irq_work_host(w) = (struct irq_work){ .func = fn };
}

bool irq_work_queue_on(struct irq_work *w, s32 cpu)
{
	struct rq_model *c = host_of(cpu_rq(cpu))->m;
	struct irq_work *hw = irq_work_host(w);

	if (hw->flags & IRQ_WORK_PENDING)
		return false;
	hw->flags |= IRQ_WORK_PENDING;
	hw->llnode.next = NULL;
	if (c->raised_tail)
		irq_work_host(c->raised_tail)->llnode.next = &w->llnode;
	else
		c->raised_head = w;
	c->raised_tail = w;
	if (cpu == smp_processor_id())
		c->pending |= 1u << IRQ_WORK;
	else
		smp_send_ipi(cpu, IRQ_WORK);
	return true;
}

bool irq_work_is_pending(const struct irq_work *w)
{
	return irq_work_host((struct irq_work *)w)->flags & IRQ_WORK_PENDING;
}

bool irq_work_queue(struct irq_work *w)
{
	return irq_work_queue_on(w, smp_processor_id());
}

/* PENDING goes before the handler runs, so a work may queue itself again. */
void irq_work_run(struct rq_model *c)
{
	struct irq_work *w = c->raised_head;

	c->raised_head = c->raised_tail = NULL;
	TP(irq_work_entry, X86_IRQ_WORK_VECTOR);
	while (w) {
		struct irq_work *hw = irq_work_host(w),
				*next = hw->llnode.next ? container_of(hw->llnode.next,
								       struct irq_work, llnode) :
							  NULL;

		hw->flags &= ~IRQ_WORK_PENDING;
		engine_charge(machine->engine,
			      machine->cost.irq_work_ns + point_hold(POINT_IRQ_WORK, w, true));
		hw->func(w);
		w = next;
	}
	TP(irq_work_exit, X86_IRQ_WORK_VECTOR);
}
