// SPDX-License-Identifier: GPL-2.0-only
/*
 * pairs.c - accesses of two CPUs to the same thing, of which one changes it, and for how long
 * the first would have to be held for the second to come before it.
 *
 *	cpu 1	──W x─────────────────		the pair (W, R) is 30 us apart:
 *	cpu 2	──────────R x─────────		hold CPU 1 there for that long
 *
 * Only neighbours count: between two accesses with a third one between them the order hangs on
 * that, too. The kernel's change of a task is one of all its fields that programs load. Two sites
 * meet often; the nearest meeting of each two comes first, then the second nearest of each, so that
 * no busy pair hides the others.
 */
#include "explore/explore.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "kern/sched.h"

#define MARGIN_NS 1000
#define RANKS 24 /* meetings of the same two sites that are tried */
#define CHANGED_MAX 1024
#define REACH 8 /* accesses behind the first that are looked at for its second */

/* an access by what it is about: its address; for a field of a task, the task, too */
struct keyed {
	u64 addr;
	u32 at; /* in the log */
};

static int by_address(const void *a, const void *b)
{
	const struct keyed *k = a, *l = b;

	if (k->addr != l->addr)
		return k->addr < l->addr ? -1 : 1;
	return k->at < l->at ? -1 : k->at > l->at;
}

static int by_number(const void *a, const void *b)
{
	const u64 *i = a, *j = b;

	return *i < *j ? -1 : *i > *j;
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
	return a->site.cpu != b->site.cpu && (a->write || b->write);
}

/* @order: by address, then time */
static int find_all(const struct access *log, const struct keyed *order, u32 nr, struct pairs *out)
{
	int err = 0;

	for (u32 i = 0; !err && i < nr; i++)
		for (u32 j = i + 1; j < nr && j <= i + REACH; j++) {
			if (order[i].addr != order[j].addr)
				break;
			if (!conflict(&log[order[i].at], &log[order[j].at]))
				continue;
			err = add_pair(out, log, order[i].at, order[j].at);
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

/* The tasks that the kernel changes in this run, by address; how many. */
static u32 changed_tasks(const struct access *log, u32 nr, u64 tasks[CHANGED_MAX])
{
	u32 n = 0;

	for (u32 i = 0; i < nr && n < CHANGED_MAX; i++)
		if (log[i].site.kind == POINT_TASK)
			tasks[n++] = log[i].addr;
	qsort(tasks, n, sizeof(*tasks), by_number);
	return n;
}

/* The task whose field is at @addr; 0: of none of these */
static u64 task_around(const u64 *tasks, u32 nr, u64 addr)
{
	u32 lo = 0, hi = nr;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (tasks[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr - tasks[lo - 1] < sizeof(struct task_struct) ? tasks[lo - 1] : 0;
}

static u32 put_keys(const struct access *log, u32 nr, struct keyed *order)
{
	u64 tasks[CHANGED_MAX];
	u32 nr_tasks = changed_tasks(log, nr, tasks), n = 0;

	for (u32 i = 0; i < nr; i++) {
		u64 task = log[i].site.kind == POINT_LOAD && nr_tasks ?
				   task_around(tasks, nr_tasks, log[i].addr) :
				   0;

		if (log[i].addr)
			order[n++] = (struct keyed){ log[i].addr, i };
		if (task && task != log[i].addr)
			order[n++] = (struct keyed){ task, i };
	}
	return n;
}

int pairs_find(const struct access *log, u32 nr, struct pairs *out)
{
	struct keyed *order = calloc(2 * (size_t)nr + 1, sizeof(*order));
	u32 n;
	int err;

	pairs_finish(out);
	if (!order)
		return -ENOMEM;
	n = put_keys(log, nr, order);
	qsort(order, n, sizeof(*order), by_address);
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
