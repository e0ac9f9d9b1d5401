// SPDX-License-Identifier: GPL-2.0-only
/*
 * not_created.c - tasks that the workload is to have and that do not exist: their creator
 * did not come to it, or the fork was refused (ops.init_task() said no, too many tasks); and
 * those that are not what they were to be: no room for another deadline task.
 */
#include "check/detector.h"

#include <stdio.h>
#include <string.h>

#include "load/workload.h"

/* Why: the first that fork refused says it; else nobody came to create them. */
static void tell_why(const struct workload *w, u64 missing, char *text, size_t len)
{
	struct workload_missing first;

	if (workload_missing(w, 0, &first) && first.err)
		snprintf(text, len,
			 "%llu of the workload's %llu tasks were not created, '%s' the first: %s",
			 missing, workload_nr_wanted(w), first.comm, strerror(-first.err));
	else
		snprintf(text, len,
			 "%llu of the workload's %llu tasks were not created: who creates them "
			 "did not get the CPU for it",
			 missing, workload_nr_wanted(w));
}

static void tell_missing(struct judge *v, struct findings *f, const struct workload *w)
{
	u64 missing = workload_nr_wanted(w) - workload_nr_created(w);
	struct finding *at = missing ? finding_add(v, f, FINDING_NOT_CREATED) : NULL;

	if (!at)
		return;
	at->since_ns = v->begin_ns;
	at->duration_ns = verdict_duration_ns(v);
	tell_why(w, missing, at->text, sizeof(at->text));
}

static void tell_refused(struct judge *v, struct findings *f, const struct workload *w)
{
	struct finding *at = w->nr_refused ? finding_add(v, f, FINDING_NOT_CREATED) : NULL;

	if (!at)
		return;
	at->since_ns = w->refused_ns;
	at->duration_ns = ns_since(w->refused_ns);
	snprintf(at->text, sizeof(at->text),
		 "%llu forks of the workload's tasks were refused, "
		 "the first at %s: %s",
		 w->nr_refused, TEXT(w->refused_ns), strerror(-w->refused_err));
}

/* A task without the class that it is to have is not the task that was asked for. */
static void tell_unadmitted(struct judge *v, struct findings *f, const struct workload *w)
{
	struct finding *at = w->nr_unadmitted ? finding_add(v, f, FINDING_NOT_CREATED) : NULL;

	if (!at)
		return;
	at->since_ns = v->begin_ns;
	at->duration_ns = verdict_duration_ns(v);
	snprintf(at->text, sizeof(at->text),
		 "%llu of the workload's tasks did not get their policy, '%s' the first: %s",
		 w->nr_unadmitted, w->unadmitted.comm, strerror(-w->unadmitted.err));
}

void not_created_find(struct judge *v, struct findings *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(v->workload); i++)
		if (v->workload[i]) {
			tell_missing(v, f, v->workload[i]);
			tell_refused(v, f, v->workload[i]);
			tell_unadmitted(v, f, v->workload[i]);
		}
}
