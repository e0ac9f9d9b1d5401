// SPDX-License-Identifier: GPL-2.0-only
/* facts.c - see facts.h. A name that has several rows in its table is one fact. */
#include "abi/facts.h"
#include "base/array.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/btf.h"
#include "abi/profile.h"

#define VALUE_MAX 512

struct facts {
	struct vmbtf_base *base;
	struct fact *at;
	u32 nr, max;
};

static const char *const kind_names[NR_FACT_KINDS] = {
	"behaviour",
	"kfunc",
	"enumerator",
	"type",
};

const char *fact_kind_name(enum fact_kind kind)
{
	return kind_names[kind];
}

/* ---- making the list ---- */

static struct fact *add(struct facts *f, enum fact_kind kind, u32 row)
{
	if (!array_room(&f->at, f->nr, &f->max))
		return NULL;
	f->at[f->nr] = (struct fact){ .kind = kind, .row = row };
	return &f->at[f->nr++];
}

static bool known(const struct facts *f, enum fact_kind kind, const char *name)
{
	for (u32 i = 0; i < f->nr; i++)
		if (f->at[i].kind == kind && !strcmp(f->at[i].name, name))
			return true;
	return false;
}

static int add_named(struct facts *f, enum fact_kind kind, u32 row, const char *name,
		     const char *text)
{
	struct fact *fact;

	if (kind != FACT_ENUMERATOR && known(f, kind, name))
		return 0;
	fact = add(f, kind, row);
	if (!fact)
		return -ENOMEM;
	snprintf(fact->name, sizeof(fact->name), "%s", name);
	fact->text = text;
	return 0;
}

static int add_behaviour(struct facts *f, u32 i, const struct behaviour *b)
{
	int err = add_named(f, FACT_BEHAVIOUR, i, b->name, b->text);

	if (!err)
		f->at[f->nr - 1].concerns = b->concerns;
	return err;
}

static int add_tables(struct facts *f)
{
	const struct behaviour *b;
	const struct kfunc_row *k;
	const struct enumerator *e;
	int err = 0;

	for (u32 i = 0; !err && (b = behaviour_at(i)); i++)
		err = add_behaviour(f, i, b);
	for (u32 i = 0; !err && (k = kfunc_row_at(i)); i++)
		if (*k->dates)
			err = add_named(f, FACT_KFUNC, i, k->name, NULL);
	for (u32 i = 0; !err && (e = enumerator_at(i)); i++)
		if (*e->dates && !e->then)
			err = add_named(f, FACT_ENUMERATOR, i, e->name, NULL);
	return err;
}

static void note_name(const struct vmbtf_note *n, char *buf, size_t len)
{
	snprintf(buf, len, "%s%s%s", n->type, n->member ? "." : "", n->member ? n->member : "");
}

/* Types and members; functions are kfuncs, or hooks. */
static int add_notes(struct facts *f)
{
	const struct vmbtf_note *n;
	char name[sizeof(f->at->name)];
	int err = 0;

	for (u32 i = 0; !err && (n = vmbtf_note_at(f->base, i)); i++) {
		if (!vmbtf_note_dated(n) || n->kind == BTF_KIND_FUNC)
			continue;
		note_name(n, name, sizeof(name));
		err = add_named(f, FACT_TYPE, i, name, NULL);
	}
	return err;
}

int facts_create(struct facts **out)
{
	struct facts *f = calloc(1, sizeof(*f));
	int err = f ? vmbtf_base_create(&f->base) : -ENOMEM;

	if (!err)
		err = add_tables(f);
	if (!err)
		err = add_notes(f);
	if (err)
		facts_destroy(f);
	else
		*out = f;
	return err;
}

void facts_destroy(struct facts *f)
{
	if (!f)
		return;
	vmbtf_base_destroy(f->base);
	free(f->at);
	free(f);
}

const struct fact *fact_at(const struct facts *f, u32 i)
{
	return i < f->nr ? &f->at[i] : NULL;
}

/* ---- values ---- */

static bool put_behaviour(const struct behaviour *b, const struct profile *prof, char *buf,
			  size_t len)
{
	u64 value = behaviour_value(b, prof);

	if (b->is_number)
		snprintf(buf, len, "%llu", value);
	else
		snprintf(buf, len, "%s", value ? "yes" : "no");
	return true;
}

static bool put_enumerator(const struct enumerator *e, const struct profile *prof, char *buf,
			   size_t len)
{
	u64 value = enumerator_value(e, prof);

	if (value == ENUM_ABSENT)
		return false;
	snprintf(buf, len, "0x%llx", value);
	return true;
}

static bool put_kfunc(u32 row, const char *name, const struct profile *prof, char *buf, size_t len)
{
	const struct kfunc_row *k;

	for (; (k = kfunc_row_at(row)); row++)
		if (!strcmp(k->name, name) && profile_within(prof, k->dates)) {
			snprintf(buf, len, "%s", k->proto);
			return true;
		}
	return false;
}

static bool put_type(const struct facts *f, const struct fact *fact, const struct profile *prof,
		     char *buf, size_t len)
{
	const struct vmbtf_note *n;
	char name[sizeof(fact->name)];

	for (u32 i = fact->row; (n = vmbtf_note_at(f->base, i)); i++) {
		note_name(n, name, sizeof(name));
		if (strcmp(name, fact->name) || !vmbtf_note_within(n, prof))
			continue;
		snprintf(buf, len, "yes");
		return true;
	}
	return false;
}

static bool put_value(const struct facts *f, const struct fact *fact, const struct profile *prof,
		      char *buf, size_t len)
{
	switch (fact->kind) {
	case FACT_BEHAVIOUR:
		return put_behaviour(behaviour_at(fact->row), prof, buf, len);
	case FACT_KFUNC:
		return put_kfunc(fact->row, fact->name, prof, buf, len);
	case FACT_ENUMERATOR:
		return put_enumerator(enumerator_at(fact->row), prof, buf, len);
	default:
		return put_type(f, fact, prof, buf, len);
	}
}

bool fact_value(const struct facts *f, const struct fact *fact, const struct profile *prof,
		char *buf, size_t len)
{
	if (put_value(f, fact, prof, buf, len))
		return true;
	snprintf(buf, len, "-");
	return false;
}

bool fact_same(const struct facts *f, const struct fact *fact, const struct profile *a,
	       const struct profile *b)
{
	char va[VALUE_MAX], vb[VALUE_MAX];

	fact_value(f, fact, a, va, sizeof(va));
	fact_value(f, fact, b, vb, sizeof(vb));
	return !strcmp(va, vb);
}

bool fact_everywhere(const struct facts *f, const struct fact *fact)
{
	const struct profile *first = profile_at(0), *p;

	for (u32 i = 1; (p = profile_at(i)); i++)
		if (!fact_same(f, fact, first, p))
			return false;
	return true;
}
