// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle.c - the idle class and the idle loop. The idle task runs with preemption
 * off; an interrupt wakes the CPU, need_resched makes it schedule.
 */
#include "kern/points.h"
#include "kern/sched.h"

#include "kern/ext/ext.h"

static struct task_struct *pick_task_idle(struct rq *rq, struct task_struct *prev)
{
	FN_ENTER(pick_task_idle, P64(rq));
	scx_update_idle(rq, true, false);
	FN_EXIT(pick_task_idle, P64(rq->idle), P64(rq));
	return rq->idle;
}

/* what passed while idle is the deadline servers' as well */
void update_curr_idle(struct rq *rq)
{
	struct sched_entity *se = &rq->idle->se;
	s64 delta = (s64)(now_ns() - se->exec_start);

	if (!is_idle_task(rq->curr) || delta <= 0)
		return;
	se->exec_start = now_ns();
	dl_server_update_idle(rq, (u64)delta);
}

static void put_prev_task_idle(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	update_curr_idle(rq);
	scx_update_idle(rq, false, true);
}

static void set_next_task_idle(struct rq *rq, struct task_struct *p, bool first)
{
	p->se.exec_start = now_ns();
	scx_update_idle(rq, true, true);
}

const struct class_methods idle_sched_class = {
	.name = "idle",
	.pick_task = pick_task_idle,
	.put_prev_task = put_prev_task_idle,
	.set_next_task = set_next_task_idle,
	.update_curr = update_curr_idle,
};

#define PWR_EVENT_EXIT (~0u)

/* kernel/sched/idle.c: state 0 polls, state 1 halts */
static void idle_sleep(struct rq *rq)
{
	struct task_struct *idle = rq->idle;

	TRACE(idle_enter, 0);
	tick_stop(rq);
	if (machine->config.idle_polls)
		idle->thread_info.flags |= 1UL << K->b.tif_polling_nrflag;
	TP(cpu_idle, !machine->config.idle_polls, (u32)rq->cpu);
	cpu_idle_wait();
	TP(cpu_idle, PWR_EVENT_EXIT, (u32)rq->cpu);
	idle->thread_info.flags &= ~(1UL << K->b.tif_polling_nrflag);
	engine_charge(machine->engine, (machine->config.idle_polls ? machine->cost.poll_exit_ns :
								     machine->cost.idle_exit_ns) +
					       point_hold(POINT_IDLE_EXIT, NULL, false));
	tick_nohz_idle_exit(rq);
	TRACE(idle_exit, 0);
}

void cpu_idle_loop(void)
{
	struct rq *rq = this_rq();

	for (;;) {
		local_irq_disable();
		if (host_of(rq)->m->halted)
			cpu_park();
		if (!need_resched())
			idle_sleep(rq);
		else /* booted, or come back, to work that waits: nobody stopped the tick, or started it */
			tick_nohz_idle_exit(rq);
		schedule_idle();
	}
}
