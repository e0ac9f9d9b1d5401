// SPDX-License-Identifier: GPL-2.0-only
/* kick_match.c - see kick_match.h. */
#include "base/array.h"
#include "trace/kick_match.h"

#include <errno.h>
#include <stdlib.h>

#include "trace/words.h"

/* a kick on its way */
struct sent {
	u64 n;
	s64 target;
	u64 flags;
	bool queued;
};

struct match_cpu {
	struct sent *sent; /* by this CPU: called, or queued too */
	u32 nr_sent, room;
	struct kick_list unanswered; /* by this CPU */
};

struct kick_match {
	struct match_cpu *cpu;
	u32 nr_cpus;
	struct kick_list last;
};

/* ---- lists ---- */

static int list_add(struct kick_list *l, u64 n)
{
	if (!array_room(&l->n, l->nr, &l->room))
		return -ENOMEM;
	l->n[l->nr++] = n;
	return 0;
}

static int sent_add(struct match_cpu *c, const struct sent *s)
{
	if (!array_room(&c->sent, c->nr_sent, &c->room))
		return -ENOMEM;
	c->sent[c->nr_sent++] = *s;
	return 0;
}

/* ---- events ---- */

static int on_call(struct match_cpu *c, const struct trace_record *r)
{
	return sent_add(
		c, &(struct sent){ .n = r->arg[0], .target = (s64)r->arg[1], .flags = r->arg[2] });
}

/* Drops and queues follow their calls at once: the last ones first. */
static void on_fate(struct match_cpu *c, const struct trace_record *r)
{
	u32 i = c->nr_sent;

	while (i-- > 0 && c->sent[i].n != r->arg[0])
		;
	if (i == ~0u)
		return;
	c->sent[i].queued = true;
	if (r->id == EV_kick_drop) {
		for (c->nr_sent--; i < c->nr_sent; i++)
			c->sent[i] = c->sent[i + 1];
	}
}

/* A full kick takes along the idle kicks of the same CPU, an idle one only its own kind. */
static bool is_of(const struct sent *s, s64 target, u64 flags)
{
	return s->queued && s->target == target &&
	       (!(flags & KICK_FLAG_IDLE) || (s->flags & KICK_FLAG_IDLE));
}

static int on_deliver(struct kick_match *m, struct match_cpu *c, const struct trace_record *r)
{
	struct match_cpu *to = r->arg[1] < m->nr_cpus ? &m->cpu[r->arg[1]] : NULL;
	u32 kept = 0;
	int err = 0;

	for (u32 i = 0; i < c->nr_sent; i++) {
		if (!is_of(&c->sent[i], (s64)r->arg[1], r->arg[2])) {
			c->sent[kept++] = c->sent[i];
			continue;
		}
		err = list_add(&m->last, c->sent[i].n) ? -ENOMEM : err;
		if (to && verdict_asks(r->arg[5]))
			err = list_add(&to->unanswered, c->sent[i].n) ? -ENOMEM : err;
	}
	c->nr_sent = kept;
	return err;
}

static int on_answer(struct kick_match *m, struct match_cpu *c)
{
	struct kick_list swap = m->last;

	m->last = c->unanswered;
	c->unanswered = swap;
	c->unanswered.nr = 0;
	return 0;
}

int kick_match_take(struct kick_match *m, const struct trace_record *r)
{
	struct match_cpu *c = r->cpu >= 0 && (u32)r->cpu < m->nr_cpus ? &m->cpu[r->cpu] : NULL;

	m->last.nr = 0;
	if (!c)
		return 0;
	switch (r->id) {
	case EV_kick:
		return on_call(c, r);
	case EV_kick_drop:
	case EV_kick_queue:
		on_fate(c, r);
		return 0;
	case EV_kick_deliver:
		return on_deliver(m, c, r);
	case EV_kick_answer:
		return on_answer(m, c);
	default:
		return 0;
	}
}

const struct kick_list *kick_match_last(const struct kick_match *m)
{
	return &m->last;
}

const struct kick_list *kick_match_unanswered(const struct kick_match *m, u32 cpu)
{
	return &m->cpu[cpu].unanswered;
}

/* ---- life ---- */

struct kick_match *kick_match_create(u32 nr_cpus)
{
	struct kick_match *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->nr_cpus = nr_cpus;
	m->cpu = calloc(nr_cpus ? nr_cpus : 1, sizeof(*m->cpu));
	if (m->cpu)
		return m;
	free(m);
	return NULL;
}

void kick_match_destroy(struct kick_match *m)
{
	if (!m)
		return;
	for (u32 i = 0; i < m->nr_cpus; i++) {
		free(m->cpu[i].sent);
		free(m->cpu[i].unanswered.n);
	}
	free(m->last.n);
	free(m->cpu);
	free(m);
}
