/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insn.h - instructions: the table's names, and the decoded form that runs.
 *
 * A program is kept twice: as it was loaded (struct bpf_insn, for logs and
 * for user space) and decoded, slot by slot, so that an index means the same in
 * both. The second slot of a 64-bit immediate is never executed.
 *
 *	 0      2   3   4       8              16
 *	+------+---+---+-------+----------------+
 *	|  op  |dst|src|  off  |      imm       |   struct insn
 *	+------+---+---+-------+----------------+
 */
#ifndef KS_BPF_INSN_H
#define KS_BPF_INSN_H

#include <linux/bpf.h>
#include "base/dates.h"
#include "base/types.h"

struct profile;

enum insn_op {
#define INSN(name, code, form, key, dates, text) OP_##name,
#include "bpf/insn.def"
	NR_OPS
};

enum insn_form {
#define FORM(name, says, key, zero, effect) FORM_##name,
#include "bpf/insn.def"
	NR_FORMS
};

enum insn_key { KEY_NONE, KEY_OFF, KEY_IMM, KEY_SRC };

#define Z_DST (1 << 0)
#define Z_SRC (1 << 1)
#define Z_OFF (1 << 2)
#define Z_IMM (1 << 3)
#define IS_CAST (1 << 4) /* off is BPF_ADDR_SPACE_CAST */
#define W_DST (1 << 0)
#define W_SRC (1 << 1)
#define W_R0 (1 << 2)

struct insn_form_info {
	const char *says; /* the verifier's word: "BPF_ALU uses reserved fields" */
	u8 key;		  /* enum insn_key */
	u8 zero;	  /* Z_*: fields that must be zero */
	u8 effect;	  /* W_*: the register that changes */
};

struct insn_info {
	const char *name;
	u8 code;
	u8 form;	   /* enum insn_form */
	const char *dates; /* base/dates.h */
	s32 key;
	const char *text;
};

extern const struct insn_info insn_infos[NR_OPS];
extern const struct insn_form_info insn_forms[NR_FORMS];

struct insn {
	u16 op; /* enum insn_op */
	u8 dst, src;
	s32 off; /* of an access: bytes; of a jump or call: slots from the next */
	s64 imm; /* resolved: address, callable, index of what is missing */
};

_Static_assert(sizeof(struct insn) == 16, "the interpreter scales by it");

enum insn_fit {
	INSN_OK,
	INSN_UNKNOWN,  /* no such opcode, or none yet in this profile */
	INSN_RESERVED, /* fields set that must not be */
	INSN_BAD_KEY,  /* the field that selects the operation has no such value */
	INSN_REFUSED,  /* a real instruction, not supported here */
};

/*
 * insn_match - the row of @raw in @prof (NULL: in any)
 * INSN_OK and *op, or why not; *op is then the nearest row, for the message.
 */
enum insn_fit insn_match(const struct bpf_insn *raw, const struct profile *prof, enum insn_op *op);

/* register that executing @op changes, -1 if none */
int insn_written_reg(enum insn_op op, const struct bpf_insn *raw);

static inline enum insn_form insn_form_of(enum insn_op op)
{
	return (enum insn_form)insn_infos[op].form;
}

static inline bool insn_is_ldimm64(const struct bpf_insn *raw)
{
	return raw->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static inline bool insn_is_jump(enum insn_op op)
{
	enum insn_form form = insn_form_of(op);

	return form >= FORM_JMP_X && form <= FORM_MAY_GOTO;
}

/* Execution never falls through. */
static inline bool insn_is_terminator(enum insn_op op)
{
	return op == OP_JA || op == OP_JA32 || op == OP_EXIT;
}

/* slots from the next instruction to the target of a jump */
static inline s32 insn_jump_off(enum insn_op op, const struct bpf_insn *raw)
{
	return op == OP_JA32 ? raw->imm : raw->off;
}

/* What an arithmetic row makes of @d and @s, what a jump row decides: the folder's half. */
u64 insn_eval_alu(enum insn_op op, u64 d, u64 s);
bool insn_eval_jmp(enum insn_op op, u64 d, u64 s);

#endif
