// SPDX-License-Identifier: GPL-2.0-only
/*
 * load_test.c - what comes with a program besides its code: attributes, a target, functions
 * and lines from its BTF, who catches its exceptions; and what BPF_OBJ_GET_INFO_BY_FD tells.
 *
 * The program of most tests is
 *
 *	0: call 3	main
 *	1: r0 = 7
 *	2: exit
 *	3: r0 = 0x5 ll	sub
 *	5: exit
 *	6: r0 = 9	catch, which nobody calls by hand
 *	7: exit
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

static struct {
	s32 i32, main, sub, catch, quiet;
	u32 file, header, text;
} id;

static struct bpf_insn code[16];
static union bpf_attr attr;
static struct bpf_func_info funcs[3];
static struct bpf_line_info lines[3];

static bool nothing_sleeps(const char *func)
{
	return false;
}

static int setup(void **state)
{
	fx_env.target_sleepable = nothing_sleeps;
	return fixture_setup();
}

static int teardown(void **state)
{
	fixture_teardown();
	return 0;
}

/* --- the program --- */

/* Its BTF, with these tags (NULL: none) on main. */
static int btf_fd(const char *tag, const char *second)
{
	struct btf *btf = btf__new_empty();
	union bpf_attr load = { 0 };
	struct btf_object *bo;
	s32 proto;
	u32 size;
	int fd;

	id.i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(btf, id.i32);
	btf__add_func_param(btf, "cookie", id.i32);
	id.main = btf__add_func(btf, "main_prog", BTF_FUNC_GLOBAL, proto);
	id.sub = btf__add_func(btf, "sub", BTF_FUNC_STATIC, proto);
	id.catch = btf__add_func(btf, "catch", BTF_FUNC_GLOBAL, proto);
	id.quiet = btf__add_func(btf, "quiet", BTF_FUNC_STATIC, proto);
	btf__add_decl_tag(btf, "something else", id.main, -1);
	btf__add_decl_tag(btf, "exception_callback:sub", id.main, 0); /* of an argument */
	btf__add_decl_tag(btf, "exception_callback:sub", id.sub, -1); /* of another */
	if (tag)
		btf__add_decl_tag(btf, tag, id.main, -1);
	if (second)
		btf__add_decl_tag(btf, second, id.main, -1);
	id.file = btf__add_str(btf, "/src/main.bpf.c");
	id.header = btf__add_str(btf, "wrapper.h");
	id.text = btf__add_str(btf, "\tbody();");
	load.btf = (uintptr_t)btf__raw_data(btf, &size);
	load.btf_size = size;
	assert_int_equal(btfobj_load(&load, sizeof(load), &bo), 0);
	fd = object_install_fd(&bo->o);
	btfobj_put(bo);
	btf__free(btf);
	return fd;
}

static void plain(void)
{
	fixture_attr(&attr, code, asm_text("r0 = 0; exit", code, 16));
}

/* with functions and lines; the descriptor of its BTF, which is to be closed */
static int with_info(const char *tag, const char *second)
{
	const char *text = "call pc+2; r0 = 7; exit; r0 = 0x5 ll; exit; r0 = 9; exit";
	int fd = btf_fd(tag, second);

	fixture_attr(&attr, code, asm_text(text, code, 16));
	funcs[0] = (struct bpf_func_info){ 0, id.main };
	funcs[1] = (struct bpf_func_info){ 3, id.sub };
	funcs[2] = (struct bpf_func_info){ 6, id.catch };
	for (u32 i = 0; i < 3; i++)
		lines[i] = (struct bpf_line_info){ i == 2 ? 5 : i, i == 1 ? id.header : id.file,
						   id.text, (10 + i) << 10 };
	attr.prog_btf_fd = fd;
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = 3;
	attr.func_info_rec_size = sizeof(*funcs);
	attr.line_info = (uintptr_t)lines;
	attr.line_info_cnt = 3;
	attr.line_info_rec_size = sizeof(*lines);
	return fd;
}

static struct prog *load(void)
{
	struct prog *prog = NULL;

	if (prog_load(&attr, sizeof(attr), &prog))
		fail_msg("%s", fx.log);
	return prog;
}

#define REFUSED(err, words)                                            \
	do {                                                           \
		struct prog *prog_ = NULL;                             \
		int err_ = prog_load(&attr, sizeof(attr), &prog_);     \
		if (err_ != (err) || !strstr(fx.log, words))           \
			fail_msg("%d, not %d: %s", err_, err, fx.log); \
		memset(fx.log, 0, sizeof(fx.log));                     \
	} while (0)

/* --- attributes --- */

static void attributes(void **state)
{
	plain();
	attr.prog_flags = BPF_F_TOKEN_FD;
	REFUSED(-EBADF, "");
	plain();
	memset(attr.prog_name, 'x', sizeof(attr.prog_name));
	REFUSED(-EINVAL, "");
	plain();
	attr.insns = 0;
	REFUSED(-EFAULT, "");
	plain();
	attr.prog_type = BPF_PROG_TYPE_UNSPEC;
	REFUSED(-EINVAL, "");
	plain();
	attr.insn_cnt = PROG_MAX_INSNS + 1;
	REFUSED(-E2BIG, "");
	plain();
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.attach_btf_id = 1;
	REFUSED(-EINVAL, "");
}

static void names(void **state)
{
	for (int c = 1; c < 256; c++) {
		struct prog *prog = NULL;
		bool good = isalnum(c) || c == '_' || c == '.';
		int err;

		plain();
		attr.prog_name[0] = c;
		err = prog_load(&attr, sizeof(attr), &prog);
		if (err != (c < 128 && good ? 0 : -EINVAL))
			fail_msg("a name of byte %d: %d", c, err);
		if (!err)
			prog_put(prog);
	}
}

static void licences(void **state)
{
	static const struct {
		const char *text;
		bool gpl;
	} rows[] = {
		{ "GPL", true },	  { "GPL v2", true },
		{ "Dual MPL/GPL", true }, { "GPL and additional rights", true },
		{ "MIT", false },	  { "GPLv2", false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bpf_prog_info info = { 0 };
		u32 len = sizeof(info);
		struct prog *prog;

		plain();
		attr.license = (uintptr_t)rows[i].text;
		prog = load();
		assert_int_equal(prog_info(prog, &info, &len), 0);
		assert_int_equal(info.gpl_compatible, rows[i].gpl);
		prog_put(prog);
	}
}

/* Maps that no instruction names are the program's all the same; BTF may stand among them. */
static void fd_array(void **state)
{
	union bpf_attr map_attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	struct bpf_prog_info info = { 0 };
	u32 ids[4] = { 0 }, len = sizeof(info);
	struct prog *prog;
	struct map *map;
	int fds[3];

	assert_int_equal(map_create(&map_attr, sizeof(map_attr), &map), 0);
	fds[0] = fds[2] = object_install_fd(&map->obj);
	plain();
	fds[1] = btf_fd(NULL, NULL);
	attr.fd_array = (uintptr_t)fds;
	attr.fd_array_cnt = 3;
	prog = load();
	info.map_ids = (uintptr_t)ids;
	info.nr_map_ids = 4;
	assert_int_equal(prog_info(prog, &info, &len), 0);
	assert_int_equal(info.nr_map_ids, 1);
	assert_int_equal(ids[0], map_id(map));
	info.nr_map_ids = 0; /* no room: how many there are is told */
	assert_int_equal(prog_info(prog, &info, &len), 0);
	assert_int_equal(info.nr_map_ids, 1);
	assert_int_equal(prog_bind_map(prog, map), 0);
	prog_put(prog);
	close(fds[0]);
	close(fds[1]);
	map_put(map);
}

/* --- targets that are programs --- */

static void to_trace(int target_fd, u32 attach_type)
{
	plain();
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = attach_type;
	attr.attach_prog_fd = target_fd;
	attr.attach_btf_id = id.main;
}

static void programs_as_targets(void **state)
{
	int fd = with_info(NULL, NULL), bare_fd, target_fd;
	struct prog *target, *bare, *prog;

	attr.func_info_cnt = 2;
	target = load();
	target_fd = object_install_fd(prog_object(target));
	plain();
	bare = load();
	bare_fd = object_install_fd(prog_object(bare));
	to_trace(target_fd, BPF_TRACE_FENTRY);
	prog = load();
	assert_string_equal(prog_attach_name(prog), "main_prog");
	prog_put(prog);
	attr.prog_flags = BPF_F_SLEEPABLE;
	REFUSED(-EINVAL, "main_prog is not sleepable");
	to_trace(target_fd, BPF_MODIFY_RETURN);
	REFUSED(-EINVAL, "can't modify return codes of BPF programs");
	to_trace(target_fd, BPF_TRACE_RAW_TP);
	REFUSED(-EINVAL, "Only FENTRY/FEXIT/FSESSION progs are attachable to another BPF prog");
	to_trace(target_fd, BPF_TRACE_ITER);
	REFUSED(-EINVAL, "");
	to_trace(target_fd, BPF_TRACE_FENTRY);
	attr.attach_btf_id = id.i32;
	REFUSED(-EINVAL, "is not a function");
	to_trace(bare_fd, BPF_TRACE_FENTRY);
	REFUSED(-EINVAL, "is invalid");
	attr.prog_type = BPF_PROG_TYPE_LSM;
	REFUSED(-EINVAL, "");
	attr.prog_type = BPF_PROG_TYPE_EXT;
	REFUSED(-EOPNOTSUPP, "freplace");
	to_trace(9990, BPF_TRACE_FENTRY); /* neither program nor BTF */
	REFUSED(-EINVAL, "");
	to_trace(fd, BPF_TRACE_FENTRY); /* the same field, as BTF: not the machine's */
	REFUSED(-ENOTSUPP, "");
	attr.attach_btf_id = 0;
	REFUSED(-EINVAL, "");
	to_trace(0, BPF_TRACE_FENTRY); /* there is no BTF of the machine's here */
	REFUSED(-EINVAL, "is invalid");
	attr.prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	REFUSED(-ENOTSUPP, "is not a supported struct");
	attr.attach_btf_id = 0;
	REFUSED(-ENOTSUPP, "");
	prog_put(target);
	prog_put(bare);
	close(target_fd);
	close(bare_fd);
	close(fd);
}

/* --- functions and lines --- */

static void functions(void **state)
{
	u32 longer[3 * 3] = { 0, id.main, 0, 3, id.sub, 0, 6, id.catch, 0 };
	int fd = with_info(NULL, NULL);
	struct prog *prog;

	longer[1] = id.main;
	longer[4] = id.sub;
	longer[7] = id.catch;
	attr.func_info = (uintptr_t)longer;
	attr.func_info_rec_size = 12;
	/* catch is no subprogram: nobody calls it */
	REFUSED(-EINVAL, "number of funcs in func_info doesn't match number of subprogs");
	attr.func_info_cnt = 2;
	prog = load();
	assert_string_equal(prog_name(prog), "main_prog");
	assert_int_equal(prog_run_args(prog, NULL, 0), 7);
	prog_put(prog);
	longer[5] = 1; /* what this kernel does not know */
	REFUSED(-E2BIG, "nonzero tailing record in func info");
	assert_int_equal(attr.func_info_rec_size, sizeof(*funcs));
	attr.func_info_rec_size = 256;
	REFUSED(-EINVAL, "invalid func info rec size 256");
	attr.func_info_rec_size = 4;
	REFUSED(-EINVAL, "invalid func info rec size 4");
	attr.func_info_rec_size = 8;
	attr.func_info = 0;
	REFUSED(-EFAULT, "");
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = UINT32_MAX;
	REFUSED(-EINVAL, "");
	attr.func_info_cnt = 2;
	funcs[0].insn_off = 1;
	REFUSED(-EINVAL, "nonzero insn_off 1 for the first func info record");
	funcs[0].insn_off = 0;
	funcs[1].type_id = id.i32;
	REFUSED(-EINVAL, "in func info");
	funcs[1].type_id = 9999;
	REFUSED(-EINVAL, "invalid type id 9999 in func info");
	close(fd);
}

static void source_lines(void **state)
{
	int fd = with_info(NULL, NULL);
	struct prog *prog;
	char where[128];

	attr.func_info_cnt = 0; /* lines alone are fine */
	prog = load();
	assert_true(prog_source_line(prog, 4, where, sizeof(where)));
	assert_string_equal(where, "wrapper.h:11: body();");
	assert_true(prog_calling_line(prog, 4, where, sizeof(where)));
	assert_true(prog_calling_line(prog, 0, where, sizeof(where)));
	assert_string_equal(where, "main.bpf.c:10: body();");
	assert_true(prog_calling_line(prog, 1, where, sizeof(where)));
	assert_string_equal(where, "main.bpf.c:10: body(); (then wrapper.h:11)");
	assert_false(prog_calling_line(prog, 99, where, sizeof(where)));
	assert_false(prog_source_line(prog, 99, where, 0));
	prog_put(prog);
	lines[1].line_off = 99999;
	REFUSED(-EINVAL, "Invalid line_info[1].line_off or .file_name_off");
	lines[1].line_off = id.text;
	lines[1].file_name_off = 99999;
	REFUSED(-EINVAL, "Invalid line_info[1].line_off or .file_name_off");
	lines[1].file_name_off = id.file;
	lines[2].insn_off = 1;
	REFUSED(-EINVAL, "Invalid line_info[2].insn_off:1 (prev_offset:1 prog->len:8)");
	lines[2].insn_off = 4; /* the second half of ldimm64 */
	REFUSED(-EINVAL, "Invalid insn code at line_info[2].insn_off");
	attr.line_info_rec_size = 6;
	REFUSED(-EINVAL, "");
	close(fd);
}

/* A first line behind the first instruction; a tail that this kernel does not know. */
static void odd_lines(void **state)
{
	int fd = with_info(NULL, NULL);
	u32 longer[5] = { 1, id.file, id.text, 10 << 10, 0 };
	struct prog *prog;
	char where[128];

	attr.func_info_cnt = 0;
	attr.line_info = (uintptr_t)longer;
	attr.line_info_cnt = 1;
	attr.line_info_rec_size = sizeof(longer);
	prog = load();
	assert_false(prog_source_line(prog, 0, where, sizeof(where)));
	assert_true(prog_calling_line(prog, 2, where, sizeof(where)));
	assert_string_equal(where, "main.bpf.c:10: body();");
	prog_put(prog);
	longer[4] = 1;
	REFUSED(-E2BIG, "nonzero tailing record in line_info");
	assert_int_equal(attr.line_info_rec_size, sizeof(*lines));
	close(fd);
}

static void told_by_info(void **state)
{
	int fd = with_info(NULL, NULL);
	struct bpf_prog_info info = { 0 };
	struct bpf_func_info got_funcs[2] = { 0 };
	struct bpf_line_info got_lines[4] = { 0 };
	struct bpf_insn got_code[8];
	u32 len = sizeof(info);
	struct prog *prog;

	attr.func_info_cnt = 2;
	prog = load();
	info.func_info = (uintptr_t)got_funcs;
	info.func_info_rec_size = sizeof(*got_funcs);
	info.nr_func_info = 1; /* room for less than there is */
	info.line_info = (uintptr_t)got_lines;
	info.line_info_rec_size = sizeof(*got_lines);
	info.nr_line_info = 4;
	info.xlated_prog_insns = (uintptr_t)got_code;
	info.xlated_prog_len = sizeof(got_code);
	assert_int_equal(prog_info(prog, &info, &len), 0);
	assert_int_equal(info.nr_func_info, 2);
	assert_int_equal(got_funcs[0].type_id, id.main);
	assert_int_equal(got_funcs[1].type_id, 0);
	assert_int_equal(info.nr_line_info, 3);
	assert_memory_equal(got_lines, lines, sizeof(lines));
	assert_int_equal(got_lines[3].line_off, 0);
	assert_memory_equal(got_code, code, sizeof(got_code));
	assert_int_not_equal(info.btf_id, 0);
	assert_int_equal(info.attach_btf_obj_id, 0);
	info = (struct bpf_prog_info){ .xlated_prog_len = 8 }; /* nowhere to put them */
	assert_int_equal(prog_info(prog, &info, &len), 0);
	assert_int_equal(info.xlated_prog_len, 64);
	prog_put(prog);
	close(fd);
}

/* --- exceptions: libbpf appends the callback's code and info --- */

static void who_catches(void **state)
{
	int fd = with_info("exception_callback:catch", NULL);
	struct prog *prog;

	code[1] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = 5003 }; /* throws r1 */
	code[6].imm = 99;
	prog = load();
	assert_int_equal(prog_run_args(prog, NULL, 0), 99);
	prog_put(prog);
	close(fd);
	fd = with_info("exception_callback:nobody", NULL);
	REFUSED(-EINVAL, "exception callback 'nobody' could not be found in BTF");
	close(fd);
	fd = with_info("exception_callback:catch", "exception_callback:sub");
	REFUSED(-EINVAL, "multiple exception callback tags for main subprog");
	close(fd);
	fd = with_info("exception_callback:quiet", NULL);
	funcs[2].type_id = id.quiet;
	REFUSED(-EINVAL, "exception callback 'quiet' must have global linkage");
	close(fd);
	fd = with_info("exception_callback:catch", NULL);
	funcs[2].insn_off = 8;
	REFUSED(-EINVAL, "exception callback 'catch' could not be found in BTF");
	close(fd);
}

/* --- BTF itself --- */

static int load_types(union bpf_attr *load)
{
	struct btf_object *bo = NULL;
	int err = btfobj_load(load, sizeof(*load), &bo);

	btfobj_put(bo);
	return err;
}

static void types_refused(void **state)
{
	struct btf_header good = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(good),
		.str_len = 1,
	};
	struct {
		struct btf_header h;
		u8 rest[8];
	} raw = { .h = good };
	union bpf_attr load = { .btf = (uintptr_t)&raw, .btf_size = sizeof(good) + 1 };
	char log[256];

	load.btf_log_buf = (uintptr_t)log;
	load.btf_log_size = sizeof(log);
	load.btf_log_level = 1;
	assert_int_equal(load_types(&load), 0);
#define HEADER(err, words, change)                        \
	do {                                              \
		change;                                   \
		assert_int_equal(load_types(&load), err); \
		assert_non_null(strstr(log, words));      \
		raw.h = good;                             \
		load.btf_size = sizeof(good) + 1;         \
	} while (0)
	HEADER(-EINVAL, "hdr_len not found", load.btf_size = 7);
	HEADER(-EINVAL, "btf_header not found", load.btf_size = sizeof(good) - 1);
	HEADER(-EINVAL, "btf_header not found", raw.h.hdr_len = sizeof(good) + 2);
	HEADER(-EINVAL, "Invalid magic", raw.h.magic = 0x9feb);
	HEADER(-ENOTSUPP, "Unsupported version", raw.h.version = 2);
	HEADER(-ENOTSUPP, "Unsupported flags", raw.h.flags = 1);
	HEADER(-EINVAL, "No data", load.btf_size = sizeof(good));
	HEADER(-EINVAL, "BTF is malformed", raw.h.str_off = 7);
#undef HEADER
	load.btf_log_size = 4; /* what is said does not fit */
	raw.h.magic = 0;
	assert_int_equal(load_types(&load), -ENOSPC);
	load.btf_log_level = 64;
	assert_int_equal(load_types(&load), -EINVAL);
	load.btf_log_level = 0;
	load.btf_log_buf = load.btf_log_size = 0;
	load.btf_flags = 1;
	assert_int_equal(load_types(&load), -EINVAL);
	load.btf_flags = BPF_F_TOKEN_FD;
	assert_int_equal(load_types(&load), -EBADF);
	load.btf_flags = 0;
	load.btf = 0;
	assert_int_equal(load_types(&load), -EFAULT);
}

static void told_of_types(void **state)
{
	struct btf_types types = { .btf = btf__new_empty() };
	struct bpf_btf_info info = { 0 };
	u32 len = sizeof(info);
	struct btf_object *bo;
	char name[8];
	u8 raw[8];

	btf__add_int(types.btf, "int", 4, BTF_INT_SIGNED);
	types.raw = btf__raw_data(types.btf, &types.raw_size);
	assert_int_equal(btfobj_create_kernel(&types, &bo), 0);
	assert_int_equal(btfobj_info(bo, &info, &len), 0);
	assert_int_equal(info.name_len, 7);
	assert_int_equal(info.btf_size, types.raw_size);
	assert_true(info.kernel_btf);
	info = (struct bpf_btf_info){ .name = (uintptr_t)name };
	assert_int_equal(btfobj_info(bo, &info, &len), -EINVAL); /* room of no bytes */
	info = (struct bpf_btf_info){ .name_len = sizeof(name) };
	assert_int_equal(btfobj_info(bo, &info, &len), -EINVAL);
	info = (struct bpf_btf_info){ .name = (uintptr_t)name, .name_len = 4 };
	assert_int_equal(btfobj_info(bo, &info, &len), -ENOSPC);
	assert_string_equal(name, "vml");
	info = (struct bpf_btf_info){ .name = (uintptr_t)name, .name_len = 8 };
	info.btf = (uintptr_t)raw;
	info.btf_size = sizeof(raw);
	assert_int_equal(btfobj_info(bo, &info, &len), 0);
	assert_string_equal(name, "vmlinux");
	assert_memory_equal(raw, types.raw, sizeof(raw));
	btfobj_put(bo);
	btf__free(types.btf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attributes),
		TEST(names),
		TEST(licences),
		TEST(fd_array),
		TEST(programs_as_targets),
		TEST(functions),
		TEST(source_lines),
		TEST(odd_lines),
		TEST(told_by_info),
		TEST(who_catches),
		TEST(types_refused),
		TEST(told_of_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
