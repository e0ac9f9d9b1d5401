// SPDX-License-Identifier: GPL-2.0-only
/*
 * several.c - paths that mean several figures: patterns as the shell has them ('*' and '?'), and
 * what the figures that fit come to.
 *
 *	tasks.sleeper-*.wakeup_latency_ns.p99		{ "tasks.sleeper-0.wakeup...": 5000, ... }
 *	max(tasks.sleeper-*.wakeup_latency_ns.p99)	5000
 *	per_cpu[*].switches
 *
 * A name that is there as it is written is meant as it is: groups.sleeper-* is a group's.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include "base/figure.h"
#include "scenario/scenario.h"

struct search {
	const char *pattern; /* for fnmatch() */
	json_t *found;	     /* path: value */
};

bool scn_is_pattern(const char *path)
{
	return strpbrk(path, "*?");
}

/* Brackets are those of per_cpu[2], no classes of characters. */
static void for_fnmatch(const char *path, char *buf, size_t size)
{
	size_t n = 0;

	for (; *path && n + 3 < size; path++) {
		if (strchr("[]\\", *path))
			buf[n++] = '\\';
		buf[n++] = *path;
	}
	buf[n] = '\0';
}

/* Tasks may have the same name: the later ones get their pid. */
static void keep(struct search *q, const char *path, const json_t *row, json_t *v)
{
	char told[320];

	if (json_object_get(q->found, path)) {
		snprintf(told, sizeof(told), "%s (pid %lld)", path,
			 (s64)json_integer_value(json_object_get(row, "pid")));
		path = told;
	}
	json_object_set(q->found, path, v);
}

/* The leaves below @v, whose path is @path. @row: the task, group or CPU that they are of */
static void search_below(struct search *q, const char *path, const json_t *row, json_t *v)
{
	const char *key;
	char below[288];
	json_t *m;

	if (!json_is_object(v)) {
		if (!fnmatch(q->pattern, path, 0))
			keep(q, path, row, v);
		return;
	}
	json_object_foreach(v, key, m) {
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "", key);
		search_below(q, below, row, m);
	}
}

/* @named: the member that rows are named by; NULL: by their place */
static void search_list(struct search *q, const char *path, const json_t *list, const char *named)
{
	const char *name;
	char below[288];
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)list, i, row) {
		name = named ? json_string_value(json_object_get(row, named)) : NULL;
		if (named && !name)
			continue;
		if (named)
			snprintf(below, sizeof(below), "%s.%s", path, name);
		else
			snprintf(below, sizeof(below), "%s[%zu]", path, i);
		search_below(q, below, row, row);
	}
}

static const struct {
	const char *key, *named;
} lists[] = {
	{ "tasks", "comm" },
	{ "groups", "name" },
	{ "per_cpu", NULL },
	{ "subs", NULL },
};

static void search_part(struct search *q, const char *prefix, json_t *part)
{
	char path[32];
	const char *key;
	json_t *v;
	u32 i;

	json_object_foreach(part, key, v) {
		for (i = 0; i < ARRAY_SIZE(lists) && strcmp(lists[i].key, key); i++)
			;
		snprintf(path, sizeof(path), "%s%.24s", prefix, key);
		if (i < ARRAY_SIZE(lists))
			search_list(q, path, v, lists[i].named);
		else if (strcmp(key, "after"))
			search_below(q, path, NULL, v);
	}
}

/* What @path fits, as {PATH: VALUE}; json_decref() it. */
static json_t *figures_that_fit(json_t *summary, const char *path)
{
	json_t *after = json_object_get(summary, "after");
	char pattern[512];
	struct search q = { pattern, json_object() };

	for_fnmatch(path, pattern, sizeof(pattern));
	if (!has_prefix(path, "after."))
		search_part(&q, "", summary);
	else if (after)
		search_part(&q, "after.", after);
	/* as a single one is found: made after the scheduler's end */
	if (after && has_prefix(path, "tasks."))
		search_list(&q, "tasks", json_object_get(after, "tasks"), "comm");
	return q.found;
}

json_t *scn_lookup_pattern(struct ks_scenario *s, json_t *summary, const char *path)
{
	json_t *found = figures_that_fit(summary, path);

	if (json_object_size(found))
		return found;
	json_decref(found);
	scn_fail(s, "no figure fits '%s'", path);
	return NULL;
}

/* of an object of figures, or of one */
static json_t *fold(struct ks_scenario *s, enum aggregate kind, json_t *found)
{
	const char *key;
	json_t *v;
	s64 sum = 0;
	u64 nr = 0;

	if (!json_is_object(found))
		return json_incref(found);
	json_object_foreach(found, key, v) {
		if (!json_is_integer(v)) {
			scn_fail(s, "%s is no number", key);
			return NULL;
		}
		sum = aggregate_add(kind, sum, nr++, json_integer_value(v));
	}
	return json_integer(kind == AGGREGATE_MEAN ? sum / (s64)nr : sum);
}

json_t *scn_lookup_aggregate(struct ks_scenario *s, json_t *summary, const char *text)
{
	const char *at;
	char path[256];
	json_t *found, *v;
	size_t len;
	enum aggregate kind = aggregate_parse(text, &at, &len);

	snprintf(path, sizeof(path), "%.*s", (int)len, at);
	found = scn_lookup(s, summary, path);
	v = found ? fold(s, kind, found) : NULL;
	json_decref(found);
	return v;
}

bool scn_holds(const struct scn_row *r, const json_t *seen, struct scn_misfit *bad)
{
	const char *key;
	json_t *v;

	*bad = (struct scn_misfit){ 0 };
	if (!seen)
		return json_is_null(r->want);
	if (!scn_is_pattern(r->path) || !json_is_object(seen) || !scn_is_figure(r->path)) {
		bad->seen = seen;
		return scn_match(r->want, seen);
	}
	json_object_foreach((json_t *)seen, key, v) {
		bad->nr++;
		if (scn_match(r->want, v))
			continue;
		if (!bad->nr_bad++) {
			bad->path = key;
			bad->seen = v;
		}
	}
	return !bad->nr_bad;
}
