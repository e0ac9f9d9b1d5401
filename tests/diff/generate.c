// SPDX-License-Identifier: GPL-2.0-only
/*
 * generate.c - a random program is a main function and some that it calls, each a
 * list of items: arithmetic, memory accesses, branches and loops around more items.
 *
 * What makes the verifier content: between two items r0 to r9 hold scalars (less
 * those that an item around has `taken`), and all of the frame's `scratch` is
 * initialised. Pointers live inside of one item only. So nothing that depends on
 * an address is ever computed with, and kernels can be compared bit by bit.
 *
 *	main's frame, downward from r10:
 *	-8	the context's address
 *	-16	r0 to r9 as they are at the end
 *	-96	scratch
 *
 * At the end the main function copies its frame to the context, word by word.
 */
#include <string.h>
#include "generate.h"
#include "rows.h"

#define MAIN_SCRATCH_WORDS 24
#define SUB_SCRATCH_WORDS 8
#define SUBS_MAX 3
#define CALLS_MAX 24

#define CTX_SLOT (-8)
#define DUMP_TOP (-16)
#define MAIN_SCRATCH (-88 - 8 * MAIN_SCRATCH_WORDS)
/* of the context: inputs, then outputs */
#define NR_IN (10 + MAIN_SCRATCH_WORDS)
#define OUT_WORD (NR_IN + 6)
#define NR_OUT (10 + MAIN_SCRATCH_WORDS)

struct gen {
	struct program *p;
	struct prng rng;
	u16 taken;   /* registers that are not for items to change */
	s16 scratch; /* offset of the frame's lowest scratch byte */
	u32 scratch_bytes;
	int sub; /* 0: main */
	int nr_subs;
	int depth; /* of items in items */
	struct {
		u32 insn;
		int sub;
	} call[CALLS_MAX];
	u32 nr_calls;
	bool sub_takes_stack[SUBS_MAX + 1]; /* r1 of this function is a pointer */
};

static u64 below(struct gen *g, u64 n)
{
	return prng_below(&g->rng, n);
}

static bool one_in(struct gen *g, u64 n)
{
	return !below(g, n);
}

/* --- values --- */

u64 edge_value(struct prng *rng)
{
	static const u64 edges[] = {
		0,
		1,
		2,
		3,
		7,
		8,
		15,
		16,
		31,
		32,
		33,
		63,
		64,
		65,
		127,
		128,
		255,
		256,
		0x7fff,
		0x8000,
		0xffff,
		0x10000,
		0x7fffffff,
		0x80000000,
		0x80000001,
		0xfffffffe,
		0xffffffff,
		0x100000000,
		0x100000001,
		0x7fffffffffffffff,
		0x8000000000000000,
		0x8000000000000001,
		0x80000000ffffffff,
		0xffffffff00000000,
		0xffffffff7fffffff,
		0xffffffff80000000,
		0x5555555555555555,
		0xaaaaaaaaaaaaaaaa,
		0x0102030405060708,
	};
	u64 v = edges[prng_below(rng, ARRAY_SIZE(edges))];

	switch (prng_below(rng, 8)) {
	case 0:
		return -v;
	case 1:
		return ~v;
	case 2:
		return v << prng_below(rng, 64);
	case 3:
		return prng_u64(rng);
	case 4:
		return prng_u64(rng) >> prng_below(rng, 64);
	default:
		return v;
	}
}

static s32 edge_imm(struct gen *g)
{
	return (s32)edge_value(&g->rng);
}

/* --- registers --- */

static u8 any_reg(struct gen *g)
{
	return below(g, 10);
}

/* one that an item may change */
static u8 free_reg(struct gen *g)
{
	u8 r;

	do {
		r = any_reg(g);
	} while (g->taken >> r & 1);
	return r;
}

static u8 take_reg(struct gen *g)
{
	u8 r = free_reg(g);

	g->taken |= 1 << r;
	return r;
}

static s16 scratch_slot(struct gen *g, u32 size)
{
	return g->scratch + size * below(g, g->scratch_bytes / size);
}

/* Make a scalar of @r, which was a pointer or is not initialised. */
static void reset_reg(struct gen *g, u8 r)
{
	switch (below(g, 3)) {
	case 0:
		emit_mov_imm(g->p, r, edge_imm(g));
		break;
	case 1:
		emit_imm64(g->p, r, edge_value(&g->rng));
		break;
	default:
		emit_load(g->p, BPF_DW, r, BPF_REG_10, scratch_slot(g, 8));
	}
	g->taken &= ~(1 << r);
}

/* --- arithmetic --- */

static void emit_alu(struct gen *g, const struct row *row)
{
	u8 dst = free_reg(g);

	switch (row->form) {
	case FORM_ALU_X:
	case FORM_MOV_X:
		emit(g->p, row->code, dst, any_reg(g), row->key, 0);
		break;
	case FORM_ALU_K:
	case FORM_MOV_K:
		emit(g->p, row->code, dst, 0, row->key, row_imm(row, edge_imm(g)));
		break;
	case FORM_END:
		emit(g->p, row->code, dst, 0, 0, row->key);
		break;
	default: /* FORM_NEG */
		emit(g->p, row->code, dst, 0, 0, 0);
	}
}

static void item_alu(struct gen *g)
{
	emit_alu(g, row_any(&g->rng, ROWS_ALU));
}

static void item_imm64(struct gen *g)
{
	emit_imm64(g->p, free_reg(g), edge_value(&g->rng));
}

/* --- memory --- */

/* where an access goes: a register, and offsets from there that are in bounds */
struct place {
	u8 reg;
	s16 lo;
	u32 bytes;
	bool aligned; /* misaligned accesses are refused, or differ by host */
	bool frame;   /* of a function: what is there the verifier may know */
};

static s16 offset_in(struct gen *g, const struct place *at, u32 size, bool aligned)
{
	u32 step = aligned || at->aligned ? size : 1;

	return at->lo + step * below(g, (at->bytes - size) / step + 1);
}

static void emit_access(struct gen *g, const struct row *row, const struct place *at)
{
	u32 size = row_size(row);
	s16 off = offset_in(g, at, size, row_is_atomic(row));

	switch (row->form) {
	case FORM_LDX:
		emit(g->p, row->code, free_reg(g), at->reg, off, 0);
		break;
	case FORM_LOAD_ACQ:
		emit(g->p, row->code, free_reg(g), at->reg, off, row->key);
		break;
	case FORM_STX:
		emit(g->p, row->code, at->reg, any_reg(g), off, 0);
		break;
	case FORM_ST:
		emit(g->p, row->code, at->reg, 0, off, edge_imm(g));
		break;
	case FORM_FETCH:
		emit(g->p, row->code, at->reg, free_reg(g), off, row->key);
		break;
	default:
		emit(g->p, row->code, at->reg, any_reg(g), off, row->key);
	}
}

/*
 * Not to be emitted: a store of the pointer itself, a cmpxchg whose r0 is taken. And
 * not what fetches from the frame: verifiers (6.18's) do not follow such a value back
 * to the store it came from, take two states for the same, and remove code that runs.
 */
static bool is_bad(const struct gen *g, const struct row *row, const struct place *at,
		   const struct bpf_insn *in)
{
	bool fetches = row->form == FORM_FETCH || row->form == FORM_CMPXCHG;
	bool loads = row->form == FORM_LDX || row->form == FORM_LOAD_ACQ;

	return (in->src_reg == at->reg && !loads && row->form != FORM_ST) ||
	       (row->form == FORM_CMPXCHG && g->taken & 1) || (fetches && at->frame);
}

static void access_some(struct gen *g, const struct place *at, bool atomics)
{
	for (int n = 1 + below(g, 3); n; n--) {
		const struct row *row =
			row_any(&g->rng, atomics && one_in(g, 2) ? ROWS_ATOMIC : ROWS_MEMORY);
		u32 before = g->p->nr;

		emit_access(g, row, at);
		if (is_bad(g, row, at, &g->p->insn[before]))
			g->p->nr = before;
	}
}

static struct place own_scratch(const struct gen *g)
{
	return (struct place){ BPF_REG_10, g->scratch, g->scratch_bytes, true, true };
}

static void item_stack(struct gen *g)
{
	struct place at = own_scratch(g);

	access_some(g, &at, true);
}

/* Add an unknown but bounded multiple of @align to pointer @p. */
static u32 add_variable(struct gen *g, u8 p, u32 align)
{
	u8 r = free_reg(g);
	u32 mask = 0x38 | (align == 1 ? 7 : 0);

	emit(g->p, BPF_ALU | BPF_AND | BPF_K, r, 0, 0, mask);
	emit(g->p, BPF_ALU64 | BPF_ADD | BPF_X, p, r, 0, 0);
	return mask;
}

static void item_stack_pointer(struct gen *g)
{
	struct place at = own_scratch(g);
	bool variable = at.bytes > 64 && one_in(g, 2);
	u8 p = take_reg(g);

	emit_mov_reg(g->p, p, BPF_REG_10);
	if (variable)
		at.bytes -= add_variable(g, p, 8);
	at.reg = p;
	access_some(g, &at, !variable); /* the verifier wants to know where atomics go */
	reset_reg(g, p);
}

static void item_map(struct gen *g)
{
	u8 p = take_reg(g);
	struct place at = { p, 0, PROGRAM_MAP_BYTES, false };
	u32 off = 8 * below(g, 4);
	bool odd = false;

	emit_map_value(g->p, p, off);
	at.bytes -= off;
	if (one_in(g, 2)) {
		at.aligned = one_in(g, 2);
		odd = !at.aligned;
		at.bytes -= add_variable(g, p, odd ? 1 : 8);
	}
	access_some(g, &at, !odd); /* atomics want alignment */
	reset_reg(g, p);
}

/* Only the main function has the context; no atomics there. */
static void item_ctx(struct gen *g)
{
	struct place at = { 0, 0, 8 * NR_IN, true };

	if (g->sub)
		return;
	at.reg = take_reg(g);
	emit_load(g->p, BPF_DW, at.reg, BPF_REG_10, CTX_SLOT);
	access_some(g, &at, false);
	reset_reg(g, at.reg);
}

/* --- control flow --- */

static void items(struct gen *g, int nr);

static u32 emit_condition(struct gen *g)
{
	const struct row *row = row_any(&g->rng, ROWS_JMP);

	return row->form == FORM_JMP_X ? emit(g->p, row->code, any_reg(g), any_reg(g), 0, 0) :
					 emit(g->p, row->code, any_reg(g), 0, 0, edge_imm(g));
}

static u32 emit_goto(struct gen *g)
{
	return emit(g->p, (one_in(g, 2) ? BPF_JMP : BPF_JMP32) | BPF_JA, 0, 0, 0, 0);
}

static void item_if(struct gen *g)
{
	u32 skip = emit_condition(g), over;

	items(g, 1 + below(g, 3));
	if (one_in(g, 2)) {
		over = emit_goto(g);
		emit_land(g->p, skip);
		items(g, 1 + below(g, 3));
		emit_land(g->p, over);
	} else {
		emit_land(g->p, skip);
	}
}

/* Down to zero in a register that the body does not touch; may_goto leads out, too. */
static void item_loop(struct gen *g)
{
	u8 count = take_reg(g);
	bool may = one_in(g, 3);
	u32 head, way_out = 0, back;

	emit_mov_imm(g->p, count, 1 + below(g, 4));
	head = g->p->nr;
	if (may)
		way_out = emit(g->p, BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, 0, 0);
	items(g, 1 + below(g, 3));
	emit_add_imm(g->p, count, -1);
	back = emit(g->p, BPF_JMP | BPF_JNE | BPF_K, count, 0, 0, 0);
	g->p->insn[back].off = (s32)head - (s32)back - 1;
	if (may)
		emit_land(g->p, way_out);
	g->taken &= ~(1 << count);
}

/*
 * r1 to r5 must be free; afterwards they hold nothing. A function calls only those
 * behind it, so that there is no recursion.
 */
static void item_call(struct gen *g)
{
	int to = g->sub + 1 + below(g, SUBS_MAX);

	if (to > g->nr_subs || g->taken & 0x3f || g->nr_calls == CALLS_MAX)
		return item_alu(g);
	if (g->sub_takes_stack[to]) {
		emit_mov_reg(g->p, BPF_REG_1, BPF_REG_10);
		emit_add_imm(g->p, BPF_REG_1, g->scratch);
	}
	g->call[g->nr_calls].sub = to;
	g->call[g->nr_calls++].insn = emit(g->p, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	for (u8 r = BPF_REG_1; r <= BPF_REG_5; r++)
		reset_reg(g, r);
}

static void item(struct gen *g)
{
	switch (below(g, g->depth < 3 ? 20 : 15)) {
	case 0 ... 8:
		return item_alu(g);
	case 9:
		return item_imm64(g);
	case 10 ... 11:
		return item_stack(g);
	case 12:
		return item_stack_pointer(g);
	case 13:
		return item_map(g);
	case 14:
		return item_ctx(g);
	case 15 ... 17:
		return item_if(g);
	case 18:
		return item_loop(g);
	default:
		return item_call(g);
	}
}

static void items(struct gen *g, int nr)
{
	g->depth++;
	while (nr--)
		item(g);
	g->depth--;
}

/* --- functions --- */

static void main_begin(struct gen *g)
{
	struct program *p = g->p;

	emit_store(p, BPF_DW, BPF_REG_10, CTX_SLOT, BPF_REG_1);
	for (int w = 0; w < MAIN_SCRATCH_WORDS; w++) {
		emit_load(p, BPF_DW, BPF_REG_0, BPF_REG_1, 8 * (10 + w));
		emit_store(p, BPF_DW, BPF_REG_10, MAIN_SCRATCH + 8 * w, BPF_REG_0);
	}
	for (u8 r = 0; r < 10; r++)
		if (r != BPF_REG_1)
			emit_load(p, BPF_DW, r, BPF_REG_1, 8 * r);
	emit_load(p, BPF_DW, BPF_REG_1, BPF_REG_1, 8);
}

static void copy_out(struct program *p, int word, s16 from)
{
	emit_load(p, BPF_DW, BPF_REG_2, BPF_REG_10, from);
	emit_store(p, BPF_DW, BPF_REG_1, 8 * (OUT_WORD + word), BPF_REG_2);
}

static void main_end(struct gen *g)
{
	struct program *p = g->p;

	for (u8 r = 0; r < 10; r++)
		emit_store(p, BPF_DW, BPF_REG_10, DUMP_TOP - 8 * r, r);
	emit_load(p, BPF_DW, BPF_REG_1, BPF_REG_10, CTX_SLOT);
	for (u8 r = 0; r < 10; r++)
		copy_out(p, r, DUMP_TOP - 8 * r);
	for (int w = 0; w < MAIN_SCRATCH_WORDS; w++)
		copy_out(p, 10 + w, MAIN_SCRATCH + 8 * w);
	emit_exit(p);
}

/* r1 is a pointer into the caller's frame: write there, read from there */
static void use_callers_stack(struct gen *g)
{
	struct place at = { BPF_REG_1, 0, 8 * SUB_SCRATCH_WORDS, true, true };

	g->taken |= 1 << BPF_REG_1;
	for (int n = 1 + below(g, 3); n; n--)
		access_some(g, &at, true);
	reset_reg(g, BPF_REG_1);
}

static void sub_begin(struct gen *g)
{
	static const u8 empty[] = { 0, 6, 7, 8, 9 };

	for (int w = 0; w < SUB_SCRATCH_WORDS; w++) {
		if (one_in(g, 2))
			emit(g->p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, g->scratch + 8 * w,
			     edge_imm(g));
		else
			emit_store(g->p, BPF_DW, BPF_REG_10, g->scratch + 8 * w,
				   BPF_REG_2 + below(g, 4));
	}
	for (u32 i = 0; i < ARRAY_SIZE(empty); i++)
		reset_reg(g, empty[i]);
	if (g->sub_takes_stack[g->sub])
		use_callers_stack(g);
}

static void function(struct gen *g, int sub)
{
	g->sub = sub;
	g->depth = 0;
	g->taken = 0;
	g->scratch = sub ? -8 * SUB_SCRATCH_WORDS : MAIN_SCRATCH;
	g->scratch_bytes = 8 * (sub ? SUB_SCRATCH_WORDS : MAIN_SCRATCH_WORDS);
	for (u32 i = 0; sub && i < g->nr_calls; i++)
		if (g->call[i].sub == sub)
			emit_land(g->p, g->call[i].insn);
	if (sub)
		sub_begin(g);
	else
		main_begin(g);
	items(g, sub ? 3 + below(g, 8) : 10 + below(g, 30));
	if (sub)
		emit_exit(g->p);
	else
		main_end(g);
}

static bool is_called(const struct gen *g, int sub)
{
	for (u32 i = 0; i < g->nr_calls; i++)
		if (g->call[i].sub == sub)
			return true;
	return false;
}

void generate(struct program *p, u64 seed, u64 nr)
{
	struct gen g = { .p = p };

	program_init(p, "");
	prng_init(&g.rng, seed, nr);
	p->ctx_words = OUT_WORD + NR_OUT;
	for (int w = 0; w < NR_IN; w++)
		p->ctx[w] = edge_value(&g.rng);
	for (u32 i = 0; i < PROGRAM_MAP_BYTES; i++)
		p->map[i] = prng_u64(&g.rng);
	g.nr_subs = below(&g, SUBS_MAX + 1);
	for (int s = 1; s <= g.nr_subs; s++)
		g.sub_takes_stack[s] = one_in(&g, 2);
	for (int s = 0; s <= g.nr_subs; s++)
		if (!s || is_called(&g, s))
			function(&g, s);
}
