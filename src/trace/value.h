/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * value.h - what a record's numbers are called: tasks by name and pid, DSQs, kick
 * flags, ops. Every sink says the same word for the same thing; the
 * kernel's own fields of its own events (prev_state) are in the kernel's words.
 */
#ifndef KS_TRACE_VALUE_H
#define KS_TRACE_VALUE_H

#include <stdio.h>

#include "trace/pids.h"
#include "trace/trace.h"

#define TRACE_COMM_BYTES 16
#define TRACE_VALUE_MAX 64 /* longest text of a value, with its NUL */

enum trace_field_type {
	FIELD_task,
	FIELD_cpu,
	FIELD_int,
	FIELD_hex,
	FIELD_ns,
	FIELD_dsq,
	FIELD_kick,
	FIELD_op,
	FIELD_bool,
	FIELD_state,
	FIELD_class,
	FIELD_verdict,
	FIELD_vector,
	FIELD_str8,
	NR_FIELD_TYPES
};

struct trace_field {
	char name[24];
	enum trace_field_type type;
};

/* the catalogue's fields, taken apart */
struct trace_catalogue {
	struct trace_field field[NR_TRACE_EVENTS][TRACE_ARGS_MAX];
	u32 nr[NR_TRACE_EVENTS];
};

void trace_catalogue_init(struct trace_catalogue *c);

/* names of tasks by pid; zeroed is empty */
struct trace_names {
	struct pids comms; /* of char[TRACE_COMM_BYTES] */
};

/* @words: the two str8 of a task_new; control characters become '?' */
void trace_names_add(struct trace_names *n, u64 pid, const u64 *words);
/* "" for 0 and for who is not known */
const char *trace_names_find(const struct trace_names *n, s64 pid);
/* "<idle>" for 0, "<...>" for who is not known */
const char *trace_names_get(const struct trace_names *n, s64 pid);
void trace_names_finish(struct trace_names *n);
void trace_comm_copy(char to[TRACE_COMM_BYTES], const u64 *words);
void trace_make_printable(char *text);

/* Into @buf of TRACE_VALUE_MAX bytes; its length. */
u32 trace_value_text(char *buf, const struct trace_names *n, enum trace_field_type type, u64 v);
/* a number and no word: cpu, int, ns, bool */
bool trace_value_is_number(enum trace_field_type type);
/*
 * The words that @type's values are printed as, for whoever writes or reads them: "a, b, c"
 * into @buf; 0: it has none (numbers, tasks). Those that later layers know, as far as they do.
 */
u32 trace_value_words(enum trace_field_type type, char *buf, size_t len);
/* is there a value of @type that is printed as @text? */
bool trace_value_prints(enum trace_field_type type, const char *text);
/* "kick", "verdict", ... of the catalogue; what it does not know is FIELD_hex */
enum trace_field_type trace_field_type_parse(const char *name);
/* as sched_switch's prev_state: R, S, D, ... */
char trace_state_letter(u64 state);
/* the number that a kernel's sched_switch reports for it: 1 for S, 2 for D; 0: runnable */
s64 trace_state_reported(u64 state);

#endif
