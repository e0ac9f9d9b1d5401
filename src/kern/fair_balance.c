// SPDX-License-Identifier: GPL-2.0-only
/*
 * fair_balance.c - on which CPU a fair task runs. A waking one looks for an idle CPU behind the
 * cache of the CPU where it ran, or of its waker; a new one goes where the least waits. A CPU that
 * is about to idle takes a task from the busiest queue near it; a tick on a CPU where others wait
 * has an idle CPU do the same for all that idle; and busy CPUs level their weights, the further
 * away the more seldom. The domains are the LLC, the node and the machine.
 */
#include "kern/fair.h"

#include "kern/ext/ext.h"
#include "kern/sched.h"
#include "kern/topology.h"

#define MIGRATION_COST_NS (500 * NSEC_PER_USEC) /* task_hot() */
#define BUSY_FACTOR 16U
#define NR_MIGRATE_MAX 32U

/* ---- choosing a CPU ---- */

static bool idle_cpu(s32 cpu)
{
	return is_idle_task(cpu_rq(cpu)->curr) && !cpu_rq(cpu)->nr_running;
}

/* it runs SCHED_IDLE tasks alone, which are as good as none */
static bool sched_idle_cpu(s32 cpu)
{
	const struct rq *rq = cpu_rq(cpu);

	return rq->nr_running && fair_root(rq)->h_nr_idle == rq->nr_running;
}

static bool available(const struct task_struct *p, s32 cpu)
{
	return cpumask_test_cpu(cpu, p->cpus_ptr) && cpu_active(cpu) &&
	       (idle_cpu(cpu) || sched_idle_cpu(cpu));
}

/* a new task: where the least waits; its own CPU, then its LLC first among equals */
static s32 find_idlest_cpu(const struct task_struct *p, s32 prev)
{
	u32 best_nr = ~0u;
	s32 cpu, best = prev;

	for_each_cpu_and(cpu, p->cpus_ptr, machine->active) {
		u32 nr = cpu_rq(cpu)->nr_running * 4 + !cpus_share_cache(cpu, prev) * 2 +
			 (cpu != prev);

		if (nr < best_nr) {
			best_nr = nr;
			best = cpu;
		}
	}
	return best;
}

/* fair.c:wake_affine(): the waker's CPU or the one where it ran? */
static s32 wake_affine(const struct task_struct *p, s32 here, s32 prev, bool sync)
{
	u64 load, prev_load, weight = fair_task_weight(p);

	if (idle_cpu(here) && cpus_share_cache(here, prev))
		return idle_cpu(prev) ? prev : here;
	if (sync && cpu_rq(here)->nr_running == 1)
		return here;
	if (idle_cpu(prev))
		return prev;
	load = fair_root(cpu_rq(here))->load;
	prev_load = fair_root(cpu_rq(prev))->load;
	if (sync && class_id(current) == CLASS_FAIR)
		load -= min(load, fair_task_weight(current));
	return load + weight < prev_load ? here : prev;
}

static bool idle_core(const struct task_struct *p, s32 cpu)
{
	s32 sibling;

	for_each_cpu(sibling, machine->topo[cpu].smt_mask)
		if (!idle_cpu(sibling))
			return false;
	return available(p, cpu);
}

/* from the one after @target on, once around */
static s32 scan_llc(const struct task_struct *p, s32 target,
		    bool (*fits)(const struct task_struct *p, s32 cpu))
{
	const struct cpumask *llc = machine->topo[target].llc_mask;
	s32 cpu = target;

	for (u32 n = cpumask_weight(llc); n; n--) {
		cpu = cpumask_next(cpu, llc);
		if (cpu >= (s32)machine->nr_cpu_ids)
			cpu = cpumask_first(llc);
		if (fits(p, cpu))
			return cpu;
	}
	return -1;
}

static s32 select_idle_sibling(const struct task_struct *p, s32 prev, s32 target)
{
	s32 cpu = -1;

	if (available(p, target))
		return target;
	if (prev != target && cpus_share_cache(prev, target) && available(p, prev))
		return prev;
	if (machine->smt_active)
		cpu = scan_llc(p, target, idle_core);
	if (cpu < 0)
		cpu = scan_llc(p, target, available);
	return cpu < 0 ? target : cpu;
}

int select_task_rq_fair(struct task_struct *p, int prev_cpu, int wake_flags)
{
	s32 here = smp_processor_id(), target = prev_cpu;

	if (wake_flags & WF_EXEC)
		return prev_cpu;
	if (!(wake_flags & WF_TTWU) || !cpumask_test_cpu(prev_cpu, p->cpus_ptr) ||
	    !cpu_active(prev_cpu))
		return find_idlest_cpu(p, prev_cpu);
	if (here >= 0 && here != prev_cpu && cpumask_test_cpu(here, p->cpus_ptr))
		target = wake_affine(p, here, prev_cpu, wake_flags & WF_SYNC);
	return select_idle_sibling(p, prev_cpu, target);
}

/* ---- taking ---- */

/* the domain of the core is none here */
static const struct cpumask *span(s32 cpu, u32 level)
{
	return cpu_domain(cpu, level + 1);
}

static bool same_span(s32 cpu, u32 level)
{
	return level && cpumask_equal(span(cpu, level), span(cpu, level - 1));
}

static bool can_migrate(const struct rq *src, const struct task_struct *p, s32 cpu)
{
	return p != src->curr && !p->on_cpu && !is_migration_disabled(p) &&
	       cpumask_test_cpu(cpu, p->cpus_ptr) && !host_of(p)->m->fair.sched_delayed &&
	       !host_of(p)->m->fair.throttled && !throttled_hierarchy(host_of(p)->m->fair.on);
}

static bool task_hot(const struct task_struct *p)
{
	return now_ns() - p->se.exec_start < MIGRATION_COST_NS;
}

/* The one that ran longest ago; @weight_max: not heavier, and not in the cache any more. */
static struct task_struct *one_to_take(struct rq *src, s32 cpu, u64 weight_max)
{
	struct fair_entity *se;

	list_for_each_entry_reverse(se, &fair_root(src)->tasks, rq_node)
		if (can_migrate(src, se->p, cpu) &&
		    (weight_max == ~0ULL || (se->weight <= weight_max && !task_hot(se->p))))
			return se->p;
	return NULL;
}

/* both locked */
static bool take_one(struct rq *rq, struct rq *src, u64 weight_max)
{
	struct task_struct *p = one_to_take(src, rq->cpu, weight_max);

	if (!p)
		return false;
	move_queued_task_locked(src, rq, p);
	wakeup_preempt(rq, p, 0);
	return true;
}

static struct rq *busiest_rq(s32 cpu, u32 level)
{
	struct rq *busiest = NULL;
	u64 most = 0;
	s32 other;

	for_each_cpu_and(other, span(cpu, level), machine->active) {
		const struct fair_rq *q = fair_root(cpu_rq(other));

		if (other != cpu && q->h_nr_queued > 1 && q->load > most) {
			most = q->load;
			busiest = cpu_rq(other);
		}
	}
	return busiest;
}

/* @wait: for the lock of the other queue, @rq being unlocked meanwhile */
static bool take_nearest(struct rq *rq, bool wait)
{
	bool taken = false;

	if (machine->nr_fair_waiting <= 0 || !cpu_active(rq->cpu))
		return false;
	for (u32 level = 0; level < NR_FAIR_LEVELS && !taken; level++) {
		struct rq *src = same_span(rq->cpu, level) ? NULL : busiest_rq(rq->cpu, level);

		if (!src || (!wait && !double_lock_try(rq, src)))
			continue;
		if (wait)
			double_lock_balance(rq, src);
		update_rq_clock(src);
		taken = (!wait || idle_cpu(rq->cpu)) && take_one(rq, src, ~0ULL);
		double_unlock_balance(rq, src);
	}
	return taken;
}

bool newidle_balance(struct rq *rq)
{
	return take_nearest(rq, false);
}

/* ---- from time to time ---- */

/* The heavier of two gives what makes them more alike, while there is such a task. */
static void level_with(struct rq *rq, struct rq *src)
{
	u64 ours = fair_root(rq)->load, theirs = fair_root(src)->load;

	update_rq_clock(src);
	for (u32 n = 0; n < NR_MIGRATE_MAX && theirs > ours; n++) {
		if (!take_one(rq, src, (theirs - ours) / 2))
			return;
		ours = fair_root(rq)->load;
		theirs = fair_root(src)->load;
	}
}

static void balance_level(struct rq *rq, u32 level)
{
	struct rq *src = busiest_rq(rq->cpu, level);

	if (!src || fair_root(src)->load <= fair_root(rq)->load)
		return;
	double_lock_balance(rq, src);
	level_with(rq, src);
	double_unlock_balance(rq, src);
}

/* fair.c:sched_balance_domains(): every ms for each CPU of the domain, 16 times that while busy */
static void balance_busy(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	for (u32 level = 0; level < NR_FAIR_LEVELS; level++) {
		if (same_span(rq->cpu, level) || now_ns() < c->next_balance_ns[level])
			continue;
		c->next_balance_ns[level] = now_ns() + cpumask_weight(span(rq->cpu, level)) *
							       NSEC_PER_MSEC * BUSY_FACTOR;
		balance_level(rq, level);
	}
}

static s32 find_new_ilb(void)
{
	s32 cpu;

	for_each_cpu(cpu, machine->active)
		if (idle_cpu(cpu) && !tick_nohz_full_cpu(cpu))
			return cpu;
	return -1;
}

/* nohz_idle_balance(), hard irq of an idle CPU: for itself and all that idle */
static void ilb_fn(struct irq_work *w)
{
	s32 cpu;

	for_each_cpu(cpu, machine->active) {
		struct rq *rq = cpu_rq(cpu);

		if (!idle_cpu(cpu))
			continue;
		if (machine->nr_fair_waiting <= 0)
			return;
		raw_spin_rq_lock(rq);
		update_rq_clock(rq);
		if (idle_cpu(cpu) && take_nearest(rq, true))
			resched_curr(rq);
		raw_spin_rq_unlock(rq);
	}
}

void fair_balance_init(struct rq *rq)
{
	init_irq_work(&host_of(rq)->m->ilb, ilb_fn);
}

void fair_balance_tick(struct rq *rq)
{
	s32 ilb;

	if (machine->nr_fair_waiting <= 0 || is_idle_task(rq->curr))
		return;
	if (fair_root(rq)->h_nr_queued > 1) {
		ilb = find_new_ilb();
		if (ilb >= 0)
			irq_work_queue_on(&host_of(cpu_rq(ilb))->m->ilb, ilb);
	}
	if (!cpu_active(rq->cpu))
		return;
	raw_spin_rq_lock(rq);
	update_rq_clock(rq);
	balance_busy(rq);
	raw_spin_rq_unlock(rq);
}
