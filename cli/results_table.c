// SPDX-License-Identifier: GPL-2.0-only
/*
 * results_table.c - groups, a line each: for a terminal, as CSV, as Markdown. What all have in common is
 * said once above.
 *
 *	kernel  workload  runs  bad  wakeup_latency_ns.p99       runtime_ns
 *	6.12    mixed        8    0        2.31ms +-4%     40.1ms +-0.2%
 */
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include "base/figure.h"
#include "base/printable.h"
#include "campaign/campaign.h"
#include "cli.h"
#include "compare.h"
#include "numbers.h"
#include "results.h"

#define CELL_BYTES 256
#define COLUMNS_MAX (NR_AXES + FIGURES_MAX + 2)

/* The last two names of a path are what one knows it by. */
static const char *short_path(const char *path)
{
	const char *last = strrchr(path, '.'), *at = last;

	while (at && at > path && at[-1] != '.')
		at--;
	return at ? at : path;
}

static void figure_text(const struct figure *f, const struct cell *c, char *buf, size_t size)
{
	char value[64];

	if (!c->nr) {
		snprintf(buf, size, "-");
		return;
	}
	if (figure_is_time(f->path))
		snprintf(value, sizeof(value), "%s", TIME((u64)(c->mean + 0.5)));
	else
		snprintf(value, sizeof(value), "%.6g", c->mean);
	if (c->nr > 1 && c->mean)
		snprintf(buf, size, "%s +-%.2g%%", value, c->half * 100 / fabs(c->mean));
	else
		snprintf(buf, size, "%s", value);
}

/* ---- columns ---- */

struct sheet {
	const struct results *r;
	enum format format;
	char head[COLUMNS_MAX][CELL_BYTES];
	u32 width[COLUMNS_MAX], nr, nr_axes;
	u32 axis[NR_AXES];
};

static void sheet_init(struct sheet *s, const struct results *r, enum format format)
{
	*s = (struct sheet){ .r = r, .format = format };
	for (u32 a = 0; a < NR_AXES; a++) {
		bool wanted = r->by & 1u << a &&
			      (r->varies[a] || (a == AXIS_SCHEDULER && r->nr == 1));

		if (!wanted)
			continue;
		s->axis[s->nr_axes++] = a;
		snprintf(s->head[s->nr++], CELL_BYTES, "%s", axis_names[a]);
	}
	snprintf(s->head[s->nr++], CELL_BYTES, "runs");
	snprintf(s->head[s->nr++], CELL_BYTES, "bad");
	for (u32 k = 0; k < r->nr_figures; k++)
		snprintf(s->head[s->nr++], CELL_BYTES, "%s", short_path(r->figure[k].path));
}

static void cell_at(const struct sheet *s, const struct group *g, u32 i, char buf[CELL_BYTES])
{
	u32 k = i - s->nr_axes;

	if (i < s->nr_axes) {
		const char *text = g->axis[s->axis[i]];

		snprintf(buf, CELL_BYTES, s->axis[i] == AXIS_SHA256 ? "%.12s" : "%s",
			 *text ? text : "-");
		make_printable(buf);
	} else if (k < 2) {
		snprintf(buf, CELL_BYTES, "%u", k ? g->bad : g->nr);
	} else {
		figure_text(&s->r->figure[k - 2], &g->cell[k - 2], buf, CELL_BYTES);
	}
}

static void find_widths(struct sheet *s, u32 nr)
{
	char buf[CELL_BYTES];

	for (u32 i = 0; i < s->nr; i++) {
		s->width[i] = (u32)strlen(s->head[i]);
		for (u32 n = 0; n < nr; n++) {
			cell_at(s, &s->r->group[n], i, buf);
			s->width[i] = strlen(buf) > s->width[i] ? (u32)strlen(buf) : s->width[i];
		}
	}
}

static void put_cell(const struct sheet *s, u32 i, const char *text)
{
	int width = (int)s->width[i];

	if (s->format == FORMAT_MARKDOWN)
		printf("%s %s |", i ? "" : "|", text);
	else
		printf("%s%*s", i ? "  " : "", i < s->nr_axes ? -width : width, text);
}

/* what they have in common */
static void put_common(const struct sheet *s)
{
	const struct results *r = s->r;
	bool any = false;

	for (u32 a = 0; a < NR_AXES; a++) {
		const char *text = r->group[0].axis[a];
		char buf[CELL_BYTES];

		if (!axis_is_common(r, a))
			continue;
		snprintf(buf, sizeof(buf), a == AXIS_SHA256 ? "%.12s" : "%s", text);
		make_printable(buf);
		printf("%s%s %s", any ? ", " : "all: ", axis_names[a], buf);
		any = true;
	}
	if (any)
		puts(s->format == FORMAT_MARKDOWN ? "\n" : "");
}

static void put_lines(const struct sheet *s, u32 nr)
{
	char buf[CELL_BYTES];

	put_common(s);
	for (u32 i = 0; i < s->nr; i++)
		put_cell(s, i, s->head[i]);
	putchar('\n');
	for (u32 i = 0; s->format == FORMAT_MARKDOWN && i < s->nr; i++)
		printf("%s%s", i ? "" : "|", i < s->nr_axes ? "---|" : "---:|");
	if (s->format == FORMAT_MARKDOWN)
		putchar('\n');
	for (u32 n = 0; n < nr; n++) {
		for (u32 i = 0; i < s->nr; i++) {
			cell_at(s, &s->r->group[n], i, buf);
			put_cell(s, i, buf);
		}
		putchar('\n');
	}
}

/* ---- CSV: all axes, and all that is known of a figure, in plain numbers ---- */

static void put_quoted(const char *text)
{
	if (!strpbrk(text, ",\"\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++)
		printf("%s%c", *text == '"' ? "\"" : "", *text);
	putchar('"');
}

static void put_csv(const struct results *r, u32 nr)
{
	static const char *const of[] = { "mean", "ci95", "median", "least", "most" };

	for (u32 a = 0; a < NR_AXES; a++)
		if (r->by & 1u << a)
			printf("%s,", axis_names[a]);
	printf("runs,bad");
	for (u32 k = 0; k < r->nr_figures; k++)
		for (u32 i = 0; i < 5; i++)
			printf(",%s:%s", r->figure[k].path, of[i]);
	putchar('\n');
	for (u32 n = 0; n < nr; n++) {
		const struct group *g = &r->group[n];

		for (u32 a = 0; a < NR_AXES; a++)
			if (r->by & 1u << a) {
				put_quoted(g->axis[a]);
				putchar(',');
			}
		printf("%u,%u", g->nr, g->bad);
		for (u32 k = 0; k < r->nr_figures; k++) {
			const struct cell *c = &g->cell[k];

			if (c->nr)
				printf(",%.10g,%.6g,%.10g,%.10g,%.10g", c->mean, c->half, c->median,
				       c->least, c->most);
			else
				fputs(",,,,,", stdout);
		}
		putchar('\n');
	}
}

void results_table(const struct results *r, enum format format, u32 nr)
{
	struct sheet s;

	if (format == FORMAT_CSV) {
		put_csv(r, nr);
		return;
	}
	sheet_init(&s, r, format);
	find_widths(&s, nr);
	put_lines(&s, nr);
}

/* ---- findings ---- */

static const char findings_query[] =
	"SELECT printf('%016x', f.id), f.kind, f.scheduler, count(*), sum(o.count), f.decisions, f.text,"
	" printf('%016x', f.run) FROM finding f JOIN found o ON o.finding = f.id GROUP BY f.id"
	" ORDER BY count(*) DESC, f.id";

static void put_finding(sqlite3_stmt *st, enum format format)
{
	char text[1024];
	const char *id = (const char *)sqlite3_column_text(st, 0);

	snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(st, 6));
	make_printable(text);
	if (format == FORMAT_CSV) {
		printf("%s,%s,%s,%d,%d,%d,", id, sqlite3_column_text(st, 1),
		       sqlite3_column_text(st, 2), sqlite3_column_int(st, 3),
		       sqlite3_column_int(st, 4), sqlite3_column_int(st, 5));
		put_quoted(text);
		printf(",%s\n", sqlite3_column_text(st, 7));
		return;
	}
	printf(format == FORMAT_MARKDOWN ? "- `%.8s` " : "%.8s  ", id);
	printf("%s, %s, %d runs", sqlite3_column_text(st, 2), sqlite3_column_text(st, 1),
	       sqlite3_column_int(st, 3));
	if (sqlite3_column_int(st, 4) > sqlite3_column_int(st, 3))
		printf(" (%d times)", sqlite3_column_int(st, 4));
	if (sqlite3_column_int(st, 5))
		printf(", %d decisions", sqlite3_column_int(st, 5));
	printf(", as in run %.8s: %s\n", sqlite3_column_text(st, 7), text);
}

int results_findings(struct results *r, enum format format)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(database_handle(r->db), findings_query, -1, &st, NULL))
		return results_fail(r);
	if (format == FORMAT_CSV)
		puts("finding,kind,scheduler,runs,times,decisions,text,run");
	while (sqlite3_step(st) == SQLITE_ROW)
		put_finding(st, format);
	sqlite3_finalize(st);
	return KS_OK;
}

int results_finding(struct results *r, const char *id)
{
	sqlite3_stmt *st = NULL;
	int nr = 0, err = KS_OK;

	if (sqlite3_prepare_v2(database_handle(r->db),
			       "SELECT schedule FROM finding WHERE schedule IS NOT NULL AND id "
			       "BETWEEN ?1 AND ?2",
			       -1, &st, NULL))
		return results_fail(r);
	results_bind_ids(st, id);
	while (sqlite3_step(st) == SQLITE_ROW && !nr++)
		printf("%s\n", sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	if (nr != 1)
		err = complain(KS_USAGE, "%s: %s finding with a schedule begins with '%s'", r->path,
			       nr ? "more than one" : "no", id);
	return err;
}
