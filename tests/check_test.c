// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_test.c - what PROG_LOAD refuses, and in which words; what it lets through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bpf/btf.h>
#include <unistd.h>

#include "abi/btf.h"
#include "bpf/btf_object.h"
#include "bpf/map.h"
#include "prog_fixture.h"

/* --- the machine: a few types, kfuncs, hooks --- */

static struct btf_types types;
static s32 id_allowed, id_denied, id_absent, id_sleepy, id_locked, id_var, id_no_var;
static s32 id_trace, id_other_typedef, id_lsm, id_iter, id_ops;

static u64 answer(struct vm *vm, const u64 *a)
{
	return 42;
}

static int deny(const struct kfunc *kf, const struct prog *prog)
{
	return -EACCES;
}

static const struct kfunc kfuncs[] = {
	{ .name = "ct_allowed", .fn = answer },
	{ .name = "ct_denied", .fn = answer, .allow = deny },
	{ .name = "ct_sleepy", .fn = answer, .flags = KF_SLEEPABLE },
	{ .name = "ct_locked", .fn = answer, .flags = KF_PREEMPT_IRQ },
};

static s32 add_func(const char *name, s32 proto)
{
	return btf__add_func(types.btf, name, BTF_FUNC_GLOBAL, proto);
}

static void make_types(void)
{
	s32 i32, proto, ptr;

	types.btf = btf__new_empty();
	i32 = btf__add_int(types.btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(types.btf, i32);
	ptr = btf__add_ptr(types.btf, proto);
	id_allowed = add_func("ct_allowed", proto);
	id_denied = add_func("ct_denied", proto);
	id_absent = add_func("ct_absent", proto);
	id_sleepy = add_func("ct_sleepy", proto);
	id_locked = add_func("ct_locked", proto);
	id_lsm = add_func("bpf_lsm_file_open", proto);
	id_iter = add_func("bpf_iter_task", proto);
	id_var = btf__add_var(types.btf, "runqueues", BTF_VAR_GLOBAL_ALLOCATED, i32);
	id_no_var = btf__add_var(types.btf, "no_such", BTF_VAR_GLOBAL_ALLOCATED, i32);
	id_trace = btf__add_typedef(types.btf, "btf_trace_sched_switch", ptr);
	id_other_typedef = btf__add_typedef(types.btf, "other_t", ptr);
	id_ops = btf__add_struct(types.btf, "ct_ops", 24);
	btf__add_field(types.btf, "dispatch", ptr, 0, 0);
	btf__add_field(types.btf, "flags", i32, 64, 0);
	btf__add_field(types.btf, "hidden", ptr, 128, 0);
	fx_env.types = &types;
}

static u64 ksym_var(const char *name)
{
	return strcmp(name, "runqueues") ? 0 : REGION_BASE;
}

static bool sleepable_target(const char *func)
{
	return !strcmp(func, "bpf_lsm_file_open");
}

static int struct_ops_member(const char *type, const char *member, bool sleepable, bool *private)
{
	if (strcmp(type, "ct_ops"))
		return -ENOTSUPP;
	return strcmp(member, "hidden") ? 0 : -EINVAL;
}

static u32 nullable_args; /* bit n: argument n may be NULL */

static u32 struct_ops_nullable(const char *type, const char *member)
{
	return nullable_args;
}

static bool no_target(const char *func)
{
	return false;
}

static int setup(void **state)
{
	static bool registered;

	if (fixture_setup())
		return -1;
	if (!registered)
		kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
	registered = true;
	make_types();
	fx_env.ksym_var = ksym_var;
	fx_env.target_sleepable = sleepable_target;
	fx_env.struct_ops_member = struct_ops_member;
	fx_env.struct_ops_nullable = struct_ops_nullable;
	fx_env.target_modifiable = no_target;
	return 0;
}

static int teardown(void **state)
{
	fixture_teardown();
	btf__free(types.btf);
	return 0;
}

/* --- loading --- */

static struct bpf_insn code[FIXTURE_INSNS_MAX];
static union bpf_attr attr;

static void prepare(const char *text)
{
	int nr = asm_text(text, code, FIXTURE_INSNS_MAX);

	assert_true(nr >= 0);
	fixture_attr(&attr, code, nr);
}

static int load(void)
{
	struct prog *prog = NULL;
	int err = prog_load(&attr, sizeof(attr), &prog);

	if (!err)
		prog_put(prog);
	return err;
}

static void refused(int err, const char *words)
{
	int got = load();

	if (got != err || !strstr(fx.log, words))
		fail_msg("errno %d, log:\n%s\nnot %d, '%s'", got, fx.log, err, words);
}

static void accepted(void)
{
	int got = load();

	if (got)
		fail_msg("errno %d, log:\n%s", got, fx.log);
}

static void text_refused(const char *text, int err, const char *words)
{
	prepare(text);
	refused(err, words);
}

static void text_accepted(const char *text)
{
	prepare(text);
	accepted();
}

/* One instruction, then exit. */
static void insn_refused(struct bpf_insn insn, int err, const char *words)
{
	prepare("r0 = 0; r0 = 0; exit");
	code[0] = insn;
	refused(err, words);
}

#define KCALL(id)           \
	((struct bpf_insn){ \
		.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = id })

/* --- single instructions --- */

static void test_opcodes(void **state)
{
	insn_refused((struct bpf_insn){ .code = 0xff }, -EINVAL, "unknown opcode ff");
	insn_refused((struct bpf_insn){ .code = 0 }, -EINVAL, "unknown opcode 00");
	insn_refused((struct bpf_insn){ .code = BPF_LD | BPF_ABS | BPF_W }, -EINVAL,
		     "LD_ABS is not supported");
	insn_refused((struct bpf_insn){ .code = BPF_LD | BPF_IND | BPF_H }, -EINVAL,
		     "LD_IND is not supported");
	insn_refused((struct bpf_insn){ .code = BPF_JMP | BPF_JA | BPF_X }, -EINVAL,
		     "gotox is not supported");
	prepare("r0 = load_acquire((u64 *)(r10 -8)); exit");
	accepted();
	profile_use(profile_find("6.12"));
	refused(-EINVAL, "unknown opcode db");
}

static void test_reserved_fields(void **state)
{
	static const struct {
		struct bpf_insn insn;
		const char *words;
	} cases[] = {
		{ { .code = BPF_ALU64 | BPF_ADD | BPF_X, .imm = 1 }, "BPF_ALU uses reserved" },
		{ { .code = BPF_ALU64 | BPF_ADD | BPF_K, .src_reg = 1 }, "BPF_ALU uses reserved" },
		{ { .code = BPF_ALU | BPF_ADD | BPF_K, .off = 1 }, "BPF_ALU uses reserved" },
		{ { .code = BPF_ALU | BPF_DIV | BPF_K, .off = 2 }, "BPF_ALU uses reserved" },
		{ { .code = BPF_ALU64 | BPF_NEG, .imm = 1 }, "BPF_NEG uses reserved" },
		{ { .code = BPF_ALU | BPF_END, .imm = 8 }, "BPF_END uses reserved" },
		{ { .code = BPF_ALU64 | BPF_END, .imm = 16, .off = 1 }, "BPF_END uses reserved" },
		{ { .code = BPF_ALU64 | BPF_MOV | BPF_X, .off = 7 }, "BPF_MOV uses reserved" },
		{ { .code = BPF_ALU | BPF_MOV | BPF_X, .off = 32 }, "BPF_MOV uses reserved" },
		{ { .code = BPF_ALU64 | BPF_MOV | BPF_X, .off = 1, .imm = 2 },
		  "addr_space_cast insn can only convert between address space 1 and 0" },
		{ { .code = BPF_ALU64 | BPF_MOV | BPF_X, .off = 1 },
		  "addr_space_cast insn can only convert between address space 1 and 0" },
		{ { .code = BPF_LDX | BPF_MEM | BPF_W, .imm = 1 }, "BPF_LDX uses reserved" },
		{ { .code = BPF_STX | BPF_MEM | BPF_W, .imm = 1 }, "BPF_STX uses reserved" },
		{ { .code = BPF_ST | BPF_MEM | BPF_W, .src_reg = 1 }, "BPF_ST uses reserved" },
		{ { .code = BPF_STX | BPF_ATOMIC | BPF_DW, .imm = 0x55 },
		  "BPF_ATOMIC uses invalid atomic opcode 55" },
		{ { .code = BPF_STX | BPF_ATOMIC | BPF_B, .imm = BPF_ADD },
		  "BPF_ATOMIC uses invalid atomic opcode 00" },
		{ { .code = BPF_JMP | BPF_JEQ | BPF_X, .imm = 1 }, "BPF_JMP/JMP32 uses reserved" },
		{ { .code = BPF_JMP32 | BPF_JEQ | BPF_K, .src_reg = 1 }, "BPF_JMP/JMP32 uses" },
		{ { .code = BPF_JMP | BPF_JA, .imm = 1 }, "BPF_JA uses reserved" },
		{ { .code = BPF_JMP32 | BPF_JA, .off = 1 }, "BPF_JA uses reserved" },
		{ { .code = BPF_JMP | BPF_JCOND, .src_reg = 1 }, "invalid may_goto imm 0" },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = 3 }, "BPF_CALL uses reserved" },
		{ { .code = BPF_JMP | BPF_CALL, .off = 3, .imm = 1 }, "BPF_CALL uses reserved" },
		{ { .code = BPF_JMP | BPF_EXIT, .imm = 1 }, "BPF_EXIT uses reserved" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		insn_refused(cases[i].insn, -EINVAL, cases[i].words);
}

/* Only where it can be reached, as the kernel's. */
static void test_immediates(void **state)
{
	text_refused("r0 = 1; r0 <<= 64; exit", -EINVAL, "invalid shift 64");
	text_refused("r0 = 1; w0 >>= 32; exit", -EINVAL, "invalid shift 32");
	text_refused("r0 = 1; r0 s>>= -1; exit", -EINVAL, "invalid shift -1");
	text_refused("r0 = 1; r0 /= 0; exit", -EINVAL, "div by zero");
	text_refused("r0 = 1; w0 s%= 0; exit", -EINVAL, "div by zero");
	prepare("r0 = 1; if r0 == 0x1 goto pc+1; r0 /= 0; exit");
	accepted();
	prepare("r0 = 1; r0 <<= 63; w0 >>= 31; exit");
	accepted();
}

static void test_registers(void **state)
{
	insn_refused((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 11 },
		     -EINVAL, "R11 is invalid");
	insn_refused((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .src_reg = 15 },
		     -EINVAL, "R15 is invalid");
	text_refused("r10 = 0; exit", -EACCES, "frame pointer is read only");
	text_refused("r10 = *(u64 *)(r1 +0); exit", -EACCES, "frame pointer is read only");
	text_refused("r10 = atomic64_fetch_add((u64 *)(r1 +0), r10); exit", -EACCES,
		     "frame pointer is read only");
	text_accepted("*(u64 *)(r10 -8) = r10; r0 = 0; exit");
}

static void test_ldimm64(void **state)
{
	insn_refused((struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW }, -EINVAL,
		     "invalid bpf_ld_imm64 insn");
	prepare("r0 = 0x1 ll; exit");
	code[0].src_reg = 9;
	refused(-EINVAL, "unrecognized bpf_ld_imm64 insn");
	prepare("r0 = 0x1 ll; exit");
	code[0].off = 1;
	refused(-EINVAL, "BPF_LD_IMM64 uses reserved fields");
	prepare("r0 = 0x1 ll; exit");
	attr.insn_cnt = 1;
	refused(-EINVAL, "invalid bpf_ld_imm64 insn");
}

/* --- structure --- */

static void test_jumps(void **state)
{
	text_refused("goto pc+1; exit", -EINVAL, "jump out of range from insn 0 to 2");
	text_refused("goto pc-2; exit", -EINVAL, "jump out of range from insn 0 to -1");
	text_refused("gotol pc+100000; exit", -EINVAL, "jump out of range from insn 0 to 100001");
	text_refused("goto pc+1; r0 = 0x1 ll; exit", -EINVAL,
		     "jump into the middle of ldimm64 insn 2");
	text_refused("r0 = 0", -EINVAL, "last insn is not an exit or jmp");
	text_refused("r0 = 0x1 ll", -EINVAL, "last insn is not an exit or jmp");
	text_refused("r0 = 0; if r0 == 0x0 goto pc-2", -EINVAL, "last insn is not an exit or jmp");
	/* out of the main program into a subprogram */
	text_refused("call pc+2; goto pc+2; exit; r0 = 0; exit", -EINVAL,
		     "jump out of range from insn 1 to 4");
	/* code that nobody reaches is no error */
	text_accepted("r0 = 0; exit; r0 = 1; exit");
	text_accepted("goto pc-1");
}

static void test_calls(void **state)
{
	text_refused("call pc+5; exit", -EINVAL, "call to invalid destination");
	text_refused("call pc-3; exit", -EINVAL, "call to invalid destination");
	text_refused("r1 = func +9; exit", -EINVAL, "call to invalid destination");
	text_refused("call pc+2; exit; r0 = 0x1 ll; exit", -EINVAL,
		     "jump into the middle of ldimm64 insn 3");
	text_refused("call pc+1; exit; call pc-1; exit", -EINVAL, "recursive call to");
	text_accepted("r1 = func +3; r0 = 0; exit; r1 = func -1; r0 = 0; exit");
}

static void test_subprogs(void **state)
{
	static char text[64 * 1024];

	/* nine frames */
	*text = '\0';
	for (int i = 0; i < 8; i++)
		strcat(text, "call pc+1; exit;");
	text_refused(strcat(text, "r0 = 0; exit"), -E2BIG,
		     "the call stack of 8 frames is too deep");
	*text = '\0';
	for (int i = 0; i < 256; i++)
		sprintf(text + strlen(text), "call pc+%d;", 256);
	strcat(text, "exit;");
	for (int i = 0; i < 256; i++)
		strcat(text, "exit;");
	text_refused(text, -E2BIG, "too many subprograms");
}

static void test_stack(void **state)
{
	const char *deep =
		"*(u64 *)(r10 -264) = 1; call pc+2; r0 = 0; exit;"
		"*(u64 *)(r10 -256) = 1; r0 = 0; exit";

	text_refused("*(u64 *)(r10 -520) = 1; r0 = 0; exit", -EACCES,
		     "invalid write to stack R10 off=-520 size=8");
	text_refused("r0 = *(u32 *)(r10 +0); exit", -EACCES,
		     "invalid read from stack R10 off=0 size=4");
	text_refused("r2 = r10; r2 += -4; *(u64 *)(r2 +0) = 1; r0 = 0; exit", -EACCES,
		     "invalid write to stack R2 off=-4 size=8");
	text_accepted("*(u64 *)(r10 -512) = 1; r0 = 0; exit");
	text_refused(deep, -EACCES, "combined stack size of 2 calls is 528. Too large");
	/* since 6.13 a tracepoint's frames of some size lie elsewhere */
	prepare(deep);
	attr.prog_type = BPF_PROG_TYPE_TRACEPOINT;
	accepted();
	profile_use(profile_find("6.12"));
	refused(-EACCES, "combined stack size of 2 calls is 528. Too large");
}

/* --- calls that are missing --- */

static void test_missing(void **state)
{
	text_refused("call 2002000007; exit", -EINVAL,
		     "0: (85) call unknown#2002000007\ninvalid func unknown#2002000007\n");
	text_refused("call 195896080; exit", -EINVAL,
		     "0: (85) call unknown#195896080\ninvalid func unknown#195896080\n");
	text_refused("call 2001000003; exit", -EINVAL, "needs a map that was not created");
	text_refused("call 0; exit", -EINVAL, "invalid func unknown#0");
	text_refused("call 1; exit", -EINVAL,
		     "program of this type cannot use helper bpf_map_lookup_elem#1");
	text_refused("call 5006; exit", -EINVAL, "invalid func unknown#5006");
}

static void test_unreachable(void **state)
{
	/* the branch on an absent kfunc, and its negation */
	text_accepted("r1 = 0x0 ll; if r1 == 0x0 goto pc+1; call 2002000007; r0 = 0; exit");
	text_accepted("r1 = 0x0 ll; if r1 != 0x0 goto pc+2; r0 = 0; exit; call 2002000007; exit");
	text_refused("r1 = 0x1 ll; if r1 == 0x0 goto pc+1; call 2002000007; r0 = 0; exit", -EINVAL,
		     "insn 3: needs a kfunc that this machine's kernel does not have");
	/* unknown to everybody: both ways */
	text_refused("r1 = *(u64 *)(r1 +0); if r1 == 0x0 goto pc+1; call 2002000007; r0 = 0; exit",
		     -EINVAL, "invalid func unknown#2002000007");
	/* through arithmetic, and on the edge of an equality */
	text_accepted(
		"r1 = 4; r1 <<= 2; w1 += -16; if w1 s>= 0x0 goto pc+1; call 7777;"
		"r0 = 0; exit");
	text_accepted(
		"r2 = *(u64 *)(r1 +0); if r2 != 0x7 goto pc+2; if r2 == 0x7 goto pc+1;"
		"call 7777; r0 = 0; exit");
	/* an argument of a static function */
	text_accepted("r1 = 0; call pc+1; exit; if r1 == 0x0 goto pc+1; call 7777; r0 = 0; exit");
	/* two constants meet: the kernel may know, so it is left to run time */
	text_accepted(
		"r2 = *(u64 *)(r1 +0); r3 = 1; if r2 == 0x0 goto pc+1; r3 = 2;"
		"if r3 != 0x5 goto pc+1; call 7777; r0 = 0; exit");
	/* the exit of a loop is reached, however often it goes round */
	text_refused("r1 = 0; r1 += 1; if r1 < 0xa goto pc-2; call 7777; r0 = 0; exit", -EINVAL,
		     "invalid func unknown#7777");
	/* a callback counts as called */
	text_refused("r1 = func +3; r0 = 0; exit; call 7777; exit", -EINVAL,
		     "invalid func unknown#7777");
	/* a subprogram that nobody calls does not */
	text_accepted("goto pc+1; call pc+2; r0 = 0; exit; call 7777; exit");
}

static void test_fault_at_run_time(void **state)
{
	struct prog *prog;
	u64 arg = 0;

	prepare("r2 = *(u64 *)(r1 +0); r3 = 5; if r2 == 0x0 goto pc+1; r3 = 2;"
		"if r3 != 0x5 goto pc+1; call 195896080; r0 = 7; exit");
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_int_equal(prog_run_args(prog, &arg, 1), 0);
	assert_int_equal(fx.fault, FAULT_MISSING_CALL);
	assert_int_equal(fx.last.insn, 5);
	assert_non_null(strstr(fx.last.what, "CO-RE"));
	prog_put(prog);
}

static void kfunc_refused(s32 id, int err, const char *words)
{
	insn_refused(KCALL(id), err, words);
}

static void test_kfuncs(void **state)
{
	struct prog *prog;

	prepare("r0 = 0; exit");
	code[0] = KCALL(id_allowed);
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_int_equal(prog_run_args(prog, NULL, 0), 42);
	prog_put(prog);
	kfunc_refused(id_denied, -EACCES, "calling kernel function ct_denied is not allowed");
	kfunc_refused(id_absent, -EACCES, "calls kfunc ct_absent, which this machine lacks");
	kfunc_refused(id_sleepy, -EACCES,
		      "program must be sleepable to call sleepable kfunc ct_sleepy");
	kfunc_refused(9999, -EINVAL, "kernel btf_id 9999 is not a function");
	kfunc_refused(-1, -EINVAL, "invalid kernel function btf_id -1");
	kfunc_refused(0, -EINVAL, "invalid kernel function call not eliminated");
	prepare("r0 = 0; exit");
	code[0] = KCALL(id_allowed);
	code[0].off = 3;
	refused(-EINVAL, "failed to find BTF for kernel function");
	code[0].off = 0;
	attr.license = (uintptr_t)"Proprietary";
	refused(-EINVAL, "cannot call kernel function from non-GPL compatible program");
	attr.license = (uintptr_t)"Dual BSD/GPL";
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.prog_flags = BPF_F_SLEEPABLE;
	code[0] = KCALL(id_sleepy);
	accepted();
}

/* bpf_spin_lock is 93, bpf_spin_unlock 94: what they do is somebody else's */
static void test_locks(void **state)
{
	bool have = helper_find(BPF_FUNC_spin_lock) != NULL;
	static const struct helper locks[] = {
		{ BPF_FUNC_spin_lock, "bpf_spin_lock", answer, NULL },
		{ BPF_FUNC_spin_unlock, "bpf_spin_unlock", answer, NULL },
	};

	if (!have)
		helper_register(locks, ARRAY_SIZE(locks));
	text_accepted("call 93; r0 = 1; call 94; call 5001; exit");
	text_refused("call 93; call 5001; call 94; exit", -EINVAL,
		     "function calls are not allowed while holding a lock");
	text_refused(
		"call 93; r0 = 0; exit", -EINVAL,
		"BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region");
	prepare("call 93; r0 = 0; call 94; exit");
	code[1] = KCALL(id_allowed);
	refused(-EINVAL, "function calls are not allowed while holding a lock");
	code[1] = KCALL(id_locked);
	accepted();
	/* on some of the ways here only: the kernel follows each, the run will tell */
	text_accepted(
		"r6 = *(u64 *)(r1 +0); if r6 == 0x0 goto pc+1; call 93; call 5001;"
		"if r6 == 0x0 goto pc+1; call 94; r0 = 0; exit");
	/* a static function may end with one held, its caller may not */
	text_accepted("call pc+3; call 94; r0 = 0; exit; call 93; r0 = 0; exit");
	/* a static function may be called, and may do the unlocking */
	text_accepted("call 93; call pc+2; r0 = 0; exit; call 94; r0 = 0; exit");
}

/* --- what immediates stand for --- */

static void test_kernel_symbols(void **state)
{
	struct prog *prog;

	prepare("r0 = 0x0 ll; exit");
	code[0].src_reg = BPF_PSEUDO_BTF_ID;
	code[0].imm = id_var;
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_int_equal(prog_run_args(prog, NULL, 0), REGION_BASE);
	prog_put(prog);
	code[0].imm = id_allowed; /* bpf_ksym_exists() */
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_true(prog_run_args(prog, NULL, 0) != 0);
	prog_put(prog);
	code[0].imm = id_no_var;
	refused(-ENOENT, "ldimm64 failed to find the address for kernel symbol 'no_such'");
	code[0].imm = id_ops;
	refused(-EINVAL, "isn't KIND_VAR or KIND_FUNC");
	code[1].imm = 5;
	refused(-EINVAL, "invalid module BTF object FD specified.");
}

static struct map *make_map(enum bpf_map_type type, u32 value_size, u32 nr, u32 flags, int *fd)
{
	union bpf_attr map_attr = {
		.map_type = type,
		.key_size = type == BPF_MAP_TYPE_ARENA ? 0 : 4,
		.value_size = value_size,
		.max_entries = nr,
		.map_flags = flags,
	};
	struct map *map;

	if (type == BPF_MAP_TYPE_ARENA)
		map_attr.map_extra = 0x100000000000ULL;
	assert_int_equal(map_create(&map_attr, sizeof(map_attr), &map), 0);
	*fd = object_install_fd(&map->obj);
	assert_true(*fd >= 0);
	return map;
}

static void test_maps(void **state)
{
	int fd, many_fd, fds[2] = { -1, -1 };
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 16, 1, 0, &fd);
	struct map *many = make_map(BPF_MAP_TYPE_ARRAY, 16, 5, 0, &many_fd);
	struct prog *prog;

	prepare("r0 = 0x0 ll; exit");
	code[0].src_reg = BPF_PSEUDO_MAP_FD;
	code[0].imm = fd;
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_int_equal(prog_run_args(prog, NULL, 0), map_guest_addr(map));
	prog_put(prog);
	code[0].src_reg = BPF_PSEUDO_MAP_IDX;
	code[0].imm = 1;
	refused(-EPROTO, "fd_idx without fd_array is invalid");
	fds[1] = fd;
	attr.fd_array = (uintptr_t)fds;
	accepted();
	code[0].src_reg = BPF_PSEUDO_MAP_IDX_VALUE;
	code[1].imm = 12;
	accepted();
	code[1].imm = 16;
	refused(-EINVAL, "invalid access to map value pointer, value_size=16 off=16");
	code[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	code[0].imm = many_fd;
	code[1].imm = 0;
	refused(-EINVAL, "no direct value access support for this map type");
	code[0].imm = 987;
	refused(-EBADF, "fd 987 is not pointing to valid bpf_map");
	close(fd);
	close(many_fd);
	map_put(map);
	map_put(many);
}

/* Read-only data that was frozen is constant, as the kernel takes it. */
static void test_frozen_data(void **state)
{
	int fd;
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 16, 1, BPF_F_RDONLY_PROG, &fd);

	prepare("r1 = 0x0 ll; r1 = *(u32 *)(r1 +4); if r1 == 0x0 goto pc+1; call 7777;"
		"r0 = 0; exit");
	code[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	code[0].imm = fd;
	refused(-EINVAL, "invalid func unknown#7777");
	map->frozen = true;
	accepted();
	close(fd);
	map_put(map);
}

static void test_arena(void **state)
{
	int fd;
	struct map *map = make_map(BPF_MAP_TYPE_ARENA, 0, 16, BPF_F_MMAPABLE, &fd);
	struct prog *prog;
	u64 arg = 0x5000;

	text_refused(
		"r0 = addr_space_cast(r1, 0, 1); exit", -EINVAL,
		"addr_space_cast insn can only be used in a program that has an associated arena");
	prepare("r2 = 0x0 ll; r3 = *(u64 *)(r1 +0); r0 = addr_space_cast(r3, 0, 1); exit");
	code[0].src_reg = BPF_PSEUDO_MAP_FD;
	code[0].imm = fd;
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_int_equal(prog_run_args(prog, &arg, 1), map_arena_kern_base(map) + 0x5000);
	arg = 0xabc00000000ULL; /* the first page is a place */
	assert_int_equal(prog_run_args(prog, &arg, 1), map_arena_kern_base(map));
	prog_put(prog);
	prepare("r2 = 0x0 ll; r3 = *(u64 *)(r1 +0); r0 = addr_space_cast(r3, 1, 0); exit");
	code[0].src_reg = BPF_PSEUDO_MAP_FD;
	code[0].imm = fd;
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	arg = 0x5000;
	assert_int_equal(prog_run_args(prog, &arg, 1), 0x100000005000ULL);
	arg = 0xabc00000000ULL; /* back in user space it is NULL */
	assert_int_equal(prog_run_args(prog, &arg, 1), 0);
	prog_put(prog);
	close(fd);
	map_put(map);
}

/* --- targets --- */

static void target(enum bpf_prog_type type, u32 attach_type, u32 btf_id, u32 flags)
{
	prepare("r0 = 0; exit");
	attr.prog_type = type;
	attr.expected_attach_type = attach_type;
	attr.attach_btf_id = btf_id;
	attr.prog_flags = flags;
}

static void test_tracing_targets(void **state)
{
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id_allowed, 0);
	accepted();
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0, 0);
	refused(-EINVAL, "Tracing programs must provide btf_id");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 9999, 0);
	refused(-EINVAL, "attach_btf_id 9999 is invalid");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, id_trace, 0);
	refused(-EINVAL, "is not a function");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id_allowed, BPF_F_SLEEPABLE);
	refused(-EINVAL, "ct_allowed is not sleepable");
	target(BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, id_allowed, 0);
	refused(-EINVAL, "ct_allowed() is not modifiable");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id_trace, 0);
	accepted();
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id_allowed, 0);
	refused(-EINVAL, "is not a typedef");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id_other_typedef, 0);
	refused(-EINVAL, "points to wrong type name other_t");
	target(BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, id_iter, 0);
	accepted();
	target(BPF_PROG_TYPE_TRACING, BPF_XDP, id_allowed, 0);
	refused(-EINVAL, "");
}

static void test_other_targets(void **state)
{
	target(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, id_lsm, 0);
	accepted();
	target(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, id_lsm, BPF_F_SLEEPABLE);
	accepted();
	target(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, id_allowed, 0);
	refused(-EINVAL, "points to wrong type name ct_allowed");
	target(BPF_PROG_TYPE_SYSCALL, 0, 0, 0);
	refused(-EINVAL, "Syscall programs can only be sleepable");
	target(BPF_PROG_TYPE_XDP, 0, 0, BPF_F_SLEEPABLE);
	refused(-EINVAL, "Program of this type cannot be sleepable");
	target(BPF_PROG_TYPE_XDP, 0, id_allowed, 0);
	refused(-EINVAL, "");
	target(BPF_PROG_TYPE_SCHED_CLS, 0, 0, 0);
	accepted();
}

static void test_struct_ops(void **state)
{
	struct prog *prog;

	target(BPF_PROG_TYPE_STRUCT_OPS, 0, id_ops, 0);
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_string_equal(prog_attach_name(prog), "dispatch");
	assert_string_equal(prog_struct_ops_type(prog), "ct_ops");
	prog_put(prog);
	target(BPF_PROG_TYPE_STRUCT_OPS, 1, id_ops, 0);
	refused(-EINVAL, "attach to invalid member flags(@idx 1) of struct ct_ops");
	target(BPF_PROG_TYPE_STRUCT_OPS, 2, id_ops, 0);
	refused(-EINVAL, "attach to unsupported member hidden of struct ct_ops");
	target(BPF_PROG_TYPE_STRUCT_OPS, 3, id_ops, 0);
	refused(-EINVAL, "attach to invalid member idx 3 of struct ct_ops");
	target(BPF_PROG_TYPE_STRUCT_OPS, 0, id_allowed, 0);
	refused(-ENOTSUPP, "is not a supported struct");
	target(BPF_PROG_TYPE_STRUCT_OPS, 0, id_ops, 0);
	attr.license = (uintptr_t)"BSD";
	refused(-EINVAL, "struct ops programs must have a GPL compatible license");
}

/* An argument that may be NULL is compared with it before it is looked through. */
static void test_nullable(void **state)
{
#define ARG "r2 = *(u64 *)(r1 +0); r3 = r2; r0 = 0;"
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ ARG "r0 = *(u64 *)(r2 +0); exit", false },
		{ ARG "*(u64 *)(r2 +0) = 1; exit", false },
		{ ARG "if r2 == 0x0 goto pc+1; r0 = *(u64 *)(r2 +0); exit", true },
		{ ARG "if r2 == 0x0 goto pc+1; r0 = *(u64 *)(r3 +0); exit", true }, /* a copy */
		{ ARG "if r2 != 0x0 goto pc+1; exit; r0 = *(u64 *)(r2 +0); exit", true },
		{ ARG "if r2 != 0x0 goto pc+1; exit; r0 = *(u64 *)(r3 +0); exit", true },
		{ ARG "if r2 == 0x5 goto pc+1; r0 = *(u64 *)(r2 +0); exit", false },
		{ ARG "if r2 != 0x5 goto pc+1; exit; r0 = *(u64 *)(r2 +0); exit", false },
		{ ARG "if w2 == 0x0 goto pc+1; r0 = *(u64 *)(r2 +0); exit",
		  false }, /* half of it */
		{ ARG "if w2 != 0x0 goto pc+1; exit; r0 = *(u64 *)(r2 +0); exit", false },
		{ ARG "if r2 < 0x1 goto pc+1; r0 = *(u64 *)(r2 +0); exit", false },
		{ "r2 = *(u64 *)(r1 +8); r0 = *(u64 *)(r2 +0); exit", true },
		{ "r2 = *(u64 *)(r1 +96); r0 = *(u64 *)(r2 +0); exit", true },
		{ "r2 = *(u64 *)(r1 -8); r0 = *(u64 *)(r2 +0); exit", true },
		{ "r2 = *(u32 *)(r1 +0); r0 = *(u64 *)(r2 +0); exit", true },
	};

	nullable_args = 1;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		prepare(rows[i].text);
		attr.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
		attr.attach_btf_id = id_ops;
		if (rows[i].good)
			accepted();
		else
			refused(-EACCES, "R2 invalid mem access 'trusted_ptr_or_null_'");
	}
	nullable_args = 0;
	prepare(rows[0].text);
	attr.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	attr.attach_btf_id = id_ops;
	accepted();
#undef ARG
}

/* --- attributes, log, debug info --- */

static void test_attributes(void **state)
{
	prepare("r0 = 0; exit");
	attr.insn_cnt = 0;
	refused(-E2BIG, "");
	prepare("r0 = 0; exit");
	attr.prog_flags = 1 << 30;
	refused(-EINVAL, "");
	prepare("r0 = 0; exit");
	attr.prog_type = 4711;
	refused(-EINVAL, "");
	prepare("r0 = 0; exit");
	strcpy(attr.prog_name, "a-b");
	refused(-EINVAL, "");
	prepare("r0 = 0; exit");
	attr.license = 0;
	refused(-EFAULT, "");
	prepare("r0 = 0; exit");
	attr.core_relo_cnt = 1;
	refused(-EOPNOTSUPP, "core_relos");
	prepare("r0 = 0; exit");
	attr.func_info_cnt = 1;
	attr.prog_btf_fd = 987;
	refused(-EBADF, "");
}

static void test_log(void **state)
{
	char small[16];

	prepare("r0 = 0; exit");
	attr.log_level = 2;
	accepted();
	assert_non_null(strstr(fx.log, "0: (b7) r0 = 0\n1: (95) exit\nprocessed 2 insns"));
	assert_int_equal(attr.log_true_size, strlen(fx.log) + 1);
	attr.log_buf = (uintptr_t)small; /* keeps the end */
	attr.log_size = sizeof(small);
	assert_int_equal(load(), -ENOSPC);
	assert_string_equal(small, fx.log + strlen(fx.log) - 15);
	attr.log_level = 2 | 8; /* keeps the beginning */
	assert_int_equal(load(), -ENOSPC);
	assert_memory_equal(small, fx.log, 15);
	attr.log_level = 64;
	assert_int_equal(load(), -EINVAL);
	attr.log_level = 1;
	attr.log_size = 0;
	assert_int_equal(load(), -EINVAL);
}

/* Function names and source lines come from the program's own BTF. */
static int make_prog_btf(s32 *main_id, s32 *sub_id, u32 *file, u32 *line)
{
	struct btf *btf = btf__new_empty();
	s32 i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	s32 proto = btf__add_func_proto(btf, i32);
	union bpf_attr btf_attr = { 0 };
	struct btf_object *bo;
	u32 size;
	int fd;

	*main_id = btf__add_func(btf, "a_rather_long_program_name", BTF_FUNC_GLOBAL, proto);
	*sub_id = btf__add_func(btf, "helper_of_it", BTF_FUNC_STATIC, proto);
	*file = btf__add_str(btf, "/somewhere/sched.bpf.c");
	*line = btf__add_str(btf, "\treturn missing();");
	btf_attr.btf = (uintptr_t)btf__raw_data(btf, &size);
	btf_attr.btf_size = size;
	assert_int_equal(btfobj_load(&btf_attr, sizeof(btf_attr), &bo), 0);
	fd = object_install_fd(&bo->o);
	btfobj_put(bo);
	btf__free(btf);
	return fd;
}

static void test_debug_info(void **state)
{
	struct bpf_func_info funcs[2] = { { .insn_off = 0 }, { .insn_off = 2 } };
	struct bpf_line_info lines[2] = { { .insn_off = 0 }, { .insn_off = 2 } };
	u32 file, text;
	int fd = make_prog_btf((s32 *)&funcs[0].type_id, (s32 *)&funcs[1].type_id, &file, &text);
	struct prog *prog;
	char where[128];

	for (int i = 0; i < 2; i++) {
		lines[i].file_name_off = file;
		lines[i].line_off = text;
		lines[i].line_col = (i + 17) << 10;
	}
	prepare("call pc+1; exit; r0 = 0; exit");
	attr.prog_btf_fd = fd;
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = 2;
	attr.func_info_rec_size = sizeof(*funcs);
	attr.line_info = (uintptr_t)lines;
	attr.line_info_cnt = 2;
	attr.line_info_rec_size = sizeof(*lines);
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	assert_string_equal(prog_name(prog), "a_rather_long_program_name");
	assert_true(prog_source_line(prog, 3, where, sizeof(where)));
	assert_string_equal(where, "sched.bpf.c:18: return missing();");
	prog_put(prog);
	prepare("call pc+1; exit; call 2002000001; exit");
	attr.prog_btf_fd = fd;
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = 2;
	attr.func_info_rec_size = sizeof(*funcs);
	attr.line_info = (uintptr_t)lines;
	attr.line_info_cnt = 2;
	attr.line_info_rec_size = sizeof(*lines);
	refused(-EINVAL, "program a_rather_long_program_name: insn 2: needs a kfunc");
	refused(-EINVAL,
		"; sched.bpf.c:18: return missing();\n2: (85) call unknown#2002000001\n"
		"invalid func unknown#2002000001\n");
	funcs[1].insn_off = 1;
	refused(-EINVAL, "func_info BTF section doesn't match subprog layout in BPF program");
	attr.func_info_cnt = 1;
	refused(-EINVAL, "number of funcs in func_info doesn't match number of subprogs");
	attr.func_info_cnt = 2;
	funcs[1].insn_off = 0;
	refused(-EINVAL, "same or smaller insn offset (0) than previous func info record (0)");
	funcs[1].insn_off = 2;
	lines[1].insn_off = 4;
	refused(-EINVAL, "Invalid line_info[1].insn_off:4 (prev_offset:0 prog->len:4)");
	attr.func_info_rec_size = 6;
	refused(-EINVAL, "invalid func info rec size 6");
	close(fd);
}

static void test_bad_btf(void **state)
{
	u8 junk[64] = { 0 };
	union bpf_attr btf_attr = { .btf = (uintptr_t)junk, .btf_size = sizeof(junk) };
	struct btf_object *bo;

	btf_attr.btf_log_buf = (uintptr_t)fx.log;
	btf_attr.btf_log_size = sizeof(fx.log);
	btf_attr.btf_log_level = 1;
	assert_int_equal(btfobj_load(&btf_attr, sizeof(btf_attr), &bo), -EINVAL);
	assert_string_equal(fx.log, "Invalid magic\n");
	btf_attr.btf_size = 3;
	assert_int_equal(btfobj_load(&btf_attr, sizeof(btf_attr), &bo), -EINVAL);
	btf_attr.btf_size = UINT32_MAX;
	assert_int_equal(btfobj_load(&btf_attr, sizeof(btf_attr), &bo), -E2BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_opcodes),	    TEST(test_reserved_fields),
		TEST(test_immediates),	    TEST(test_registers),
		TEST(test_ldimm64),	    TEST(test_jumps),
		TEST(test_calls),	    TEST(test_subprogs),
		TEST(test_stack),	    TEST(test_missing),
		TEST(test_unreachable),	    TEST(test_fault_at_run_time),
		TEST(test_kfuncs),	    TEST(test_locks),
		TEST(test_kernel_symbols),  TEST(test_maps),
		TEST(test_frozen_data),	    TEST(test_arena),
		TEST(test_tracing_targets), TEST(test_other_targets),
		TEST(test_struct_ops),	    TEST(test_nullable),
		TEST(test_attributes),	    TEST(test_log),
		TEST(test_debug_info),	    TEST(test_bad_btf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
