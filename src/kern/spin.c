// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin.c - spinlocks and busy waits.
 *
 * Nobody really spins: a CPU whose condition does not hold is blocked in the
 * engine until whoever changes the condition wakes it. The waits form a graph,
 * CPU -> CPU whose progress ends the wait. A cycle in it of CPUs with interrupts
 * off can never end; that, or one wait past the hard lockup threshold, is a
 * lockup.
 */
#include "base/shortage.h"
#include "bpf/prog.h"
#include "kern/lockup.h"
#include "kern/points.h"
#include "kern/sched.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- lockups ---- */

static bool spins_forever(const struct rq_model *c)
{
	return c->spin.what && c->irqs_off;
}

static bool spin_cycle(const struct rq_model *start)
{
	const struct rq_model *c = start;

	for (u32 i = 0; i <= machine->nr_cpu_ids; i++) {
		if (!spins_forever(c) || c->spin.target < 0)
			return false;
		c = host_of(cpu_rq(c->spin.target))->m;
		if (c == start)
			return true;
	}
	return false;
}

void lockup_describe(s32 cpu, char *buf, size_t len)
{
	size_t used = 0;
	s32 first = cpu;

	buf[0] = '\0';
	for (u32 i = 0; i <= machine->nr_cpu_ids && used < len; i++) {
		const struct rq_model *c = host_of(cpu_rq(cpu))->m;

		if (!spins_forever(c)) {
			snprintf(buf + used, len - used, "CPU %d runs %s[%d]", cpu,
				 c->rq->curr->comm, c->rq->curr->pid);
			return;
		}
		used += snprintf(buf + used, len - used,
				 "CPU %d spins in %s since %llu us (irqs off) for CPU %d, ", cpu,
				 c->spin.what, c->spin.since_ns / NSEC_PER_USEC, c->spin.target);
		cpu = c->spin.target;
		if (cpu < 0 || cpu == first)
			break;
	}
	if (used >= 2 && used < len)
		buf[used - 2] = '\0';
	if (cpu == first && used < len)
		snprintf(buf + used - 2, len - used + 2, ": a cycle");
}

void lockup_report(const char *why)
{
	struct rq_model *c = this_cpu();
	struct lockup *l = machine->lockup;

	if (!l) {
		l = calloc(1, sizeof(*l));
		shortage_on(!l, "out of memory");
		l->cpu = c->rq->cpu;
		l->since_ns = c->spin.since_ns;
		l->at_ns = now_ns();
		snprintf(l->text, sizeof(l->text), "%s: ", why);
		lockup_describe(l->cpu, l->text + strlen(l->text),
				sizeof(l->text) - strlen(l->text));
		machine->lockup = l;
		TRACE(lockup, l->cpu, c->spin.target);
		machine_stop(machine);
	}
	for (;;)
		engine_block(machine->engine, ~0ULL);
}

/* ---- busy waits ---- */

static void spin_begin(struct rq_model *c, s32 target, const char *what)
{
	c->spin.target = target;
	c->spin.what = what;
	c->spin.since_ns = now_ns();
	machine->nr_spinning++;
	if (spin_cycle(c))
		lockup_report("hard LOCKUP");
}

static void spin_end(struct rq_model *c)
{
	c->spin = (struct spin){ .target = -1 };
	machine->nr_spinning--;
}

/* An interrupt's handler may spin too, and as long as it runs the CPU waits for nobody. */
struct spin spin_interrupt(struct rq_model *c)
{
	struct spin was = c->spin;

	c->spin = (struct spin){ .target = -1 };
	return was;
}

void spin_resume(struct rq_model *c, const struct spin *was)
{
	c->spin = *was;
	if (c->spin.what && spin_cycle(c))
		lockup_report("hard LOCKUP");
}

void spin_until(bool (*cond)(void *arg), void *arg, s32 target, const char *what)
{
	struct rq_model *c = this_cpu();
	u64 limit;

	cpu_charge(machine->cost.relax_ns);
	if (cond(arg))
		return;
	spin_begin(c, target, what);
	c->spin.cond = cond;
	c->spin.arg = arg;
	limit = c->spin.since_ns + HARDLOCKUP_THRESH_NS;
	while (!cond(arg)) {
		engine_block(machine->engine, c->irqs_off ? limit : ~0ULL);
		cpu_charge(0); /* an NMI, or any interrupt if they are on */
		if (c->irqs_off && now_ns() >= limit && !cond(arg))
			lockup_report("hard LOCKUP");
	}
	spin_end(c);
	cpu_charge(machine->cost.relax_ns);
}

#define SPIN_POLL_STEP_NS 200

bool spin_poll(bool (*cond)(void *arg), void *arg, u64 limit_ns, const char *what)
{
	struct rq_model *c = this_cpu();
	u64 start = now_ns();
	bool met;

	spin_begin(c, -1, what);
	while (!(met = cond(arg)) && (!limit_ns || now_ns() - start < limit_ns)) {
		if (c->irqs_off && now_ns() - start >= HARDLOCKUP_THRESH_NS)
			lockup_report("hard LOCKUP");
		cpu_charge(SPIN_POLL_STEP_NS);
	}
	spin_end(c);
	return met;
}

void spin_look_again(s32 target)
{
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		struct rq_model *c = host_of(cpu_rq(cpu))->m;

		if (c->spin.cond && c->spin.target == target && c->spin.cond(c->spin.arg))
			engine_wake(&c->ec);
	}
}

/* ---- spinlocks: tickets, handed over in order of arrival ---- */

static void lock_wait(raw_spinlock_t *l, struct rq_model *c)
{
	u32 *link = &l->waiters;

	while (*link)
		link = &host_of(cpu_rq(*link - 1))->m->lock_next;
	*link = c->rq->cpu + 1;
	c->lock_next = 0;
	spin_begin(c, l->holder - 1, "a spinlock");
	while (l->holder != (u32)c->rq->cpu + 1)
		engine_block(machine->engine, ~0ULL);
	spin_end(c);
}

/*
 * A program may call what takes a lock that its op is called with (6.12: bpf_wq_start()
 * wakes a worker). Nobody else's doing: the model's own code takes each lock once.
 */
static void lock_again(struct rq_model *c)
{
	bug_on(!prog_current(), "CPU %d takes a lock that it holds", c->rq->cpu);
	c->spin = (struct spin){ .what = "a spinlock that it holds",
				 .target = c->rq->cpu,
				 .since_ns = now_ns() };
	lockup_report("hard LOCKUP");
}

void raw_spin_lock(raw_spinlock_t *l)
{
	struct rq_model *c = this_cpu();

	c->preempt_count++;
	engine_charge(machine->engine, machine->cost.lock_ns + point_hold(POINT_LOCK, l, true));
	if (unlikely(l->holder == (u32)c->rq->cpu + 1))
		lock_again(c);
	if (l->holder)
		lock_wait(l, c);
	else
		l->holder = c->rq->cpu + 1;
}

bool raw_spin_trylock(raw_spinlock_t *l)
{
	struct rq_model *c = this_cpu();

	c->preempt_count++;
	point_here(POINT_TRYLOCK, l, true);
	if (!l->holder) {
		l->holder = c->rq->cpu + 1;
		return true;
	}
	c->preempt_count--;
	return false;
}

/* The next waiter owns the lock from here; it sees that when its turn comes. */
static void lock_release(raw_spinlock_t *l)
{
	l->holder = l->waiters;
	if (unlikely(l->waiters)) {
		struct rq_model *next = host_of(cpu_rq(l->waiters - 1))->m;

		l->waiters = next->lock_next;
		for (u32 w = l->waiters; w; w = host_of(cpu_rq(w - 1))->m->lock_next)
			host_of(cpu_rq(w - 1))->m->spin.target = next->rq->cpu;
		engine_wake(&next->ec);
	}
}

void raw_spin_unlock(raw_spinlock_t *l)
{
	lockdep_assert_held(l);
	lock_release(l);
	preempt_enable();
}

void raw_spin_lock_irq(raw_spinlock_t *l)
{
	local_irq_disable();
	raw_spin_lock(l);
}

void raw_spin_unlock_irq(raw_spinlock_t *l)
{
	lockdep_assert_held(l);
	lock_release(l);
	local_irq_enable();
	preempt_enable();
}

unsigned long raw_spin_lock_irqsave(raw_spinlock_t *l)
{
	unsigned long flags = local_irq_save();

	raw_spin_lock(l);
	return flags;
}

void raw_spin_unlock_irqrestore(raw_spinlock_t *l, unsigned long flags)
{
	lockdep_assert_held(l);
	lock_release(l);
	local_irq_restore(flags);
	preempt_enable();
}

void lock_not_held(const raw_spinlock_t *l)
{
	bug_on(true, "lock is held by CPU %d, not by CPU %d", (s32)l->holder - 1,
	       smp_processor_id());
}
