// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare.c - `kickstand compare`: the JSON summaries of runs side by side. A file is
 * a run, or an array of runs (of --seeds): then a column has the median of its runs
 * and how far they spread.
 *
 *	                     a.json               b.json
 *	kicks.sent             4711   4650 [4600..4703]
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/printable.h"
#include "cli.h"

#define PATH_MAX_BYTES 160
#define FILES_MAX 64
#define CELL_WIDTH 34

/* one figure of one file */
struct sample {
	char *path;
	int64_t *v;		/* by run */
	const char **text;	/* of strings; else NULL */
	unsigned int nr;
};

struct column {
	const char *name;
	int width;
	json_t *json;
	struct sample *sample;
	unsigned int nr, nr_runs;
};

/* ---- figures ---- */

static struct sample *sample_find(const struct column *c, const char *path)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (!strcmp(c->sample[i].path, path))
			return &c->sample[i];
	return NULL;
}

static struct sample *sample_get(struct column *c, const char *path)
{
	struct sample *s = sample_find(c, path);

	if (s)
		return s;
	c->sample = realloc(c->sample, (c->nr + 1) * sizeof(*c->sample));
	s = c->sample ? &c->sample[c->nr] : NULL;
	if (!s)
		abort();
	*s = (struct sample){ .path = strdup(path), .v = calloc(c->nr_runs, sizeof(*s->v)),
			      .text = calloc(c->nr_runs, sizeof(*s->text)) };
	if (!s->path || !s->v || !s->text)
		abort();
	c->nr++;
	return s;
}

static void sample_add(struct column *c, const char *path, const json_t *v)
{
	struct sample *s = sample_get(c, path);

	if (s->nr == c->nr_runs)
		return;
	if (json_is_string(v))
		s->text[s->nr] = json_string_value(v);
	s->v[s->nr++] = json_is_boolean(v) ? json_is_true(v) : json_integer_value(v);
}

static void take_object(struct column *c, const char *prefix, const json_t *o)
{
	char path[PATH_MAX_BYTES];
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) {
		if (!strcmp(key, "schema") || !strcmp(key, "trace_hash") || json_is_null(v))
			continue;
		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", key);
		make_printable(path);
		if (json_is_object(v))
			take_object(c, path, v);
		else if (!json_is_array(v))
			sample_add(c, path, v);
	}
}

static int64_t number_at(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void add_up(json_t *into, const json_t *from)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)from, key, v)
		if (json_is_integer(v))
			json_object_set_new(into, key,
					    json_integer(number_at(into, key) + json_integer_value(v)));
}

/* Percentiles of many tasks cannot be made of theirs: the run has merged them. */
static void take_groups(struct column *c, const char *prefix, const json_t *groups)
{
	char path[PATH_MAX_BYTES];
	json_t *group;
	size_t i;

	json_array_foreach((json_t *)groups, i, group) {
		const char *name = json_string_value(json_object_get(group, "name"));

		if (!name)
			continue;
		snprintf(path, sizeof(path), "%sgroups.%s", prefix, name);
		json_object_del(group, "name");
		take_object(c, path, group);
	}
}

static void take_cpus(struct column *c, const char *prefix, const json_t *cpus)
{
	char path[PATH_MAX_BYTES];
	json_t *sum = json_object(), *cpu;
	size_t i;

	json_array_foreach((json_t *)cpus, i, cpu)
		add_up(sum, cpu);
	snprintf(path, sizeof(path), "%sall_cpus", prefix);
	take_object(c, path, sum);
	json_decref(sum);
}

/* the lists of the run, or of what came after its scheduler */
static void take_lists(struct column *c, const char *prefix, const json_t *part)
{
	take_groups(c, prefix, json_object_get(part, "groups"));
	take_cpus(c, prefix, json_object_get(part, "per_cpu"));
}

static bool take_run(struct column *c, const json_t *run)
{
	if (number_at(run, "schema") != 1 || !json_is_array(json_object_get(run, "groups")))
		return false;
	take_object(c, "", run);
	take_lists(c, "", run);
	if (json_object_get(run, "after"))
		take_lists(c, "after.", json_object_get(run, "after"));
	return true;
}

/* ---- files ---- */

/* jansson takes a file that cannot be read for an empty one */
static json_t *json_read(const char *path)
{
	FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "r");
	json_error_t why;
	json_t *json = NULL;

	if (f) {
		errno = 0;
		json = json_loadf(f, 0, &why);
	}
	if (!f || ferror(f))
		complain(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
	else if (!json)
		complain(KS_USAGE, "%s: line %d: this is no JSON of kickstand run --json: %s", path,
			 why.line, why.text);
	if (f && f != stdin)
		fclose(f);
	return json;
}

static int column_read(struct column *c, const char *path, const char *name, int width)
{
	json_t *run;
	size_t i;
	bool ok;

	c->name = name;
	c->width = width;
	c->json = json_read(path);
	if (!c->json)
		return KS_USAGE;
	c->nr_runs = json_is_array(c->json) ? json_array_size(c->json) : 1;
	ok = c->nr_runs;
	if (json_is_array(c->json))
		json_array_foreach(c->json, i, run)
			ok = ok && take_run(c, run);
	else
		ok = take_run(c, c->json);
	return ok ? KS_OK : complain(KS_USAGE, "%s: this is no summary of kickstand run --json", path);
}

static void column_finish(struct column *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		free(c->sample[i].path);
		free(c->sample[i].v);
		free(c->sample[i].text);
	}
	free(c->sample);
	json_decref(c->json);
}

/* ---- the table ---- */

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* "none", or "none 30, stall 2" */
static void words_text(const struct sample *s, char *buf, size_t size)
{
	size_t n = 0;

	for (unsigned int i = 0; i < s->nr && n < size; i++) {
		unsigned int same = 0, before = 0, k;

		for (k = 0; k < s->nr; k++) {
			same += !strcmp(s->text[k], s->text[i]);
			before += k < i && !strcmp(s->text[k], s->text[i]);
		}
		if (before)
			continue;
		n += snprintf(buf + n, size - n, "%s%.40s", n ? ", " : "",
			      *s->text[i] ? s->text[i] : "-");
		if (same < s->nr && n < size)
			n += snprintf(buf + n, size - n, " %u", same);
	}
}

static void cell_text(const struct sample *s, unsigned int nr_runs, char *buf, size_t size)
{
	int64_t *v;

	if (!s || !s->nr) {
		snprintf(buf, size, "-");
		return;
	}
	if (s->text[0]) {
		words_text(s, buf, size);
		return;
	}
	v = s->v;	/* sorted in place: nobody needs the order of runs */
	qsort(v, s->nr, sizeof(*v), by_value);
	if (v[0] == v[s->nr - 1])
		snprintf(buf, size, "%" PRId64, v[0]);
	else
		snprintf(buf, size, "%" PRId64 " [%" PRId64 "..%" PRId64 "]", v[s->nr / 2], v[0],
			 v[s->nr - 1]);
}

static void row_print(struct column *c, unsigned int nr, const char *path, bool all)
{
	char cell[FILES_MAX][128];
	bool differs = false;

	for (unsigned int i = 0; i < nr; i++) {
		cell_text(sample_find(&c[i], path), c[i].nr_runs, cell[i], sizeof(cell[i]));
		differs = differs || strcmp(cell[0], cell[i]);
	}
	if (!differs && !all)
		return;
	printf("%-40s", path);
	for (unsigned int i = 0; i < nr; i++)
		printf(" %*s", c[i].width, cell[i]);
	putchar('\n');
}

/* of a long name, the end says more */
static const char *tail_of(const char *name, size_t width)
{
	size_t n = strlen(name);

	return n > width ? name + n - width : name;
}

static void head_print(const struct column *c, unsigned int nr)
{
	char runs[32];

	printf("%-40s", "");
	for (unsigned int i = 0; i < nr; i++)
		printf(" %*s", c[i].width, tail_of(c[i].name, c[i].width));
	printf("\n%-40s", "runs");
	for (unsigned int i = 0; i < nr; i++) {
		snprintf(runs, sizeof(runs), "%u", c[i].nr_runs);
		printf(" %*s", c[i].width, runs);
	}
	putchar('\n');
}

/* Rows in the order of the first file that has them. */
static int table_print(struct column *c, unsigned int nr, bool all)
{
	head_print(c, nr);
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int k = 0; k < c[i].nr; k++) {
			const char *path = c[i].sample[k].path;
			bool before = false;

			for (unsigned int j = 0; j < i; j++)
				before = before || sample_find(&c[j], path);
			if (!before)
				row_print(c, nr, path, all);
		}
	return flush_output();
}

/* ---- are they comparable? ---- */

#define DURATION_SHARE 50	/* the length of runs may differ by one in so many */

static const json_t *first_run(const struct column *c)
{
	return json_is_array(c->json) ? json_array_get(c->json, 0) : c->json;
}

static const char *provenance_of(const struct column *c, const char *key)
{
	return json_string_value(json_object_get(json_object_get(first_run(c), "provenance"), key));
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
	int64_t a = number_at(first_run(m->a), key), b = number_at(first_run(m->b), key);

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
	struct misfit m = { a, b, open_memstream(&text, &len), 0 };

	if (!m.f)
		abort();
	misfit_word(&m, "workload");
	misfit_word(&m, "topology");
	misfit_number(&m, "cpus", 0);
	misfit_number(&m, "duration_ns", DURATION_SHARE);
	fclose(m.f);
	if (m.nr)
		complain(KS_OK, "warning: %s and %s are not comparable: other %s", a->name, b->name, text);
	free(text);
}

/* ---- the command ---- */

static const struct option compare_options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand compare A.json [B.json...] [--all]\n\n"
	"Files of kickstand run --json. Prints what differs; of one file, all. Of a file of\n"
	"--seeds: the median, and [least..most].\n\n"
	"  --all               what is the same too\n";

int compare_files(char **paths, const char **names, unsigned int nr, bool all, int width)
{
	struct column *c = calloc(nr, sizeof(*c));
	int err = c ? KS_OK : complain(KS_USAGE, "out of memory");
	unsigned int i;

	for (i = 0; !err && i < nr; i++)
		err = column_read(&c[i], paths[i], names[i], width);
	for (i = 1; !err && i < nr; i++)
		warn_of_misfit(&c[0], &c[i]);
	if (!err)
		err = table_print(c, nr, all || nr == 1);
	for (i = 0; c && i < nr; i++)
		column_finish(&c[i]);
	free(c);
	return err;
}

int cmd_compare(int argc, char **argv)
{
	bool all = false;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", compare_options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			all = true;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, compare_options, "kickstand compare");
		}
	}
	if (optind == argc)
		return complain(KS_USAGE, "a file of run --json is missing");
	if (argc - optind > FILES_MAX)
		return complain(KS_USAGE, "at most %d files", FILES_MAX);
	return compare_files(argv + optind, (const char **)argv + optind, argc - optind, all,
			     CELL_WIDTH);
}
