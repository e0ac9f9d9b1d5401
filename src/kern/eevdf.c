// SPDX-License-Identifier: GPL-2.0-only
/*
 * eevdf.c - earliest eligible virtual deadline first, in one queue. An entity is eligible while
 * it has had no more than its share: its vruntime is not past the weighted average. Of those, the
 * one whose slice should be done first runs. Two of weight w, slices of 3 ms:
 *
 *	A vruntime 0, deadline 3	B vruntime 2, deadline 5	average 1
 *	A is eligible and first; when it has run 3 ms: vruntime 3, deadline 6; average 2.5: B
 *
 * The average is exact here (128 bits), so the one with the least vruntime is always eligible.
 * Facts: kernel/sched/fair.c; what differs between kernels is in behaviour.def.
 */
#include "kern/fair.h"

#include "base/bug.h"
#include "base/rbtree.h"
#include "kern/sched.h"

#define SLICE_CPUS_MAX 8U

static struct fair_entity *entity_of(struct rb_node *n)
{
	return container_of(n, struct fair_entity, node);
}

static bool deadline_before(const struct rb_node *a, const struct rb_node *b)
{
	return (s64)(container_of(a, struct fair_entity, node)->deadline -
		     container_of(b, struct fair_entity, node)->deadline) < 0;
}

u64 fair_delta(u64 ns, u64 weight)
{
	const u64 nice_0 = NICE_0_WEIGHT << FAIR_WEIGHT_SHIFT;

	return weight == nice_0 ? ns : (u64)((unsigned __int128)ns * nice_0 / weight);
}

/* fair.c:update_sysctl(): it grows with the logarithm of the CPUs, up to 8 of them */
u64 fair_base_slice(void)
{
	u32 cpus = min(cpumask_weight(machine->online), SLICE_CPUS_MAX);

	return K->b.fair_base_slice_ns * (32 - (u32)__builtin_clz(cpus));
}

void fair_tree_add(struct fair_rq *q, struct fair_entity *se)
{
	q->sum_w_vruntime += (__int128)(s64)se->vruntime * (s64)se->weight;
	q->sum_weight += se->weight;
	rb_add(&se->node, &q->tree, deadline_before);
}

void fair_tree_del(struct fair_rq *q, struct fair_entity *se)
{
	rb_erase(&se->node, &q->tree);
	q->sum_w_vruntime -= (__int128)(s64)se->vruntime * (s64)se->weight;
	q->sum_weight -= se->weight;
}

/* who runs counts, and is not in the tree */
static u64 sum_all(const struct fair_rq *q, __int128 *sum)
{
	const struct fair_entity *curr = q->curr;

	*sum = q->sum_w_vruntime;
	if (!curr || !curr->on_rq)
		return q->sum_weight;
	*sum += (__int128)(s64)curr->vruntime * (s64)curr->weight;
	return q->sum_weight + curr->weight;
}

u64 avg_vruntime(struct fair_rq *q)
{
	__int128 sum;
	u64 weight = sum_all(q, &sum);

	if (!weight)
		return q->base_vruntime;
	if (sum < 0) /* down, whatever the sign */
		sum -= (s64)weight - 1;
	q->base_vruntime = (u64)(s64)(sum / (s64)weight);
	return q->base_vruntime;
}

bool entity_eligible(const struct fair_rq *q, const struct fair_entity *se)
{
	__int128 sum;
	u64 weight = sum_all(q, &sum);

	return sum >= (__int128)(s64)se->vruntime * (s64)weight;
}

/* What it is owed, or owes, is bounded, however long it sleeps. */
void update_entity_lag(struct fair_rq *q, struct fair_entity *se)
{
	u64 bound = K->b.fair_lag_slice_and_tick ? se->slice + tick_period_ns() :
						   max(2 * se->slice, tick_period_ns());
	s64 limit = (s64)fair_delta(bound, se->weight);
	s64 lag = (s64)(avg_vruntime(q) - se->vruntime);

	se->vlag = max(-limit, min(limit, lag));
	if (se->sched_delayed) /* DELAY_ZERO: it paid its debt, and earns nothing by sleeping */
		se->vlag = min(se->vlag, (s64)0);
}

/* An entity that comes pulls the average towards itself: its lag is stretched by as much. */
static s64 stretched_lag(const struct fair_rq *q, const struct fair_entity *se)
{
	u64 load = q->sum_weight + (q->curr && q->curr->on_rq ? q->curr->weight : 0);

	if (!load)
		return 0;
	return se->vlag + (s64)((__int128)se->vlag * (s64)se->weight / (s64)load);
}

void place_entity(struct fair_rq *q, struct fair_entity *se, bool initial)
{
	u64 vslice;

	se->slice = fair_base_slice();
	vslice = fair_delta(se->slice, se->weight);
	se->vruntime = avg_vruntime(q) - (u64)stretched_lag(q, se);
	if (se->rel_deadline) {
		se->deadline += se->vruntime;
		se->rel_deadline = false;
		return;
	}
	se->deadline = se->vruntime + (initial ? vslice / 2 : vslice);
}

bool update_deadline(struct fair_entity *se)
{
	if ((s64)(se->vruntime - se->deadline) < 0)
		return false;
	se->slice = fair_base_slice();
	se->deadline = se->vruntime + fair_delta(se->slice, se->weight);
	return true;
}

bool entity_protected(const struct fair_entity *se)
{
	return (s64)(se->vprot - se->vruntime) > 0;
}

struct fair_entity *pick_eevdf(struct fair_rq *q, bool protect)
{
	struct fair_entity *curr = q->curr;
	struct rb_node *n;

	if (curr && (!curr->on_rq || !entity_eligible(q, curr)))
		curr = NULL;
	if (curr && protect && entity_protected(curr))
		return curr;
	for (n = rb_first(&q->tree); n; n = rb_next(n)) {
		if (curr && deadline_before(&curr->node, n))
			return curr;
		if (entity_eligible(q, entity_of(n)))
			return entity_of(n);
	}
	bug_on(!curr, "no fair entity of CPU %d is eligible", q->rq->cpu);
	return curr;
}

static s64 rescaled(s64 v, u64 from, u64 to)
{
	return (s64)((__int128)v * (s64)from / (s64)to);
}

/* Its lag stays what it was in real time, and so does what is left until its deadline. */
void reweight_entity(struct fair_rq *q, struct fair_entity *se, u64 weight)
{
	bool queued = se->on_rq, curr = q && q->curr == se, held = curr && entity_protected(se);
	u64 old = se->weight, avg = 0;

	if (old == weight)
		return;
	if (queued) {
		avg = avg_vruntime(q);
		update_entity_lag(q, se);
		se->deadline -= avg;
		se->vprot -= avg;
		if (!curr)
			fair_tree_del(q, se);
		fair_group_account(q, -(s64)old);
	}
	se->vlag = rescaled(se->vlag, old, weight);
	if (queued || se->rel_deadline)
		se->deadline = (u64)rescaled((s64)se->deadline, old, weight);
	if (held)
		se->vprot = (u64)rescaled((s64)se->vprot, old, weight);
	se->weight = weight;
	if (!queued)
		return;
	se->vruntime = avg - (u64)se->vlag;
	se->deadline += avg;
	se->vprot += avg;
	if (!curr)
		fair_tree_add(q, se);
	fair_group_account(q, (s64)weight);
}
