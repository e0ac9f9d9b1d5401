// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain_json.c - the lives of kicks for programs. docs/explain.md has the keys. Times
 * are integers in nanoseconds; what did not come to be is null.
 */
#include <limits.h>

#include <jansson.h>

#include "base/json_out.h"
#include "trace/explain.h"
#include "trace/explain_words.h"

#define SCHEMA 1

/* JSON integers are signed in jansson: what is larger becomes a string of digits */
static json_t *number(u64 v)
{
	return v <= LLONG_MAX ? json_integer((json_int_t)v) : json_string(text_of("%llu", v).at);
}

static json_t *time_or_null(u64 ns)
{
	return ns == NEVER ? json_null() : number(ns);
}

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	set(o, key, text ? json_string(text) : json_null());
}

static json_t *flags_json(u32 flags)
{
	json_t *list = json_array();

	for (u32 i = 0; i < NR_KICK_FLAG_WORDS; i++)
		if (flags & (1u << i))
			json_array_append_new(list, json_string(trace_kick_words[i]));
	flags &= ~KICK_FLAG_BITS;
	if (flags)
		json_array_append_new(list, json_string(text_of("0x%x", flags).at));
	return list;
}

static json_t *marks_json(u32 suspicions)
{
	json_t *list = json_array();

	for (u32 i = 0; i < NR_KICK_SUSPICIONS; i++)
		if (suspicions & (1u << i))
			json_array_append_new(list, json_string(kick_marks[i].mark));
	return list;
}

static json_t *delivery_json(const struct kick_delivery *d)
{
	json_t *o = json_object();

	set(o, "first", json_integer(d->first + 1));
	set(o, "kicks", json_integer(d->nr));
	set(o, "work_ns", time_or_null(d->work_ns));
	set(o, "at_ns", time_or_null(d->at_ns));
	set(o, "flags", flags_json(d->flags));
	set_text(o, "outcome", word_text(FIELD_verdict, d->outcome));
	set_text(o, "running", kick_task_text(&d->curr).at);
	set_text(o, "class", word_text(FIELD_class, d->class));
	set(o, "slice_ns", number(d->slice_ns));
	set(o, "polls", json_boolean(d->polls));
	set(o, "dispatching", json_boolean(d->dispatching));
	set(o, "due", json_boolean(d->due));
	set(o, "ipi_ns", d->ipi ? time_or_null(d->ipi_ns) : json_null());
	set(o, "answer_ns", time_or_null(d->answer_ns));
	set(o, "wait_begin_ns", d->wait ? time_or_null(d->wait_begin_ns) : json_null());
	set(o, "wait_end_ns", d->wait ? time_or_null(d->wait_end_ns) : json_null());
	return o;
}

static json_t *pass_json(const struct kick_pass *p)
{
	json_t *o = json_object();

	set(o, "end_ns", time_or_null(p->end_ns));
	set(o, "kept", json_boolean(p->kept));
	set_text(o, "prev", kick_task_text(&p->prev).at);
	set_text(o, "next", kick_task_text(&p->next).at);
	set_text(o, "next_class", word_text(FIELD_class, p->next_class));
	set(o, "dispatches", json_integer(p->dispatches));
	set(o, "kicks", json_integer(p->nr_kicks));
	return o;
}

static json_t *kick_json(const struct kick_lives *l, const struct trace_reader *r, u32 i)
{
	const struct kick *k = &l->kicks[i];
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];
	u64 answered = kick_answered_ns(l, k);
	json_t *o = json_object();

	set(o, "kick", json_integer(i + 1));
	set(o, "time_ns", number(k->called_ns));
	set(o, "cpu", json_integer(k->asker));
	set_text(o, "from", kick_origin_text(r, k).at);
	set(o, "sub", k->sched ? number(k->sched) : json_null());
	set_text(o, "program", k->prog ? trace_reader_prog(r, k->prog) : NULL);
	set_text(o, "line", trace_reader_line(r, k->prog, k->insn));
	set_text(o, "running", kick_task_text(&k->curr).at);
	set(o, "target", json_integer(k->target));
	set(o, "flags", flags_json(k->flags));
	set_text(o, "outcome", kick_outcome_text(l, k).at);
	set_text(o, "dropped", k->drop != NOBODY ? word_text(FIELD_verdict, k->drop) : NULL);
	set(o, "coalesced", json_boolean(k->coalesced));
	set(o, "latency_ns", answered == NEVER ? json_null() : number(answered - k->called_ns));
	set(o, "marks", marks_json(k->suspicions));
	set(o, "delivery", d ? delivery_json(d) : json_null());
	set(o, "pass", d && d->pass != NOBODY ? pass_json(&l->passes[d->pass]) : json_null());
	return o;
}

/* The keys are those of the run's summary. */
static json_t *totals_json(const struct kick_totals *t)
{
	const struct hist *h = &t->latency;
	json_t *o = json_object(), *latency = json_object();

	set(o, "plain", number(t->plain));
	set(o, "idle", number(t->idle));
	set(o, "preempt", number(t->preempt));
	set(o, "wait", number(t->wait));
	set(o, "own", number(t->own));
	set(o, "sent", number(t->sent));
	set(o, "skipped_idle", number(t->skipped_idle));
	set(o, "coalesced", number(t->coalesced));
	set(o, "dropped", number(t->dropped));
	set(o, "ipis", number(t->ipis));
	set(latency, "p50", number(hist_percentile(h, 50)));
	set(latency, "p99", number(hist_percentile(h, 99)));
	set(latency, "max", number(h->max));
	set(o, "latency_ns", latency);
	return o;
}

void explain_json(const struct kick_lives *l, const struct trace_reader *r, u32 n, FILE *out)
{
	json_t *o = json_object(), *kicks = json_array();

	set(o, "schema", json_integer(SCHEMA));
	if (l->about.origin == TRACE_OF_FTRACE)
		set_text(o, "origin", "ftrace");
	set_text(o, "kernel", *l->about.kernel ? l->about.kernel : NULL);
	set(o, "cpus", json_integer(l->about.cpus));
	set(o, "seed", l->about.origin == TRACE_OF_FTRACE ? json_null() : number(l->about.seed));
	set(o, "end_ns", number(l->end_ns));
	for (u32 i = n ? n - 1 : 0; i < (n ? n : l->nr_kicks); i++)
		json_array_append_new(kicks, kick_json(l, r, i));
	set(o, "kicks", kicks);
	set(o, "totals", totals_json(&l->totals));
	json_out(o, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(o);
}
