/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - a program of the differential test: instructions, what they start
 * from, and where they leave what is compared.
 *
 * Programs are of type SYSCALL. Such a program's context is a buffer of user space
 * that it may read and write, so all that it computed comes back:
 *
 *	ctx:	| inputs ... | outputs ... |	to the verifier: unknown scalars
 *	map:	the only value of an array map, for pointers that may be misaligned
 */
#ifndef KS_TESTS_DIFF_PROGRAM_H
#define KS_TESTS_DIFF_PROGRAM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include "base/types.h"

#define PROGRAM_INSNS_MAX 8192
#define PROGRAM_CTX_WORDS 2048
#define PROGRAM_MAP_BYTES 256

#ifndef BPF_LOAD_ACQ /* linux/bpf.h before 6.15 */
#define BPF_LOAD_ACQ 0x100
#define BPF_STORE_REL 0x110
#endif

struct program {
	char name[64]; /* in messages */
	struct bpf_insn insn[PROGRAM_INSNS_MAX];
	u32 nr;
	bool overflow; /* more was emitted than there is room for */
	u64 ctx[PROGRAM_CTX_WORDS];
	u32 ctx_words; /* in use */
	u8 map[PROGRAM_MAP_BYTES];
};

/* what is compared */
struct outcome {
	u32 retval;
	u64 ctx[PROGRAM_CTX_WORDS];
	u8 map[PROGRAM_MAP_BYTES];
};

void program_init(struct program *p, const char *name);

/* Append; the index of the instruction. */
u32 emit(struct program *p, u8 code, u8 dst, u8 src, s16 off, s32 imm);
u32 emit_mov_reg(struct program *p, u8 dst, u8 src);
u32 emit_mov_imm(struct program *p, u8 dst, s32 imm);
u32 emit_add_imm(struct program *p, u8 dst, s32 imm);
u32 emit_load(struct program *p, u8 size, u8 dst, u8 src, s16 off);
u32 emit_store(struct program *p, u8 size, u8 dst, s16 off, u8 src);
u32 emit_imm64(struct program *p, u8 dst, u64 v);
/* Address of byte @off of the map's value; side.c fills in the descriptor. */
u32 emit_map_value(struct program *p, u8 dst, u32 off);
u32 emit_exit(struct program *p);
/* Let the jump or call at @i lead to the next instruction that is emitted. */
void emit_land(struct program *p, u32 i);

/* instruction @i is the first half of a 64-bit immediate */
bool program_is_wide(const struct program *p, u32 i);

/* Disassemble to stderr. */
void program_print(const struct program *p);

#endif
