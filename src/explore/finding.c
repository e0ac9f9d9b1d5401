// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding.c - what a campaign found: one finding whatever number of runs show it, told in the
 * program's own lines, with a file that run --schedule replays.
 *
 *	starvation: worker-2[31] has been waiting for 61 ms ... (in 14 runs, first in run 203)
 *	  1. CPU 2 is held 40 us in q_enqueue, q.bpf.c:31: ..., before the store (worker-2[31])
 *	     meanwhile CPU 1 in q_dispatch, q.bpf.c:52: ..., comes first: the load (pid 23)
 *	  the nearest run that passes: 37.5 us in step 1
 */
#include "explore/explore.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text_stream.h"

/* ---- is it the same? ---- */

/*
 * Waits and idle CPUs are told with who waited, for how long, where others were: the same bug is
 * told in many ways. The kernel's messages are the same but for their numbers.
 */
void finding_key(struct found *f, u64 dsq_id, bool has_dsq)
{
	const char *kind = strcmp(f->kind, "never_ran") ? f->kind : "starvation";
	size_t n = (size_t)snprintf(f->key, sizeof(f->key), "%s ", kind);
	bool told = !strcmp(f->kind, "ejected") || !strcmp(f->kind, "guest_fault") ||
		    !strcmp(f->kind, "failed") || !strcmp(f->kind, "not_enabled");

	if (has_dsq)
		snprintf(f->key + n, sizeof(f->key) - n, "%llx", dsq_id);
	for (const char *s = f->text; told && *s && n < sizeof(f->key) - 1; s++)
		if (!isdigit((unsigned char)*s))
			f->key[n++] = *s;
	if (told)
		f->key[n] = '\0';
}

/* ---- in words ---- */

static void time_text(u64 ns, char *buf, size_t len)
{
	if (ns < NSEC_PER_USEC)
		snprintf(buf, len, "%llu ns", ns);
	else if (ns < NSEC_PER_MSEC)
		snprintf(buf, len, "%.4g us", (double)ns / NSEC_PER_USEC);
	else
		snprintf(buf, len, "%.4g ms", (double)ns / NSEC_PER_MSEC);
}

/* CPU 2 is held 40 us in q_enqueue, q.bpf.c:31: text, before the store (task[7], at 1.2 ms) */
static void hold_print(const struct decision *d, const struct arrival *a, FILE *out)
{
	/* an interrupt comes later, and no CPU stands */
	bool late = d->site.kind == POINT_IPI || d->site.kind == POINT_TIMER ||
		    d->site.kind == POINT_TICK;
	char hold[32], at[32];

	time_text(d->hold_ns, hold, sizeof(hold));
	time_text(a->came_ns, at, sizeof(at));
	if (late)
		fprintf(out, "it takes %s longer until %s on CPU %d", hold,
			point_words(d->site.kind), d->site.cpu);
	else
		fprintf(out, "CPU %d is held %s", d->site.cpu, hold);
	if (*a->prog)
		fprintf(out, " in %s%s%s,", a->prog, *a->where ? ", " : "", a->where);
	if (!late)
		fprintf(out, " before %s", point_words(d->site.kind));
	fprintf(out, ", at %s", at);
	if (a->pid >= 0)
		fprintf(out, " (%s[%d])", a->comm, a->pid);
}

/* "CPUs 0,1,3" of a mask */
static void put_cpus(u64 mask, FILE *out)
{
	const char *before = "CPUs ";

	for (u32 cpu = 0; cpu < 64; cpu++)
		if (mask & 1ULL << cpu) {
			fprintf(out, "%s%u", before, cpu);
			before = ",";
		}
}

/* hotplug: CPU 2 goes offline for 3 ms, at 12 ms */
static void fault_print(const struct decision *d, const struct arrival *a, FILE *out)
{
	char at[32], ns[32];

	time_text(a->came_ns, at, sizeof(at));
	time_text(d->value, ns, sizeof(ns));
	if (d->fault == FAULT_FORK)
		fprintf(out, "%llu %s", d->value, fault_words(d->fault));
	else
		fprintf(out, "%s %d %s", d->fault == FAULT_OFFLINE ? "CPU" : "pid", d->target,
			fault_words(d->fault));
	if (fault_lasts(d->fault))
		fprintf(out, ", %s", ns);
	if (d->fault == FAULT_NICE)
		fprintf(out, ", %lld", (s64)d->value);
	if (d->fault == FAULT_AFFINITY) {
		fputs(", ", out);
		put_cpus(d->value, out);
	}
	fprintf(out, ", asked for at %s by the tick of CPU %d", at, d->site.cpu);
}

static void step_print(const struct decision *d, const struct arrival *a, FILE *out)
{
	if (d->fault) {
		fault_print(d, a, out);
	} else if (d->site.kind == POINT_ALLOC) {
		fprintf(out, "CPU %d gets no memory in %s%s%s (%s[%d])", d->site.cpu, a->prog,
			*a->where ? ", " : "", a->where, a->comm, a->pid);
	} else {
		hold_print(d, a, out);
	}
}

/* The decision in which the passing run differs, and how. */
static void passing_print(const struct finding_seen *f, FILE *out)
{
	const struct schedule *bad = &f->minimal.schedule, *good = &f->minimal.passing;
	char hold[32];

	if (!f->minimal.has_passing)
		return;
	if (good->nr < bad->nr) {
		fprintf(out, "  without it the run passes\n");
		return;
	}
	for (u32 i = 0; i < bad->nr && i < good->nr; i++)
		if (good->at[i].hold_ns != bad->at[i].hold_ns) {
			time_text(good->at[i].hold_ns, hold, sizeof(hold));
			fprintf(out, "  the nearest run that passes: %s in step %u\n", hold, i + 1);
			return;
		}
}

void finding_print(const struct explorer *x, const struct finding_seen *f, FILE *out)
{
	const struct minimal *m = &f->minimal;

	fprintf(out, "%s: %s\n", f->found.kind, f->found.text);
	if (!m->schedule.nr)
		fprintf(out, "  in the run without any decision\n");
	for (u32 i = 0; i < m->schedule.nr; i++) {
		fprintf(out, "  %u. ", i + 1);
		step_print(&m->schedule.at[i], &f->arrival[i], out);
		fputc('\n', out);
		if (f->meanwhile[i])
			fprintf(out, "     %s\n", f->meanwhile[i]);
	}
	passing_print(f, out);
	if (f->file && x->scenario)
		fprintf(out, "  kickstand test %s shows it\n", f->file);
	else if (f->file)
		fprintf(out, "  kickstand run %s --schedule %s, with the same options, shows it\n",
			x->obj->name, f->file);
	if (f->kept)
		fprintf(out, "  kickstand test %s shows it, too: a test to keep\n", f->kept);
	fprintf(out, "  first in run %llu, in %llu run%s\n", f->first_run, f->count,
		f->count == 1 ? "" : "s");
}

/* ---- as JSON ---- */

json_t *finding_decisions_json(const struct finding_seen *f)
{
	json_t *list = json_array();

	for (u32 i = 0; i < f->minimal.schedule.nr; i++) {
		struct decision d = f->minimal.schedule.at[i];
		const struct arrival *a = &f->arrival[i];
		json_t *o;

		d.came = a->came;
		d.came_ns = a->came_ns;
		o = decision_json(&d, a->prog);
		if (*a->where)
			json_object_set_new(o, "line", json_string(a->where));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *finding_steps_json(const struct finding_seen *f)
{
	json_t *list = json_array();

	for (u32 i = 0; i < f->minimal.schedule.nr; i++) {
		char *text = NULL;
		size_t len;
		FILE *to = text_stream(&text, &len);

		step_print(&f->minimal.schedule.at[i], &f->arrival[i], to);
		if (f->meanwhile[i])
			fprintf(to, "; %s", f->meanwhile[i]);
		fclose(to);
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return list;
}

json_t *finding_seen_json(const struct explorer *x, const struct finding_seen *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(f->found.kind));
	json_object_set_new(o, "text", json_string(f->found.text));
	json_object_set_new(o, "decisions", json_integer(f->minimal.schedule.nr));
	json_object_set_new(o, "schedule", f->file ? json_string(f->file) : json_null());
	json_object_set_new(o, "scenario", f->kept ? json_string(f->kept) : json_null());
	json_object_set_new(o, "steps", finding_steps_json(f));
	json_object_set_new(o, "first_run", json_integer((json_int_t)f->first_run));
	json_object_set_new(o, "count", json_integer((json_int_t)f->count));
	return o;
}

/* ---- taking them in ---- */

static struct finding_seen *find_seen(struct explorer *x, const char *key)
{
	for (u32 i = 0; i < x->nr_findings; i++)
		if (!strcmp(x->findings[i].found.key, key))
			return &x->findings[i];
	return NULL;
}

/* Once more as it is told: what it is said to be, and where its decisions came. */
static void settle(struct explorer *x, struct finding_seen *f)
{
	const struct trial_result *r = trial_once(x, &f->minimal.schedule, true);

	x->nr_grown = 0; /* the log is another one now */
	memcpy(f->arrival, r->arrival, sizeof(f->arrival));
	for (u32 i = 0; i < f->minimal.schedule.nr; i++)
		f->meanwhile[i] = meanwhile(x->log, r->nr_log, &f->minimal.schedule.at[i]);
	for (u32 i = 0; i < r->nr_found; i++)
		if (!strcmp(r->found[i].key, f->found.key))
			f->found = r->found[i];
}

static void take_new(struct explorer *x, const struct found *found, const struct schedule *s,
		     u64 run)
{
	struct finding_seen *f;

	if (!array_room(&x->findings, x->nr_findings, &x->max_findings))
		return;
	f = &x->findings[x->nr_findings++];
	*f = (struct finding_seen){ .found = *found, .first_run = run, .count = 1 };
	minimise(x, s, f->found.key, &f->minimal);
	settle(x, f);
	if (!finding_keep(x, f))
		x->out_failed = true;
}

/*
 * The worst thing that a run shows is the finding, and what comes with it is its consequence. What
 * the run without decisions shows is there in the others as well, and hides nothing in them.
 */
void findings_take(struct explorer *x, const struct trial *t, u64 run)
{
	const struct trial_result *r = t->result;
	u32 i = 0;

	for (; i < r->nr_found; i++) {
		struct finding_seen *f = find_seen(x, r->found[i].key);

		if (!f)
			break;
		f->count++;
		if (f->first_run)
			return;
	}
	if (i < r->nr_found)
		take_new(x, &r->found[i], &t->schedule, run);
}
