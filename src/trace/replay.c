// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - see replay.h. What happens to a task, in the order in which the kernel
 * does it (and the events come):
 *
 *	wakeup		sched_waking, op_enter enqueue, insert_call, op_exit, insert, sched_wakeup
 *	preemption	op_enter enqueue, insert, ..., sched_switch (it was on a queue already)
 *	pick		consume, dsq_leave, insert, dsq_leave, sched_switch
 *
 * So a place is noted whenever it is told, and counts once the task waits.
 */
#include "trace/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/profile.h"

#define FIRST_SLOTS 64
#define CPUS_A_EVENT 256 /* of task_cpus */

#define STATE_DEAD 0xb0 /* EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD */

#define ENQ_PREEMPT (1ULL << 32)
#define ENQ_DSQ_PRIQ (1ULL << 57)

/* ---- tasks ---- */

struct replay_task *replay_task(const struct replay *rp, s64 pid)
{
	struct replay_task *const *slot = pid > 0 ? pids_find(&rp->tasks, (u64)pid) : NULL;

	return slot ? *slot : NULL;
}

/* NULL for idle, for nobody, or if there is no memory */
static struct replay_task *task_get(struct replay *rp, u64 pid)
{
	struct replay_task *t = replay_task(rp, (s64)pid), **slot;

	if (t || !pid || pid >= PID_LIMIT)
		return t;
	slot = pids_get(&rp->tasks, pid);
	t = slot ? calloc(1, sizeof(*t)) : NULL;
	if (!t) {
		rp->no_memory = true;
		return NULL;
	}
	*t = (struct replay_task){ .pid = pid,
				   .class = NR_TRACE_CLASSES,
				   .cpu = -1,
				   .waited_until_ns = REPLAY_NEVER,
				   .consumed_ns = REPLAY_NEVER,
				   .off_ns = REPLAY_NEVER,
				   .put.cpu = -1 };
	INIT_LIST_HEAD(&t->node);
	return *slot = t;
}

const char *replay_comm(const struct replay *rp, s64 pid)
{
	return trace_names_get(&rp->names, pid);
}

/* Each task's beginning says its class. */
bool replay_is_whole(const struct replay *rp)
{
	return rp->seen[EV_task_class];
}

bool replay_allowed(const struct replay *rp, const struct replay_task *t, u32 cpu)
{
	return cpu < rp->nr_cpus && (!t->cpus || t->cpus[cpu / 64] >> cpu % 64 & 1);
}

static void on_task_cpus(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);
	u32 words = DIV_ROUND_UP(rp->nr_cpus, 64), first = (u32)r->arg[1] / 64;

	if (!t || r->arg[1] >= rp->nr_cpus || r->arg[1] % CPUS_A_EVENT)
		return;
	if (!t->cpus)
		t->cpus = calloc(words, sizeof(u64));
	if (!t->cpus) {
		rp->no_memory = true;
		return;
	}
	if (!first)
		memset(t->cpus, 0, words * sizeof(u64));
	for (u32 i = 0; i < CPUS_A_EVENT / 64 && first + i < words; i++)
		t->cpus[first + i] = r->arg[2 + i];
}

static void place_set(struct replay *rp, struct replay_task *t, enum replay_place place)
{
	t->place = place;
	t->place_ns = rp->now_ns;
}

/* with the class's own run queue, or nobody knows */
static void place_by_class(struct replay *rp, struct replay_task *t)
{
	bool other = t->class != CLASS_IS_ext && t->class != NR_TRACE_CLASSES;

	place_set(rp, t, other ? PLACE_RUNQUEUE : PLACE_UNKNOWN);
	t->put = (struct replay_put){ .ns = rp->now_ns, .cpu = -1, .curr = -1, .op = OP_none };
}

static void state_set(struct replay *rp, struct replay_task *t, enum replay_state state)
{
	t->state = state;
	t->state_ns = rp->now_ns;
}

/* ---- queues ---- */

static u32 slot_hash(u64 id, u64 sched)
{
	return (u32)(((id + sched) * 0x9e3779b97f4a7c15ULL) >> 32);
}

static struct replay_dsq **dsq_slot(struct replay_dsq **slots, u32 nr_slots, u64 id, u64 sched)
{
	u32 i = slot_hash(id, sched) & (nr_slots - 1);

	while (slots[i] && (slots[i]->id != id || slots[i]->sched != sched))
		i = (i + 1) & (nr_slots - 1);
	return &slots[i];
}

static bool slots_grow(struct replay *rp)
{
	u32 nr = rp->nr_slots ? rp->nr_slots * 2 : FIRST_SLOTS;
	struct replay_dsq **slots;

	if (rp->nr_dsqs < rp->nr_slots / 2)
		return true;
	slots = calloc(nr, sizeof(*slots));
	if (!slots)
		return false;
	for (u32 i = 0; i < rp->nr_slots; i++)
		if (rp->dsq[i])
			*dsq_slot(slots, nr, rp->dsq[i]->id, rp->dsq[i]->sched) = rp->dsq[i];
	free(rp->dsq);
	rp->dsq = slots;
	rp->nr_slots = nr;
	return true;
}

struct replay_dsq *replay_dsq(const struct replay *rp, u64 id, u64 sched)
{
	return rp->nr_slots ? *dsq_slot(rp->dsq, rp->nr_slots, id, sched) : NULL;
}

/* that of the scheduler that the event at hand is about */
static struct replay_dsq *dsq_get(struct replay *rp, u64 id)
{
	struct replay_dsq *d = replay_dsq(rp, id, rp->about);

	if (d)
		return d;
	d = slots_grow(rp) ? calloc(1, sizeof(*d)) : NULL;
	if (!d) {
		rp->no_memory = true;
		return NULL;
	}
	d->id = id;
	d->sched = rp->about;
	d->created_ns = REPLAY_NEVER;
	INIT_LIST_HEAD(&d->members);
	list_add_tail(&d->node, &rp->dsqs);
	*dsq_slot(rp->dsq, rp->nr_slots, id, d->sched) = d;
	rp->nr_dsqs++;
	return d;
}

static void dsq_remove(struct replay *rp, struct replay_task *t)
{
	if (!t->dsq)
		return;
	list_del_init(&t->node);
	t->dsq->nr--;
	rp->nr_local -= dsq_is_local_on(t->dsq->id);
	t->dsq = NULL;
}

/* The order is made when somebody asks: what is needed for it is kept. */
static void dsq_add(struct replay *rp, struct replay_dsq *d, struct replay_task *t, u64 enq_flags,
		    s64 vtime)
{
	dsq_remove(rp, t);
	list_add_tail(&t->node, &d->members);
	d->nr++;
	d->seq++;
	rp->nr_local += dsq_is_local_on(d->id);
	t->dsq = d;
	t->dsq_ns = rp->now_ns;
	t->by_vtime = enq_flags & ENQ_DSQ_PRIQ;
	t->vtime = vtime;
	t->order = !t->by_vtime && (enq_flags & (rp->enq_head | ENQ_PREEMPT)) ? -d->seq : d->seq;
}

static int before(const void *a, const void *b)
{
	const struct replay_task *x = *(struct replay_task *const *)a;
	const struct replay_task *y = *(struct replay_task *const *)b;

	if (x->by_vtime && y->by_vtime && x->vtime != y->vtime)
		return (s64)((u64)x->vtime - (u64)y->vtime) < 0 ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void replay_dsq_members(const struct replay_dsq *d, struct replay_task **out)
{
	struct replay_task *t;
	u32 n = 0;

	list_for_each_entry(t, &d->members, node)
		out[n++] = t;
	if (n)
		qsort(out, n, sizeof(*out), before);
}

static void on_dsq_new(struct replay *rp, const struct trace_record *r)
{
	struct replay_dsq *d = dsq_get(rp, r->arg[0]);

	if (!d)
		return;
	d->freed = false;
	d->created_ns = r->time_ns;
	free(d->look);
	d->look = NULL;
}

static void on_dsq_free(struct replay *rp, const struct trace_record *r)
{
	struct replay_dsq *d = replay_dsq(rp, r->arg[0], rp->about);

	if (d)
		d->freed = true;
}

static void look_note(struct replay *rp, u64 id, u64 cpu, s32 found, u32 nr)
{
	struct replay_dsq *d = cpu < rp->nr_cpus ? dsq_get(rp, id) : NULL;

	if (d && !d->look) {
		d->look = malloc(rp->nr_cpus * sizeof(*d->look));
		rp->no_memory |= !d->look;
		for (u32 i = 0; d->look && i < rp->nr_cpus; i++)
			d->look[i] = (struct replay_look){ REPLAY_NEVER, -1, 0 };
	}
	if (d && d->look)
		d->look[cpu] = (struct replay_look){ rp->now_ns, found, nr };
}

/* ---- who puts a task where ---- */

/* the callback that runs on @r's CPU for whoever is current there */
static u32 op_now(const struct replay *rp, const struct trace_record *r)
{
	const struct replay_cpu *c = r->cpu >= 0 && r->cpu < (s32)rp->nr_cpus ? &rp->cpu[r->cpu] :
										NULL;

	if (!c || !c->nr_ops || c->ops[c->nr_ops - 1].curr != r->pid)
		return OP_none;
	return c->ops[c->nr_ops - 1].op;
}

static struct replay_put put_now(const struct replay *rp, const struct trace_record *r)
{
	return (struct replay_put){ .how = HOW_KERNEL,
				    .ns = r->time_ns,
				    .cpu = r->cpu,
				    .curr = r->pid,
				    .op = op_now(rp, r) };
}

static void on_insert_call(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	t->call = put_now(rp, r);
	t->call.how = HOW_CALL;
	t->call.op = (u32)min(r->arg[3], (u64)OP_none);
	t->call.prog = (u32)r->arg[4];
	t->call.insn = (u32)r->arg[5];
	t->called = true;
}

static void on_insert(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);
	struct replay_dsq *d = r->arg[1] != WORD_UNKNOWN ? dsq_get(rp, r->arg[1]) : NULL;

	if (!t || !d)
		return;
	dsq_add(rp, d, t, r->arg[2], (s64)r->arg[4]);
	rp->queue = d;
	place_set(rp, t, PLACE_DSQ);
	if (dsq_is_local_on(d->id))
		t->cpu = (s32)(u32)d->id;
	if (t->called) {
		t->put = t->call;
	} else {
		t->put = put_now(rp, r);
		if (t->consumed_ns != REPLAY_NEVER) {
			t->put.how = HOW_CONSUMED;
			t->put.from = t->consumed_from;
			t->put.from_sched = t->consumed_sched;
		}
	}
	t->called = false;
	t->consumed_ns = REPLAY_NEVER;
}

static void on_consume(struct replay *rp, const struct trace_record *r)
{
	struct replay_dsq *d = replay_dsq(rp, r->arg[1], rp->about);
	struct replay_task *t = task_get(rp, r->arg[0]);

	look_note(rp, r->arg[1], r->arg[2], (s32)r->arg[0], d ? d->nr : 0);
	if (!t)
		return;
	t->consumed_ns = r->time_ns;
	t->consumed_from = r->arg[1];
	t->consumed_sched = rp->about;
	t->called = false;
}

static void on_dsq_leave(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	rp->queue = t->dsq ? t->dsq : replay_dsq(rp, r->arg[1], rp->about);
	dsq_remove(rp, t);
	place_set(rp, t, PLACE_TAKEN);
}

/* ---- what nests on a CPU ---- */

static u64 this_event(const struct replay *rp)
{
	return rp->nr_records - 1;
}

static void span_ends(struct replay *rp, enum replay_span_kind kind, u32 depth, u64 since, u64 of)
{
	if (rp->nr_spans < REPLAY_SPANS_MAX)
		rp->span[rp->nr_spans++] = (struct replay_span){ kind, depth, since, of };
}

/* A task that switches out within callbacks sleeps in them, and takes them along. */
static void ops_leave(struct replay *rp, s32 cpu, struct replay_task *t)
{
	struct replay_cpu *c = &rp->cpu[cpu];

	if (!c->nr_ops)
		return;
	free(t->asleep);
	t->asleep = malloc(c->nr_ops * sizeof(*t->asleep));
	if (!t->asleep) {
		rp->no_memory = true;
		return;
	}
	for (u32 i = 0; i < c->nr_ops; i++) {
		span_ends(rp, SPAN_OP, i, c->ops[i].since, c->ops[i].event);
		t->asleep[i] = c->ops[i];
		t->asleep[i].slept = true;
	}
	t->nr_asleep = c->nr_ops;
	c->nr_ops = 0;
}

static void ops_come(struct replay *rp, s32 cpu, struct replay_task *t)
{
	struct replay_cpu *c = &rp->cpu[cpu];

	for (u32 i = 0; i < t->nr_asleep && c->nr_ops < REPLAY_OPS_MAX; i++) {
		c->ops[c->nr_ops] = t->asleep[i];
		c->ops[c->nr_ops++].since = this_event(rp);
	}
	free(t->asleep);
	t->asleep = NULL;
	t->nr_asleep = 0;
}

static void on_op_enter(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;
	struct replay_task *t = (s64)r->arg[1] > 0 ? task_get(rp, r->arg[1]) : NULL;

	if (c && r->arg[0] == OP_dispatch) {
		c->nr_dispatches++;
		c->dispatch_ns = r->time_ns;
	}
	if (c && c->nr_ops < REPLAY_OPS_MAX)
		c->ops[c->nr_ops++] = (struct replay_op){ .op = (u32)min(r->arg[0], (u64)OP_none),
							  .pid = (s32)r->arg[1],
							  .curr = r->pid,
							  .ns = r->time_ns,
							  .event = this_event(rp),
							  .since = this_event(rp) };
	if (t && r->arg[0] == OP_enqueue) {
		place_set(rp, t, PLACE_SCHEDULER);
		t->put = put_now(rp, r);
	} else if (t && r->arg[0] == OP_dequeue && t->place == PLACE_SCHEDULER) {
		place_set(rp, t, PLACE_TAKEN);
	}
}

/* of the callback that has just begun there */
static void on_op_sched(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;

	rp->has_subs = true;
	if (c && c->nr_ops)
		c->ops[c->nr_ops - 1].sched = r->arg[0];
}

static bool op_remove(struct replay *rp, s32 cpu, const struct trace_record *r)
{
	struct replay_cpu *c = &rp->cpu[cpu];

	for (u32 i = c->nr_ops; i-- > 0;) {
		if (c->ops[i].op != r->arg[0] || c->ops[i].pid != (s32)r->arg[1] ||
		    c->ops[i].curr != r->pid)
			continue;
		span_ends(rp, SPAN_OP, i, c->ops[i].since, c->ops[i].event);
		memmove(&c->ops[i], &c->ops[i + 1], (--c->nr_ops - i) * sizeof(c->ops[0]));
		return true;
	}
	return false;
}

/* A callback that may sleep can end on another CPU than it began on. */
static void on_op_exit(struct replay *rp, const struct trace_record *r)
{
	if (r->cpu < 0 || op_remove(rp, r->cpu, r))
		return;
	for (u32 cpu = 0; cpu < rp->nr_cpus; cpu++)
		if (op_remove(rp, (s32)cpu, r))
			return;
}

static void on_irq(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;

	if (c && c->nr_irqs < REPLAY_IRQS_MAX)
		c->irq[c->nr_irqs++] = this_event(rp);
}

static void on_irq_exit(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;

	if (!c || !c->nr_irqs)
		return;
	c->nr_irqs--;
	span_ends(rp, SPAN_IRQ, c->nr_irqs, c->irq[c->nr_irqs], c->irq[c->nr_irqs]);
}

u32 replay_open_spans(const struct replay *rp, u32 cpu, struct replay_span out[REPLAY_SPANS_MAX])
{
	const struct replay_cpu *c = &rp->cpu[cpu];
	u32 n = 0;

	for (u32 i = 0; i < c->nr_ops; i++)
		out[n++] = (struct replay_span){ SPAN_OP, i, c->ops[i].since, c->ops[i].event };
	for (u32 i = 0; i < c->nr_irqs; i++)
		out[n++] = (struct replay_span){ SPAN_IRQ, i, c->irq[i], c->irq[i] };
	if (c->waits_for >= 0)
		out[n++] = (struct replay_span){ SPAN_KICK_WAIT, 0, c->wait, c->wait };
	return n;
}

/* ---- the core's events ---- */

static void begins_waiting(struct replay *rp, struct replay_task *t)
{
	if (t->state == TASK_WAITS || t->state == TASK_RUNS)
		return;
	state_set(rp, t, TASK_WAITS);
	t->called = false;
	if (!t->dsq)
		place_by_class(rp, t);
}

static void on_waking(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	t->woken = t->state == TASK_RUNS;
	begins_waiting(rp, t);
}

static void on_wakeup(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	t->woken = false;
	if (r->arg[1] < rp->nr_cpus)
		t->cpu = (s32)r->arg[1];
	/* a new one comes without sched_waking, and may be on a queue already */
	if (t->state == TASK_UNSEEN && (t->dsq || t->place == PLACE_SCHEDULER))
		state_set(rp, t, TASK_WAITS);
	else
		begins_waiting(rp, t);
}

static void on_migrate(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (t && r->arg[2] < rp->nr_cpus)
		t->cpu = (s32)r->arg[2];
}

static void class_set(struct replay_task *t, u64 class)
{
	if (class < NR_TRACE_CLASSES)
		t->class = (u32) class;
}

static void on_task_class(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	class_set(t, r->arg[1]);
	if (t->state == TASK_WAITS && !t->dsq)
		place_by_class(rp, t);
}

static void goes_out(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	class_set(t, r->arg[3]);
	ops_leave(rp, r->cpu, t);
	t->cpu = r->cpu;
	t->off_ns = r->time_ns;
	if (r->arg[1] != WORD_UNKNOWN && (r->arg[1] & STATE_DEAD)) {
		dsq_remove(rp, t);
		state_set(rp, t, TASK_GONE);
		return;
	}
	if (r->arg[1] && r->arg[1] != WORD_UNKNOWN && !t->woken) {
		state_set(rp, t, TASK_SLEEPS);
		place_set(rp, t, PLACE_UNKNOWN);
		dsq_remove(rp, t);
		return;
	}
	t->woken = false;
	state_set(rp, t, TASK_WAITS);
	if (!t->dsq && t->place != PLACE_SCHEDULER)
		place_by_class(rp, t);
}

static void comes_in(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[2]);

	if (!t)
		return;
	class_set(t, r->arg[4]);
	ops_come(rp, r->cpu, t);
	if (t->state == TASK_WAITS) {
		t->waited_since_ns = t->state_ns;
		t->waited_until_ns = r->time_ns;
	}
	state_set(rp, t, TASK_RUNS);
	place_set(rp, t, PLACE_UNKNOWN);
	dsq_remove(rp, t);
	t->called = false;
	t->cpu = r->cpu;
}

static void picked(struct replay_cpu *c, const struct trace_record *r)
{
	c->resched = false;
	c->nr_picks++;
	c->pick_ns = r->time_ns;
}

static void on_switch(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c;

	if (r->cpu < 0)
		return;
	c = &rp->cpu[r->cpu];
	picked(c, r);
	c->nr_switches++;
	if (!r->arg[0])
		c->idled_ns = r->time_ns;
	c->prev = c->curr;
	c->prev_since_ns = c->since_ns;
	c->curr = (s32)r->arg[2];
	c->class = r->arg[4] < NR_TRACE_CLASSES ? (u32)r->arg[4] : NR_TRACE_CLASSES;
	c->since_ns = r->time_ns;
	if (r->arg[0])
		goes_out(rp, r);
	if (r->arg[2])
		comes_in(rp, r);
}

static void on_keep(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (r->cpu < 0)
		return;
	picked(&rp->cpu[r->cpu], r);
	if (!t)
		return;
	class_set(t, r->arg[1]);
	place_set(rp, t, PLACE_UNKNOWN);
	dsq_remove(rp, t);
}

static void on_task_exit(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	if (!t)
		return;
	dsq_remove(rp, t);
	if (t->state != TASK_RUNS) /* else it is gone when its CPU switches */
		state_set(rp, t, TASK_GONE);
}

/* A pid may be given again. */
static void on_task_new(struct replay *rp, const struct trace_record *r)
{
	struct replay_task *t = task_get(rp, r->arg[0]);

	trace_names_add(&rp->names, r->arg[0], &r->arg[2]);
	if (!t || t->state != TASK_GONE)
		return;
	state_set(rp, t, TASK_UNSEEN);
	place_set(rp, t, PLACE_UNKNOWN);
	t->class = NR_TRACE_CLASSES;
	t->called = t->woken = false;
	t->waited_until_ns = t->consumed_ns = t->off_ns = REPLAY_NEVER;
	free(t->cpus);
	t->cpus = NULL;
	free(t->asleep);
	t->asleep = NULL;
	t->nr_asleep = 0;
}

static void on_hotplug(struct replay *rp, const struct trace_record *r)
{
	if (r->arg[0] < rp->nr_cpus)
		rp->cpu[r->arg[0]].online = r->arg[1];
}

static void on_resched(struct replay *rp, const struct trace_record *r)
{
	if (r->arg[0] < rp->nr_cpus)
		rp->cpu[r->arg[0]].resched = true;
}

static void on_kick_wait(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;

	if (!c)
		return;
	if (r->id == EV_kick_wait_begin) {
		c->waits_for = (s32)r->arg[0];
		c->wait = this_event(rp);
		return;
	}
	if (c->waits_for >= 0)
		span_ends(rp, SPAN_KICK_WAIT, 0, c->wait, c->wait);
	c->waits_for = -1;
}

/* ---- the stream ---- */

/* Whoever is current where something happens was so before. */
static void curr_learn(struct replay *rp, const struct trace_record *r)
{
	struct replay_cpu *c = &rp->cpu[r->cpu];

	if (c->curr >= 0 || r->pid < 0)
		return;
	c->curr = r->pid;
	if (!r->pid)
		c->class = CLASS_IS_idle;
	else
		c->since_ns = r->time_ns;
}

static void event_take(struct replay *rp, const struct trace_record *r)
{
	static void (*const take[NR_TRACE_EVENTS])(struct replay *, const struct trace_record *) = {
		[EV_task_new] = on_task_new,
		[EV_task_exit] = on_task_exit,
		[EV_task_cpus] = on_task_cpus,
		[EV_task_class] = on_task_class,
		[EV_sched_switch] = on_switch,
		[EV_sched_keep] = on_keep,
		[EV_sched_waking] = on_waking,
		[EV_sched_wakeup] = on_wakeup,
		[EV_sched_migrate_task] = on_migrate,
		[EV_op_enter] = on_op_enter,
		[EV_op_sched] = on_op_sched,
		[EV_op_exit] = on_op_exit,
		[EV_dsq_new] = on_dsq_new,
		[EV_dsq_free] = on_dsq_free,
		[EV_insert_call] = on_insert_call,
		[EV_insert] = on_insert,
		[EV_consume] = on_consume,
		[EV_dsq_leave] = on_dsq_leave,
		[EV_hotplug] = on_hotplug,
		[EV_resched] = on_resched,
		[EV_kick_wait_begin] = on_kick_wait,
		[EV_kick_wait_end] = on_kick_wait,
		[EV_irq] = on_irq,
		[EV_irq_exit] = on_irq_exit,
	};

	if (take[r->id])
		take[r->id](rp, r);
	else if (r->id == EV_consume_none)
		look_note(rp, r->arg[0], r->arg[1], -1, (u32)r->arg[2]);
}

int replay_take(struct replay *rp, const struct trace_record *r)
{
	rp->nr_records++;
	rp->nr_spans = 0;
	rp->queue = NULL;
	if (r->id >= NR_TRACE_EVENTS || r->cpu >= (s32)rp->nr_cpus)
		return 0;
	rp->now_ns = r->time_ns;
	rp->seen[r->id]++;
	if (r->cpu >= 0)
		curr_learn(rp, r);
	rp->about = rp->next_about;
	rp->next_about = r->id == EV_of_sched ? r->arg[0] : 0;
	rp->has_subs |= rp->next_about;
	event_take(rp, r);
	return rp->no_memory ? -ENOMEM : 0;
}

bool replay_idle(const struct replay *rp, u32 cpu)
{
	return cpu < rp->nr_cpus && !rp->cpu[cpu].curr;
}

/* ---- life ---- */

/* SCX_ENQ_HEAD is ENQUEUE_HEAD, which moved; for a kernel that we do not know, the newest's */
static u64 enq_head_of(const char *kernel)
{
	const struct profile *p = kernel ? profile_find(kernel) : NULL;

	return p ? (u64)p->e.SCX_ENQ_HEAD_v : 0x10000;
}

struct replay *replay_create(u32 nr_cpus, const char *kernel)
{
	struct replay *rp = calloc(1, sizeof(*rp));

	if (!rp)
		return NULL;
	rp->nr_cpus = nr_cpus;
	rp->tasks.size = sizeof(struct replay_task *);
	INIT_LIST_HEAD(&rp->dsqs);
	rp->enq_head = enq_head_of(kernel);
	rp->cpu = calloc(nr_cpus ? nr_cpus : 1, sizeof(*rp->cpu));
	if (!rp->cpu) {
		free(rp);
		return NULL;
	}
	for (u32 i = 0; i < nr_cpus; i++)
		rp->cpu[i] = (struct replay_cpu){ .online = true,
						  .curr = -1,
						  .class = NR_TRACE_CLASSES,
						  .pick_ns = REPLAY_NEVER,
						  .dispatch_ns = REPLAY_NEVER,
						  .prev = -1,
						  .idled_ns = REPLAY_NEVER,
						  .waits_for = -1 };
	return rp;
}

void replay_destroy(struct replay *rp)
{
	if (!rp)
		return;
	for (u32 pid = 0; pid < rp->tasks.nr; pid++) {
		struct replay_task *t = replay_task(rp, pid);

		if (t) {
			free(t->cpus);
			free(t->asleep);
		}
		free(t);
	}
	for (u32 i = 0; i < rp->nr_slots; i++)
		if (rp->dsq[i]) {
			free(rp->dsq[i]->look);
			free(rp->dsq[i]);
		}
	pids_finish(&rp->tasks);
	free(rp->dsq);
	free(rp->cpu);
	trace_names_finish(&rp->names);
	free(rp);
}
