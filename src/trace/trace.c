// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - the event stream's hub: the catalogue, the running hash, the sinks. */
#include "trace/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/shortage.h"

#define HASH_SEED 0x9ae16a3b2f90404fULL
#define HASH_PRIME 0x9e3779b185ebca87ULL /* odd, well spread: xxHash's first */

static const struct event_row {
	const char *name, *about;
	const char *fields[TRACE_ARGS_MAX + 1];
} rows[NR_TRACE_EVENTS] = {
#define EVENT(name_, text, ...) [EV_##name_] = { #name_, text, { __VA_ARGS__ } },
#include "trace/events.def"
#undef EVENT
};

/* ---- hash ---- */

/*
 * Each step is a bijection of the state for a given word, so records that differ
 * in one word never meet again by that alone.
 */
static u64 hash_word(u64 h, u64 word)
{
	h = (h ^ word) * HASH_PRIME;
	return h << 31 | h >> 33;
}

static u64 hash_record(u64 h, const struct trace_record *r)
{
	h = hash_word(h, r->time_ns);
	h = hash_word(h, (u64)r->id << 48 | (u64)(u16)r->cpu << 32 | (u32)r->pid);
	for (u32 i = 0; i < TRACE_ARGS_MAX; i++)
		h = hash_word(h, r->arg[i]);
	return h;
}

/* ---- the stream ---- */

static void sink_failed(struct trace *t, struct trace_sink *s, u64 time_ns)
{
	t->broken = s;
	t->broken_ns = time_ns;
	if (t->failed)
		t->failed(t->failed_arg);
}

void trace_emit(enum trace_event_id id, s32 cpu, s32 pid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4,
		u64 a5)
{
	const struct trace_record r = {
		.time_ns = trace_state.now ? trace_state.now() : 0,
		.id = id,
		.cpu = cpu,
		.pid = pid,
		.arg = { a0, a1, a2, a3, a4, a5 },
	};
	struct trace *t = trace_state.active;

	if (!t)
		return;
	t->nr++;
	if (t->hash_on)
		t->hash = hash_record(t->hash, &r);
	for (struct trace_sink *s = t->sinks; s; s = s->next) {
		s->record(s, &r);
		if (unlikely(s->err) && !t->broken)
			sink_failed(t, s, r.time_ns);
	}
}

static void update_on(void)
{
	trace_state.on = trace_state.active &&
			 (trace_state.active->hash_on || trace_state.active->sinks);
}

void trace_start(struct trace *t, bool hash)
{
	bug_on(trace_state.active, "a second trace while one is active");
	*t = (struct trace){ .hash = HASH_SEED, .hash_on = hash };
	trace_state.active = t;
	update_on();
}

void trace_ensure(struct trace *t)
{
	if (trace_state.active != t)
		trace_start(t, false);
}

/* Sinks get a record in the order in which they were added. */
void trace_add_sink(struct trace *t, struct trace_sink *s)
{
	struct trace_sink **end = &t->sinks;

	while (*end)
		end = &(*end)->next;
	s->next = NULL;
	*end = s;
	update_on();
}

void trace_remove_sink(struct trace *t, struct trace_sink *s)
{
	struct trace_sink **at = &t->sinks;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
	update_on();
}

void trace_tell(struct trace *t, const char *key, const char *value)
{
	for (struct trace_sink *s = t->sinks; s; s = s->next)
		if (s->tell)
			s->tell(s, key, value);
}

void trace_stop(struct trace *t)
{
	if (trace_state.active != t)
		return;
	trace_state.active = NULL;
	update_on();
}

int trace_sink_close(struct trace_sink *s, bool commit)
{
	return s && s->close ? s->close(s, commit) : 0;
}

/* ---- the catalogue ---- */

const char *trace_event_name(enum trace_event_id id)
{
	return id < NR_TRACE_EVENTS ? rows[id].name : NULL;
}

const char *trace_event_about(enum trace_event_id id)
{
	return id < NR_TRACE_EVENTS ? rows[id].about : NULL;
}

const char *trace_event_field(enum trace_event_id id, u32 i)
{
	return id < NR_TRACE_EVENTS && i < TRACE_ARGS_MAX ? rows[id].fields[i] : NULL;
}

/* Made when it is first asked for. */
const char *trace_event_fields(enum trace_event_id id)
{
	const char *field;
	size_t n = 0;
	char *text;

	if (id >= NR_TRACE_EVENTS)
		return NULL;
	if (!trace_state.fields)
		trace_state.fields = calloc(NR_TRACE_EVENTS, sizeof(*trace_state.fields));
	shortage_on(!trace_state.fields, "out of memory for the catalogue of events");
	text = trace_state.fields[id];
	for (u32 i = 0; !text[n] && (field = trace_event_field(id, i)); i++)
		n += snprintf(text + n, TRACE_FIELDS_TEXT_MAX - n, "%s%s", i ? " " : "", field);
	return text;
}
