// SPDX-License-Identifier: GPL-2.0-only
/*
 * never_ran.c - a task of the workload that wanted to run from its creation on and never
 * was on a CPU, although half the run, or starvation's threshold, has passed.
 */
#include "check/detector.h"

#include <stdio.h>

static bool never_ran(const struct judge *v, const struct task_struct *p)
{
	u64 since_ns = waits_since(p), ns;

	if (!since_ns || host_of(p)->m->nr_switches || host_of(p)->m->runtime_ns || !of_workload(p))
		return false;
	ns = ns_since(since_ns);
	return ns >= min(v->starvation_ns, verdict_duration_ns(v) / 2) && ns >= patience_ns(p);
}

void never_ran_find(struct judge *v, struct findings *f)
{
	const struct task_struct *p;
	struct finding *at;
	struct long_wait w;

	for_each_task(p) {
		at = never_ran(v, p) ? finding_add(v, f, FINDING_NEVER_RAN) : NULL;
		if (!at)
			continue;
		long_wait_note(&w, p, waits_since(p));
		finding_of_wait(at, &w);
	}
}

void never_ran_tell(struct judge *v, struct finding *at)
{
	const struct task_struct *p = find_task_by_pid(at->pid);
	char place[PUT_BYTES], name[NAME_BYTES];
	struct long_wait w;
	u32 n;

	long_wait_note(&w, p, at->since_ns);
	n = (u32)snprintf(
		at->text, sizeof(at->text),
		"%s has never run; it waits for %s, since %s%s: ", verdict_task_text(p, name),
		TEXT(at->duration_ns), TEXT(at->since_ns), verdict_place_text(&w, place));
	history_tell(&v->history, &w.allowed, w.since_ns, w.until_ns, at->text + n,
		     (u32)sizeof(at->text) - n);
}
