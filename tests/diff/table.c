// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - one program for each row and each kind of operand. In all of them r1 is
 * the context: edge values in its first words, then a word for each result.
 */
#include <stdio.h>
#include <string.h>
#include "table.h"

static const u64 edges[] = {
	0,
	1,
	2,
	31,
	32,
	63,
	64,
	0x7f,
	0x80,
	0xff80,
	0x8000,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x8000000000000000,
	0x7fffffffffffffff,
	0xffffffffffffffff,
	0xffffffff80000000,
	0xfffffffffffffff9,
	0x123456789abcdef0,
	0xfedcba9876543210,
};

#define NR_EDGES ARRAY_SIZE(edges)
#define SLOT (-16) /* of the frame: where memory rows work */
#define MAP_AT 32

const char *const table_kind_names[NR_TABLE_KINDS] = {
	[TABLE_UNKNOWN] = "unknown operands",
	[TABLE_CONSTANT] = "constant operands",
	[TABLE_STACK] = "in the frame",
	[TABLE_POINTER] = "in the frame by pointer",
	[TABLE_MAP] = "in a map",
	[TABLE_CTX] = "in the context",
	[TABLE_FLOW] = "control flow",
};

static s16 edge_off(u32 i)
{
	return 8 * i;
}

static void begin(struct program *p, const struct row *row, enum table_kind kind)
{
	char name[64];

	snprintf(name, sizeof(name), "%s, %s", row->name, table_kind_names[kind]);
	program_init(p, name);
	memcpy(p->ctx, edges, sizeof(edges));
	for (u32 i = 0; i < PROGRAM_MAP_BYTES; i++)
		p->map[i] = 0xc0 + i;
	p->ctx_words = NR_EDGES;
}

static void result(struct program *p, u8 reg)
{
	emit_store(p, BPF_DW, BPF_REG_1, 8 * p->ctx_words++, reg);
	if (p->ctx_words == PROGRAM_CTX_WORDS)
		p->overflow = true;
}

static bool finish(struct program *p)
{
	emit_mov_imm(p, BPF_REG_0, 0);
	emit_exit(p);
	return !p->overflow;
}

static void operand(struct program *p, enum table_kind kind, u8 reg, u32 i)
{
	if (kind == TABLE_CONSTANT)
		emit_imm64(p, reg, edges[i]);
	else
		emit_load(p, BPF_DW, reg, BPF_REG_1, edge_off(i));
}

/* --- arithmetic and conditions: r2 with r3 --- */

static bool uses_src(const struct row *row)
{
	return row->form == FORM_ALU_X || row->form == FORM_MOV_X || row->form == FORM_JMP_X;
}

static void emit_alu_row(struct program *p, const struct row *row, s32 imm)
{
	bool key_in_imm = row->form == FORM_END;
	bool has_imm = row->form == FORM_ALU_K || row->form == FORM_MOV_K;

	emit(p, row->code, BPF_REG_2, uses_src(row) ? BPF_REG_3 : 0, key_in_imm ? 0 : row->key,
	     key_in_imm ? row->key :
	     has_imm	? row_imm(row, imm) :
			  0);
}

static void emit_jmp_row(struct program *p, const struct row *row, s32 imm)
{
	u32 jump;

	emit_mov_imm(p, BPF_REG_4, 1);
	jump = emit(p, row->code, BPF_REG_2, uses_src(row) ? BPF_REG_3 : 0, 0,
		    uses_src(row) ? 0 : imm);
	emit_mov_imm(p, BPF_REG_4, 0);
	emit_land(p, jump);
}

static bool build_operands(struct program *p, const struct row *row, enum table_kind kind)
{
	bool jumps = row_group(row) == ROWS_JMP;
	u32 nr_second = row->form == FORM_NEG || row->form == FORM_END ? 1 : NR_EDGES;

	if (row_group(row) != ROWS_ALU && !jumps)
		return false;
	begin(p, row, kind);
	for (u32 d = 0; d < NR_EDGES; d++) {
		for (u32 s = 0; s < nr_second; s++) {
			operand(p, kind, BPF_REG_2, d);
			if (uses_src(row))
				operand(p, kind, BPF_REG_3, s);
			if (jumps)
				emit_jmp_row(p, row, edges[s]);
			else
				emit_alu_row(p, row, edges[s]);
			result(p, jumps ? BPF_REG_4 : BPF_REG_2);
		}
	}
	return finish(p);
}

/* --- memory: at r6 + off --- */

struct place {
	u8 reg;
	s16 off;
};

static struct place point(struct program *p, enum table_kind kind)
{
	switch (kind) {
	case TABLE_STACK:
		return (struct place){ BPF_REG_10, SLOT };
	case TABLE_POINTER:
		emit_mov_reg(p, BPF_REG_6, BPF_REG_10);
		emit_add_imm(p, BPF_REG_6, -32);
		return (struct place){ BPF_REG_6, 32 + SLOT };
	case TABLE_MAP:
		emit_map_value(p, BPF_REG_6, MAP_AT);
		return (struct place){ BPF_REG_6, 0 };
	default: /* room behind the edges */
		p->ctx_words += 2;
		return (struct place){ BPF_REG_1, 8 * NR_EDGES };
	}
}

/* 16 bytes there, unlike each other */
static void fill(struct program *p, struct place at, u32 edge)
{
	emit_load(p, BPF_DW, BPF_REG_4, BPF_REG_1, edge_off(edge));
	emit_store(p, BPF_DW, at.reg, at.off, BPF_REG_4);
	emit_load(p, BPF_DW, BPF_REG_4, BPF_REG_1, edge_off((edge + 7) % NR_EDGES));
	emit_store(p, BPF_DW, at.reg, at.off + 8, BPF_REG_4);
}

static void both_words(struct program *p, struct place at)
{
	for (int w = 0; w < 2; w++) {
		emit_load(p, BPF_DW, BPF_REG_4, at.reg, at.off + 8 * w);
		result(p, BPF_REG_4);
	}
}

static void one_access(struct program *p, const struct row *row, struct place at, u32 off, u32 d)
{
	u32 s = (d + 5) % NR_EDGES;

	fill(p, at, d);
	emit_load(p, BPF_DW, BPF_REG_3, BPF_REG_1, edge_off(s));
	if (row->form == FORM_LDX)
		emit(p, row->code, BPF_REG_3, at.reg, at.off + off, 0);
	else if (row->form == FORM_STX)
		emit(p, row->code, at.reg, BPF_REG_3, at.off + off, 0);
	else
		emit(p, row->code, at.reg, 0, at.off + off, (s32)edges[s]);
	result(p, BPF_REG_3);
	both_words(p, at);
}

static void ordered_access(struct program *p, const struct row *row, struct place at, u32 off,
			   u32 d)
{
	fill(p, at, d);
	emit_load(p, BPF_DW, BPF_REG_3, BPF_REG_1, edge_off((d + 5) % NR_EDGES));
	if (row->form == FORM_LOAD_ACQ)
		emit(p, row->code, BPF_REG_3, at.reg, at.off + off, row->key);
	else
		emit(p, row->code, at.reg, BPF_REG_3, at.off + off, row->key);
	result(p, BPF_REG_3);
	both_words(p, at);
}

/* Once with r0 as in memory, once as in the register. */
static void modify(struct program *p, const struct row *row, struct place at, u32 off, u32 d, u32 s)
{
	fill(p, at, d);
	emit_load(p, BPF_DW, BPF_REG_3, BPF_REG_1, edge_off(s));
	if ((d ^ s) & 1)
		emit_load(p, row_size(row) == 4 ? BPF_W : BPF_DW, BPF_REG_0, at.reg, at.off + off);
	else
		emit_mov_reg(p, BPF_REG_0, BPF_REG_3);
	emit(p, row->code, at.reg, BPF_REG_3, at.off + off, row->key);
	result(p, BPF_REG_0);
	result(p, BPF_REG_3);
	emit_load(p, BPF_DW, BPF_REG_4, at.reg, at.off);
	result(p, BPF_REG_4);
}

static bool build_accesses(struct program *p, const struct row *row, enum table_kind kind)
{
	bool ordered = row->form == FORM_LOAD_ACQ || row->form == FORM_STORE_REL;
	u32 step = kind == TABLE_MAP && !ordered ? 1 : row_size(row);
	struct place at;

	begin(p, row, kind);
	at = point(p, kind);
	for (u32 d = 0; d < NR_EDGES; d++)
		for (u32 off = 0; off < 8; off += step)
			(ordered ? ordered_access : one_access)(p, row, at, off, d);
	return finish(p);
}

static bool build_modifications(struct program *p, const struct row *row, enum table_kind kind)
{
	struct place at;

	begin(p, row, kind);
	at = point(p, kind);
	for (u32 d = 0; d < NR_EDGES; d++)
		for (u32 s = 0; s < NR_EDGES; s++)
			modify(p, row, at, row_size(row) == 4 && s % 3 ? 4 : 0, d, s);
	return finish(p);
}

static bool build_memory(struct program *p, const struct row *row, enum table_kind kind)
{
	switch (row->form) {
	case FORM_LDX:
	case FORM_STX:
	case FORM_ST:
		return build_accesses(p, row, kind);
	case FORM_LOAD_ACQ:
	case FORM_STORE_REL:
		return kind != TABLE_CTX && build_accesses(p, row, kind);
	case FORM_ATOMIC:
	case FORM_FETCH:
	case FORM_CMPXCHG:
		return kind != TABLE_CTX && build_modifications(p, row, kind);
	default:
		return false;
	}
}

/* --- control flow --- */

static void build_imm64(struct program *p)
{
	for (u32 i = 0; i < NR_EDGES; i++) {
		emit_imm64(p, BPF_REG_2, edges[i]);
		result(p, BPF_REG_2);
	}
}

/*
 *	0: goto 3	1: r2 += 2	2: goto 5	3: r2 += 1	4: goto 1	5:
 */
static void build_goto(struct program *p, const struct row *row)
{
	u32 to_last, to_end, back;

	emit_mov_imm(p, BPF_REG_2, 100);
	to_last = emit(p, row->code, 0, 0, 0, 0);
	emit_add_imm(p, BPF_REG_2, 2);
	to_end = emit(p, row->code, 0, 0, 0, 0);
	emit_land(p, to_last);
	emit(p, BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_2, 0, 0, 1);
	back = emit(p, row->code, 0, 0, 0, 0);
	if (row->code == (BPF_JMP32 | BPF_JA))
		p->insn[back].imm = (s32)to_last - (s32)back;
	else
		p->insn[back].off = (s32)to_last - (s32)back;
	emit_land(p, to_end);
	result(p, BPF_REG_2);
}

static void build_may_goto(struct program *p)
{
	u32 head, out, back;

	emit_mov_imm(p, BPF_REG_2, 0);
	emit_mov_imm(p, BPF_REG_3, 40);
	head = p->nr;
	out = emit(p, BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_3, 0, 0);
	emit_add_imm(p, BPF_REG_3, -1);
	back = emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 0, 0);
	p->insn[back].off = (s32)head - (s32)back - 1;
	emit_land(p, out);
	result(p, BPF_REG_2);
	result(p, BPF_REG_3);
}

/* r6 to r9 and the frame survive two calls deep; r1 to r5 and r0 go through. */
static void build_calls(struct program *p)
{
	u32 first, second;

	emit_mov_reg(p, BPF_REG_6, BPF_REG_1);
	for (u8 r = BPF_REG_1; r <= BPF_REG_5; r++)
		emit_imm64(p, r, 0x1000000010ULL * r);
	for (u8 r = BPF_REG_7; r <= BPF_REG_9; r++)
		emit_imm64(p, r, 0x2000000030ULL * r);
	emit_store(p, BPF_DW, BPF_REG_10, -8, BPF_REG_9);
	first = emit(p, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	emit_mov_reg(p, BPF_REG_1, BPF_REG_6);
	result(p, BPF_REG_0);
	for (u8 r = BPF_REG_7; r <= BPF_REG_9; r++)
		result(p, r);
	emit_load(p, BPF_DW, BPF_REG_2, BPF_REG_10, -8);
	result(p, BPF_REG_2);
	finish(p);

	emit_land(p, first); /* r0 = second(r1, ...) + r6 + the frame's word */
	emit_mov_reg(p, BPF_REG_6, BPF_REG_2);
	emit_store(p, BPF_DW, BPF_REG_10, -8, BPF_REG_3);
	second = emit(p, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_0, BPF_REG_6, 0, 0);
	emit_load(p, BPF_DW, BPF_REG_1, BPF_REG_10, -8);
	emit(p, BPF_ALU64 | BPF_XOR | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0);
	emit_exit(p);

	emit_land(p, second); /* clobbers all that it may */
	emit_store(p, BPF_DW, BPF_REG_10, -8, BPF_REG_4);
	emit_mov_reg(p, BPF_REG_0, BPF_REG_5);
	emit(p, BPF_ALU64 | BPF_MUL | BPF_X, BPF_REG_0, BPF_REG_1, 0, 0);
	for (u8 r = BPF_REG_6; r <= BPF_REG_9; r++)
		emit_mov_imm(p, r, -1);
	emit_exit(p);
}

static bool build_flow(struct program *p, const struct row *row)
{
	begin(p, row, TABLE_FLOW);
	switch (row->form) {
	case FORM_LDIMM64:
		if (row->key)
			return false;
		build_imm64(p);
		return finish(p);
	case FORM_JA:
	case FORM_JA32:
		build_goto(p, row);
		return finish(p);
	case FORM_MAY_GOTO:
		build_may_goto(p);
		return finish(p);
	case FORM_CALL:
		if (row->key != BPF_PSEUDO_CALL)
			return false;
		build_calls(p);
		return !p->overflow;
	default:
		return false;
	}
}

/* --- all --- */

bool table_build(struct program *p, const struct row *row, enum table_kind kind)
{
	switch (kind) {
	case TABLE_UNKNOWN:
	case TABLE_CONSTANT:
		return build_operands(p, row, kind);
	case TABLE_FLOW:
		return build_flow(p, row);
	default:
		return build_memory(p, row, kind);
	}
}

const char *table_exempt(const struct row *row)
{
	switch (row->form) {
	case FORM_REFUSED:
		return "refused by name";
	case FORM_INTERNAL:
		return "has no encoding: accesses through r10 decode to it";
	case FORM_CAST:
		return "needs an arena: tests/diff/objects";
	case FORM_EXIT:
		return "in every program";
	case FORM_CALL:
	case FORM_KCALL:
		return row->key == BPF_PSEUDO_CALL ? NULL : "calls the kernel: tests/diff/objects";
	case FORM_LDIMM64:
		return !row->key			? NULL :
		       row->key == BPF_PSEUDO_MAP_VALUE ? "in the programs that use the map" :
							  "an address: tests/diff/objects";
	default:
		return NULL;
	}
}
