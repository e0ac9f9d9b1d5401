// SPDX-License-Identifier: GPL-2.0-only
/* results_read.c - from the rows of a database to groups and their figures. */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/shortage.h"
#include "base/suggest.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"
#include "cli.h"
#include "results.h"
#include "sweep.h"

#define GROUPS_SHOWN 2000 /* so few somebody may read: they are worth comparing each with each */

const char *const axis_names[NR_AXES] = { "scheduler", "settings", "options",  "kernel",
					  "machine",   "workload", "duration", "kind",
					  "sha256",    "files",	   "version" };

int results_fail(const struct results *r)
{
	return complain(KS_USAGE, "%s: %s", r->path, sqlite3_errmsg(database_handle(r->db)));
}

int results_open(struct results *r, const char *path)
{
	r->path = path;
	return database_open(&r->db, path, false) ? complain_campaign(KS_USAGE) : KS_OK;
}

void results_finish(struct results *r)
{
	for (u32 i = 0; i < r->nr; i++) {
		for (u32 a = 0; a < NR_AXES; a++)
			free(r->group[i].axis[a]);
		for (u32 k = 0; k < r->nr_figures; k++)
			free(r->group[i].cell[k].v);
	}
	free(r->group);
	free(r->run);
	database_close(r->db);
}

int figure_take(struct results *r, const char *text)
{
	struct figure *f = &r->figure[r->nr_figures];

	if (r->nr_figures == FIGURES_MAX)
		return complain(KS_USAGE, "at most %d figures", FIGURES_MAX);
	f->more = has_prefix(text, "max:");
	f->path = f->more || has_prefix(text, "min:") ? text + 4 : text;
	if (!*f->path || strpbrk(f->path, "'\"*"))
		return complain(KS_USAGE,
				"'%s': the path of a figure is due, as "
				"all_tasks.wakeup_latency_ns.p99, or max: and one",
				text);
	r->nr_figures++;
	return KS_OK;
}

/* ---- statistics ---- */

/* Student's t, two-sided, of 95 %, by degrees of freedom; the last holds for more, roughly */
static double student(u32 freedom)
{
	static const double t[] = { 0,	   12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
				    2.306, 2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
				    2.120, 2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069,
				    2.064, 2.060,  2.056, 2.052, 2.048, 2.045, 2.042 };

	return freedom < sizeof(t) / sizeof(t[0]) ? t[freedom] : 1.96 + 2.4 / freedom;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void cell_sum_up(struct cell *c)
{
	double sum = 0, squares = 0;

	if (!c->nr)
		return;
	qsort(c->v, c->nr, sizeof(*c->v), by_value);
	for (u32 i = 0; i < c->nr; i++)
		sum += c->v[i];
	c->mean = sum / c->nr;
	for (u32 i = 0; i < c->nr; i++)
		squares += (c->v[i] - c->mean) * (c->v[i] - c->mean);
	c->median = c->v[c->nr / 2];
	c->least = c->v[0];
	c->most = c->v[c->nr - 1];
	c->half = c->nr > 1 ? student(c->nr - 1) * sqrt(squares / (c->nr - 1) / c->nr) : 0;
}

/* ---- rows ---- */

static const char *text_of(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i) ?: "";
}

static bool same_group(const struct results *r, const struct group *g, sqlite3_stmt *st)
{
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->by & 1u << a && strcmp(g->axis[a], text_of(st, (int)a)))
			return false;
	return true;
}

/* Rows come in the order of their axes: it is the last one, or a new one. */
static struct group *group_of(struct results *r, sqlite3_stmt *st)
{
	struct group *g;

	if (r->nr && same_group(r, &r->group[r->nr - 1], st))
		return &r->group[r->nr - 1];
	shortage_on(!array_room(&r->group, r->nr, &r->room), "out of memory for results");
	g = &r->group[r->nr++];
	*g = (struct group){ .first = (u64)sqlite3_column_int64(st, NR_AXES),
			     .seed = sqlite3_column_int64(st, NR_AXES + 2) };
	for (u32 a = 0; a < NR_AXES; a++) {
		g->axis[a] = strdup(text_of(st, (int)a));
		shortage_on(!g->axis[a], "out of memory for results");
	}
	return g;
}

static double value_of(sqlite3_stmt *st, int i)
{
	int type = sqlite3_column_type(st, i);

	return type == SQLITE_INTEGER || type == SQLITE_FLOAT ? sqlite3_column_double(st, i) : NAN;
}

static void take_row(struct results *r, sqlite3_stmt *st)
{
	struct group *g = group_of(r, st);
	struct result_run run = { .group = r->nr - 1,
				  .seed = sqlite3_column_int64(st, NR_AXES + 2) };

	g->nr++;
	g->bad += !sqlite3_column_int(st, NR_AXES + 1);
	for (u32 k = 0; k < r->nr_figures; k++) {
		struct cell *c = &g->cell[k];

		run.v[k] = value_of(st, NR_AXES + 3 + (int)k);
		if (isnan(run.v[k]))
			continue;
		shortage_on(!array_room(&c->v, c->nr, &c->room), "out of memory for results");
		c->v[c->nr++] = run.v[k];
	}
	if (!r->keep_runs)
		return;
	shortage_on(!array_room(&r->run, r->nr_runs, &r->room_runs), "out of memory for results");
	r->run[r->nr_runs++] = run;
}

static char *query(const struct results *r)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);
	const char *word = " WHERE";

	fputs("SELECT ", f);
	for (u32 a = 0; a < NR_AXES; a++)
		fprintf(f, "c.%s, ", axis_names[a]);
	fputs("r.id, " DATABASE_ENDED_WELL ", r.seed", f);
	for (u32 k = 0; k < r->nr_figures; k++) {
		char *path = database_path(r->figure[k].path);

		fprintf(f, ", json_extract(r.figures, '%s')", path);
		free(path);
	}
	fputs(" FROM run r JOIN config c ON c.id = r.config", f);
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->where[a]) {
			fprintf(f, "%s c.%s = ?%u", word, axis_names[a], a + 1);
			word = " AND";
		}
	fputs(" ORDER BY ", f);
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->by & 1u << a)
			fprintf(f, "c.%s, ", axis_names[a]);
	fputs("c.id, r.seed", f);
	fclose(f);
	return text;
}

static void note_varying(struct results *r)
{
	for (u32 i = 1; i < r->nr; i++)
		for (u32 a = 0; a < NR_AXES; a++)
			if (r->by & 1u << a && strcmp(r->group[0].axis[a], r->group[i].axis[a]))
				r->varies[a] = true;
}

bool axis_is_common(const struct results *r, u32 axis)
{
	return r->by & 1u << axis && !r->varies[axis] && *r->group[0].axis[axis];
}

/* What a scheduler's name and kernel say already takes no column. */
static void hide_digests(struct results *r)
{
	for (u32 i = 0; i < r->nr; i++)
		for (u32 j = 0; j < i; j++) {
			char **a = r->group[i].axis, **b = r->group[j].axis;

			if (!strcmp(a[AXIS_SCHEDULER], b[AXIS_SCHEDULER]) &&
			    !strcmp(a[AXIS_KERNEL], b[AXIS_KERNEL]) &&
			    strcmp(a[AXIS_SHA256], b[AXIS_SHA256]))
				return;
		}
	r->varies[AXIS_SHA256] = false;
	for (u32 i = 0; i < r->nr; i++)
		r->group[i].axis[AXIS_SHA256][0] = '\0';
}

/* No run has it: what may be meant? */
static int unknown_figure(struct results *r, const char *path)
{
	struct suggestion s = { .word = path };
	sqlite3_stmt *st = NULL;
	char text[256], *best = NULL;

	if (sqlite3_prepare_v2(database_handle(r->db),
			       "SELECT DISTINCT path FROM figure WHERE run IN (SELECT id FROM run "
			       "WHERE length(figures) > 2 LIMIT 50)",
			       -1, &st, NULL))
		return results_fail(r);
	while (sqlite3_step(st) == SQLITE_ROW) {
		char *name = strdup(text_of(st, 0));

		shortage_on(!name, "out of memory for results");
		suggest_try(&s, name);
		if (s.best == name) {
			free(best);
			best = name;
		} else {
			free(name);
		}
	}
	sqlite3_finalize(st);
	suggest_text(&s, text, sizeof(text));
	free(best);
	return complain(KS_USAGE, "%s: no run has a figure '%s'%s", r->path, path,
			*text ? text : "; kickstand results FILE --figures lists them");
}

static int check_figures(struct results *r)
{
	for (u32 k = 0; k < r->nr_figures; k++) {
		u64 nr = 0;

		for (u32 i = 0; i < r->nr; i++)
			nr += r->group[i].cell[k].nr;
		if (!nr && r->nr)
			return unknown_figure(r, r->figure[k].path);
	}
	return KS_OK;
}

int results_read(struct results *r)
{
	sqlite3_stmt *st = NULL;
	char *text = query(r);
	int ret = sqlite3_prepare_v2(database_handle(r->db), text, -1, &st, NULL);

	free(text);
	if (ret)
		return results_fail(r);
	for (u32 a = 0; a < NR_AXES; a++)
		if (r->where[a])
			sqlite3_bind_text(st, (int)a + 1, r->where[a], -1, SQLITE_STATIC);
	while ((ret = sqlite3_step(st)) == SQLITE_ROW)
		take_row(r, st);
	sqlite3_finalize(st);
	if (ret != SQLITE_DONE)
		return results_fail(r);
	if (!r->nr)
		return complain(KS_USAGE,
				"%s: no run is recorded there; kickstand sweep does, or --where "
				"fits none",
				r->path);
	for (u32 i = 0; i < r->nr; i++)
		for (u32 k = 0; k < r->nr_figures; k++)
			cell_sum_up(&r->group[i].cell[k]);
	note_varying(r);
	if (r->varies[AXIS_SHA256] && r->nr <= GROUPS_SHOWN)
		hide_digests(r);
	return check_figures(r);
}

/* ---- Pareto ---- */

/* One chooses a scheduler and its settings, and cannot choose what it has to do and where. */
static bool same_conditions(const struct results *r, const struct group *a, const struct group *b)
{
	static const enum axis given[] = { AXIS_KERNEL, AXIS_MACHINE, AXIS_WORKLOAD,
					   AXIS_DURATION };

	for (u32 i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (r->by & 1u << given[i] && strcmp(a->axis[given[i]], b->axis[given[i]]))
			return false;
	return true;
}

/* Is @a at least as good in all, and better in one? By means. */
static bool dominates(const struct results *r, const struct group *a, const struct group *b)
{
	bool better = false;

	if (!same_conditions(r, a, b))
		return false;
	for (u32 k = 0; k < r->nr_figures; k++) {
		double x = a->cell[k].mean, y = b->cell[k].mean;

		if (!a->cell[k].nr || (r->figure[k].more ? x < y : x > y))
			return false;
		better = better || x != y;
	}
	return better;
}

static bool has_all(const struct results *r, const struct group *g)
{
	for (u32 k = 0; k < r->nr_figures; k++)
		if (!g->cell[k].nr)
			return false;
	return true;
}

/* One of those that ended badly is no good one, whatever its figures. */
void results_front(struct results *r)
{
	for (u32 i = 0; i < r->nr; i++) {
		struct group *g = &r->group[i];

		g->in_front = !g->bad && has_all(r, g);
		for (u32 j = 0; g->in_front && j < r->nr; j++)
			g->in_front = r->group[j].bad || !dominates(r, &r->group[j], g);
	}
}

/* ---- one run ---- */

#define ID_DIGITS 16

/* @begin and as many of @fill as make an id */
static u64 id_filled(const char *begin, const char *fill)
{
	char text[2 * ID_DIGITS + 1]; /* gcc does not see how the two add up */

	snprintf(text, sizeof(text), "%s%.*s", begin, (int)(ID_DIGITS - strlen(begin)), fill);
	return strtoull(text, NULL, 16);
}

void results_bind_ids(sqlite3_stmt *st, const char *begin)
{
	bool is = strlen(begin) <= ID_DIGITS && !begin[strspn(begin, "0123456789abcdef")];
	u64 first = is ? id_filled(begin, "0000000000000000") : 1;
	u64 last = is ? id_filled(begin, "ffffffffffffffff") : 0;

	/* they have 63 bits: what begins with 8 or more fits none, being below 0 here */
	sqlite3_bind_int64(st, 1, (s64)first);
	sqlite3_bind_int64(st, 2, (s64)(first > INT64_MAX ? last : min(last, (u64)INT64_MAX)));
}

char *results_command(struct results *r, const char *id)
{
	sqlite3_stmt *st = NULL;
	char *text = NULL;
	u32 nr = 0;

	if (sqlite3_prepare_v2(database_handle(r->db),
			       "SELECT 'kickstand ' || head || ' --seed ' || seed || "
			       "CASE tail WHEN '' THEN '' ELSE ' ' || tail END FROM run JOIN config "
			       "ON config.id = run.config WHERE run.id BETWEEN ?1 AND ?2 LIMIT 2",
			       -1, &st, NULL)) {
		results_fail(r);
		return NULL;
	}
	results_bind_ids(st, id);
	while (sqlite3_step(st) == SQLITE_ROW && !nr++)
		text = strdup(text_of(st, 0));
	sqlite3_finalize(st);
	if (nr == 1)
		return text;
	free(text);
	complain(KS_USAGE, "%s: %s run's id begins with '%s'", r->path, nr ? "more than one" : "no",
		 id);
	return NULL;
}
