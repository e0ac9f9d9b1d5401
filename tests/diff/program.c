// SPDX-License-Identifier: GPL-2.0-only
/* program.c - see program.h */
#include <stdio.h>
#include <string.h>
#include "bpf/disasm.h"
#include "program.h"

void program_init(struct program *p, const char *name)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
}

u32 emit(struct program *p, u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	if (p->nr == PROGRAM_INSNS_MAX) {
		p->overflow = true;
		return p->nr - 1;
	}
	p->insn[p->nr] = (struct bpf_insn){ code, dst, src, off, imm };
	return p->nr++;
}

u32 emit_mov_reg(struct program *p, u8 dst, u8 src)
{
	return emit(p, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

u32 emit_mov_imm(struct program *p, u8 dst, s32 imm)
{
	return emit(p, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

u32 emit_add_imm(struct program *p, u8 dst, s32 imm)
{
	return emit(p, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm);
}

u32 emit_load(struct program *p, u8 size, u8 dst, u8 src, s16 off)
{
	return emit(p, BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

u32 emit_store(struct program *p, u8 size, u8 dst, s16 off, u8 src)
{
	return emit(p, BPF_STX | BPF_MEM | size, dst, src, off, 0);
}

static u32 emit_wide(struct program *p, u8 dst, u8 src, u64 v)
{
	u32 i = emit(p, BPF_LD | BPF_IMM | BPF_DW, dst, src, 0, (s32)v);

	emit(p, 0, 0, 0, 0, (s32)(v >> 32));
	return i;
}

u32 emit_imm64(struct program *p, u8 dst, u64 v)
{
	return emit_wide(p, dst, 0, v);
}

u32 emit_map_value(struct program *p, u8 dst, u32 off)
{
	return emit_wide(p, dst, BPF_PSEUDO_MAP_VALUE, (u64)off << 32);
}

u32 emit_exit(struct program *p)
{
	return emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

void emit_land(struct program *p, u32 i)
{
	s32 distance = (s32)p->nr - (s32)i - 1;

	if (p->insn[i].code == (BPF_JMP32 | BPF_JA) || p->insn[i].code == (BPF_JMP | BPF_CALL))
		p->insn[i].imm = distance;
	else
		p->insn[i].off = distance;
}

bool program_is_wide(const struct program *p, u32 i)
{
	return p->insn[i].code == (BPF_LD | BPF_IMM | BPF_DW);
}

void program_print(const struct program *p)
{
	char text[256];

	fprintf(stderr, "# %s, %u instructions\n", p->name, p->nr);
	for (u32 i = 0; i < p->nr; i++) {
		if (p->insn[i].code == (BPF_JMP | BPF_JA) && !p->insn[i].off)
			continue; /* what was there did not matter */
		disasm_insn(&p->insn[i], NULL, text, sizeof(text));
		fprintf(stderr, "# %4u: %s\n", i, text);
		i += program_is_wide(p, i);
	}
}
