// SPDX-License-Identifier: GPL-2.0-only
/*
 * rt.c - SCHED_FIFO and SCHED_RR: a FIFO queue a priority, and the two ways in which a task that
 * waits behind its equals or betters finds another CPU:
 *
 *	push	the CPU that has it gives it to one that runs something less urgent: after a switch
 *		to a real-time task, and when one is woken behind another
 *	pull	a CPU that becomes less urgent sends an interrupt around those that have too many
 *		(RT_PUSH_IPI): each of them pushes
 *
 * Facts: kernel/sched/rt.c, cpupri.c. There is no throttling: since 6.12 it is for
 * CONFIG_RT_GROUP_SCHED alone, and deadline servers do its work.
 */
#include "kern/sched.h"

#include "kern/topology.h"

#define RT_MAX_TRIES 3

static struct list_head *rt_queue(struct rq *rq, const struct task_struct *p)
{
	return &rq->rt.queue[p->prio];
}

static struct list_head *pushable(struct rq *rq)
{
	return &host_of(rq)->m->rt_pushable;
}

static struct task_struct *rt_first(struct rq *rq)
{
	for (int prio = 0; rq->rt.rt_nr_running && prio < MAX_RT_PRIO; prio++)
		if (!list_empty(&rq->rt.queue[prio]))
			return list_first_entry(&rq->rt.queue[prio], struct task_struct,
						rt.run_list);
	return NULL;
}

/* rt_rq.highest_prio.curr: MAX_RT_PRIO if there is none */
static int highest_prio(struct rq *rq)
{
	const struct task_struct *first = rt_first(rq);

	return first ? first->prio : MAX_RT_PRIO;
}

/* ---- who could be pushed: those that wait and are bound to no CPU ---- */

static void dequeue_pushable_task(struct rq *rq, struct task_struct *p)
{
	list_del_init(&host_of(p)->m->rt_pushable);
	if (list_empty(pushable(rq)))
		cpumask_clear_cpu(rq->cpu, &machine->rto.mask);
}

static void enqueue_pushable_task(struct rq *rq, struct task_struct *p)
{
	struct task_model *m = host_of(p)->m, *other;
	struct list_head *before = pushable(rq);

	if (p->nr_cpus_allowed < 2)
		return;
	list_del_init(&m->rt_pushable);
	list_for_each_entry(other, pushable(rq), rt_pushable)
		if (other->p->prio > p->prio) {
			before = &other->rt_pushable;
			break;
		}
	list_add_tail(&m->rt_pushable, before);
	cpumask_set_cpu(rq->cpu, &machine->rto.mask);
}

static struct task_struct *pick_next_pushable_task(struct rq *rq)
{
	struct list_head *list = pushable(rq);

	return list_empty(list) ? NULL : list_first_entry(list, struct task_model, rt_pushable)->p;
}

/* ---- where to ---- */

/* cpupri_find(): the CPUs that @p may use and that run the least urgent, if that is less than it */
static bool cpupri_find(const struct task_struct *p, struct cpumask *lowest)
{
	int least = p->prio;
	s32 cpu;

	cpumask_clear(lowest);
	for_each_cpu_and(cpu, &p->cpus_mask, machine->active) {
		int prio = highest_prio(cpu_rq(cpu));

		if (prio < least || prio <= p->prio || sched_dl_runnable(cpu_rq(cpu)) ||
		    class_id(cpu_rq(cpu)->curr) == CLASS_STOP)
			continue;
		if (prio > least)
			cpumask_clear(lowest);
		least = prio;
		cpumask_set_cpu(cpu, lowest);
	}
	return !cpumask_empty(lowest);
}

/* -1: none */
static s32 find_lowest_rq(const struct task_struct *p)
{
	struct cpumask lowest;

	if (p->nr_cpus_allowed == 1 || !cpupri_find(p, &lowest))
		return -1;
	return cpu_nearest(task_cpu(p), &lowest);
}

static int select_task_rq_rt(struct task_struct *p, int cpu, int wake_flags)
{
	const struct task_struct *curr = cpu_rq(cpu)->curr;
	s32 target;

	if (!(wake_flags & (WF_TTWU | WF_FORK)))
		return cpu;
	/* a less urgent one that can go elsewhere is pushed there */
	if (class_id(curr) != CLASS_RT || (curr->nr_cpus_allowed > 1 && curr->prio > p->prio))
		return cpu;
	target = find_lowest_rq(p);
	return target >= 0 && p->prio < highest_prio(cpu_rq(target)) ? target : cpu;
}

/* ---- pushing ---- */

static bool may_still_go(const struct rq *rq, const struct task_struct *p, s32 cpu)
{
	return task_rq(p) == rq && cpumask_test_cpu(cpu, &p->cpus_mask) && !p->on_cpu &&
	       class_id(p) == CLASS_RT && !is_migration_disabled(p) &&
	       p == pick_next_pushable_task((struct rq *)rq);
}

/* locked, or NULL */
static struct rq *find_lock_lowest_rq(struct task_struct *p, struct rq *rq)
{
	for (int tries = 0; tries < RT_MAX_TRIES; tries++) {
		s32 cpu = find_lowest_rq(p);
		struct rq *lowest = cpu < 0 || cpu == rq->cpu ? NULL : cpu_rq(cpu);

		if (!lowest || highest_prio(lowest) <= p->prio)
			return NULL;
		if (double_lock_balance(rq, lowest) && !may_still_go(rq, p, cpu)) {
			double_unlock_balance(rq, lowest);
			return NULL;
		}
		if (highest_prio(lowest) > p->prio)
			return lowest;
		double_unlock_balance(rq, lowest);
	}
	return NULL;
}

/* true: one is gone, perhaps another can go too */
static bool push_rt_task(struct rq *rq)
{
	struct task_struct *p = pick_next_pushable_task(rq);
	struct rq *lowest;

	if (!p)
		return false;
	if (p->prio < rq->curr->prio) {
		resched_curr(rq);
		return false;
	}
	if (is_migration_disabled(p))
		return false;
	get_task_struct(p);
	lowest = find_lock_lowest_rq(p, rq);
	if (lowest) {
		update_rq_clock(rq);
		update_rq_clock(lowest);
		move_queued_task_locked(rq, lowest, p);
		resched_curr(lowest);
		double_unlock_balance(rq, lowest);
	}
	put_task_struct(p);
	return lowest;
}

static void push_rt_tasks(struct rq *rq)
{
	while (push_rt_task(rq))
		;
}

static void rt_queue_push_tasks(struct rq *rq)
{
	if (pick_next_pushable_task(rq))
		queue_balance_callback(rq, &rq->rt.push_head, push_rt_tasks);
}

/* ---- pulling ---- */

/* the next CPU that has too many; each request since the last one means another round */
static s32 rto_next_cpu(struct rt_overload *rto)
{
	for (;;) {
		rto->cpu = cpumask_next(rto->cpu, &rto->mask);
		if (rto->cpu == smp_processor_id())
			continue;
		if (rto->cpu < (s32)machine->nr_cpu_ids)
			return rto->cpu;
		rto->cpu = -1;
		if (rto->loop == rto->loop_next)
			return -1;
		rto->loop = rto->loop_next;
	}
}

static void rto_push_irq_work_func(struct irq_work *work)
{
	struct rq *rq = this_rq();
	s32 cpu;

	if (pick_next_pushable_task(rq)) {
		raw_spin_rq_lock(rq);
		push_rt_tasks(rq);
		raw_spin_rq_unlock(rq);
	}
	cpu = rto_next_cpu(&machine->rto);
	if (cpu >= 0)
		irq_work_queue_on(work, cpu);
}

static void tell_cpu_to_push(void)
{
	struct rt_overload *rto = &machine->rto;
	s32 cpu;

	rto->loop_next++;
	if (rto->cpu >= 0)
		return;
	cpu = rto_next_cpu(rto);
	if (cpu >= 0)
		irq_work_queue_on(rto->work, cpu);
}

static void pull_rt_tasks(struct rq *rq)
{
	const struct cpumask *mask = &machine->rto.mask;

	if (cpumask_empty(mask) || (cpumask_weight(mask) == 1 && cpumask_test_cpu(rq->cpu, mask)))
		return;
	tell_cpu_to_push();
}

void pull_rt_task(struct rq *rq, const struct task_struct *prev)
{
	if (!host_of(prev)->m->rt_on_rq && rq->online && highest_prio(rq) > prev->prio)
		pull_rt_tasks(rq);
}

static void rt_queue_pull_task(struct rq *rq)
{
	queue_balance_callback(rq, &rq->rt.pull_head, pull_rt_tasks);
}

void rto_init(struct machine *m)
{
	m->rto.work = kstack_alloc(sizeof(*m->rto.work));
	init_irq_work(m->rto.work, rto_push_irq_work_func);
	m->rto.cpu = -1;
}

void rt_rq_init(struct rq *rq)
{
	for (int prio = 0; prio < MAX_RT_PRIO; prio++)
		INIT_LIST_HEAD(&rq->rt.queue[prio]);
	INIT_LIST_HEAD(pushable(rq));
	host_of(rq)->m->distribute_prev = -1;
}

/* ---- the class ---- */

/* rt.c:move_entity(): a change that is no move leaves the task's place alone */
static bool moves(u64 flags)
{
	return (flags & (DEQUEUE_SAVE | DEQUEUE_MOVE)) != DEQUEUE_SAVE;
}

static void enqueue_task_rt(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (moves(flags) && flags & K->b.enqueue_head)
		list_add(&p->rt.run_list, rt_queue(rq, p));
	else if (moves(flags))
		list_add_tail(&p->rt.run_list, rt_queue(rq, p));
	host_of(p)->m->rt_on_rq = true;
	rq->rt.rt_nr_running++;
	add_nr_running(rq, 1);
	if (!task_current(rq, p))
		enqueue_pushable_task(rq, p);
}

static bool dequeue_task_rt(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (moves(flags))
		list_del_init(&p->rt.run_list);
	host_of(p)->m->rt_on_rq = false;
	rq->rt.rt_nr_running--;
	add_nr_running(rq, -1);
	dequeue_pushable_task(rq, p);
	return true;
}

static void yield_task_rt(struct rq *rq)
{
	list_move_tail(&rq->curr->rt.run_list, rt_queue(rq, rq->curr));
}

/* @p is bound to this CPU and waits for an equal, which could run elsewhere: that one goes. */
static void check_preempt_equal_prio(struct rq *rq, struct task_struct *p)
{
	struct cpumask lowest;

	if (rq->curr->nr_cpus_allowed == 1 || !cpupri_find(rq->curr, &lowest))
		return;
	if (p->nr_cpus_allowed != 1 && cpupri_find(p, &lowest))
		return;
	list_del_init(&p->rt.run_list);
	list_add(&p->rt.run_list, rt_queue(rq, p));
	resched_curr(rq);
}

static void wakeup_preempt_rt(struct rq *rq, struct task_struct *p, int flags)
{
	if (class_id(p) != CLASS_RT || class_id(rq->curr) != CLASS_RT)
		return;
	if (p->prio < rq->curr->prio)
		resched_curr(rq);
	else if (p->prio == rq->curr->prio && !test_tsk_need_resched(rq->curr))
		check_preempt_equal_prio(rq, p);
}

/* Behind a real-time task, and not about to run: it goes elsewhere. */
static void task_woken_rt(struct rq *rq, struct task_struct *p)
{
	const struct task_struct *curr = rq->curr;

	if (!p->on_cpu && !test_tsk_need_resched(curr) && p->nr_cpus_allowed > 1 &&
	    class_id(curr) >= CLASS_RT && class_id(curr) <= CLASS_DL &&
	    (curr->nr_cpus_allowed < 2 || curr->prio <= p->prio))
		push_rt_tasks(rq);
}

/* rt.c:balance_rt() asks the classes above as well */
static bool balance_rt(struct rq *rq, struct task_struct *prev)
{
	return rq->rt.rt_nr_running || sched_dl_runnable(rq) ||
	       (rq->stop && task_on_rq_queued(rq->stop));
}

static struct task_struct *pick_task_rt(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;

	FN_ENTER(pick_task_rt, P64(rq));
	p = rt_first(rq);
	FN_EXIT(pick_task_rt, P64(p), P64(rq));
	return p;
}

static void put_prev_task_rt(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	if (host_of(p)->m->rt_on_rq)
		enqueue_pushable_task(rq, p);
}

static void set_next_task_rt(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = now_ns();
	dequeue_pushable_task(rq, p);
	if (first)
		rt_queue_push_tasks(rq);
}

static void task_tick_rt(struct rq *rq, struct task_struct *p)
{
	if (p->policy != SCHED_RR || --p->rt.time_slice)
		return;
	p->rt.time_slice = (unsigned int)msecs_to_jiffies(RR_TIMESLICE_MS);
	if (!list_is_singular(rt_queue(rq, p))) {
		list_move_tail(&p->rt.run_list, rt_queue(rq, p));
		resched_curr(rq);
	}
}

static void switched_from_rt(struct rq *rq, struct task_struct *p)
{
	if (task_on_rq_queued(p) && !rq->rt.rt_nr_running)
		rt_queue_pull_task(rq);
}

static void switched_to_rt(struct rq *rq, struct task_struct *p)
{
	if (!task_on_rq_queued(p) || rq->curr == p)
		return;
	if (p->nr_cpus_allowed > 1)
		rt_queue_push_tasks(rq);
	if (p->prio < rq->curr->prio)
		resched_curr(rq);
}

static void prio_changed_rt(struct rq *rq, struct task_struct *p, int oldprio)
{
	if (!task_on_rq_queued(p))
		return;
	if (rq->curr != p) {
		if (p->prio < rq->curr->prio)
			resched_curr(rq);
		return;
	}
	if (oldprio < p->prio)
		rt_queue_pull_task(rq);
	if (p->prio > highest_prio(rq))
		resched_curr(rq);
}

const struct class_methods rt_sched_class = {
	.name = "rt",
	.enqueue_task = enqueue_task_rt,
	.dequeue_task = dequeue_task_rt,
	.yield_task = yield_task_rt,
	.wakeup_preempt = wakeup_preempt_rt,
	.balance = balance_rt,
	.pick_task = pick_task_rt,
	.put_prev_task = put_prev_task_rt,
	.set_next_task = set_next_task_rt,
	.select_task_rq = select_task_rq_rt,
	.task_woken = task_woken_rt,
	.task_tick = task_tick_rt,
	.switched_from = switched_from_rt,
	.switched_to = switched_to_rt,
	.prio_changed = prio_changed_rt,
};
