// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn.c - the instruction table as data: matching an encoding to its row, and
 * evaluating rows on constants.
 */
#include "bpf/insn.h"

#include "abi/profile.h"

const struct insn_info insn_infos[NR_OPS] = {
#define INSN(name, code, form, key, dates, text) \
	[OP_##name] = { #name, code, FORM_##form, dates, key, text },
#include "bpf/insn.def"
};

const struct insn_form_info insn_forms[NR_FORMS] = {
#define FORM(name, says, key, zero, effect) [FORM_##name] = { says, KEY_##key, zero, effect },
#include "bpf/insn.def"
};

/* The last row of each opcode byte, plus one: later initialisers win. */
static const u8 last_row[256] = {
#define INSN(name, code, form, key, dates, text) [code] = OP_##name + 1,
#include "bpf/insn.def"
};

_Static_assert(NR_OPS < 256, "last_row holds a byte");

static s32 key_value(const struct bpf_insn *raw, enum insn_key key)
{
	switch (key) {
	case KEY_OFF:
		return raw->off;
	case KEY_IMM:
		return raw->imm;
	case KEY_SRC:
		return raw->src_reg;
	default:
		return 0;
	}
}

static bool key_fits(const struct bpf_insn *raw, const struct insn_info *info)
{
	const struct insn_form_info *form = &insn_forms[info->form];

	if ((form->zero & IS_CAST) && raw->off != BPF_ADDR_SPACE_CAST)
		return false;
	return key_value(raw, form->key) == info->key;
}

static bool zeros_fit(const struct bpf_insn *raw, u8 zero)
{
	return !((zero & Z_DST && raw->dst_reg) || (zero & Z_SRC && raw->src_reg) ||
		 (zero & Z_OFF && raw->off) || (zero & Z_IMM && raw->imm));
}

/*
 * Rows of the same opcode byte are neighbours: walk up from the last one. The
 * nearest row in case of a miss is the first, the plain form, except that a cast
 * is to be called a cast.
 */
enum insn_fit insn_match(const struct bpf_insn *raw, const struct profile *prof, enum insn_op *op)
{
	int row = last_row[raw->code] - 1;

	*op = row < 0 ? OP_CALL_MISSING : (enum insn_op)row;
	if (row < 0 || insn_infos[row].form == FORM_INTERNAL)
		return INSN_UNKNOWN;
	for (; row >= 0 && insn_infos[row].code == raw->code; row--) {
		const struct insn_info *info = &insn_infos[row];

		if (info->form == FORM_REFUSED)
			return INSN_REFUSED;
		if ((info->form == FORM_CAST) == (raw->off == BPF_ADDR_SPACE_CAST))
			*op = (enum insn_op)row;
		if (!key_fits(raw, info))
			continue;
		*op = (enum insn_op)row; /* an access at +1 is no cast */
		if (prof && !profile_within(prof, info->dates))
			return INSN_UNKNOWN;
		return zeros_fit(raw, insn_forms[info->form].zero) ? INSN_OK : INSN_RESERVED;
	}
	return INSN_BAD_KEY;
}

int insn_written_reg(enum insn_op op, const struct bpf_insn *raw)
{
	u8 effect = insn_forms[insn_infos[op].form].effect;

	if (effect & W_DST)
		return raw->dst_reg;
	if (effect & W_SRC)
		return raw->src_reg;
	return effect & W_R0 ? 0 : -1;
}

u64 insn_eval_alu(enum insn_op op, u64 d64, u64 s64_)
{
	switch (op) {
#define INSN_ALU(name, code, form, key, text, bits, operand, expr)                         \
	case OP_##name: {                                                                  \
		typedef u##bits T;                                                         \
		typedef s##bits S __attribute__((unused));                                 \
		enum { BITS = bits };                                                      \
		T d __attribute__((unused)) = (T)d64, s __attribute__((unused)) = (T)s64_; \
		return (T)(expr);                                                          \
	}
#include "bpf/insn.def"
	default:
		return 0;
	}
}

bool insn_eval_jmp(enum insn_op op, u64 d64, u64 s64_)
{
	switch (op) {
#define INSN_JMP(name, code, form, text, bits, operand, cond) \
	case OP_##name: {                                     \
		typedef s##bits S __attribute__((unused));    \
		u##bits d = (u##bits)d64, s = (u##bits)s64_;  \
		return cond;                                  \
	}
#include "bpf/insn.def"
	default:
		return true;
	}
}
