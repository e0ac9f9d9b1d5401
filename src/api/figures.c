// SPDX-License-Identifier: GPL-2.0-only
/* figures.c - see figures.h. */
#include <stdlib.h>
#include <string.h>
#include "api/api.h"
#include "api/figures.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "sys/door.h"

const char *figures_exit_kind(int kind)
{
	switch (kind) {
	case SCX_EXIT_NONE:
		return "none";
	case SCX_EXIT_DONE:
		return "done";
	case SCX_EXIT_UNREG:
		return "unreg";
	case SCX_EXIT_UNREG_BPF:
		return "unreg_bpf";
	case SCX_EXIT_UNREG_KERN:
		return "unreg_kern";
	case SCX_EXIT_SYSRQ:
		return "sysrq";
	case SCX_EXIT_PARENT:
		return "parent";
	case SCX_EXIT_PARENT_KILL:
		return "parent_kill";
	case SCX_EXIT_ERROR:
		return "error";
	case SCX_EXIT_ERROR_BPF:
		return "error_bpf";
	case SCX_EXIT_ERROR_STALL:
		return "error_stall";
	case SCX_EXIT_ERROR_REENQ:
		return "error_reenq";
	case SCX_EXIT_ERROR_RESCUE:
		return "error_rescue";
	default:
		return "unknown";
	}
}

static void gather_exit(struct figures *f)
{
	f->exit_kind = "none";
	f->exit_reason = f->exit_msg = "";
	if (machine->lockup) {
		f->exit_kind = "lockup";
		f->exit_msg = machine->lockup->text;
	} else if (machine->guest_fault[0]) {
		f->exit_kind = "guest_fault";
		f->exit_msg = machine->guest_fault;
	} else if (scx.last_exit.valid) {
		f->exit_kind = figures_exit_kind(scx.last_exit.kind);
		f->exit_code = scx.last_exit.code;
		f->exit_reason = scx.last_exit.reason;
		f->exit_msg = scx.last_exit.msg;
	}
}

u64 figures_ns_since(u64 then_ns)
{
	u64 now = now_ns();

	return now > then_ns ? now - then_ns : 0;
}

void figures_of_cpu(const struct ks_machine *km, u32 cpu, struct cpu_figures *f)
{
	const struct baseline *b = &km->base;
	const struct rq_model *c = cpu_rq(cpu)->m;
	bool counted = b->idle_ns;

	*f = (struct cpu_figures){
		.busy_ns = c->busy_ns - (counted ? b->busy_ns[cpu] : 0),
		.idle_ns = c->idle_ns - (counted ? b->idle_ns[cpu] : 0),
		.switches = cpu_rq(cpu)->nr_switches - (counted ? b->switches[cpu] : 0),
		.kicked = c->nr_kicked - (counted ? b->kicked[cpu] : 0),
	};
}

/* Kernel threads, init and the loader are the machine's own. */
static bool of_workload(const struct task_figures *t)
{
	return !t->kthread && t->pid > 1 && t->pid != loader_task()->pid;
}

static void add_task(struct figures *f, const struct task_figures *t, const u64 *cpu_ns)
{
	if (of_workload(t))
		f->tasks[f->nr_tasks++] = (struct task_row){ *t, cpu_ns };
}

static int by_pid(const void *a, const void *b)
{
	return ((const struct task_row *)a)->t.pid - ((const struct task_row *)b)->t.pid;
}

static void gather_tasks(struct figures *f)
{
	const struct task_figures *dead;
	struct task_figures t;
	struct task_struct *p;

	for_each_task(p) {
		task_figures_of(p, &t);
		add_task(f, &t, p->m->cpu_time_ns);
	}
	list_for_each_entry(dead, &machine->dead_tasks, node)
		add_task(f, dead, NULL);
	qsort(f->tasks, f->nr_tasks, sizeof(*f->tasks), by_pid);
}

static u32 count_tasks(void)
{
	const struct task_figures *dead;
	struct task_struct *p;
	u32 n = 1;

	for_each_task(p)
		n++;
	list_for_each_entry(dead, &machine->dead_tasks, node)
		n++;
	return n;
}

#define WAIT_TOLD_NS NSEC_PER_MSEC

static void gather_waits(struct figures *f)
{
	u32 cpu;

	for (cpu = 0; cpu < f->nr_cpus; cpu++) {
		const struct rq_model *m = cpu_rq((s32)cpu)->m;

		if (!m->spin.what || !m->irqs_off ||
		    figures_ns_since(m->spin.since_ns) < WAIT_TOLD_NS)
			continue;
		f->cpus[cpu].waits_in = m->spin.what;
		f->cpus[cpu].waiting_ns = figures_ns_since(m->spin.since_ns);
		f->cpus[cpu].waits_for = m->spin.target;
	}
}

int figures_gather(const struct ks_machine *km, struct figures *f)
{
	u32 n = count_tasks(), cpu;

	*f = (struct figures){ .nr_cpus = machine->nr_cpu_ids };
	f->duration_ns = now_ns() - km->base.now_ns;
	f->switches = machine->nr_switches - km->base.nr_switches;
	f->cpus = calloc(f->nr_cpus, sizeof(*f->cpus));
	f->tasks = calloc(n, sizeof(*f->tasks));
	if (!f->cpus || !f->tasks) {
		figures_finish(f);
		return api_fail(KS_USAGE, "out of memory");
	}
	gather_exit(f);
	for (cpu = 0; cpu < f->nr_cpus; cpu++)
		figures_of_cpu(km, cpu, &f->cpus[cpu]);
	gather_waits(f);
	gather_tasks(f);
	return KS_OK;
}

void figures_finish(struct figures *f)
{
	free(f->cpus);
	free(f->tasks);
}
