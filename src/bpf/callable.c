// SPDX-License-Identifier: GPL-2.0-only
/*
 * callable.c - the tables of helpers and kfuncs, and finding a row.
 *
 * Tables are static data of whoever registers them and live as long as the process.
 * Registering one again changes nothing, so that a second machine may start over.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/profile.h"
#include "base/bug.h"
#include "base/fnv.h"
#include "base/shortage.h"
#include "bpf/callable.h"
#include "bpf/state.h"

#define TABLES_MAX 64
#define KFUNC_BUCKETS 1024 /* for a few hundred names; every call is looked up */

struct entry {
	const struct kfunc *kfunc;
	struct entry *next;
};

struct kfunc_table {
	const struct kfunc *rows;
	u32 nr;
	struct entry *entries;
};

struct helper_table {
	const struct helper *rows;
	u32 nr;
};

struct callables {
	struct kfunc_table kfunc_tables[TABLES_MAX];
	struct helper_table helper_tables[TABLES_MAX];
	u32 nr_kfunc_tables, nr_helper_tables;
	struct entry *buckets[KFUNC_BUCKETS];
};

static struct callables *callables(void)
{
	if (!vm_state.callables)
		vm_state.callables = shortage_calloc(1, sizeof(*vm_state.callables));
	return vm_state.callables;
}

static struct entry **bucket_of(const char *name)
{
	return &callables()->buckets[fnv1a(name) % KFUNC_BUCKETS];
}

static const struct kfunc *kfunc_named(const char *name)
{
	for (const struct entry *e = *bucket_of(name); e; e = e->next)
		if (!strcmp(e->kfunc->name, name))
			return e->kfunc;
	return NULL;
}

void kfunc_register(const struct kfunc *rows, u32 nr)
{
	struct callables *c = callables();
	struct kfunc_table *table;

	for (u32 i = 0; i < c->nr_kfunc_tables; i++)
		if (c->kfunc_tables[i].rows == rows)
			return;
	bug_on(c->nr_kfunc_tables == TABLES_MAX, "more kfunc tables than %d", TABLES_MAX);
	table = &c->kfunc_tables[c->nr_kfunc_tables++];
	table->rows = rows;
	table->nr = nr;
	table->entries = calloc(nr, sizeof(*table->entries));
	shortage_on(!table->entries, "out of memory for %u kfuncs", nr);
	for (u32 i = 0; i < nr; i++) {
		struct entry **bucket = bucket_of(rows[i].name);

		bug_on(kfunc_named(rows[i].name), "kfunc %s twice", rows[i].name);
		table->entries[i] = (struct entry){ &rows[i], *bucket };
		*bucket = &table->entries[i];
	}
}

/* What the tables do not know (a test's own) is in all profiles. */
const struct kfunc *kfunc_find(const char *name, const struct profile *prof)
{
	const struct kfunc *kf = kfunc_named(name);

	return kf && (profile_has_kfunc(prof, name) || !kfunc_row_exists(name)) ? kf : NULL;
}

const struct kfunc *kfunc_at(u32 i)
{
	const struct callables *c = callables();

	for (u32 t = 0; t < c->nr_kfunc_tables; t++) {
		if (i < c->kfunc_tables[t].nr)
			return &c->kfunc_tables[t].rows[i];
		i -= c->kfunc_tables[t].nr;
	}
	return NULL;
}

void helper_register(const struct helper *rows, u32 nr)
{
	struct callables *c = callables();

	for (u32 i = 0; i < c->nr_helper_tables; i++)
		if (c->helper_tables[i].rows == rows)
			return;
	bug_on(c->nr_helper_tables == TABLES_MAX, "more helper tables than %d", TABLES_MAX);
	c->helper_tables[c->nr_helper_tables++] = (struct helper_table){ rows, nr };
}

const struct helper *helper_find(u32 id)
{
	const struct callables *c = callables();

	for (u32 t = 0; t < c->nr_helper_tables; t++)
		for (u32 i = 0; i < c->helper_tables[t].nr; i++)
			if (c->helper_tables[t].rows[i].id == id)
				return &c->helper_tables[t].rows[i];
	return NULL;
}
