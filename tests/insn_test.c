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
		TEST(test_alu),	       TEST(test_jump),		  TEST(test_memory),
		TEST(test_atomic),     TEST(test_flow),		  TEST(test_every_row),
		TEST(test_round_trip), TEST(test_tail_call),	  TEST(test_tail_call_limit),
		TEST(test_accounting), TEST(test_kernel_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
