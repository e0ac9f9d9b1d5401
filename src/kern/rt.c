// SPDX-License-Identifier: GPL-2.0-only
/*
 * rt.c - SCHED_FIFO and SCHED_RR: a FIFO queue a priority. A waking task goes
 * where it can run at once, if anywhere; there is no pulling.
 */
#include "kern/sched.h"

#define RR_TIMESLICE_NS (100 * NSEC_PER_MSEC)

static struct list_head *rt_queue(struct rq *rq, const struct task_struct *p)
{
	return &rq->rt.queue[p->prio];
}

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
	rq->rt.rt_nr_running++;
	add_nr_running(rq, 1);
}

static bool dequeue_task_rt(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (moves(flags))
		list_del_init(&p->rt.run_list);
	rq->rt.rt_nr_running--;
	add_nr_running(rq, -1);
	return true;
}

static void yield_task_rt(struct rq *rq)
{
	list_move_tail(&rq->curr->rt.run_list, rt_queue(rq, rq->curr));
}

static void wakeup_preempt_rt(struct rq *rq, struct task_struct *p, int flags)
{
	if (class_id(rq->curr) == CLASS_RT && p->prio < rq->curr->prio)
		resched_curr(rq);
}

static struct task_struct *rt_first(struct rq *rq)
{
	for (int prio = 0; rq->rt.rt_nr_running && prio < MAX_RT_PRIO; prio++)
		if (!list_empty(&rq->rt.queue[prio]))
			return list_first_entry(&rq->rt.queue[prio], struct task_struct,
						rt.run_list);
	return NULL;
}

/* rt.c:balance_rt() asks the classes above as well */
static bool balance_rt(struct rq *rq, struct task_struct *prev)
{
	return rq->rt.rt_nr_running || dl_servers_runnable(rq) ||
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
}

static void set_next_task_rt(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = now_ns();
}

static bool rt_fits(s32 cpu, const struct task_struct *p)
{
	const struct task_struct *curr = cpu_rq(cpu)->curr;

	return curr->prio > p->prio && !cpu_rq(cpu)->rt.rt_nr_running;
}

static int select_task_rq_rt(struct task_struct *p, int prev_cpu, int wake_flags)
{
	s32 cpu;

	if (cpumask_test_cpu(prev_cpu, p->cpus_ptr) && rt_fits(prev_cpu, p))
		return prev_cpu;
	for_each_cpu_and(cpu, p->cpus_ptr, machine->active)
		if (is_idle_task(cpu_rq(cpu)->curr) && rt_fits(cpu, p))
			return cpu;
	for_each_cpu_and(cpu, p->cpus_ptr, machine->active)
		if (rt_fits(cpu, p))
			return cpu;
	return prev_cpu;
}

static void task_tick_rt(struct rq *rq, struct task_struct *p)
{
	if (p->policy != SCHED_RR || now_ns() - p->se.exec_start < RR_TIMESLICE_NS)
		return;
	p->se.exec_start = now_ns();
	if (!list_is_singular(rt_queue(rq, p))) {
		list_move_tail(&p->rt.run_list, rt_queue(rq, p));
		resched_curr(rq);
	}
}

static void switched_to_rt(struct rq *rq, struct task_struct *p)
{
	if (task_on_rq_queued(p) && rq->curr != p && p->prio < rq->curr->prio)
		resched_curr(rq);
}

static void prio_changed_rt(struct rq *rq, struct task_struct *p, int oldprio)
{
	const struct task_struct *first = rt_first(rq);

	if (rq->curr == p ? first && first->prio < p->prio : p->prio < rq->curr->prio)
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
	.task_tick = task_tick_rt,
	.switched_to = switched_to_rt,
	.prio_changed = prio_changed_rt,
};
