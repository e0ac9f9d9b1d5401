/* SPDX-License-Identifier: GPL-2.0-only */
/* explain.h - the lives of kicks in words: all of them in a table, or one as a story. */
#ifndef KS_TRACE_EXPLAIN_H
#define KS_TRACE_EXPLAIN_H

#include <stdio.h>

#include "trace/kicks.h"

#define EXPLAIN_OUTCOME_MAX 160

/* @r: what "# prog" and "# line" told */
void explain_table(const struct kick_lives *lives, const struct trace_reader *r, FILE *out);
/* the table's word for what came of @k, into @buf of EXPLAIN_OUTCOME_MAX bytes */
void explain_outcome(const struct kick_lives *lives, const struct kick *k, char *buf);
/* the mark of bit @i of a kick's suspicions, *@meaning in a sentence */
const char *explain_mark(u32 i, const char **meaning);
/* @n: 1..nr_kicks */
void explain_kick(const struct kick_lives *lives, const struct trace_reader *r, u32 n, FILE *out);

#endif
