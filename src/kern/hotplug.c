// SPDX-License-Identifier: GPL-2.0-only
/*
 * hotplug.c - CPUs that go and come. Order as the kernel's hotplug states:
 *
 *	down: not active ─ RCU ─ sched_ext told (may sleep) ─ rq offline ─ tasks
 *	      pushed off by the stopper ─ not online ─ idle task parks
 *	up:   online ─ idle task unparks ─ rq online ─ active ─ sched_ext told
 *
 * Up to the stopper, and from the idle task on, in the CPU's cpuhp thread if there are threads.
 */
#include "kern/sched.h"

#include <errno.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/boot.h"
#include "kern/ext/ext.h"
#include "kern/kthreads.h"
#include "kern/softirq.h"
#include "kern/topology.h"

void hotplug_init(void)
{
	machine->hotplug_lock = calloc(1, sizeof(*machine->hotplug_lock));
	shortage_on(!machine->hotplug_lock, "out of memory");
	rwsem_init(machine->hotplug_lock);
}

void cpus_read_lock(void)
{
	down_read(machine->hotplug_lock);
}

void cpus_read_unlock(void)
{
	up_read(machine->hotplug_lock);
}

/* ---- parking ---- */

/* An offline CPU's idle task: nothing wakes it but cpu_up(). */
void cpu_park(void)
{
	struct rq_model *c = host_of(this_rq())->m;

	tick_stop(c->rq);
	c->pending = 0;
	while (c->halted)
		engine_block(machine->engine, ~0ULL);
}

/* ---- down ---- */

static void set_rq_online(struct rq *rq, bool online)
{
	unsigned long flags = rq_lock_irqsave(rq);

	update_rq_clock(rq);
	rq->online = online;
	host_of(rq)->m->balance_push = !online;
	for (int id = CLASS_STOP; id >= CLASS_IDLE; id--) {
		void (*fn)(struct rq *) = online ? class_methods[id]->rq_online :
						   class_methods[id]->rq_offline;

		if (fn && (id != CLASS_EXT || scx_enabled()))
			fn(rq);
	}
	rq_unlock_irqrestore(rq, flags);
}

/* A task that is queued here and can live elsewhere; NULL when the queue is clean. */
static struct task_struct *task_to_push(struct rq *rq)
{
	struct task_struct *p;

	for_each_task(p)
		if (task_rq(p) == rq && p->on_rq && p != rq->stop && p != current &&
		    !host_of(p)->m->per_cpu_kthread)
			return p;
	return NULL;
}

static void servers_stop(struct rq *rq)
{
	unsigned long flags = rq_lock_irqsave(rq);

	dl_servers_stop(rq);
	rq_unlock_irqrestore(rq, flags);
}

/* In the stopper of the CPU that goes: nothing else runs on it. */
static void push_tasks(void *arg)
{
	struct rq *rq = arg;
	struct task_struct *p;

	while ((p = task_to_push(rq))) {
		unsigned long flags;
		struct rq *locked = task_rq_lock(p, &flags);
		s32 dest = select_fallback_rq(rq->cpu, p);

		if (locked == rq && task_on_rq_queued(p)) {
			update_rq_clock(rq);
			if (is_sched_delayed(p))
				fair_dequeue_delayed(rq, &host_of(p)->m->fair);
			else
				locked = move_queued_task(rq, p, dest);
		}
		task_rq_unlock(locked, p, flags);
	}
	servers_stop(rq);
	cpumask_clear_cpu(rq->cpu, machine->online);
	topology_cpu_online(machine, rq->cpu, false);
	hrtimers_cpu_dying(host_of(rq)->m);
	host_of(rq)->m->halted = true;
}

static void cpuhp_deactivate(struct rq *rq)
{
	cpumask_clear_cpu(rq->cpu, machine->active);
	synchronize_rcu();
	set_rq_online(rq, false);
	scx_rq_deactivate(rq);
	sched_core_cpu_deactivate(rq->cpu);
}

/* Timers of the CPU that goes fire on another from now on. */
int cpu_down(s32 cpu)
{
	struct rq *rq;

	if (!cpu_possible(cpu))
		return -EINVAL;
	rq = cpu_rq(cpu);
	down_write(machine->hotplug_lock);
	if (!cpu_online(cpu) || cpumask_weight(machine->online) == 1) {
		bool gone = !cpu_online(cpu);

		up_write(machine->hotplug_lock);
		return gone ? 0 : -EBUSY;
	}
	if (dl_bw_deactivate(cpu)) {
		up_write(machine->hotplug_lock);
		return -EBUSY;
	}
	TRACE(hotplug, cpu, false);
	cpuhp_invoke(rq, cpuhp_deactivate);
	if (task_cpu(current) == cpu)
		set_cpus_allowed_ptr(current, machine->active);
	kthreads_park(rq);
	stop_one_cpu(cpu, push_tasks, rq);
	up_write(machine->hotplug_lock);
	return 0;
}

/* ---- up ---- */

static void cpuhp_activate(struct rq *rq)
{
	set_rq_online(rq, true);
	cpumask_set_cpu(rq->cpu, machine->active);
	scx_rq_activate(rq);
}

int cpu_up(s32 cpu)
{
	struct rq *rq;

	if (!cpu_possible(cpu))
		return -EINVAL;
	rq = cpu_rq(cpu);
	down_write(machine->hotplug_lock);
	if (!cpu_online(cpu)) {
		TRACE(hotplug, cpu, true);
		cpumask_set_cpu(cpu, machine->online);
		topology_cpu_online(machine, cpu, true);
		sched_core_cpu_starting(cpu);
		host_of(rq)->m->halted = false;
		engine_wake(&host_of(rq)->m->ec);
		kthreads_unpark(rq);
		cpuhp_invoke(rq, cpuhp_activate);
	}
	up_write(machine->hotplug_lock);
	return 0;
}
