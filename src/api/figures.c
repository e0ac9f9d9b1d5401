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
		f->exit_ns = machine->lockup->at_ns;
		f->exit_msg = machine->lockup->text;
	} else if (machine->guest_fault[0]) {
		f->exit_kind = "guest_fault";
		f->exit_ns = now_ns(); /* where the machine stands still */
		f->exit_msg = machine->guest_fault;
	} else if (scx.last_exit.valid) {
		f->exit_kind = figures_exit_kind(scx.last_exit.kind);
		f->exit_ns = machine->acc.ended_ns;
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

/* ---- tasks and groups ---- */

/* a task, or the dead of a group, under the name that it is taken together by */
struct member {
	char name[WAIT_GROUP_BYTES];
	const struct task_struct *p;
	const struct dead_group *dead;
};

struct members {
	struct member *at;
	u32 nr;
};

static int by_pid(const void *a, const void *b)
{
	return ((const struct task_row *)a)->t.pid - ((const struct task_row *)b)->t.pid;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static int by_first_pid(const void *a, const void *b)
{
	return ((const struct group_row *)a)->first_pid - ((const struct group_row *)b)->first_pid;
}

static bool reported(const struct task_struct *p, enum run_phase phase)
{
	return task_of_workload(p) && task_in_phase(p, phase);
}

static void gather_tasks(struct figures_part *f)
{
	const struct task_line *line;
	struct task_struct *p;

	for_each_task(p) {
		if (!reported(p, f->phase))
			continue;
		f->tasks[f->nr_tasks].p = p;
		task_figures_of(p, f->phase, &f->tasks[f->nr_tasks++].t);
	}
	list_for_each_entry(line, &machine->acc.lines, node)
		if (line->phase == f->phase)
			f->tasks[f->nr_tasks++] = (struct task_row){ line->f, NULL };
	qsort(f->tasks, f->nr_tasks, sizeof(*f->tasks), by_pid);
}

static void gather_members(const struct figures_part *f, struct members *m)
{
	const struct dead_group *dead;
	struct task_struct *p;

	for_each_task(p) {
		if (!reported(p, f->phase))
			continue;
		m->at[m->nr].p = p;
		wait_group_name(p->comm, m->at[m->nr++].name);
	}
	list_for_each_entry(dead, &machine->acc.groups[f->phase], node) {
		m->at[m->nr].dead = dead;
		strcpy(m->at[m->nr++].name, dead->name);
	}
	qsort(m->at, m->nr, sizeof(*m->at), by_name);
}

static void group_add(struct group_row *g, const struct member *m, enum run_phase phase,
		      struct wait_sum *sum)
{
	pid_t pid = m->p ? m->p->pid : m->dead->first_pid;
	struct task_counts n = m->p ? task_phase_counts(m->p, phase) : m->dead->n;

	if (!g->nr || pid < g->first_pid)
		g->first_pid = pid;
	g->nr += m->p ? 1 : m->dead->nr;
	task_counts_add(&g->n, &n);
	if (m->p)
		task_phase_waits(m->p, phase, sum);
	else
		wait_sum_add_stays(sum, m->dead->stay);
}

/* One row of @m's members from @from to before @to. */
static void group_make(struct group_row *g, const struct members *m, u32 from, u32 to,
		       enum run_phase phase)
{
	struct wait_sum sum = {};

	for (; from < to; from++)
		group_add(g, &m->at[from], phase, &sum);
	wait_sum_figures(&sum, &g->wait);
	wait_sum_finish(&sum);
}

static void gather_groups(struct figures_part *f, const struct members *m)
{
	u32 from = 0, to;

	for (; from < m->nr; from = to) {
		struct group_row *g = &f->groups[f->nr_groups++];

		for (to = from + 1; to < m->nr && !by_name(&m->at[from], &m->at[to]); to++)
			;
		strcpy(g->name, m->at[from].name);
		group_make(g, m, from, to, f->phase);
	}
	qsort(f->groups, f->nr_groups, sizeof(*f->groups), by_first_pid);
	group_make(&f->all, m, 0, m->nr, f->phase);
}

/* as many as there may be, of all phases */
static u32 count_tasks(void)
{
	const struct task_line *line;
	struct task_struct *p;
	u32 n = 1;

	for_each_task(p)
		n++;
	list_for_each_entry(line, &machine->acc.lines, node)
		n++;
	return n;
}

/* ---- CPUs ---- */

static void gather_cpus(struct figures_part *f)
{
	for (u32 cpu = 0; cpu < f->nr_cpus; cpu++) {
		struct cpu_counts c = phase_cpu(f->phase, cpu);

		f->cpus[cpu] = (struct cpu_figures){ .busy_ns = c.busy_ns,
						     .idle_ns = c.idle_ns,
						     .switches = c.switches,
						     .kicked = c.kicked };
	}
}

#define WAIT_TOLD_NS NSEC_PER_MSEC

static void gather_waits(struct figures_part *f)
{
	u32 cpu;

	for (cpu = 0; cpu < f->nr_cpus; cpu++) {
		const struct rq_model *m = host_of(cpu_rq((s32)cpu))->m;

		if (!m->spin.what || !m->irqs_off ||
		    figures_ns_since(m->spin.since_ns) < WAIT_TOLD_NS)
			continue;
		f->cpus[cpu].waits_in = m->spin.what;
		f->cpus[cpu].waiting_ns = figures_ns_since(m->spin.since_ns);
		f->cpus[cpu].waits_for = m->spin.target;
	}
}

static int gather_part(enum run_phase phase, struct figures_part *f)
{
	u32 n = count_tasks();
	struct members m = { .at = calloc(n + machine->acc.nr_groups, sizeof(*m.at)) };

	*f = (struct figures_part){ .phase = phase, .nr_cpus = machine->nr_cpu_ids };
	f->cpus = calloc(f->nr_cpus, sizeof(*f->cpus));
	f->tasks = calloc(n, sizeof(*f->tasks));
	f->groups = calloc(n + machine->acc.nr_groups, sizeof(*f->groups));
	if (!m.at || !f->cpus || !f->tasks || !f->groups) {
		free(m.at);
		return api_fail(KS_USAGE, "out of memory");
	}
	f->duration_ns = phase_ns(phase);
	f->switches = phase_switches(phase);
	gather_cpus(f);
	gather_tasks(f);
	gather_members(f, &m);
	gather_groups(f, &m);
	free(m.at);
	return KS_OK;
}

static void part_finish(struct figures_part *f)
{
	free(f->cpus);
	free(f->tasks);
	free(f->groups);
}

/* Under a scheduler, if one saw a task of the workload; the name of the last one. */
static const char *scheduler_of(const struct figures *f)
{
	if (f->has_after)
		return f->under.nr_tasks ? scx.last_exit.name : NULL;
	return scx.state == SCX_ENABLED && scx.root ? scx.root->name : NULL;
}

int figures_gather(const struct ks_machine *km, struct figures *f)
{
	const struct accounts *a = &machine->acc;
	int err;

	*f = (struct figures){ .begin_ns = a->begin_ns,
			       .duration_ns = now_ns() - a->begin_ns,
			       .has_after = a->phase == PHASE_AFTER || a->part[PHASE_AFTER].ns,
			       .after_ns = a->ended_ns };
	err = gather_part(PHASE_UNDER, &f->under);
	if (!err)
		err = gather_part(PHASE_AFTER, &f->after);
	if (err) {
		figures_finish(f);
		return err;
	}
	gather_exit(f);
	gather_waits(f->has_after ? &f->after : &f->under);
	f->scheduler = scheduler_of(f);
	f->scheduler_ns = max(a->enabled_ns, a->begin_ns);
	return KS_OK;
}

void figures_finish(struct figures *f)
{
	part_finish(&f->under);
	part_finish(&f->after);
}
