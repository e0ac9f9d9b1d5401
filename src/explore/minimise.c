// SPDX-License-Identifier: GPL-2.0-only
/*
 * minimise.c - the fewest decisions that still show a finding, and each as short as it may be.
 *
 * Decisions are few, so each is left out in turn until none can be. Then each hold is halved
 * between what shows it and what does not, and made a round figure where that shows it, too.
 * The last run that did not show it is the nearest one that passes.
 */
#include "explore/explore.h"

#include <string.h>

/* When the budget is used up nothing shorter is tried: what was found is told as it is. */
static bool shows(struct explorer *x, const struct schedule *s, const char *key)
{
	const struct trial_result *r;

	if (!explore_has_time(x))
		return false;
	r = trial_once(x, s, false);

	for (u32 i = 0; r->end == TRIAL_OVER && i < r->nr_found; i++)
		if (!strcmp(r->found[i].key, key))
			return true;
	return false;
}

static struct schedule without(const struct schedule *s, u32 i)
{
	struct schedule out = {};

	for (u32 j = 0; j < s->nr; j++)
		if (j != i)
			schedule_add(&out, &s->at[j]);
	return out;
}

static void note_passing(struct explorer *x, struct minimal *m, const struct schedule *s)
{
	if (!explore_has_time(x))
		return; /* it was not run */
	m->passing = *s;
	m->has_passing = true;
}

/* Leave out what can be; from the last, which is mostly what was added to something. */
static void fewer(struct explorer *x, const char *key, struct minimal *m)
{
	for (u32 i = m->schedule.nr; i-- > 0;) {
		struct schedule s = without(&m->schedule, i);

		if (!shows(x, &s, key))
			note_passing(x, m, &s);
		else
			m->schedule = s;
	}
}

static struct schedule with_hold(const struct schedule *s, u32 i, u64 hold_ns)
{
	struct schedule out = *s;

	out.at[i].hold_ns = hold_ns;
	return out;
}

/* 1, 2, 5, 10, ...: the least that is not below @ns */
static u64 round_up(u64 ns)
{
	u64 unit = 1;

	for (;; unit *= 10)
		for (u64 f = 1; f <= 5; f += f == 1 ? 1 : 3)
			if (f * unit >= ns)
				return f * unit;
}

static void shorter(struct explorer *x, const char *key, u32 i, struct minimal *m)
{
	u64 pass_ns = 0, show_ns = m->schedule.at[i].hold_ns, round_ns;
	struct schedule s;

	while (explore_has_time(x) && show_ns - pass_ns > max(show_ns / 16, 100ULL)) {
		u64 hold_ns = (pass_ns + show_ns) / 2;

		s = with_hold(&m->schedule, i, hold_ns);
		if (shows(x, &s, key)) {
			show_ns = hold_ns;
		} else {
			pass_ns = hold_ns;
			note_passing(x, m, &s);
		}
	}
	m->schedule.at[i].hold_ns = show_ns;
	round_ns = round_up(show_ns);
	s = with_hold(&m->schedule, i, round_ns);
	if (round_ns != show_ns && shows(x, &s, key))
		m->schedule = s;
}

void minimise(struct explorer *x, const struct schedule *s, const char *key, struct minimal *out)
{
	*out = (struct minimal){ .schedule = *s };
	fewer(x, key, out);
	for (u32 i = 0; i < out->schedule.nr; i++)
		if (!out->schedule.at[i].fault && out->schedule.at[i].site.kind != POINT_ALLOC)
			shorter(x, key, i, out);
}
