// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare.c - `kickstand compare`: the JSON summaries of runs side by side, and the gate of
 * whoever lets changes in. A file is a run, or an array of runs (of --seeds): then a column
 * has the median of its runs and how far they spread.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/printable.h"
#include "base/text_stream.h"
#include "compare.h"

/* ---- are they comparable? ---- */

#define DURATION_SHARE 50 /* the length of runs may differ by one in so many */

static const char *provenance_of(const struct column *c, const char *key)
{
	return json_string_value(
		json_object_get(json_object_get(column_first_run(c), "provenance"), key));
}

/* what of two files does not fit, for one line */
struct misfit {
	const struct column *a, *b;
	FILE *f;
	unsigned int nr;
};

/* a workload, a topology: words that files of older versions lack */
static void misfit_word(struct misfit *m, const char *key)
{
	const char *a = provenance_of(m->a, key), *b = provenance_of(m->b, key);

	if (a && b && strcmp(a, b))
		fprintf(m->f, "%s%s (%s, %s)", m->nr++ ? ", " : "", key, a, b);
}

static void misfit_number(struct misfit *m, const char *key, int64_t share)
{
	int64_t a = column_number(m->a, key), b = column_number(m->b, key);

	if (a != b && (!share || a - b > a / share || b - a > b / share))
		fprintf(m->f, "%s%s (%" PRId64 ", %" PRId64 ")", m->nr++ ? ", " : "", key, a, b);
}

/*
 * Schedulers, their options, kernels and seeds are what one compares: the table has them. Of
 * other work, on another machine or for another time, the figures mean something else.
 */
static void warn_of_misfit(const struct column *a, const struct column *b)
{
	char *text = NULL;
	size_t len;
	struct misfit m = { a, b, text_stream(&text, &len), 0 };

	misfit_word(&m, "workload");
	misfit_word(&m, "topology");
	misfit_number(&m, "cpus", 0);
	misfit_number(&m, "duration_ns", DURATION_SHARE);
	fclose(m.f);
	if (m.nr)
		complain(KS_OK, "warning: %s and %s are not comparable: other %s", a->name, b->name,
			 text);
	free(text);
}

/* ---- the command ---- */

#define GATES_MAX 64

struct compare {
	struct table_options table;
	struct gate gate[GATES_MAX];
	unsigned int nr_gates;
	bool significant;
	struct column *c;
	unsigned int nr;
};

const struct option compare_options[] = {
	{ "all", no_argument, NULL, 'a' },	   { "fail-if", required_argument, NULL, 'f' },
	{ "significant", no_argument, NULL, 's' }, { "markdown", no_argument, NULL, 'm' },
	{ "help", no_argument, NULL, 'h' },	   { NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand compare A.json [B.json...] [options]\n\n"
	"Files of kickstand run --json. Prints what differs, and by how much from the first; of\n"
	"one file, all. Of a file of --seeds: the median, and [least..most].\n\n"
	"  --all               what is the same, or zero, too\n"
	"  --fail-if 'PATH OP VALUE'  exit status 1 if it holds of a file after the first (or of\n"
	"                      the only one): 'groups.sleeper-*.wakeup_latency_ns.p99 > +10%',\n"
	"                      'max(groups.*.queue_wait_ns.max) >= 20ms', 'exit.kind != none'; may\n"
	"                      be given several times\n"
	"  --significant       a change that may be chance (p of 0.05 or more) fails nothing\n"
	"  --markdown          as a table for a pull request\n\n"
	"Exit status: 0; 1 a --fail-if holds; 2 bad usage or unreadable input.\n";

/* The lines of all gates that failed, first: in a pull request they are what one looks for. */
static int gates_check(const struct compare *cmp, FILE *out)
{
	int status = KS_OK, err;

	for (unsigned int i = 0; i < cmp->nr_gates; i++) {
		err = gate_check(&cmp->gate[i], cmp->c, cmp->nr, cmp->significant, out);
		if (err == KS_USAGE)
			return err;
		status = err ? err : status;
	}
	return status;
}

/* @lines: what failed, each with a newline */
static void failures_print(const struct compare *cmp, char *lines)
{
	char *line;

	bool any = *lines;

	if (cmp->table.markdown && any)
		puts("**Failed:**\n");
	while ((line = strsep(&lines, "\n"))) {
		if (!*line)
			continue;
		make_printable(line);
		if (cmp->table.markdown)
			printf("- `%s`\n", line);
		complain(KS_FAILED, "--fail-if %s", line);
	}
	if (cmp->table.markdown && any)
		putchar('\n');
}

static int report(const struct compare *cmp)
{
	char *lines = NULL;
	size_t len;
	FILE *f = text_stream(&lines, &len);
	int status = gates_check(cmp, f), err = KS_OK;

	fclose(f);
	if (status != KS_USAGE) {
		failures_print(cmp, lines);
		err = table_print(cmp->c, cmp->nr, &cmp->table);
	}
	free(lines);
	return err ? err : status;
}

static int compare(struct compare *cmp, char **paths, const char **names)
{
	int err = KS_OK;
	unsigned int i;

	cmp->c = calloc(cmp->nr, sizeof(*cmp->c));
	if (!cmp->c)
		return complain(KS_USAGE, "out of memory");
	for (i = 0; !err && i < cmp->nr; i++)
		err = column_read(&cmp->c[i], paths[i], names[i]);
	for (i = 1; !err && i < cmp->nr; i++)
		warn_of_misfit(&cmp->c[0], &cmp->c[i]);
	if (!err)
		err = report(cmp);
	for (i = 0; i < cmp->nr; i++)
		column_finish(&cmp->c[i]);
	free(cmp->c);
	return err;
}

int compare_files(char **paths, const char **names, unsigned int nr, bool all, int width)
{
	struct compare cmp = { .table = { .all = all, .bare = true, .width = width }, .nr = nr };

	return compare(&cmp, paths, names);
}

static int take_gate(struct compare *cmp, const char *text)
{
	if (cmp->nr_gates == GATES_MAX)
		return complain(KS_USAGE, "at most %d --fail-if", GATES_MAX);
	return gate_parse(&cmp->gate[cmp->nr_gates++], text);
}

static int take_option(struct compare *cmp, char **argv, int opt)
{
	switch (opt) {
	case 'a':
		cmp->table.all = true;
		return KS_OK;
	case 'f':
		return take_gate(cmp, optarg);
	case 's':
		cmp->significant = true;
		return KS_OK;
	case 'm':
		cmp->table.markdown = true;
		return KS_OK;
	default:
		return complain_option(argv, opt, compare_options, "kickstand compare");
	}
}

static int check_options(const struct compare *cmp)
{
	if (!cmp->nr)
		return complain(KS_USAGE, "a file of run --json is missing");
	if (cmp->nr > FILES_MAX)
		return complain(KS_USAGE, "at most %d files", FILES_MAX);
	if (cmp->significant && !cmp->nr_gates)
		return complain(KS_USAGE, "--significant is of --fail-if, and there is none");
	return KS_OK;
}

int cmd_compare(int argc, char **argv)
{
	struct compare cmp = { .table.width = CELL_WIDTH };
	int opt, err = KS_OK;

	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":h", compare_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help_text, stdout);
			return KS_OK;
		}
		err = take_option(&cmp, argv, opt);
	}
	cmp.nr = argc - optind;
	if (!err)
		err = check_options(&cmp);
	if (!err)
		err = complain_twice(argv + optind, cmp.nr);
	if (!err)
		err = compare(&cmp, argv + optind, (const char **)argv + optind);
	for (unsigned int i = 0; i < cmp.nr_gates; i++)
		gate_finish(&cmp.gate[i]);
	return err;
}
