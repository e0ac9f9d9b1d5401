// SPDX-License-Identifier: GPL-2.0-only
/*
 * estimate.c - how long a campaign will take: a few of its runs, from all over the plan, are timed. In a
 * dry run nothing of them is kept; else they are the first rows.
 */
#include <stdlib.h>

#include "campaign/campaign.h"

#define SAMPLES 3

static u32 choose(const struct sweep *s, const struct point *some[SAMPLES])
{
	u32 nr = 0;

	for (u32 k = 0; k < SAMPLES; k++) {
		const struct point *at =
			&s->points.at[(u64)k * (s->points.nr - 1) / (SAMPLES > 1 ? SAMPLES - 1 : 1)];

		if (sweep_has(s, at) || (nr && some[nr - 1] == at) ||
		    s->points.config[at->config].broken)
			continue;
		some[nr++] = at;
	}
	return nr;
}

/* Of a search with a budget, one knows. */
static bool budget_of(const struct sweep *s, u64 *ns)
{
	const json_t *explore = json_object_get(s->plan.json, "explore");
	const char *budget = json_string_value(json_object_get(explore, "budget"));

	return budget && plan_time(budget, ns);
}

static int time_alone(const struct sweep *s, const struct point *at, u64 *ns)
{
	struct argv quiet = { 0 }, argv = { 0 };
	struct outcome o;
	int err;

	argv_add(&quiet, "--quiet");
	point_argv(&s->points, at, &quiet, &argv);
	err = child_run(s->o->runner, s->plan.folder, &argv, &s->plan.limits, &o);
	argv_finish(&argv);
	argv_finish(&quiet);
	if (err)
		return err;
	*ns += o.real_ns;
	outcome_finish(&o);
	return KS_OK;
}

int estimate(struct sweep *s, u64 *run_ns)
{
	const struct point *some[SAMPLES];
	u32 nr = choose(s, some);
	u64 ids[SAMPLES], sum = 0;
	struct batch b = { .nr = nr, .id = ids };
	int err = KS_OK;

	*run_ns = 0;
	if (budget_of(s, run_ns) || !nr)
		return KS_OK;
	for (u32 i = 0; i < nr && !err; i++) {
		ids[i] = some[i]->id;
		if (s->o->dry_run)
			err = time_alone(s, some[i], &sum);
	}
	if (err)
		return err;
	if (!s->o->dry_run) {
		err = local_run_batch(s, &b);
		nr = (u32)s->nr_new;
		sum = s->new_ns;
	}
	*run_ns = nr ? sum / nr : 0;
	return err;
}
