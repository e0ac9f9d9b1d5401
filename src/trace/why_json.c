// SPDX-License-Identifier: GPL-2.0-only
/*
 * why_json.c - the story of a wait for programs. docs/why.md has the keys. Times are
 * integers in nanoseconds; what is not known, or did not come to be, is null.
 */
#include <jansson.h>
#include <limits.h>

#include "base/json_out.h"
#include "base/text_stream.h"
#include "trace/why_print.h"

#define SCHEMA 1

static json_t *number(u64 v)
{
	return v <= LLONG_MAX ? json_integer((json_int_t)v) : json_string(text_of("%llu", v).at);
}

static json_t *number_or_null(u64 v)
{
	return v == REPLAY_NEVER ? json_null() : number(v);
}

static json_t *cpu_or_null(s64 cpu)
{
	return cpu < 0 ? json_null() : json_integer(cpu);
}

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static void set_string(json_t *o, const char *key, const char *text)
{
	set(o, key, text ? json_string(text) : json_null());
}

static const char *const place_words[] = {
	[PLACE_UNKNOWN] = "unknown",	[PLACE_DSQ] = "dsq",	 [PLACE_SCHEDULER] = "scheduler",
	[PLACE_RUNQUEUE] = "run_queue", [PLACE_TAKEN] = "taken",
};
static const char *const how_words[] = {
	[HOW_KERNEL] = "kernel",
	[HOW_CALL] = "call",
	[HOW_CONSUMED] = "consumed",
};

/* ---- places ---- */

static json_t *put_json(const struct why_story *s, const struct replay_put *put)
{
	json_t *o = json_object();
	char line[256];

	set_string(o, "how", how_words[put->how]);
	set(o, "time_ns", number(put->ns));
	set(o, "cpu", cpu_or_null(put->cpu));
	set_string(o, "running", put->curr < 0 ? NULL : task_text(s->rp, put->curr).at);
	set_string(o, "op", put->op < OP_none ? word_text(FIELD_op, put->op) : NULL);
	set_string(o, "program", put_program(s, put));
	set_string(o, "line", put_line(s, put, line, sizeof(line)));
	return o;
}

static json_t *place_json(const struct why_story *s, const struct why_place *p)
{
	bool put = p->place == PLACE_DSQ || p->place == PLACE_SCHEDULER;
	char dsq[TRACE_VALUE_MAX];
	json_t *o = json_object();

	trace_value_text(dsq, NULL, FIELD_dsq, p->dsq);
	set_string(o, "place", place_words[p->place]);
	set_string(o, "dsq", p->place == PLACE_DSQ ? dsq : NULL);
	set(o, "cpu", cpu_or_null(p->cpu));
	set_string(o, "class", trace_word(FIELD_class, p->class));
	set(o, "since_ns", number(p->ns));
	set(o, "until_ns", number(p->until_ns));
	set(o, "put", put ? put_json(s, &p->put) : json_null());
	return o;
}

static json_t *places_json(const struct why_story *s)
{
	json_t *list = json_array();

	for (u32 i = 0; i < s->c->nr_places; i++)
		json_array_append_new(list, place_json(s, &s->c->place[i]));
	return list;
}

/* ---- CPUs ---- */

static json_t *runs_json(const struct why_story *s, const struct why_cpu *c)
{
	json_t *list = json_array(), *o;

	for (u32 i = 0; i < c->nr_runs; i++) {
		o = json_object();
		set_string(o, "task", task_text(s->rp, c->run[i].pid).at);
		set_string(o, "class", trace_word(FIELD_class, c->run[i].class));
		set(o, "ns", number(c->run[i].ns));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *look_json(const struct why_story *s, const struct replay_look *l)
{
	json_t *o;

	if (l->ns == REPLAY_NEVER)
		return json_null();
	o = json_object();
	set(o, "time_ns", number(l->ns));
	set_string(o, "took", l->found < 0 ? NULL : task_text(s->rp, l->found).at);
	set(o, "queued", json_integer(l->nr));
	return o;
}

static json_t *cpu_json(const struct why_story *s, u32 i, bool reach)
{
	const struct why_looks *l = &s->c->looks[i];
	const struct why_cpu *c = &s->c->cpu[i];
	json_t *o = json_object();

	set(o, "cpu", json_integer(i));
	set(o, "allowed", s->c->is_whole ? json_boolean(l->allowed) : json_null());
	set(o, "online", json_boolean(c->online));
	set(o, "within_reach", json_boolean(reach));
	set(o, "idle_ns", number(c->idle_ns));
	set(o, "busy_ns", number(c->busy_ns));
	set(o, "longest_idle_ns", number(c->longest_ns));
	set(o, "longest_idle_from_ns", c->idle_ns ? number(c->longest_from_ns) : json_null());
	set(o, "ran", runs_json(s, c));
	set(o, "dispatches", number(c->nr_dispatches));
	set(o, "looks", number(l->nr));
	set(o, "took_others", number(l->nr_taken));
	set(o, "last_look", look_json(s, &l->last));
	return o;
}

static json_t *cpus_json(const struct why_story *s, const struct why_set *reach)
{
	json_t *list = json_array();

	for (u32 i = 0; i < s->c->nr_cpus; i++)
		json_array_append_new(list, cpu_json(s, i, set_has(reach, i)));
	return list;
}

/* ---- kicks ---- */

static json_t *kick_json(const struct why_story *s, u32 i)
{
	const struct kick *k = &s->lives->kicks[i];
	json_t *o = json_object();

	set(o, "kick", json_integer(i + 1));
	set(o, "time_ns", number(k->called_ns));
	set(o, "cpu", cpu_or_null(k->asker));
	set(o, "target", json_integer(k->target));
	set_string(o, "flags", kick_flags_text(k->flags).at);
	set_string(o, "outcome", kick_outcome_text(s->lives, k).at);
	set(o, "idled_ns", number_or_null(k->idled_ns));
	return o;
}

static json_t *kicks_json(const struct why_story *s, const struct why_set *reach)
{
	json_t *list;

	if (!s->lives)
		return json_null();
	list = json_array();
	for (u32 i = 0; i < s->lives->nr_kicks; i++)
		if (kick_concerns(s, reach, i))
			json_array_append_new(list, kick_json(s, i));
	return list;
}

/* ---- all of it ---- */

static json_t *conclusion_json(const struct why_story *s)
{
	json_t *text = NULL;
	char *at = NULL;
	size_t len;
	FILE *f = text_stream(&at, &len);

	conclusion_put(s, f);
	fclose(f);
	text = json_string(at);
	free(at);
	return text ? text : json_null();
}

static json_t *missing_json(const struct why_case *c)
{
	json_t *list = json_array();

	for (u32 i = 0; missing_text(c, i); i++)
		json_array_append_new(list, json_string(missing_text(c, i)));
	return list;
}

static json_t *wait_json(const struct why_case *c)
{
	json_t *o = json_object();

	set(o, "since_ns", number(c->wait.since_ns));
	set(o, "until_ns", number_or_null(c->wait.until_ns));
	set(o, "duration_ns", number(c->end_ns - c->wait.since_ns));
	set(o, "ran_on", cpu_or_null(c->ran_on));
	return o;
}

void why_story_json(const struct why_story *s, FILE *out)
{
	json_t *o = json_object();
	struct why_set reach;

	cpus_within_reach(s->c, &reach);
	set(o, "schema", json_integer(SCHEMA));
	set_string(o, "task", task_text(s->rp, s->c->wait.pid).at);
	set(o, "pid", json_integer(s->c->wait.pid));
	set_string(o, "comm", s->c->comm);
	set_string(o, "class", trace_word(FIELD_class, s->c->class));
	set(o, "wait", wait_json(s->c));
	set_string(o, "waker", s->c->waker < 0 ? NULL : task_text(s->rp, s->c->waker).at);
	set(o, "places", places_json(s));
	set(o, "places_left_out", number(s->c->nr_left_out));
	set(o, "longest", place_json(s, &s->c->main));
	set(o, "cpus", cpus_json(s, &reach));
	set(o, "kicks", kicks_json(s, &reach));
	set(o, "missing", missing_json(s->c));
	set(o, "conclusion", conclusion_json(s));
	json_out(o, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(o);
}
