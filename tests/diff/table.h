/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.h - every row of insn.def with every pair from a list of edge operands.
 */
#ifndef KS_TESTS_DIFF_TABLE_H
#define KS_TESTS_DIFF_TABLE_H

#include "program.h"
#include "rows.h"

/* where operands come from, or what is accessed */
enum table_kind {
	TABLE_UNKNOWN,	/* operands that the verifier does not know */
	TABLE_CONSTANT, /* operands that it does */
	TABLE_STACK,	/* memory: the frame, by r10 */
	TABLE_POINTER,	/* the frame, by another register */
	TABLE_MAP,	/* a map's value, misaligned too */
	TABLE_CTX,
	TABLE_FLOW, /* jumps, calls, exits */
	NR_TABLE_KINDS
};

extern const char *const table_kind_names[NR_TABLE_KINDS];

/* false: there is no such program of this row */
bool table_build(struct program *p, const struct row *row, enum table_kind kind);
/* why no program of the table has this row; NULL: one must */
const char *table_exempt(const struct row *row);

#endif
