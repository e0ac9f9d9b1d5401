// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare_read.c - the figures of a file of `kickstand run --json`, by their paths. A file is
 * a run, or an array of runs (of --seeds).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "base/printable.h"
#include "compare.h"

#define PATH_MAX_BYTES 160

/* ---- figures ---- */

const struct sample *sample_find(const struct column *c, const char *path)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (!strcmp(c->sample[i].path, path))
			return &c->sample[i];
	return NULL;
}

static struct sample *sample_get(struct column *c, const char *path)
{
	struct sample *s = (struct sample *)sample_find(c, path);

	if (s)
		return s;
	c->sample = realloc(c->sample, (c->nr + 1) * sizeof(*c->sample));
	s = c->sample ? &c->sample[c->nr] : NULL;
	shortage_on(!s, "out of memory for the figures to compare");
	*s = (struct sample){ .path = strdup(path),
			      .v = calloc(c->nr_runs, sizeof(*s->v)),
			      .sorted = calloc(c->nr_runs, sizeof(*s->v)),
			      .text = calloc(c->nr_runs, sizeof(*s->text)) };
	shortage_on(!s->path || !s->v || !s->sorted || !s->text,
		    "out of memory for the figures to compare");
	c->nr++;
	return s;
}

static void sample_add(struct column *c, const char *path, const json_t *v)
{
	struct sample *s;

	if (c->wanted && !c->wanted(path))
		return;
	s = sample_get(c, path);
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
			json_object_set_new(
				into, key,
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

bool column_add(struct column *c, const json_t *run)
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

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

void values_sort(int64_t *v, unsigned int nr)
{
	qsort(v, nr, sizeof(*v), by_value);
}

void column_sort(struct column *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		struct sample *s = &c->sample[i];

		memcpy(s->sorted, s->v, s->nr * sizeof(*s->v));
		values_sort(s->sorted, s->nr);
	}
}

const json_t *column_first_run(const struct column *c)
{
	return json_is_array(c->json) ? json_array_get(c->json, 0) : c->json;
}

int64_t column_number(const struct column *c, const char *key)
{
	return number_at(column_first_run(c), key);
}

int column_read(struct column *c, const char *path, const char *name)
{
	json_t *run;
	size_t i;
	bool ok;

	c->name = name;
	c->json = json_read(path);
	if (!c->json)
		return KS_USAGE;
	c->nr_runs = json_is_array(c->json) ? json_array_size(c->json) : 1;
	ok = c->nr_runs;
	if (json_is_array(c->json))
		json_array_foreach(c->json, i, run)
			ok = ok && column_add(c, run);
	else
		ok = column_add(c, c->json);
	column_sort(c);
	return ok ? KS_OK :
		    complain(KS_USAGE, "%s: this is no summary of kickstand run --json", path);
}

void column_take(struct column *c, const char *name, json_t *runs)
{
	json_t *run;
	size_t i;

	*c = (struct column){ .name = name, .json = runs, .nr_runs = json_array_size(runs) };
	json_array_foreach(runs, i, run) {
		take_object(c, "", run);
		take_lists(c, "", run);
	}
	column_sort(c);
}

void column_finish(struct column *c)
{
	for (unsigned int i = 0; i < c->nr; i++) {
		free(c->sample[i].path);
		free(c->sample[i].v);
		free(c->sample[i].sorted);
		free(c->sample[i].text);
	}
	free(c->sample);
	json_decref(c->json);
}
