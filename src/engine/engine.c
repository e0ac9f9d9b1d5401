// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine.c - the event queue (a 4-ary heap over a total order) and the turn of
 * each CPU. See engine.h for the model.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bug.h"

#define HEAP_ARITY 4
#define HEAP_CAP_MIN 64

/* ---- the queue ---- */

static bool event_before(const struct event *a, const struct event *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	if (a->order != b->order)
		return a->order < b->order;
	return a->seq < b->seq;
}

static void heap_set(struct engine *e, u32 pos, struct event *ev)
{
	e->heap[pos] = ev;
	ev->pos = pos;
}

static void heap_up(struct engine *e, u32 pos, struct event *ev)
{
	while (pos) {
		u32 parent = (pos - 1) / HEAP_ARITY;

		if (!event_before(ev, e->heap[parent]))
			break;
		heap_set(e, pos, e->heap[parent]);
		pos = parent;
	}
	heap_set(e, pos, ev);
}

static void heap_down(struct engine *e, u32 pos, struct event *ev)
{
	for (;;) {
		u32 child = pos * HEAP_ARITY + 1, end = min(child + HEAP_ARITY, e->nr), best = child;

		if (child >= e->nr)
			break;
		while (++child < end)
			if (event_before(e->heap[child], e->heap[best]))
				best = child;
		if (!event_before(e->heap[best], ev))
			break;
		heap_set(e, pos, e->heap[best]);
		pos = best;
	}
	heap_set(e, pos, ev);
}

static void heap_remove(struct engine *e, struct event *ev)
{
	u32 pos = ev->pos;
	struct event *last = e->heap[--e->nr];

	ev->pos = -1;
	if (last == ev)
		return;
	if (pos && event_before(last, e->heap[(pos - 1) / HEAP_ARITY]))
		heap_up(e, pos, last);
	else
		heap_down(e, pos, last);
}

static void heap_insert(struct engine *e, struct event *ev)
{
	if (e->nr == e->cap) {
		e->cap = e->cap ? e->cap * 2 : HEAP_CAP_MIN;
		e->heap = realloc(e->heap, e->cap * sizeof(*e->heap));
		bug_on(!e->heap, "out of memory for %u events", e->cap);
	}
	heap_up(e, e->nr++, ev);
}

void event_init(struct event *ev, enum event_class cls, s32 cpu, void (*fn)(struct event *))
{
	*ev = (struct event){ .order = (u32)cls << 24 | (u32)(cpu + 1), .pos = -1, .fn = fn };
}

void engine_post(struct engine *e, struct event *ev, u64 time_ns)
{
	bug_on(time_ns < e->turn_ns, "event posted %llu ns in the past", e->turn_ns - time_ns);
	if (event_pending(ev))
		heap_remove(e, ev);
	ev->time_ns = time_ns;
	ev->seq = e->seq++;
	heap_insert(e, ev);
}

bool engine_cancel(struct engine *e, struct event *ev)
{
	if (!event_pending(ev))
		return false;
	heap_remove(e, ev);
	return true;
}

/* ---- turns ---- */

/*
 * The choice point: take the earliest entry until it is a CPU's turn. Returns
 * that CPU, or NULL when the run is over (stop, end of time, nothing queued).
 * A CPU that has just paid for something may be ahead of the entry; what it did
 * before it paid is in its past all the same.
 */
static struct engine_cpu *engine_next(struct engine *e)
{
	e->running = NULL;
	while (e->nr && !e->stop) {
		struct event *ev = e->heap[0];

		bug_on(ev->time_ns < e->turn_ns, "time runs backwards");
		heap_remove(e, ev);
		e->now_ns = e->turn_ns = ev->time_ns;
		e->nr_events++;
		if (unlikely(e->probe) && !(e->nr_events % e->probe_every))
			e->probe(e);
		if (!ev->fn)
			return container_of(ev, struct engine_cpu, resume);
		ev->fn(ev);
	}
	return NULL;
}

/* Give the turn away; @self goes on when its fiber is next chosen. */
static void engine_turn(struct engine *e, struct fiber *self)
{
	struct engine_cpu *next = engine_next(e);
	struct fiber *to = next ? next->fiber : &e->main;

	e->running = next;
	if (next) {
		next->blocked = false;
		next->now_ns = e->now_ns;
	}
	if (to != self)
		fiber_switch(self, to);
}

void engine_yield(struct engine *e)
{
	struct engine_cpu *cpu = e->running;

	engine_post(e, &cpu->resume, e->now_ns);
	engine_turn(e, cpu->fiber);
}

void engine_block(struct engine *e, u64 time_ns)
{
	struct engine_cpu *cpu = e->running;

	cpu->blocked = true;
	if (time_ns != ~0ULL)
		engine_post(e, &cpu->resume, max(time_ns, e->now_ns));
	engine_turn(e, cpu->fiber);
}

void engine_wake(struct engine_cpu *cpu)
{
	struct engine *e = cpu->engine;

	if (!cpu->blocked)
		return;
	cpu->blocked = false;
	engine_post(e, &cpu->resume, max(e->now_ns, cpu->now_ns));
}

void engine_switch_fiber(struct engine *e, struct fiber *prev, struct fiber *next)
{
	e->running->fiber = next;
	fiber_switch(prev, next);
}

/* ---- life ---- */

static void engine_end(struct event *ev)
{
	struct engine *e = container_of(ev, struct engine, end);

	e->stop = true;
}

int engine_create(struct engine **out)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	fiber_init_main(&e->main);
	event_init(&e->end, EVENT_CONTROL, -1, engine_end);
	*out = e;
	return 0;
}

void engine_destroy(struct engine *e)
{
	if (!e)
		return;
	free(e->heap);
	free(e);
}

void engine_cpu_init(struct engine *e, struct engine_cpu *cpu, s32 id, struct fiber *fiber)
{
	*cpu = (struct engine_cpu){ .engine = e, .fiber = fiber, .now_ns = e->now_ns, .id = id };
	event_init(&cpu->resume, EVENT_CPU, id, NULL);
	engine_post(e, &cpu->resume, e->now_ns);
}

void engine_run(struct engine *e, u64 end_ns)
{
	e->stop = false;
	engine_post(e, &e->end, end_ns);
	engine_turn(e, &e->main);
	e->running = NULL;
	engine_cancel(e, &e->end);
}

void engine_stop(struct engine *e)
{
	e->stop = true;
}
