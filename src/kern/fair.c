// SPDX-License-Identifier: GPL-2.0-only
/*
 * fair.c - a simple, honest fair class: tasks ordered by weighted virtual
 * runtime, a slice of a few milliseconds, wakeups onto idle CPUs, and idle CPUs
 * that pull. It is here so that an ejected scheduler has something to fall back
 * to and partial mode something to compete with; it does not model EEVDF's
 * placement (docs/limits).
 */
#include "kern/sched.h"

#include "base/rbtree.h"
#include "kern/ext/ext.h"
#include "kern/topology.h"

#define FAIR_SLICE_NS (3 * NSEC_PER_MSEC)
#define FAIR_WAKEUP_GRAN_NS (1 * NSEC_PER_MSEC)
#define NICE_0_WEIGHT 1024
#define WEIGHT_IDLEPRIO 3

static const u32 prio_to_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

unsigned long sched_weight_from_nice(int nice)
{
	return prio_to_weight[nice + 20];
}

static struct task_struct *task_of(struct rb_node *n)
{
	return container_of(n, struct task_struct, se.run_node);
}

static bool vruntime_before(const struct rb_node *a, const struct rb_node *b)
{
	return (s64)(container_of(a, struct task_struct, se.run_node)->se.vruntime -
		     container_of(b, struct task_struct, se.run_node)->se.vruntime) < 0;
}

unsigned long task_load_weight(const struct task_struct *p)
{
	return p->policy == SCHED_IDLE ? WEIGHT_IDLEPRIO : sched_weight_from_nice(task_nice(p));
}

static u64 weighted(u64 ns, const struct task_struct *p)
{
	return ns * NICE_0_WEIGHT / task_load_weight(p);
}

static void update_min_vruntime(struct rq *rq)
{
	struct rb_node *first = rb_first(&rq->cfs.tasks_timeline.rb_root);

	if (first && (s64)(task_of(first)->se.vruntime - rq->cfs.min_vruntime) > 0)
		rq->cfs.min_vruntime = task_of(first)->se.vruntime;
}

/*
 * The running task stays in the tree. Its vruntime only grows, so its place is wrong once it
 * has passed its neighbour, and the queue's minimum may have grown with it.
 */
static void reposition_curr(struct rq *rq, struct task_struct *p)
{
	struct rb_node *next = rb_next(&p->se.run_node);

	if (next && !vruntime_before(&p->se.run_node, next)) {
		rb_erase(&p->se.run_node, &rq->cfs.tasks_timeline.rb_root);
		rb_add(&p->se.run_node, &rq->cfs.tasks_timeline.rb_root, vruntime_before);
	}
	update_min_vruntime(rq);
}

static void update_curr_fair(struct rq *rq)
{
	struct task_struct *p = rq->curr;
	u64 now = now_ns(), delta = now - p->se.exec_start;

	if (class_id(p) != CLASS_FAIR)
		return;
	p->se.exec_start = now;
	p->se.sum_exec_runtime += delta;
	p->se.vruntime += weighted(delta, p);
	if (p->se.on_rq)
		reposition_curr(rq, p);
	dl_server_update(rq, DL_SERVER_FAIR, delta);
}

/*
 * fair.c:place_entity(), update_entity_lag(): what a task is owed, or owes, is bounded, however
 * long it slept or was of another class. A newcomer has no credit, others half a slice.
 */
static void place_task(struct rq *rq, struct task_struct *p, u64 flags)
{
	u64 credit = flags & K->b.enqueue_initial ? 0 : FAIR_SLICE_NS / 2;
	s64 lag = (s64)(p->se.vruntime - rq->cfs.min_vruntime);

	lag = max(lag, -(s64)credit);
	lag = min(lag, (s64)weighted(2 * FAIR_SLICE_NS, p));
	p->se.vruntime = rq->cfs.min_vruntime + lag;
}

static void enqueue_task_fair(struct rq *rq, struct task_struct *p, u64 flags)
{
	update_curr_fair(rq);
	place_task(rq, p, flags);
	rb_add(&p->se.run_node, &rq->cfs.tasks_timeline.rb_root, vruntime_before);
	p->se.on_rq = 1;
	machine->nr_fair_waiting++;
	if (!rq->cfs.nr_queued++) {
		if (!K->b.dl_server_idle_wait && !rq->nr_running)
			update_curr_idle(rq);
		dl_server_start(rq, DL_SERVER_FAIR);
	}
	add_nr_running(rq, 1);
}

static bool dequeue_task_fair(struct rq *rq, struct task_struct *p, u64 flags)
{
	update_curr_fair(rq);
	rb_erase(&p->se.run_node, &rq->cfs.tasks_timeline.rb_root);
	p->se.on_rq = 0;
	machine->nr_fair_waiting--;
	rq->cfs.nr_queued--;
	add_nr_running(rq, -1);
	update_min_vruntime(rq);
	return true;
}

static void yield_task_fair(struct rq *rq)
{
	struct rb_node *last = rb_last(&rq->cfs.tasks_timeline.rb_root);

	update_curr_fair(rq);
	if (last)
		rq->curr->se.vruntime = max(rq->curr->se.vruntime, task_of(last)->se.vruntime);
	reposition_curr(rq, rq->curr);
}

static void wakeup_preempt_fair(struct rq *rq, struct task_struct *p, int flags)
{
	struct task_struct *curr = rq->curr;

	if (class_id(curr) != CLASS_FAIR || curr == p)
		return;
	update_curr_fair(rq);
	if ((s64)(curr->se.vruntime - p->se.vruntime) > (s64)FAIR_WAKEUP_GRAN_NS)
		resched_curr_lazy(rq);
}

/*
 * A vruntime means something on its own queue only: what a task takes along is its distance
 * from the minimum there. The queues may be unlocked; the minimum of a moment ago will do.
 */
static void migrate_task_rq_fair(struct task_struct *p, s32 cpu)
{
	p->se.vruntime += cpu_rq(cpu)->cfs.min_vruntime - task_rq(p)->cfs.min_vruntime;
}

/* ---- pulling ---- */

static struct task_struct *fair_pullable(struct rq *src, s32 cpu)
{
	for (struct rb_node *n = rb_first(&src->cfs.tasks_timeline.rb_root); n; n = rb_next(n)) {
		struct task_struct *p = task_of(n);

		if (p != src->curr && !p->on_cpu && !is_migration_disabled(p) &&
		    cpumask_test_cpu(cpu, p->cpus_ptr))
			return p;
	}
	return NULL;
}

static bool fair_pull_from(struct rq *rq, struct rq *src)
{
	struct task_struct *p = NULL;

	if (src == rq || src->cfs.nr_queued < 2 || !raw_spin_rq_trylock(src))
		return false;
	p = fair_pullable(src, rq->cpu);
	if (p) {
		update_rq_clock(src);
		deactivate_task(src, p, DEQUEUE_NOCLOCK);
		set_task_cpu(p, rq->cpu);
		activate_task(rq, p, ENQUEUE_NOCLOCK);
	}
	raw_spin_rq_unlock(src);
	return p;
}

static void newidle_balance(struct rq *rq)
{
	s32 cpu;

	if (machine->nr_fair_waiting <= 0 || !cpu_active(rq->cpu))
		return;
	for_each_cpu(cpu, machine->topo[rq->cpu].llc_mask)
		if (fair_pull_from(rq, cpu_rq(cpu)))
			return;
	for_each_cpu(cpu, machine->active)
		if (fair_pull_from(rq, cpu_rq(cpu)))
			return;
}

/* ---- picking ---- */

static struct task_struct *fair_first(struct rq *rq)
{
	struct rb_node *n;

	update_curr_fair(rq);
	if (!rq->cfs.nr_queued && is_idle_task(rq->curr) == 0)
		newidle_balance(rq);
	n = rb_first(&rq->cfs.tasks_timeline.rb_root);
	return n ? task_of(n) : NULL;
}

/* fair.c:balance_fair(): pulling from others comes with the pick here */
static bool balance_fair(struct rq *rq, struct task_struct *prev)
{
	return rq->cfs.nr_queued;
}

static struct task_struct *pick_task_fair(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;

	if (K->b.pick_next_task_fair)
		FN_ENTER(pick_next_task_fair, P64(rq), P64(prev), 0);
	FN_ENTER(pick_task_fair, P64(rq));
	p = fair_first(rq);
	FN_EXIT(pick_task_fair, P64(p), P64(rq));
	if (K->b.pick_next_task_fair)
		FN_EXIT(pick_next_task_fair, P64(p), P64(rq), P64(prev), 0);
	return p;
}

static void put_prev_task_fair(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	update_curr_fair(rq);
	machine->nr_fair_waiting++;
}

static void set_next_task_fair(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = now_ns();
	p->se.prev_sum_exec_runtime = p->se.sum_exec_runtime;
	machine->nr_fair_waiting--;
}

static s32 fair_idlest(const struct task_struct *p, s32 prev)
{
	u32 best_nr = ~0u;
	s32 cpu, best = prev;

	for_each_cpu_and(cpu, p->cpus_ptr, machine->active) {
		u32 nr = cpu_rq(cpu)->nr_running;

		if (nr < best_nr) {
			best_nr = nr;
			best = cpu;
		}
	}
	return best;
}

static bool fair_idle_cpu(s32 cpu)
{
	return is_idle_task(cpu_rq(cpu)->curr) && !cpu_rq(cpu)->nr_running;
}

static int select_task_rq_fair(struct task_struct *p, int prev_cpu, int wake_flags)
{
	s32 cpu;

	if (wake_flags & WF_EXEC)
		return prev_cpu;
	if (cpumask_test_cpu(prev_cpu, p->cpus_ptr) && cpu_active(prev_cpu)) {
		if (fair_idle_cpu(prev_cpu))
			return prev_cpu;
		for_each_cpu_and(cpu, p->cpus_ptr, machine->topo[prev_cpu].llc_mask)
			if (cpu_active(cpu) && fair_idle_cpu(cpu))
				return cpu;
	}
	return fair_idlest(p, prev_cpu);
}

static void task_tick_fair(struct rq *rq, struct task_struct *p)
{
	update_curr_fair(rq);
	if (rq->cfs.nr_queued > 1 &&
	    p->se.sum_exec_runtime - p->se.prev_sum_exec_runtime >= FAIR_SLICE_NS)
		resched_curr_lazy(rq);
}

static void switched_to_fair(struct rq *rq, struct task_struct *p)
{
	if (task_on_rq_queued(p) && rq->curr != p)
		wakeup_preempt(rq, p, 0);
}

static void prio_changed_fair(struct rq *rq, struct task_struct *p, int oldprio)
{
	if (rq->cfs.nr_queued > 1 && (rq->curr == p ? p->prio > oldprio : p->prio < oldprio))
		resched_curr(rq);
}

const struct class_methods fair_sched_class = {
	.name = "fair",
	.enqueue_task = enqueue_task_fair,
	.dequeue_task = dequeue_task_fair,
	.yield_task = yield_task_fair,
	.wakeup_preempt = wakeup_preempt_fair,
	.balance = balance_fair,
	.pick_task = pick_task_fair,
	.put_prev_task = put_prev_task_fair,
	.set_next_task = set_next_task_fair,
	.select_task_rq = select_task_rq_fair,
	.migrate_task_rq = migrate_task_rq_fair,
	.task_tick = task_tick_fair,
	.switched_to = switched_to_fair,
	.prio_changed = prio_changed_fair,
	.update_curr = update_curr_fair,
};
