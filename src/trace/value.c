// SPDX-License-Identifier: GPL-2.0-only
/* value.c - see value.h. */
#include "trace/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PID_MAX (1 << 22)	/* Linux's; names of pids beyond are not kept */
#define FIRST_NAMES 256

/* bits of a DSQ id, the same in all kernels (enum scx_dsq_id_flags) */
#define DSQ_BUILTIN (1ULL << 63)
#define DSQ_LOCAL_ON (1ULL << 62)

const char *(*trace_op_name)(u64 op);
const char *(*trace_class_name)(u64 class);
const char *(*trace_verdict_name)(u64 verdict);
const char *(*trace_vector_name)(u64 vector);
const char *(*trace_prog_name)(u64 prog);
bool (*trace_source_line)(u64 prog, u64 insn, char *buf, size_t len);
void (*trace_end_story)(FILE *out);
int (*trace_task_prio)(s32 pid);

/* ---- the catalogue ---- */

static enum trace_field_type type_parse(const char *name)
{
	static const char *const names[NR_FIELD_TYPES] = {
		"task", "cpu", "int", "hex", "ns", "dsq", "kick", "op", "bool", "state", "class",
		"verdict", "vector", "str8",
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
		f->type = type_parse(*colon ? colon + 1 : "");
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
	for (; *text; text++)
		if ((u8)*text < ' ' || *text == 0x7f)
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
	u32 nr = n->nr ? n->nr : FIRST_NAMES;
	char (*more)[TRACE_COMM_BYTES];

	if (pid >= PID_MAX)
		return;
	while (nr <= pid)
		nr *= 2;
	if (nr != n->nr) {
		more = realloc(n->comm, nr * sizeof(*more));
		if (!more)
			return;
		memset(more + n->nr, 0, (nr - n->nr) * sizeof(*more));
		n->comm = more;
		n->nr = nr;
	}
	trace_comm_copy(n->comm[pid], words);
}

const char *trace_names_get(const struct trace_names *n, s64 pid)
{
	if (!pid)
		return "<idle>";
	if (pid < 0 || pid >= n->nr || !n->comm[pid][0])
		return "<...>";
	return n->comm[pid];
}

void trace_names_finish(struct trace_names *n)
{
	free(n->comm);
	*n = (struct trace_names){ 0 };
}

/* ---- values ---- */

static u32 dsq_text(char *buf, u64 id)
{
	static const char *const builtin[] = { "INVALID", "GLOBAL", "LOCAL", "BYPASS" };

	if ((id & DSQ_BUILTIN) && (id & DSQ_LOCAL_ON))
		return sprintf(buf, "LOCAL_ON|%u", (u32)id);
	if ((id & DSQ_BUILTIN) && (u32)id < ARRAY_SIZE(builtin))
		return sprintf(buf, "%s", builtin[(u32)id]);
	return sprintf(buf, "0x%llx", id);
}

static u32 kick_text(char *buf, u64 flags)
{
	static const char *const names[] = { "IDLE", "PREEMPT", "WAIT" };
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & (1u << i))
			n += sprintf(buf + n, "%s%s", n ? "|" : "", names[i]);
	flags &= ~7ULL;
	if (flags || !n)
		n += sprintf(buf + n, "%s0x%llx", n ? "|" : "", flags);
	return n;
}

char trace_state_letter(u64 state)
{
	static const char letters[] = "SDTtXZPI";
	u32 report = state & 0x7f;

	if (state == 0x402)
		return 'I';
	if (report)
		return letters[__builtin_ctz(report)];
	return state & 0x80 ? 'X' : 'R';
}

static u32 name_text(char *buf, const char *(*name)(u64), u64 v)
{
	const char *text = name ? name(v) : NULL;

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
		return name_text(buf, trace_op_name, v);
	case FIELD_class:
		return name_text(buf, trace_class_name, v);
	case FIELD_verdict:
		return name_text(buf, trace_verdict_name, v);
	case FIELD_vector:
		return name_text(buf, trace_vector_name, v);
	case FIELD_state:
		return sprintf(buf, "%c", trace_state_letter(v));
	default:
		return sprintf(buf, "%lld", (s64)v);
	}
}

bool trace_value_is_number(enum trace_field_type type)
{
	return type == FIELD_cpu || type == FIELD_int || type == FIELD_ns || type == FIELD_bool;
}
