// SPDX-License-Identifier: GPL-2.0-only
/* why_text.c - the story of a wait, for people: see why.h. */
#include <stdarg.h>
#include <string.h>

#include "base/text_stream.h"
#include "trace/why_print.h"

#define ROWS_MAX 32 /* CPUs with a row of their own */
#define KICKS_MAX 12
#define RUNS_SHOWN 3
#define SHORT_SHARE 100 /* a place is told if it lasted more than a 100th of the wait */

struct printer {
	const struct why_story *s;
	u64 last_ns;
	bool first;
	FILE *out;
};

/* ---- the steps ---- */

static void __printf(3, 4) step(struct printer *p, u64 ns, const char *fmt, ...)
{
	va_list ap;

	fprintf(p->out, "%15s %16s  ", moment_text(ns).at,
		p->first ? "" : text_of("+%s", duration_text(ns - p->last_ns).at).at);
	va_start(ap, fmt);
	vfprintf(p->out, fmt, ap);
	va_end(ap);
	fputc('\n', p->out);
	p->last_ns = ns;
	p->first = false;
}

/* passing through a place that says nothing is no step */
static bool is_step(const struct why_case *c, const struct why_place *pl)
{
	u64 stay = pl->until_ns - pl->ns, wait = c->end_ns - c->wait.since_ns;

	if (pl->place == PLACE_DSQ)
		return true;
	return stay * SHORT_SHARE > wait;
}

/* which CPUs it may use changed before it came there */
static void affinity_step(struct printer *p, const struct why_place *pl)
{
	if (pl->nr_allowed == 1)
		step(p, pl->ns, "It may use CPU %u only from here on.", pl->first_allowed);
	else
		step(p, pl->ns, "It may use %u CPUs from here on, CPU %u the first.",
		     pl->nr_allowed, pl->first_allowed);
}

static void place_step(struct printer *p, const struct why_place *pl)
{
	char line[256];
	const char *source = put_line(p->s, &pl->put, line, sizeof(line));

	step(p, pl->ns, "%s.", put_text(p->s, pl).at);
	if (source && pl->place == PLACE_DSQ)
		fprintf(p->out, "%34s%s\n", "", source);
}

static void put_steps(struct printer *p)
{
	const struct why_case *c = p->s->c;

	p->first = true;
	if (c->waker >= 0)
		step(p, c->woken_ns, "%s wakes it.", task_text(p->s->rp, c->waker).at);
	for (u32 i = 0; i < c->nr_places; i++) {
		if (i == WHY_STEPS_MAX / 2 && c->nr_left_out)
			fprintf(p->out, "%34s... (%llu more places)\n", "", c->nr_left_out);
		if (i && c->is_whole && place_changes_cpus(&c->place[i - 1], &c->place[i]))
			affinity_step(p, &c->place[i]);
		if (is_step(c, &c->place[i]))
			place_step(p, &c->place[i]);
	}
	if (c->ran_on >= 0)
		step(p, c->end_ns, "CPU %d runs it.", c->ran_on);
	else
		step(p, c->end_ns, "the trace ends, and it still waits.");
}

/* ---- the CPUs ---- */

static struct text share_text(u64 part, u64 whole)
{
	u64 tenths = whole ? (u64)((unsigned __int128)part * 1000 / whole) : 0;

	return text_of("%llu.%llu%%", tenths / 10, tenths % 10);
}

static void put_runs(const struct printer *p, const struct why_cpu *c)
{
	u64 rest = c->busy_ns;

	for (u32 i = 0; i < c->nr_runs && i < RUNS_SHOWN; i++) {
		fprintf(p->out, "%s%s (%s) %s", i ? ", " : "",
			task_text(p->s->rp, c->run[i].pid).at,
			word_text(FIELD_class, c->run[i].class), duration_text(c->run[i].ns).at);
		rest -= c->run[i].ns;
	}
	if (c->nr_runs > RUNS_SHOWN || c->rest_ns)
		fprintf(p->out, ", others %s", duration_text(rest).at);
}

static struct text look_text(const struct printer *p, const struct why_looks *l)
{
	if (p->s->c->main.place != PLACE_DSQ || dsq_is_local_on(p->s->c->main.dsq))
		return text_of("%s", "");
	if (l->last.ns == REPLAY_NEVER)
		return text_of("never");
	if (l->last.found < 0)
		return text_of("%s, found none", moment_text(l->last.ns).at);
	return text_of("%s, took %.20s", moment_text(l->last.ns).at,
		       task_text(p->s->rp, l->last.found).at);
}

static void put_cpu(const struct printer *p, u32 i)
{
	const struct why_cpu *c = &p->s->c->cpu[i];
	u64 wait = p->s->c->end_ns - p->s->c->wait.since_ns;

	fprintf(p->out, "%5u  %-16s %6s  %-15s %8llu  %-34s ", i, duration_text(c->idle_ns).at,
		share_text(c->idle_ns, wait).at,
		c->idle_ns ? moment_text(c->longest_from_ns).at : "-", c->nr_dispatches,
		look_text(p, &p->s->c->looks[i]).at);
	if (!c->online)
		fputs("offline; ", p->out);
	put_runs(p, c);
	fputc('\n', p->out);
}

static void put_rest(const struct printer *p, const struct why_set *reach, u32 from)
{
	u64 idle = 0, dispatches = 0;
	u32 nr = 0;

	for (u32 i = from; i < p->s->c->nr_cpus; i++)
		if (set_has(reach, i)) {
			nr++;
			idle += p->s->c->cpu[i].idle_ns;
			dispatches += p->s->c->cpu[i].nr_dispatches;
		}
	if (nr)
		fprintf(p->out,
			"       ... and %u more: idle for %s in all, ops.dispatch() %llu times\n",
			nr, duration_text(idle).at, dispatches);
}

static void put_cpus(const struct printer *p)
{
	const struct why_case *c = p->s->c;
	struct why_set reach;
	u32 rows = 0, i;

	cpus_within_reach(c, &reach);
	fprintf(p->out, "\n%s could take it from %s. Meanwhile:\n",
		reach.nr ? set_text(&reach).at : "No CPU", place_text(&c->main).at);
	if (!reach.nr)
		return;
	fprintf(p->out, "%5s  %-16s %6s  %-15s %8s  %-34s %s\n", "cpu", "idle", "", "longest from",
		"dispatch", "last look at the queue", "ran");
	for (i = 0; i < c->nr_cpus && rows < ROWS_MAX; i++)
		if (set_has(&reach, i)) {
			put_cpu(p, i);
			rows++;
		}
	put_rest(p, &reach, i);
}

/* ---- the kicks ---- */

static void put_kick(const struct printer *p, u32 i)
{
	const struct kick *k = &p->s->lives->kicks[i];

	fprintf(p->out, "%15s  kick %u, CPU %d to CPU %lld, %s: %s", moment_text(k->called_ns).at,
		i + 1, k->asker, k->target, kick_flags_text(k->flags).at,
		kick_outcome_text(p->s->lives, k).at);
	if (k->idled_ns != NEVER)
		fprintf(p->out, "; it idled at %s", moment_text(k->idled_ns).at);
	fputc('\n', p->out);
}

static void put_kicks(const struct printer *p)
{
	struct why_set reach;
	u32 nr = 0;

	cpus_within_reach(p->s->c, &reach);
	for (u32 i = 0; i < p->s->lives->nr_kicks; i++) {
		if (!kick_concerns(p->s, &reach, i))
			continue;
		if (!nr)
			fputs("\nKicks of them:\n", p->out);
		if (nr++ < KICKS_MAX)
			put_kick(p, i);
	}
	if (nr > KICKS_MAX)
		fprintf(p->out, "       ... and %u more\n", nr - KICKS_MAX);
}

/* ---- all of it ---- */

static void put_head(const struct printer *p)
{
	const struct why_case *c = p->s->c;
	bool open = c->wait.until_ns == REPLAY_NEVER;

	fprintf(p->out, "%s waited %s%s: from %s to %s%s\n", task_text(p->s->rp, c->wait.pid).at,
		open ? "at least " : "", duration_text(c->end_ns - c->wait.since_ns).at,
		moment_text(c->wait.since_ns).at, moment_text(c->end_ns).at,
		open ? ", and still does when the trace ends" : "");
	if (c->class < NR_TRACE_CLASSES)
		fprintf(p->out, "  class %s, %u CPUs\n", word_text(FIELD_class, c->class),
			c->nr_cpus);
	fputc('\n', p->out);
}

static void put_wrapped(const char *text, const char *indent, FILE *out)
{
	size_t width = 96 - strlen(indent);

	while (*text) {
		size_t n = strlen(text);

		if (n > width) {
			for (n = width; n && text[n] != ' '; n--)
				;
			if (!n)
				n = strcspn(text, " ");
		}
		fprintf(out, "%s%.*s\n", indent, (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
}

static void put_conclusion(const struct why_story *s, const char *indent, FILE *out)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	conclusion_put(s, f);
	fclose(f);
	put_wrapped(text, indent, out);
	free(text);
}

void why_story_text(const struct why_story *s, FILE *out)
{
	struct printer p = { .s = s, .out = out };

	put_head(&p);
	put_steps(&p);
	put_cpus(&p);
	if (s->lives)
		put_kicks(&p);
	fputc('\n', out);
	put_conclusion(s, "", out);
	for (u32 i = 0; missing_text(s->c, i); i++)
		fprintf(out, "%sThe trace does not tell %s.\n", i ? "" : "\n",
			missing_text(s->c, i));
}
