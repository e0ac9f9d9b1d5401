// SPDX-License-Identifier: GPL-2.0-only
/*
 * look.c - CPUs, tasks and kicks as they are now. Nothing here changes anything: it may
 * be asked from anywhere.
 */
#include <string.h>
#include "api/figures.h"
#include "api/handle.h"
#include "kern/account.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"
#include "kern/topology.h"

/* What @p ran and is not accounted yet, if it is the one that runs there. */
static u64 since_switch_ns(const struct task_struct *p)
{
	const struct rq_model *c = host_of(cpu_rq(task_cpu(p)))->m;

	return c->running == p ? account_rest_ns(c->rq) : 0;
}

/* ---- CPUs ---- */

KS_PUBLIC unsigned int ks_machine_nr_cpus(const struct ks_machine *km)
{
	return api_enter(km, API_ANYWHERE) ? 0 : km->m->nr_cpu_ids;
}

KS_PUBLIC int ks_machine_cpu(const struct ks_machine *km, unsigned int cpu, struct ks_cpu *out)
{
	const struct task_struct *curr;
	struct cpu_counts f;
	struct ks_cpu c;
	const struct task_struct *running;
	u64 more_ns;

	if (api_enter(km, API_ANYWHERE) || api_need(out))
		return KS_USAGE;
	if (cpu >= km->m->nr_cpu_ids)
		return api_fail(KS_USAGE, "the machine has CPUs 0 to %u, not %u",
				km->m->nr_cpu_ids - 1, cpu);
	curr = cpu_rq(cpu)->curr;
	running = host_of(cpu_rq(cpu))->m->running;
	f = account_cpu(cpu);
	more_ns = account_rest_ns(cpu_rq(cpu));
	c = (struct ks_cpu){
		.online = cpu_online(cpu),
		.core = km->m->topo[cpu].core,
		.llc = km->m->topo[cpu].llc,
		.node = km->m->topo[cpu].node,
		.pid = curr->pid,
		.task_class = task_class_name(curr),
		.nr_running = cpu_rq(cpu)->nr_running,
		.busy_ns = f.busy_ns + (is_idle_task(running) ? 0 : more_ns),
		.idle_ns = f.idle_ns + (is_idle_task(running) ? more_ns : 0),
		.switches = f.switches,
		.kicked = f.kicked,
	};
	memcpy(c.comm, curr->comm, sizeof(c.comm));
	return api_give(out, &c, sizeof(c), "ks_cpu");
}

/* ---- tasks ---- */

static char state_of(const struct task_struct *p)
{
	if (p->on_cpu)
		return 'R';
	if (task_runnable(p))
		return 'Q';
	return p->__state & TASK_UNINTERRUPTIBLE ? 'D' : 'S';
}

static int give_task(const struct task_struct *p, struct ks_task *out)
{
	const struct task_model *m = host_of(p)->m;
	struct wait_figures w;
	struct ks_task t;

	task_waits_of(p, &w);
	t = (struct ks_task){
		.pid = p->pid,
		.state = state_of(p),
		.cpu = task_cpu(p),
		.task_class = task_class_name(p),
		.nice = task_nice(p),
		.kthread = m->kthread,
		.runtime_ns = m->runtime_ns + since_switch_ns(p),
		.wait_ns = w.wait_ns,
		.wakeups = m->nr_wakeups,
		.switches = m->nr_switches,
		.migrations = m->nr_migrations,
		.waiting_ns = w.waiting_ns,
		.latency_p50_ns = w.wakeup.p50_ns,
		.latency_p99_ns = w.wakeup.p99_ns,
		.latency_max_ns = w.wakeup.max_ns,
		.queue_wait_p50_ns = w.queue.p50_ns,
		.queue_wait_p99_ns = w.queue.p99_ns,
		.queue_wait_max_ns = w.queue.max_ns,
	};

	memcpy(t.comm, p->comm, sizeof(t.comm));
	return api_give(out, &t, sizeof(t), "ks_task");
}

KS_PUBLIC int ks_task_next(const struct ks_machine *km, int pid, struct ks_task *out)
{
	const struct task_struct *p;

	if (api_enter(km, API_ANYWHERE) || api_need(out))
		return KS_USAGE;
	for_each_task(p)
		if (p->pid > pid && !host_of(p)->m->exiting)
			return give_task(p, out);
	return api_fail(KS_FAILED, "there is no task after %d", pid);
}

KS_PUBLIC int ks_task_get(const struct ks_machine *km, int pid, struct ks_task *out)
{
	const struct task_struct *p;

	if (api_enter(km, API_ANYWHERE) || api_need(out))
		return KS_USAGE;
	p = find_task_by_pid(pid);
	if (!p || host_of(p)->m->exiting)
		return api_fail(KS_USAGE, "there is no living task %d", pid);
	return give_task(p, out);
}

/* ---- kicks ---- */

KS_PUBLIC int ks_machine_kicks(const struct ks_machine *km, struct ks_kicks *out)
{
	const struct kick_stats *k;
	struct wait_spread latency;
	struct ks_kicks kicks;

	if (api_enter(km, API_ANYWHERE) || api_need(out))
		return KS_USAGE;
	k = &km->m->kicks;
	latency = hist_spread(&km->m->kick_latency);
	kicks = (struct ks_kicks){
		.plain = k->plain,
		.idle = k->idle,
		.preempt = k->preempt,
		.wait = k->wait,
		.sent = k->sent,
		.ipis = k->ipis,
		.skipped_idle = k->skipped_idle,
		.coalesced = k->coalesced,
		.dropped = k->dropped,
		.latency_p50_ns = latency.p50_ns,
		.latency_p99_ns = latency.p99_ns,
		.latency_max_ns = latency.max_ns,
		.calls = k->calls,
	};
	return api_give(out, &kicks, sizeof(kicks), "ks_kicks");
}
