// SPDX-License-Identifier: GPL-2.0-only
/*
 * listen.c - the event stream for the library's user: one sink of ours, which tells
 * each listener of the events that it asked for, and ends a run when one of those
 * comes that ks_machine_run_until() waits for.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "api/handle.h"
#include "base/suggest.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "trace/value.h"

#define NAME_MAX_BYTES 64

struct listener {
	struct listener *next;
	bool wants[NR_TRACE_EVENTS];
	int (*fn)(void *arg, const struct ks_event *ev);
	void *arg;
};

/* an event while it is told, and what its public part points to */
struct told {
	struct ks_event ev;
	struct listeners *of;
	const char *fields[TRACE_ARGS_MAX];
	uint64_t values[TRACE_ARGS_MAX];
	enum trace_field_type types[TRACE_ARGS_MAX];
	char text[TRACE_ARGS_MAX][TRACE_VALUE_MAX];
};

struct listeners {
	struct trace_sink sink;
	struct ks_machine *km;
	struct trace_catalogue catalogue;
	struct trace_names names;
	struct listener *first, **end;
	struct told told;
	bool waits[NR_TRACE_EVENTS]; /* ks_machine_run_until() */
};

/* ---- telling ---- */

/* The parts of a name (str8) are the task's, not fields of their own. */
static void tell_fields(struct told *t, const struct trace_record *r)
{
	const struct trace_catalogue *c = &t->of->catalogue;
	u32 i, n = 0;

	for (i = 0; i < c->nr[r->id]; i++) {
		if (c->field[r->id][i].type == FIELD_str8)
			continue;
		t->fields[n] = c->field[r->id][i].name;
		t->types[n] = c->field[r->id][i].type;
		t->values[n++] = r->arg[i];
	}
	t->ev.nr_fields = n;
	t->ev.fields = t->fields;
	t->ev.values = t->values;
}

static void tell(struct listeners *l, const struct trace_record *r)
{
	struct told *t = &l->told;
	struct listener *to;

	t->of = l;
	t->ev.time_ns = r->time_ns;
	t->ev.cpu = r->cpu;
	t->ev.pid = r->pid;
	t->ev.comm = trace_names_get(&l->names, r->pid);
	t->ev.name = trace_event_name(r->id);
	tell_fields(t, r);
	for (to = l->first; to; to = to->next)
		if (to->wants[r->id] && to->fn(to->arg, &t->ev))
			l->km->over = RUN_LISTENER_ENDS;
}

static bool is_wanted(const struct listeners *l, u16 id)
{
	const struct listener *to = l->first;

	while (to && !to->wants[id])
		to = to->next;
	return to;
}

static void record(struct trace_sink *sink, const struct trace_record *r)
{
	struct listeners *l = container_of(sink, struct listeners, sink);

	if (r->id == EV_task_new)
		trace_names_add(&l->names, r->arg[0], &r->arg[2]);
	if (l->waits[r->id] && !l->km->over)
		l->km->over = RUN_EVENT_CAME;
	if (is_wanted(l, r->id)) {
		api_callback_begin();
		tell(l, r);
		api_callback_end();
	}
	if (l->km->over && l->km->running)
		engine_stop_now(machine->engine);
}

/* ---- what an event says ---- */

static s32 field_index(const struct ks_event *ev, const char *field)
{
	u32 i;

	for (i = 0; ev && field && i < ev->nr_fields; i++)
		if (!strcmp(ev->fields[i], field))
			return i;
	return -1;
}

KS_PUBLIC uint64_t ks_event_value(const struct ks_event *ev, const char *field)
{
	s32 i = field_index(ev, field);

	return i < 0 ? 0 : ev->values[i];
}

KS_PUBLIC const char *ks_event_text(const struct ks_event *ev, const char *field)
{
	struct told *t = container_of(ev, struct told, ev);
	s32 i = field_index(ev, field);

	if (i < 0)
		return "";
	trace_value_text(t->text[i], &t->of->names, t->types[i], t->values[i]);
	return t->text[i];
}

/* ---- who listens ---- */

/* Tasks that are there already. */
static void learn_names(struct listeners *l)
{
	struct task_struct *p;
	u64 words[2];

	for_each_task(p) {
		memcpy(words, p->comm, sizeof(words));
		trace_names_add(&l->names, p->pid, words);
	}
}

static int listeners_get(struct ks_machine *km)
{
	struct listeners *l;

	if (km->listeners)
		return KS_OK;
	l = calloc(1, sizeof(*l));
	if (!l)
		return api_fail(KS_USAGE, "out of memory");
	l->sink.record = record;
	l->km = km;
	l->end = &l->first;
	trace_catalogue_init(&l->catalogue);
	learn_names(l);
	trace_ensure(&km->stream);
	trace_add_sink(&km->stream, &l->sink);
	km->listeners = l;
	return KS_OK;
}

/* One word of @names; false: it fits no event. */
static bool want_word(bool wants[NR_TRACE_EVENTS], const char *word)
{
	bool any = false;
	u32 id;

	for (id = 0; id < NR_TRACE_EVENTS; id++)
		if (!fnmatch(word, trace_event_name(id), 0))
			any = wants[id] = true;
	return any;
}

static int no_event(const char *word)
{
	struct suggestion s = { .word = word };
	char near[80];

	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		suggest_try(&s, trace_event_name(id));
	return api_fail(KS_USAGE, "there is no event '%s': docs/events.md has their names%s", word,
			suggest_text(&s, near, sizeof(near)));
}

static int want(bool wants[NR_TRACE_EVENTS], const char *names)
{
	char word[NAME_MAX_BYTES];
	const char *p = names ? names : "*";
	size_t n;

	if (!*(p += strspn(p, " ")))
		return api_fail(KS_USAGE, "events '%s': no name (NULL or \"*\" are all)", names);
	for (; *p; p += n, p += strspn(p, " ")) {
		n = strcspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		if (n >= sizeof(word) || !want_word(wants, word))
			return no_event(word);
	}
	return KS_OK;
}

static int add_listener(struct ks_machine *km, struct listener *to, const char *names)
{
	int err = want(to->wants, names);

	if (!err)
		err = listeners_get(km);
	if (err)
		return err;
	*km->listeners->end = to;
	km->listeners->end = &to->next;
	return KS_OK;
}

KS_PUBLIC int ks_machine_listen(struct ks_machine *km, const char *names,
				int (*fn)(void *arg, const struct ks_event *ev), void *arg)
{
	struct listener *to;
	int err = api_enter(km, API_OUTSIDE);

	if (!err && !fn)
		err = api_fail(KS_USAGE, "ks_machine_listen: the function is NULL");
	if (err)
		return err;
	to = calloc(1, sizeof(*to));
	if (!to)
		return api_fail(KS_USAGE, "out of memory");
	to->fn = fn;
	to->arg = arg;
	err = add_listener(km, to, names);
	if (err)
		free(to);
	return err;
}

int listen_wait(struct ks_machine *km, const char *names)
{
	bool waits[NR_TRACE_EVENTS] = { false };
	int err = want(waits, names);

	if (!err)
		err = listeners_get(km);
	if (!err)
		memcpy(km->listeners->waits, waits, sizeof(waits));
	return err;
}

void listen_wait_over(struct ks_machine *km)
{
	memset(km->listeners->waits, 0, sizeof(km->listeners->waits));
}

void listen_finish(struct ks_machine *km)
{
	struct listeners *l = km->listeners;
	struct listener *to;

	if (!l)
		return;
	while ((to = l->first)) {
		l->first = to->next;
		free(to);
	}
	trace_names_finish(&l->names);
	free(l);
	km->listeners = NULL;
}
