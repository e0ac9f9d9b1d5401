// SPDX-License-Identifier: GPL-2.0-only
/* explain_words.c - see explain_words.h. */
#include "trace/explain_words.h"

#include <stdarg.h>
#include <stdio.h>

struct text text_of(const char *fmt, ...)
{
	struct text t;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t.at, sizeof(t.at), fmt, ap);
	va_end(ap);
	return t;
}

/* ---- words ---- */

/* to the nanosecond, in the unit that reads best */
struct text duration_text(u64 ns)
{
	if (ns < NSEC_PER_USEC)
		return text_of("%llu ns", ns);
	if (ns < 1000 * NSEC_PER_USEC)
		return text_of("%llu.%03llu us", ns / 1000, ns % 1000);
	if (ns < NSEC_PER_SEC)
		return text_of("%llu.%06llu ms", ns / 1000000, ns % 1000000);
	return text_of("%llu.%09llu s", ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

/* as in the trace, so that it can be searched for there */
struct text moment_text(u64 ns)
{
	return text_of("%llu.%09llu", ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

struct text kick_task_text(const struct kick_task *t)
{
	return t->pid ? text_of("%s-%d", t->comm, t->pid) : text_of("idle");
}

struct text kick_flags_text(u32 flags)
{
	char words[TRACE_VALUE_MAX];

	trace_value_text(words, NULL, FIELD_kick, flags);
	return flags ? text_of("%s", words) : text_of("plain");
}

const char *word_text(enum trace_field_type type, u64 v)
{
	const char *word = trace_word(type, v);

	return word ? word : "?";
}

bool kick_from_op(const struct kick *k)
{
	return k->op != OP_none;
}

const char *kick_prog_text(const struct trace_reader *r, const struct kick *k)
{
	const char *name = trace_reader_prog(r, k->prog);

	return name ? name : "?";
}

struct text kick_origin_text(const struct trace_reader *r, const struct kick *k)
{
	if (kick_from_op(k) && k->sched)
		return text_of("sub-%llu ops.%s", k->sched, word_text(FIELD_op, k->op));
	if (kick_from_op(k))
		return text_of("ops.%s", word_text(FIELD_op, k->op));
	return k->prog ? text_of("%s", kick_prog_text(r, k)) : text_of("the kernel");
}

/* ---- the outcome, in the table's few words ---- */

static struct text drop_outcome(const struct kick *k)
{
	static const struct {
		u32 reason;
		const char *text;
	} rows[] = {
		{ VERDICT_busy, "skipped: not idle" },
		{ VERDICT_bypass, "dropped: bypassing" },
		{ VERDICT_nmi, "refused: in NMI" },
		{ VERDICT_no_sched, "dropped: no scheduler" },
		{ VERDICT_bad_cpu, "refused: no such CPU" },
		{ VERDICT_bad_flags, "refused: unknown flags" },
		{ VERDICT_no_cap, "refused: its scheduler has no capability there" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (k->drop == rows[i].reason)
			return text_of("%s", rows[i].text);
	return text_of("dropped: %s", word_text(FIELD_verdict, k->drop));
}

static struct text pass_outcome(const struct kick_pass *p)
{
	if (p->end_ns == NEVER)
		return text_of("in schedule() at the end");
	if (!p->next.pid)
		return text_of(p->kept ? "idle again" : "went idle");
	return text_of("%s %s", p->kept ? "kept" : "switched to", kick_task_text(&p->next).at);
}

struct text kick_outcome_text(const struct kick_lives *l, const struct kick *k)
{
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];

	if (k->drop != NOBODY)
		return drop_outcome(k);
	if (!d)
		return text_of("not delivered");
	if (d->outcome == VERDICT_busy)
		return text_of("skipped: found not idle");
	if (d->outcome == VERDICT_higher_class)
		return text_of("dropped: runs %s", word_text(FIELD_class, d->class));
	if (!verdict_asks(d->outcome))
		return text_of("dropped: %s", word_text(FIELD_verdict, d->outcome));
	return d->pass == NOBODY ? text_of("not answered") : pass_outcome(&l->passes[d->pass]);
}

/* ---- what looks wrong ---- */

const struct kick_mark kick_marks[NR_KICK_SUSPICIONS] = {
	{ "LOST", "idle kicks lost",
	  "skipped because the CPU was busy; it idled right after, with nothing dispatched" },
	{ "NOTHING TO PREEMPT", "preempts that found nothing", "no sched_ext task ran there" },
	{ "NOTHING ELSE", "preempts without a successor",
	  "the preempted task went on: there was no other" },
	{ "STORM", "storms", "more than one kick of the CPU in one scheduling pass" },
	{ "LONG WAIT", "long waits", "SCX_KICK_WAIT held the asker for more than 100 us" },
	{ "MID-PICK", "came in the middle of a pick",
	  "the CPU was picking already; the end of a pick clears the request" },
	{ "UNANSWERED", "unanswered", "the trace ends before the CPU came to schedule()" },
};
