/* SPDX-License-Identifier: GPL-2.0-only */
/* explain.h - the lives of kicks in words: all of them in a table, or one as a story. */
#ifndef KS_TRACE_EXPLAIN_H
#define KS_TRACE_EXPLAIN_H

#include <stdio.h>

#include "trace/kicks.h"

/* @r: what "# prog" and "# line" told */
void explain_table(const struct kick_lives *lives, const struct trace_reader *r, FILE *out);
/* The same for programs, as JSON: all kicks (0), or only kick @n. */
void explain_json(const struct kick_lives *lives, const struct trace_reader *r, u32 n, FILE *out);
/* @n: 1..nr_kicks */
void explain_kick(const struct kick_lives *lives, const struct trace_reader *r, u32 n, FILE *out);

#endif
