// SPDX-License-Identifier: GPL-2.0-only
/*
 * record_test.c - special fields of a struct, a row a struct:
 *
 *	{ "bpf_spin_lock@0 bpf_list_head@8>item:node", 24, 0, 2 }
 *
 * is a struct of 24 bytes with a lock at 0 and a list head at 8 whose decl tag says
 * "contains:item:node"; two fields are found. A pointer is written with its type tags,
 * outermost first: "*kptr:thing@0". [N] behind a type is an array.
 */
#include "fake_map.h"
#include "bpf/record.h"

static struct btf *btf;

static s32 opaque(const char *name, u32 size)
{
	s32 id = btf__add_struct(btf, name, size);
	s32 byte = btf__find_by_name_kind(btf, "char", BTF_KIND_INT);

	btf__add_field(btf, "__opaque", btf__add_array(btf, byte, byte, size), 0, 0);
	return id;
}

static s32 named(const char *name)
{
	for (u32 id = 1; id < btf__type_cnt(btf); id++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off), name) &&
		    !btf_is_decl_tag(btf__type_by_id(btf, id)) &&
		    !btf_is_type_tag(btf__type_by_id(btf, id)))
			return id;
	fail_msg("no type '%s'", name);
	return 0;
}

static void make_types(void)
{
	static const struct {
		const char *name;
		u32 size;
	} structs[] = {
		{ "bpf_spin_lock", 4 },	 { "bpf_res_spin_lock", 8 },
		{ "bpf_timer", 16 },	 { "bpf_wq", 16 },
		{ "bpf_task_work", 8 },	 { "bpf_list_head", 16 },
		{ "bpf_list_node", 24 }, { "bpf_rb_root", 16 },
		{ "bpf_rb_node", 32 },	 { "bpf_refcount", 4 },
		{ "thing", 16 },
	};
	s32 id;

	btf = btf__new_empty();
	btf__add_int(btf, "char", 1, 0);
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	for (u32 i = 0; i < ARRAY_SIZE(structs); i++)
		opaque(structs[i].name, structs[i].size);
	btf__add_fwd(btf, "elsewhere", BTF_FWD_STRUCT);
	id = btf__add_struct(btf, "item", 32);
	btf__add_field(btf, "node", named("bpf_list_node"), 0, 0);
	id = btf__add_struct(btf, "locked", 8);
	btf__add_field(btf, "l", named("bpf_spin_lock"), 32, 0);
	id = btf__add_union(btf, "either", 8);
	btf__add_field(btf, "l", named("bpf_spin_lock"), 0, 0);
	id = btf__add_struct(btf, "level0", 4);
	btf__add_field(btf, "x", named("int"), 0, 0);
	for (int i = 1; i <= 16; i++) {
		char name[16];

		snprintf(name, sizeof(name), "level%d", i);
		id = btf__add_struct(btf, name, 4);
		btf__add_field(btf, "x", id - 1, 0, 0);
	}
	id = named("int");
	for (int i = 0; i < 16; i++)
		id = btf__add_array(btf, named("int"), id, 1);
	btf__add_typedef(btf, "deep_array", id);
	btf__add_typedef(btf, "lock_t", btf__add_const(btf, named("bpf_spin_lock")));
	btf__add_typedef(btf, "bpf_timer_t", named("bpf_timer"));
	btf__add_enum(btf, "bpf_wq_not", 4);
}

/* "*kptr:const:thing" */
static s32 pointer(char *spec)
{
	char *words[8], *word;
	int nr = 0;
	s32 id;

	for (word = strtok(spec, ":"); word; word = strtok(NULL, ":"))
		words[nr++] = word;
	id = named(words[--nr]);
	while (nr--)
		id = !strcmp(words[nr], "const") ? btf__add_const(btf, id) :
						   btf__add_type_tag(btf, words[nr], id);
	return btf__add_ptr(btf, id);
}

static s32 member_type(char *spec)
{
	char *array = strchr(spec, '[');
	u32 nr = array ? strtoul(array + 1, NULL, 0) : 0;
	s32 id;

	if (array)
		*array = '\0';
	id = *spec == '*' ? pointer(spec + 1) : named(spec);
	return array ? btf__add_array(btf, named("int"), id, nr) : id;
}

/* The struct; members are added before the types that they need would come between. */
static s32 make_struct(const char *members, u32 size, bool as_data)
{
	char copy[512], *save, *word, tag[128];
	s32 type[32], id;
	u32 off[32], nr = 0;
	char *contains[32];

	snprintf(copy, sizeof(copy), "%s", members);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save), nr++) {
		char *at = strchr(word, '@');

		*at = '\0';
		contains[nr] = strchr(at + 1, '>');
		off[nr] = strtoul(at + 1, NULL, 0);
		type[nr] = member_type(word);
		if (as_data)
			type[nr] = btf__add_var(btf, "v", BTF_VAR_GLOBAL_ALLOCATED, type[nr]);
	}
	id = as_data ? btf__add_datasec(btf, ".data", size) : btf__add_struct(btf, "val", size);
	for (u32 i = 0; i < nr; i++) {
		char name[8];

		snprintf(name, sizeof(name), "m%u", i);
		if (as_data)
			btf__add_datasec_var_info(btf, type[i], off[i], 4);
		else
			btf__add_field(btf, name, type[i], off[i] * 8, 0);
	}
	for (u32 i = 0; i < nr; i++) {
		snprintf(tag, sizeof(tag), "contains:%s", contains[i] ? contains[i] + 1 : "");
		if (contains[i] && as_data)
			btf__add_decl_tag(btf, tag, type[i], -1);
		else if (contains[i])
			btf__add_decl_tag(btf, tag, id, i);
	}
	return id;
}

static int parse(const char *members, u32 size, bool as_data, u32 mask, struct record **rec)
{
	s32 id;

	make_types();
	id = make_struct(members, size, as_data);
	return record_parse(btf, id, mask, size, rec);
}

struct row {
	const char *members;
	u32 size;
	int err;
	u32 nr; /* fields */
};

static const struct row structs[] = {
	{ "int@0", 8, 0, 0 },
	{ "bpf_spin_lock@0", 8, 0, 1 },
	{ "lock_t@4", 8, 0, 1 },
	{ "locked@8", 16, 0, 1 },
	{ "either@0", 8, 0, 0 }, /* unions are not looked into */
	{ "bpf_spin_lock@2", 8, 0, 0 },
	{ "bpf_spin_lock@0 locked@8", 16, -E2BIG },
	{ "bpf_spin_lock@0 bpf_res_spin_lock@8", 16, -EINVAL },
	{ "bpf_timer@0 bpf_wq@16 bpf_task_work@32", 40, 0, 3 },
	{ "bpf_timer@0 bpf_timer@16", 32, -E2BIG },
	{ "bpf_timer_t@4", 24, 0, 0 },
	{ "bpf_timer@0 bpf_wq@8", 24, -EEXIST },
	{ "bpf_timer@8", 16, -EFAULT },
	{ "bpf_timer[2]@0", 32, -EINVAL },
	{ "bpf_list_node[2]@0", 48, -EINVAL },
	{ "thing[4]@0 bpf_refcount@64", 72, 0, 1 },
	{ "*kptr:thing@0", 8, 0, 1 },
	{ "*kptr:const:thing@0", 8, 0, 1 },
	{ "*kptr:elsewhere@0", 8, 0, 1 },
	{ "*kptr_untrusted:thing@0 *percpu_kptr:thing@8", 16, 0, 2 },
	{ "*rcu:kptr:thing@0", 8, 0, 1 },
	{ "*thing@0", 8, 0, 0 },
	{ "*kptr:thing@4", 16, 0, 0 },
	{ "*kptr:int@0", 8, -EINVAL },
	{ "*kptr:percpu_kptr:thing@0", 8, -EINVAL },
	{ "*uptr:thing@0", 8, -EOPNOTSUPP },
	{ "*kptr:thing[11]@0", 88, 0, 11 },
	{ "*kptr:thing[12]@0", 96, -E2BIG },
	{ "bpf_spin_lock@0 bpf_list_head@8>item:node", 24, 0, 2 },
	{ "bpf_spin_lock@0 bpf_list_head[2]@8>item:node", 40, 0, 3 },
	{ "bpf_list_head@0>item:node", 16, -EINVAL }, /* nothing guards it */
	{ "bpf_spin_lock@0 bpf_list_head@8", 24, -EINVAL },
	{ "bpf_spin_lock@0 bpf_list_head@8>item", 24, -EINVAL },
	{ "bpf_spin_lock@0 bpf_list_head@8>item:", 24, -EINVAL },
	{ "bpf_spin_lock@0 bpf_list_head@8>a23456789012345678901234567890123456789012345678901234"
	  "567890123456:node",
	  24, -EINVAL },
	{ "bpf_spin_lock@0 bpf_list_head@8>nobody:node", 24, -ENOENT },
	{ "bpf_spin_lock@0 bpf_list_head@8>item:edon", 24, -ENOENT },
	{ "bpf_res_spin_lock@0 bpf_rb_root@8>item:node", 24, 0, 2 },
	{ "bpf_list_node@0 bpf_rb_node@24", 56, -EINVAL },
	{ "bpf_list_node@0 bpf_rb_node@24 bpf_refcount@56", 64, 0, 3 },
	{ "level13@0", 4, 0, 0 },
	{ "level14@0", 4, -E2BIG },
	{ "level1@0 level13@4", 8, 0, 0 },
	{ "deep_array@0", 4, -E2BIG },
};

static void run_row(const struct row *row, bool as_data)
{
	struct record *rec = NULL;
	int err = parse(row->members, row->size, as_data, ~0u, &rec);

	if (err != row->err || (rec ? rec->nr : 0) != row->nr)
		fail_msg("%s: %d, %u fields", row->members, err, rec ? rec->nr : 0);
	for (u32 i = 1; rec && i < rec->nr; i++)
		assert_true(rec->fields[i].off > rec->fields[i - 1].off);
	record_free(rec);
	btf__free(btf);
}

static void of_structs(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(structs); i++)
		run_row(&structs[i], false);
}

/* The same as variables of a section; a nesting level less, as there is no struct around. */
static void of_sections(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(structs); i++)
		if (!strstr(structs[i].members, "level"))
			run_row(&structs[i], true);
}

static void of_older_kernels(void **state)
{
	struct record *rec = NULL;

	profile_use(profile_find("6.12")); /* knows no uptr */
	assert_int_equal(parse("*uptr:thing@0", 8, false, ~0u, &rec), 0);
	assert_null(rec);
	btf__free(btf);
}

static void only_what_is_asked_for(void **state)
{
	struct record *rec = NULL;

	assert_int_equal(parse("bpf_spin_lock@0 *kptr:thing@8", 16, false, FIELD_KPTR, &rec), 0);
	assert_int_equal(rec->nr, 1);
	assert_int_equal(record_off(rec, FIELD_SPIN_LOCK), -1);
	assert_int_equal(record_off(NULL, FIELD_SPIN_LOCK), -1);
	assert_int_equal(record_off(rec, FIELD_KPTR), 8);
	record_free(rec);
	assert_int_equal(record_parse(btf, named("int"), ~0u, 4, &rec), 0);
	assert_null(rec);
	btf__free(btf);
}

static void equal_ones(void **state)
{
	static const char *const members[] = {
		"*kptr:thing@0",
		"*kptr:thing@8",
		"*kptr:item@0",
		"*kptr_untrusted:thing@0",
		"*kptr:thing@0 *kptr:thing@8",
	};
	struct record *a, *b, *copy;

	assert_true(record_equal(NULL, NULL));
	for (u32 i = 0; i < ARRAY_SIZE(members); i++) {
		assert_int_equal(parse(members[i], 16, false, ~0u, &a), 0);
		btf__free(btf);
		copy = record_dup(a);
		assert_true(record_equal(a, copy));
		assert_false(record_equal(a, NULL));
		assert_false(record_equal(NULL, a));
		for (u32 j = 0; j < ARRAY_SIZE(members); j++) {
			assert_int_equal(parse(members[j], 16, false, ~0u, &b), 0);
			assert_int_equal(record_equal(a, b), i == j);
			record_free(b);
			btf__free(btf);
		}
		record_free(a);
		record_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(of_structs),	     FAKE_TEST(of_sections),
		FAKE_TEST(of_older_kernels), FAKE_TEST(only_what_is_asked_for),
		FAKE_TEST(equal_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
