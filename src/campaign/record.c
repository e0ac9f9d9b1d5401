// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - what came of a run: the line that a worker writes and the collector reads.
 *
 *	{"id": "31f0...", "end": "exit", "status": 0, "exit": "none", "ok": true, "hash": "020e...",
 *	 "error": "", "figures": {"switches": 332, ...}, "findings": [...],
 *	 "host": "node7", "real_ns": 18012345, "peak_kb": 31220}
 *
 * The figures are the summary's own members, without the lists of tasks and CPUs, and without what
 * counts nothing.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "campaign/campaign.h"

#define ERROR_BYTES 500

/* ---- figures ---- */

/* Of these the record has members of its own, or nobody compares them. */
static const char *const left_out[] = { "schema", "kernel",	 "seed",       "provenance",
					"exit",	  "verdict",	 "trace_hash", "tasks",
					"groups", "per_cpu",	 "waiting",    "scheduler",
					"after",  "interrupted", "findings",   "begin_ns",
					NULL };

static bool is_left_out(const char *name, const json_t *keep)
{
	json_t *kept;
	size_t k;

	json_array_foreach((json_t *)keep, k, kept)
		if (!strcmp(json_string_value(kept), name))
			return false;
	for (u32 i = 0; left_out[i]; i++)
		if (!strcmp(left_out[i], name))
			return true;
	return false;
}

/* Of counters by name, those that count something. */
static json_t *without_zeros(const json_t *o)
{
	json_t *some = json_object(), *v;
	const char *name;

	json_object_foreach((json_t *)o, name, v)
		if (!json_is_integer(v) || json_integer_value(v))
			json_object_set(some, name, v);
	return some;
}

static json_t *sum_of(const json_t *list)
{
	json_t *sum = json_object(), *one, *v;
	const char *name;
	size_t i;

	json_array_foreach((json_t *)list, i, one)
		json_object_foreach(one, name, v)
			if (json_is_integer(v))
				json_object_set_new(sum, name,
						    json_integer(json_integer_value(json_object_get(
									 sum, name)) +
								 json_integer_value(v)));
	return sum;
}

static json_t *figures_of(const json_t *summary, const json_t *keep)
{
	json_t *figures = json_object(), *v;
	const char *name;

	json_object_foreach((json_t *)summary, name, v) {
		if (is_left_out(name, keep))
			continue;
		if (!strcmp(name, "events"))
			json_object_set_new(figures, name, without_zeros(v));
		else if (json_is_number(v) || json_is_object(v) || json_is_array(v))
			json_object_set(figures, name, v);
	}
	if (json_object_get(summary, "per_cpu"))
		json_object_set_new(figures, "all_cpus",
				    sum_of(json_object_get(summary, "per_cpu")));
	return figures;
}

/* ---- findings ---- */

char *finding_pattern(const char *text)
{
	char *pattern = NULL;
	size_t len;
	FILE *f = text_stream(&pattern, &len);

	while (*text) {
		if (!isdigit((unsigned char)*text)) {
			fputc(*text++, f);
			continue;
		}
		text += strspn(text, "0123456789.");
		fputc('#', f);
	}
	fclose(f);
	return pattern;
}

static json_t *schedule_of(const json_t *finding)
{
	const char *path = json_string_value(json_object_get(finding, "schedule"));
	json_t *schedule = path ? json_load_file(path, 0, NULL) : NULL;
	char *text = schedule ? json_dumps(schedule, JSON_COMPACT) : NULL;
	json_t *string = text ? json_string(text) : json_null();

	free(text);
	json_decref(schedule);
	return string;
}

/* of the verdict, or of a search */
static json_t *findings_of(const json_t *summary)
{
	json_t *list = json_object_get(summary, "findings"), *some = json_array(), *f;
	size_t i;

	if (!list)
		list = json_object_get(json_object_get(summary, "verdict"), "findings");
	json_array_foreach(list, i, f) {
		json_t *count = json_object_get(f, "count"), *n = json_object_get(f, "decisions");

		json_array_append_new(
			some,
			json_pack("{s:O, s:O, s:I, s:I, s:o}", "kind", json_object_get(f, "kind"),
				  "text", json_object_get(f, "text"), "count",
				  count ? json_integer_value(count) : (json_int_t)1, "decisions",
				  n ? json_integer_value(n) : (json_int_t)0, "schedule",
				  schedule_of(f)));
	}
	return some;
}

/* ---- the rest ---- */

/* The first line that begins as ours do, without that; "" */
static json_t *error_of(const struct outcome *o)
{
	static const char begin[] = "kickstand: ";
	const char *at = o->end == END_EXIT && !o->status ? NULL : strstr(o->err, begin);
	char line[ERROR_BYTES];

	while (at && has_prefix(at + sizeof(begin) - 1, "warning: "))
		at = strstr(at + 1, begin);
	if (!at)
		return json_string("");
	at += sizeof(begin) - 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	make_printable(line);
	return json_string(line) ?: json_string("(its text is no UTF-8)");
}

static json_t *ok_of(const json_t *summary)
{
	json_t *verdict = json_object_get(summary, "verdict");
	json_t *found = json_object_get(summary, "findings");

	if (verdict)
		return json_incref(json_object_get(verdict, "ok"));
	return found ? json_boolean(!json_array_size(found)) : json_null();
}

static json_t *text_of(const json_t *o, const char *key)
{
	return json_string(json_string_value(json_object_get(o, key)) ?: "");
}

static json_t *host_name(void)
{
	char name[256] = "";

	gethostname(name, sizeof(name) - 1);
	return json_string(name) ?: json_string("?");
}

json_t *record_make(const struct point *at, const struct outcome *o, const char *json_path,
		    const json_t *keep)
{
	json_t *summary = o->end == END_EXIT ? json_load_file(json_path, 0, NULL) : NULL, *record;
	char id[32];

	snprintf(id, sizeof(id), "%016llx", (unsigned long long)at->id);
	record = json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "id", id,
			   "end", end_names[o->end], "status", o->status, "exit",
			   text_of(json_object_get(summary, "exit"), "kind"), "ok", ok_of(summary),
			   "hash", text_of(summary, "trace_hash"), "error", error_of(o), "figures",
			   figures_of(summary, keep), "findings", findings_of(summary), "host",
			   host_name(), "real_ns", (json_int_t)o->real_ns, "peak_kb",
			   (json_int_t)o->peak_kb);
	shortage_on(!record, "out of memory for a record");
	json_decref(summary);
	return record;
}
