// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn_test.c - runs the instruction tests in tests/insn/ and sees to it that every
 * row of the instruction table is executed by at least one of them.
 *
 *	alu.txt, jump.txt   one case a line, see their heads
 *	*.prog              programs:
 *
 *	[name]              starts a case
 *	text                an instruction (comments after #)
 *	mem 00 ff ...       bytes that r1 points to
 *	= value             expected r0
 *	mem= 00 ff ...      expected bytes afterwards
 *	fault KIND          expected fault instead: wild_store, endless, stack, missing, bad_insn
 *	kernel 6.12         profile, the default unless said
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "bpf/interp.h"
#include "prog_fixture.h"

static bool op_seen[NR_OPS];
static int nr_cases, nr_failed;
static char where[512];

static void fail_case(const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s %s\n", where, what, detail);
	nr_failed++;
}

static void expect(const char *what, u64 got, u64 want)
{
	char text[128];

	if (got == want)
		return;
	snprintf(text, sizeof(text), "%s is 0x%llx, not 0x%llx", what, got, want);
	fail_case(text, "");
}

static void see_ops(const struct prog *prog)
{
	for (u32 i = 0; i < prog->nr_insns; i++) {
		enum insn_op op;

		if (prog->raw[i].code && insn_match(&prog->raw[i], NULL, &op) == INSN_OK)
			op_seen[op] = true;
		op_seen[prog->code[i].op] = true;
	}
}

/* --- alu.txt, jump.txt --- */

static bool run_text(const char *text, void *mem, u32 size, u64 *r0)
{
	struct prog *prog;
	int err;

	nr_cases++;
	err = fixture_load(text, &prog);
	if (err) {
		fail_case("does not load:", fx.log);
		return false;
	}
	see_ops(prog);
	*r0 = prog_run_ctx(prog, mem, size, true);
	prog_put(prog);
	return true;
}

static void run_line(char *line)
{
	char *insn = strstr(line, " | "), *want = insn ? strstr(insn + 1, " | ") : NULL;
	char *second = strchr(line, ',');
	char text[512];
	u64 r0;

	if (!want || !second)
		return fail_case("not a case:", line);
	*insn = *want = *second++ = '\0';
	insn += 3;
	want += 3;
	snprintf(text, sizeof(text),
		 strncmp(asm_skip(insn), "if", 2) ?
			 "r2 = %s ll; r3 = %s ll; %s; r0 = r2; exit" :
			 "r2 = %s ll; r3 = %s ll; r0 = 1; %s; r0 = 0; exit",
		 line, second, insn);
	if (!run_text(text, NULL, 0, &r0))
		return;
	expect("result", r0, strtoull(want, NULL, 0));
	if (fx.fault != -1)
		fail_case("fault:", fx.last.what);
}

static FILE *open_cases(const char *name)
{
	const char *root = getenv("KICKSTAND_SRC");
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/insn/%s", root ? root : ".", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	return f;
}

static void run_table(const char *name)
{
	FILE *f = open_cases(name);
	char line[512];

	for (int nr = 1; fgets(line, sizeof(line), f); nr++) {
		snprintf(where, sizeof(where), "%s:%d", name, nr);
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			run_line(line);
	}
	fclose(f);
	assert_int_equal(nr_failed, 0);
}

/* --- *.prog --- */

struct prog_case {
	char text[8192];
	u8 mem[256], mem_after[256];
	int nr_mem, nr_mem_after;
	bool has_result;
	u64 result;
	char fault[32];
	bool open;
};

static int parse_bytes(const char *s, u8 *to)
{
	int nr = 0, used;
	unsigned v;

	for (; sscanf(s, "%x%n", &v, &used) == 1; s += used)
		to[nr++] = v;
	return nr;
}

static int fault_kind(const char *name)
{
	static const char *const names[] = {
		[FAULT_WILD_STORE] = "wild_store", [FAULT_ENDLESS] = "endless",
		[FAULT_MISSING_CALL] = "missing",  [FAULT_STACK] = "stack",
		[FAULT_BAD_INSN] = "bad_insn",
	};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static void run_case(struct prog_case *c)
{
	u64 r0 = 0;

	fx.fault = -1;
	if (!c->open || !run_text(c->text, c->mem, c->nr_mem, &r0))
		return;
	expect("fault", fx.fault, *c->fault ? fault_kind(c->fault) : -1);
	if (c->has_result)
		expect("r0", r0, c->result);
	for (int i = 0; i < c->nr_mem_after; i++)
		expect("byte", c->mem[i], c->mem_after[i]);
}

static void add_line(struct prog_case *c, const char *line)
{
	if (!strncmp(line, "mem=", 4)) {
		c->nr_mem_after = parse_bytes(line + 4, c->mem_after);
	} else if (!strncmp(line, "mem ", 4)) {
		c->nr_mem = parse_bytes(line + 4, c->mem);
	} else if (*line == '=') {
		c->has_result = true;
		c->result = strtoull(line + 1, NULL, 0);
	} else if (!strncmp(line, "fault ", 6)) {
		snprintf(c->fault, sizeof(c->fault), "%s", line + 6);
	} else if (!strncmp(line, "kernel ", 7)) {
		profile_use(profile_find(line + 7));
	} else {
		strcat(strcat(c->text, line), "\n");
	}
}

static void run_programs(const char *name)
{
	static struct prog_case c;
	FILE *f = open_cases(name);
	char line[512];

	memset(&c, 0, sizeof(c));
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "#\n")] = '\0';
		for (size_t n = strlen(line); n && isspace((unsigned char)line[n - 1]); n--)
			line[n - 1] = '\0';
		if (*line == '[') {
			run_case(&c);
			memset(&c, 0, sizeof(c));
			c.open = true;
			profile_use(profile_default());
			snprintf(where, sizeof(where), "%s %s", name, line);
		} else if (*asm_skip(line)) {
			add_line(&c, asm_skip(line));
		}
	}
	run_case(&c);
	fclose(f);
	assert_int_equal(nr_failed, 0);
}

/* --- tests --- */

static void test_alu(void **state)
{
	run_table("alu.txt");
}

static void test_jump(void **state)
{
	run_table("jump.txt");
}

static void test_memory(void **state)
{
	run_programs("memory.prog");
}

static void test_atomic(void **state)
{
	run_programs("atomic.prog");
}

static void test_flow(void **state)
{
	run_programs("flow.prog");
}

/* Rows that no program can hold, or that need more of a machine than there is here. */
static bool exempt(enum insn_op op)
{
	switch (op) {
	case OP_CALL_KFUNC:
	case OP_LDIMM64_MAP_FD:
	case OP_LDIMM64_MAP_VALUE:
	case OP_LDIMM64_MAP_IDX:
	case OP_LDIMM64_MAP_IDX_VALUE:
	case OP_LDIMM64_BTF_ID:
	case OP_CAST_KERN:
	case OP_CAST_USER:
		return true; /* check_test.c */
	default:
		return insn_form_of(op) == FORM_REFUSED;
	}
}

static void test_every_row(void **state)
{
	for (int op = 0; op < NR_OPS; op++)
		if (!op_seen[op] && !exempt(op))
			fail_case("no test executes", insn_infos[op].name);
	assert_int_equal(nr_failed, 0);
	assert_true(nr_cases >= 150);
	print_message("# %d cases\n", nr_cases);
}

/* --- each row, built from the table --- */

/* @op on r2 and r3, or on r2 and @imm */
static struct bpf_insn row_insn(enum insn_op op, s16 off, s32 imm)
{
	struct bpf_insn insn[2];

	asm_sample(op, insn);
	if (insn->dst_reg == ASM_DST)
		insn->dst_reg = 2;
	if (insn->src_reg == ASM_SRC)
		insn->src_reg = 3;
	if (insn->off == ASM_OFF)
		insn->off = off;
	if (insn->imm == ASM_IMM)
		insn->imm = imm;
	return *insn;
}

/* What is before and after it, each a text: 0, or as it is refused. */
static int try_around(const char *before, struct bpf_insn insn, const char *after,
		      struct prog **prog)
{
	struct bpf_insn insns[64];
	union bpf_attr attr;
	int nr = asm_text(before, insns, 32), err;

	insns[nr++] = insn;
	nr += asm_text(after, insns + nr, 16);
	fixture_attr(&attr, insns, nr);
	err = prog_load(&attr, sizeof(attr), prog);
	if (!err)
		see_ops(*prog);
	return err;
}

static struct prog *load_around(const char *before, struct bpf_insn insn, const char *after)
{
	struct prog *prog = NULL;

	if (try_around(before, insn, after, &prog))
		fail_msg("%s: %s", where, fx.log);
	return prog;
}

static const u64 edges[] = {
	0, 1, 7, 63, 0x7f, 0x80000000, 0xffffffff, 1ULL << 32, INT64_MAX, 1ULL << 63, ~0ULL,
};
static const s32 imms[] = { 0, 1, 7, 32, -1, INT32_MIN };

#define GET_OPERANDS "r2 = *(u64 *)(r1 +0); r3 = *(u64 *)(r1 +8);"

/* A division by 0, a shift by what the width has not. */
static bool is_refused_constant(enum insn_op op, s32 imm)
{
	u8 code = insn_infos[op].code;
	u32 bits = BPF_CLASS(code) == BPF_ALU64 ? 64 : 32;

	switch (BPF_OP(code)) {
	case BPF_DIV:
	case BPF_MOD:
		return !imm;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return (u32)imm >= bits;
	default:
		return false;
	}
}

/* A row with immediate @imm, run on all pairs, gives what constants are folded to. */
static void run_alu_row(enum insn_op op, s32 imm, bool from_src)
{
	struct prog *prog;
	int err = try_around(GET_OPERANDS, row_insn(op, 0, imm), "r0 = r2; exit", &prog);

	if (!from_src && is_refused_constant(op, imm))
		return expect("refused", -err, EINVAL);
	expect("loaded", -err, 0);
	for (u32 i = 0; i < ARRAY_SIZE(edges) * ARRAY_SIZE(edges); i++) {
		u64 args[] = { edges[i / ARRAY_SIZE(edges)], edges[i % ARRAY_SIZE(edges)] };

		expect("result", prog_run_args(prog, args, 2),
		       insn_eval_alu(op, args[0], from_src ? args[1] : (u64)(s64)imm));
	}
	prog_put(prog);
}

static void run_jmp_row(enum insn_op op, s32 imm, bool from_src)
{
	struct prog *prog =
		load_around(GET_OPERANDS "r0 = 1;", row_insn(op, 1, imm), "r0 = 0; exit");

	for (u32 i = 0; i < ARRAY_SIZE(edges) * ARRAY_SIZE(edges); i++) {
		u64 args[] = { edges[i / ARRAY_SIZE(edges)], edges[i % ARRAY_SIZE(edges)] };

		expect("taken", prog_run_args(prog, args, 2),
		       insn_eval_jmp(op, args[0], from_src ? args[1] : (u64)(s64)imm));
	}
	prog_put(prog);
}

enum operand { SRC, IMM, NONE };

static void run_row(enum insn_op op, enum operand operand,
		    void (*run)(enum insn_op op, s32 imm, bool from_src))
{
	snprintf(where, sizeof(where), "%s", insn_infos[op].name);
	for (u32 i = 0; i < (operand == IMM ? ARRAY_SIZE(imms) : 1); i++)
		run(op, imms[i], operand == SRC);
}

static void test_folded_as_run(void **state)
{
#define INSN_ALU(name, code, form, key, text, bits, operand, expr) \
	run_row(OP_##name, operand, run_alu_row);
#define INSN_JMP(name, code, form, text, bits, operand, cond) \
	run_row(OP_##name, operand, run_jmp_row);
#include "bpf/insn.def"
	assert_int_equal(nr_failed, 0);
}

/* operands with which it jumps, or does not */
static void find_operands(enum insn_op op, enum operand operand, bool jumps, u64 *args, s32 *imm)
{
	for (u32 i = 0; i < ARRAY_SIZE(edges); i++) {
		for (u32 j = 0; j < ARRAY_SIZE(imms); j++) {
			args[0] = edges[i];
			args[1] = (u64)(s64)(*imm = imms[j]);
			if (insn_eval_jmp(op, args[0], args[1]) == jumps)
				return;
		}
	}
	fail_msg("%s: always the same", where);
}

#define ROUNDS 3000

/* Backward as long as it is taken: each round is three instructions, paid for on the way. */
static void run_backward(enum insn_op op, enum operand operand, bool jumps)
{
	struct prog *prog;
	u64 args[2];
	s32 imm;

	snprintf(where, sizeof(where), "%s backward", insn_infos[op].name);
	find_operands(op, operand, jumps, args, &imm);
	prog = load_around(GET_OPERANDS
			   "r4 = 3000; goto pc+1;"
			   "r4 += -1; if r4 == 0x0 goto pc+1;",
			   row_insn(op, -3, imm), "r0 = r4; exit");
	fx.charges = 0;
	expect("rounds left", prog_run_args(prog, args, 2), jumps ? 0 : ROUNDS);
	if (jumps)
		assert_in_range(fx.charges, 3 * ROUNDS / PROG_CHARGE_INSNS,
				3 * ROUNDS / PROG_CHARGE_INSNS + 1);
	else
		expect("payments", fx.charges, 1);
	prog_put(prog);
}

static void test_backward(void **state)
{
#define INSN_JMP(name, code, form, text, bits, operand, cond) \
	run_backward(OP_##name, operand, true);               \
	run_backward(OP_##name, operand, false);
#include "bpf/insn.def"
	assert_int_equal(nr_failed, 0);
}

/* --- accesses --- */

enum access { LOADS, STORES, EXCHANGES };

struct access_row {
	enum insn_op op;
	enum access kind;
	u32 size;
	bool is_signed;
};

static const struct access_row access_rows[] = {
#define INSN_LOAD(name, code, form, key, dates, text, type) \
	{ OP_##name, LOADS, sizeof(type), BPF_MODE(code) == BPF_MEMSX },
#define INSN_STORE(name, code, form, key, dates, text, type, operand) \
	{ OP_##name, STORES, sizeof(type), false },
#define INSN_ATOMIC(name, code, form, key, text, type, builtin) \
	{ OP_##name, EXCHANGES, sizeof(type), false },
#include "bpf/insn.def"
};

#define STORED 0x1122334455667788ULL
#define DROPPED 7 /* what the program returns when nothing was loaded */

/* r0 after @row's access at @addr: what was loaded, else DROPPED */
static u64 run_access(const struct access_row *row, u64 addr, u64 arena_user, u64 arena_kern)
{
	struct bpf_insn insn = row_insn(row->op, 0, (s32)STORED);
	struct prog *prog;
	u64 r0;

	/* r2 is the address, but for a load it is where the value goes */
	if (row->kind == LOADS) {
		insn.src_reg = 1;
		insn.dst_reg = 2;
	} else {
		insn.dst_reg = 1;
		if (insn.src_reg)
			insn.src_reg = 3;
	}
	snprintf(where, sizeof(where), "%s at 0x%llx", insn_infos[row->op].name, addr);
	prog = load_around("r1 = *(u64 *)(r1 +0); r0 = 7; r2 = 7; r3 = 0x1122334455667788 ll;",
			   insn, "r0 = r2; exit");
	prog->arena_user = arena_user;
	prog->arena_kern = arena_kern;
	fx.fault = -1;
	r0 = prog_run_args(prog, &addr, 1);
	prog_put(prog);
	return r0;
}

static u64 expect_loaded(const struct access_row *row, u64 bytes)
{
	u32 shift = 64 - 8 * row->size;

	if (row->kind != LOADS)
		return DROPPED;
	return row->is_signed ? (u64)((s64)(bytes << shift) >> shift) : bytes << shift >> shift;
}

/* Bytes of 0xf7 at @at: they are read, or others are there afterwards. */
static void expect_done(const struct access_row *row, u8 *at, u64 addr, u64 user, u64 kern)
{
	u8 bytes[10], before[10];

	memset(at - 1, 0xf7, 10);
	memcpy(before, at - 1, 10);
	expect("r0", run_access(row, addr, user, kern), expect_loaded(row, 0xf7f7f7f7f7f7f7f7));
	expect("fault", fx.fault, -1);
	memcpy(bytes, at - 1, 10);
	if (bytes[0] != 0xf7 || memcmp(bytes + 1 + row->size, before, 9 - row->size))
		fail_case("changed its neighbours", "");
	if (row->op == OP_CMPXCHG32 || row->op == OP_CMPXCHG64)
		return; /* r0 is not what is there */
	if (!memcmp(bytes, before, 10) != (row->kind == LOADS))
		fail_case("changed the wrong thing:", row->kind == LOADS ? "memory" : "nothing");
}

static void expect_fault(const struct access_row *row, u64 addr)
{
	bool faults = row->kind != LOADS;

	expect("r0", run_access(row, addr, 0, 0), 0);
	expect("fault", fx.fault, faults ? FAULT_WILD_STORE : -1);
	if (!faults)
		return;
	expect("address", fx.last.addr, addr);
	expect("size", fx.last.size, row->size);
}

static void test_access(void **state)
{
	u8 *heap = region_alloc(ZONE_HEAP, 2 * REGION_PAGE_SIZE, REGION_PAGE_SIZE);
	u8 *end = heap + REGION_PAGE_SIZE;
	u64 hole = REGION_BASE + ((u64)ZONE_ARENA << REGION_ZONE_SHIFT);

	for (u32 i = 0; i < ARRAY_SIZE(access_rows); i++) {
		const struct access_row *row = &access_rows[i];

		expect_done(row, heap + 16, (uintptr_t)heap + 16, 0, 0);
		expect_fault(row, 0x1000);
		expect("dropped", run_access(row, hole, 0, 0), row->kind == LOADS ? 0 : DROPPED);
		expect("fault", fx.fault, -1);
		/* as if the program had an arena: its user address, without a cast */
		expect_done(row, heap + 16, (7ULL << 32) | (u32)(uintptr_t)(heap + 16), 7ULL << 32,
			    (uintptr_t)heap & ~0xffffffffULL);
		if (row->size == 1)
			continue;
		if (row->kind == EXCHANGES)
			expect_fault(row, (uintptr_t)heap + 17);
		else
			expect_done(row, end - 1, (uintptr_t)end - 1, 0, 0);
	}
	assert_int_equal(nr_failed, 0);
}

/* Kernel objects are written where the kernel lets programs, by each instruction that stores. */
static void test_kernel_object_rows(void **state)
{
	u8 *obj = region_alloc(ZONE_KOBJ, 64, 0);

	for (u32 i = 0; i < ARRAY_SIZE(access_rows); i++) {
		const struct access_row *row = &access_rows[i];

		fx.store_ok = (uintptr_t)obj + 16;
		expect_done(row, obj + 16, (uintptr_t)obj + 16, 0, 0);
		memset(obj, 0, 64);
		expect_fault(row, (uintptr_t)obj + 24);
		for (u32 b = 0; b < 64; b++)
			expect("byte", obj[b], 0);
	}
	assert_int_equal(nr_failed, 0);
}

static struct bpf_insn frame_insn(const struct access_row *row, int off)
{
	struct bpf_insn insn = row_insn(row->op, 0, 0);

	snprintf(where, sizeof(where), "%s at r10%+d", insn_infos[row->op].name, off);
	insn.off = off;
	if (row->kind == LOADS)
		insn.src_reg = BPF_REG_10;
	else
		insn.dst_reg = BPF_REG_10;
	return insn;
}

/* one byte outside of the frame: refused, but where it is not reached it is nothing */
static void expect_outside(const struct access_row *row, int off)
{
	struct bpf_insn insn = frame_insn(row, off);
	struct prog *prog;

	expect("refused", -try_around("r0 = 0; r3 = 0;", insn, "exit", &prog), EACCES);
	prog = load_around("r0 = 5; if r0 == 0x5 goto pc+1;", insn, "exit");
	expect("checked when it runs", prog->code[2].op, row->op);
	expect("r0", prog_run_args(prog, NULL, 0), 5);
	prog_put(prog);
}

/* Through r10, where the first and the last bytes of the frame are. */
static void test_ends_of_frame(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(access_rows); i++) {
		const struct access_row *row = &access_rows[i];
		int last = -(int)row->size;
		struct prog *prog;

		for (int off = -PROG_STACK_BYTES; off; off = off == last ? 0 : last) {
			prog = load_around("r0 = 0; r3 = 0;", frame_insn(row, off), "r0 = 0; exit");
			fx.fault = -1;
			expect("r0", prog_run_args(prog, NULL, 0), 0);
			expect("fault", fx.fault, -1);
			prog_put(prog);
		}
		expect_outside(row, -PROG_STACK_BYTES - 1);
		expect_outside(row, last + 1);
	}
	assert_int_equal(nr_failed, 0);
}

/* --- the disassembler --- */

/* What is disassembled is what was assembled, for each row. */
static void test_round_trip(void **state)
{
	for (int op = 0; op < NR_OPS; op++) {
		enum insn_form form = insn_form_of(op);
		struct bpf_insn in[2] = { 0 }, out[2] = { 0 };
		char text[128];

		if (form == FORM_INTERNAL || form == FORM_REFUSED || form == FORM_LDIMM64 ||
		    op == OP_CALL_HELPER || op == OP_CALL_KFUNC)
			continue;
		asm_sample(op, in);
		disasm_insn(in, NULL, text, sizeof(text));
		assert_int_equal(asm_line(strchr(text, ')') + 1, out), 1);
		assert_memory_equal(in, out, sizeof(*in));
	}
}

/* The subprogram's frame is handed on; its caller goes on with what the target returns. */
static void test_tail_call(void **state)
{
	struct prog *prog, *target;
	u64 args[] = { 30, 12 };

	assert_int_equal(fixture_load("r0 = *(u64 *)(r1 +0); r1 = *(u64 *)(r1 +8); r0 += r1; exit",
				      &target),
			 0);
	assert_int_equal(fixture_load("r6 = 1000; call pc+2; r0 += r6; exit;"
				      "r6 = 7; call 5004; r0 = 99; exit",
				      &prog),
			 0);
	fx_tail_target = target;
	assert_int_equal(prog_run_args(prog, args, 2), 1042);
	assert_int_equal(fx.fault, -1);
	assert_int_equal(prog_insns_run(prog), 2 + 2 + 4 + 2);
	prog_put(prog);
	prog_put(target);
}

/* A program that goes on with itself is stopped at the 33rd time, not before. */
static void test_tail_call_limit(void **state)
{
	struct prog *prog;

	assert_int_equal(fixture_load("call 5004; call 5005; exit", &prog), 0);
	fx_tail_target = prog;
	assert_int_equal(prog_run_args(prog, NULL, 0), VM_TAIL_CALLS_MAX + 2);
	prog_put(prog);
}

/* Every instruction is counted once and paid for, whatever path was taken. */
static void test_accounting(void **state)
{
	struct prog *prog;
	u64 loop = 10000;

	assert_int_equal(fixture_load("r6 = *(u64 *)(r1 +0); r2 = 0x100000000 ll; call pc+3;"
				      "r6 += -1; if r6 != 0x0 goto pc-2; exit; r0 = 3; exit",
				      &prog),
			 0);
	prog_run_ctx(prog, &loop, sizeof(loop), false);
	/* 3 before the loop, 2 in the subprogram, 2 for each round, 1 exit */
	assert_int_equal(prog_insns_run(prog), 3 + 2 + 2 * loop + 1);
	assert_int_equal(fx.charged, prog_insns_run(prog));
	assert_in_range(fx.charges, 2 * loop / PROG_CHARGE_INSNS, 2 * loop / PROG_CHARGE_INSNS + 2);
	prog_put(prog);
}

static void test_kernel_objects(void **state)
{
	u64 *obj = region_alloc(ZONE_KOBJ, 64, 0), arg = (uintptr_t)obj;
	struct prog *prog;

	assert_int_equal(fixture_load("r1 = *(u64 *)(r1 +0); r0 = *(u64 *)(r1 +8); r2 = 5;"
				      "*(u64 *)(r1 +0) = r2; exit",
				      &prog),
			 0);
	obj[1] = 77;
	fx.store_ok = arg;
	assert_int_equal(prog_run_args(prog, &arg, 1), 77);
	assert_int_equal(obj[0], 5);
	assert_int_equal(fx.fault, -1);
	fx.store_ok = 0;
	obj[0] = 1;
	assert_int_equal(prog_run_args(prog, &arg, 1), 0);
	assert_int_equal(fx.fault, FAULT_WILD_STORE);
	assert_int_equal(fx.last.insn, 3);
	assert_int_equal(obj[0], 1);
	prog_put(prog);
}

static int setup(void **state)
{
	nr_failed = 0;
	return fixture_setup();
}

static int teardown(void **state)
{
	fixture_teardown();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alu),		  TEST(test_jump),	     TEST(test_memory),
		TEST(test_atomic),	  TEST(test_flow),	     TEST(test_every_row),
		TEST(test_round_trip),	  TEST(test_tail_call),	     TEST(test_tail_call_limit),
		TEST(test_accounting),	  TEST(test_kernel_objects), TEST(test_folded_as_run),
		TEST(test_backward),	  TEST(test_access),	     TEST(test_kernel_object_rows),
		TEST(test_ends_of_frame),
	};

	int failed = cmocka_run_group_tests_name("native code", tests, NULL, NULL);

	fx_env.interpret = true;
	return failed + cmocka_run_group_tests_name("interpreted", tests, NULL, NULL);
}
