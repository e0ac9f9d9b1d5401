// SPDX-License-Identifier: GPL-2.0-only
/*
 * pairs.c - accesses of two CPUs to the same thing, of which one changes it, and for how long
 * the first would have to be held for the second to come before it.
 *
 *	cpu 1	──W x─────────────────		the pair (W, R) is 30 us apart:
 *	cpu 2	──────────R x─────────		hold CPU 1 there for that long
 *
 * Only neighbours count: between two accesses with a third one between them the order hangs on
 * that, too. Two sites meet often; the nearest meeting of each two comes first, then the second
 * nearest of each, so that no busy pair hides the others.
 */
#include "explore/explore.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

#define MARGIN_NS 1000
#define RANKS 24 /* meetings of the same two sites that are tried */
#define REACH 8	 /* accesses behind the first that are looked at for its second */

static int by_address(const void *a, const void *b, void *arg)
{
	const struct access *log = arg;
	u32 i = *(const u32 *)a, j = *(const u32 *)b;

	if (log[i].addr != log[j].addr)
		return log[i].addr < log[j].addr ? -1 : 1;
	return i < j ? -1 : 1;
}

static int order_sites(const struct site *a, const struct site *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->prog != b->prog)
		return a->prog < b->prog ? -1 : 1;
	return a->insn == b->insn ? 0 : a->insn < b->insn ? -1 : 1;
}

static int order_pairs(const struct access *log, const struct pair *a, const struct pair *b)
{
	int d = order_sites(&log[a->first].site, &log[b->first].site);

	return d ? d : order_sites(&log[a->second].site, &log[b->second].site);
}

static int by_sites(const void *a, const void *b, void *arg)
{
	const struct pair *p = a, *q = b;
	int d = order_pairs(arg, p, q);

	if (d)
		return d;
	if (p->hold_ns != q->hold_ns)
		return p->hold_ns < q->hold_ns ? -1 : 1;
	return p->first < q->first ? -1 : p->first > q->first;
}

static bool in_program(const struct access *log, const struct pair *p)
{
	return log[p->first].site.prog || log[p->second].site.prog;
}

/* By rank; those in the scheduler's own code before the kernel's; the nearest first. */
static int by_rank(const void *a, const void *b, void *arg)
{
	const struct pair *p = a, *q = b;

	if (p->rank != q->rank)
		return p->rank < q->rank ? -1 : 1;
	if (in_program(arg, p) != in_program(arg, q))
		return in_program(arg, p) ? -1 : 1;
	if (p->hold_ns != q->hold_ns)
		return p->hold_ns < q->hold_ns ? -1 : 1;
	return p->first < q->first ? -1 : p->first > q->first;
}

static u64 hold_for(const struct access *a, const struct access *b)
{
	return (b->now_ns > a->ahead_ns ? b->now_ns - a->ahead_ns : 0) + MARGIN_NS;
}

static int add_pair(struct pairs *out, const struct access *log, u32 first, u32 second)
{
	const struct pair p = { first, second, hold_for(&log[first], &log[second]), 0 };

	if (p.hold_ns > PAIR_HOLD_MAX_NS)
		return 0;
	if (!array_room(&out->at, out->nr, &out->max))
		return -ENOMEM;
	out->at[out->nr++] = p;
	return 0;
}

static bool conflict(const struct access *a, const struct access *b)
{
	return a->addr == b->addr && a->site.cpu != b->site.cpu && (a->write || b->write);
}

/* @order: the log by address, then time */
static int find_all(const struct access *log, const u32 *order, u32 nr, struct pairs *out)
{
	int err = 0;

	for (u32 i = 0; !err && i < nr; i++)
		for (u32 j = i + 1; j < nr && j <= i + REACH; j++) {
			const struct access *a = &log[order[i]], *b = &log[order[j]];

			if (a->addr != b->addr)
				break;
			if (!conflict(a, b))
				continue;
			err = add_pair(out, log, order[i], order[j]);
			break;
		}
	return err;
}

static void rank(const struct access *log, struct pairs *p)
{
	u32 kept = 0, r = 0;

	qsort_r(p->at, p->nr, sizeof(*p->at), by_sites, (void *)log);
	for (u32 i = 0; i < p->nr; i++) {
		r = kept && !order_pairs(log, &p->at[kept - 1], &p->at[i]) ? r + 1 : 0;
		if (r >= RANKS)
			continue;
		p->at[i].rank = r;
		p->at[kept++] = p->at[i];
	}
	p->nr = kept;
	qsort_r(p->at, p->nr, sizeof(*p->at), by_rank, (void *)log);
}

int pairs_find(const struct access *log, u32 nr, struct pairs *out)
{
	u32 *order = calloc(nr + 1, sizeof(*order)), n = 0;
	int err;

	pairs_finish(out);
	if (!order)
		return -ENOMEM;
	for (u32 i = 0; i < nr; i++)
		if (log[i].addr)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), by_address, (void *)log);
	err = find_all(log, order, n, out);
	free(order);
	if (!err && out->nr)
		rank(log, out);
	return err;
}

void pairs_finish(struct pairs *p)
{
	free(p->at);
	*p = (struct pairs){};
}
