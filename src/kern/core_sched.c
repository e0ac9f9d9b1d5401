// SPDX-License-Identifier: GPL-2.0-only
/*
 * core_sched.c - see core_sched.h. Facts: kernel/sched/core.c, what is under CONFIG_SCHED_CORE, and
 * core_sched.c, of 6.12: no later kernel here is built with it.
 *
 * Once on it stays on: a kernel turns it off when the last cookie is gone, which nobody sees but by
 * the time that picks take.
 */
#include "kern/core_sched.h"

#include <errno.h>

#include "base/rbtree.h"
#include "base/shortage.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"
#include "kern/topology.h"

static struct core_rq *core_rq(const struct rq *rq)
{
	return &host_of(rq)->m->core;
}

static struct core_shared *shared(const struct rq *rq)
{
	return &core_rq(core_rq(rq)->leader)->shared;
}

int sched_core_possible(const char **why)
{
	*why = NULL;
	if (!K->b.core_scheduling)
		*why = "this kernel is built without core scheduling (CONFIG_SCHED_CORE)";
	else if (!machine->smt_active)
		*why = "core scheduling needs cores of several threads: a topology like 1n1l2c2t";
	return !*why ? 0 : K->b.core_scheduling ? -ENODEV : -EINVAL;
}

/* ---- who is more urgent ---- */

/* less is more */
static int task_prio(const struct task_struct *p)
{
	switch (class_id(p)) {
	case CLASS_STOP:
		return -2;
	case CLASS_IDLE:
		return 140;
	case CLASS_EXT:
		return host_of(p)->m->dl_server ? -1 : 120;
	case CLASS_FAIR:
		return host_of(p)->m->dl_server ? -1 : 119;
	default:
		return p->prio; /* -1: deadline; 0 to 99 */
	}
}

static u64 deadline_of(const struct task_struct *p)
{
	const struct dl_entity *s = host_of(p)->m->dl_server;

	return s ? s->deadline : host_of(p)->m->dl.deadline;
}

/* @a goes after @b; @in_fi: a sibling was forced to idle */
static bool prio_less(struct task_struct *a, struct task_struct *b, bool in_fi)
{
	int pa = task_prio(a), pb = task_prio(b);

	if (pa != pb)
		return pa > pb;
	if (pa == -1)
		return !dl_time_before(deadline_of(a), deadline_of(b));
	if (class_id(a) == CLASS_FAIR)
		return cfs_prio_less(a, b, shared(task_rq(a))->forceidle_seq, in_fi);
	return class_id(a) == CLASS_EXT && scx_prio_less(a, b);
}

/* ---- queued tasks with cookies ---- */

static struct task_struct *task_at(const struct rb_node *n)
{
	return rb_entry(n, struct task_model, core_node)->p;
}

/* by cookie, then the most urgent first */
static bool core_less(const struct rb_node *na, const struct rb_node *nb)
{
	struct task_struct *a = task_at(na), *b = task_at(nb);

	if (a->core_cookie != b->core_cookie)
		return a->core_cookie < b->core_cookie;
	return prio_less(b, a, shared(task_rq(a))->forceidle_count);
}

static bool core_enqueued(const struct task_struct *p)
{
	return !rb_node_empty(&host_of(p)->m->core_node);
}

void sched_core_enqueue(struct rq *rq, struct task_struct *p)
{
	if (!core_rq(rq)->enabled || is_sched_delayed(p))
		return;
	shared(rq)->task_seq++;
	if (p->core_cookie && !core_enqueued(p))
		rb_add(&host_of(p)->m->core_node, &core_rq(rq)->tree, core_less);
}

void sched_core_dequeue(struct rq *rq, struct task_struct *p, u64 flags)
{
	if (!core_rq(rq)->enabled || is_sched_delayed(p))
		return;
	shared(rq)->task_seq++;
	if (core_enqueued(p))
		rb_erase(&host_of(p)->m->core_node, &core_rq(rq)->tree);
	/* the last one that waited here beside a forced idle CPU: that is over */
	if (!(flags & DEQUEUE_SAVE) && rq->nr_running == 1 && shared(rq)->forceidle_count &&
	    is_idle_task(rq->curr))
		resched_curr(rq);
}

static bool throttled(const struct task_struct *p)
{
	const struct task_model *m = host_of(p)->m;

	if (class_id(p) == CLASS_DL)
		return m->dl.throttled;
	return class_id(p) == CLASS_FAIR && (m->fair.throttled || throttled_hierarchy(m->fair.on));
}

/* from @n on */
static struct task_struct *next_of_cookie(struct rb_node *n, unsigned long cookie)
{
	for (; n && task_at(n)->core_cookie == cookie; n = rb_next(n))
		if (!throttled(task_at(n)))
			return task_at(n);
	return NULL;
}

static struct task_struct *sched_core_next(struct task_struct *p, unsigned long cookie)
{
	return next_of_cookie(rb_next(&host_of(p)->m->core_node), cookie);
}

static struct task_struct *sched_core_find(struct rq *rq, unsigned long cookie)
{
	struct rb_node *n = rb_first(&core_rq(rq)->tree);

	while (n && task_at(n)->core_cookie < cookie)
		n = rb_next(n);
	return next_of_cookie(n, cookie);
}

/* ---- the pick ---- */

static bool cookie_equals(const struct task_struct *p, unsigned long cookie)
{
	return is_idle_task(p) || p->core_cookie == cookie;
}

/* What each sibling would run by itself, from our CPU on; the most urgent of it. */
static struct task_struct *pick_each(struct rq *rq, struct task_struct *prev, bool fi_before)
{
	const struct cpumask *smt = cpu_smt_mask(rq->cpu);
	struct task_struct *max = NULL;
	s32 cpu = rq->cpu;

	for (u32 i = 0; i < cpumask_weight(smt); i++) {
		struct rq *sibling = cpu_rq(cpu);
		struct task_struct *p;

		if (sibling != rq)
			update_rq_clock(sibling);
		p = pick_task(sibling, sibling == rq ? prev : sibling->curr);
		core_rq(sibling)->pick = p;
		if (!max || prio_less(max, p, fi_before))
			max = p;
		cpu = cpumask_next(cpu, smt);
		if (cpu >= (s32)machine->nr_cpu_ids)
			cpu = cpumask_first(smt);
	}
	return max;
}

/* One that matches, on @rq, or its idle task. */
static void match_cookie(struct rq *rq, struct core_shared *s, bool fi_before)
{
	struct task_struct *p = core_rq(rq)->pick;

	if (!cookie_equals(p, s->cookie)) {
		p = s->cookie ? sched_core_find(rq, s->cookie) : NULL;
		if (!p)
			p = class_methods[CLASS_IDLE]->pick_task(rq, rq->curr);
	}
	core_rq(rq)->pick = p;
	if (p != rq->idle || !rq->nr_running)
		return;
	s->forceidle_count++;
	if (!fi_before)
		s->forceidle_seq++;
}

/* Siblings that run something else than was chosen are told. */
static void tell_siblings(struct rq *rq, const struct core_shared *s, bool fi_before, u32 occ)
{
	s32 cpu;

	for_each_cpu(cpu, cpu_smt_mask(rq->cpu)) {
		struct rq *sibling = cpu_rq(cpu);
		struct core_rq *c = core_rq(sibling);

		if (!c->pick)
			continue;
		if (!(fi_before && s->forceidle_count))
			fair_vruntime_update(c->pick, s->forceidle_seq, s->forceidle_count);
		host_of(c->pick)->m->core_occupation = occ;
		if (sibling == rq || sibling->curr == c->pick)
			c->pick = NULL;
		else
			resched_curr(sibling);
	}
}

static struct task_struct *pick_core_wide(struct rq *rq, struct task_struct *prev, bool fi_before)
{
	struct core_shared *s = shared(rq);
	struct task_struct *next;
	u32 occ = 0;
	s32 cpu;

	s->cookie = pick_each(rq, prev, fi_before)->core_cookie;
	for_each_cpu(cpu, cpu_smt_mask(rq->cpu)) {
		match_cookie(cpu_rq(cpu), s, fi_before);
		occ += !is_idle_task(core_rq(cpu_rq(cpu))->pick);
	}
	s->pick_seq = s->task_seq;
	next = core_rq(rq)->pick;
	core_rq(rq)->sched_seq = s->pick_seq;
	tell_siblings(rq, s, fi_before, occ);
	return next;
}

/* A sibling has chosen for us, and nobody came or went since. */
static struct task_struct *take_pick(struct rq *rq)
{
	struct core_rq *c = core_rq(rq);
	struct core_shared *s = shared(rq);
	struct task_struct *next = c->pick;

	if (s->pick_seq != s->task_seq || s->pick_seq == c->sched_seq || !next)
		return NULL;
	c->sched_seq = s->pick_seq;
	c->pick = NULL;
	return next;
}

struct task_struct *sched_core_pick(struct rq *rq, struct task_struct *prev)
{
	struct core_shared *s = shared(rq);
	struct task_struct *next = take_pick(rq);
	bool fi_before = s->forceidle_count, need_sync = s->cookie || fi_before;

	if (next)
		return next;
	prev_balance(rq, prev);
	s->cookie = 0;
	s->forceidle_count = 0;
	s->task_seq++;
	if (!need_sync) {
		next = pick_task(rq, prev);
		if (!next->core_cookie) {
			core_rq(rq)->pick = NULL;
			fair_vruntime_update(next, s->forceidle_seq, false);
			return next;
		}
	}
	return pick_core_wide(rq, prev, fi_before);
}

bool sched_core_forces_idle(const struct rq *rq)
{
	return core_rq(rq)->enabled && shared(rq)->forceidle_count;
}

bool sched_cpu_cookie_match(const struct rq *rq, const struct task_struct *p)
{
	return !core_rq(rq)->enabled || shared(rq)->cookie == p->core_cookie;
}

/* ---- a forced idle CPU looks for what fits ---- */

/* Both locked; @dst idles, @p of @src fits. */
static bool may_steal(struct rq *dst, struct rq *src, const struct task_struct *p)
{
	return p != core_rq(src)->pick && p != src->curr && is_cpu_allowed(p, dst->cpu) &&
	       host_of(p)->m->core_occupation <= host_of(dst->idle)->m->core_occupation;
}

static bool try_steal_cookie(struct rq *dst, struct rq *src)
{
	unsigned long cookie = shared(dst)->cookie;
	struct task_struct *p;

	if (!cookie || !is_idle_task(dst->curr))
		return false;
	p = sched_core_find(src, cookie);
	while (p && !may_steal(dst, src, p))
		p = sched_core_next(p, cookie);
	if (!p)
		return false;
	update_rq_clock(dst);
	update_rq_clock(src);
	move_queued_task_locked(src, dst, p);
	resched_curr(dst);
	return true;
}

/* nearest first, as its domains are; true: it is over */
static bool steal_from(struct rq *rq, const struct cpumask *span)
{
	s32 cpu;

	for_each_cpu(cpu, span) {
		struct rq *src = cpu_rq(cpu);
		bool got;

		if (src == rq || !cpu_active(cpu))
			continue;
		if (test_tsk_need_resched(rq->curr))
			return true;
		double_lock_balance(rq, src);
		got = try_steal_cookie(rq, src);
		double_unlock_balance(rq, src);
		if (got)
			return true;
	}
	return false;
}

static void sched_core_balance(struct rq *rq)
{
	for (u32 level = 0; level < NR_CPU_DOMAINS; level++)
		if (steal_from(rq, cpu_domain(rq->cpu, level)))
			return;
}

void queue_core_balance(struct rq *rq, const struct task_struct *next)
{
	if (!core_rq(rq)->enabled || next != rq->idle || !shared(rq)->forceidle_count ||
	    !shared(rq)->cookie || !rq->nr_running)
		return;
	queue_balance_callback(rq, &rq->core_balance_head, sched_core_balance);
}

/* ---- cookies ---- */

void sched_core_update_cookie(struct task_struct *p, unsigned long cookie)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);

	if (core_enqueued(p))
		sched_core_dequeue(rq, p, DEQUEUE_SAVE);
	p->core_cookie = cookie;
	if (cookie && task_on_rq_queued(p))
		sched_core_enqueue(rq, p);
	if (p->on_cpu)
		resched_curr(rq);
	task_rq_unlock(rq, p, flags);
}

/* @cpu's core goes over to one lock: all of its are held as it does. */
static void flip(s32 cpu)
{
	unsigned long flags = local_irq_save();
	s32 t;

	for_each_cpu(t, cpu_smt_mask(cpu))
		raw_spin_lock(&cpu_rq(t)->__lock);
	for_each_cpu(t, cpu_smt_mask(cpu))
		core_rq(cpu_rq(t))->enabled = true;
	for_each_cpu(t, cpu_smt_mask(cpu))
		raw_spin_unlock(&cpu_rq(t)->__lock);
	local_irq_restore(flags);
}

/* no CPU comes or goes */
static void sched_core_enable(void)
{
	s32 cpu;

	machine->core_sched = true;
	synchronize_rcu();
	for_each_possible_cpu(cpu) {
		if (!cpu_online(cpu))
			core_rq(cpu_rq(cpu))->enabled = true;
		else if (cpu == cpumask_first(cpu_smt_mask(cpu)))
			flip(cpu);
	}
}

unsigned long sched_core_alloc_cookie(void)
{
	u64 *ck = region_alloc(ZONE_KOBJ, sizeof(*ck), 0);

	shortage_on(!ck, "out of guest memory for a cookie");
	down_write(machine->hotplug_lock); /* and nobody has a cookie before all cores are on */
	if (!machine->core_sched)
		sched_core_enable();
	up_write(machine->hotplug_lock);
	return P64(ck);
}

/* ---- siblings that come and go ---- */

void sched_core_init(void)
{
	s32 cpu;

	for_each_possible_cpu(cpu)
		core_rq(cpu_rq(cpu))->leader = cpu_rq(cpumask_first(cpu_smt_mask(cpu)));
}

static void new_leader(const struct cpumask *smt, struct rq *leader)
{
	s32 t;

	for_each_cpu(t, smt)
		core_rq(cpu_rq(t))->leader = leader;
}

void sched_core_cpu_starting(s32 cpu)
{
	const struct cpumask *smt = cpu_smt_mask(cpu);
	s32 t;

	if (!K->b.core_scheduling)
		return;
	core_rq(cpu_rq(cpu))->leader = cpu_rq(cpu);
	for_each_cpu(t, smt)
		if (t != cpu)
			core_rq(cpu_rq(cpu))->leader = core_rq(cpu_rq(t))->leader;
}

static void leave_to_siblings(struct rq *rq, const struct cpumask *smt)
{
	s32 t;

	for_each_cpu(t, smt)
		if (cpu_rq(t) != rq) {
			core_rq(cpu_rq(t))->shared = core_rq(rq)->shared;
			new_leader(smt, cpu_rq(t));
			return;
		}
}

void sched_core_cpu_deactivate(s32 cpu)
{
	struct rq *rq = cpu_rq(cpu);
	const struct cpumask *smt = cpu_smt_mask(cpu);
	unsigned long flags;
	s32 t;

	if (!K->b.core_scheduling || core_rq(rq)->leader != rq || cpumask_weight(smt) < 2)
		return;
	flags = local_irq_save();
	for_each_cpu(t, smt)
		raw_spin_lock(&cpu_rq(t)->__lock);
	leave_to_siblings(rq, smt);
	for_each_cpu(t, smt)
		raw_spin_unlock(&cpu_rq(t)->__lock);
	local_irq_restore(flags);
}
