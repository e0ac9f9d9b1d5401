// SPDX-License-Identifier: GPL-2.0-only
/*
 * fair_group.c - task groups of the fair class: how much a group weighs on each CPU (cpu.weight),
 * and how long its tasks may run in each period (cpu.max).
 *
 * A group's weight is divided among its queues by what is queued on each. Time is handed out from
 * the group's pool in pieces of 5 ms; a queue that gets none is throttled, and so are its tasks,
 * each when it would be picked, until the period timer fills the pool:
 *
 *	pool 20 ms ──5 ms──▶ queue of CPU 2: runs ... pool empty ──▶ throttled
 *	     ▲ every 100 ms					       │
 *	     └────────────── unthrottled ◀─────────────────────────────┘
 */
#include "kern/fair.h"

#include <stdlib.h>

#include "base/shortage.h"
#include "kern/sched.h"

#define MIN_SHARES 2U
#define BANDWIDTH_SLICE_NS (5 * NSEC_PER_MSEC) /* sched_cfs_bandwidth_slice() */
#define MIN_RUNTIME_NS ((s64)NSEC_PER_MSEC)    /* min_cfs_rq_runtime: an empty queue keeps it */
#define NO_QUOTA (~0ULL)

void fair_rq_init(struct fair_rq *q, struct rq *rq)
{
	*q = (struct fair_rq){ .rq = rq };
	INIT_LIST_HEAD(&q->throttled_node);
	INIT_LIST_HEAD(&q->tasks);
	INIT_LIST_HEAD(&q->limbo);
}

static struct fair_rq *group_rq_create(struct fair_group *g, struct rq *rq)
{
	struct fair_rq *q = calloc(1, sizeof(*q));
	struct fair_entity *se = calloc(1, sizeof(*se));

	shortage_on(!q || !se, "out of memory for a cgroup");
	fair_rq_init(q, rq);
	q->group = g;
	q->se = se;
	se->mine = q;
	se->on = fair_group_rq(g->parent, rq);
	se->weight = NICE_0_WEIGHT << FAIR_WEIGHT_SHIFT;
	return q;
}

struct fair_rq *fair_group_rq(struct fair_group *g, struct rq *rq)
{
	if (!g)
		return fair_root(rq);
	if (!g->cpu[rq->cpu])
		g->cpu[rq->cpu] = group_rq_create(g, rq);
	return g->cpu[rq->cpu];
}

/* ---- weights ---- */

/* fair.c:calc_group_shares(), by what is queued now (the kernel's is averaged over time) */
static u64 group_shares(const struct fair_rq *q)
{
	const struct fair_group *g = q->group;
	u64 load = q->load >> FAIR_WEIGHT_SHIFT, shares = g->shares;

	if (g->load)
		shares = g->shares * load / g->load;
	return min(max(shares, (u64)MIN_SHARES), g->shares);
}

void update_cfs_group(struct fair_rq *q)
{
	if (!q->group || !q->load)
		return;
	reweight_entity(q->se->on, q->se,
			q->group->idle ? WEIGHT_IDLEPRIO << FAIR_WEIGHT_SHIFT : group_shares(q));
}

void fair_group_account(struct fair_rq *q, s64 weight)
{
	u64 before = q->load >> FAIR_WEIGHT_SHIFT;

	q->load += (u64)weight;
	if (q->group)
		q->group->load += (q->load >> FAIR_WEIGHT_SHIFT) - before;
}

/* Each queue of the group, locked; what is there is done with it. */
static void for_each_group_rq(struct fair_group *g, void (*fn)(struct fair_rq *q))
{
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		struct rq *rq = cpu_rq((s32)cpu);
		unsigned long flags;

		if (!g->cpu[cpu])
			continue;
		flags = rq_lock_irqsave(rq);
		update_rq_clock(rq);
		update_curr_fair(rq);
		fn(g->cpu[cpu]);
		rq_unlock_irqrestore(rq, flags);
	}
}

static void reweigh(struct fair_rq *q)
{
	for (; q->group; q = q->se->on)
		update_cfs_group(q);
}

void fair_group_set_weight(struct fair_group *g, u64 weight)
{
	g->shares = ((weight * NICE_0_WEIGHT + 50) / 100) << FAIR_WEIGHT_SHIFT;
	for_each_group_rq(g, reweigh);
}

void fair_group_set_idle(struct fair_group *g, bool idle)
{
	g->idle = idle;
	for_each_group_rq(g, reweigh);
}

/* ---- cpu.max ---- */

static bool limited(const struct fair_group *g)
{
	return g && g->quota_ns != NO_QUOTA;
}

bool throttled_hierarchy(const struct fair_rq *q)
{
	for (; q->group; q = q->se->on)
		if (q->throttled)
			return true;
	return false;
}

static void start_period(struct fair_group *g)
{
	if (g->period_active)
		return;
	g->period_active = true;
	g->runtime_ns = g->quota_ns;
	g->period_at_ns = now_ns() + g->period_ns;
	hrtimer_start(&g->period_timer, g->period_at_ns, -1);
}

/* A piece from the pool. false: it was empty. */
static bool assign_runtime(struct fair_rq *q)
{
	struct fair_group *g = q->group;
	u64 amount = (u64)((s64)BANDWIDTH_SLICE_NS - q->runtime_remaining);

	start_period(g);
	amount = min(amount, g->runtime_ns);
	g->runtime_ns -= amount;
	g->unused = false;
	q->runtime_remaining += (s64)amount;
	return q->runtime_remaining > 0;
}

void account_cfs_rq_runtime(struct fair_rq *q, u64 ns)
{
	if (!limited(q->group))
		return;
	q->runtime_remaining -= (s64)ns;
	if (q->runtime_remaining > 0 || q->throttled)
		return;
	if (!assign_runtime(q) && q->curr)
		resched_curr(q->rq);
}

bool check_cfs_rq_runtime(struct fair_rq *q)
{
	if (!limited(q->group))
		return false;
	if (q->throttled)
		return true;
	if (q->runtime_remaining > 0 || assign_runtime(q))
		return false;
	q->throttled = true;
	list_add_tail(&q->throttled_node, &q->group->throttled);
	q->group->nr_throttled++;
	return true;
}

/* Tasks whose groups all run again come back. */
static void unthrottle(struct fair_rq *q)
{
	struct fair_rq *root = fair_root(q->rq);
	struct fair_entity *se, *tmp;
	struct list_head back;

	q->throttled = false;
	list_del_init(&q->throttled_node);
	INIT_LIST_HEAD(&back);
	list_for_each_entry_safe(se, tmp, &root->limbo, limbo)
		if (!throttled_hierarchy(se->on)) {
			list_del_init(&se->limbo);
			list_add_tail(&se->limbo, &back);
		}
	list_for_each_entry_safe(se, tmp, &back, limbo)
		fair_leave_limbo(q->rq, se->p);
}

/* rq locked: it gets as much as it owes and a nanosecond */
static void distribute_to(struct fair_rq *q)
{
	struct fair_group *g = q->group;
	u64 amount = min((u64)(1 - q->runtime_remaining), g->runtime_ns);

	g->runtime_ns -= amount;
	q->runtime_remaining += (s64)amount;
	if (q->runtime_remaining > 0) {
		unthrottle(q);
		if (is_idle_task(q->rq->curr) && q->h_nr_queued)
			resched_curr(q->rq);
	}
}

static void distribute(struct fair_group *g)
{
	struct list_head *pos, *next;

	/* not by entries: taken for one, the head would not be aligned as those are */
	for (pos = g->throttled.next; pos != &g->throttled; pos = next) {
		struct fair_rq *q = container_of(pos, struct fair_rq, throttled_node);

		next = pos->next;
		if (!g->runtime_ns)
			return;
		raw_spin_rq_lock(q->rq);
		update_rq_clock(q->rq);
		update_curr_fair(q->rq);
		if (q->throttled)
			distribute_to(q);
		raw_spin_rq_unlock(q->rq);
	}
}

/* hard irq. A period in which nobody asked for time is the last one. */
static void period_fires(struct hrtimer *t)
{
	struct fair_group *g = container_of(t, struct fair_group, period_timer);

	if (!limited(g) || (g->unused && list_empty(&g->throttled))) {
		g->period_active = false;
		return;
	}
	g->nr_periods++;
	g->runtime_ns = min(g->runtime_ns + g->quota_ns, g->quota_ns + g->burst_ns);
	g->unused = true;
	g->period_at_ns += g->period_ns;
	hrtimer_start(t, max(g->period_at_ns, now_ns()), -1);
	distribute(g);
}

static void slack_fires(struct hrtimer *t)
{
	struct fair_group *g = container_of(t, struct fair_group, slack_timer);

	if (limited(g))
		distribute(g);
}

void return_cfs_rq_runtime(struct fair_rq *q)
{
	struct fair_group *g = q->group;
	s64 slack = q->runtime_remaining - MIN_RUNTIME_NS;

	if (!limited(g) || q->nr_queued || slack <= 0)
		return;
	g->runtime_ns += (u64)slack;
	q->runtime_remaining -= slack;
	if (g->runtime_ns > BANDWIDTH_SLICE_NS && !list_empty(&g->throttled) &&
	    !hrtimer_active(&g->slack_timer))
		hrtimer_start(&g->slack_timer, now_ns() + 5 * NSEC_PER_MSEC, -1);
}

static void begin_anew(struct fair_rq *q)
{
	q->runtime_remaining = 0;
	if (q->throttled)
		unthrottle(q);
	if (q->curr || (is_idle_task(q->rq->curr) && q->h_nr_queued))
		resched_curr(q->rq);
}

void fair_group_set_bandwidth(struct fair_group *g, u64 period_us, u64 quota_us, u64 burst_us)
{
	g->period_ns = period_us * NSEC_PER_USEC;
	g->quota_ns = quota_us == ~0ULL ? NO_QUOTA : quota_us * NSEC_PER_USEC;
	g->burst_ns = burst_us * NSEC_PER_USEC;
	g->runtime_ns = g->quota_ns;
	for_each_group_rq(g, begin_anew);
}

/* ---- life ---- */

struct fair_group *fair_group_create(struct fair_group *parent)
{
	struct fair_group *g = calloc(1, sizeof(*g));

	shortage_on(!g, "out of memory for a cgroup");
	g->cpu = calloc(machine->nr_cpu_ids, sizeof(struct fair_rq *));
	shortage_on(!g->cpu, "out of memory for a cgroup");
	g->parent = parent;
	g->shares = NICE_0_WEIGHT << FAIR_WEIGHT_SHIFT;
	g->quota_ns = NO_QUOTA;
	g->period_ns = 100 * NSEC_PER_MSEC;
	INIT_LIST_HEAD(&g->throttled);
	hrtimer_init(&g->period_timer, false, period_fires);
	hrtimer_init(&g->slack_timer, false, slack_fires);
	return g;
}

static void take_off(struct fair_rq *q)
{
	bug_on(q->h_nr_queued, "a cgroup goes that has tasks on CPU %d", q->rq->cpu);
	if (q->throttled)
		unthrottle(q);
	if (q->se->on_rq)
		fair_dequeue_delayed(q->rq, q->se);
}

void fair_group_offline(struct fair_group *g)
{
	g->quota_ns = NO_QUOTA; /* nothing starts a timer again */
	hrtimer_cancel_sync(&g->period_timer);
	hrtimer_cancel_sync(&g->slack_timer);
	for_each_group_rq(g, take_off);
}

void fair_group_destroy(struct fair_group *g)
{
	if (!g)
		return;
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		if (g->cpu[cpu])
			free(g->cpu[cpu]->se);
		free(g->cpu[cpu]);
	}
	free(g->cpu);
	free(g);
}
