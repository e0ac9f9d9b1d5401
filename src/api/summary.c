// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary.c - the report for a person: how it ended, tasks by groups, tasks, CPUs, kicks.
 * Few are listed; of many, the groups and those that waited longest, and CPUs are folded:
 * a machine of 256 CPUs with thousands of tasks is read on one screen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/printable.h"
#include "base/shortage.h"
#include "abi/profile.h"
#include "api/figures.h"
#include "api/handle.h"
#include "api/provenance.h"
#include "api/verdict.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"
#include "kern/topology.h"

#define TASKS_SHOWN 24 /* all, up to so many; */
#define TASKS_WORST 8  /* of more, so many */
#define GROUPS_SHOWN 12
#define CPUS_SHOWN 16
#define FOLDS_MAX 8 /* lines that more CPUs are folded into */
#define PLACES_SHOWN 4
#define TIME_MAX 32

/* 1234567 -> "1.235 ms": three or four digits and a unit */
static const char *human_time(u64 ns, char buf[TIME_MAX])
{
	static const struct {
		u64 unit;
		const char *name;
	} units[] = { { NSEC_PER_SEC, "s" }, { NSEC_PER_MSEC, "ms" }, { NSEC_PER_USEC, "us" } };
	size_t i;
	u64 thousandths;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (ns < units[i].unit)
			continue;
		thousandths = ns / (units[i].unit / 1000);
		snprintf(buf, TIME_MAX, "%llu.%0*llu %s", thousandths / 1000,
			 thousandths < 10000  ? 3 :
			 thousandths < 100000 ? 2 :
						1,
			 thousandths % 1000 /
				 (thousandths < 10000  ? 1 :
				  thousandths < 100000 ? 10 :
							 100),
			 units[i].name);
		return buf;
	}
	snprintf(buf, TIME_MAX, "%llu ns", ns);
	return buf;
}

#define T(ns) human_time(ns, (char[TIME_MAX]){ 0 })
/* of observations, if there were any */
#define T_OF(w, ns) ((w)->nr ? T(ns) : "-")

/* in tenths of a percent */
static u64 permille(u64 part, u64 whole)
{
	return whole ? (part * 1000 + whole / 2) / whole : 0;
}

static void print_head(const struct ks_machine *km, const struct figures *f, FILE *out)
{
	fprintf(out, "kernel %s, %u CPUs, seed %llu, %s of virtual time\n", K->name,
		f->under.nr_cpus, km->seed, T(f->duration_ns));
	if (km->stopped_short_ns == KS_FOREVER)
		fputs("interrupted\n", out);
	else if (km->stopped_short_ns)
		fprintf(out, "interrupted: %s of the run are missing\n", T(km->stopped_short_ns));
}

static const char *one_line(const char *text, char *buf, size_t n)
{
	snprintf(buf, n, "%s", text);
	make_printable(buf);
	return buf;
}

/* a scheduler that left as it should, at the end: what came then is not worth a table */
static bool ended_with_run(const struct figures *f)
{
	return f->under.nr_tasks && scx.last_exit.kind < SCX_EXIT_ERROR &&
	       f->after.duration_ns < f->duration_ns / 100;
}

/* which time the figures are of, when that is not the whole run under it */
static void print_scope(const struct figures *f, FILE *out)
{
	const char *how = scx.last_exit.kind >= SCX_EXIT_ERROR ? "was ejected" : "left";

	if (f->scheduler && f->scheduler_ns - f->begin_ns > f->under.duration_ns / 100)
		fprintf(out, "it came %s into the run; figures are of the time before it, too\n",
			T(f->scheduler_ns - f->begin_ns));
	if (!f->has_after)
		return;
	if (!f->under.nr_tasks) {
		fprintf(out,
			"it %s before the workload began: no figure below is its own, all are of the "
			"%s after it, under the fair class\n",
			how, T(f->after.duration_ns));
		return;
	}
	fprintf(out, "it %s %s into the run; figures are of the %s under it", how,
		T(f->after_ns - f->begin_ns), T(f->under.duration_ns));
	if (!ended_with_run(f))
		fprintf(out, "; those of the %s after it, under the fair class, come last",
			T(f->after.duration_ns));
	fputc('\n', out);
}

static bool machine_died(void)
{
	return machine->lockup || machine->guest_fault[0];
}

/* A machine that dies takes along whoever is there, enabled or on its way. NULL: nobody */
static const char *who_ended(void)
{
	if (machine_died())
		return scx.root ? scx.root->name : NULL;
	return scx.last_exit.name;
}

static void print_end(const struct ks_machine *km, const struct figures *f, FILE *out)
{
	char msg[sizeof(scx.last_exit.msg)];
	const char *who = who_ended();

	if (who)
		fprintf(out, "scheduler '%s' ended", who);
	else
		fputs("the machine ended without a scheduler", out);
	if (who && who == scx.last_exit.name && machine_exit_was_early(km))
		fputs(" before the workload began", out);
	fprintf(out, ": %s%s%s%s%s\n", f->exit_kind, *f->exit_reason ? ", " : "", f->exit_reason,
		*f->exit_msg ? ": " : "", one_line(f->exit_msg, msg, sizeof(msg)));
}

/* a line for each sub-scheduler of the run */
static void print_subs(FILE *out)
{
	char msg[sizeof(scx.subs->msg)];

	for (u32 i = 0; i < scx.nr_sub_records; i++) {
		const struct scx_sub_record *r = &scx.subs[i];

		fprintf(out, "sub-scheduler '%s' on %s: %s", r->name, r->cgroup, scx_sub_state(r));
		if (!r->sch)
			fprintf(out, ", %s%s%s", r->reason, *r->msg ? ": " : "",
				one_line(r->msg, msg, sizeof(msg)));
		fputc('\n', out);
	}
}

static void print_exit(const struct ks_machine *km, const struct figures *f, FILE *out)
{
	bool ended = strcmp(f->exit_kind, "none");

	if (!machine_died() && scx.state == SCX_ENABLED && scx.root)
		fprintf(out, "scheduler '%s' is enabled%s\n", scx.root->name,
			scx.switched_all ? "" : " (partial)");
	else if (!ended)
		fprintf(out, "no scheduler was enabled\n");
	if (ended)
		print_end(km, f, out);
	print_subs(out);
	print_scope(f, out);
}

/* no lockup yet, but what it asked to wait for has not come */
static void print_waits(const struct figures_part *f, FILE *out)
{
	u32 cpu;

	for (cpu = 0; cpu < f->nr_cpus; cpu++) {
		const struct cpu_figures *c = &f->cpus[cpu];

		if (!c->waits_in)
			continue;
		fprintf(out, "at the end CPU %u has been waiting with interrupts off for %s, in %s",
			cpu, T(c->waiting_ns), c->waits_in);
		if (c->waits_for >= 0)
			fprintf(out, " for CPU %d", c->waits_for);
		fputc('\n', out);
	}
}

/* ---- tasks and groups ---- */

#define FIGURES_HEAD \
	"      ran    waited   wakeups   lat p50       p99       max  wait p99       max"

/* what tasks and groups have */
static void print_figures(const struct task_counts *n, const struct wait_figures *w, FILE *out)
{
	const struct wait_spread *wakeup = &w->wakeup, *queue = &w->queue;

	fprintf(out, " %9s %9s %9llu %9s %9s %9s %9s %9s", T(n->runtime_ns), T(w->wait_ns),
		n->nr_wakeups, T_OF(wakeup, wakeup->p50_ns), T_OF(wakeup, wakeup->p99_ns),
		T_OF(wakeup, wakeup->max_ns), T_OF(queue, queue->p99_ns),
		T_OF(queue, queue->max_ns));
}

static void print_group(const struct group_row *g, const char *name, FILE *out)
{
	fprintf(out, "%7u %-15.16s", g->nr, name);
	print_figures(&g->n, &g->wait, out);
	fputc('\n', out);
}

/* longest waits first, then in order of creation */
static int by_wait(u64 a, u64 b, pid_t pid_a, pid_t pid_b)
{
	if (a != b)
		return a > b ? -1 : 1;
	return pid_a - pid_b;
}

static int group_by_wait(const void *a, const void *b)
{
	const struct group_row *x = a, *y = b;

	return by_wait(x->wait.queue.max_ns, y->wait.queue.max_ns, x->first_pid, y->first_pid);
}

static int task_by_wait(const void *a, const void *b)
{
	const struct task_row *x = a, *y = b;

	return by_wait(x->t.wait.queue.max_ns, y->t.wait.queue.max_ns, x->t.pid, y->t.pid);
}

static void print_groups(struct figures_part *f, FILE *out)
{
	u32 i;

	fprintf(out, "\n%7s %-15s%s\n", "tasks", "group", FIGURES_HEAD);
	if (f->nr_groups > GROUPS_SHOWN)
		qsort(f->groups, f->nr_groups, sizeof(*f->groups), group_by_wait);
	for (i = 0; i < min(f->nr_groups, (u32)GROUPS_SHOWN); i++)
		print_group(&f->groups[i], f->groups[i].name, out);
	if (f->nr_groups > GROUPS_SHOWN)
		fprintf(out, "%7s and %u groups more (--json has them all)\n", "",
			f->nr_groups - GROUPS_SHOWN);
	print_group(&f->all, "all", out);
}

/* "0:45% 3:12%", the busiest first */
static void print_places(const struct task_row *row, const struct figures_part *f, FILE *out)
{
	u64 left = ~0ULL, best, ns;
	u32 shown, cpu, at = 0, last = ~0u;

	for (shown = 0; row->p && shown < PLACES_SHOWN; shown++) {
		for (best = 0, cpu = 0; cpu < f->nr_cpus; cpu++) {
			ns = task_phase_cpu_ns(row->p, f->phase, cpu);
			if (ns > best && (ns < left || (ns == left && last != ~0u && cpu > last))) {
				best = ns;
				at = cpu;
			}
		}
		if (!permille(best, row->t.n.runtime_ns))
			break;
		fprintf(out, " %u:%llu%%", at, permille(best, row->t.n.runtime_ns) / 10);
		left = best;
		last = at;
	}
	if (!row->p)
		fprintf(out, " (exited)");
}

static void print_task(const struct task_row *row, const struct figures_part *f, FILE *out)
{
	char comm[TASK_COMM_LEN];

	fprintf(out, "%7d %-15.15s", row->t.pid, one_line(row->t.comm, comm, sizeof(comm)));
	print_figures(&row->t.n, &row->t.wait, out);
	fputc(' ', out);
	print_places(row, f, out);
	fputc('\n', out);
}

static void print_tasks(struct figures_part *f, FILE *out)
{
	bool all = f->nr_tasks <= TASKS_SHOWN;
	u32 i;

	if (!all)
		qsort(f->tasks, f->nr_tasks, sizeof(*f->tasks), task_by_wait);
	if (f->nr_groups < f->nr_tasks || !all)
		print_groups(f, out);
	fprintf(out, "\n%7s %-15s%s  %s\n", "pid", all ? "task" : "waited longest", FIGURES_HEAD,
		"on cpu:share");
	for (i = 0; i < (all ? f->nr_tasks : TASKS_WORST); i++)
		print_task(&f->tasks[i], f, out);
	if (!all)
		fprintf(out, "%7s and %u tasks more (--json has them all)\n", "",
			f->nr_tasks - TASKS_WORST);
}

/* ---- CPUs ---- */

/* CPUs of one line */
struct fold {
	struct cpu_figures sum;
	u32 nr, least, most; /* idle, in tenths of a percent */
};

static u64 idle_permille(const struct cpu_figures *c)
{
	return permille(c->idle_ns, c->busy_ns + c->idle_ns);
}

static void fold_add(struct fold *f, const struct cpu_figures *c)
{
	u32 idle = idle_permille(c);

	f->sum.busy_ns += c->busy_ns;
	f->sum.idle_ns += c->idle_ns;
	f->sum.switches += c->switches;
	f->sum.kicked += c->kicked;
	f->least = f->nr ? min(f->least, idle) : idle;
	f->most = f->nr ? max(f->most, idle) : idle;
	f->nr++;
}

static void print_cpu(const char *name, const struct cpu_figures *c, u64 switches, FILE *out)
{
	fprintf(out, "%9s %11s %11s %4llu.%llu %9llu %9llu", name, T(c->busy_ns), T(c->idle_ns),
		idle_permille(c) / 10, idle_permille(c) % 10, switches, c->kicked);
}

static void print_fold(const char *name, const struct fold *f, u64 switches, FILE *out)
{
	print_cpu(name, &f->sum, switches, out);
	fprintf(out, "  %u.%u..%u.%u\n", f->least / 10, f->least % 10, f->most / 10, f->most % 10);
}

enum fold_by { FOLD_LLC, FOLD_NODE, FOLD_RANGE };

static u32 folds_of(u32 nr_cpus, enum fold_by by, u32 cpu)
{
	const struct cpu_topology *t = &machine->topo[cpu];

	return by == FOLD_LLC  ? (u32)t->llc :
	       by == FOLD_NODE ? (u32)t->node :
				 cpu / ((nr_cpus + FOLDS_MAX - 1) / FOLDS_MAX);
}

/* By the smallest thing that there are few of. */
static enum fold_by fold_choose(u32 nr_cpus)
{
	u32 llcs = 0, nodes = 0, cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		llcs = max(llcs, (u32)machine->topo[cpu].llc + 1);
		nodes = max(nodes, (u32)machine->topo[cpu].node + 1);
	}
	return llcs > 1 && llcs <= FOLDS_MAX   ? FOLD_LLC :
	       nodes > 1 && nodes <= FOLDS_MAX ? FOLD_NODE :
						 FOLD_RANGE;
}

static void print_folded(const struct figures_part *f, FILE *out)
{
	enum fold_by by = fold_choose(f->nr_cpus);
	struct fold fold[FOLDS_MAX] = {};
	u32 first[FOLDS_MAX] = {}, last[FOLDS_MAX] = {}, cpu, i;
	char name[32];

	for (cpu = 0; cpu < f->nr_cpus; cpu++) {
		i = folds_of(f->nr_cpus, by, cpu);
		if (!fold[i].nr)
			first[i] = cpu;
		last[i] = cpu;
		fold_add(&fold[i], &f->cpus[cpu]);
	}
	for (i = 0; i < FOLDS_MAX; i++) {
		if (!fold[i].nr)
			continue;
		if (by == FOLD_RANGE)
			snprintf(name, sizeof(name), "%u-%u", first[i], last[i]);
		else
			snprintf(name, sizeof(name), "%s %u", by == FOLD_LLC ? "llc" : "node", i);
		print_fold(name, &fold[i], fold[i].sum.switches, out);
	}
}

static void print_cpus(const struct figures_part *f, FILE *out)
{
	bool folded = f->nr_cpus > CPUS_SHOWN;
	struct fold all = {};
	char name[32];
	u32 i;

	fprintf(out, "\n%9s %11s %11s %6s %9s %9s%s\n", folded ? "cpus" : "cpu", "busy", "idle",
		"idle%", "switches", "kicked", folded ? "  idle% least..most" : "");
	for (i = 0; i < f->nr_cpus; i++) {
		fold_add(&all, &f->cpus[i]);
		if (folded)
			continue;
		snprintf(name, sizeof(name), "%u", i);
		print_cpu(name, &f->cpus[i], f->cpus[i].switches, out);
		fputc('\n', out);
	}
	if (folded)
		print_folded(f, out);
	print_fold("all", &all, f->switches, out);
}

static void print_kicks(FILE *out)
{
	const struct kick_stats *k = &machine->kicks;
	const struct hist *h = &machine->kick_latency;

	if (!(k->plain + k->idle + k->preempt + k->wait))
		return;
	fprintf(out, "\nkicks: %llu plain, %llu idle, %llu preempt, %llu wait\n", k->plain, k->idle,
		k->preempt, k->wait);
	fprintf(out, "       %llu reschedules sent, %llu by IPI; %llu came together with others\n",
		k->sent, k->ipis, k->coalesced);
	fprintf(out, "       %llu found the CPU not idle, %llu were dropped\n", k->skipped_idle,
		k->dropped);
	if (h->nr)
		fprintf(out, "       latency p50 %s, p99 %s, max %s\n", T(hist_percentile(h, 50)),
			T(hist_percentile(h, 99)), T(h->max));
}

static void print_ops(FILE *out)
{
	u32 op, n = 0;

	for (op = 0; op < NR_SCX_OPS; op++)
		if (scx.total_op_calls[op])
			fprintf(out, "%s%s %llu", n++ ? ", " : "\nops: ", scx_op_name(op),
				scx.total_op_calls[op]);
	if (n)
		fputc('\n', out);
}

static void print_part(struct figures_part *f, FILE *out)
{
	print_tasks(f, out);
	print_cpus(f, out);
}

/* Under the fair class; after a scheduler that had the run for itself, in few lines. */
static void print_after(struct figures *f, FILE *out)
{
	struct fold all = {};

	if (!f->under.nr_tasks) {
		print_part(&f->after, out);
		return;
	}
	fprintf(out, "\nafter it, %s under the fair class:\n", T(f->after.duration_ns));
	print_groups(&f->after, out);
	for (u32 i = 0; i < f->after.nr_cpus; i++)
		fold_add(&all, &f->after.cpus[i]);
	fprintf(out, "%7s CPUs busy %s, idle %s (%llu.%llu%%), %llu switches\n", "",
		T(all.sum.busy_ns), T(all.sum.idle_ns), idle_permille(&all.sum) / 10,
		idle_permille(&all.sum) % 10, f->after.switches);
}

KS_PUBLIC int ks_machine_summary(struct ks_machine *km, FILE *out)
{
	struct printable p;
	struct figures f;
	int err;

	if (api_enter(km, API_OUTSIDE | API_BETWEEN | API_IN_TASK) || api_need(out))
		return KS_USAGE;
	err = figures_gather(km, &f);
	if (err)
		return err;
	out = printable_begin(&p, out);
	print_head(km, &f, out);
	provenance_print(km, out);
	print_exit(km, &f, out);
	verdict_print(km, out);
	print_waits(f.has_after ? &f.after : &f.under, out);
	if (f.under.nr_tasks || !f.has_after)
		print_part(&f.under, out);
	print_kicks(out);
	print_ops(out);
	if (f.has_after && !ended_with_run(&f))
		print_after(&f, out);
	if (km->opts.hash)
		fprintf(out, "\ntrace hash %016llx of %llu events\n", km->stream.hash,
			km->stream.nr);
	figures_finish(&f);
	printable_end(&p); /* what @out has taken is its owner's to ask */
	return KS_OK;
}

/* The dump repeats the message: what a program says there shall not look like lines of it. */
static void put_dump(const char *dump, const char *msg, FILE *out)
{
	char *text = strdup(dump), *clean = strdup(msg), *at = text;
	size_t n = strlen(msg);

	shortage_on(!text || !clean, "out of memory for the scheduler's dump");
	make_printable(clean);
	while (n && (at = strstr(at, msg))) {
		memcpy(at, clean, n);
		at += n;
	}
	fprintf(out, "\nDEBUG DUMP\n%.80s\n\n%s\n%.80s\n\n",
		"================================================================================",
		text,
		"================================================================================");
	free(text);
	free(clean);
}

/* as user_exit_info.h:UEI_REPORT() prints it */
KS_PUBLIC void ks_machine_exit_report(struct ks_machine *km, FILE *out)
{
	char msg[sizeof(scx.last_exit.msg)];
	struct printable p;

	if (api_enter(km, API_OUTSIDE | API_BETWEEN) || !out || !scx.last_exit.valid)
		return;
	out = printable_begin(&p, out);
	if (scx.last_exit.dump && *scx.last_exit.dump)
		put_dump(scx.last_exit.dump, scx.last_exit.msg, out);
	fprintf(out, "EXIT: %s", scx.last_exit.reason);
	if (*one_line(scx.last_exit.msg, msg, sizeof(msg)))
		fprintf(out, " (%s)", msg);
	fprintf(out, " [kind %d, code 0x%llx]\n", scx.last_exit.kind, (u64)scx.last_exit.code);
	printable_end(&p);
}
