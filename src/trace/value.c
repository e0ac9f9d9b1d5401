// SPDX-License-Identifier: GPL-2.0-only
/* value.c - see value.h. */
#include "trace/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "trace/words.h"

/* ---- the catalogue ---- */

enum trace_field_type trace_field_type_parse(const char *name)
{
	static const char *const names[NR_FIELD_TYPES] = {
		"task", "cpu",	"int",	 "hex",	  "ns",	     "dsq",    "kick",
		"op",	"bool", "state", "class", "verdict", "vector", "str8",
	};

	for (u32 i = 0; i < NR_FIELD_TYPES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return FIELD_hex;
}

static void fields_parse(struct trace_catalogue *c, enum trace_event_id id)
{
	const char *text, *colon;
	u32 i;

	for (i = 0; (text = trace_event_field(id, i)); i++) {
		struct trace_field *f = &c->field[id][i];

		colon = strchrnul(text, ':');
		snprintf(f->name, sizeof(f->name), "%.*s", (int)(colon - text), text);
		f->type = trace_field_type_parse(*colon ? colon + 1 : "");
	}
	c->nr[id] = i;
}

void trace_catalogue_init(struct trace_catalogue *c)
{
	memset(c, 0, sizeof(*c));
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		fields_parse(c, id);
}

/* ---- names of tasks ---- */

/* A name is what its task says it is; in a line it is text. */
void trace_make_printable(char *text)
{
	make_printable(text);
	for (; (text = strchr(text, '\t')); text++)
		*text = '?';
}

void trace_comm_copy(char to[TRACE_COMM_BYTES], const u64 *words)
{
	memcpy(to, words, TRACE_COMM_BYTES);
	to[TRACE_COMM_BYTES - 1] = '\0';
	trace_make_printable(to);
}

void trace_names_add(struct trace_names *n, u64 pid, const u64 *words)
{
	char *comm;

	n->comms.size = TRACE_COMM_BYTES;
	comm = pids_get(&n->comms, pid);
	if (comm)
		trace_comm_copy(comm, words);
}

const char *trace_names_find(const struct trace_names *n, s64 pid)
{
	const char *comm = pid > 0 ? pids_find(&n->comms, pid) : NULL;

	return comm ? comm : "";
}

const char *trace_names_get(const struct trace_names *n, s64 pid)
{
	const char *comm = trace_names_find(n, pid);

	return !pid ? "<idle>" : *comm ? comm : "<...>";
}

void trace_names_finish(struct trace_names *n)
{
	pids_finish(&n->comms);
	*n = (struct trace_names){ 0 };
}

/* ---- values ---- */

static u32 dsq_text(char *buf, u64 id)
{
	if (dsq_is_local_on(id))
		return sprintf(buf, "LOCAL_ON|%u", (u32)id);
	if ((id & DSQ_BUILTIN) && trace_word(FIELD_dsq, (u32)id))
		return sprintf(buf, "%s", trace_word(FIELD_dsq, (u32)id));
	return sprintf(buf, "0x%llx", id);
}

static u32 kick_text(char *buf, u64 flags)
{
	u32 n = 0;

	for (u32 i = 0; i < NR_KICK_FLAG_WORDS; i++)
		if (flags & (1u << i))
			n += sprintf(buf + n, "%s%s", n ? "|" : "", trace_kick_words[i]);
	flags &= ~(u64)KICK_FLAG_BITS;
	if (flags || !n)
		n += sprintf(buf + n, "%s0x%llx", n ? "|" : "", flags);
	return n;
}

char trace_state_letter(u64 state)
{
	u32 report = state & 0x7f;

	if (state == 0x402)
		return 'I';
	if (report)
		return trace_state_letters[__builtin_ctz(report)];
	return state & 0x80 ? 'X' : 'R';
}

s64 trace_state_reported(u64 state)
{
	static const char letters[] = "SDTtXZPI";
	const char *at = strchr(letters, trace_state_letter(state));

	return at ? 1 << (at - letters) : 0;
}

static u32 word_text(char *buf, enum trace_field_type type, u64 v)
{
	const char *text = trace_word(type, v);

	return text ? snprintf(buf, TRACE_VALUE_MAX, "%.63s", text) : sprintf(buf, "%llu", v);
}

u32 trace_value_text(char *buf, const struct trace_names *n, enum trace_field_type type, u64 v)
{
	switch (type) {
	case FIELD_task:
		return sprintf(buf, "%s-%lld", trace_names_get(n, (s64)v), (s64)v);
	case FIELD_hex:
		return sprintf(buf, "0x%llx", v);
	case FIELD_ns:
		return sprintf(buf, "%llu", v);
	case FIELD_dsq:
		return dsq_text(buf, v);
	case FIELD_kick:
		return kick_text(buf, v);
	case FIELD_op:
	case FIELD_class:
	case FIELD_verdict:
	case FIELD_vector:
		return word_text(buf, type, v);
	case FIELD_state:
		return sprintf(buf, "%c", trace_state_letter(v));
	default:
		return sprintf(buf, "%lld", (s64)v);
	}
}

/* ---- words ---- */

/* Is each value of @type named? */
static bool is_named_type(enum trace_field_type type)
{
	return type == FIELD_op || type == FIELD_class || type == FIELD_verdict ||
	       type == FIELD_vector;
}

struct words {
	char *buf;
	size_t len;
	u32 n;
};

static void add_word(struct words *w, const char *text)
{
	if (w->n < w->len)
		w->n += snprintf(w->buf + w->n, w->len - w->n, "%s%s", w->n ? ", " : "", text);
}

static void add_named(struct words *w, enum trace_field_type type)
{
	const char *word;

	for (u64 v = 0; (word = trace_word(type, v)); v++)
		add_word(w, word);
}

static void add_states(struct words *w)
{
	char letter[2] = "R";

	add_word(w, letter);
	for (const char *l = trace_state_letters; *l; l++) {
		letter[0] = *l;
		add_word(w, letter);
	}
}

static void add_all(struct words *w, const char *const *names, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		add_word(w, names[i]);
}

u32 trace_value_words(enum trace_field_type type, char *buf, size_t len)
{
	struct words w = { buf, len };

	*buf = '\0';
	if (is_named_type(type)) {
		add_named(&w, type);
	} else if (type == FIELD_state) {
		add_states(&w);
	} else if (type == FIELD_kick) {
		add_all(&w, trace_kick_words, NR_KICK_FLAG_WORDS);
		add_word(&w, "PREEMPT|WAIT");
	} else if (type == FIELD_dsq) {
		add_named(&w, FIELD_dsq);
		add_word(&w, "LOCAL_ON|2");
		add_word(&w, "0x64");
	}
	return w.n;
}

/* What a number of flags looks like is known by printing them all; the rest is in hex. */
static bool kick_prints(const char *text)
{
	const char *rest = strstr(text, "0x");
	char buf[TRACE_VALUE_MAX];

	for (u64 flags = 0; flags <= KICK_FLAG_BITS; flags++) {
		kick_text(buf, rest ? flags | strtoull(rest, NULL, 16) : flags);
		if (!strcmp(buf, text))
			return true;
	}
	return false;
}

static bool dsq_prints(const char *text)
{
	char buf[TRACE_VALUE_MAX];
	u64 id;

	if (!trace_dsq_number(text, &id))
		return false;
	dsq_text(buf, id);
	return !strcmp(buf, text);
}

bool trace_value_prints(enum trace_field_type type, const char *text)
{
	u64 v;

	if (is_named_type(type))
		return trace_word_number(type, text, &v);
	switch (type) {
	case FIELD_state:
		return *text && !text[1] && (*text == 'R' || strchr(trace_state_letters, *text));
	case FIELD_kick:
		return kick_prints(text);
	case FIELD_dsq:
		return dsq_prints(text);
	default:
		return true;
	}
}

bool trace_value_is_number(enum trace_field_type type)
{
	return type == FIELD_cpu || type == FIELD_int || type == FIELD_ns || type == FIELD_bool;
}
