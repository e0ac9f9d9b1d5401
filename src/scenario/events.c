// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c - sequences of events.
 *
 *	"events": [ {"event": "kick", "cpu": 2},
 *		    {"absent": true, "op": "dispatch", "on": 2},
 *		    {"event": "resched", "cpu": 2, "within": "10us"} ]
 *
 * A sequence matches if its steps occur in the stream in this order, other events
 * between them or not. A step takes the first event that fits, and a later one only
 * if what follows then fits: steps that say "absent" or name a variable ("$c") make
 * that necessary. The search has a budget; running out of it is a failure that says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/suggest.h"
#include "scenario/scenario.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"

#define STEPS_MAX 64
#define VARIABLES_MAX 16
#define SEARCH_MAX 100000000ULL /* events looked at, over all tries */
#define NEVER (~0ULL)

enum step_place { STEP_ON = TRACE_ARGS_MAX, STEP_BY, NR_STEP_PLACES };

/* what a step says of one event: by argument, then where and as which task */
struct step {
	s32 id; /* of the catalogue; -1: any */
	const json_t *want[NR_STEP_PLACES];
	s8 variable[NR_STEP_PLACES]; /* index + 1, 0: none */
	bool absent;
	u64 within_ns; /* of the step before; 0: whenever */
	struct jkey at;
};

struct scn_sequence {
	struct scn_sequence *next;
	struct step steps[STEPS_MAX];
	u32 nr_steps;
	struct step after, before, counted;
	bool has_after, has_before, same_cpu;
	u64 after_ns, before_ns; /* NEVER: not said */
	const json_t *count;	 /* of @counted; NULL: a sequence */
	const char *variables[VARIABLES_MAX];
	u32 nr_variables;
	struct jkey at;
};

/* ---- reading a step ---- */

static s32 event_by_name(const char *name)
{
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		if (!strcmp(trace_event_name(id), name))
			return id;
	return -1;
}

static void event_names(char *buf, size_t len)
{
	size_t n = 0;

	for (u32 id = 0; id < NR_TRACE_EVENTS && n < len; id++)
		n += snprintf(buf + n, len - n, "%s%s", id ? ", " : "", trace_event_name(id));
}

static int find_event(struct ks_scenario *s, const json_t *obj, struct step *st)
{
	const json_t *v = scn_find(s, obj, "event");
	const char *name = json_string_value(v);
	struct suggestion near = {};
	char names[1024], said[80];

	if (!v) {
		/* {"op": "dispatch"} is short for its beginning */
		st->id = scn_find(s, obj, "op") ? EV_op_enter : -1;
		return 0;
	}
	st->id = name ? event_by_name(name) : -1;
	if (st->id >= 0 || (name && !strcmp(name, "*")))
		return 0;
	near.word = name ? name : "?";
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		suggest_try(&near, trace_event_name(id));
	event_names(names, sizeof(names));
	return scn_fail(s, "there is no event '%s'; there are: %s%s", near.word, names,
			suggest_text(&near, said, sizeof(said)));
}

static enum trace_field_type field_type(u32 id, u32 i)
{
	const char *field = trace_event_field(id, i), *colon = field ? strchr(field, ':') : NULL;

	return trace_field_type_parse(colon ? colon + 1 : "");
}

/* The argument @name of the step's event; "cpu" of one that has none is where it is. */
static s32 place_by_name(const struct step *st, const char *name)
{
	const char *field;
	size_t n = strlen(name);

	if (!strcmp(name, "on"))
		return STEP_ON;
	if (!strcmp(name, "by"))
		return STEP_BY;
	for (u32 i = 0; st->id >= 0 && (field = trace_event_field(st->id, i)); i++)
		if (!strncmp(field, name, n) && field[n] == ':')
			return i;
	if (!strcmp(name, "cpu"))
		return STEP_ON;
	return strcmp(name, "task") ? -1 : STEP_BY;
}

static s8 variable_index(struct scn_sequence *q, const char *name)
{
	for (u32 i = 0; i < q->nr_variables; i++)
		if (!strcmp(q->variables[i], name))
			return i + 1;
	if (q->nr_variables == VARIABLES_MAX)
		return 0;
	q->variables[q->nr_variables++] = name;
	return q->nr_variables;
}

/* A word that no trace has would never match, and "absent" would hold for ever. */
static int check_word(struct ks_scenario *s, enum trace_field_type type, const char *text)
{
	bool matched;
	char words[1024];

	if (!strcmp(text, "*") || *text == '/' || scn_match_number(text, &matched, 0) ||
	    trace_value_prints(type, text) || !trace_value_words(type, words, sizeof(words)))
		return 0;
	return scn_fail(s, "'%s': there is no '%s'; there are: %s", s->ps.at.name, text, words);
}

static int step_argument(struct ks_scenario *s, struct scn_sequence *q, struct step *st,
			 const json_t *v)
{
	s32 place = place_by_name(st, s->ps.at.name);
	const char *text = json_string_value(v);

	if (place < 0)
		return scn_fail(s,
				"event '%s' has no '%s'; allowed: event, on, by, absent, within, "
				"comment, %s",
				st->id < 0 ? "*" : trace_event_name(st->id), s->ps.at.name,
				st->id < 0 ? "" : trace_event_fields(st->id));
	if (!json_is_integer(v) && !json_is_boolean(v) && !text)
		return scn_fail(s, "'%s' must be a number, a string, true or false", s->ps.at.name);
	if (text && *text == '$') {
		st->variable[place] = variable_index(q, text);
		return st->variable[place] ? 0 :
					     scn_fail(s, "more than %u variables", VARIABLES_MAX);
	}
	if (text && place < TRACE_ARGS_MAX && check_word(s, field_type(st->id, place), text))
		return -EINVAL;
	st->want[place] = v;
	return scn_check_regex(s, v);
}

static int step_member(struct ks_scenario *s, struct scn_sequence *q, struct step *st,
		       const json_t *v)
{
	const char *name = s->ps.at.name;

	if (!strcmp(name, "event") || !strcmp(name, "comment"))
		return 0;
	if (!strcmp(name, "absent"))
		return scn_bool(s, v, &st->absent);
	if (!strcmp(name, "within"))
		return scn_time(s, v, &st->within_ns);
	return step_argument(s, q, st, v);
}

static int read_step(struct ks_scenario *s, struct scn_sequence *q, const json_t *obj,
		     struct step *st)
{
	const char *key;
	json_t *v;
	int err;

	if (!json_is_object(obj) || !json_object_size(obj))
		return scn_fail(s,
				"an event must be an object as {\"event\": \"kick\", \"cpu\": 2}");
	err = find_event(s, obj, st);
	if (err)
		return err;
	jtext_key(json_object_iter_key(json_object_iter((json_t *)obj)), &st->at);
	json_object_foreach((json_t *)obj, key, v) {
		jtext_key(key, &s->ps.at);
		err = step_member(s, q, st, v);
		if (err)
			return err;
	}
	return 0;
}

/* ---- reading a sequence ---- */

static int read_steps(struct ks_scenario *s, struct scn_sequence *q, const json_t *list)
{
	json_t *v;
	size_t i;
	int err;

	if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > STEPS_MAX)
		return scn_fail(s, "a sequence must be a list of 1 to %u events", STEPS_MAX);
	json_array_foreach((json_t *)list, i, v) {
		err = read_step(s, q, v, &q->steps[q->nr_steps++]);
		if (err)
			return err;
	}
	if (q->steps[0].absent)
		return scn_fail(s, "a sequence cannot begin with what is absent: use \"after\"");
	return 0;
}

static int sequence_steps(struct ks_scenario *s, void *to, const json_t *v)
{
	return read_steps(s, to, v);
}

/* an event, or a time */
static int read_limit(struct ks_scenario *s, struct scn_sequence *q, const json_t *v,
		      struct step *st, bool *has, u64 *ns)
{
	if (json_is_string(v))
		return scn_time(s, v, ns);
	*has = true;
	return read_step(s, q, v, st);
}

static int sequence_after(struct ks_scenario *s, void *to, const json_t *v)
{
	struct scn_sequence *q = to;

	return read_limit(s, q, v, &q->after, &q->has_after, &q->after_ns);
}

static int sequence_before(struct ks_scenario *s, void *to, const json_t *v)
{
	struct scn_sequence *q = to;

	return read_limit(s, q, v, &q->before, &q->has_before, &q->before_ns);
}

static int sequence_same_cpu(struct ks_scenario *s, void *to, const json_t *v)
{
	return scn_bool(s, v, &((struct scn_sequence *)to)->same_cpu);
}

static int sequence_count(struct ks_scenario *s, void *to, const json_t *v)
{
	struct scn_sequence *q = to;

	return read_step(s, q, v, &q->counted);
}

static int sequence_is(struct ks_scenario *s, void *to, const json_t *v)
{
	((struct scn_sequence *)to)->count = v;
	return scn_check_number(s, v);
}

static int sequence_comment(struct ks_scenario *s, void *to, const json_t *v)
{
	return 0;
}

static const struct scn_key sequence_keys[] = {
	{ "sequence", sequence_steps },	 { "after", sequence_after },
	{ "before", sequence_before },	 { "same_cpu", sequence_same_cpu },
	{ "count", sequence_count },	 { "is", sequence_is },
	{ "comment", sequence_comment },
};

static struct scn_sequence *add_sequence(struct ks_scenario *s)
{
	struct scn_sequence *q = scn_alloc(s, sizeof(*q)), **end = &s->want.sequences;

	q->at = s->ps.at;
	q->after_ns = q->before_ns = NEVER;
	while (*end)
		end = &(*end)->next;
	*end = q;
	return q;
}

static int read_sequence(struct ks_scenario *s, const json_t *v)
{
	struct scn_sequence *q = add_sequence(s);
	int err = scn_read_object(s, v, "a sequence", sequence_keys, ARRAY_SIZE(sequence_keys), q);

	if (err)
		return err;
	s->ps.at = q->at;
	if (!q->nr_steps == !q->count)
		return scn_fail(s, "a sequence has either \"sequence\" or \"count\" and \"is\"");
	return 0;
}

/* A list of events is one sequence; else each element is one. */
int scn_read_events(struct ks_scenario *s, const json_t *v)
{
	const struct jkey at = s->ps.at;
	const json_t *first = json_array_get(v, 0);
	json_t *e;
	size_t i;
	int err = 0;

	if (!json_is_array(v) || !first)
		return scn_fail(s, "'events' must be a list, not empty");
	if (!scn_find(s, first, "sequence") && !scn_find(s, first, "count")) {
		s->ps.at = at;
		return read_steps(s, add_sequence(s), v);
	}
	json_array_foreach((json_t *)v, i, e) {
		s->ps.at = at;
		err = read_sequence(s, e);
		if (err)
			return err;
	}
	return 0;
}

/* ---- does an event fit? ---- */

struct search {
	struct ks_scenario *s;
	const struct scn_sequence *q;
	u64 value[VARIABLES_MAX];
	u32 bound; /* bit per variable */
	s32 cpu;   /* of the sequence, -1: not known yet */
	u64 end;
	u64 work;
	bool retry;		   /* a later event may fit where the first does not */
	u32 best_step;		   /* how far it came */
	u64 best_at;		   /* event of the last step that fitted then */
	const struct step *broken; /* what should have been absent, and was not */
	u64 broken_at;
};

static enum trace_field_type place_type(const struct step *st, u32 place)
{
	if (place == STEP_ON)
		return FIELD_cpu;
	return place == STEP_BY ? FIELD_task : field_type(st->id, place);
}

static u64 place_value(const struct trace_record *r, u32 place)
{
	if (place == STEP_ON)
		return (s64)r->cpu;
	return place == STEP_BY ? (u64)(s64)r->pid : r->arg[place];
}

static bool fits_string(const struct ks_scenario *s, enum trace_field_type type, const char *want,
			u64 v)
{
	char text[TRACE_VALUE_MAX];
	bool matched;

	scn_field_text(s, type, v, text);
	if (scn_match_text(want, text))
		return true;
	return scn_match_number(want, &matched, (s64)v) && matched;
}

static bool fits_value(const struct ks_scenario *s, const struct step *st, u32 place,
		       const struct trace_record *r)
{
	const json_t *want = st->want[place];
	u64 v = place_value(r, place);

	if (json_is_string(want))
		return fits_string(s, place_type(st, place), json_string_value(want), v);
	if (json_is_boolean(want))
		return !v == json_is_false(want);
	return (s64)v == json_integer_value(want);
}

/* Variables that are met for the first time take the event's value. */
static bool bind_variables(struct search *x, const struct step *st, const struct trace_record *r)
{
	for (u32 p = 0; p < NR_STEP_PLACES; p++) {
		u32 i = st->variable[p] - 1;
		u64 v = place_value(r, p);

		if (!st->variable[p])
			continue;
		if (!(x->bound & (1u << i)))
			x->value[i] = v;
		else if (x->value[i] != v)
			return false;
		x->bound |= 1u << i;
	}
	return true;
}

static bool fits(struct search *x, const struct step *st, const struct trace_record *r)
{
	u32 bound = x->bound;

	if (st->id >= 0 && r->id != st->id)
		return false;
	if (x->cpu >= 0 && r->cpu != x->cpu)
		return false;
	for (u32 p = 0; p < NR_STEP_PLACES; p++)
		if (st->want[p] && !fits_value(x->s, st, p, r))
			return false;
	if (bind_variables(x, st, r))
		return true;
	x->bound = bound;
	return false;
}

/* ---- the search ---- */

/* One of the absent steps [from, to) is there. */
static bool breaks(struct search *x, u32 from, u32 to, u64 at)
{
	for (; from < to; from++) {
		struct search probe = *x; /* binds nothing */

		if (!fits(&probe, &x->q->steps[from], &x->s->rec.at[at]))
			continue;
		x->broken = &x->q->steps[from];
		x->broken_at = at;
		return true;
	}
	return false;
}

static void note_progress(struct search *x, u32 step, u64 at)
{
	if (step + 1 <= x->best_step)
		return;
	x->best_step = step + 1;
	x->best_at = at;
	x->broken = NULL;
}

static bool search_from(struct search *x, u32 step, u64 at, u64 prev_ns)
{
	const struct scn_sequence *q = x->q;
	u32 first = step;
	const struct step *st;

	while (step < q->nr_steps && q->steps[step].absent)
		step++;
	st = step < q->nr_steps ? &q->steps[step] : NULL;
	for (; at < x->end && x->work < SEARCH_MAX; at++, x->work++) {
		const struct trace_record *r = &x->s->rec.at[at];
		u32 bound = x->bound;
		s32 cpu = x->cpu;

		if (st && st->within_ns && prev_ns != NEVER && r->time_ns - prev_ns > st->within_ns)
			return false;
		if (st && fits(x, st, r)) {
			if (q->same_cpu)
				x->cpu = r->cpu;
			note_progress(x, step, at);
			if (search_from(x, step + 1, at + 1, r->time_ns))
				return true;
			if (!x->retry)
				return false;
			x->bound = bound;
			x->cpu = cpu;
		}
		if (breaks(x, first, step, at))
			return false;
	}
	return !st;
}

/* where the sequence may begin: behind "after" */
static bool find_begin(struct search *x, u64 *at)
{
	const struct scn_recorder *rec = &x->s->rec;

	for (*at = 0; *at < rec->nr; ++*at) {
		if (x->q->after_ns != NEVER &&
		    rec->at[*at].time_ns < x->s->begin_ns + x->q->after_ns)
			continue;
		if (!x->q->has_after)
			return true;
		if (fits(x, &x->q->after, &rec->at[*at])) {
			if (x->q->same_cpu)
				x->cpu = rec->at[*at].cpu;
			++*at;
			return true;
		}
	}
	return !x->q->has_after;
}

static void find_end(struct search *x, u64 at)
{
	const struct scn_recorder *rec = &x->s->rec;

	for (x->end = at; x->end < rec->nr; x->end++) {
		if (x->q->before_ns != NEVER &&
		    rec->at[x->end].time_ns >= x->s->begin_ns + x->q->before_ns)
			return;
		if (x->q->has_before && fits(x, &x->q->before, &rec->at[x->end]))
			return;
	}
}

/* ---- what is printed ---- */

static void step_text(const struct step *st, char *buf, size_t len)
{
	static const char *const outside[] = { "on", "by" };
	size_t n = snprintf(buf, len, "%s%s", st->absent ? "no " : "",
			    st->id < 0 ? "any event" : trace_event_name(st->id));
	char *text;

	for (u32 p = 0; p < NR_STEP_PLACES && n < len; p++) {
		const char *name = p >= TRACE_ARGS_MAX ? outside[p - TRACE_ARGS_MAX] :
				   st->id < 0	       ? NULL :
							 trace_event_field(st->id, p);

		if (!st->want[p] || !name)
			continue;
		text = json_dumps(st->want[p], JSON_ENCODE_ANY);
		n += snprintf(buf + n, len - n, " %.*s=%s", (int)strcspn(name, ":"), name,
			      text ? text : "?");
		free(text);
	}
}

static void show_events(struct ks_scenario *s, u64 at)
{
	fputs("    events: |\n", s->report);
	if (s->rec.nr)
		scn_record_around(s, min(at, s->rec.nr - 1), "      ", s->report);
	else
		fputs("      (none)\n", s->report);
}

/* The step that was looked for when the search came furthest. */
static const struct step *missing_step(const struct search *x)
{
	u32 i = x->best_step;

	while (i < x->q->nr_steps && x->q->steps[i].absent)
		i++;
	return i < x->q->nr_steps ? &x->q->steps[i] : &x->q->steps[x->q->nr_steps - 1];
}

static void report_sequence(struct search *x)
{
	const struct step *st = x->broken ? x->broken : missing_step(x);
	char want[512], seen[256];
	u64 at = x->broken ? x->broken_at : x->best_step ? x->best_at : 0;

	step_text(st, want, sizeof(want));
	if (x->work >= SEARCH_MAX)
		snprintf(seen, sizeof(seen), "the search was given up: too many ways to match");
	else if (x->broken)
		snprintf(seen, sizeof(seen), "it is there, after %u of %u steps", x->best_step,
			 x->q->nr_steps);
	else if (!x->best_step)
		snprintf(seen, sizeof(seen), "the sequence never begins");
	else
		snprintf(seen, sizeof(seen),
			 "%u of %u steps, then nothing that fits (the last step "
			 "that did is marked)",
			 x->best_step, x->q->nr_steps);
	scn_failure_begin(x->s, &st->at, "sequence of events", want, seen);
	show_events(x->s, at);
}

static void check_count(struct search *x, u64 at)
{
	json_t *seen = json_integer(0);
	char step[512], want[600], have[64];
	char *text;

	for (; at < x->end; at++) {
		struct search probe = *x;

		if (fits(&probe, &x->q->counted, &x->s->rec.at[at]))
			json_integer_set(seen, json_integer_value(seen) + 1);
	}
	if (!scn_match(x->q->count, seen)) {
		text = json_dumps(x->q->count, JSON_ENCODE_ANY);
		step_text(&x->q->counted, step, sizeof(step));
		snprintf(want, sizeof(want), "%s times: %s", text, step);
		snprintf(have, sizeof(have), "%lld", (s64)json_integer_value(seen));
		free(text);
		scn_failure_begin(x->s, &x->q->counted.at, "number of events", want, have);
		show_events(x->s, at ? at - 1 : 0);
	}
	json_decref(seen);
}

/* Of steps that depend on nothing but their order the first that fits is the best. */
static bool needs_retry(const struct scn_sequence *q)
{
	bool retry = q->same_cpu || q->nr_variables;

	for (u32 i = 0; i < q->nr_steps; i++)
		retry |= q->steps[i].absent || q->steps[i].within_ns;
	return retry;
}

static void check_sequence(struct ks_scenario *s, const struct scn_sequence *q)
{
	struct search x = { .s = s, .q = q, .cpu = -1, .retry = needs_retry(q) };
	char want[512];
	u64 at;

	if (!find_begin(&x, &at)) {
		step_text(&q->after, want, sizeof(want));
		scn_failure_begin(s, &q->after.at, "beginning of a sequence", want,
				  "no such event");
		show_events(s, s->rec.nr);
		return;
	}
	find_end(&x, at);
	if (q->count)
		check_count(&x, at);
	else if (!search_from(&x, 0, at, q->has_after ? s->rec.at[at - 1].time_ns : NEVER))
		report_sequence(&x);
}

void scn_check_events(struct ks_scenario *s)
{
	if (s->want.sequences && s->rec.full) {
		scn_failure(s, &s->want.sequences->at, "events", "all events of the run",
			    "more than can be kept: shorten the scenario", NULL);
		return;
	}
	for (const struct scn_sequence *q = s->want.sequences; q; q = q->next)
		check_sequence(s, q);
}
