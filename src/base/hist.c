// SPDX-License-Identifier: GPL-2.0-only
/* hist.c - see hist.h. */
#include "base/hist.h"

#include <stdlib.h>

#include "base/shortage.h"

#define SUB (1u << HIST_SUB_BITS)

static u32 hist_index(u64 v)
{
	u32 shift;

	if (v < SUB)
		return v;
	shift = 63 - __builtin_clzll(v) - HIST_SUB_BITS;
	return ((shift + 1) << HIST_SUB_BITS) + ((v >> shift) & (SUB - 1));
}

/* largest value of bucket @i */
static u64 hist_upper(u32 i)
{
	u32 shift = i >> HIST_SUB_BITS;

	if (!shift)
		return i;
	return ((u64)(SUB + (i & (SUB - 1)) + 1) << (shift - 1)) - 1;
}

static void hist_alloc(struct hist *h)
{
	h->bucket = calloc(HIST_BUCKETS, sizeof(*h->bucket));
	shortage_on(!h->bucket, "out of memory for a histogram");
	h->min = ~0ULL;
}

void hist_add(struct hist *h, u64 v)
{
	if (!h->bucket)
		hist_alloc(h);
	h->bucket[hist_index(v)]++;
	h->nr++;
	h->sum += v;
	h->max = max(h->max, v);
	h->min = min(h->min, v);
}

u64 hist_percentile(const struct hist *h, u32 pct)
{
	u64 want = (h->nr * pct + 99) / 100, seen = 0;

	for (u32 i = h->nr ? hist_index(h->min) : HIST_BUCKETS; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen && seen >= want)
			return min(hist_upper(i), h->max);
	}
	return 0;
}

u64 hist_power(const struct hist *h, u32 power)
{
	u32 first = power ? hist_index(1ULL << power) : 0, nr = 0;

	for (u32 i = first; h->nr && i <= hist_index((2ULL << power) - 1); i++)
		nr += h->bucket[i];
	return nr;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (!from->nr)
		return;
	if (!into->bucket)
		hist_alloc(into);
	for (u32 i = hist_index(from->min); i <= hist_index(from->max); i++)
		into->bucket[i] += from->bucket[i];
	into->nr += from->nr;
	into->sum += from->sum;
	into->max = max(into->max, from->max);
	into->min = min(into->min, from->min);
}

void hist_finish(struct hist *h)
{
	free(h->bucket);
	*h = (struct hist){};
}
