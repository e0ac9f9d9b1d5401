/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insn_asm.h - a small assembler for tests, made from the instruction table.
 *
 * Every row is disassembled once with marked fields; a line of a program is matched
 * against the results. So whatever disasm.c prints can be read back:
 *
 *	row LDXW, dst 7, src 8, off +1234   ->  "r7 = *(u32 *)(r8 +1234)"
 *	pattern                             ->  "rD = *(u32 *)(rS O)"
 *	line "r1 = *(u32 *)(r10 -4)"        ->  dst 1, src 10, off -4
 *
 * Beyond it: "r1 = 0x1122334455667788 ll", "r1 = func +5", "call 5001" (a helper).
 */
#ifndef KS_TESTS_INSN_ASM_H
#define KS_TESTS_INSN_ASM_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/disasm.h"
#include "bpf/insn.h"

#define ASM_DST 7
#define ASM_SRC 8
#define ASM_OFF 1234
#define ASM_IMM 5678

static inline void asm_sample(enum insn_op op, struct bpf_insn *insn)
{
	const struct insn_info *info = &insn_infos[op];
	const struct insn_form_info *form = &insn_forms[info->form];

	*insn = (struct bpf_insn){
		.code = info->code,
		.dst_reg = ASM_DST,
		.src_reg = ASM_SRC,
		.off = ASM_OFF,
		.imm = ASM_IMM,
	};
	if (form->zero & Z_DST)
		insn->dst_reg = 0;
	if (form->zero & Z_SRC)
		insn->src_reg = 0;
	if (form->zero & Z_OFF)
		insn->off = 0;
	if (form->zero & Z_IMM)
		insn->imm = 0;
	if (form->zero & IS_CAST)
		insn->off = BPF_ADDR_SPACE_CAST;
	if (form->key == KEY_OFF)
		insn->off = info->key;
	else if (form->key == KEY_IMM)
		insn->imm = info->key;
	else if (form->key == KEY_SRC)
		insn->src_reg = info->key;
}

static inline const char *asm_skip(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* A number in the line where the pattern has one of the sample's. */
static inline bool asm_number(const char **line, long long *v)
{
	char *end;

	*v = strtoll(*line, &end, 0);
	if (end == *line)
		return false;
	*line = end;
	return true;
}

static inline bool asm_starts(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n))
		return false;
	*s += n;
	return true;
}

/* One field of the sample at *pat: read the line's value of it into @insn. */
static inline int asm_field(const char **pat, const char **line, struct bpf_insn *insn)
{
	long long v;

	if (**pat == 'r' || **pat == 'w') {
		char reg[3] = { **pat, '0' + ASM_DST, 0 }, src[3] = { **pat, '0' + ASM_SRC, 0 };
		bool is_dst = asm_starts(pat, reg), is_src = !is_dst && asm_starts(pat, src);

		if (!is_dst && !is_src)
			return 0;
		if (*(*line)++ != reg[0] || !isdigit((unsigned char)**line) ||
		    !asm_number(line, &v))
			return -1;
		if (is_dst)
			insn->dst_reg = v;
		else
			insn->src_reg = v;
		return 1;
	}
	if (asm_starts(pat, "+1234")) {
		if (!asm_number(line, &v))
			return -1;
		insn->off = v;
		return 1;
	}
	if (asm_starts(pat, "+5678") || asm_starts(pat, "5678") || asm_starts(pat, "0x162e")) {
		if (!asm_number(line, &v))
			return -1;
		insn->imm = v;
		return 1;
	}
	return 0;
}

static inline bool asm_match(const char *pat, const char *line, struct bpf_insn *insn)
{
	while (*(pat = asm_skip(pat))) {
		int field;

		line = asm_skip(line);
		field = asm_field(&pat, &line, insn);
		if (field < 0)
			return false;
		if (!field && *pat++ != *line++)
			return false;
	}
	return !*asm_skip(line);
}

static inline bool asm_special(const char *line, struct bpf_insn *insn, int *n)
{
	unsigned reg;
	long long v;
	int end = 0;

	memset(insn, 0, 2 * sizeof(*insn));
	if (sscanf(line, "call %lld%n", &v, &end) == 1 && !*asm_skip(line + end)) {
		*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = v };
		*n = 1;
		return true;
	}
	*n = 2;
	if (sscanf(line, "r%u = func %lld%n", &reg, &v, &end) == 2) {
		*insn = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = reg,
					   .src_reg = BPF_PSEUDO_FUNC,
					   .imm = v };
		return true;
	}
	end = 0;
	if (sscanf(line, "r%u = %lli ll%n", &reg, &v, &end) == 2 && end) {
		v = strtoull(strchr(line, '=') + 1, NULL, 0);
		*insn = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = reg,
					   .imm = (s32)v };
		insn[1].imm = (u64)v >> 32;
		return true;
	}
	return false;
}

/* Assemble @line to @insn (room for two); the number of slots, 0 if it is none. */
static inline int asm_line(const char *line, struct bpf_insn *insn)
{
	int n;

	line = asm_skip(line);
	if (asm_special(line, insn, &n))
		return n;
	for (int op = 0; op < NR_OPS; op++) {
		enum insn_form form = insn_form_of(op);
		char pat[128];

		if (form == FORM_INTERNAL || form == FORM_REFUSED || form == FORM_LDIMM64)
			continue;
		asm_sample(op, insn);
		disasm_insn(insn, NULL, pat, sizeof(pat));
		if (asm_match(strchr(pat, ')') + 1, line, insn))
			return 1;
	}
	return 0;
}

/* Lines (or ';'-separated) of @text; the number of slots, -1 with the line on stderr. */
static inline int asm_text(const char *text, struct bpf_insn *insns, int max)
{
	char *copy = strdup(text), *save, *line;
	int nr = 0;

	for (line = strtok_r(copy, ";\n", &save); line && nr >= 0 && nr + 2 <= max;
	     line = strtok_r(NULL, ";\n", &save)) {
		int n = asm_line(line, insns + nr);

		if (!n)
			fprintf(stderr, "cannot assemble: %s\n", line);
		nr = n ? nr + n : -1;
	}
	free(copy);
	return nr;
}

#endif
