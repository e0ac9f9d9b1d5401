// SPDX-License-Identifier: GPL-2.0-only
/*
 * strategy.c - which schedule is tried next. A strategy is a row; a campaign without --strategy
 * gives its batches to all in turn. None draws from anything but the batch's own numbers.
 */
#include "explore/explore.h"

#include <stdlib.h>
#include <string.h>

#define GAP_POINTS 512	    /* of all CPUs, that are looked at for the next of one */
#define GAP_MARGIN_NS 20000 /* for what the other does behind its access */
#define DELAYS_MAX 3
#define DELAY_MAX_NS (2 * NSEC_PER_MSEC)
#define PCT_CHANGES_MAX 3
#define PCT_HOLD_NS (4 * NSEC_PER_MSEC)

/* @d, when what is at @a comes. */
static bool decide_at(struct schedule *s, const struct access *a, struct decision d)
{
	d.site = a->site;
	d.nth = a->nth;
	return !schedule_add(s, &d);
}

/* Where memory is asked for nobody is held: that decides that there is none. */
static bool hold_at(struct schedule *s, const struct access *a, u64 hold_ns)
{
	return a->site.kind != POINT_ALLOC &&
	       decide_at(s, a, (struct decision){ .hold_ns = hold_ns });
}

/* ---- pairs: the nearest conflicting accesses, turned round one after the other ---- */

static bool next_pair(struct explorer *x, struct prng *prng, struct schedule *out)
{
	const struct pair *p;

	if (x->next_pair == x->pairs.nr)
		return false;
	p = &x->pairs.at[x->next_pair++];
	return hold_at(out, &x->base[p->first], p->hold_ns);
}

/* ---- gaps: what was looked at has changed when it is acted upon ---- */

/* The next point of the same program there; NULL: it has none near */
static const struct access *point_after(const struct explorer *x, u32 at)
{
	const struct access *first = &x->base[at];

	for (u32 i = at + 1; i < x->nr_base && i < at + GAP_POINTS; i++) {
		const struct access *a = &x->base[i];

		if (a->site.cpu == first->site.cpu && a->site.prog == first->site.prog)
			return a;
	}
	return NULL;
}

/* Of a pair that begins with a look: it is held behind that until the other one has come. */
static bool next_gap(struct explorer *x, struct prng *prng, struct schedule *out)
{
	while (x->next_gap < x->pairs.nr) {
		const struct pair *p = &x->pairs.at[x->next_gap++];
		const struct access *first = &x->base[p->first], *after;

		if (first->write || !first->site.prog)
			continue;
		after = point_after(x, p->first);
		if (after && hold_at(out, after, p->hold_ns + GAP_MARGIN_NS))
			return true;
	}
	return false;
}

/* ---- delays: some CPUs, for a while, anywhere ---- */

/* 1 us to 2 ms, each power as likely as the next */
static u64 any_delay(struct prng *prng)
{
	u64 ns = NSEC_PER_USEC << prng_below(prng, 12);

	return min(ns / 2 + prng_below(prng, ns), DELAY_MAX_NS);
}

/*
 * Any point; every other time one that is rather early at its site, and in a program: the best of
 * four. A site that is come to a thousand times would hide those that are come to twice.
 */
static const struct access *any_point(const struct access *log, u32 nr, struct prng *prng)
{
	const struct access *best = &log[prng_below(prng, nr)];

	for (u32 i = 0; i < 3; i++) {
		const struct access *a = &log[prng_below(prng, nr)];

		if (a->nth < best->nth || (a->site.prog && !best->site.prog))
			best = a;
	}
	return prng_below(prng, 2) ? best : &log[prng_below(prng, nr)];
}

static bool next_delays(struct explorer *x, struct prng *prng, struct schedule *out)
{
	u64 n = 1 + prng_below(prng, DELAYS_MAX);

	if (!x->nr_base)
		return false;
	for (u64 i = 0; i < n; i++)
		hold_at(out, any_point(x->base, x->nr_base, prng), any_delay(prng));
	return true;
}

/* ---- combine: one more decision where something new was seen ---- */

static bool next_combined(struct explorer *x, struct prng *prng, struct schedule *out)
{
	if (!x->nr_grown)
		return false;
	*out = x->grown_from;
	if (x->grown_pairs.nr && prng_below(prng, 4)) {
		/* the near ones, mostly */
		u64 of = 1 + prng_below(prng, x->grown_pairs.nr);
		const struct pair *p = &x->grown_pairs.at[prng_below(prng, of)];

		return hold_at(out, &x->grown[p->first], p->hold_ns);
	}
	hold_at(out, any_point(x->grown, x->nr_grown, prng), any_delay(prng));
	return true;
}

/*
 * ---- pct: priorities that change at a few points ----
 *
 * The CPU that comes to the k-th point of the run falls behind all others there: it stands until
 * they have done what they had to, or for as long as a tick. Any k is as likely as another.
 */
static bool next_pct(struct explorer *x, struct prng *prng, struct schedule *out)
{
	u64 n = 1 + prng_below(prng, PCT_CHANGES_MAX);

	if (!x->nr_base)
		return false;
	for (u64 i = 0; i < n; i++)
		hold_at(out, &x->base[prng_below(prng, x->nr_base)], PCT_HOLD_NS / n);
	return true;
}

/* ---- faults: what --faults names, at ticks; memory that is not there; CPUs that are gone ---- */

#define STEAL_MAX_NS (20 * NSEC_PER_MSEC)
#define FAULT_MAX_NS (10 * NSEC_PER_MSEC)
#define DRAWS 4096 /* points that are drawn until one is of the kind that is looked for */

static const struct access *point_of_kind(const struct explorer *x, struct prng *prng,
					  enum point_kind kind)
{
	for (u32 i = 0; i < DRAWS; i++) {
		const struct access *a = &x->base[prng_below(prng, x->nr_base)];

		if (a->site.kind == kind)
			return a;
	}
	/* rare: the first from anywhere on */
	for (u64 i = 0, at = prng_below(prng, x->nr_base); i < x->nr_base; i++)
		if (x->base[(at + i) % x->nr_base].site.kind == kind)
			return &x->base[(at + i) % x->nr_base];
	return NULL;
}

/* a task of the workload: those of the boot and the loader are older than the run; 0: none is seen */
static pid_t any_task(const struct explorer *x, struct prng *prng)
{
	for (u32 i = 0; i < DRAWS; i++) {
		pid_t pid = x->base[prng_below(prng, x->nr_base)].pid;

		if (pid > x->last_pid)
			return pid;
	}
	return 0;
}

static u64 any_value(const struct explorer *x, struct prng *prng, enum fault fault)
{
	u32 nr = min(x->nr_cpus, 63u);

	switch (fault) {
	case FAULT_AFFINITY:
		return 1 + prng_below(prng, (1ULL << nr) - 1);
	case FAULT_NICE:
		return (u64)((s64)prng_below(prng, 40) - 20);
	case FAULT_FORK:
		return 1 + prng_below(prng, 16);
	default:
		return NSEC_PER_MSEC + prng_below(prng, FAULT_MAX_NS);
	}
}

static bool add_fault(const struct explorer *x, struct prng *prng, enum fault fault,
		      struct schedule *out)
{
	const struct access *a = point_of_kind(x, prng, POINT_TICK);
	struct decision d = { .fault = fault, .value = any_value(x, prng, fault) };

	if (!a)
		return false;
	d.target = fault == FAULT_OFFLINE ? (s32)prng_below(prng, x->nr_cpus) :
		   fault == FAULT_FORK	  ? 0 :
					    any_task(x, prng);
	return decide_at(out, a, d);
}

static bool add_lack(const struct explorer *x, struct prng *prng, struct schedule *out)
{
	const struct access *a = point_of_kind(x, prng, POINT_ALLOC);

	return a && decide_at(out, a, (struct decision){ .hold_ns = 1 });
}

static bool add_steal(const struct explorer *x, struct prng *prng, struct schedule *out)
{
	const struct access *a = any_point(x->base, x->nr_base, prng);

	return hold_at(out, a, DELAY_MAX_NS + prng_below(prng, STEAL_MAX_NS - DELAY_MAX_NS));
}

/* One of those that are switched on */
static bool add_any(const struct explorer *x, struct prng *prng, struct schedule *out)
{
	u32 on[NR_FAULT_SWITCHES], nr = 0, which;

	for (u32 i = 0; i < NR_FAULT_SWITCHES; i++)
		if (x->faults & 1u << i)
			on[nr++] = i;
	which = on[prng_below(prng, nr)];
	if (which == SWITCH_STEAL)
		return add_steal(x, prng, out);
	if (which == SWITCH_ALLOC)
		return add_lack(x, prng, out);
	return add_fault(x, prng, (enum fault)which, out);
}

/* One or two, and with one that happens mostly a hold beside it. */
static bool next_faults(struct explorer *x, struct prng *prng, struct schedule *out)
{
	u64 n = 1 + prng_below(prng, 2);

	if (!x->nr_base || !x->faults)
		return false;
	for (u64 i = 0; i < n; i++)
		if (!add_any(x, prng, out) && !out->nr && x->faults == 1u << SWITCH_ALLOC)
			return false;
	if (n == 1 && prng_below(prng, 2))
		hold_at(out, any_point(x->base, x->nr_base, prng), any_delay(prng));
	return true;
}

enum { PAIRS, COMBINE, DELAYS, PCT, FAULTS, GAPS, NR_STRATEGIES };

const struct strategy strategies[] = {
	[PAIRS] = { "pairs", next_pair },
	[COMBINE] = { "combine", next_combined },
	[DELAYS] = { "delays", next_delays },
	[PCT] = { "pct", next_pct },
	[FAULTS] = { "faults", next_faults },
	[GAPS] = { "gaps", next_gap },
	[NR_STRATEGIES] = {},
};

const struct strategy *strategy_find(const char *name)
{
	for (const struct strategy *s = strategies; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* ---- batches ---- */

static const struct strategy *strategy_of(const struct explorer *x, u64 number)
{
	static const u8 turns[] = { PAIRS,  GAPS,  PAIRS, COMBINE, PAIRS, GAPS,
				    DELAYS, PAIRS, GAPS,  COMBINE, PAIRS, PCT };
	/* what happens around is asked for, so it comes first and often */
	static const u8 with_faults[] = { FAULTS, PAIRS,  GAPS, COMBINE, FAULTS, PAIRS,
					  DELAYS, FAULTS, GAPS, COMBINE, FAULTS, PCT };

	if (x->opts.strategy)
		return strategy_find(x->opts.strategy);
	if (x->faults)
		return &strategies[with_faults[number % ARRAY_SIZE(with_faults)]];
	return &strategies[turns[number % ARRAY_SIZE(turns)]];
}

/* One that showed something new; the latest half as often as all. */
static const struct schedule *any_of_corpus(const struct explorer *x, struct prng *prng)
{
	u64 first = x->nr_corpus > CORPUS_MAX ? x->nr_corpus - CORPUS_MAX : 0;
	u64 nr = x->nr_corpus - first;

	if (nr > 1 && prng_below(prng, 2)) {
		first += nr / 2;
		nr -= nr / 2;
	}
	return &x->corpus[(first + prng_below(prng, nr)) % CORPUS_MAX];
}

/* What a batch of "combine" builds upon: run it once more, with its points. */
static void grow(struct explorer *x, struct prng *prng)
{
	const struct trial_result *r;

	x->nr_grown = 0;
	if (!x->nr_corpus)
		return;
	x->grown_from = *any_of_corpus(x, prng);
	r = trial_once(x, &x->grown_from, true);
	if (r->end != TRIAL_OVER)
		return;
	x->grown = x->log; /* until the next that is logged */
	x->nr_grown = r->nr_log;
	if (pairs_find(x->grown, x->nr_grown, &x->grown_pairs))
		x->nr_grown = 0;
}

static u32 fill(struct explorer *x, const struct strategy *s, struct prng *prng, struct trial *out)
{
	u32 n = 0;

	for (; n < BATCH; n++) {
		out[n].schedule = (struct schedule){};
		out[n].log = false;
		if (!s->next(x, prng, &out[n].schedule))
			break;
	}
	return n;
}

u32 strategy_batch(struct explorer *x, u64 number, struct trial *out)
{
	const struct strategy *s = strategy_of(x, number);
	struct prng prng;
	u32 n;

	prng_init(&prng, x->opts.seed, number);
	if (s->next == next_combined)
		grow(x, &prng);
	n = fill(x, s, &prng, out);
	/* it has no more, or nothing yet: another one has */
	return n || x->opts.strategy ? n : fill(x, &strategies[DELAYS], &prng, out);
}
