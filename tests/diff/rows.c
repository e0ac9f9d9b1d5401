// SPDX-License-Identifier: GPL-2.0-only
/* rows.c - see rows.h */
#include "rows.h"

const struct row rows[] = {
#define INSN(name, code, form, key, dates, text) { #name, code, FORM_##form, key, dates },
#include "bpf/insn.def"
};

const int nr_rows = ARRAY_SIZE(rows);
static bool excluded[ARRAY_SIZE(rows)];

enum row_group row_group(const struct row *row)
{
	switch (row->form) {
	case FORM_ALU_X:
	case FORM_ALU_K:
	case FORM_NEG:
	case FORM_END:
	case FORM_MOV_X:
	case FORM_MOV_K:
		return ROWS_ALU;
	case FORM_JMP_X:
	case FORM_JMP_K:
		return ROWS_JMP;
	case FORM_LDX:
	case FORM_STX:
	case FORM_ST:
		return ROWS_MEMORY;
	case FORM_ATOMIC:
	case FORM_FETCH:
	case FORM_CMPXCHG:
	case FORM_LOAD_ACQ:
	case FORM_STORE_REL:
		return ROWS_ATOMIC;
	default:
		return ROWS_OTHER;
	}
}

const struct row *row_any(struct prng *rng, enum row_group group)
{
	const struct row *row;

	do {
		row = &rows[prng_below(rng, nr_rows)];
	} while (row_group(row) != group || excluded[row - rows]);
	return row;
}

u32 row_size(const struct row *row)
{
	switch (BPF_SIZE(row->code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

bool row_is_atomic(const struct row *row)
{
	return row_group(row) == ROWS_ATOMIC;
}

s32 row_imm(const struct row *row, s32 imm)
{
	switch (BPF_OP(row->code)) {
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return imm & (BPF_CLASS(row->code) == BPF_ALU64 ? 63 : 31);
	case BPF_DIV:
	case BPF_MOD:
		return imm ? imm : 1;
	default:
		return imm;
	}
}

void row_exclude(const struct row *row)
{
	excluded[row - rows] = true;
}
