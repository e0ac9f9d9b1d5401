// SPDX-License-Identifier: GPL-2.0-only
/*
 * results_against.c - what got worse: configurations that two databases have in common, by what they
 * are called (their objects may differ), each judged as `kickstand compare` judges two files of --seeds.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"
#include "cli.h"
#include "compare.h"
#include "results.h"

static bool same(const struct group *a, const struct group *b)
{
	for (u32 i = 0; i < NR_AXES; i++)
		if (i != AXIS_SHA256 && i != AXIS_VERSION && i != AXIS_FILES &&
		    strcmp(a->axis[i], b->axis[i]))
			return false;
	return true;
}

static const struct group *find(const struct results *r, const struct group *like)
{
	for (u32 i = 0; i < r->nr; i++)
		if (same(&r->group[i], like))
			return &r->group[i];
	return NULL;
}

/* All figures of its runs, as a file of --seeds has them. */
static int column_of(struct results *r, const struct group *g, struct column *c)
{
	json_t *runs = json_array();
	sqlite3_stmt *st = NULL;
	int ret = sqlite3_prepare_v2(
		database_handle(r->db),
		"SELECT figures, ok, exit FROM run WHERE config = (SELECT config "
		"FROM run WHERE id = ?1) ORDER BY seed",
		-1, &st, NULL);

	if (ret == SQLITE_OK)
		sqlite3_bind_int64(st, 1, (s64)g->first);
	while (ret == SQLITE_OK || ret == SQLITE_ROW) {
		json_t *run;

		ret = sqlite3_step(st);
		if (ret != SQLITE_ROW)
			break;
		run = json_loads((const char *)sqlite3_column_text(st, 0), 0, NULL) ?:
										      json_object();
		json_object_set_new(run, "verdict",
				    json_pack("{s:b}", "ok", sqlite3_column_int(st, 1)));
		json_object_set_new(run, "exit",
				    json_pack("{s:s}", "kind", sqlite3_column_text(st, 2)));
		json_array_append_new(runs, run);
	}
	sqlite3_finalize(st);
	column_take(c, r->path, runs);
	return ret == SQLITE_DONE ? KS_OK : results_fail(r);
}

static void put_name(const struct results *r, const struct group *g, FILE *out)
{
	bool any = false;

	for (u32 a = 0; a < NR_AXES; a++)
		if ((r->varies[a] || a == AXIS_SCHEDULER) && a != AXIS_SHA256 && *g->axis[a]) {
			fprintf(out, "%s%s", any ? ", " : "", g->axis[a]);
			any = true;
		}
}

/* What a gate says of it, a line each; without gates, how the figures that were asked for changed. */
static int judge(struct results *now, const struct group *g, struct column c[2],
		 const struct gate *gate, u32 nr_gates, bool significant)
{
	char *lines = NULL, *line, *rest;
	size_t len;
	FILE *f = text_stream(&lines, &len);
	int status = KS_OK, err;

	for (u32 i = 0; i < nr_gates && status != KS_USAGE; i++) {
		err = gate_check(&gate[i], c, 2, significant, f);
		status = err > status ? err : status;
	}
	fclose(f);
	rest = lines;
	while (status != KS_USAGE && (line = strsep(&rest, "\n")) && *line) {
		put_name(now, g, stdout);
		printf(": %s\n", line);
	}
	free(lines);
	return status;
}

static void put_changes(struct results *now, const struct group *g, struct column c[2])
{
	char a[32], b[32], percent[32];

	put_name(now, g, stdout);
	for (u32 k = 0; k < now->nr_figures; k++) {
		const char *path = now->figure[k].path;
		const struct sample *from = sample_find(&c[0], path),
				    *to = sample_find(&c[1], path);
		struct change change;

		if (!from || !to || !from->nr || !to->nr)
			continue;
		change_find(from, to, &change);
		printf("\n  %-40s %s -> %s %s %s", path,
		       value_text(path, sample_median(from), a, 32),
		       value_text(path, sample_median(to), b, 32),
		       change_text(&change, percent, 32), change_word(&change));
		if (change.tested)
			printf(" p=%.2g", change.p);
	}
	putchar('\n');
}

static int judge_pair(struct results *now, const struct group *g, struct results *before,
		      const struct group *old, const struct gate *gate, u32 nr_gates,
		      bool significant)
{
	struct column c[2] = { { 0 } };
	int status = column_of(before, old, &c[0]);

	if (!status)
		status = column_of(now, g, &c[1]);
	if (!status && nr_gates)
		status = judge(now, g, c, gate, nr_gates, significant);
	else if (!status)
		put_changes(now, g, c);
	column_finish(&c[0]);
	column_finish(&c[1]);
	return status;
}

int results_against(struct results *now, struct results *before, const struct gate *gate,
		    u32 nr_gates, bool significant)
{
	int status = KS_OK;
	u32 nr = 0;

	for (u32 i = 0; i < now->nr && status != KS_USAGE; i++) {
		const struct group *old = find(before, &now->group[i]);
		int err = old ? judge_pair(now, &now->group[i], before, old, gate, nr_gates,
					   significant) :
				KS_OK;

		nr += !!old;
		status = err > status ? err : status;
	}
	if (status == KS_USAGE)
		return status;
	if (!nr)
		return complain(KS_USAGE, "%s and %s have no configuration in common", before->path,
				now->path);
	if (nr < now->nr || nr < before->nr)
		fprintf(stderr, "kickstand: warning: of %u and %u configurations, %u are in both\n",
			before->nr, now->nr, nr);
	if (status)
		complain(status, "%s: a --fail-if holds against %s", now->path, before->path);
	return status;
}
