// SPDX-License-Identifier: GPL-2.0-only
/*
 * jit.c - the translator: one walk over a program, native code of x86-64 out of each row.
 *
 * BPF registers live in registers of the host from entry to exit:
 *
 *	r0   r1   r2   r3   r4   r5   r6   r7   r8   r9   r10
 *	rax  rdi  rsi  rdx  rcx  r8   rbx  r13  r14  r15  rbp      r9..r11 are free for one row
 *
 * r12 is `left`: instructions until the next payment, less those of finished stretches; a
 * stretch's number is subtracted where it ends (a jump, a target, a call). It is below 0 where
 * the interpreter would pay. A function's frame on the host's stack, 16-byte aligned:
 *
 *	[rsp]      r1..r5 of the call that is being made; scratch
 *	[rsp+48]   struct vm
 *	[rsp+56]   return address: after the call in the caller, or in enter()
 *
 * What ends the invocation jumps to `unwind`, which takes the stack back to where enter() left
 * it. A row that cannot be done at once (an access to where nothing may be, a signed division)
 * leaves its stretch for jit_step() and comes back.
 */
#include "bpf/jit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "bpf/callable.h"
#include "bpf/interp.h"
#include "bpf/map.h"
#include "bpf/prog_priv.h"
#include "bpf/state.h"
#include "bpf/traps.h"

#ifdef __x86_64__

#include "bpf/x86.h"

#define FRAME_BYTES 48
#define LEFT R12
#define TMP R10
#define ADDR R11 /* also the vm, after loads of it */
#define PAGES R9 /* region_present */

static const u8 host_reg[MAX_BPF_REG] = { RAX, RDI, RSI, RDX, RCX, R8, RBX, R13, R14, R15, RBP };

#define VM(member) ((s32)offsetof(struct vm, member))
#define FRAME(member) ((s32)(offsetof(struct vm_stack, frames) + offsetof(struct vm_frame, member)))

_Static_assert(offsetof(struct vm_stack, vm) == 0, "a vm is found where its frames are");
_Static_assert(REGION_BASE % (1ULL << REGION_ZONE_SHIFT) == 0, "a zone is some bits of an address");

/* A jump whose target has no address yet */
struct jump {
	u8 *from;
	u32 to;	   /* instruction */
	bool call; /* of the function that it begins */
};

/* Out of line: @idx is done by @routine, then on at @back */
struct detour {
	u8 *from, *back;
	const u8 *routine;
	u32 idx;
	u32 then; /* instruction to go to, if not back */
};

/*
 * What is known of a register in a stretch: it is in [from, from + span]. So the address of
 * cells[i & 7] is known, as that of a variable is, and an access there needs no look.
 */
struct known {
	bool is;
	u64 from, span;
};

struct jit {
	struct x86 x86;
	const struct prog *prog;
	struct prog_native *native;
	u32 *at;      /* by instruction: offset in the code, behind a function's prologue */
	bool *target; /* by instruction: something jumps there */
	struct jump *jumps;
	struct detour *detours;
	u32 nr_jumps, max_jumps, nr_detours, max_detours;
	u32 pending; /* instructions of this stretch not yet subtracted */
	struct known known[MAX_BPF_REG];
	const u8 *unwind, *step, *tick, *tail;
	bool failed;
};

#define NO_INSN UINT32_MAX

/* --- small pieces --- */

static void add_jump(struct jit *j, struct jump jump)
{
	if (array_room(&j->jumps, j->nr_jumps, &j->max_jumps))
		j->jumps[j->nr_jumps++] = jump;
	else
		j->failed = true;
}

static void add_detour(struct jit *j, struct detour d)
{
	if (array_room(&j->detours, j->nr_detours, &j->max_detours))
		j->detours[j->nr_detours++] = d;
	else
		j->failed = true;
}

static void land_on(struct jit *j, u8 *from, const u8 *routine)
{
	x86_land_at(&j->x86, from, routine);
}

static void load_vm(struct jit *j)
{
	x86_rm(&j->x86, W, 0x8b, ADDR, RSP, FRAME_BYTES);
}

static void load_pages(struct jit *j)
{
	x86_mov_imm(&j->x86, PAGES, (uintptr_t)base_state.region_present);
}

static void call_host(struct jit *j, const void *fn)
{
	x86_mov_imm(&j->x86, RAX, (uintptr_t)fn);
	x86_indirect(&j->x86, X_CALL, RAX);
}

/* The stretch ends: flags stay as they are. */
static void settle(struct jit *j)
{
	if (j->pending)
		x86_rm(&j->x86, W, 0x8d, LEFT, LEFT, -(s32)j->pending);
	j->pending = 0;
}

/* --- routines: once a program --- */

/*
 * u64 enter(vm, args, entry, fp, left): r1..r5 from @args, the others 0. The function at @entry
 * returns with the index of its exit in TMP.
 */
static void emit_enter(struct jit *j)
{
	static const u8 saved[] = { RBP, RBX, R12, R13, R14, R15 };
	static const u8 cleared[] = { RAX, RBX, R13, R14, R15 };
	struct x86 *a = &j->x86;
	u8 *over;

	for (u32 i = 0; i < ARRAY_SIZE(saved); i++)
		x86_push(a, saved[i]);
	x86_rm(a, D, 0xff, X_PUSH, RDI, VM(native_sp));
	x86_rm(a, W, 0x89, RSP, RDI, VM(native_sp));
	x86_mov(a, W, ADDR, RDI);
	x86_mov(a, W, RBP, RCX);
	x86_mov(a, W, LEFT, R8);
	x86_mov(a, W, TMP, RDX);
	load_pages(j);
	for (u32 i = 0; i < ARRAY_SIZE(cleared); i++)
		x86_rr(a, D, 0x31, cleared[i], cleared[i]);
	x86_rm(a, W, 0x8b, RDI, RSI, 0);
	x86_rm(a, W, 0x8b, RDX, RSI, 16);
	x86_rm(a, W, 0x8b, RCX, RSI, 24);
	x86_rm(a, W, 0x8b, R8, RSI, 32);
	x86_rm(a, W, 0x8b, RSI, RSI, 8);
	x86_indirect(a, X_CALL, TMP);

	x86_rm(a, D, 0x89, TMP, ADDR, VM(insn));
	x86_rm(a, W, 0x8b, TMP, ADDR, VM(charged));
	x86_alu_imm(a, W, X_ADD, TMP, PROG_CHARGE_INSNS);
	x86_rr(a, W, 0x29, LEFT, TMP);
	x86_rm(a, W, 0x89, TMP, ADDR, VM(insns));
	over = x86_jmp(a);

	j->unwind = a->at; /* with the vm in ADDR */
	x86_rm(a, W, 0x8b, RSP, ADDR, VM(native_sp));
	x86_rr(a, D, 0x31, RAX, RAX);

	x86_land(a, over);
	x86_rm(a, D, 0x8f, 0, ADDR, VM(native_sp)); /* pop */
	for (u32 i = ARRAY_SIZE(saved); i-- > 0;)
		x86_pop(a, saved[i]);
	x86_ret(a);
}

/* The vm is in ADDR. */
static void unwind_if_dead(struct jit *j)
{
	x86_rm(&j->x86, D, 0x80, X_CMP, ADDR, VM(dead));
	x86_byte(&j->x86, 0);
	land_on(j, x86_jcc(&j->x86, CC_NE), j->unwind);
}

/* All BPF registers as an array at rsp; and back. Flags survive. */
static void push_all(struct jit *j)
{
	for (u32 i = MAX_BPF_REG; i-- > 0;)
		x86_push(&j->x86, host_reg[i]);
}

static void pop_all(struct jit *j)
{
	for (u32 i = 0; i < MAX_BPF_REG; i++)
		x86_pop(&j->x86, host_reg[i]);
}

#define ALL_BYTES (MAX_BPF_REG * 8)
#define VM_IN_ROUTINE (8 + FRAME_BYTES) /* from rsp, when a routine was called */

_Static_assert((8 + ALL_BYTES) % 16 == 0, "calls find an aligned stack");

/* Instruction TMP by jit_step() */
static void emit_step(struct jit *j)
{
	struct x86 *a = &j->x86;

	j->step = a->at;
	push_all(j);
	x86_rm(a, W, 0x8b, RDI, RSP, ALL_BYTES + VM_IN_ROUTINE);
	x86_mov(a, D, RSI, TMP);
	x86_mov(a, W, RDX, RSP);
	call_host(j, jit_step);
	x86_rr(a, D, 0x84, RAX, RAX); /* test al, al */
	pop_all(j);
	load_pages(j);
	x86_rm(a, W, 0x8b, ADDR, RSP, VM_IN_ROUTINE);
	land_on(j, x86_jcc(a, CC_E), j->unwind);
	x86_ret(a);
}

/* Pay: TMP is vm->insn */
static void emit_tick(struct jit *j)
{
	static const u8 kept[] = { RAX, RDI, RSI, RDX, RCX, R8 };
	const s32 bytes = sizeof(kept) * 8 + 8;
	struct x86 *a = &j->x86;

	j->tick = a->at;
	for (u32 i = 0; i < ARRAY_SIZE(kept); i++)
		x86_push(a, kept[i]);
	x86_alu_imm(a, W, X_SUB, RSP, 8);
	x86_rm(a, W, 0x8b, RDI, RSP, bytes + VM_IN_ROUTINE);
	x86_mov(a, D, RSI, TMP);
	x86_mov(a, W, RDX, LEFT);
	call_host(j, jit_tick);
	x86_mov(a, W, LEFT, RAX);
	x86_alu_imm(a, W, X_ADD, RSP, 8);
	for (u32 i = ARRAY_SIZE(kept); i-- > 0;)
		x86_pop(a, kept[i]);
	load_pages(j);
	x86_rm(a, W, 0x8b, ADDR, RSP, VM_IN_ROUTINE);
	unwind_if_dead(j);
	x86_ret(a);
}

/* left = charged + PROG_CHARGE_INSNS - insns; the vm is in ADDR */
static void load_left(struct jit *j)
{
	struct x86 *a = &j->x86;

	x86_rm(a, W, 0x8b, LEFT, ADDR, VM(charged));
	x86_rm(a, W, 0x2b, LEFT, ADDR, VM(insns));
	x86_alu_imm(a, W, X_ADD, LEFT, PROG_CHARGE_INSNS);
}

/* To the caller, who finds the vm in ADDR and the index of the exit in TMP */
static void emit_return(struct jit *j)
{
	x86_alu_imm(&j->x86, W, X_ADD, RSP, FRAME_BYTES + 8);
	x86_ret(&j->x86);
}

/* A helper asked for a tail call: jumped to, the target has this frame. */
static void emit_tail(struct jit *j)
{
	struct x86 *a = &j->x86;
	u8 *interpreted;

	j->tail = a->at;
	x86_alu_imm(a, W, X_SUB, RSP, 8);
	push_all(j);
	x86_rm(a, W, 0x8b, RDI, RSP, ALL_BYTES + VM_IN_ROUTINE);
	x86_mov(a, W, RSI, RSP);
	call_host(j, jit_tail);
	x86_mov(a, W, TMP, RAX);
	pop_all(j);
	x86_alu_imm(a, W, X_ADD, RSP, 8);
	load_pages(j);
	x86_rr(a, W, 0x85, TMP, TMP);
	interpreted = x86_jcc(a, CC_E);
	x86_indirect(a, X_JMP, TMP);

	x86_land(a, interpreted);
	load_vm(j);
	unwind_if_dead(j);
	load_left(j);
	x86_rm(a, D, 0x8b, TMP, ADDR, VM(insn));
	emit_return(j);
}

/* --- accesses --- */

static const u32 load_ops[2][4] = {
	/* BPF_W, H, B, DW: (code & 0x18) >> 3; then sign extending */
	{ 0x8b, 0x0fb7, 0x0fb6, 0x8b },
	{ 0x63, 0x0fbf, 0x0fbe, 0x8b },
};

static u32 access_size(u8 code)
{
	static const u8 sizes[] = { 4, 2, 1, 8 };

	return sizes[BPF_SIZE(code) >> 3];
}

static void emit_load(struct jit *j, u8 code, enum x86_reg dst, enum x86_reg base, s32 off)
{
	bool sign = BPF_MODE(code) == BPF_MEMSX;

	x86_rm(&j->x86, sign || BPF_SIZE(code) == BPF_DW ? W : D,
	       load_ops[sign][BPF_SIZE(code) >> 3], dst, base, off);
}

/* of register @src, or of @imm */
static void emit_store(struct jit *j, u8 code, enum x86_reg base, s32 off, enum x86_reg src)
{
	u32 size = access_size(code);

	if (size == 2)
		x86_byte(&j->x86, 0x66);
	x86_rm(&j->x86, size == 8 ? W : D, size == 1 ? 0x88 : 0x89, src, base, off);
}

static void emit_store_imm(struct jit *j, u8 code, enum x86_reg base, s32 off, s64 imm)
{
	u32 size = access_size(code);

	if (size == 2)
		x86_byte(&j->x86, 0x66);
	x86_rm(&j->x86, size == 8 ? W : D, size == 1 ? 0xc6 : 0xc7, 0, base, off);
	x86_bytes(&j->x86, imm, min(size, 4u));
}

/* Are [@from, @from + @size) variables of one of its maps: there as long as the program is? */
static bool in_own_map(const struct prog *prog, u64 from, u64 size)
{
	u64 base;

	for (u32 i = 0; i < prog->nr_maps; i++) {
		struct map *map = prog->maps[i];

		if (map->type == BPF_MAP_TYPE_ARRAY && !map_direct_value_addr(map, 0, &base) &&
		    from >= base && size <= map->value_size &&
		    from - base <= map->value_size - size)
			return true;
	}
	return false;
}

static bool is_known(const struct jit *j, u32 reg, s32 off, u32 size)
{
	const struct known *k = &j->known[reg];

	return k->is && k->span < REGION_SIZE && in_own_map(j->prog, k->from + off, k->span + size);
}

/* What is in the range has this bit set and none above it. */
#define REGION_BIT 45
_Static_assert(REGION_BASE == 1ULL << REGION_BIT && REGION_SIZE < REGION_BASE, "see emit_check()");

#define ZONE_PAGES ((s32)(1U << (REGION_ZONE_SHIFT - REGION_PAGE_SHIFT)))

/*
 * Goes on if @size bytes at register @reg + @off are aligned, on a present page of one of @zones
 * from @first; else this row is done by jit_step(), and goes on where detour_ends() says. One
 * comparison is for range and alignment: bits that must be 0 are rotated to the top.
 *
 *	TMP = address ^ REGION_BASE, rotated right by log2 of @size
 *	TMP >>= what is left of a page's bits      a page number, or beyond any
 */
static u32 emit_check(struct jit *j, u32 idx, u32 reg, s32 off, u32 size, u32 first, u32 zones)
{
	u32 align = (u32)__builtin_ctz(size), nr = j->nr_detours;
	s32 from_page = (s32)first * ZONE_PAGES;
	struct x86 *a = &j->x86;

	x86_rm(a, W, 0x8d, TMP, host_reg[reg], off);
	x86_rr(a, W, 0x0fba, X_BTC, TMP);
	x86_byte(a, REGION_BIT);
	if (align)
		x86_shift_imm(a, W, X_ROR, TMP, align);
	x86_shift_imm(a, W, X_SHR, TMP, REGION_PAGE_SHIFT - align);
	if (first)
		x86_alu_imm(a, W, X_SUB, TMP, from_page);
	x86_alu_imm(a, W, X_CMP, TMP, (s32)zones * ZONE_PAGES);
	add_detour(j, (struct detour){ x86_jcc(a, CC_AE), NULL, j->step, idx, NO_INSN });
	x86_rmx(a, D, 0x80, X_CMP, PAGES, TMP, from_page);
	x86_byte(a, 0);
	add_detour(j, (struct detour){ x86_jcc(a, CC_E), NULL, j->step, idx, NO_INSN });
	return nr;
}

static void detour_ends(struct jit *j, u32 first)
{
	for (u32 i = first; i < j->nr_detours; i++)
		j->detours[i].back = j->x86.at;
}

/* The row is done by jit_step(), always. */
static void emit_stepped(struct jit *j, u32 idx)
{
	x86_mov_imm(&j->x86, TMP, idx);
	land_on(j, x86_call(&j->x86), j->step);
}

static void tr_load(struct jit *j, u32 idx, const struct insn *insn, u8 code)
{
	u32 size = access_size(code), detour;

	if (is_known(j, insn->src, insn->off, size)) {
		emit_load(j, code, host_reg[insn->dst], host_reg[insn->src], insn->off);
		return;
	}
	detour = emit_check(j, idx, insn->src, insn->off, size, 0, NR_ZONES);
	emit_load(j, code, host_reg[insn->dst], host_reg[insn->src], insn->off);
	detour_ends(j, detour);
}

static void tr_store(struct jit *j, u32 idx, const struct insn *insn, u8 code)
{
	bool imm = insn_form_of(insn->op) == FORM_ST;
	enum x86_reg base = host_reg[insn->dst];
	u32 size = access_size(code), detour = j->nr_detours;
	s32 off = insn->off;

	if (!is_known(j, insn->dst, off, size))
		detour = emit_check(j, idx, insn->dst, off, size, STORE_ZONE_FIRST, STORE_ZONES);
	if (imm)
		emit_store_imm(j, code, base, off, insn->imm);
	else
		emit_store(j, code, base, off, host_reg[insn->src]);
	detour_ends(j, detour);
}

static void emit_lock(struct jit *j)
{
	x86_byte(&j->x86, 0xf0);
}

/* or, and, xor that fetch are a loop on this host: jit_step() has it */
static void tr_atomic(struct jit *j, u32 idx, const struct insn *insn, u8 code)
{
	enum x86_reg src = host_reg[insn->src], base = host_reg[insn->dst];
	u32 size = access_size(code), detour;
	enum x86_width w = size == 8;
	s32 key = insn_infos[insn->op].key;

	if (key == (BPF_OR | BPF_FETCH) || key == (BPF_AND | BPF_FETCH) ||
	    key == (BPF_XOR | BPF_FETCH)) {
		emit_stepped(j, idx);
		return;
	}
	detour = emit_check(j, idx, insn->dst, insn->off, size, STORE_ZONE_FIRST, STORE_ZONES);
	if (key == BPF_XCHG) { /* which locks by itself */
		x86_rm(&j->x86, w, 0x87, src, base, insn->off);
	} else {
		emit_lock(j);
		x86_rm(&j->x86, w,
		       key == BPF_CMPXCHG	    ? 0x0fb1 :
		       key == (BPF_ADD | BPF_FETCH) ? 0x0fc1 :
		       key == BPF_ADD		    ? 0x01 :
		       key == BPF_OR		    ? 0x09 :
		       key == BPF_AND		    ? 0x21 :
						      0x31,
		       src, base, insn->off);
	}
	if (key == BPF_CMPXCHG && w == D)
		x86_mov(&j->x86, D, RAX, RAX);
	detour_ends(j, detour);
}

/* The program's own frame, which was checked when it was loaded. */
static bool tr_own_frame(struct jit *j, const struct insn *insn)
{
	switch (insn->op) {
#define INSN_FP_LOAD(name, of, type)                                                         \
	case OP_##name:                                                                      \
		emit_load(j, insn_infos[OP_##of].code, host_reg[insn->dst], RBP, insn->off); \
		return true;
#define OF_SRC(of) emit_store(j, insn_infos[OP_##of].code, RBP, insn->off, host_reg[insn->src])
#define OF_IMM(of) emit_store_imm(j, insn_infos[OP_##of].code, RBP, insn->off, insn->imm)
#define INSN_FP_STORE(name, of, type, operand) \
	case OP_##name:                        \
		OF_##operand(of);              \
		return true;
#include "bpf/insn.def"
	default:
		return false;
	}
}

/* --- arithmetic --- */

static void emit_shift(struct jit *j, enum x86_width w, u32 digit, enum x86_reg dst,
		       enum x86_reg src)
{
	enum x86_reg to = dst == RCX ? ADDR : dst;
	struct x86 *a = &j->x86;

	if (dst == RCX)
		x86_mov(a, W, ADDR, RCX);
	if (src != RCX) {
		x86_mov(a, W, TMP, RCX);
		x86_mov(a, W, RCX, src);
	}
	x86_rr(a, w, 0xd3, digit, to);
	if (dst == RCX)
		x86_mov(a, W, RCX, ADDR);
	else if (src != RCX)
		x86_mov(a, W, RCX, TMP);
}

/* Unsigned, of which x86 makes a fault by zero: BPF a quotient of 0 and a remainder of @dst. */
static void emit_divide(struct jit *j, enum x86_width w, bool mod, enum x86_reg dst)
{
	struct x86 *a = &j->x86; /* the divisor is in ADDR */
	u8 *zero, *done;

	x86_rr(a, w, 0x85, ADDR, ADDR);
	zero = x86_jcc(a, CC_E);
	x86_mov(a, W, TMP, RAX);
	x86_rm(a, W, 0x89, RDX, RSP, 0);
	x86_mov(a, w, RAX, dst);
	x86_rr(a, D, 0x31, RDX, RDX);
	x86_rr(a, w, 0xf7, X_DIV, ADDR);
	x86_mov(a, w, ADDR, mod ? RDX : RAX);
	x86_mov(a, W, RAX, TMP);
	x86_rm(a, W, 0x8b, RDX, RSP, 0);
	x86_mov(a, w, dst, ADDR);
	done = x86_jmp(a);
	x86_land(a, zero);
	if (!mod)
		x86_rr(a, D, 0x31, dst, dst);
	else if (w == D)
		x86_mov(a, D, dst, dst);
	x86_land(a, done);
}

/* opcode of the form with a register, 0 for shifts; digit of the one with an immediate */
static const struct {
	u8 op, digit;
} alu_ops[16] = {
	[BPF_ADD >> 4] = { 0x01, X_ADD }, [BPF_SUB >> 4] = { 0x29, X_SUB },
	[BPF_OR >> 4] = { 0x09, X_OR },	  [BPF_AND >> 4] = { 0x21, X_AND },
	[BPF_XOR >> 4] = { 0x31, X_XOR }, [BPF_LSH >> 4] = { 0, X_SHL },
	[BPF_RSH >> 4] = { 0, X_SHR },	  [BPF_ARSH >> 4] = { 0, X_SAR },
};

static void tr_alu(struct jit *j, const struct insn *insn, u8 code)
{
	enum x86_reg dst = host_reg[insn->dst], src = host_reg[insn->src];
	u8 op = alu_ops[BPF_OP(code) >> 4].op, digit = alu_ops[BPF_OP(code) >> 4].digit;
	enum x86_width w = BPF_CLASS(code) == BPF_ALU64;
	bool imm = BPF_SRC(code) == BPF_K;
	struct x86 *a = &j->x86;

	if (op && imm)
		x86_alu_imm(a, w, digit, dst, (s32)insn->imm);
	else if (op)
		x86_rr(a, w, op, src, dst);
	else if (imm)
		x86_shift_imm(a, w, digit, dst, insn->imm & (w == W ? 63 : 31));
	else
		emit_shift(j, w, digit, dst, src);
	/* a 32-bit shift by 0 leaves the upper half on this host */
	if (!op && w == D)
		x86_mov(a, D, dst, dst);
}

static void tr_mul(struct jit *j, const struct insn *insn, u8 code)
{
	enum x86_width w = BPF_CLASS(code) == BPF_ALU64;
	enum x86_reg by = host_reg[insn->src];

	if (BPF_SRC(code) == BPF_K) {
		by = TMP;
		x86_mov_imm(&j->x86, TMP, (u64)insn->imm);
	}
	x86_rr(&j->x86, w, 0x0faf, host_reg[insn->dst], by);
}

/* Quotients and remainders: the key says of which rows that they are signed. */
static void tr_div(struct jit *j, u32 idx, const struct insn *insn, u8 code)
{
	if (insn_infos[insn->op].key) {
		emit_stepped(j, idx);
		return;
	}
	if (BPF_SRC(code) == BPF_K)
		x86_mov_imm(&j->x86, ADDR, (u64)insn->imm);
	else
		x86_mov(&j->x86, W, ADDR, host_reg[insn->src]);
	emit_divide(j, BPF_CLASS(code) == BPF_ALU64, BPF_OP(code) == BPF_MOD, host_reg[insn->dst]);
}

static void tr_mov(struct jit *j, const struct insn *insn, u8 code)
{
	enum x86_reg dst = host_reg[insn->dst], src = host_reg[insn->src];
	enum x86_width w = BPF_CLASS(code) == BPF_ALU64;
	struct x86 *a = &j->x86;

	switch (insn_infos[insn->op].key) {
	case 8:
		x86_rr(a, w, 0x0fbe, dst, src);
		break;
	case 16:
		x86_rr(a, w, 0x0fbf, dst, src);
		break;
	case 32:
		x86_rr(a, W, 0x63, dst, src);
		break;
	default:
		x86_mov(a, w, dst, src);
	}
}

static void tr_end(struct jit *j, const struct insn *insn, u8 code)
{
	bool swap = BPF_CLASS(code) == BPF_ALU64 || BPF_SRC(code) == BPF_TO_BE;
	enum x86_reg dst = host_reg[insn->dst];
	s32 bits = insn_infos[insn->op].key;
	struct x86 *a = &j->x86;

	if (swap && bits == 16) {
		x86_byte(a, 0x66);
		x86_shift_imm(a, D, X_ROL, dst, 8);
	} else if (swap) { /* bswap */
		x86_byte(a, 0x40 | (bits == 64) << 3 | dst >> 3);
		x86_byte(a, 0x0f);
		x86_byte(a, 0xc8 | (dst & 7));
	}
	if (bits == 16)
		x86_rr(a, D, 0x0fb7, dst, dst);
	else if (bits == 32)
		x86_mov(a, D, dst, dst);
}

/* To the kernel's view of an arena pointer; to user space's, where 0 stays 0. */
static void tr_cast(struct jit *j, const struct insn *insn)
{
	bool kern = insn->op == OP_CAST_KERN;
	u64 base = kern ? j->prog->arena_kern : j->prog->arena_user & ~0xffffffffULL;
	enum x86_reg dst = host_reg[insn->dst];
	struct x86 *a = &j->x86;
	u8 *zero = NULL;

	x86_mov(a, D, dst, host_reg[insn->src]);
	if (!kern) {
		x86_rr(a, D, 0x85, dst, dst);
		zero = x86_jcc(a, CC_E);
	}
	x86_mov_imm(a, TMP, base);
	x86_rr(a, W, 0x09, TMP, dst);
	if (zero)
		x86_land(a, zero);
}

/* --- jumps --- */

static void jump_to(struct jit *j, u8 *from, u32 to)
{
	if (j->at[to])
		x86_land_at(&j->x86, from, j->x86.start + j->at[to]);
	else
		add_jump(j, (struct jump){ from, to, false });
}

/* Once the jump is taken: backward, a payment may be due before it. */
static void emit_taken(struct jit *j, const struct insn *insn, u32 target)
{
	struct x86 *a = &j->x86;

	if (insn->off < 0) {
		x86_rr(a, W, 0x85, LEFT, LEFT);
		add_detour(j, (struct detour){ x86_jcc(a, CC_S), NULL, j->tick, target, target });
	}
	jump_to(j, x86_jmp(a), target);
}

static void tr_jmp(struct jit *j, u32 idx, const struct insn *insn, u8 code)
{
	static const u8 ccs[16] = {
		[BPF_JEQ >> 4] = CC_E,	 [BPF_JNE >> 4] = CC_NE,  [BPF_JGT >> 4] = CC_A,
		[BPF_JGE >> 4] = CC_AE,	 [BPF_JLT >> 4] = CC_B,	  [BPF_JLE >> 4] = CC_BE,
		[BPF_JSGT >> 4] = CC_G,	 [BPF_JSGE >> 4] = CC_GE, [BPF_JSLT >> 4] = CC_L,
		[BPF_JSLE >> 4] = CC_LE, [BPF_JSET >> 4] = CC_NE,
	};
	enum x86_reg dst = host_reg[insn->dst], src = host_reg[insn->src];
	enum x86_width w = BPF_CLASS(code) == BPF_JMP;
	enum x86_cc cc = ccs[BPF_OP(code) >> 4];
	bool set = BPF_OP(code) == BPF_JSET;
	u32 target = idx + 1 + insn->off;
	struct x86 *a = &j->x86;
	u8 *over;

	settle(j);
	if (BPF_SRC(code) == BPF_X) {
		x86_rr(a, w, set ? 0x85 : 0x39, src, dst);
	} else if (set) {
		x86_rr(a, w, 0xf7, X_TEST, dst);
		x86_bytes(a, (u32)insn->imm, 4);
	} else {
		x86_alu_imm(a, w, X_CMP, dst, (s32)insn->imm);
	}
	if (insn->off >= 0) {
		jump_to(j, x86_jcc(a, cc), target);
		return;
	}
	over = x86_jcc(a, cc ^ 1);
	emit_taken(j, insn, target);
	x86_land(a, over);
}

/* TMP = offset of frame vm->depth from the first, the vm in ADDR */
static void emit_frame(struct jit *j)
{
	x86_rm(&j->x86, D, 0x8b, TMP, ADDR, VM(depth));
	x86_rr(&j->x86, W, 0x69, TMP, TMP); /* imul */
	x86_bytes(&j->x86, sizeof(struct vm_frame), 4);
}

static void tr_may_goto(struct jit *j, u32 idx, const struct insn *insn)
{
	struct x86 *a = &j->x86;
	u8 *over;

	settle(j);
	load_vm(j);
	emit_frame(j);
	x86_rmx(a, D, 0x83, X_CMP, ADDR, TMP, FRAME(may_goto));
	x86_byte(a, 0);
	over = x86_jcc(a, CC_NE);
	emit_taken(j, insn, idx + 1 + insn->off);
	x86_land(a, over);
	x86_rmx(a, D, 0xff, X_DEC, ADDR, TMP, FRAME(may_goto));
}

/* --- calls --- */

static void tr_call_host(struct jit *j, u32 idx, const struct insn *insn)
{
	struct x86 *a = &j->x86;

	settle(j);
	for (s32 i = 0; i < 5; i++)
		x86_rm(a, W, 0x89, host_reg[1 + i], RSP, i * 8);
	x86_rm(a, W, 0x8b, RDI, RSP, FRAME_BYTES);
	x86_rm(a, D, 0xc7, 0, RDI, VM(insn));
	x86_bytes(a, idx, 4);
	x86_mov(a, W, RSI, RSP);
	x86_mov_imm(a, RDX, (u64)insn->imm);
	x86_mov(a, W, RCX, LEFT);
	call_host(j, jit_call);
	load_vm(j);
	unwind_if_dead(j);
	load_left(j);
	for (s32 i = 0; i < 5; i++)
		x86_rm(a, W, 0x8b, host_reg[1 + i], RSP, i * 8);
	load_pages(j);
	if (insn->op == OP_CALL_HELPER) {
		x86_rm(a, W, 0x83, X_CMP, ADDR, VM(tail));
		x86_byte(a, 0);
		land_on(j, x86_jcc(a, CC_NE), j->tail);
	}
}

/* [ADDR + TMP + @at] = @v */
static void emit_frame_imm(struct jit *j, s32 at, u64 v)
{
	x86_rmx(&j->x86, D, 0xc7, 0, ADDR, TMP, at);
	x86_bytes(&j->x86, v, 4);
	x86_rmx(&j->x86, D, 0xc7, 0, ADDR, TMP, at + 4);
	x86_bytes(&j->x86, v >> 32, 4);
}

static void tr_call_sub(struct jit *j, u32 idx, const struct insn *insn)
{
	u32 target = idx + 1 + insn->off;
	struct x86 *a = &j->x86;
	u8 *fits;

	settle(j);
	load_vm(j);
	x86_rm(a, D, 0x83, X_CMP, ADDR, VM(depth));
	x86_byte(a, VM_MAX_DEPTH);
	fits = x86_jcc(a, CC_NE);
	x86_mov(a, W, RDI, ADDR);
	x86_mov_imm(a, RSI, idx);
	call_host(j, jit_too_deep);
	load_vm(j);
	land_on(j, x86_jmp(a), j->unwind);

	x86_land(a, fits);
	emit_frame(j);
	emit_frame_imm(j, FRAME(ret), (uintptr_t)&j->prog->code[idx]);
	emit_frame_imm(j, FRAME(prog), (uintptr_t)j->prog);
	for (s32 i = 0; i < 4; i++)
		x86_rmx(a, W, 0x89, host_reg[6 + i], ADDR, TMP, FRAME(saved) + i * 8);
	x86_rmx(a, D, 0xc7, 0, ADDR, TMP, FRAME(may_goto) + (s32)sizeof(struct vm_frame));
	x86_bytes(a, VM_MAY_GOTO_MAX, 4);
	x86_rm(a, D, 0xff, X_INC, ADDR, VM(depth));
	x86_alu_imm(a, W, X_ADD, RBP, PROG_STACK_BYTES);
	if (insn->off < 0) {
		x86_rr(a, W, 0x85, LEFT, LEFT);
		add_detour(j, (struct detour){ x86_jcc(a, CC_S), a->at, j->tick, target, NO_INSN });
	}
	add_jump(j, (struct jump){ x86_call(a), target, true }); /* it returns the vm in ADDR */

	x86_rm(a, D, 0xff, X_DEC, ADDR, VM(depth));
	emit_frame(j);
	for (s32 i = 0; i < 4; i++)
		x86_rmx(a, W, 0x8b, host_reg[6 + i], ADDR, TMP, FRAME(saved) + i * 8);
	x86_alu_imm(a, W, X_SUB, RBP, PROG_STACK_BYTES);
	x86_mov_imm(a, TMP, (uintptr_t)j->prog); /* a tail call may have changed it */
	x86_rm(a, W, 0x89, TMP, ADDR, VM(prog));
	x86_rr(a, W, 0x85, LEFT, LEFT);
	add_detour(j, (struct detour){ x86_jcc(a, CC_S), a->at, j->tick, idx + 1, NO_INSN });
}

/* --- a program --- */

static struct known known_range(u64 from, u64 span)
{
	return (struct known){ from + span >= from, from, span };
}

static const struct known unknown;

/* 64 bits: what would wrap is not known */
static struct known known_sum(struct known a, struct known b)
{
	u64 from = a.from + b.from, span = a.span + b.span;

	if (!a.is || !b.is || span < a.span)
		return unknown;
	return known_range(from, span);
}

static struct known known_shift(struct known k, u64 by)
{
	u64 end = k.from + k.span;

	return k.is && by < 64 && end << by >> by == end ? known_range(k.from << by, k.span << by) :
							   unknown;
}

/* What an arithmetic row leaves in its register */
static struct known known_alu(const struct jit *j, const struct insn *insn)
{
	struct known dst = j->known[insn->dst], src = j->known[insn->src];
	u64 imm = (u64)insn->imm;

	switch (insn->op) {
	case OP_MOV64_K:
	case OP_LDIMM64_MAP_VALUE:
	case OP_LDIMM64_MAP_IDX_VALUE:
		return known_range(imm, 0);
	case OP_MOV64_X:
		return src;
	case OP_AND64_K:
	case OP_AND32_K:
		return insn->imm >= 0 ? known_range(0, imm) : unknown;
	case OP_MOD64_K:
	case OP_MOD32_K:
		return insn->imm > 0 ? known_range(0, imm - 1) : unknown;
	case OP_ADD64_K:
		return known_sum(dst, known_range(imm, 0));
	case OP_ADD64_X:
		return known_sum(dst, src);
	case OP_LSH64_K:
		return known_shift(dst, imm);
	case OP_LDXB:
		return known_range(0, 0xff);
	case OP_LDXH:
		return known_range(0, 0xffff);
	default:
		return unknown;
	}
}

/* What the row leaves known of its register */
static void learn(struct jit *j, const struct insn *insn, const struct bpf_insn *raw)
{
	bool own_frame = insn_form_of(insn->op) == FORM_INTERNAL && BPF_CLASS(raw->code) == BPF_LDX;
	int reg = own_frame ? insn->dst : insn_written_reg(insn->op, raw);

	if (insn->op == OP_CALL_SUB || insn->op == OP_CALL_HELPER || insn->op == OP_CALL_KFUNC)
		memset(j->known, 0, 6 * sizeof(j->known[0]));
	else if (reg >= 0)
		j->known[reg] = known_alu(j, insn);
}

static void translate(struct jit *j, u32 idx, const struct insn *insn)
{
	u8 code = insn_infos[insn->op].code;
	struct x86 *a = &j->x86;

	switch (insn_form_of(insn->op)) {
	case FORM_ALU_X:
	case FORM_ALU_K:
		if (BPF_OP(code) == BPF_MUL)
			return tr_mul(j, insn, code);
		if (BPF_OP(code) == BPF_DIV || BPF_OP(code) == BPF_MOD)
			return tr_div(j, idx, insn, code);
		return tr_alu(j, insn, code);
	case FORM_NEG:
		return x86_rr(a, BPF_CLASS(code) == BPF_ALU64, 0xf7, X_NEG, host_reg[insn->dst]);
	case FORM_END:
		return tr_end(j, insn, code);
	case FORM_MOV_X:
		return tr_mov(j, insn, code);
	case FORM_MOV_K:
		return x86_mov_imm(a, host_reg[insn->dst],
				   BPF_CLASS(code) == BPF_ALU64 ? (u64)insn->imm : (u32)insn->imm);
	case FORM_LDIMM64:
		return x86_mov_imm(a, host_reg[insn->dst], (u64)insn->imm);
	case FORM_CAST:
		return tr_cast(j, insn);
	case FORM_JMP_X:
	case FORM_JMP_K:
		return tr_jmp(j, idx, insn, code);
	case FORM_JA:
	case FORM_JA32:
		settle(j);
		return emit_taken(j, insn, idx + 1 + insn->off);
	case FORM_MAY_GOTO:
		return tr_may_goto(j, idx, insn);
	case FORM_CALL:
	case FORM_KCALL:
		if (insn->op == OP_CALL_SUB)
			return tr_call_sub(j, idx, insn);
		return tr_call_host(j, idx, insn);
	case FORM_EXIT:
		settle(j);
		x86_mov_imm(a, TMP, idx);
		load_vm(j);
		return emit_return(j);
	case FORM_LDX:
	case FORM_LOAD_ACQ:
		return tr_load(j, idx, insn, code);
	case FORM_STX:
	case FORM_ST:
	case FORM_STORE_REL:
		return tr_store(j, idx, insn, code);
	case FORM_ATOMIC:
	case FORM_FETCH:
	case FORM_CMPXCHG:
		return tr_atomic(j, idx, insn, code);
	default: /* REFUSED, INTERNAL */
		if (!tr_own_frame(j, insn))
			emit_stepped(j, idx);
	}
}

static void find_targets(struct jit *j)
{
	const struct prog *prog = j->prog;

	for (u32 i = 0; i < prog->nr_insns; i++) {
		enum insn_op op = prog->code[i].op;

		if (insn_is_jump(op))
			j->target[i + 1 + prog->code[i].off] = true;
		i += insn_form_of(op) == FORM_LDIMM64;
	}
	for (u32 i = 0; i < prog->nr_subs; i++)
		j->target[prog->subs[i].start] = true;
}

static u32 here(const struct jit *j)
{
	return j->x86.at - j->x86.start;
}

/* Nothing is known of how control came here: by a jump, a call, a tail call (to the first). */
static void emit_target(struct jit *j, u32 idx)
{
	settle(j);
	memset(j->known, 0, sizeof(j->known));
	if (prog_sub_at(j->prog, idx) >= 0) {
		j->native->at[idx] = here(j);
		x86_push(&j->x86, ADDR);
		x86_alu_imm(&j->x86, W, X_SUB, RSP, FRAME_BYTES);
	}
	j->at[idx] = here(j);
}

static void translate_all(struct jit *j)
{
	const struct prog *prog = j->prog;

	for (u32 i = 0; i < prog->nr_insns && !j->failed; i++) {
		const struct insn *insn = &prog->code[i];

		if (j->target[i])
			emit_target(j, i);
		j->pending++;
		translate(j, i, insn);
		learn(j, insn, &prog->raw[i]);
		i += insn_form_of(insn->op) == FORM_LDIMM64;
	}
}

static void emit_detours(struct jit *j)
{
	struct x86 *a = &j->x86;

	for (u32 i = 0; i < j->nr_detours; i++) {
		const struct detour *d = &j->detours[i];

		for (; i + 1 < j->nr_detours && j->detours[i + 1].idx == d->idx &&
		       j->detours[i + 1].back == d->back && j->detours[i + 1].then == d->then;
		     i++)
			x86_land(a, j->detours[i].from);
		x86_land(a, j->detours[i].from);
		x86_mov_imm(a, TMP, d->idx);
		land_on(j, x86_call(a), d->routine);
		if (d->then == NO_INSN)
			land_on(j, x86_jmp(a), d->back);
		else
			jump_to(j, x86_jmp(a), d->then);
	}
	for (u32 i = 0; i < j->nr_jumps; i++) {
		const struct jump *jump = &j->jumps[i];
		const u32 *at = jump->call ? j->native->at : j->at;

		land_on(j, jump->from, a->start + at[jump->to]);
	}
}

/* More than any row takes, its part out of line included */
#define ROW_BYTES 288
#define ROUTINES_BYTES 1024

static bool compile(struct jit *j)
{
	struct prog_native *native = j->native;
	size_t room = (size_t)j->prog->nr_insns * ROW_BYTES + ROUTINES_BYTES;
	u8 *code = jit_code_begin(room);

	if (!code)
		return false;
	j->x86 = (struct x86){ code, code, code + room };
	native->code = code;
	native->enter = (void *)code;
	emit_enter(j);
	emit_step(j);
	emit_tick(j);
	emit_tail(j);
	find_targets(j);
	translate_all(j);
	native->tail_entry = j->at[0];
	emit_detours(j);
	native->bytes = j->x86.at - code;
	return !j->failed && !x86_full(&j->x86) && jit_code_end(code, native->bytes);
}

void jit_compile(struct prog *prog)
{
	struct prog_native *native = calloc(1, sizeof(*native));
	struct jit j = { .prog = prog, .native = native };

	j.at = calloc(prog->nr_insns + 1, sizeof(*j.at));
	j.target = calloc(prog->nr_insns + 1, sizeof(*j.target));
	if (native)
		native->at = calloc(prog->nr_insns, sizeof(*native->at));
	if (native && native->at && j.at && j.target && compile(&j)) {
		prog->native = native;
	} else if (native) {
		free(native->at);
		free(native);
	}
	free(j.at);
	free(j.target);
	free(j.jumps);
	free(j.detours);
}

#else

void jit_compile(struct prog *prog)
{
	vm_state.jit.refused = ENOSYS;
}

#endif

void jit_release(struct prog *prog)
{
	if (!prog->native)
		return;
	jit_code_free(prog->native->code);
	free(prog->native->at);
	free(prog->native);
	prog->native = NULL;
}
