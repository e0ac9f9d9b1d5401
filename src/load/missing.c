// SPDX-License-Identifier: GPL-2.0-only
/*
 * missing.c - the tasks a workload was to have and has not: see workload.h.
 *
 * Tasks are made in a fixed order and each is counted when fork has answered. So those
 * after the last one counted are those whose turn never came.
 */
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "load/workload.h"

int workload_count(struct workload *w, const char *comm, int err)
{
	struct workload_missing *more;

	if (!err) {
		w->nr_created++;
		return 0;
	}
	more = realloc(w->failed, (w->nr_failed + 1) * sizeof(*more));
	shortage_on(!more, "out of memory for a workload");
	w->failed = more;
	more = &w->failed[w->nr_failed++];
	*more = (struct workload_missing){ .err = err };
	strncpy(more->comm, comm, sizeof(more->comm) - 1);
	return err;
}

u64 workload_nr_wanted(const struct workload *w)
{
	return w->nr_wanted;
}

u64 workload_nr_created(const struct workload *w)
{
	return w->nr_created;
}

/* The description of the @nth task in the order of making; NULL: a built-in's */
static const struct thread_spec *spec_of(const struct workload *w, u64 nth)
{
	for (u32 i = 0; i < w->nr_specs; i++) {
		if (nth < w->specs[i]->instances)
			return w->specs[i];
		nth -= w->specs[i]->instances;
	}
	return NULL;
}

bool workload_missing(const struct workload *w, u64 i, struct workload_missing *out)
{
	const u64 nth = w->nr_created + i; /* those that failed come before */
	const struct thread_spec *spec;

	if (i < w->nr_failed) {
		*out = w->failed[i];
		return true;
	}
	if (nth >= w->nr_wanted)
		return false;
	*out = (struct workload_missing){};
	spec = spec_of(w, nth);
	if (spec)
		strncpy(out->comm, spec->name, sizeof(out->comm) - 1);
	return true;
}
