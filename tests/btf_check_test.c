// SPDX-License-Identifier: GPL-2.0-only
/* btf_check_test.c - BTF that no compiler writes is told from BTF that one does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/btf.h>
#include <errno.h>
#include "bpf/btf_check.h"

static char why[128];

static struct btf *start(int *u32_id)
{
	struct btf *btf = btf__new_empty();

	*u32_id = btf__add_int(btf, "u32", 4, 0);
	return btf;
}

static void expect(struct btf *btf, const char *sentence)
{
	assert_int_equal(types_check(btf, why, sizeof(why)), sentence ? -EINVAL : 0);
	if (sentence)
		assert_non_null(strstr(why, sentence));
	btf__free(btf);
}

static void usual(void **state)
{
	int u32_id, array, s;
	struct btf *btf = start(&u32_id);

	array = btf__add_array(btf, u32_id, u32_id, 4);
	s = btf__add_struct(btf, "s", 32);
	btf__add_field(btf, "a", array, 0, 0);
	btf__add_field(btf, "bits", u32_id, 128, 3);
	btf__add_field(btf, "next", s + 1, 192, 0); /* the pointer that follows */
	btf__add_ptr(btf, s);
	btf__add_fwd(btf, "elsewhere", BTF_FWD_STRUCT);
	btf__add_func(btf, "f", BTF_FUNC_GLOBAL, s + 4);
	btf__add_func_proto(btf, 0);
	btf__add_datasec(btf, ".ksyms", 0);
	expect(btf, NULL);
}

static void member_beyond(void **state)
{
	int u32_id;
	struct btf *btf = start(&u32_id);

	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "a", u32_id, 64, 0);
	expect(btf, "type 2 has a member 0");
}

static void member_without_size(void **state)
{
	int u32_id, fwd;
	struct btf *btf = start(&u32_id);

	fwd = btf__add_fwd(btf, "elsewhere", BTF_FWD_STRUCT);
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "a", fwd, 0, 0);
	expect(btf, "has a member 0");
}

static void typedefs_in_a_ring(void **state)
{
	int u32_id;
	struct btf *btf = start(&u32_id);

	btf__add_typedef(btf, "a", 3);
	btf__add_typedef(btf, "b", 2);
	expect(btf, "contains itself");
}

static void struct_in_itself(void **state)
{
	int u32_id;
	struct btf *btf = start(&u32_id);

	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "a", 2, 0, 0);
	expect(btf, "contains itself");
}

static void array_too_large(void **state)
{
	int u32_id, array;
	struct btf *btf = start(&u32_id);

	array = btf__add_array(btf, u32_id, u32_id, 1u << 16);
	btf__add_array(btf, u32_id, array, 1u << 16);
	expect(btf, "too large");
}

static void function_without_prototype(void **state)
{
	int u32_id;
	struct btf *btf = start(&u32_id);

	btf__add_func(btf, "f", BTF_FUNC_GLOBAL, u32_id);
	expect(btf, "without a prototype");
}

static void section_too_small(void **state)
{
	int u32_id, var;
	struct btf *btf = start(&u32_id);

	var = btf__add_var(btf, "v", BTF_VAR_GLOBAL_ALLOCATED, u32_id);
	btf__add_datasec(btf, ".bss", 4);
	btf__add_datasec_var_info(btf, var, 4, 4);
	expect(btf, "variable 0 is not inside");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(member_beyond),
		cmocka_unit_test(member_without_size),
		cmocka_unit_test(typedefs_in_a_ring),
		cmocka_unit_test(struct_in_itself),
		cmocka_unit_test(array_too_large),
		cmocka_unit_test(function_without_prototype),
		cmocka_unit_test(section_too_small),
	};

	return cmocka_run_group_tests_name("btf_check", tests, NULL, NULL);
}
