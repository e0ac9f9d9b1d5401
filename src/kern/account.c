// SPDX-License-Identifier: GPL-2.0-only
/* account.c - see account.h. */
#include "kern/account.h"

#include <errno.h>
#include <stdlib.h>

#include "base/shortage.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"

#define GROUPS_MAX 1024 /* of dead tasks, with names of their own */
#define GROUP_OTHERS "(others)"

static struct accounts *acc(void)
{
	return &machine->acc;
}

static enum run_phase other_phase(enum run_phase phase)
{
	return phase == PHASE_UNDER ? PHASE_AFTER : PHASE_UNDER;
}

/* times before the phase are taken for its beginning */
static u64 in_phase(u64 ns)
{
	return max(ns, acc()->since_ns);
}

/* ---- life ---- */

int account_init(struct machine *m)
{
	struct accounts *a = &m->acc;

	INIT_LIST_HEAD(&a->lines);
	a->begin.cpu = calloc(m->nr_cpu_ids, sizeof(*a->begin.cpu));
	for (u32 phase = 0; phase < NR_PHASES; phase++) {
		INIT_LIST_HEAD(&a->groups[phase]);
		a->part[phase].cpu = calloc(m->nr_cpu_ids, sizeof(*a->part[phase].cpu));
		if (!a->part[phase].cpu)
			return -ENOMEM;
	}
	return a->begin.cpu ? 0 : -ENOMEM;
}

static void stays_finish(struct hist stay[NR_WAIT_KINDS])
{
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_finish(&stay[kind]);
}

static void groups_finish(struct list_head *groups)
{
	struct dead_group *g, *tmp;

	list_for_each_entry_safe(g, tmp, groups, node) {
		stays_finish(g->stay);
		free(g);
	}
}

void account_finish(struct machine *m)
{
	struct accounts *a = &m->acc;
	struct task_line *line, *tmp;

	if (!a->lines.next)
		return;
	list_for_each_entry_safe(line, tmp, &a->lines, node)
		free(line);
	for (u32 phase = 0; phase < NR_PHASES; phase++) {
		if (a->groups[phase].next)
			groups_finish(&a->groups[phase]);
		free(a->part[phase].cpu);
	}
	hist_finish(&m->kick_latency);
	free(a->begin.cpu);
}

/* ---- as the machine runs ---- */

void account_cpu_time(struct rq *rq, struct task_struct *p, u64 now_ns)
{
	struct rq_model *c = host_of(rq)->m;
	u64 delta;

	if (now_ns <= c->curr_since_ns) /* another CPU's clock said it was later */
		return;
	delta = now_ns - c->curr_since_ns;
	c->curr_since_ns = now_ns;
	if (is_idle_task(p)) {
		c->idle_ns += delta;
		return;
	}
	c->busy_ns += delta;
	host_of(p)->m->runtime_ns += delta;
	host_of(p)->m->cpu_time_ns[rq->cpu] += delta;
}

u64 account_rest_ns(const struct rq *rq)
{
	const struct rq_model *c = host_of(rq)->m;
	u64 now = c->switching_ns ? c->switching_ns : now_ns();

	return now > c->curr_since_ns ? now - c->curr_since_ns : 0;
}

void account_runnable(struct task_struct *p, bool new)
{
	host_of(p)->m->nr_wakeups += !new;
	waits_begin(&host_of(p)->m->waits, WAIT_WOKEN, in_phase(now_ns()));
}

void account_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next, u64 now_ns)
{
	u64 now = in_phase(now_ns);
	struct task_model *n = host_of(next)->m;

	rq->nr_switches++;
	machine->nr_switches++;
	n->nr_switches++;
	if (!is_idle_task(prev) && task_runnable(prev))
		waits_begin(&host_of(prev)->m->waits, WAIT_PREEMPTED, now);
	waits_end(&n->waits, now);
}

/* ---- what was counted up to now, by the model's own counters ---- */

static struct cpu_counts cpu_total(u32 cpu)
{
	const struct rq *rq = cpu_rq((s32)cpu);

	return (struct cpu_counts){ host_of(rq)->m->busy_ns, host_of(rq)->m->idle_ns,
				    rq->nr_switches, host_of(rq)->m->nr_kicked };
}

static struct cpu_counts cpu_less(struct cpu_counts a, const struct cpu_counts *b)
{
	a.busy_ns -= b->busy_ns;
	a.idle_ns -= b->idle_ns;
	a.switches -= b->switches;
	a.kicked -= b->kicked;
	return a;
}

static struct task_counts task_total(const struct task_model *m)
{
	return (struct task_counts){ m->runtime_ns, m->nr_wakeups, m->nr_switches,
				     m->nr_migrations };
}

static struct task_counts task_less(struct task_counts a, const struct task_counts *b)
{
	a.runtime_ns -= b->runtime_ns;
	a.nr_wakeups -= b->nr_wakeups;
	a.nr_switches -= b->nr_switches;
	a.nr_migrations -= b->nr_migrations;
	return a;
}

void task_counts_add(struct task_counts *to, const struct task_counts *n)
{
	to->runtime_ns += n->runtime_ns;
	to->nr_wakeups += n->nr_wakeups;
	to->nr_switches += n->nr_switches;
	to->nr_migrations += n->nr_migrations;
}

/* ---- phases of CPUs and of the machine ---- */

struct cpu_counts account_cpu(u32 cpu)
{
	return cpu_less(cpu_total(cpu), &acc()->begin.cpu[cpu]);
}

struct cpu_counts phase_cpu(enum run_phase phase, u32 cpu)
{
	if (phase != acc()->phase)
		return acc()->part[phase].cpu[cpu];
	return cpu_less(account_cpu(cpu), &acc()->part[other_phase(phase)].cpu[cpu]);
}

u64 phase_ns(enum run_phase phase)
{
	const struct accounts *a = acc();

	if (phase != a->phase)
		return a->part[phase].ns;
	return in_phase(now_ns()) - a->begin_ns - a->part[other_phase(phase)].ns;
}

u64 phase_switches(enum run_phase phase)
{
	const struct accounts *a = acc();

	if (phase != a->phase)
		return a->part[phase].nr_switches;
	return machine->nr_switches - a->begin.nr_switches -
	       a->part[other_phase(phase)].nr_switches;
}

static void machine_phase_ends(void)
{
	struct accounts *a = acc();
	struct phase_part *part = &a->part[a->phase];

	part->nr_switches = phase_switches(a->phase);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		account_cpu_time(cpu_rq((s32)cpu), host_of(cpu_rq((s32)cpu))->m->running,
				 in_phase(now_ns()));
		part->cpu[cpu] = phase_cpu(a->phase, cpu);
	}
	part->ns = phase_ns(a->phase);
}

/* ---- phases of tasks ---- */

static const struct task_part *part_of(const struct task_struct *p, enum run_phase phase)
{
	static const struct task_part none;

	return host_of(p)->m->past ? &host_of(p)->m->past->part[phase] : &none;
}

static bool is_present(const struct task_struct *p, enum run_phase phase)
{
	return phase == acc()->phase && !(host_of(p)->m->past && host_of(p)->m->past->gone);
}

bool task_in_phase(const struct task_struct *p, enum run_phase phase)
{
	return is_present(p, phase) || part_of(p, phase)->lived;
}

struct task_counts task_phase_counts(const struct task_struct *p, enum run_phase phase)
{
	if (!is_present(p, phase))
		return part_of(p, phase)->n;
	return task_less(task_total(host_of(p)->m), &part_of(p, other_phase(phase))->n);
}

u64 task_phase_cpu_ns(const struct task_struct *p, enum run_phase phase, u32 cpu)
{
	const u64 *past = part_of(p, is_present(p, phase) ? other_phase(phase) : phase)->cpu_ns;

	if (!is_present(p, phase))
		return past ? past[cpu] : 0;
	return host_of(p)->m->cpu_time_ns[cpu] - (past ? past[cpu] : 0);
}

void task_phase_waits(const struct task_struct *p, enum run_phase phase, struct wait_sum *sum)
{
	const struct task_part *part = part_of(p, phase);

	wait_sum_add_stays(sum, part->stay);
	if (is_present(p, phase))
		wait_sum_add(sum, &host_of(p)->m->waits, now_ns());
	else
		sum->waiting_ns = max(sum->waiting_ns, part->waiting_ns);
}

static struct task_past *past_get(struct task_model *m)
{
	if (m->past)
		return m->past;
	m->past = calloc(1, sizeof(*m->past));
	shortage_on(!m->past, "out of memory");
	for (u32 phase = 0; phase < NR_PHASES; phase++) {
		m->past->part[phase].cpu_ns = calloc(machine->nr_cpu_ids, sizeof(u64));
		shortage_on(!m->past->part[phase].cpu_ns, "out of memory");
	}
	return m->past;
}

static void task_phase_ends(struct task_struct *p)
{
	enum run_phase phase = acc()->phase;
	struct task_past *past = past_get(host_of(p)->m);
	struct task_part *part = &past->part[phase];

	if (past->gone)
		return;
	part->lived = true;
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		part->cpu_ns[cpu] = task_phase_cpu_ns(p, phase, cpu);
	part->n = task_phase_counts(p, phase);
	part->waiting_ns = waits_cut(&host_of(p)->m->waits, in_phase(now_ns()));
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_merge(&part->stay[kind], &host_of(p)->m->waits.stay[kind]);
	stays_finish(host_of(p)->m->waits.stay);
	past->gone = host_of(p)->m->dead;
}

void account_task_free(struct task_model *m)
{
	waits_finish(&m->waits);
	for (u32 phase = 0; m->past && phase < NR_PHASES; phase++) {
		stays_finish(m->past->part[phase].stay);
		free(m->past->part[phase].cpu_ns);
	}
	free(m->past);
	m->past = NULL;
}

/* ---- from phase to phase ---- */

static void phase_set(enum run_phase to)
{
	struct accounts *a = acc();
	struct task_struct *p;

	if (to == a->phase)
		return;
	machine_phase_ends();
	for_each_task(p)
		task_phase_ends(p);
	a->since_ns = in_phase(now_ns());
	a->phase = to;
	if (to == PHASE_AFTER)
		a->ended_ns = a->since_ns;
}

void account_sched_state(int state)
{
	if (state == SCX_ENABLED && !acc()->enabled_ns)
		acc()->enabled_ns = now_ns();
	if (state == SCX_ENABLING)
		acc()->exit_claimed = false;
	else if (state == SCX_DISABLING)
		phase_set(PHASE_AFTER);
	else if (state == SCX_ENABLED && !acc()->exit_claimed)
		phase_set(PHASE_UNDER);
}

void account_sched_exit(void)
{
	acc()->exit_claimed = true;
	phase_set(PHASE_AFTER);
}

void account_begin(void)
{
	struct accounts *a = acc();

	a->begin_ns = now_ns();
	a->since_ns = in_phase(a->begin_ns);
	a->begin.nr_switches = machine->nr_switches;
	for (u32 phase = 0; phase < NR_PHASES; phase++) {
		a->part[phase].ns = a->part[phase].nr_switches = 0;
		memset(a->part[phase].cpu, 0, machine->nr_cpu_ids * sizeof(*a->part[phase].cpu));
	}
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		a->begin.cpu[cpu] = cpu_total(cpu);
}

/* ---- tasks in reports ---- */

bool task_of_workload(const struct task_struct *p)
{
	return !host_of(p)->m->kthread && p->pid > 1 && !host_of(p)->m->is_loader;
}

void task_figures_of(const struct task_struct *p, enum run_phase phase, struct task_figures *f)
{
	struct wait_sum sum = {};

	*f = (struct task_figures){ .pid = p->pid,
				    .dead = host_of(p)->m->dead,
				    .n = task_phase_counts(p, phase) };
	memcpy(f->comm, p->comm, sizeof(f->comm));
	task_phase_waits(p, phase, &sum);
	wait_sum_figures(&sum, &f->wait);
	wait_sum_finish(&sum);
}

void task_waits_of(const struct task_struct *p, struct wait_figures *f)
{
	struct wait_sum sum = {};

	for (u32 phase = 0; phase < NR_PHASES; phase++)
		task_phase_waits(p, phase, &sum);
	sum.waiting_ns = waits_open_ns(&host_of(p)->m->waits, now_ns());
	wait_sum_figures(&sum, f);
	wait_sum_finish(&sum);
}

/* ---- the dead ---- */

static struct dead_group *group_get(enum run_phase phase, const char *comm)
{
	struct list_head *groups = &acc()->groups[phase];
	char name[WAIT_GROUP_BYTES];
	struct dead_group *g;

	wait_group_name(comm, name);
	for (;;) {
		list_for_each_entry(g, groups, node)
			if (!strcmp(g->name, name))
				return g;
		if (acc()->nr_groups < GROUPS_MAX || !strcmp(name, GROUP_OTHERS))
			break;
		strcpy(name, GROUP_OTHERS);
	}
	g = calloc(1, sizeof(*g));
	shortage_on(!g, "out of memory");
	strcpy(g->name, name);
	list_add_tail(&g->node, groups);
	acc()->nr_groups++;
	return g;
}

/* Its stays go to its group: one task's are no longer asked for. */
static void group_take(struct task_struct *p, enum run_phase phase)
{
	struct dead_group *g = group_get(phase, p->comm);
	struct task_counts n = task_phase_counts(p, phase);
	const struct task_part *part = part_of(p, phase);

	if (!g->nr++ || p->pid < g->first_pid)
		g->first_pid = p->pid;
	task_counts_add(&g->n, &n);
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++) {
		hist_merge(&g->stay[kind], &part->stay[kind]);
		if (is_present(p, phase))
			hist_merge(&g->stay[kind], &host_of(p)->m->waits.stay[kind]);
	}
}

static void line_add(const struct task_struct *p, enum run_phase phase)
{
	struct task_line *line = malloc(sizeof(*line));

	shortage_on(!line, "out of memory");
	line->phase = phase;
	task_figures_of(p, phase, &line->f);
	list_add_tail(&line->node, &acc()->lines);
}

void account_dead(struct task_struct *p)
{
	if (!task_of_workload(p))
		return;
	for (u32 phase = 0; phase < NR_PHASES; phase++) {
		if (!task_in_phase(p, phase))
			continue;
		line_add(p, phase);
		group_take(p, phase);
	}
	account_task_free(host_of(p)->m);
}
