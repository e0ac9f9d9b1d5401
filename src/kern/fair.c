// SPDX-License-Identifier: GPL-2.0-only
/*
 * fair.c - the fair class: EEVDF (eevdf.c) at each level of a hierarchy of groups (fair.h).
 *
 * A task that goes to sleep while it owes time stays queued until it is eligible again, or woken
 * (delayed dequeue): p->on_rq says so, task_runnable() does not.
 * A task of a throttled group leaves its queue when it would be picked, and waits in limbo.
 */
#include "kern/fair.h"

#include "base/rbtree.h"
#include "kern/cgroup.h"
#include "kern/sched.h"

static const u32 prio_to_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

unsigned long sched_weight_from_nice(int nice)
{
	return prio_to_weight[nice + 20];
}

unsigned long task_load_weight(const struct task_struct *p)
{
	return p->policy == SCHED_IDLE ? WEIGHT_IDLEPRIO : sched_weight_from_nice(task_nice(p));
}

u64 fair_task_weight(const struct task_struct *p)
{
	return (u64)task_load_weight(p) << FAIR_WEIGHT_SHIFT;
}

static struct fair_entity *entity(const struct task_struct *p)
{
	return &host_of(p)->m->fair;
}

/* the entity of the group that @se is in; NULL: it is at the top */
static struct fair_entity *parent_of(const struct fair_entity *se)
{
	return se->on->se;
}

static bool se_is_idle(const struct fair_entity *se)
{
	return se->p ? se->p->policy == SCHED_IDLE : se->mine->group->idle;
}

static void list_to_front(struct list_head *n, struct list_head *list)
{
	list_del(n);
	list_add(n, list);
}

/* ---- time ---- */

/* true: it had its slice, or is not protected any more from those that wait */
static bool update_entity(struct fair_entity *se, u64 delta)
{
	bool over;

	se->vruntime += fair_delta(delta, se->weight);
	over = update_deadline(se);
	account_cfs_rq_runtime(se->on, delta);
	return se->on->nr_queued > 1 && (over || !entity_protected(se));
}

void update_curr_fair(struct rq *rq)
{
	struct task_struct *p = rq->curr;
	u64 delta = now_ns() - p->se.exec_start;
	bool resched = false;

	/* of a task that is about to become one, or to be switched to, nothing is known yet */
	if (class_id(p) != CLASS_FAIR || !entity(p)->on || entity(p)->on->curr != entity(p))
		return;
	if (!delta)
		return;
	p->se.exec_start = now_ns();
	p->se.sum_exec_runtime += delta;
	for (struct fair_entity *se = entity(p); se; se = parent_of(se))
		resched |= update_entity(se, delta);
	p->se.vruntime = entity(p)->vruntime;
	dl_server_update(rq, DL_SERVER_FAIR, delta);
	if (resched)
		resched_curr_lazy(rq);
}

/* ---- queueing ---- */

static void enqueue_entity(struct fair_rq *q, struct fair_entity *se, u64 flags)
{
	place_entity(q, se, flags & K->b.enqueue_initial);
	fair_group_account(q, (s64)se->weight);
	se->on_rq = true;
	q->nr_queued++;
	if (q->curr != se)
		fair_tree_add(q, se);
}

/* It is wanted again before it was owed time. */
static void requeue_delayed(struct fair_rq *q, struct fair_entity *se)
{
	s64 lag;

	update_entity_lag(q, se);
	lag = (s64)(avg_vruntime(q) - se->vruntime);
	if (lag > 0) {
		if (q->curr != se)
			fair_tree_del(q, se);
		se->on_rq = false; /* it does not count in the average that it is placed by */
		place_entity(q, se, false);
		se->on_rq = true;
		if (q->curr != se)
			fair_tree_add(q, se);
	}
	se->sched_delayed = false;
}

/* false: it stays, though it sleeps */
static bool dequeue_entity(struct fair_rq *q, struct fair_entity *se, u64 flags)
{
	bool sleeps = flags & DEQUEUE_SLEEP;

	if (!(flags & FAIR_DELAYED) && sleeps && !(flags & K->b.dequeue_special) &&
	    !(flags & FAIR_THROTTLE) && !entity_eligible(q, se)) {
		update_entity_lag(q, se);
		se->sched_delayed = true;
		return false;
	}
	update_entity_lag(q, se);
	if (!sleeps) {
		se->deadline -= se->vruntime;
		se->rel_deadline = true;
	}
	if (q->curr != se)
		fair_tree_del(q, se);
	se->on_rq = false;
	se->sched_delayed = false;
	fair_group_account(q, -(s64)se->weight);
	q->nr_queued--;
	return_cfs_rq_runtime(q);
	return true;
}

/* its weight may have changed while it was away */
static void take_weight(struct task_struct *p)
{
	reweight_entity(entity(p)->on, entity(p), fair_task_weight(p));
}

static void count_tasks(struct rq *rq, const struct fair_entity *se, int n)
{
	bool idle = false;

	for (; se; se = parent_of(se)) {
		idle |= se_is_idle(se);
		se->on->h_nr_queued += (u32)n;
		se->on->h_nr_idle += idle ? (u32)n : 0;
	}
	rq->cfs.nr_queued = fair_root(rq)->nr_queued;
	add_nr_running(rq, n);
	machine->nr_fair_waiting += n;
}

static void enqueue_entities(struct fair_entity *se, u64 flags)
{
	for (; se && !se->on_rq; se = parent_of(se)) {
		if (se->mine)
			update_cfs_group(se->mine);
		enqueue_entity(se->on, se, flags);
		flags = ENQUEUE_WAKEUP;
	}
	if (se && se->sched_delayed)
		requeue_delayed(se->on, se);
	for (; se; se = parent_of(se))
		update_cfs_group(se->mine);
}

static void enqueue_task_fair(struct rq *rq, struct task_struct *p, u64 flags)
{
	struct fair_entity *se = entity(p);
	bool first = !fair_root(rq)->h_nr_queued;

	update_curr_fair(rq);
	if (flags & FAIR_DELAYED) {
		requeue_delayed(se->on, se);
		return;
	}
	se->on = fair_group_rq(host_of(p->sched_task_group)->fair, rq);
	take_weight(p);
	enqueue_entities(se, flags);
	p->se.vruntime = se->vruntime;
	p->se.on_rq = 1;
	list_add(&se->rq_node, &fair_root(rq)->tasks);
	if (first) {
		if (!K->b.dl_server_idle_wait && !rq->nr_running)
			update_curr_idle(rq);
		dl_server_start(rq, DL_SERVER_FAIR);
	}
	count_tasks(rq, se, 1);
}

/* false: @se, a task's, stays */
static bool dequeue_entities(struct rq *rq, struct fair_entity *se, u64 flags)
{
	struct fair_entity *at = se;

	for (; at; at = parent_of(at)) {
		if (!dequeue_entity(at->on, at, flags)) {
			if (at == se)
				return false;
			break;
		}
		if (at->on->load)
			break;
		flags = (flags | DEQUEUE_SLEEP) & ~(FAIR_DELAYED | K->b.dequeue_special);
	}
	for (at = se->on->se; at; at = parent_of(at))
		update_cfs_group(at->mine);
	if (se->p)
		count_tasks(rq, se, -1);
	return true;
}

static void forget_task(struct fair_entity *se)
{
	list_del_init(&se->rq_node);
	se->p->se.on_rq = 0;
}

void fair_dequeue_delayed(struct rq *rq, struct fair_entity *se)
{
	struct task_struct *p = se->p;

	dequeue_entities(rq, se, DEQUEUE_SLEEP | FAIR_DELAYED);
	if (!p)
		return;
	forget_task(se);
	p->on_rq = 0; /* __block_task() */
}

static bool dequeue_task_fair(struct rq *rq, struct task_struct *p, u64 flags)
{
	struct fair_entity *se = entity(p);

	update_curr_fair(rq);
	if (se->throttled) {
		se->throttled = false;
		list_del_init(&se->limbo);
		forget_task(se);
		return true;
	}
	if (!dequeue_entities(rq, se, flags))
		return false;
	forget_task(se);
	return true;
}

/* ---- limbo ---- */

static void enter_limbo(struct rq *rq, struct task_struct *p)
{
	struct fair_entity *se = entity(p);

	dequeue_entities(rq, se, DEQUEUE_SLEEP | FAIR_THROTTLE);
	se->throttled = true;
	list_del_init(&se->rq_node);
	list_add_tail(&se->limbo, &fair_root(rq)->limbo);
}

void fair_leave_limbo(struct rq *rq, struct task_struct *p)
{
	entity(p)->throttled = false;
	list_del_init(&entity(p)->limbo);
	enqueue_task_fair(rq, p, ENQUEUE_WAKEUP);
	if (p != rq->curr)
		wakeup_preempt(rq, p, 0);
}

/* ---- picking ---- */

/* one step down; NULL: what was found only waited to be forgotten */
static struct fair_entity *pick_next_entity(struct rq *rq, struct fair_rq *q, bool protect)
{
	struct fair_entity *se = pick_eevdf(q, protect);

	if (!se->sched_delayed)
		return se;
	fair_dequeue_delayed(rq, se);
	return NULL;
}

static struct task_struct *pick_fair(struct rq *rq)
{
	struct fair_rq *q = fair_root(rq);
	struct fair_entity *se = NULL;

	while (fair_root(rq)->nr_queued) {
		check_cfs_rq_runtime(q);
		se = pick_next_entity(rq, q, true);
		q = se ? se->mine : fair_root(rq);
		if (q)
			continue;
		if (!throttled_hierarchy(se->on))
			return se->p;
		enter_limbo(rq, se->p);
		q = fair_root(rq);
	}
	return NULL;
}

static struct task_struct *fair_first(struct rq *rq)
{
	struct task_struct *p;

	update_curr_fair(rq);
	p = pick_fair(rq);
	if (!p && rq == this_rq() && !is_idle_task(rq->curr) && newidle_balance(rq))
		p = pick_fair(rq);
	return p;
}

/* fair.c:balance_fair(): pulling from others comes with the pick here */
static bool balance_fair(struct rq *rq, struct task_struct *prev)
{
	return fair_root(rq)->nr_queued;
}

static struct task_struct *pick_task_fair(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;

	if (K->b.pick_next_task_fair)
		FN_ENTER(pick_next_task_fair, P64(rq), P64(prev), 0);
	FN_ENTER(pick_task_fair, P64(rq));
	p = fair_first(rq);
	FN_EXIT(pick_task_fair, P64(p), P64(rq));
	if (K->b.pick_next_task_fair)
		FN_EXIT(pick_next_task_fair, P64(p), P64(rq), P64(prev), 0);
	return p;
}

static void put_prev_task_fair(struct rq *rq, struct task_struct *p, struct task_struct *next)
{
	update_curr_fair(rq);
	for (struct fair_entity *se = entity(p); se; se = parent_of(se)) {
		if (se->on_rq)
			fair_tree_add(se->on, se);
		se->on->curr = NULL;
	}
	machine->nr_fair_waiting++;
}

static void set_next_task_fair(struct rq *rq, struct task_struct *p, bool first)
{
	struct fair_entity *se = entity(p);

	if (!se->on_rq)
		se->on = fair_group_rq(host_of(p->sched_task_group)->fair, rq);
	else
		list_to_front(&se->rq_node, &fair_root(rq)->tasks);
	for (; se; se = parent_of(se)) {
		if (se->on_rq)
			fair_tree_del(se->on, se);
		se->on->curr = se;
		se->vprot = se->deadline;
	}
	p->se.exec_start = now_ns();
	p->se.prev_sum_exec_runtime = p->se.sum_exec_runtime;
	machine->nr_fair_waiting--;
}

/* ---- preempting ---- */

static u32 depth(const struct fair_entity *se)
{
	u32 n = 0;

	while ((se = parent_of(se)))
		n++;
	return n;
}

/* the ancestors of both, or themselves, that compete in one queue */
static void find_matching_se(struct fair_entity **a, struct fair_entity **b)
{
	u32 da = depth(*a), db = depth(*b);

	for (; da > db; da--)
		*a = parent_of(*a);
	for (; db > da; db--)
		*b = parent_of(*b);
	while ((*a)->on != (*b)->on) {
		*a = parent_of(*a);
		*b = parent_of(*b);
	}
}

static bool should_preempt(struct rq *rq, struct fair_entity *se, struct fair_entity *pse,
			   const struct task_struct *p)
{
	struct fair_entity *next;

	if (se_is_idle(se) != se_is_idle(pse))
		return se_is_idle(se);
	if (p->policy != SCHED_NORMAL && !(p->policy == SCHED_EXT))
		return false;
	update_curr_fair(rq);
	next = pick_eevdf(se->on, true);
	return next == pse;
}

static void wakeup_preempt_fair(struct rq *rq, struct task_struct *p, int flags)
{
	struct fair_entity *se, *pse = entity(p);

	if (class_id(p) != CLASS_FAIR || class_id(rq->curr) != CLASS_FAIR || rq->curr == p)
		return;
	se = entity(rq->curr);
	if (!se->on_rq || !pse->on_rq || pse->throttled || throttled_hierarchy(pse->on) ||
	    test_tsk_need_resched(rq->curr))
		return;
	find_matching_se(&se, &pse);
	if (se == pse || !should_preempt(rq, se, pse, p))
		return;
	se->vprot = se->vruntime;
	resched_curr_lazy(rq);
}

static void yield_task_fair(struct rq *rq)
{
	struct fair_entity *se = entity(rq->curr);

	if (rq->nr_running == 1)
		return;
	update_curr_fair(rq);
	if (!K->b.fair_yield_forfeits) {
		se->deadline += fair_delta(se->slice, se->weight);
	} else if (entity_eligible(se->on, se)) {
		se->vruntime = se->deadline;
		update_deadline(se);
	}
}

/* ---- core scheduling: siblings' queues compared ---- */

static void se_fi_update(struct fair_entity *se, u32 seq, bool in_fi)
{
	for (; se; se = parent_of(se)) {
		if (in_fi && se->on->forceidle_seq == seq)
			break;
		if (in_fi)
			se->on->forceidle_seq = seq;
		se->on->zero_vruntime_fi = avg_vruntime(se->on);
	}
}

void fair_vruntime_update(struct task_struct *p, u32 seq, bool in_fi)
{
	if (class_id(p) == CLASS_FAIR)
		se_fi_update(entity(p), seq, in_fi);
}

bool cfs_prio_less(struct task_struct *a, struct task_struct *b, u32 seq, bool in_fi)
{
	struct fair_entity *sea = entity(a), *seb = entity(b);
	u32 da = depth(sea), db = depth(seb);

	for (; da > db; da--)
		sea = parent_of(sea);
	for (; db > da; db--)
		seb = parent_of(seb);
	while (sea->on->group != seb->on->group) {
		sea = parent_of(sea);
		seb = parent_of(seb);
	}
	se_fi_update(sea, seq, in_fi);
	se_fi_update(seb, seq, in_fi);
	return (s64)(sea->vruntime - seb->vruntime) +
		       (s64)(seb->on->zero_vruntime_fi - sea->on->zero_vruntime_fi) >
	       0;
}

/* Alone here, and a sibling is kept idle for it: that one's turn comes after half a slice. */
static void task_tick_core(struct rq *rq, struct task_struct *p)
{
	u64 used = p->se.sum_exec_runtime - p->se.prev_sum_exec_runtime;

	if (sched_core_forces_idle(rq) && fair_root(rq)->h_nr_queued == 1 &&
	    used * MIN_NR_TASKS_DURING_FORCEIDLE > entity(p)->slice)
		resched_curr(rq);
}

static void task_tick_fair(struct rq *rq, struct task_struct *p)
{
	update_curr_fair(rq);
	if (sched_core_enabled(rq))
		task_tick_core(rq, p);
	for (struct fair_entity *se = parent_of(entity(p)); se; se = parent_of(se))
		update_cfs_group(se->mine);
}

/* its group may go while it is of another class */
static void switched_from_fair(struct rq *rq, struct task_struct *p)
{
	entity(p)->on = NULL;
}

static void switched_to_fair(struct rq *rq, struct task_struct *p)
{
	if (task_on_rq_queued(p) && rq->curr != p)
		wakeup_preempt(rq, p, 0);
}

static void prio_changed_fair(struct rq *rq, struct task_struct *p, int oldprio)
{
	if (!task_on_rq_queued(p) || fair_root(rq)->nr_queued < 2)
		return;
	if (rq->curr != p)
		wakeup_preempt(rq, p, 0);
	else if (p->prio > oldprio)
		resched_curr(rq);
}

const struct class_methods fair_sched_class = {
	.name = "fair",
	.enqueue_task = enqueue_task_fair,
	.dequeue_task = dequeue_task_fair,
	.yield_task = yield_task_fair,
	.wakeup_preempt = wakeup_preempt_fair,
	.balance = balance_fair,
	.pick_task = pick_task_fair,
	.put_prev_task = put_prev_task_fair,
	.set_next_task = set_next_task_fair,
	.select_task_rq = select_task_rq_fair,
	.task_tick = task_tick_fair,
	.switched_from = switched_from_fair,
	.switched_to = switched_to_fair,
	.prio_changed = prio_changed_fair,
	.update_curr = update_curr_fair,
};
