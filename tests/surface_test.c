// SPDX-License-Identifier: GPL-2.0-only
/*
 * The surface that real schedulers use, as it was measured, is there: for each
 * row of KICKSTAND_SURFACE/{kfuncs,helpers,core_fields}.tsv that a kernel has, the
 * profile of that kernel has it too. Skipped without the folder. And each kfunc that a
 * profile's BTF shows has a function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "abi/btf.h"
#include "abi/profile.h"
#include "bpf/callable.h"
#include "kickstand.h"

#define COLUMNS_MAX 32

struct row {
	char line[8192];
	char *at[COLUMNS_MAX];
	unsigned int nr;
};

static const char *const kernels[] = { "6.12", "7.3" };

static bool read_row(FILE *f, struct row *row)
{
	char *p = row->line;

	if (!fgets(row->line, sizeof(row->line), f))
		return false;
	row->line[strcspn(row->line, "\n")] = '\0';
	for (row->nr = 0; p && row->nr < COLUMNS_MAX; row->nr++)
		row->at[row->nr] = strsep(&p, "\t");
	return true;
}

static const char *cell(const struct row *head, const struct row *row, const char *column)
{
	for (unsigned int i = 0; i < head->nr && i < row->nr; i++)
		if (!strcmp(head->at[i], column))
			return row->at[i];
	return "";
}

static FILE *table(const char *name, struct row *head)
{
	const char *dir = getenv("KICKSTAND_SURFACE");
	char path[512];
	FILE *f;

	if (!dir)
		skip();
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f || !read_row(f, head))
		skip();
	return f;
}

static const struct profile *profile_of(unsigned int k)
{
	const struct profile *prof = profile_find(kernels[k]);

	assert_non_null(prof);
	return prof;
}

static bool kernel_has(const struct row *head, const struct row *row, unsigned int k)
{
	char column[32];

	snprintf(column, sizeof(column), "in_btf_%s", kernels[k]);
	return !strcmp(cell(head, row, column), "y");
}

static void test_kfuncs(void **state)
{
	struct row head, row;
	FILE *f = table("kfuncs.tsv", &head);
	unsigned int missing = 0;

	while (read_row(f, &row)) {
		const char *name = cell(&head, &row, "kernel_name");

		for (unsigned int k = 0; k < 2; k++) {
			if (!kernel_has(&head, &row, k) || kfunc_find(name, profile_of(k)))
				continue;
			print_message("%s: kfunc %s is missing\n", kernels[k], name);
			missing++;
		}
	}
	fclose(f);
	assert_int_equal(missing, 0);
}

static void test_helpers(void **state)
{
	struct row head, row;
	FILE *f = table("helpers.tsv", &head);
	unsigned int missing = 0;

	while (read_row(f, &row)) {
		if (helper_find(atoi(cell(&head, &row, "id"))))
			continue;
		print_message("helper %s is missing\n", cell(&head, &row, "name"));
		missing++;
	}
	fclose(f);
	assert_int_equal(missing, 0);
}

/* Members of anonymous structures and unions count as the outer one's. */
static bool has_member(const struct btf *btf, u32 id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, id));
	const char *mname;

	for (u32 i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++) {
		mname = btf__name_by_offset(btf, btf_members(t)[i].name_off);
		if (*mname ? !strcmp(mname, name) : has_member(btf, btf_members(t)[i].type, name))
			return true;
	}
	return false;
}

static bool has_type(const struct btf_types *bt, const char *type, const char *field)
{
	const char *name = strchr(type, ' ');
	u32 kind, id;

	if (!name)
		return true; /* a typedef or so: nothing the tables say more about */
	kind = !strncmp(type, "enum", 4)  ? BTF_KIND_ENUM :
	       !strncmp(type, "union", 5) ? BTF_KIND_UNION :
					    BTF_KIND_STRUCT;
	id = vmbtf_find(bt, name + 1, kind);
	if (!id)
		id = vmbtf_find(bt, name + 1, BTF_KIND_TYPEDEF);
	if (!id && kind == BTF_KIND_ENUM)
		return vmbtf_find(bt, name + 1, BTF_KIND_ENUM64);
	return id && (!*field || kind == BTF_KIND_ENUM || has_member(bt->btf, id, field));
}

/* "a.b.c" and "a[0]" are looked at up to the first name */
static void first_name(const char *path, char *buf, size_t len)
{
	snprintf(buf, len, "%.*s", (int)strcspn(path, ".["), path);
}

static void test_fields(void **state)
{
	struct row head, row;
	unsigned int missing = 0;

	for (unsigned int k = 0; k < 2; k++) {
		FILE *f = table("core_fields.tsv", &head);
		struct btf_types *bt;

		assert_int_equal(vmbtf_create(profile_of(k), &bt), 0);
		while (read_row(f, &row)) {
			const char *type = cell(&head, &row, "type");
			char field[128];

			first_name(cell(&head, &row, "field"), field, sizeof(field));
			if (!kernel_has(&head, &row, k) || has_type(bt, type, field))
				continue;
			print_message("%s: %s.%s is missing\n", kernels[k], type, field);
			missing++;
		}
		vmbtf_destroy(bt);
		fclose(f);
	}
	assert_int_equal(missing, 0);
}

/* the function that a tag of BTF says is a kfunc; NULL: it tags something else, or otherwise */
static const char *tagged_kfunc(const struct btf *btf, const struct btf_type *t)
{
	if (!btf_is_decl_tag(t) || strcmp(btf__name_by_offset(btf, t->name_off), "bpf_kfunc"))
		return NULL;
	t = btf__type_by_id(btf, t->type);
	return btf_is_func(t) ? btf__name_by_offset(btf, t->name_off) : NULL;
}

static unsigned int without_function(const struct profile *prof, unsigned int *nr)
{
	struct btf_types *bt;
	unsigned int missing = 0;

	assert_int_equal(vmbtf_create(prof, &bt), 0);
	for (u32 id = 1; id < btf__type_cnt(bt->btf); id++) {
		const char *name = tagged_kfunc(bt->btf, btf__type_by_id(bt->btf, id));

		if (!name)
			continue;
		++*nr;
		if (kfunc_find(name, prof))
			continue;
		print_message("%s: kfunc %s is in BTF, but there is no function\n", prof->name,
			      name);
		missing++;
	}
	vmbtf_destroy(bt);
	return missing;
}

/* Programs go by BTF (bpf_ksym_exists): what stands there can be called, on every kernel. */
static void test_functions(void **state)
{
	const struct profile *prof;
	unsigned int missing = 0, nr;

	for (unsigned int i = 0; (prof = profile_at(i)); i++) {
		nr = 0;
		missing += without_function(prof, &nr);
		assert_true(nr > 100); /* or the tags are gone */
	}
	assert_int_equal(missing, 0);
}

/* One machine, so that all tables are registered. */
static int make_machine(void **state)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts) };
	enum ks_status status;

	*state = ks_machine_create(&opts, &status);
	return !*state;
}

static int drop_machine(void **state)
{
	ks_machine_destroy(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kfuncs),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_functions),
	};

	return cmocka_run_group_tests(tests, make_machine, drop_machine);
}
