// SPDX-License-Identifier: GPL-2.0-only
/*
 * encodings.c - each opcode byte with each form's fields, one of them changed.
 *
 * The machine has no verifier that follows types, so it lets in what a kernel does
 * not. What it must do: refuse no encoding that the host takes, and refuse all that
 * the host refuses for the encoding's sake - which the host's words tell.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "encodings.h"
#include "rows.h"

/* What a kernel says of fields, whatever is in the registers. */
static const char *const about_encoding[] = {
	"reserved",
	"unknown opcode",
	"invalid atomic opcode",
	"is invalid",
	"jump out of range",
	"invalid shift",
	"division by zero",
	"div by zero",
	"frame pointer is read only",
	"invalid bpf_ld_imm64",
	"unrecognized bpf_ld_imm64",
	"jump into the middle",
	"call to invalid destination",
	"invalid may_goto",
	"Unsupported",
	"unknown insn class",
	"addr_space_cast insn can only",
	"last insn is not an exit or jmp",
	"invalid BPF_LD_IMM",
};

static bool is_about_encoding(const char *log)
{
	for (u32 i = 0; i < ARRAY_SIZE(about_encoding); i++)
		if (strstr(log, about_encoding[i]))
			return true;
	return false;
}

/*
 * What the machine may refuse alone: what docs/limits.md says is not supported, and
 * numbers that mean something to the host's kernel only: helpers, BTF ids.
 */
static bool refused_by_right(const char *log)
{
	return strstr(log, "is not supported by this machine") ||
	       strstr(log, "cannot use helper") || strstr(log, "invalid func unknown") ||
	       strstr(log, "pseudo btf_id");
}

/* all registers hold numbers, r6 points into the frame; the instruction; room to jump */
static void build(struct program *p, const struct bpf_insn *in)
{
	program_init(p, "");
	for (u8 r = 0; r < 10; r++)
		emit_mov_imm(p, r, 8);
	emit(p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 1);
	emit(p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -16, 1);
	emit_mov_reg(p, BPF_REG_6, BPF_REG_10);
	emit_add_imm(p, BPF_REG_6, -16);
	emit(p, in->code, in->dst_reg, in->src_reg, in->off, in->imm);
	if (in->code == (BPF_LD | BPF_IMM | BPF_DW))
		emit(p, 0, 0, 0, 0, 0);
	emit_mov_imm(p, BPF_REG_0, 0);
	emit_exit(p);
}

/* true: they agree, or nothing can be said */
static bool compare(struct side *host, struct side *machine, const struct bpf_insn *in)
{
	static struct program p;
	int on_host, here;

	build(&p, in);
	on_host = side_load(host, &p, true);
	here = side_load(machine, &p, true);
	if (on_host >= 0)
		close(on_host);
	if (here >= 0)
		close(here);
	if ((on_host < 0) == (here < 0))
		return true;
	if (on_host >= 0 ? refused_by_right(machine->log) : !is_about_encoding(host->log))
		return true;
	fprintf(stderr, "# code 0x%02x dst %u src %u off %d imm %d: only %s refuses it: %s",
		in->code, in->dst_reg, in->src_reg, in->off, in->imm,
		on_host < 0 ? host->name : machine->name, on_host < 0 ? host->log : machine->log);
	return false;
}

/* The row as it stands in a good program, where registers do not matter. */
static struct bpf_insn sample(const struct row *row)
{
	struct bpf_insn in = { .code = row->code, .dst_reg = BPF_REG_2 };

	switch (row->form) {
	case FORM_ALU_X:
	case FORM_MOV_X:
		in.src_reg = BPF_REG_3;
		in.off = row->key;
		break;
	case FORM_ALU_K:
	case FORM_MOV_K:
		in.off = row->key;
		in.imm = 1;
		break;
	case FORM_END:
		in.imm = row->key;
		break;
	case FORM_CAST:
		in.src_reg = BPF_REG_3;
		in.off = 1;
		in.imm = row->key;
		break;
	case FORM_JMP_X:
		in.src_reg = BPF_REG_3;
		break;
	case FORM_LDX:
		in.src_reg = BPF_REG_6;
		break;
	case FORM_STX:
		in.dst_reg = BPF_REG_6;
		in.src_reg = BPF_REG_3;
		break;
	case FORM_ST:
		in.dst_reg = BPF_REG_6;
		break;
	case FORM_ATOMIC:
	case FORM_FETCH:
	case FORM_CMPXCHG:
	case FORM_STORE_REL:
		in.dst_reg = BPF_REG_6;
		in.src_reg = BPF_REG_3;
		in.imm = row->key;
		break;
	case FORM_LOAD_ACQ:
		in.src_reg = BPF_REG_6;
		in.imm = row->key;
		break;
	case FORM_JA:
	case FORM_JA32:
	case FORM_EXIT:
		in.dst_reg = 0;
		break;
	case FORM_CALL:
	case FORM_KCALL:
	case FORM_MAY_GOTO:
		in.dst_reg = 0;
		in.src_reg = row->key;
		break;
	case FORM_LDIMM64:
		in.src_reg = row->key;
		break;
	default:
		break;
	}
	return in;
}

static const s32 imms[] = {
	0,    1,    2,	  7,	 8,	15,    16,    17,      31,	    32,	  33,
	63,   64,   65,	  -1,	 0x40,	0x41,  0x50,  0x51,    0xa0,	    0xa1, 0xe0,
	0xe1, 0xf0, 0xf1, 0x100, 0x101, 0x110, 0x111, 0x10000, -0x80000000,
};
static const s16 offs[] = { 0, 1, 2, 4, 8, 16, 32, -1, -8, 64, 0x7fff, -0x8000 };

static int vary(struct side *host, struct side *machine, const struct bpf_insn *good, int *nr)
{
	struct bpf_insn in;
	int bad = 0;

	for (int reg = 0; reg < 16; reg++) {
		in = *good;
		in.dst_reg = reg;
		bad += !compare(host, machine, &in);
		in = *good;
		in.src_reg = reg;
		bad += !compare(host, machine, &in);
	}
	for (u32 i = 0; i < ARRAY_SIZE(imms); i++) {
		in = *good;
		in.imm = imms[i];
		bad += !compare(host, machine, &in);
	}
	for (u32 i = 0; i < ARRAY_SIZE(offs); i++) {
		in = *good;
		in.off = offs[i];
		bad += !compare(host, machine, &in);
	}
	*nr += 32 + ARRAY_SIZE(imms) + ARRAY_SIZE(offs);
	return bad;
}

int compare_encodings(struct side *host, struct side *machine, int *nr)
{
	int bad = 0;

	*nr = 0;
	for (int i = 0; i < nr_rows; i++) {
		const struct bpf_insn good = sample(&rows[i]);

		if (rows[i].form != FORM_INTERNAL)
			bad += vary(host, machine, &good, nr);
	}
	for (int code = 0; code < 256; code++) {
		const struct bpf_insn in = { .code = code };

		bad += !compare(host, machine, &in);
		++*nr;
	}
	return bad;
}
