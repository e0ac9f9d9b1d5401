// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu.c - grace periods. A callback waits until every CPU has been seen where it holds nothing:
 * idle, in user code, or past a switch.
 *
 *	call_rcu ── next tick ─▶ rcu_preempt: begin ─ a jiffy ─▶ all quiet? ─▶ softirq: callbacks
 *	                                              ▲              │ no
 *	                                              └──────────────┘
 *
 * Callbacks that come while a grace period lasts wait for the next one. Whoever keeps rcu_preempt
 * from running keeps all of them. Where the kernel's threads do not live a grace period is a delay
 * (costs.rcu_grace). Facts: kernel/rcu/tree.c:rcu_gp_kthread(), rcu_do_batch().
 */
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/kthreads.h"
#include "kern/sleep.h"
#include "kern/work.h"

struct rcu_call {
	struct list_head node;	  /* machine->rcu_calls, or a list of struct rcu */
	struct delayed_work work; /* where it is a delay */
	void (*fn)(void *);
	void *arg;
};

struct rcu {
	struct task_struct *gp;
	/* for a grace period to begin, for this one to end; then machine->rcu_calls */
	struct list_head next, waiting;
	struct hrtimer start, done; /* the softirqs that begin one and that run callbacks */
	struct cpumask holdouts;
	u64 *passes; /* by cpu: when the grace period began */
};

/* Nothing is held meanwhile: the machine may end in the middle of what is called. */
static void rcu_call_run(struct rcu_call *rc)
{
	struct rcu_call call = *rc;

	list_del(&rc->node);
	free(rc);
	call.fn(call.arg);
}

/* ---- a delay ---- */

static void rcu_call_runs(struct delayed_work *w)
{
	rcu_call_run(container_of(w, struct rcu_call, work));
}

static void call_delayed(struct rcu_call *rc)
{
	list_add_tail(&rc->node, &machine->rcu_calls);
	delayed_work_init(&rc->work, rcu_call_runs);
	queue_delayed_work(&rc->work, machine->cost.rcu_grace_ns);
}

/* ---- grace periods ---- */

static void rcu_start_fires(struct hrtimer *t)
{
	wake_up_process(container_of(t, struct rcu, start)->gp);
}

/* softirq: those that are done, on the CPU where the first of them was asked for */
static void rcu_do_batch(struct hrtimer *t)
{
	while (!list_empty(&machine->rcu_calls))
		rcu_call_run(list_first_entry(&machine->rcu_calls, struct rcu_call, node));
}

/* A CPU asks for one in its next tick. */
static void gp_ask(struct rcu *r)
{
	u64 tick_ns = (now_ns() / tick_period_ns() + 1) * tick_period_ns();

	if (!hrtimer_active(&r->start))
		hrtimer_start(&r->start, tick_ns, -1);
}

void call_rcu(void (*fn)(void *), void *arg)
{
	struct rcu_call *rc = shortage_calloc(1, sizeof(*rc));
	struct rcu *r = machine->rcu;

	rc->fn = fn;
	rc->arg = arg;
	if (!r) {
		call_delayed(rc);
		return;
	}
	list_add_tail(&rc->node, &r->next);
	if (list_empty(&r->waiting))
		gp_ask(r);
}

static bool rcu_quiescent(const struct rq_model *c)
{
	return c->in_user || c->in_idle_wait || c->halted;
}

static void gp_begin(struct rcu *r)
{
	s32 cpu;

	list_splice_tail_init(&r->next, &r->waiting);
	cpumask_copy(&r->holdouts, machine->online);
	for_each_online_cpu(cpu)
		r->passes[cpu] = host_of(cpu_rq(cpu))->m->nr_passes;
}

static void force_qs(struct rcu *r)
{
	s32 cpu;

	for_each_cpu(cpu, &r->holdouts) {
		const struct rq_model *c = host_of(cpu_rq(cpu))->m;

		if (rcu_quiescent(c) || c->nr_passes != r->passes[cpu] || !cpu_online(cpu))
			cpumask_clear_cpu(cpu, &r->holdouts);
	}
}

static void gp_end(struct rcu *r)
{
	list_splice_tail_init(&r->waiting, &machine->rcu_calls);
	if (!hrtimer_active(&r->done))
		hrtimer_start(&r->done, now_ns(), cpumask_first(machine->online));
}

void rcu_gp_kthread(void *arg)
{
	struct rcu *r = arg;

	for (;;) {
		preempt_disable();
		set_current_state(TASK_INTERRUPTIBLE);
		if (list_empty(&r->next)) {
			preempt_enable_no_resched();
			schedule();
			continue;
		}
		set_current_state(TASK_RUNNING);
		preempt_enable();
		gp_begin(r);
		do {
			schedule_until(now_ns() + tick_period_ns()); /* jiffies_till_first_fqs */
			force_qs(r);
		} while (!cpumask_empty(&r->holdouts));
		gp_end(r);
	}
}

struct rcu *rcu_create(struct machine *m)
{
	struct rcu *r = shortage_calloc(1, sizeof(*r));

	r->passes = shortage_calloc(m->nr_cpu_ids, sizeof(*r->passes));
	INIT_LIST_HEAD(&r->next);
	INIT_LIST_HEAD(&r->waiting);
	hrtimer_init(&r->start, false, rcu_start_fires);
	hrtimer_init(&r->done, true, rcu_do_batch);
	return m->rcu = r;
}

void rcu_set_gp(struct task_struct *p)
{
	machine->rcu->gp = p;
}

/* ---- waiting for one ---- */

static void wakeme_after_rcu(void *arg)
{
	complete(arg);
}

void synchronize_rcu(void)
{
	struct completion done;

	if (!machine->rcu) {
		schedule_until(now_ns() + machine->cost.rcu_grace_ns);
		return;
	}
	init_completion(&done);
	call_rcu(wakeme_after_rcu, &done);
	wait_for_completion(&done);
}

/* ---- life ---- */

static void calls_free(struct list_head *list)
{
	struct rcu_call *rc, *tmp;

	list_for_each_entry_safe(rc, tmp, list, node)
		free(rc);
}

void rcu_calls_release(void)
{
	struct rcu *r = machine->rcu;

	calls_free(&machine->rcu_calls);
	if (!r)
		return;
	calls_free(&r->next);
	calls_free(&r->waiting);
	free(r->passes);
	free(r);
	machine->rcu = NULL;
}
