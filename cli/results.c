// SPDX-License-Identifier: GPL-2.0-only
/* results.c - `kickstand results`: questions to a database of kickstand sweep. */
#include <getopt.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/suggest.h"
#include "campaign/campaign.h"
#include "cli.h"
#include "compare.h"
#include "results.h"

#define GATES_MAX 64

enum {
	OPT_FIGURE = 256,
	OPT_FIGURES,
	OPT_BY,
	OPT_WHERE,
	OPT_BEST,
	OPT_WORST,
	OPT_PARETO,
	OPT_CSV,
	OPT_MARKDOWN,
	OPT_HTML,
	OPT_AGAINST,
	OPT_FAIL_IF,
	OPT_SIGNIFICANT,
	OPT_FINDINGS,
	OPT_FINDING,
	OPT_RUN,
};

const struct option results_options[] = {
	{ "figure", required_argument, NULL, OPT_FIGURE },
	{ "figures", no_argument, NULL, OPT_FIGURES },
	{ "by", required_argument, NULL, OPT_BY },
	{ "where", required_argument, NULL, OPT_WHERE },
	{ "best", required_argument, NULL, OPT_BEST },
	{ "worst", required_argument, NULL, OPT_WORST },
	{ "pareto", no_argument, NULL, OPT_PARETO },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "markdown", no_argument, NULL, OPT_MARKDOWN },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "against", required_argument, NULL, OPT_AGAINST },
	{ "fail-if", required_argument, NULL, OPT_FAIL_IF },
	{ "significant", no_argument, NULL, OPT_SIGNIFICANT },
	{ "findings", no_argument, NULL, OPT_FINDINGS },
	{ "finding", required_argument, NULL, OPT_FINDING },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand results FILE.sqlite [options]\n\n"
	"What a database of kickstand sweep says: a line for each configuration, with the mean of each\n"
	"figure over its runs, and half of the 95 % confidence interval of that mean.\n\n"
	"  --figure PATH       a figure of the summary: all_tasks.wakeup_latency_ns.p99; max:PATH\n"
	"                      if more of it is better; may be given several times\n"
	"  --figures           the paths that there are\n"
	"  --by AXIS,...       what is told apart (default: everything): scheduler, settings, options,\n"
	"                      kernel, machine, workload, duration, kind, sha256, files, version\n"
	"  --where AXIS=VALUE  those alone; may be given several times\n"
	"  --best N, --worst N so many, by the first figure\n"
	"  --pareto            those that no other is better than in all figures\n"
	"  --csv, --markdown   in place of a table\n"
	"  --html FILE         as a page with plots, to look at in a browser without network\n"
	"  --against FILE      how the figures changed since that database, or what --fail-if says\n"
	"  --fail-if 'PATH OP VALUE'  with --against: exit status 1 if it holds of a configuration;\n"
	"                      as for kickstand compare: 'all_tasks.wakeup_latency_ns.p99 > +10%'\n"
	"  --significant       a change that may be chance (p of 0.05 or more) fails nothing\n"
	"  --findings          what ended badly, and how often\n"
	"  --finding ID        the schedule of one, for kickstand run --schedule\n"
	"  --run ID            the command that repeats a run\n\n"
	"Exit status: 0; 1 a --fail-if holds; 2 bad usage, or a file that is no such database.\n";

struct command {
	struct results r;
	struct results before;
	const char *against, *html, *run, *finding;
	bool figures, findings, pareto, significant;
	enum format format;
	u32 best, worst;
	struct gate gate[GATES_MAX];
	u32 nr_gates;
};

/* ---- options ---- */

static int axis_find(const char *name, size_t len, u32 *axis)
{
	struct suggestion s = { .word = name };
	char text[128];

	for (*axis = 0; *axis < NR_AXES; ++*axis)
		if (strlen(axis_names[*axis]) == len && !strncmp(axis_names[*axis], name, len))
			return KS_OK;
	for (u32 a = 0; a < NR_AXES; a++)
		suggest_try(&s, axis_names[a]);
	suggest_text(&s, text, sizeof(text));
	return complain(KS_USAGE, "there is no axis '%.*s'%s", (int)len, name,
			*text ? text : "; see kickstand results --help");
}

static int take_by(struct results *r, const char *text)
{
	u32 axis;
	int err;

	for (r->by = 0;; text++) {
		size_t len = strcspn(text, ",");

		err = axis_find(text, len, &axis);
		if (err)
			return err;
		r->by |= 1u << axis;
		text += len;
		if (!*text)
			return KS_OK;
	}
}

static int take_where(struct results *r, const char *text)
{
	size_t len = strcspn(text, "=");
	u32 axis;
	int err = axis_find(text, len, &axis);

	if (err)
		return err;
	if (!text[len])
		return complain(KS_USAGE, "--where %s: AXIS=VALUE is due", text);
	r->where[axis] = text + len + 1;
	return KS_OK;
}

static int take_number(const char *option, const char *text, u32 *n)
{
	uint64_t v;

	if (!parse_number(text, 1, UINT32_MAX, &v))
		return complain(KS_USAGE, "%s %s: a number is due", option, text);
	*n = (u32)v;
	return KS_OK;
}

static int take_gate(struct command *c, const char *text)
{
	if (c->nr_gates == GATES_MAX)
		return complain(KS_USAGE, "at most %d --fail-if", GATES_MAX);
	return gate_parse(&c->gate[c->nr_gates++], text);
}

static int take_option(struct command *c, int opt)
{
	switch (opt) {
	case OPT_FIGURE:
		return figure_take(&c->r, optarg);
	case OPT_FIGURES:
		c->figures = true;
		return KS_OK;
	case OPT_BY:
		return take_by(&c->r, optarg);
	case OPT_WHERE:
		return take_where(&c->r, optarg);
	case OPT_BEST:
		return take_number("--best", optarg, &c->best);
	case OPT_WORST:
		return take_number("--worst", optarg, &c->worst);
	case OPT_PARETO:
		c->pareto = true;
		return KS_OK;
	case OPT_CSV:
		c->format = FORMAT_CSV;
		return KS_OK;
	case OPT_MARKDOWN:
		c->format = FORMAT_MARKDOWN;
		return KS_OK;
	case OPT_HTML:
		c->html = optarg;
		return KS_OK;
	case OPT_AGAINST:
		c->against = optarg;
		return KS_OK;
	case OPT_FAIL_IF:
		return take_gate(c, optarg);
	case OPT_SIGNIFICANT:
		c->significant = true;
		return KS_OK;
	case OPT_FINDINGS:
		c->findings = true;
		return KS_OK;
	case OPT_FINDING:
		c->finding = optarg;
		return KS_OK;
	default:
		c->run = optarg;
		return KS_OK;
	}
}

/* What is no table has no use for what a table is told by. */
static int check_answer(const struct command *c)
{
	bool single = c->figures || c->findings || c->finding || c->run;
	bool where = false;

	for (u32 a = 0; a < NR_AXES; a++)
		where = where || c->r.where[a];
	if (c->figures + c->findings + !!c->finding + !!c->run + !!c->against + !!c->html > 1)
		return complain(KS_USAGE,
				"--figures, --findings, --finding, --run, --against and --html: "
				"one of them");
	if (single &&
	    (where || c->r.nr_figures || c->r.by != ALL_AXES || c->best || c->worst || c->pareto))
		return complain(
			KS_USAGE,
			"--where, --figure, --by, --best, --worst and --pareto are of "
			"configurations: not with --figures, --findings, --finding and --run");
	if (c->format && (c->figures || c->finding || c->run || c->html))
		return complain(KS_USAGE, "--csv and --markdown are of tables and of --findings");
	if (c->html && (c->best || c->worst || c->pareto))
		return complain(KS_USAGE,
				"--html has all configurations, and shows the front: without "
				"--best, --worst and --pareto");
	return KS_OK;
}

static int check_options(struct command *c)
{
	if (c->nr_gates && !c->against)
		return complain(KS_USAGE,
				"--fail-if compares with another database: --against FILE");
	if (c->significant && !c->nr_gates)
		return complain(KS_USAGE, "--significant is of --fail-if, and there is none");
	if (c->best && c->worst)
		return complain(KS_USAGE, "--best and --worst: one of them");
	if (c->against && (c->pareto || c->best || c->worst || c->format))
		return complain(KS_USAGE,
				"--against prints changes: --pareto, --best, --worst, --csv and "
				"--markdown are of one database");
	if (c->against && c->r.by != ALL_AXES)
		return complain(KS_USAGE,
				"--against compares configurations: --by is of one database");
	return check_answer(c);
}

static int read_options(int argc, char **argv, struct command *c)
{
	int opt, err = KS_OK;

	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":h", results_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help_text, stdout);
			return -1;
		}
		err = opt == '?' || opt == ':' ?
			      complain_option(argv, opt, results_options, "kickstand results") :
			      take_option(c, opt);
	}
	return err ? err : check_options(c);
}

/* ---- answers ---- */

static int print_paths(struct results *r)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(database_handle(r->db),
			       "SELECT DISTINCT path FROM figure ORDER BY path", -1, &st, NULL))
		return results_fail(r);
	while (sqlite3_step(st) == SQLITE_ROW)
		puts((const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return KS_OK;
}

static int print_command(struct results *r, const char *id)
{
	char *text = results_command(r, id);

	if (!text)
		return KS_USAGE;
	puts(text);
	free(text);
	return KS_OK;
}

/* The first figure says; a group that lacks it is last. */
static int by_figure(const void *a, const void *b, void *arg)
{
	const struct group *x = a, *y = b;
	double sign = *(const double *)arg, d;

	if (!x->cell[0].nr || !y->cell[0].nr)
		return !x->cell[0].nr - !y->cell[0].nr;
	d = (x->cell[0].mean - y->cell[0].mean) * sign;
	return d < 0 ? -1 : d > 0;
}

static u32 choose(struct command *c)
{
	struct results *r = &c->r;
	u32 most = c->best ?: c->worst ?: r->nr, nr = 0;
	double sign = !r->figure[0].more == !c->worst ? 1 : -1;

	if (c->best || c->worst)
		qsort_r(r->group, r->nr, sizeof(*r->group), by_figure, &sign);
	if (c->pareto) { /* those of the front come first, in order */
		for (u32 i = 0; i < r->nr; i++) {
			struct group g = r->group[i];

			if (!g.in_front)
				continue;
			r->group[i] = r->group[nr];
			r->group[nr++] = g;
		}
		return nr < most ? nr : most;
	}
	return most < r->nr ? most : r->nr;
}

static const char *const usual_figures[] = { "all_tasks.wakeup_latency_ns.p99",
					     "max:all_tasks.runtime_ns",
					     "all_tasks.queue_wait_ns.p99", "switches" };
#define NR_USUAL (sizeof(usual_figures) / sizeof(usual_figures[0]))

static int show(struct command *c)
{
	int err = KS_OK;

	if (c->html || c->pareto)
		results_front(&c->r);
	if (c->html)
		err = results_html(&c->r, c->html);
	else
		results_table(&c->r, c->format, choose(c));
	return err;
}

static int against(struct command *c)
{
	int err = results_open(&c->before, c->against);

	if (!err) {
		memcpy(c->before.where, c->r.where, sizeof(c->r.where));
		err = results_read(&c->before);
	}
	if (!err)
		err = results_against(&c->r, &c->before, c->gate, c->nr_gates, c->significant);
	results_finish(&c->before);
	return err;
}

static int answer(struct command *c)
{
	bool usual = !c->r.nr_figures;
	int err;

	if (c->figures)
		return print_paths(&c->r);
	if (c->findings)
		return results_findings(&c->r, c->format);
	if (c->finding)
		return results_finding(&c->r, c->finding);
	if (c->run)
		return print_command(&c->r, c->run);
	c->r.keep_runs = c->html;
	for (u32 i = 0; usual && i < NR_USUAL; i++)
		figure_take(&c->r, usual_figures[i]);
	err = results_read(&c->r);
	if (err)
		return err;
	return c->against ? against(c) : show(c);
}

int cmd_results(int argc, char **argv)
{
	struct command c = { .r.by = ALL_AXES, .before.by = ALL_AXES };
	const char *path = NULL;
	int status = read_options(argc, argv, &c), err;

	if (!status) {
		path = only_argument(argc, argv, "the database (FILE.sqlite)");
		status = path ? results_open(&c.r, path) : KS_USAGE;
	}
	if (!status)
		status = answer(&c);
	results_finish(&c.r);
	for (u32 i = 0; i < c.nr_gates; i++)
		gate_finish(&c.gate[i]);
	err = status < 0 ? KS_OK : flush_output();
	return status < 0 ? KS_OK : status ? status : err;
}
