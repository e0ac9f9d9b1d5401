// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile_describe.c - `kickstand kernels`: what the profiles are and how they
 * differ, read from the same tables that make them differ.
 */
#include "abi/profile_describe.h"

#include <string.h>

#include "abi/facts.h"
#include "abi/profile.h"

#define VALUE_MAX 512

static const char *const headings[NR_FACT_KINDS] = {
	"behaviour",
	"kfuncs",
	"enumerators",
	"types and members",
};

void profile_list(FILE *out)
{
	const struct profile *prof;

	for (u32 i = 0; (prof = profile_at(i)); i++)
		fprintf(out, "%-9s Linux %-9s %4u Hz, preempt %s%s%s\n", prof->name, prof->release,
			prof->kernel->hz, preempt_model_name(prof->kernel->preempt),
			prof == profile_default() ? "  (the default)" : "",
			prof->kernel->preview ? "  (preview: not released yet)" : "");
}

static void heading(FILE *out, enum fact_kind kind, s32 *last)
{
	if (*last == (s32)kind)
		return;
	fprintf(out, "\n%s\n", headings[kind]);
	*last = kind;
}

void profile_differ(FILE *out, const struct facts *f, const struct profile *a,
		    const struct profile *b)
{
	const struct fact *fact;
	char va[VALUE_MAX], vb[VALUE_MAX];
	s32 last = -1;

	for (u32 i = 0; (fact = fact_at(f, i)); i++) {
		if (fact_same(f, fact, a, b))
			continue;
		heading(out, fact->kind, &last);
		fact_value(f, fact, a, va, sizeof(va));
		fact_value(f, fact, b, vb, sizeof(vb));
		fprintf(out, "  %s%s%s\n    %-9s %s\n    %-9s %s\n", fact->name,
			fact->text ? ": " : "", fact->text ? fact->text : "", a->name, va, b->name,
			vb);
	}
	if (last < 0)
		fprintf(out, "%s and %s do not differ\n", a->name, b->name);
}

/* "    6.12 to 6.18  0x10": one line for each run of kernels with one value */
static void put_runs(FILE *out, const struct facts *f, const struct fact *fact)
{
	char value[VALUE_MAX], next[VALUE_MAX], run[48];
	const struct profile *first = profile_at(0), *last = first, *p;

	fact_value(f, fact, first, value, sizeof(value));
	for (u32 i = 1; first; i++) {
		p = profile_at(i);
		if (p)
			fact_value(f, fact, p, next, sizeof(next));
		if (!p || strcmp(next, value)) {
			snprintf(run, sizeof(run), "%s%s%s", first->name,
				 first == last ? "" : " to ", first == last ? "" : last->name);
			fprintf(out, "    %-21s %s\n", run, value);
			first = p;
			memcpy(value, next, sizeof(value));
		}
		last = p;
	}
}

void profile_facts(FILE *out, const struct facts *f, fact_filter wanted, void *arg)
{
	const struct fact *fact;
	s32 last = -1;

	for (u32 i = 0; (fact = fact_at(f, i)); i++) {
		if (fact_everywhere(f, fact) || (wanted && !wanted(fact, arg)))
			continue;
		heading(out, fact->kind, &last);
		fprintf(out, "  %s%s%s\n", fact->name, fact->text ? ": " : "",
			fact->text ? fact->text : "");
		put_runs(out, f, fact);
	}
}
