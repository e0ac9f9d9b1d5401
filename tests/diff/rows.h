/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.h - the instructions that there are, from src/bpf/insn.def: their encoding
 * only, nothing of what they do. What is added there is generated here.
 */
#ifndef KS_TESTS_DIFF_ROWS_H
#define KS_TESTS_DIFF_ROWS_H

#include <stdbool.h>
#include "base/prng.h"
#include "bpf/insn.h"

struct row {
	const char *name;
	u8 code;
	u8 form;	   /* enum insn_form */
	s32 key;	   /* value of the field that tells it from its neighbours */
	const char *dates; /* base/dates.h */
};

enum row_group { ROWS_ALU, ROWS_JMP, ROWS_MEMORY, ROWS_ATOMIC, ROWS_OTHER };

extern const struct row rows[];
extern const int nr_rows;

enum row_group row_group(const struct row *row);
const struct row *row_any(struct prng *rng, enum row_group group);
u32 row_size(const struct row *row); /* bytes of an access */
bool row_is_atomic(const struct row *row);
/* @imm, or what a verifier takes in its place: shifts by less than the width, no division by 0 */
s32 row_imm(const struct row *row, s32 imm);

/* The host does not know this one (found out by rows_probe()): never drawn. */
void row_exclude(const struct row *row);

#endif
