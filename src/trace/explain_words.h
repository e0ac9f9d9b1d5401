/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain_words.h - what the numbers of a kick's life are called: once, for the table,
 * the stories and JSON.
 */
#ifndef KS_TRACE_EXPLAIN_WORDS_H
#define KS_TRACE_EXPLAIN_WORDS_H

#include <string.h>

#include "trace/kicks.h"

#define TEXT_MAX 160

struct text {
	char at[TEXT_MAX];
};

struct text __printf(1, 2) text_of(const char *fmt, ...);
/* to the nanosecond, in the unit that reads best */
struct text duration_text(u64 ns);
/* as in the trace, so that it can be searched for there */
struct text moment_text(u64 ns);
struct text kick_task_text(const struct kick_task *t);
struct text kick_flags_text(u32 flags);
/* the trace's word for a verdict, class or op; "?" for another version's */
const char *word_text(enum trace_field_type type, u64 v);
bool kick_from_op(const struct kick *k);
const char *kick_prog_text(const struct trace_reader *r, const struct kick *k);
/* the op, or the program if it was in none */
struct text kick_origin_text(const struct trace_reader *r, const struct kick *k);
/* what became of it, in few words */
struct text kick_outcome_text(const struct kick_lives *l, const struct kick *k);

/* by bit of enum kick_suspicion */
struct kick_mark {
	const char *mark, *heading, *meaning;
};
extern const struct kick_mark kick_marks[NR_KICK_SUSPICIONS];

#endif
