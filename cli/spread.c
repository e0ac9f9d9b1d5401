// SPDX-License-Identifier: GPL-2.0-only
/*
 * spread.c - `kickstand run --seeds`: what the runs came to together, when all are over.
 *
 *	6 of 6 runs reached their end; the verdict of 5 is ok, not of seed 3
 *
 *	over 6 seeds                                  median     least      most  in seed
 *	switches                                        4711      4600      4990        4
 *
 *	groups.hog-*.queue_wait_ns.p99               6.029ms   5.120ms   9.437ms        3
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "spread.h"

#define RUNS_MAX 100000 /* of which each figure is kept */

/* ---- which figures ---- */

static bool is_one_of(const char *const *words, unsigned int nr, const char *word)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* What one asks for first; --json and compare have the rest. */
static bool wanted(const char *path)
{
	static const char *const whole[] = { "switches", "kicks.sent", "kicks.ipis",
					     "kicks.latency_ns.p99", "kicks.latency_ns.max" };
	static const char *const of_groups[] = { "runtime_ns",
						 "wait_ns",
						 "wakeup_latency_ns.p50",
						 "wakeup_latency_ns.p99",
						 "queue_wait_ns.p99",
						 "queue_wait_ns.max" };
	const char *dot;

	if (is_one_of(whole, ARRAY_SIZE(whole), path))
		return true;
	if (strncmp(path, "groups.", 7))
		return false;
	for (dot = path + 7; (dot = strchr(dot, '.')); dot++) /* a name may have dots */
		if (is_one_of(of_groups, ARRAY_SIZE(of_groups), dot + 1))
			return true;
	return false;
}

/* ---- collecting ---- */

void spread_begin(struct spread *s, uint64_t nr_runs)
{
	*s = (struct spread){ .column = { .wanted = wanted, .nr_runs = nr_runs } };
	if (nr_runs < 2 || nr_runs > RUNS_MAX)
		return;
	s->seed = calloc(nr_runs, sizeof(*s->seed));
	shortage_on(!s->seed, "out of memory for the runs' figures");
}

bool spread_wants(const struct spread *s)
{
	return s->seed;
}

void spread_add(struct spread *s, uint64_t seed, const char *path)
{
	json_t *run = s->seed && path ? json_load_file(path, 0, NULL) : NULL;

	if (run && column_add(&s->column, run)) {
		s->seed[s->nr++] = seed;
		if (!json_is_true(json_object_get(json_object_get(run, "verdict"), "ok"))) {
			if (s->nr_not_ok < SPREAD_NAMED_MAX)
				s->not_ok[s->nr_not_ok] = seed;
			s->nr_not_ok++;
		}
	}
	json_decref(run);
}

void spread_finish(struct spread *s)
{
	column_finish(&s->column);
	free(s->seed);
	*s = (struct spread){ 0 };
}

/* ---- telling ---- */

void spread_verdicts(const struct spread *s, FILE *to)
{
	unsigned int i;

	if (!s->nr)
		return;
	fprintf(to, "; the verdict of %u is ok", s->nr - s->nr_not_ok);
	for (i = 0; i < s->nr_not_ok && i < SPREAD_NAMED_MAX; i++)
		fprintf(to, "%s%" PRIu64,
			i		 ? ", " :
			s->nr_not_ok > 1 ? ", not of seeds " :
					   ", not of seed ",
			s->not_ok[i]);
	if (s->nr_not_ok > SPREAD_NAMED_MAX)
		fprintf(to, " and %u others", s->nr_not_ok - SPREAD_NAMED_MAX);
}

/* Of a figure that some runs lack nobody knows which they are. */
static void put_seed(const struct spread *s, const struct sample *f, FILE *to)
{
	unsigned int i = 0;

	while (f->v[i] != f->sorted[f->nr - 1])
		i++;
	if (f->nr < s->nr)
		fprintf(to, "  (of %u runs)\n", f->nr);
	else if (f->sorted[0] == f->sorted[f->nr - 1])
		fprintf(to, " %8s\n", "all");
	else
		fprintf(to, " %8" PRIu64 "\n", s->seed[i]);
}

static void put_row(const struct spread *s, const struct sample *f, FILE *to)
{
	char mid[32], least[32], most[32];

	fprintf(to, "%-44s %9s %9s %9s", f->path,
		value_text(f->path, sample_median(f), mid, sizeof(mid)),
		value_text(f->path, f->sorted[0], least, sizeof(least)),
		value_text(f->path, f->sorted[f->nr - 1], most, sizeof(most)));
	put_seed(s, f, to);
}

void spread_print(struct spread *s, FILE *to)
{
	const char *last = NULL;

	if (s->nr < 2)
		return;
	column_sort(&s->column);
	fprintf(to, "\n%-44s %9s %9s %9s %8s\n", "over the seeds", "median", "least", "most",
		"in seed");
	for (unsigned int i = 0; i < s->column.nr; i++) {
		const struct sample *f = &s->column.sample[i];

		if (!f->sorted[f->nr - 1] && !f->sorted[0])
			continue;
		if (new_section(last, f->path))
			fputc('\n', to);
		last = f->path;
		put_row(s, f, to);
	}
}
