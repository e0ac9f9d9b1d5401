// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile_describe.c - `kickstand kernels`: what the profiles are and how they
 * differ, read from the same tables that make them differ.
 */
#include "abi/profile.h"

#include <bpf/btf.h>
#include <stdio.h>

#include "abi/btf.h"

static void print_value(FILE *out, const char *type, u64 v612, u64 v73)
{
	if (type[0] == 'b')
		fprintf(out, "%-10s %-10s", v612 ? "yes" : "no", v73 ? "yes" : "no");
	else
		fprintf(out, "%-10llu %-10llu", v612, v73);
}

static void describe_behaviours(FILE *out)
{
	const struct profile_behaviour *b612 = &profile_find("6.12")->b;
	const struct profile_behaviour *b73 = &profile_find("7.3")->b;

	fprintf(out, "\nbehaviour\n  %-10s %-10s what\n", "6.12", "7.3");
#define BEHAVIOUR(type, name, v612, v73, text) \
	fputs("  ", out); \
	print_value(out, #type, b612->name, b73->name); \
	fprintf(out, " %s\n", text);
#include "abi/behaviour.def"
#undef BEHAVIOUR
}

static void print_enumerator(FILE *out, u64 value)
{
	if (value == ENUM_ABSENT)
		fprintf(out, "%-18s ", "-");
	else
		fprintf(out, "%#-18llx ", value);
}

static void describe_enumerators(FILE *out)
{
	const struct enumerator *e;

	fprintf(out, "\nenumerators that differ\n  %-18s %-18s name\n", "6.12", "7.3");
	for (u32 i = 0; (e = enumerator_at(i)); i++) {
		if (e->v612 == e->v73)
			continue;
		fputs("  ", out);
		print_enumerator(out, e->v612);
		print_enumerator(out, e->v73);
		fprintf(out, "%s\n", e->name);
	}
}

static void describe_kfuncs(FILE *out)
{
	const char *name;
	u32 in;

	fprintf(out, "\nkfuncs that only one has\n  %-5s %-5s name\n", "6.12", "7.3");
	for (u32 i = 0; (name = profile_kfunc_at(i, &in)); i++)
		if (in != 3)
			fprintf(out, "  %-5s %-5s %s\n", in & 1 ? "yes" : "-", in & 2 ? "yes" : "-",
				name);
}

/* Types and members; functions are kfuncs, told above, or hooks. */
static void describe_notes(FILE *out, const struct vmbtf_base *base)
{
	const struct vmbtf_note *n;

	fprintf(out, "\ntypes and members that only one has\n  %-5s %-5s name\n", "6.12", "7.3");
	for (u32 i = 0; (n = vmbtf_note_at(base, i)); i++) {
		bool has_612 = !n->since;

		if ((!n->since && !n->until) || n->kind == BTF_KIND_FUNC)
			continue;
		fprintf(out, "  %-5s %-5s %s%s%s\n", has_612 ? "yes" : "-", has_612 ? "-" : "yes",
			n->type, n->member ? "." : "", n->member ? n->member : "");
	}
}

int profile_describe(struct _IO_FILE *out)
{
	struct vmbtf_base *base;
	const struct profile *prof;
	int err = vmbtf_base_create(&base);

	if (err)
		return err;
	for (u32 i = 0; (prof = profile_at(i)); i++)
		fprintf(out, "%-6s Linux %s%s\n", prof->name, prof->release,
			i == 0 ? " (the default)" : "");
	describe_behaviours(out);
	describe_kfuncs(out);
	describe_enumerators(out);
	describe_notes(out, base);
	vmbtf_base_destroy(base);
	return 0;
}
