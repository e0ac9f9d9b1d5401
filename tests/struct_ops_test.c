// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops_test.c - tables of operations behind a map: what is refused when one is made
 * and filled, and the states from there to the end.
 *
 *	struct st_ops {			off
 *		int (*dispatch)(void);	0
 *		int flags;		8
 *					12	a hole
 *		void *cookie;		16
 *		struct { int a[2]; } s;	24
 *		int (*tick)(void);	32
 *	};				40
 *	struct bpf_struct_ops_st_ops { struct bpf_struct_ops_common_value common;
 *				       struct st_ops data; };
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
#include "bpf/map_cmd.h"
#include "bpf/struct_ops_map.h"
#include "prog_fixture.h"

struct value {
	u32 refcnt, state;
	u64 dispatch;
	u32 flags, hole;
	u64 cookie;
	u32 s[2];
	u64 tick;
};

static struct btf_types types;
static s32 id_ops, id_value, id_int, id_other, id_one;
static int create_err, reg_err, nr_registered, own_btf_fd;
static bool nobody_calls; /* struct_ops_create() gives no table */

static void make_types(void)
{
	s32 proto, ptr, any, common, words, s;

	types.btf = btf__new_empty();
	id_int = btf__add_int(types.btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(types.btf, id_int);
	ptr = btf__add_const(types.btf, btf__add_ptr(types.btf, proto));
	any = btf__add_ptr(types.btf, 0);
	words = btf__add_array(types.btf, id_int, id_int, 2);
	s = btf__add_struct(types.btf, NULL, 8);
	btf__add_field(types.btf, "a", words, 0, 0);
	common = btf__add_struct(types.btf, "bpf_struct_ops_common_value", 8);
	btf__add_field(types.btf, "refcnt", id_int, 0, 0);
	btf__add_field(types.btf, "state", id_int, 32, 0);
	id_ops = btf__add_struct(types.btf, "st_ops", 40);
	btf__add_field(types.btf, "dispatch", ptr, 0, 0);
	btf__add_field(types.btf, "flags", id_int, 64, 0);
	btf__add_field(types.btf, "cookie", any, 128, 0);
	btf__add_field(types.btf, "s", s, 192, 0);
	btf__add_field(types.btf, "tick", ptr, 256, 0);
	id_value = btf__add_struct(types.btf, "bpf_struct_ops_st_ops", sizeof(struct value));
	btf__add_field(types.btf, "common", common, 0, 0);
	btf__add_field(types.btf, "data", id_ops, 64, 0);
	id_other = btf__add_struct(types.btf, "two_members", 8);
	btf__add_field(types.btf, "a", id_int, 0, 0);
	btf__add_field(types.btf, "b", id_int, 32, 0);
	id_one = btf__add_struct(types.btf, "bpf_struct_ops_one", 8);
	btf__add_field(types.btf, "common", common, 0, 0);
	fx_env.types = &types;
}

/* any at all: a map of this kind comes with its object's */
static int load_btf(void)
{
	union bpf_attr attr = { 0 };
	struct btf_object *bo;
	u32 size;
	int fd;

	attr.btf = (uintptr_t)btf__raw_data(types.btf, &size);
	attr.btf_size = size;
	assert_int_equal(btfobj_load(&attr, sizeof(attr), &bo), 0);
	fd = object_install_fd(&bo->o);
	btfobj_put(bo);
	return fd;
}

static int member(const char *type, const char *name, bool sleepable, bool *private)
{
	return 0;
}

static u32 nullable(const char *type, const char *name)
{
	return 0;
}

static int create(const char *type, void *image, struct prog *const *progs, u32 nr, void **out)
{
	*out = nobody_calls ? NULL : image;
	return create_err;
}

static void destroy(void *ops)
{
}

static int reg(void *ops, u64 image, u64 link)
{
	nr_registered += !reg_err;
	return reg_err;
}

static void unreg(void *ops)
{
	nr_registered--;
}

static int setup(void **state)
{
	if (fixture_setup())
		return -1;
	make_types();
	fx_env.struct_ops_member = member;
	fx_env.struct_ops_nullable = nullable;
	fx_env.struct_ops_create = create;
	fx_env.struct_ops_destroy = destroy;
	fx_env.struct_ops_reg = reg;
	fx_env.struct_ops_unreg = unreg;
	own_btf_fd = load_btf();
	create_err = reg_err = nr_registered = 0;
	nobody_calls = false;
	return 0;
}

static int teardown(void **state)
{
	close(own_btf_fd);
	fixture_teardown();
	btf__free(types.btf);
	return 0;
}

/* --- maps and programs --- */

static union bpf_attr ops_attr(u32 flags)
{
	return (union bpf_attr){
		.map_type = BPF_MAP_TYPE_STRUCT_OPS,
		.key_size = 4,
		.value_size = sizeof(struct value),
		.max_entries = 1,
		.map_flags = flags,
		.btf_fd = own_btf_fd,
		.btf_vmlinux_value_type_id = id_value,
	};
}

static struct map *make_ops(u32 flags)
{
	union bpf_attr attr = ops_attr(flags);
	struct map *map = NULL;

	assert_int_equal(map_create(&attr, sizeof(attr), &map), 0);
	return map;
}

static int load_fd(enum bpf_prog_type type, u32 nr_member)
{
	struct bpf_insn code[4];
	union bpf_attr attr;
	struct prog *prog;
	int fd;

	fixture_attr(&attr, code, asm_text("r0 = 0; exit", code, 4));
	attr.prog_type = type;
	if (type == BPF_PROG_TYPE_STRUCT_OPS) {
		attr.attach_btf_id = id_ops;
		attr.expected_attach_type = nr_member;
	}
	assert_int_equal(prog_load(&attr, sizeof(attr), &prog), 0);
	fd = object_install_fd(prog_object(prog));
	prog_put(prog);
	return fd;
}

static int fill(struct map *map, const struct value *v)
{
	return map_user_update(map, &(u32){ 0 }, v, 0);
}

/* --- tests --- */

static void what_is_no_table(void **state)
{
	union bpf_attr good = ops_attr(BPF_F_LINK), attr;
	struct map *map;

#define REFUSED(err, change)                                                  \
	do {                                                                  \
		attr = good;                                                  \
		change;                                                       \
		assert_int_equal(map_create(&attr, sizeof(attr), &map), err); \
	} while (0)
	REFUSED(-EINVAL, attr.key_size = 8);
	REFUSED(-EINVAL, attr.max_entries = 2);
	REFUSED(-EINVAL, attr.map_flags |= BPF_F_MMAPABLE);
	REFUSED(-EINVAL, attr.map_flags |= BPF_F_VTYPE_BTF_OBJ_FD);
	REFUSED(-EINVAL, attr.btf_vmlinux_value_type_id = 0);
	REFUSED(-ENOTSUPP, attr.btf_vmlinux_value_type_id = id_other);
	REFUSED(-ENOTSUPP, attr.btf_vmlinux_value_type_id = id_one);
	REFUSED(-ENOTSUPP, attr.btf_vmlinux_value_type_id = id_int);
	REFUSED(-ENOTSUPP, attr.btf_vmlinux_value_type_id = 9999);
	REFUSED(-EINVAL, attr.value_size -= 8);
	REFUSED(-EBADF, attr.btf_fd = 9990);
#undef REFUSED
	assert_int_equal(map_create(&good, sizeof(good), &map), 0);
	assert_null(map_lookup(map, &(u32){ 0 })); /* programs do not see into it */
	map_put(map);
}

/* Each value that is refused leaves a table that can be filled still. */
static void what_fills_no_table(void **state)
{
	struct map *map = make_ops(BPF_F_LINK);
	int map_fd = object_install_fd(&map->obj);
	int wrong_type = load_fd(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	int good = load_fd(BPF_PROG_TYPE_STRUCT_OPS, 0);
	const struct {
		struct value v;
		int err;
	} rows[] = {
		{ { .refcnt = 1 }, -EINVAL },
		{ { .state = 1 }, -EINVAL },
		{ { .hole = 1 }, -EINVAL },
		{ { .cookie = 1 }, -EINVAL },
		{ { .dispatch = 9990 }, -EBADF },
		{ { .dispatch = map_fd }, -EINVAL },
		{ { .dispatch = wrong_type }, -EINVAL },
		{ { .tick = good }, -EINVAL }, /* another member's */
	};
	struct value v = { .dispatch = good, .flags = 5, .s = { 6, 7 } };

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(fill(map, &rows[i].v), rows[i].err);
	assert_int_equal(map_user_update(map, &(u32){ 0 }, &v, BPF_NOEXIST), -EINVAL);
	assert_int_equal(map_user_update(map, &(u32){ 1 }, &v, 0), -E2BIG);
	create_err = -EOPNOTSUPP;
	assert_int_equal(fill(map, &v), -EOPNOTSUPP);
	assert_false(struct_ops_map_linkable(map));
	create_err = 0;
	assert_int_equal(fill(map, &v), 0);
	assert_true(struct_ops_map_linkable(map));
	assert_int_equal(fill(map, &v), -EBUSY);
	close(map_fd);
	close(wrong_type);
	close(good);
	map_put(map);
}

static void what_user_space_reads(void **state)
{
	struct map *map = make_ops(BPF_F_LINK);
	struct value v = { .flags = 5 }, out;
	u32 next = 7;

	memset(&out, 0xff, sizeof(out));
	assert_int_equal(map_user_lookup(map, &(u32){ 1 }, &out, 0), -ENOENT);
	assert_int_equal(map_user_lookup(map, &(u32){ 0 }, &out, 0), 0);
	assert_memory_equal(&out, &(struct value){ 0 }, sizeof(out));
	v.dispatch = load_fd(BPF_PROG_TYPE_STRUCT_OPS, 0);
	assert_int_equal(fill(map, &v), 0);
	assert_int_equal(map_user_lookup(map, &(u32){ 0 }, &out, 0), 0);
	assert_int_equal(out.state, 3); /* BPF_STRUCT_OPS_STATE_READY */
	assert_int_equal(out.flags, 5);
	assert_int_equal(out.dispatch, 1); /* the program's id */
	assert_int_equal(map_user_next_key(map, NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(map_user_next_key(map, &(u32){ 5 }, &next), 0);
	assert_int_equal(map_user_next_key(map, &next, &next), -ENOENT);
	close(v.dispatch);
	map_put(map);
}

/* Without BPF_F_LINK a filled table is in force until it is deleted, whoever lets go of it. */
static void in_force_without_a_link(void **state)
{
	struct map *map = make_ops(0);
	struct value v = { 0 };

	assert_false(struct_ops_stays());
	assert_int_equal(map_user_delete(map, &(u32){ 0 }), -ENOENT);
	reg_err = -EBUSY;
	assert_int_equal(fill(map, &v), -EBUSY);
	assert_false(struct_ops_stays());
	reg_err = 0;
	assert_int_equal(fill(map, &v), 0);
	assert_int_equal(nr_registered, 1);
	assert_true(struct_ops_stays());
	assert_false(struct_ops_map_linkable(map));
	assert_int_equal(struct_ops_reg(map, 0), -EBUSY);
	assert_int_equal(map_user_delete(map, &(u32){ 0 }), 0);
	assert_int_equal(nr_registered, 0);
	assert_false(struct_ops_stays());
	assert_int_equal(map_user_delete(map, &(u32){ 0 }), -EINPROGRESS);
	struct_ops_unreg(map); /* it is out already */
	assert_int_equal(nr_registered, 0);
	map_put(map);
}

static void in_force_by_a_link(void **state)
{
	struct map *map = make_ops(BPF_F_LINK), *array;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};
	struct value v = { 0 };

	assert_int_equal(map_create(&attr, sizeof(attr), &array), 0);
	assert_false(struct_ops_map_linkable(array));
	struct_ops_unreg(map); /* not filled: nothing is in force */
	assert_int_equal(fill(map, &v), 0);
	assert_int_equal(map_user_delete(map, &(u32){ 0 }), -EOPNOTSUPP);
	assert_int_equal(nr_registered, 0);
	assert_int_equal(struct_ops_reg(map, 0), 0);
	assert_int_equal(nr_registered, 1);
	assert_int_equal(struct_ops_reg(map, 0), -EBUSY);
	assert_false(struct_ops_stays());
	struct_ops_unreg(map);
	assert_int_equal(nr_registered, 0);
	map_put(map);
	map_put(array);
}

/* A table that nobody calls is registered as any other, and nobody is told. */
static void nobody_calls_it(void **state)
{
	struct map *map = make_ops(BPF_F_LINK);
	struct value v = { 0 };

	nobody_calls = true;
	assert_int_equal(fill(map, &v), 0);
	assert_int_equal(struct_ops_reg(map, 0), 0);
	struct_ops_unreg(map);
	assert_int_equal(nr_registered, 0);
	map_put(map);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_table),	     TEST(what_fills_no_table),
		TEST(what_user_space_reads), TEST(in_force_without_a_link),
		TEST(in_force_by_a_link),    TEST(nobody_calls_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
