// SPDX-License-Identifier: GPL-2.0-only
/* import.c - see import.h. A line of JSON for each task, so that people can go on from it. */
#include "scenario/import.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "abi/cpumask.h"
#include "abi/profile.h"
#include "api/handle.h"
#include "base/json_out.h"
#include "kern/sched.h"
#include "trace/why_dump.h"

#define RT_PRIORITY 50 /* as good as any: the dump does not say */
#define DURATION_MAX_MS 60000
#define PLACEHOLDER "SCHEDULER"

/* ---- what is known ---- */

/* The nice value whose weight, as a scheduler sees it, is nearest. */
static int nice_of(u32 weight)
{
	int best = 0;
	u32 best_off = UINT32_MAX;

	for (int nice = -20; nice < 20; nice++) {
		u32 w = max(1UL, (sched_weight_from_nice(nice) * 100 + 512) / 1024);
		u32 off = w > weight ? w - weight : weight - w;

		if (off < best_off) {
			best = nice;
			best_off = off;
		}
	}
	return best;
}

/* Long enough for the longest wait to come again, and half as much. */
static u32 duration_ms(const struct dump *d)
{
	s64 longest = 0;

	for (u32 i = 0; i < d->nr_tasks; i++)
		if (!d->tasks[i].running)
			longest = max(longest, d->tasks[i].runnable_ms);
	return min((s64)DURATION_MAX_MS, longest + longest / 2 + 1000);
}

static bool allows_all(const struct dump *d, const struct dump_mask *m)
{
	for (u32 cpu = 0; cpu < d->cpus_min; cpu++)
		if (!dump_mask_has(m, cpu))
			return false;
	return true;
}

/* A task of another class than ext, which only a CPU's line tells of */
static bool is_other(const struct dump_cpu *c)
{
	return c->has_curr && (!strcmp(c->class, "rt") || !strcmp(c->class, "fair"));
}

/* ---- JSON ---- */

static void put_text(FILE *out, const char *text)
{
	json_t *v = json_string(text);

	json_out(v, out, JSON_ENCODE_ANY);
	json_decref(v);
}

struct notes {
	FILE *out, *err;
	bool any;
};

static void __printf(2, 3) note(struct notes *n, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(n->out, "%s    ", n->any ? ",\n" : "");
	put_text(n->out, text);
	if (n->err)
		fprintf(n->err, "%s\n", text);
	n->any = true;
}

static void put_cpus(FILE *out, const struct dump_mask *m)
{
	bool any = false;

	fputs(", \"cpus\": [", out);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++)
		if (dump_mask_has(m, cpu)) {
			fprintf(out, "%s%u", any ? ", " : "", cpu);
			any = true;
		}
	fputc(']', out);
}

static void put_comment(FILE *out, const struct dump_task *t)
{
	char queue[80], text[160];

	if (t->running)
		snprintf(text, sizeof(text), "pid %d: ran on CPU %u", t->pid, t->cpu);
	else
		snprintf(text, sizeof(text), "pid %d: waited %lld ms on CPU %u, in %s", t->pid,
			 t->runnable_ms, t->cpu, why_dump_queue(t, queue, sizeof(queue)));
	put_text(out, text);
}

static void put_task(FILE *out, const struct dump *d, const struct dump_task *t)
{
	int nice = t->has_slice ? nice_of(t->weight) : 0;

	fputs("    { \"comment\": ", out);
	put_comment(out, t);
	fputs(",\n      \"comm\": ", out);
	put_text(out, t->comm);
	fputs(", \"policy\": \"ext\"", out);
	if (nice)
		fprintf(out, ", \"nice\": %d", nice);
	if (!allows_all(d, &t->cpus))
		put_cpus(out, &t->cpus);
	fputs(", \"phases\": [{\"run\": \"forever\"}] }", out);
}

static void put_other(FILE *out, const struct dump_cpu *c)
{
	char text[96];

	snprintf(text, sizeof(text), "pid %d: ran on CPU %u, of class %s", c->pid, c->cpu,
		 c->class);
	fputs("    { \"comment\": ", out);
	put_text(out, text);
	fputs(",\n      \"comm\": ", out);
	put_text(out, c->comm);
	if (!strcmp(c->class, "rt"))
		fprintf(out, ", \"policy\": \"fifo\", \"priority\": %d", RT_PRIORITY);
	else
		fputs(", \"policy\": \"other\"", out);
	fprintf(out, ", \"cpus\": [%u], \"phases\": [{\"run\": \"forever\"}] }", c->cpu);
}

static void put_tasks(FILE *out, const struct dump *d)
{
	bool any = false;

	fputs("  \"tasks\": [\n", out);
	for (u32 i = 0; i < d->nr_tasks; i++) {
		fputs(any ? ",\n" : "", out);
		put_task(out, d, &d->tasks[i]);
		any = true;
	}
	for (u32 i = 0; i < d->nr_cpus; i++) {
		if (!is_other(&d->cpus[i]))
			continue;
		fputs(any ? ",\n" : "", out);
		put_other(out, &d->cpus[i]);
		any = true;
	}
	fputs("\n  ]\n", out);
}

/* ---- what is not known ---- */

static void notes_of_machine(struct notes *n, const struct dump *d)
{
	char kernels[DUMP_KERNELS_TEXT_MAX];
	const struct profile *prof = dump_kernels(d, kernels, sizeof(kernels));

	note(n, "the kernel: the dump's form is that of Linux %s; taken: profile %s", kernels,
	     prof->name);
	note(n,
	     "how many CPUs there are: at least %u, by its CPUs and affinities; and how they sit: "
	     "flat",
	     d->cpus_min);
	if (d->truncated)
		note(n,
		     "CPUs and tasks behind the place where the kernel cut the dump (exit_dump_len)");
	if (!*d->scheduler)
		note(n, "the scheduler's name: give its object by --object, in place of '%s.bpf.o'",
		     PLACEHOLDER);
	else
		note(n, "the scheduler's object and how it was set up: only its name, '%s'",
		     d->scheduler);
}

static bool any_other(const struct dump *d, const char *class)
{
	for (u32 i = 0; i < d->nr_cpus; i++)
		if (d->cpus[i].has_curr && !strcmp(d->cpus[i].class, class))
			return true;
	return false;
}

static void notes_of_tasks(struct notes *n, const struct dump *d)
{
	bool weights = true, pinned = false;

	for (u32 i = 0; i < d->nr_tasks; i++) {
		weights &= d->tasks[i].has_slice;
		pinned |= d->tasks[i].has_no_mig && d->tasks[i].no_mig;
	}
	note(n,
	     "tasks that slept, and how long each runs and sleeps: here are those that could run, and "
	     "each runs for ever");
	note(n,
	     "in which order they came, what they wait for, cgroups, and which are kernel threads");
	note(n, "policies: a task in class ext is taken for one of SCHED_EXT");
	if (weights)
		note(n, "nice values: from the weights, to the nearest");
	else
		note(n, "nice values: this kernel's dumps have no weights; taken: 0");
	if (pinned)
		note(n, "affinities of tasks that had migration disabled: taken: their CPU");
	if (any_other(d, "rt"))
		note(n,
		     "priorities and affinities of real-time tasks: taken: SCHED_FIFO, %d, pinned to "
		     "their CPU",
		     RT_PRIORITY);
	if (any_other(d, "fair"))
		note(n,
		     "affinities of fair tasks, and those that waited: taken: pinned to their CPU");
	if (any_other(d, "stop") || any_other(d, "dl"))
		note(n, "what CPUs did that ran class stop or dl: left out");
}

/* ---- the whole ---- */

static void put_name(FILE *out, const struct dump *d)
{
	char text[400];

	if (d->has_exit)
		snprintf(text, sizeof(text), "%.100s: %.100s%s%.150s",
			 *d->scheduler ? d->scheduler : "a dump", d->reason, *d->msg ? ": " : "",
			 d->msg);
	else
		snprintf(text, sizeof(text), "%.100s: a dump by %.100s",
			 *d->scheduler ? d->scheduler : "a scheduler", d->reason);
	fputs("  \"name\": ", out);
	put_text(out, text);
	fputs(",\n", out);
}

/* A name that may be a file's; schedulers have versions in theirs. */
static void put_object(FILE *out, const struct dump *d)
{
	char text[160];

	snprintf(text, sizeof(text), "%s.bpf.o",
		 *d->scheduler && !strchr(d->scheduler, '/') ? d->scheduler : PLACEHOLDER);
	fputs("  \"object\": ", out);
	put_text(out, text);
	fputs(",\n", out);
}

static bool has_tasks(const struct dump *d)
{
	for (u32 i = 0; i < d->nr_cpus; i++)
		if (is_other(&d->cpus[i]))
			return true;
	return d->nr_tasks;
}

int import_dump(const struct dump *d, const char *from, FILE *out, FILE *err)
{
	struct notes n = { .out = out, .err = err };
	char text[320];

	if (!has_tasks(d))
		return -ENOENT;
	if (d->cpus_min > NR_CPUS)
		return -E2BIG;
	snprintf(text, sizeof(text),
		 "Made by kickstand import from %.200s: a beginning, no replay. Not "
		 "known from the dump:",
		 from);
	fputs("{\n  \"comment\": [\n    ", out);
	put_text(out, text);
	n.any = true;
	notes_of_machine(&n, d);
	notes_of_tasks(&n, d);
	fputs("\n  ],\n", out);
	put_name(out, d);
	put_object(out, d);
	fprintf(out, "  \"kernel\": \"%s\",\n  \"cpus\": %u,\n  \"duration\": \"%ums\",\n",
		dump_kernels(d, NULL, 0)->name, d->cpus_min, duration_ms(d));
	put_tasks(out, d);
	fputs("}\n", out);
	return 0;
}

/* ---- the public call ---- */

static int import(const struct dump *d, const char *from, FILE *notes, FILE *out)
{
	switch (import_dump(d, from, out, notes)) {
	case 0:
		return KS_OK;
	case -E2BIG:
		return api_fail(KS_USAGE,
				"%s: the dump is of at least %u CPUs, more than a machine here has",
				from, d->cpus_min);
	default:
		return api_fail(KS_USAGE,
				"%s: the dump has no task that could run: there is nothing to "
				"make a scenario of",
				from);
	}
}

KS_PUBLIC int ks_import(const char *path, FILE *notes, FILE *out)
{
	bool piped = path && !strcmp(path, "-");
	const char *name = piped ? "standard input" : path;
	struct dump *d = NULL;
	FILE *in;
	int err;

	if (api_enter_still() || api_need(path) || api_need(out))
		return KS_USAGE;
	in = piped ? stdin : fopen(path, "re");
	if (!in)
		return api_fail(KS_USAGE, "%s: cannot be read: %s", name, strerror(errno));
	if (dump_read(in, name, &d))
		err = api_fail(KS_USAGE, "%s", d ? d->error : "out of memory");
	else
		err = import(d, name, notes, out);
	dump_destroy(d);
	if (!piped)
		fclose(in);
	return err;
}
