// SPDX-License-Identifier: GPL-2.0-only
/*
 * evaluate.c - executes struct bpf_insn as RFC 9669 describes it, field by field.
 *
 * It shares no table, macro or type of the decoder with src/bpf, and is built the
 * other way round: no decoding, a width as a number, values masked. Slow and plain.
 * Two things are not in the RFC but in the kernel: load_acquire and store_release,
 * and may_goto, which here never runs out (programs end their loops themselves).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "evaluate.h"

#define STEPS_MAX 1000000
#define FRAMES 8
#define FRAME_BYTES 512

struct run {
	const struct program *p;
	struct outcome *out;
	uint64_t reg[11];
	uint32_t pc;
	uint32_t depth;
	struct {
		uint32_t ret;
		uint64_t kept[5]; /* r6 to r10 */
	} call[FRAMES];
	uint8_t stack[FRAMES][FRAME_BYTES];
	const char *wrong;
};

/* --- numbers of a width --- */

static uint64_t low(uint64_t v, int bits)
{
	return bits == 64 ? v : v & ((1ULL << bits) - 1);
}

static int64_t as_signed(uint64_t v, int bits)
{
	uint64_t sign = 1ULL << (bits - 1);

	return (int64_t)((low(v, bits) ^ sign) - sign);
}

static uint64_t swap_bytes(uint64_t v, int bits)
{
	uint64_t swapped = 0;

	for (int at = 0; at < bits; at += 8)
		swapped |= (v >> at & 0xff) << (bits - 8 - at);
	return swapped;
}

/* magnitudes divide; the signs are put back afterwards: rounds towards zero */
static uint64_t magnitude(int64_t v)
{
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static uint64_t divide_signed(int64_t a, int64_t b)
{
	uint64_t q = magnitude(a) / magnitude(b);

	return (a < 0) != (b < 0) ? -q : q;
}

static uint64_t remainder_signed(int64_t a, int64_t b)
{
	uint64_t r = magnitude(a) % magnitude(b);

	return a < 0 ? -r : r;
}

/* --- arithmetic: sections 4.1 and 4.2 --- */

static uint64_t swap(const struct run *run, const struct bpf_insn *in)
{
	uint64_t v = run->reg[in->dst_reg];
	bool to_big = in->code & 0x08, always = (in->code & 0x07) == 0x07;

	return low(always || to_big ? swap_bytes(v, in->imm) : v, in->imm);
}

static uint64_t divide(uint64_t d, uint64_t s, bool is_signed, int bits)
{
	if (!low(s, bits))
		return 0;
	return is_signed ? divide_signed(as_signed(d, bits), as_signed(s, bits)) :
			   low(d, bits) / low(s, bits);
}

static uint64_t modulo(uint64_t d, uint64_t s, bool is_signed, int bits)
{
	if (!low(s, bits))
		return d;
	return is_signed ? remainder_signed(as_signed(d, bits), as_signed(s, bits)) :
			   low(d, bits) % low(s, bits);
}

static void arithmetic(struct run *run, const struct bpf_insn *in)
{
	int bits = (in->code & 0x07) == 0x07 ? 64 : 32;
	uint64_t d = run->reg[in->dst_reg], v;
	uint64_t s = in->code & 0x08 ? run->reg[in->src_reg] : (uint64_t)(int64_t)in->imm;
	int count = s & (bits - 1);

	switch (in->code >> 4) {
	case 0x0:
		v = d + s;
		break;
	case 0x1:
		v = d - s;
		break;
	case 0x2:
		v = d * s;
		break;
	case 0x3:
		v = divide(d, s, in->off == 1, bits);
		break;
	case 0x4:
		v = d | s;
		break;
	case 0x5:
		v = d & s;
		break;
	case 0x6:
		v = low(d, bits) << count;
		break;
	case 0x7:
		v = low(d, bits) >> count;
		break;
	case 0x8:
		v = -d;
		break;
	case 0x9:
		v = modulo(d, s, in->off == 1, bits);
		break;
	case 0xa:
		v = d ^ s;
		break;
	case 0xb:
		v = in->off ? (uint64_t)as_signed(s, in->off) : s;
		break;
	case 0xc:
		v = (uint64_t)(as_signed(d, bits) >> count);
		break;
	case 0xd:
		run->reg[in->dst_reg] = swap(run, in);
		return;
	default:
		run->wrong = "arithmetic that RFC 9669 does not have";
		return;
	}
	run->reg[in->dst_reg] = low(v, bits);
}

/* --- jumps: section 4.3 --- */

static bool holds(const struct run *run, const struct bpf_insn *in)
{
	int bits = (in->code & 0x07) == 0x05 ? 64 : 32;
	uint64_t d = low(run->reg[in->dst_reg], bits);
	uint64_t s =
		low(in->code & 0x08 ? run->reg[in->src_reg] : (uint64_t)(int64_t)in->imm, bits);
	int64_t sd = as_signed(d, bits), ss = as_signed(s, bits);

	switch (in->code >> 4) {
	case 0x1:
		return d == s;
	case 0x2:
		return d > s;
	case 0x3:
		return d >= s;
	case 0x4:
		return (d & s) != 0;
	case 0x5:
		return d != s;
	case 0x6:
		return sd > ss;
	case 0x7:
		return sd >= ss;
	case 0xa:
		return d < s;
	case 0xb:
		return d <= s;
	case 0xc:
		return sd < ss;
	case 0xd:
		return sd <= ss;
	default:
		return false;
	}
}

static void call(struct run *run, const struct bpf_insn *in)
{
	if (in->src_reg != 1 || run->depth + 1 == FRAMES) {
		run->wrong = "a call of something else than a function, or too many";
		return;
	}
	run->call[run->depth].ret = run->pc;
	memcpy(run->call[run->depth].kept, run->reg + 6, sizeof(run->call[0].kept));
	run->depth++;
	run->reg[10] = (uintptr_t)(run->stack[run->depth] + FRAME_BYTES);
	run->pc += in->imm;
}

/* false: the program is over */
static bool leave(struct run *run)
{
	if (!run->depth)
		return false;
	run->depth--;
	run->pc = run->call[run->depth].ret;
	memcpy(run->reg + 6, run->call[run->depth].kept, sizeof(run->call[0].kept));
	return true;
}

static bool jump(struct run *run, const struct bpf_insn *in)
{
	switch (in->code) {
	case 0x05:
		run->pc += in->off;
		return true;
	case 0x06:
		run->pc += in->imm;
		return true;
	case 0x85:
		call(run, in);
		return true;
	case 0x95:
		return leave(run);
	case 0xe5: /* may_goto */
		return true;
	default:
		if (holds(run, in))
			run->pc += in->off;
		return true;
	}
}

/* --- memory: section 5 --- */

static bool within(uint64_t addr, int size, const void *start, size_t bytes)
{
	return addr >= (uintptr_t)start && addr + size <= (uintptr_t)start + bytes;
}

static uint8_t *at(struct run *run, uint64_t addr, int size)
{
	if (!within(addr, size, run->out->ctx, sizeof(run->out->ctx)) &&
	    !within(addr, size, run->out->map, sizeof(run->out->map)) &&
	    !within(addr, size, run->stack, sizeof(run->stack))) {
		run->wrong = "an access to memory that is not the program's";
		return NULL;
	}
	return (uint8_t *)(uintptr_t)addr;
}

static int bytes_of(const struct bpf_insn *in)
{
	static const int bytes[] = { 4, 2, 1, 8 };

	return bytes[in->code >> 3 & 3];
}

static uint64_t get(const uint8_t *p, int size)
{
	uint64_t v = 0;

	for (int i = 0; i < size; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static void put(uint8_t *p, int size, uint64_t v)
{
	for (int i = 0; i < size; i++)
		p[i] = v >> 8 * i;
}

static void load(struct run *run, const struct bpf_insn *in)
{
	int size = bytes_of(in);
	const uint8_t *p = at(run, run->reg[in->src_reg] + in->off, size);

	if (!p)
		return;
	run->reg[in->dst_reg] = get(p, size);
	if (in->code >> 5 == 4) /* MEMSX */
		run->reg[in->dst_reg] = as_signed(get(p, size), 8 * size);
}

static void store(struct run *run, const struct bpf_insn *in, uint64_t v)
{
	uint8_t *p = at(run, run->reg[in->dst_reg] + in->off, bytes_of(in));

	if (p)
		put(p, bytes_of(in), v);
}

/* section 5.3; what is in memory afterwards */
static uint64_t combine(const struct run *run, int32_t op, uint64_t old, uint64_t s, int bits)
{
	switch (op & ~1) {
	case 0x00:
		return old + s;
	case 0x40:
		return old | s;
	case 0x50:
		return old & s;
	case 0xa0:
		return old ^ s;
	case 0xe0:
		return s;
	case 0xf0:
		return old == low(run->reg[0], bits) ? s : old;
	default:
		return old;
	}
}

static void atomic(struct run *run, const struct bpf_insn *in)
{
	int size = bytes_of(in);
	uint64_t s = run->reg[in->src_reg], old;
	uint8_t *p;

	if (in->imm == 0x100) { /* load_acquire: from src, zero-extended */
		load(run, in);
		return;
	}
	if (in->imm == 0x110) { /* store_release */
		store(run, in, s);
		return;
	}
	p = at(run, run->reg[in->dst_reg] + in->off, size);
	if (!p)
		return;
	old = get(p, size);
	put(p, size, combine(run, in->imm, old, s, 8 * size));
	if (in->imm == 0xf1)
		run->reg[0] = old;
	else if (in->imm & 1)
		run->reg[in->src_reg] = old;
}

/* Class ST, STX or LDX by mode. */
static void memory(struct run *run, const struct bpf_insn *in)
{
	switch (in->code & 0x07) {
	case 0x01:
		load(run, in);
		break;
	case 0x02:
		store(run, in, (uint64_t)(int64_t)in->imm);
		break;
	default:
		if (in->code >> 5 == 6)
			atomic(run, in);
		else
			store(run, in, run->reg[in->src_reg]);
	}
}

/* section 5.4 */
static void immediate(struct run *run, const struct bpf_insn *in)
{
	uint64_t v = (uint32_t)in[0].imm | (uint64_t)(uint32_t)in[1].imm << 32;

	if (in->src_reg == 2)
		v = (uintptr_t)run->out->map + (uint32_t)in[1].imm;
	run->reg[in->dst_reg] = v;
	run->pc++;
}

static bool step(struct run *run)
{
	const struct bpf_insn *in = &run->p->insn[run->pc++];

	switch (in->code & 0x07) {
	case 0x00:
		immediate(run, in);
		return true;
	case 0x01:
	case 0x02:
	case 0x03:
		memory(run, in);
		return true;
	case 0x04:
	case 0x07:
		arithmetic(run, in);
		return true;
	default:
		return jump(run, in);
	}
}

bool evaluate(const struct program *p, struct outcome *out)
{
	static struct run run;
	uint32_t pc = 0;

	memset(&run, 0, sizeof(run));
	memcpy(out->ctx, p->ctx, sizeof(out->ctx));
	memcpy(out->map, p->map, sizeof(out->map));
	run.p = p;
	run.out = out;
	run.reg[1] = (uintptr_t)out->ctx;
	run.reg[10] = (uintptr_t)(run.stack[0] + FRAME_BYTES);
	for (int n = 0; !run.wrong; n++) {
		pc = run.pc;
		if (pc >= p->nr || n == STEPS_MAX)
			run.wrong = pc >= p->nr ? "a jump out of the program" :
						  "a loop without end";
		else if (!step(&run))
			break;
	}
	out->retval = run.reg[0];
	if (run.wrong)
		fprintf(stderr, "# %s: instruction %" PRIu32 ": %s\n", p->name, pc, run.wrong);
	return !run.wrong;
}
