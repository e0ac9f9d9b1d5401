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
#include "base/shortage.h"
#include "bpf/callable.h"

#define TABLES_MAX 64
#define KFUNC_BUCKETS 1024	/* for a few hundred names; every call is looked up */

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

static struct kfunc_table kfunc_tables[TABLES_MAX];
static struct helper_table helper_tables[TABLES_MAX];
static u32 nr_kfunc_tables, nr_helper_tables;
static struct entry *buckets[KFUNC_BUCKETS];

static struct entry **bucket_of(const char *name)
{
	u32 hash = 2166136261u;

	while (*name)
		hash = (hash ^ (u8)*name++) * 16777619u;
	return &buckets[hash % KFUNC_BUCKETS];
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
	struct kfunc_table *table;

	for (u32 i = 0; i < nr_kfunc_tables; i++)
		if (kfunc_tables[i].rows == rows)
			return;
	bug_on(nr_kfunc_tables == TABLES_MAX, "more kfunc tables than %d", TABLES_MAX);
	table = &kfunc_tables[nr_kfunc_tables++];
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
	for (u32 t = 0; t < nr_kfunc_tables; t++) {
		if (i < kfunc_tables[t].nr)
			return &kfunc_tables[t].rows[i];
		i -= kfunc_tables[t].nr;
	}
	return NULL;
}

void helper_register(const struct helper *rows, u32 nr)
{
	for (u32 i = 0; i < nr_helper_tables; i++)
		if (helper_tables[i].rows == rows)
			return;
	bug_on(nr_helper_tables == TABLES_MAX, "more helper tables than %d", TABLES_MAX);
	helper_tables[nr_helper_tables++] = (struct helper_table){ rows, nr };
}

const struct helper *helper_find(u32 id)
{
	for (u32 t = 0; t < nr_helper_tables; t++)
		for (u32 i = 0; i < helper_tables[t].nr; i++)
			if (helper_tables[t].rows[i].id == id)
				return &helper_tables[t].rows[i];
	return NULL;
}
