// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare_change.c - how a figure changed, whether that is good, and whether it is more than
 * chance.
 *
 * What chance does is found by a permutation test: were the two files' runs of one kind, any
 * of the ways to deal them out would be as likely as the one there is. p is the share of ways
 * whose means differ by as much, or more. Few ways are all tried; of many, a fixed number is
 * drawn, by a generator with a fixed seed: the same files give the same p.
 *
 *	3 runs and 3: 20 ways, so p is 0.1 at least		4 and 4: 70 ways, 0.03
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/figure.h"
#include "base/shortage.h"
#include "base/prng.h"
#include "compare.h"
#include "numbers.h"

#define WAYS_MAX 20000 /* that are all tried; else so many are drawn */
#define PRNG_SEED 1

typedef __int128 wide;

/* ---- permutations ---- */

struct deal {
	const int64_t *v; /* of both samples, one after the other */
	unsigned int nr, nr_from;
	wide total, limit; /* of all values; |nr * sum(from) - nr_from * total| as it is */
	uint64_t ways, as_far;
};

static wide distance(const struct deal *d, wide sum)
{
	wide far = sum * d->nr - d->total * d->nr_from;

	return far < 0 ? -far : far;
}

static void count_way(struct deal *d, wide sum)
{
	d->ways++;
	d->as_far += distance(d, sum) >= d->limit;
}

/* each choice of @left values from @at on */
static void try_all(struct deal *d, unsigned int at, unsigned int left, wide sum)
{
	if (!left) {
		count_way(d, sum);
		return;
	}
	for (; at + left <= d->nr; at++)
		try_all(d, at + 1, left - 1, sum + d->v[at]);
}

/* The first values of a shuffle that goes as far as it must. */
static void draw_some(struct deal *d, int64_t *v)
{
	struct prng prng;

	prng_init(&prng, PRNG_SEED, d->nr);
	for (unsigned int n = 0; n < WAYS_MAX; n++) {
		wide sum = 0;

		for (unsigned int i = 0; i < d->nr_from; i++) {
			unsigned int k = i + prng_below(&prng, d->nr - i);
			int64_t x = v[k];

			v[k] = v[i];
			v[i] = x;
			sum += x;
		}
		count_way(d, sum);
	}
}

/* n over k, or a number above WAYS_MAX */
static uint64_t ways_of(unsigned int n, unsigned int k)
{
	uint64_t ways = 1;

	for (unsigned int i = 1; i <= k && ways <= WAYS_MAX; i++)
		ways = ways * (n - k + i) / i;
	return ways;
}

static double permutation_p(const struct sample *from, const struct sample *to)
{
	struct deal d = { .nr = from->nr + to->nr, .nr_from = from->nr };
	int64_t *v = malloc(d.nr * sizeof(*v));
	wide sum = 0;

	shortage_on(!v, "out of memory for the figures to compare");
	memcpy(v, from->sorted, from->nr * sizeof(*v));
	memcpy(v + from->nr, to->sorted, to->nr * sizeof(*v));
	for (unsigned int i = 0; i < d.nr; i++) {
		d.total += v[i];
		if (i < d.nr_from)
			sum += v[i];
	}
	d.v = v;
	d.limit = distance(&d, sum);
	if (ways_of(d.nr, d.nr_from < to->nr ? d.nr_from : to->nr) <= WAYS_MAX) {
		try_all(&d, 0, d.nr_from, 0);
	} else {
		count_way(&d, sum); /* the one there is, so that p is never 0 */
		draw_some(&d, v);
	}
	free(v);
	return (double)d.as_far / d.ways;
}

/* ---- what a figure is ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

/* Of most figures nobody can say; of these, everybody does. */
static enum direction direction_of(const char *path)
{
	if (!strcmp(path, "verdict.ok"))
		return MORE_IS_BETTER;
	if (ends_with(path, "kicks.dropped"))
		return LESS_IS_BETTER;
	if (figure_is_time(path) &&
	    (strstr(path, "latency_ns") || strstr(path, "wait_ns") || strstr(path, "waiting_ns")))
		return LESS_IS_BETTER;
	return NO_DIRECTION;
}

int64_t sample_median(const struct sample *s)
{
	return s->sorted[s->nr / 2];
}

/* ---- the change ---- */

void change_find(const struct sample *from, const struct sample *to, struct change *c)
{
	int64_t a, b;

	*c = (struct change){ 0 };
	if (!from || !to || !from->nr || !to->nr || from->text[0] || to->text[0])
		return;
	a = sample_median(from);
	b = sample_median(to);
	c->known = true;
	c->from_zero = !a && b;
	c->percent = a ? ((double)b - a) * 100 / llabs(a) : b ? b > 0 ? INFINITY : -INFINITY : 0;
	/* a latency of nothing is no good one */
	c->direction = figure_is_time(from->path) && (!a || !b) ? NO_DIRECTION :
								  direction_of(from->path);
	c->tested = from->nr > 1 && to->nr > 1;
	if (c->tested)
		c->p = permutation_p(from, to);
}

bool change_unsure(const struct change *c)
{
	return c->tested && c->p * 100 >= CHANCE_PERCENT;
}

const char *change_word(const struct change *c)
{
	if (!c->known || !c->percent)
		return "";
	if (change_unsure(c))
		return "unsure";
	if (c->direction == NO_DIRECTION)
		return "";
	return (c->percent < 0) == (c->direction == LESS_IS_BETTER) ? "better" : "worse";
}

const char *change_text(const struct change *c, char *buf, size_t size)
{
	if (!c->known || !c->percent)
		snprintf(buf, size, "%s", "");
	else if (c->from_zero)
		snprintf(buf, size, "from 0");
	else
		snprintf(buf, size, "%+.1f%%", c->percent);
	return buf;
}

const char *value_text(const char *path, int64_t v, char *buf, size_t size)
{
	if (figure_is_time(path) && v >= 0)
		snprintf(buf, size, "%s", TIME(v));
	else
		snprintf(buf, size, "%lld", (long long)v);
	return buf;
}

const char *test_text(const struct column *c, unsigned int nr, char *buf, size_t size)
{
	bool all = true, any = false;

	for (unsigned int i = 1; i < nr; i++) {
		unsigned int a = c[0].nr_runs, b = c[i].nr_runs;

		any = any || (a > 1 && b > 1);
		all = all && ways_of(a + b, a < b ? a : b) <= WAYS_MAX;
	}
	snprintf(buf, size, "%s", "");
	if (any)
		snprintf(buf, size,
			 "p: how often chance alone makes means differ as much (a permutation "
			 "test, two-sided, %s); unsure: p is 0.0%d or more.",
			 all ? "all ways tried" : "20000 ways drawn with a fixed seed",
			 CHANCE_PERCENT);
	return buf;
}
