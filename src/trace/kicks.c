// SPDX-License-Identifier: GPL-2.0-only
/*
 * kicks.c - see kicks.h. The trace says what happened, in order; which kick became of which
 * kick_match.c finds out, the rest is put together here, by a little state for each CPU:
 *
 *	open[asker]       the delivery being made    from kick_target to kick_deliver
 *	pass[cpu]         its scheduling pass        until sched_switch or sched_keep
 */
#include "base/array.h"
#include "trace/kicks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "trace/kick_match.h"

struct list {
	u32 *at;
	u32 nr, room;
};

struct cpu_state {
	struct list skipped; /* idle kicks of it that found it busy, since its last pass */
	struct list waits;   /* deliveries that this CPU may wait for */
	u32 open;	     /* delivery, NOBODY: none */
	u32 pass;	     /* NOBODY: no kicked one */
	u64 work_ns;
	u64 resched_ns; /* of the last request that was the first */
	s32 resched_by;
};

struct kicks_reader {
	const struct replay *rp; /* has taken the event before us */
	struct trace_reader *r;
	struct kick_lives *l;
	struct kick_match *match; /* has taken it too */
	struct cpu_state *cpu;
	u32 kick_room, delivery_room, pass_room;
};

/* Records of the machine's own are right: then this is our bug. */
static int __printf(2, 3) fail(struct kicks_reader *x, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	bug_on(!x->r, "%s", text);
	return trace_reader_fail(x->r, "%s", text);
}

static int out_of_memory(struct kicks_reader *x)
{
	if (x->r)
		fail(x, "out of memory");
	return -ENOMEM;
}

static int list_add_index(struct kicks_reader *x, struct list *l, u32 i)
{
	if (!array_room(&l->at, l->nr, &l->room))
		return out_of_memory(x);
	l->at[l->nr++] = i;
	return 0;
}

static void task_set(const struct kicks_reader *x, struct kick_task *t, s64 pid)
{
	t->pid = (s32)pid;
	snprintf(t->comm, sizeof(t->comm), "%s", replay_comm(x->rp, pid));
}

/* ---- the call ---- */

static bool cpu_exists(const struct kicks_reader *x, s64 cpu)
{
	return cpu >= 0 && cpu < x->l->about.cpus;
}

static void count_call(struct kick_totals *t, const struct kick *k)
{
	if (!k->prog)
		t->own++;
	else if (k->flags & KICK_FLAG_IDLE)
		t->idle++;
	else if (!(k->flags & (KICK_FLAGS_PREEMPT | KICK_FLAG_WAIT)))
		t->plain++;
	if (!k->prog || (k->flags & KICK_FLAG_IDLE))
		return;
	t->preempt += !!(k->flags & KICK_FLAGS_PREEMPT);
	t->wait += !!(k->flags & KICK_FLAG_WAIT);
}

static int kick_called(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick_lives *l = x->l;
	struct kick *k;

	if (e->arg[0] != l->nr_kicks + 1ULL)
		return fail(x, "kick %llu where kick %u is due", e->arg[0], l->nr_kicks + 1);
	if (!array_room(&l->kicks, l->nr_kicks, &x->kick_room))
		return out_of_memory(x);
	k = &l->kicks[l->nr_kicks++];
	*k = (struct kick){
		.called_ns = e->time_ns,
		.asker = e->cpu,
		.target = (s64)e->arg[1],
		.flags = e->arg[2],
		.prog = e->arg[4],
		.insn = e->arg[5],
		.op = min(e->arg[3], (u64)OP_none),
		.sched = x->rp->about,
		.drop = NOBODY,
		.delivery = NOBODY,
		.idled_ns = NEVER,
	};
	task_set(x, &k->curr, e->pid);
	count_call(&l->totals, k);
	return 0;
}

/* the kick whose number is @n: it must have been called, and nothing else been said of it */
static struct kick *kick_numbered(struct kicks_reader *x, u64 n)
{
	struct kick *k;

	if (!n || n > x->l->nr_kicks) {
		fail(x, "there was no kick %llu", n);
		return NULL;
	}
	k = &x->l->kicks[n - 1];
	if (!k->queued && k->drop == NOBODY)
		return k;
	fail(x, "kick %llu was queued or dropped before", n);
	return NULL;
}

static int skipped_note(struct kicks_reader *x, u32 i)
{
	const struct kick *k = &x->l->kicks[i];

	return cpu_exists(x, k->target) ? list_add_index(x, &x->cpu[k->target].skipped, i) : 0;
}

static int kick_dropped(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick *k = kick_numbered(x, e->arg[0]);

	if (!k)
		return -EINVAL;
	k->drop = (u32)e->arg[2];
	if (k->drop == NOBODY)
		return fail(x, "no such reason");
	if (k->drop != VERDICT_busy) {
		x->l->totals.dropped++;
		return 0;
	}
	x->l->totals.skipped_idle++;
	return skipped_note(x, k - x->l->kicks);
}

static int kick_queued(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick *k = kick_numbered(x, e->arg[0]);

	if (!k)
		return -EINVAL;
	if (!cpu_exists(x, k->target) || k->asker < 0)
		return fail(x, "kick %llu is queued by CPU %d for CPU %lld", e->arg[0], k->asker,
			    k->target);
	k->queued = true;
	k->coalesced = e->arg[2];
	x->l->totals.coalesced += k->coalesced;
	return 0;
}

/* ---- the delivery ---- */

static int target_found(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick_lives *l = x->l;
	struct cpu_state *asker = &x->cpu[e->cpu], *target;
	struct kick_delivery *d;

	if (!cpu_exists(x, e->arg[0]))
		return fail(x, "there is no CPU %lld", e->arg[0]);
	if (!array_room(&l->deliveries, l->nr_deliveries, &x->delivery_room))
		return out_of_memory(x);
	target = &x->cpu[e->arg[0]];
	asker->open = l->nr_deliveries;
	d = &l->deliveries[l->nr_deliveries++];
	*d = (struct kick_delivery){
		.first = NOBODY,
		.asker = e->cpu,
		.target = e->arg[0],
		.work_ns = asker->work_ns,
		.at_ns = e->time_ns,
		.slice_ns = e->arg[1],
		.polls = e->arg[2],
		.dispatching = e->arg[3],
		.due = e->arg[4],
		.ipi_ns = NEVER,
		.answer_ns = NEVER,
		.pass = NOBODY,
		.due_ns = target->resched_ns,
		.due_by = target->resched_by,
		.wait_begin_ns = NEVER,
		.wait_end_ns = NEVER,
	};
	return 0;
}

/* the delivery that CPU @e->cpu is making to CPU @target, NULL: none */
static struct kick_delivery *open_delivery(struct kicks_reader *x, const struct trace_record *e,
					   u64 target)
{
	u32 i = x->cpu[e->cpu].open;

	if (i == NOBODY || x->l->deliveries[i].target != (s64)target)
		return NULL;
	return &x->l->deliveries[i];
}

static struct kick *kick_of(struct kicks_reader *x, u64 n)
{
	return &x->l->kicks[n - 1];
}

static void delivery_fill(struct kicks_reader *x, struct kick_delivery *d, u32 index)
{
	const struct kick_list *list = kick_match_last(x->match);

	d->nr = list->nr;
	d->first = d->nr ? (u32)list->n[0] - 1 : NOBODY;
	for (u32 i = 0; i < list->nr; i++)
		kick_of(x, list->n[i])->delivery = index;
}

static void count_delivery(struct kick_totals *t, const struct kick_delivery *d)
{
	bool already = d->outcome == VERDICT_already;

	if (d->outcome == VERDICT_busy)
		t->skipped_idle++;
	else if (!verdict_asks(d->outcome))
		t->dropped++;
	t->sent += verdict_asks(d->outcome);
	t->coalesced += already;
	t->ipis += !already && d->ipi;
}

/* An idle kick that found its target busy may have been lost. */
static int undelivered(struct kicks_reader *x, const struct kick_delivery *d)
{
	const struct kick_list *list = kick_match_last(x->match);
	int ret = 0;

	for (u32 i = 0; !ret && d->outcome == VERDICT_busy && i < list->nr; i++)
		ret = skipped_note(x, (u32)list->n[i] - 1);
	return ret;
}

static int kick_delivered(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick_delivery *d = open_delivery(x, e, e->arg[1]);
	u32 index = x->cpu[e->cpu].open;

	if (!d)
		return fail(x, "kick_deliver without its kick_target");
	x->cpu[e->cpu].open = NOBODY;
	d->flags = e->arg[2];
	d->class = (u32)e->arg[3];
	task_set(x, &d->curr, (s64)e->arg[4]);
	d->outcome = (u32)e->arg[5];
	delivery_fill(x, d, index);
	if (!d->nr)
		return fail(x, "CPU %d has queued no kick of CPU %d", d->asker, d->target);
	count_delivery(&x->l->totals, d);
	return undelivered(x, d);
}

static int resched_asked(struct kicks_reader *x, const struct trace_record *e)
{
	bool lazy = e->id == EV_resched_lazy, already = e->arg[lazy ? 1 : 2];
	struct kick_delivery *d;

	if (!cpu_exists(x, e->arg[0]))
		return fail(x, "there is no CPU %lld", e->arg[0]);
	if (!already) {
		x->cpu[e->arg[0]].resched_ns = e->time_ns;
		x->cpu[e->arg[0]].resched_by = e->cpu;
	}
	if (lazy)
		return 0;
	d = e->cpu < 0 ? NULL : open_delivery(x, e, e->arg[0]);
	if (d)
		d->ipi = e->arg[1];
	return 0;
}

static void interrupt_taken(struct kicks_reader *x, const struct trace_record *e)
{
	const struct kick_list *list = kick_match_unanswered(x->match, (u32)e->cpu);

	if (e->arg[0] != VECTOR_reschedule)
		return;
	for (u32 i = 0; i < list->nr; i++) {
		struct kick_delivery *d = &x->l->deliveries[kick_of(x, list->n[i])->delivery];

		if (d->ipi && d->ipi_ns == NEVER)
			d->ipi_ns = e->time_ns;
	}
}

/* ---- the pass ---- */

static int kick_answer(struct kicks_reader *x, const struct trace_record *e)
{
	const struct kick_list *list = kick_match_last(x->match);
	struct cpu_state *c = &x->cpu[e->cpu];
	struct kick_lives *l = x->l;

	hist_add(&l->totals.latency, e->arg[1]);
	if (!array_room(&l->passes, l->nr_passes, &x->pass_room))
		return out_of_memory(x);
	c->pass = l->nr_passes++;
	l->passes[c->pass] = (struct kick_pass){ .end_ns = NEVER };
	for (u32 i = 0; i < list->nr; i++) {
		struct kick_delivery *d = &l->deliveries[kick_of(x, list->n[i])->delivery];

		d->answer_ns = e->time_ns;
		d->pass = c->pass;
	}
	return 0;
}

/* The first pass after a skip ends idle, soon: whoever was to be told of work was not. */
static void judge_skipped(struct kicks_reader *x, struct cpu_state *c, u64 now, bool to_idle)
{
	for (u32 i = 0; i < c->skipped.nr; i++) {
		struct kick *k = &x->l->kicks[c->skipped.at[i]];

		if (!to_idle || now - k->called_ns > KICK_LOST_NS)
			continue;
		k->idled_ns = now;
		k->suspicions |= KICK_LOST_IDLE;
	}
	c->skipped.nr = 0;
}

static void pass_ends(struct kicks_reader *x, const struct trace_record *e)
{
	bool kept = e->id == EV_sched_keep;
	u64 next = e->arg[kept ? 0 : 2], class = e->arg[kept ? 1 : 4];
	struct cpu_state *c = &x->cpu[e->cpu];
	struct kick_pass *p;

	judge_skipped(x, c, e->time_ns, !next);
	if (c->pass == NOBODY)
		return;
	p = &x->l->passes[c->pass];
	p->end_ns = e->time_ns;
	p->kept = kept;
	task_set(x, &p->prev, (s64)e->arg[0]);
	task_set(x, &p->next, (s64)next);
	p->next_class = (u32) class;
	c->pass = NOBODY;
}

static void op_entered(struct kicks_reader *x, const struct trace_record *e)
{
	u32 pass = x->cpu[e->cpu].pass;

	if (pass != NOBODY && e->arg[0] == OP_dispatch)
		x->l->passes[pass].dispatches++;
}

/* ---- waiting ---- */

static int wait_asked(struct kicks_reader *x, const struct trace_record *e)
{
	struct kick_delivery *d = open_delivery(x, e, e->arg[0]);

	if (!d)
		return fail(x, "kick_wait_ask without its kick_target");
	d->wait = true;
	return list_add_index(x, &x->cpu[e->cpu].waits, d - x->l->deliveries);
}

/* The CPU waits for the newest of its kicks of that CPU: older snapshots are overwritten. */
static void wait_moves(struct kicks_reader *x, const struct trace_record *e)
{
	struct list *w = &x->cpu[e->cpu].waits;

	for (u32 i = w->nr; i-- > 0;) {
		struct kick_delivery *d = &x->l->deliveries[w->at[i]];

		if (d->target != (s64)e->arg[0])
			continue;
		if (e->id == EV_kick_wait_begin) {
			d->wait_begin_ns = min(d->wait_begin_ns, e->time_ns);
			return;
		}
		d->wait_end_ns = e->time_ns;
		memmove(&w->at[i], &w->at[i + 1], (--w->nr - i) * sizeof(*w->at));
		return;
	}
}

/* ---- all of it ---- */

static int event_take(struct kicks_reader *x, const struct trace_record *e)
{
	switch (e->id) {
	case EV_kick:
		return kick_called(x, e);
	case EV_kick_drop:
		return kick_dropped(x, e);
	case EV_kick_queue:
		return kick_queued(x, e);
	case EV_resched:
	case EV_resched_lazy:
		return resched_asked(x, e);
	default:
		break;
	}
	if (e->cpu < 0)
		return 0;
	switch (e->id) {
	case EV_kick_work:
		x->cpu[e->cpu].work_ns = e->time_ns;
		return 0;
	case EV_kick_target:
		return target_found(x, e);
	case EV_kick_deliver:
		return kick_delivered(x, e);
	case EV_kick_answer:
		return kick_answer(x, e);
	case EV_kick_wait_ask:
		return wait_asked(x, e);
	case EV_kick_wait_begin:
	case EV_kick_wait_end:
		wait_moves(x, e);
		return 0;
	case EV_irq:
		interrupt_taken(x, e);
		return 0;
	case EV_op_enter:
		op_entered(x, e);
		return 0;
	case EV_sched_switch:
	case EV_sched_keep:
		pass_ends(x, e);
		return 0;
	default:
		return 0;
	}
}

/* how long @d waited, or has waited when the trace ends */
static u64 waited_ns(const struct kick_lives *l, const struct kick_delivery *d)
{
	if (d->wait_begin_ns == NEVER)
		return 0;
	return (d->wait_end_ns == NEVER ? l->end_ns : d->wait_end_ns) - d->wait_begin_ns;
}

static void judge_preempt(const struct kick_lives *l, struct kick *k, const struct kick_delivery *d)
{
	const struct kick_pass *p = d->pass == NOBODY ? NULL : &l->passes[d->pass];

	if (d->class != CLASS_IS_ext)
		k->suspicions |= KICK_NOTHING_PREEMPTED;
	else if (p && p->kept)
		k->suspicions |= KICK_NOTHING_ELSE;
}

/* In the order of the calls: the first kick that a pass answers is not too many. */
static void judge_storm(const struct kick_lives *l, struct kick *k, const struct kick_delivery *d)
{
	if (d->pass == NOBODY)
		return;
	k->nth = ++l->passes[d->pass].nr_kicks;
	if (k->nth > 1)
		k->suspicions |= KICK_STORM;
}

static void judge(const struct kick_lives *l, struct kick *k)
{
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];

	if (k->queued && (!d || (verdict_asks(d->outcome) && d->answer_ns == NEVER)))
		k->suspicions |= KICK_UNANSWERED;
	if (d)
		judge_storm(l, k, d);
	if (d && verdict_asks(d->outcome) && d->dispatching)
		k->suspicions |= KICK_MID_PICK;
	if (d && (k->flags & KICK_FLAGS_PREEMPT) && (d->flags & KICK_FLAGS_PREEMPT))
		judge_preempt(l, k, d);
	if (d && (k->flags & KICK_FLAG_WAIT) && waited_ns(l, d) > KICK_LONG_WAIT_NS)
		k->suspicions |= KICK_LONG_WAIT;
}

struct kicks_reader *kicks_begin(const struct replay *rp, struct trace_reader *r,
				 const struct trace_about *about, struct kick_lives *out)
{
	struct kicks_reader *x = calloc(1, sizeof(*x));

	*out = (struct kick_lives){ .about = *about };
	if (!x)
		return NULL;
	x->rp = rp;
	x->r = r;
	x->l = out;
	x->cpu = calloc(out->about.cpus, sizeof(*x->cpu));
	x->match = kick_match_create(out->about.cpus);
	if (!x->cpu || !x->match) {
		kick_match_destroy(x->match);
		free(x->cpu);
		free(x);
		return NULL;
	}
	for (u32 i = 0; i < out->about.cpus; i++)
		x->cpu[i].open = x->cpu[i].pass = NOBODY;
	return x;
}

int kicks_take(struct kicks_reader *x, const struct trace_record *e)
{
	x->l->end_ns = e->time_ns;
	if (kick_match_take(x->match, e))
		return out_of_memory(x);
	return event_take(x, e);
}

void kicks_end(struct kicks_reader *x)
{
	for (u32 i = 0; i < x->l->about.cpus; i++) {
		free(x->cpu[i].skipped.at);
		free(x->cpu[i].waits.at);
	}
	for (u32 i = 0; i < x->l->nr_kicks; i++)
		judge(x->l, &x->l->kicks[i]);
	kick_match_destroy(x->match);
	free(x->cpu);
	free(x);
}

static int events_take(struct trace_reader *r, struct replay *rp, struct kicks_reader *x,
		       kicks_event event, void *arg)
{
	struct trace_record rec;
	int ret;

	while ((ret = replay_read(rp, r, &rec)) > 0) {
		ret = replay_take(rp, &rec);
		ret = ret ? ret : kicks_take(x, &rec);
		if (!ret && event)
			ret = event(arg, &rec, rp);
		if (ret)
			break;
	}
	return ret;
}

int kicks_follow(struct trace_reader *r, struct replay *rp, struct kick_lives *out,
		 kicks_event event, void *arg)
{
	struct kicks_reader *x = kicks_begin(rp, r, trace_reader_about(r), out);
	int ret = x ? events_take(r, rp, x, event, arg) : -ENOMEM;

	if (x)
		kicks_end(x);
	if (ret == -ENOMEM)
		trace_reader_fail(r, "out of memory");
	return ret;
}

int kicks_read(struct trace_reader *r, struct kick_lives *out)
{
	struct replay *rp = replay_of_reader(r);
	int ret = rp ? kicks_follow(r, rp, out, NULL, NULL) : -ENOMEM;

	replay_destroy(rp);
	return ret;
}

enum kick_fate kick_fate(const struct kick_lives *l, const struct kick *k)
{
	const struct kick_delivery *d = k->delivery == NOBODY ? NULL : &l->deliveries[k->delivery];

	if (k->drop == VERDICT_busy || (d && d->outcome == VERDICT_busy))
		return KICK_SKIPPED;
	if (k->drop != NOBODY || (d && !verdict_asks(d->outcome)))
		return KICK_DROPPED;
	return d && d->pass != NOBODY ? KICK_ANSWERED : KICK_PENDING;
}

void kicks_finish(struct kick_lives *l)
{
	free(l->kicks);
	free(l->deliveries);
	free(l->passes);
	hist_finish(&l->totals.latency);
}

u64 kick_answered_ns(const struct kick_lives *l, const struct kick *k)
{
	return k->delivery == NOBODY ? NEVER : l->deliveries[k->delivery].answer_ns;
}
