// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary.c - the report for a person: how it ended, the CPUs, the tasks, the
 * kicks. Long lists are cut where they stop being read.
 */
#include <stdio.h>
#include <string.h>
#include "abi/profile.h"
#include "api/figures.h"
#include "api/handle.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"

#define TASKS_SHOWN 40
#define CPUS_SHOWN 32
#define PLACES_SHOWN 6
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
			 thousandths < 10000 ? 3 : thousandths < 100000 ? 2 : 1,
			 thousandths % 1000 /
			 (thousandths < 10000 ? 1 : thousandths < 100000 ? 10 : 100),
			 units[i].name);
		return buf;
	}
	snprintf(buf, TIME_MAX, "%llu ns", ns);
	return buf;
}

#define T(ns) human_time(ns, (char[TIME_MAX]){ 0 })

/* in tenths of a percent */
static u64 permille(u64 part, u64 whole)
{
	return whole ? (part * 1000 + whole / 2) / whole : 0;
}

static void print_head(const struct ks_machine *km, const struct figures *f, FILE *out)
{
	fprintf(out, "kernel %s, %u CPUs, seed %llu, %s of virtual time\n", K->name, f->nr_cpus,
		km->seed, T(f->duration_ns));
	if (km->stopped_short_ns == KS_FOREVER)
		fputs("interrupted\n", out);
	else if (km->stopped_short_ns)
		fprintf(out, "interrupted: %s of the run are missing\n", T(km->stopped_short_ns));
}

static void print_exit(const struct figures *f, FILE *out)
{
	if (scx.state == SCX_ENABLED && scx.root)
		fprintf(out, "scheduler '%s' is enabled%s\n", scx.root->name,
			scx.switched_all ? "" : " (partial)");
	else if (!strcmp(f->exit_kind, "none"))
		fprintf(out, "no scheduler was enabled\n");
	if (strcmp(f->exit_kind, "none"))
		fprintf(out, "scheduler '%s' ended: %s%s%s%s%s\n", scx.last_exit.name, f->exit_kind,
			*f->exit_reason ? ", " : "", f->exit_reason, *f->exit_msg ? ": " : "",
			f->exit_msg);
}

/* no lockup yet, but what it asked to wait for has not come */
static void print_waits(const struct figures *f, FILE *out)
{
	u32 cpu;

	for (cpu = 0; cpu < f->nr_cpus; cpu++) {
		const struct cpu_figures *c = &f->cpus[cpu];

		if (!c->waits_in)
			continue;
		fprintf(out, "at the end CPU %u has been waiting with interrupts off for %s, in %s", cpu,
			T(c->waiting_ns), c->waits_in);
		if (c->waits_for >= 0)
			fprintf(out, " for CPU %d", c->waits_for);
		fputc('\n', out);
	}
}

/* "0:45% 3:12%", the busiest first */
static void print_places(const struct task_row *row, u32 nr_cpus, FILE *out)
{
	u64 left = ~0ULL, best;
	u32 shown, cpu, at = 0, last = ~0u;

	for (shown = 0; row->cpu_ns && shown < PLACES_SHOWN; shown++) {
		for (best = 0, cpu = 0; cpu < nr_cpus; cpu++)
			if (row->cpu_ns[cpu] > best && (row->cpu_ns[cpu] < left ||
			    (row->cpu_ns[cpu] == left && last != ~0u && cpu > last))) {
				best = row->cpu_ns[cpu];
				at = cpu;
			}
		if (!permille(best, row->t.runtime_ns))
			break;
		fprintf(out, " %u:%llu%%", at, permille(best, row->t.runtime_ns) / 10);
		left = best;
		last = at;
	}
	if (!row->cpu_ns)
		fprintf(out, " (exited)");
}

static void print_tasks(const struct figures *f, FILE *out)
{
	u32 i;

	fprintf(out, "\n%7s %-15s %11s %11s %9s %9s %9s %9s  %s\n", "pid", "task", "ran", "waited",
		"wakeups", "lat p50", "p99", "max", "on cpu:share");
	for (i = 0; i < min(f->nr_tasks, (u32)TASKS_SHOWN); i++) {
		const struct task_figures *t = &f->tasks[i].t;

		fprintf(out, "%7d %-15.15s %11s %11s %9llu %9s %9s %9s ", t->pid, t->comm,
			T(t->runtime_ns), T(t->wait_ns), t->nr_wakeups, T(t->latency_p50_ns),
			T(t->latency_p99_ns), T(t->latency_max_ns));
		print_places(&f->tasks[i], f->nr_cpus, out);
		fputc('\n', out);
	}
	if (f->nr_tasks > TASKS_SHOWN)
		fprintf(out, "%7s and %u more (--json has them all)\n", "", f->nr_tasks - TASKS_SHOWN);
}

static void print_cpus(const struct figures *f, FILE *out)
{
	u64 busy = 0, idle = 0;
	u32 i;

	fprintf(out, "\n%7s %11s %11s %6s %9s %9s\n", "cpu", "busy", "idle", "idle%", "switches",
		"kicked");
	for (i = 0; i < f->nr_cpus; i++) {
		const struct cpu_figures *c = &f->cpus[i];
		u64 share = permille(c->idle_ns, c->busy_ns + c->idle_ns);

		busy += c->busy_ns;
		idle += c->idle_ns;
		if (i >= CPUS_SHOWN)
			continue;
		fprintf(out, "%7u %11s %11s %4llu.%llu %9llu %9llu\n", i, T(c->busy_ns),
			T(c->idle_ns), share / 10, share % 10, c->switches, c->kicked);
	}
	if (f->nr_cpus > CPUS_SHOWN)
		fprintf(out, "%7s and %u more (--json has them all)\n", "", f->nr_cpus - CPUS_SHOWN);
	fprintf(out, "%7s %11s %11s %4llu.%llu %9llu\n", "all", T(busy), T(idle),
		permille(idle, busy + idle) / 10, permille(idle, busy + idle) % 10, f->switches);
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

KS_PUBLIC int ks_machine_summary(struct ks_machine *km, FILE *out)
{
	struct figures f;
	int err;

	if (api_enter(km, API_OUTSIDE | API_BETWEEN | API_IN_TASK) || api_need(out))
		return KS_USAGE;
	err = figures_gather(km, &f);
	if (err)
		return err;
	print_head(km, &f, out);
	print_exit(&f, out);
	print_waits(&f, out);
	print_tasks(&f, out);
	print_cpus(&f, out);
	print_kicks(out);
	print_ops(out);
	if (km->opts.hash)
		fprintf(out, "\ntrace hash %016llx of %llu events\n", km->stream.hash, km->stream.nr);
	figures_finish(&f);
	return KS_OK;
}

/* as user_exit_info.h:UEI_REPORT() prints it */
KS_PUBLIC void ks_machine_exit_report(struct ks_machine *km, FILE *out)
{
	if (api_enter(km, API_OUTSIDE | API_BETWEEN) || !out || !scx.last_exit.valid)
		return;
	if (scx.last_exit.dump && *scx.last_exit.dump)
		fprintf(out, "\nDEBUG DUMP\n%.80s\n\n%s\n%.80s\n\n",
			"================================================================================",
			scx.last_exit.dump,
			"================================================================================");
	fprintf(out, "EXIT: %s", scx.last_exit.reason);
	if (*scx.last_exit.msg)
		fprintf(out, " (%s)", scx.last_exit.msg);
	fprintf(out, " [kind %d, code 0x%llx]\n", scx.last_exit.kind, (u64)scx.last_exit.code);
}
