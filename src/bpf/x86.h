/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86.h - instructions of x86-64, written one after the other into a buffer.
 *
 *	x86_rm(a, W, 0x8b, RAX, RDI, 8);	mov rax, [rdi + 8]
 *	x86_rr(a, W, 0x01, RAX, RDX);		add rdx, rax
 *
 * A buffer that is full takes nothing more and says so (x86_full): whoever writes asks once,
 * at the end. A REX prefix is always there, so that the low byte of every register has a name.
 */
#ifndef KS_BPF_X86_H
#define KS_BPF_X86_H

#include <string.h>

#include "base/types.h"

enum x86_reg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/* how wide: 32 bits, which clear the upper ones, or 64 */
enum x86_width { D = 0, W = 1 };

/* condition codes of jcc and setcc */
enum x86_cc {
	CC_B = 2,
	CC_AE,
	CC_E,
	CC_NE,
	CC_BE,
	CC_A,
	CC_S,
	CC_NS,
	CC_L = 0xc,
	CC_GE,
	CC_LE,
	CC_G,
};

/* the /digit of an opcode, where a register would stand */
enum { X_ADD, X_OR, X_AND = 4, X_SUB, X_XOR, X_CMP };	  /* 0x81, 0x83 */
enum { X_ROL, X_ROR, X_SHL = 4, X_SHR, X_SAR = 7 };	  /* 0xc1, 0xd3 */
enum { X_TEST, X_NEG = 3, X_MUL, X_IMUL, X_DIV, X_IDIV }; /* 0xf7 */
enum { X_BTC = 7 };					  /* 0x0fba */
enum { X_INC, X_DEC, X_CALL, X_JMP = 4, X_PUSH = 6 };	  /* 0xff */

struct x86 {
	u8 *start, *at, *end;
};

static inline bool x86_full(const struct x86 *a)
{
	return a->at == a->end;
}

/* @n bytes of @v, little endian */
static inline void x86_bytes(struct x86 *a, u64 v, u32 n)
{
	if ((size_t)(a->end - a->at) <= n) {
		a->at = a->end;
		return;
	}
	memcpy(a->at, &v, n);
	a->at += n;
}

static inline void x86_byte(struct x86 *a, u8 v)
{
	x86_bytes(a, v, 1);
}

static inline bool fits_s8(s64 v)
{
	return v == (s8)v;
}

static inline bool fits_s32(s64 v)
{
	return v == (s32)v;
}

/* REX, then the opcode: of one byte, or of two after 0x0f */
static inline void x86_op(struct x86 *a, enum x86_width w, u32 op, u32 reg, u32 index, u32 base)
{
	x86_byte(a, 0x40 | w << 3 | (reg & 8) >> 1 | (index & 8) >> 2 | base >> 3);
	if (op > 0xff)
		x86_byte(a, op >> 8);
	x86_byte(a, op);
}

/* @rm is a register; @reg one, too, or an opcode's digit */
static inline void x86_rr(struct x86 *a, enum x86_width w, u32 op, u32 reg, enum x86_reg rm)
{
	x86_op(a, w, op, reg, 0, rm);
	x86_byte(a, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* memory at @base + @off; always with a displacement, which spares the exceptions of rbp and r13 */
static inline void x86_rm(struct x86 *a, enum x86_width w, u32 op, u32 reg, enum x86_reg base,
			  s32 off)
{
	x86_op(a, w, op, reg, 0, base);
	x86_byte(a, (fits_s8(off) ? 0x40 : 0x80) | (reg & 7) << 3 | (base & 7));
	if ((base & 7) == RSP)
		x86_byte(a, 0x24);
	x86_bytes(a, (u32)off, fits_s8(off) ? 1 : 4);
}

/* memory at @base + @index + @off */
static inline void x86_rmx(struct x86 *a, enum x86_width w, u32 op, u32 reg, enum x86_reg base,
			   enum x86_reg index, s32 off)
{
	x86_op(a, w, op, reg, index, base);
	x86_byte(a, 0x84 | (reg & 7) << 3);
	x86_byte(a, (index & 7) << 3 | (base & 7));
	x86_bytes(a, (u32)off, 4);
}

static inline void x86_mov(struct x86 *a, enum x86_width w, enum x86_reg to, enum x86_reg from)
{
	x86_rr(a, w, 0x89, from, to);
}

/* the shortest form that leaves @v in all 64 bits */
static inline void x86_mov_imm(struct x86 *a, enum x86_reg to, u64 v)
{
	if (v == (u32)v) {
		x86_byte(a, 0x40 | to >> 3);
		x86_byte(a, 0xb8 | (to & 7));
		x86_bytes(a, v, 4);
	} else if (fits_s32(v)) {
		x86_rr(a, W, 0xc7, 0, to);
		x86_bytes(a, v, 4);
	} else {
		x86_byte(a, 0x48 | to >> 3);
		x86_byte(a, 0xb8 | (to & 7));
		x86_bytes(a, v, 8);
	}
}

/* add, or, and, sub, xor, cmp with an immediate, by X_ADD and its brothers */
static inline void x86_alu_imm(struct x86 *a, enum x86_width w, u32 digit, enum x86_reg to, s32 v)
{
	x86_rr(a, w, fits_s8(v) ? 0x83 : 0x81, digit, to);
	x86_bytes(a, (u32)v, fits_s8(v) ? 1 : 4);
}

static inline void x86_shift_imm(struct x86 *a, enum x86_width w, u32 digit, enum x86_reg to, u8 by)
{
	x86_rr(a, w, 0xc1, digit, to);
	x86_byte(a, by);
}

static inline void x86_push(struct x86 *a, enum x86_reg r)
{
	x86_byte(a, 0x40 | r >> 3);
	x86_byte(a, 0x50 | (r & 7));
}

static inline void x86_pop(struct x86 *a, enum x86_reg r)
{
	x86_byte(a, 0x40 | r >> 3);
	x86_byte(a, 0x58 | (r & 7));
}

static inline void x86_ret(struct x86 *a)
{
	x86_byte(a, 0xc3);
}

/* call or jmp of the address in a register */
static inline void x86_indirect(struct x86 *a, u32 digit, enum x86_reg r)
{
	x86_rr(a, D, 0xff, digit, r);
}

/*
 * Jumps and calls by distance: each returns the place of its 4 bytes, for x86_land(); a
 * distance that is known is given with x86_land_at().
 */
static inline u8 *x86_jcc(struct x86 *a, enum x86_cc cc)
{
	x86_byte(a, 0x0f);
	x86_byte(a, 0x80 | cc);
	x86_bytes(a, 0, 4);
	return a->at;
}

static inline u8 *x86_jmp(struct x86 *a)
{
	x86_byte(a, 0xe9);
	x86_bytes(a, 0, 4);
	return a->at;
}

static inline u8 *x86_call(struct x86 *a)
{
	x86_byte(a, 0xe8);
	x86_bytes(a, 0, 4);
	return a->at;
}

static inline void x86_land_at(struct x86 *a, u8 *from, const u8 *to)
{
	s32 distance = (s32)(to - from);

	if (!x86_full(a))
		memcpy(from - 4, &distance, 4);
}

static inline void x86_land(struct x86 *a, u8 *from)
{
	x86_land_at(a, from, a->at);
}

#endif
