// SPDX-License-Identifier: GPL-2.0-only
/* kthreads.c - see kthreads.h. */
#include "kern/kthreads.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/preempt.h"
#include "kern/sleep.h"
#include "kern/stop.h"
#include "kern/work.h"

#define VMSTAT_PERIOD_NS NSEC_PER_SEC /* sysctl_stat_interval */
#define VMSTAT_SKEW 3		      /* timer.c:round_jiffies(): jiffies a CPU */
#define VMSTAT_NS 1500		      /* vmstat_update(), a guess */
#define LOOK_NS 1000		      /* what a sleeper does each period, a guess */
#define PARK_LOOK_NS (10 * NSEC_PER_USEC)

/* ---- bodies ---- */

/* @arg: the period in ms */
static void sleeper(void *arg)
{
	u64 period_ns = (u64)(uintptr_t)arg * NSEC_PER_MSEC, next_ns = now_ns();

	for (;;) {
		if (!period_ns) {
			set_current_state(TASK_INTERRUPTIBLE);
			schedule();
			continue;
		}
		kernel_run(LOOK_NS);
		next_ns += period_ns;
		schedule_until(next_ns);
	}
}

static void softirq_body(void *arg)
{
	struct rq_model *c = arg;

	for (;;) {
		preempt_disable();
		set_current_state(TASK_INTERRUPTIBLE);
		if (list_empty(&c->softirq_timers)) {
			preempt_enable_no_resched();
			schedule();
			continue;
		}
		set_current_state(TASK_RUNNING);
		preempt_enable();
		ksoftirqd_run(c);
	}
}

/* ---- a CPU's comings and goings ---- */

struct cpuhp {
	struct task_struct *task;
	struct rq *rq;
	void (*fn)(struct rq *rq); /* NULL: nothing to do */
	struct completion done;
};

static void cpuhp_body(void *arg)
{
	struct cpuhp *h = arg;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!h->fn) {
			schedule();
			continue;
		}
		set_current_state(TASK_RUNNING);
		h->fn(h->rq);
		h->fn = NULL;
		complete(&h->done);
	}
}

void cpuhp_invoke(struct rq *rq, void (*fn)(struct rq *rq))
{
	struct cpuhp *h = host_of(rq)->m->cpuhp;

	if (!h) {
		fn(rq);
		return;
	}
	init_completion(&h->done);
	h->fn = fn;
	wake_up_process(h->task);
	wait_for_completion(&h->done);
}

static void until_off_rq(const struct task_struct *p)
{
	while (p->on_rq)
		schedule_until(now_ns() + PARK_LOOK_NS);
}

void kthreads_park(struct rq *rq)
{
	struct rq_model *c = host_of(rq)->m;

	if (!kthreads_live())
		return;
	workers_bind(rq->cpu, false);
	until_off_rq(c->cpuhp->task);
	until_off_rq(c->ksoftirqd_task);
}

void kthreads_unpark(struct rq *rq)
{
	if (kthreads_live())
		workers_bind(rq->cpu, true);
}

/* ---- the memory counters ---- */

static void vmstat_update(struct delayed_work *w)
{
	kernel_run(VMSTAT_NS);
}

/* The CPUs' are a few jiffies apart. */
static u64 vmstat_skew_ns(const struct rq_model *c)
{
	return (u64)c->rq->cpu * VMSTAT_SKEW * tick_period_ns() % VMSTAT_PERIOD_NS;
}

/* A deferrable timer: it comes with a tick, so an idle CPU is not woken for it. */
void vmstat_tick(struct rq_model *c)
{
	u64 skew_ns = vmstat_skew_ns(c);

	c->vmstat_ns = (now_ns() - skew_ns) / VMSTAT_PERIOD_NS * VMSTAT_PERIOD_NS +
		       VMSTAT_PERIOD_NS + skew_ns;
	if (cpu_active(c->rq->cpu))
		queue_delayed_work(c->vmstat, 0);
}

static void vmstat_init(struct rq_model *c)
{
	c->vmstat = shortage_calloc(1, sizeof(*c->vmstat));
	delayed_work_init(c->vmstat, vmstat_update);
	c->vmstat->cpu = c->rq->cpu;
	c->vmstat_ns = VMSTAT_PERIOD_NS + vmstat_skew_ns(c);
}

/* ---- making them ---- */

struct kthread_row {
	const char *dates;
	enum { ONE, CPU } scope;
	const char *name;
	enum { B_sleeper, B_fifo_sleeper, B_worker, B_rcu_gp, B_cpuhp, B_stopper, B_softirq } body;
	int prio;
	u32 flags;
	u32 period_ms;
};

static const struct kthread_row rows[] = {
#define KTHREAD(dates, scope, name, body, prio, flags, period_ms) \
	{ dates, scope, name, B_##body, prio, flags, period_ms },
#include "kern/kthreads.def"
#undef KTHREAD
};

#define UNBOUND_ID(nr_cpus) (4 * (nr_cpus)) /* two pools a CPU for threads, two for softirqs */

static void softirq_create(const struct kthread_attr *attr)
{
	struct rq_model *c = host_of(cpu_rq(attr->cpu))->m;

	c->ksoftirqd_task = kthread_create_with(attr, softirq_body, c);
}

static void cpuhp_create(const struct kthread_attr *attr)
{
	struct rq_model *c = host_of(cpu_rq(attr->cpu))->m;

	c->cpuhp = shortage_calloc(1, sizeof(*c->cpuhp));
	c->cpuhp->rq = c->rq;
	c->cpuhp->task = kthread_create_with(attr, cpuhp_body, c->cpuhp);
}

static enum sched_class_id row_class(const struct kthread_row *row)
{
	if (row->body == B_stopper)
		return CLASS_STOP;
	return row->body == B_fifo_sleeper ? CLASS_RT : CLASS_FAIR;
}

static void row_create(const struct kthread_row *row, s32 cpu)
{
	bool fair = row_class(row) == CLASS_FAIR;
	char comm[64];
	struct kthread_attr attr = {
		.comm = comm,
		.cpu = cpu,
		.class = row_class(row),
		.nice = fair ? row->prio : 0,
		.rt_priority = fair ? 0 : (u32)row->prio,
		.flags = row->flags,
		.asleep = !row->period_ms,
	};

	snprintf(comm, sizeof(comm), row->name,
		 cpu >= 0 ? (u32)cpu : UNBOUND_ID(machine->nr_cpu_ids));
	switch (row->body) {
	case B_sleeper:
	case B_fifo_sleeper:
		kthread_create_with(&attr, sleeper, (void *)(uintptr_t)row->period_ms);
		break;
	case B_worker:
		worker_create(cpu, &attr);
		break;
	case B_rcu_gp:
		rcu_set_gp(kthread_create_with(&attr, rcu_gp_kthread, machine->rcu));
		break;
	case B_cpuhp:
		cpuhp_create(&attr);
		break;
	case B_stopper:
		stopper_create(&attr);
		break;
	case B_softirq:
		softirq_create(&attr);
		break;
	}
}

static bool row_holds(const struct kthread_row *row)
{
	return profile_within(machine->prof, row->dates);
}

/* The rows from @first to before @end are all of CPU. */
static void cpu_rows_create(const struct kthread_row *first, const struct kthread_row *end)
{
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		for (const struct kthread_row *row = first; row < end; row++)
			if (row_holds(row))
				row_create(row, (s32)cpu);
}

void kthreads_create(void)
{
	const struct kthread_row *row = rows, *end = rows + ARRAY_SIZE(rows);

	rcu_create(machine);
	while (row < end) {
		const struct kthread_row *first = row;

		while (row < end && row->scope == CPU)
			row++;
		cpu_rows_create(first, row);
		for (; row < end && row->scope == ONE; row++)
			if (row_holds(row))
				row_create(row, -1);
	}
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		vmstat_init(host_of(cpu_rq((s32)cpu))->m);
}

void kthreads_finish_rq(struct rq *rq)
{
	free(host_of(rq)->m->cpuhp);
	free(host_of(rq)->m->vmstat);
}
