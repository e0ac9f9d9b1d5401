// SPDX-License-Identifier: GPL-2.0-only
/*
 * engine.c - the event queue (a 4-ary heap over a total order) and the turn of
 * each CPU. See engine.h for the model.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bug.h"
#include "base/shortage.h"

#define HEAP_ARITY 4
#define HEAP_CAP_MIN 64

/* ---- the queue ---- */

/* one number, so that compilers compare without a branch: which child is first is not foreseen */
static inline unsigned __int128 slot_key(const struct engine_slot *s)
{
	return (unsigned __int128)s->time_ns << 64 | s->rank;
}

static inline bool slot_before(const struct engine_slot *a, const struct engine_slot *b)
{
	return slot_key(a) < slot_key(b);
}

static inline void heap_set(struct engine *e, size_t pos, struct engine_slot slot)
{
	e->heap[pos] = slot;
	slot.ev->pos = pos;
}

static void heap_up(struct engine *e, size_t pos, struct engine_slot slot)
{
	while (pos) {
		size_t parent = (pos - 1) / HEAP_ARITY;

		if (!slot_before(&slot, &e->heap[parent]))
			break;
		heap_set(e, pos, e->heap[parent]);
		pos = parent;
	}
	heap_set(e, pos, slot);
}

/* Which of the @nr siblings from @s on is the first; there is one at least. */
static inline size_t heap_first(const struct engine_slot *s, size_t nr)
{
	size_t best = 0, a, b;

	if (likely(nr >= HEAP_ARITY)) {
		a = slot_before(&s[1], &s[0]);
		b = 2 + slot_before(&s[3], &s[2]);
		return slot_before(&s[b], &s[a]) ? b : a;
	}
	for (size_t i = 1; i < nr; i++)
		if (slot_before(&s[i], &s[best]))
			best = i;
	return best;
}
_Static_assert(HEAP_ARITY == 4, "heap_first() has four");

static void heap_down(struct engine *e, size_t pos, struct engine_slot slot)
{
	size_t nr = e->nr;

	for (;;) {
		size_t child = pos * HEAP_ARITY + 1, best;

		if (child >= nr)
			break;
		best = child + heap_first(&e->heap[child], nr - child);
		if (!slot_before(&e->heap[best], &slot))
			break;
		heap_set(e, pos, e->heap[best]);
		pos = best;
	}
	heap_set(e, pos, slot);
}

static void heap_remove(struct engine *e, struct event *ev)
{
	size_t pos = (size_t)ev->pos;
	struct engine_slot last = e->heap[--e->nr];

	ev->pos = -1;
	if (last.ev == ev)
		return;
	if (pos && slot_before(&last, &e->heap[(pos - 1) / HEAP_ARITY]))
		heap_up(e, pos, last);
	else
		heap_down(e, pos, last);
}

static struct engine_slot slot_of(struct engine *e, struct event *ev)
{
	bug_on(e->seq >> EVENT_SEQ_BITS, "too many events");
	return (struct engine_slot){ ev->time_ns, ev->order | e->seq++, ev };
}

static void heap_insert(struct engine *e, struct engine_slot slot)
{
	if (e->nr == e->cap) {
		e->cap = e->cap ? e->cap * 2 : HEAP_CAP_MIN;
		e->heap = realloc(e->heap, e->cap * sizeof(*e->heap));
		shortage_on(!e->heap, "out of memory for %u events", e->cap);
	}
	heap_up(e, e->nr++, slot);
}

void event_init(struct event *ev, enum event_class cls, s32 cpu, void (*fn)(struct event *))
{
	*ev = (struct event){ .pos = -1, .fn = fn };
	event_set_cpu(ev, cls, cpu);
}

void engine_post(struct engine *e, struct event *ev, u64 time_ns)
{
	bug_on(time_ns < e->turn_ns, "event posted %llu ns in the past", e->turn_ns - time_ns);
	if (event_pending(ev))
		heap_remove(e, ev);
	ev->time_ns = time_ns;
	heap_insert(e, slot_of(e, ev));
}

bool engine_cancel(struct engine *e, struct event *ev)
{
	if (!event_pending(ev))
		return false;
	heap_remove(e, ev);
	return true;
}

/* ---- turns ---- */

/* The earliest entry, or NULL when the run is over (stop, end of time, nothing queued). */
static struct event *engine_take(struct engine *e)
{
	struct event *ev;

	if (!e->nr || e->stop)
		return NULL;
	ev = e->heap[0].ev;
	heap_remove(e, ev);
	return ev;
}

/*
 * Queue @ev and take the earliest. An entry that comes due soon, as that of a CPU
 * that gives its turn away, finds its place near the root: one short sift, not two long.
 */
static struct event *engine_trade(struct engine *e, struct event *ev)
{
	struct engine_slot slot = slot_of(e, ev), first;

	if (unlikely(e->stop)) {
		heap_insert(e, slot);
		return NULL;
	}
	if (!e->nr || slot_before(&slot, &e->heap[0]))
		return ev;
	first = e->heap[0];
	heap_down(e, 0, slot);
	first.ev->pos = -1;
	return first.ev;
}

/*
 * Nothing has happened since the entry before, so what is seen is what there was at the time
 * itself, wherever runs were stopped. A CPU may have paid for something and be ahead of it.
 */
static void __attribute__((noinline)) engine_look(struct engine *e, u64 until_ns)
{
	while (e->look_ns <= until_ns) {
		e->now_ns = e->look_ns;
		e->look(e);
		bug_on(e->look_ns <= e->now_ns, "a look that does not go on");
	}
}

/*
 * The choice point: entries go in order, @ev first, until it is a CPU's turn. Returns
 * that CPU, NULL when the run is over.
 * A CPU that has just paid for something may be ahead of the entry; what it did
 * before it paid is in its past all the same.
 */
static struct engine_cpu *engine_next(struct engine *e, struct event *ev)
{
	e->running = NULL;
	for (; ev; ev = engine_take(e)) {
		bug_on(ev->time_ns < e->turn_ns, "time runs backwards");
		if (unlikely(ev->time_ns >= e->look_ns))
			engine_look(e, ev->time_ns);
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

/* Give the turn away to @ev; @self goes on when its fiber is next chosen. */
static void engine_turn(struct engine *e, struct fiber *self, struct event *ev)
{
	struct engine_cpu *next = engine_next(e, ev);
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

	cpu->resume.time_ns = e->now_ns;
	engine_turn(e, cpu->fiber, engine_trade(e, &cpu->resume));
}

void engine_block(struct engine *e, u64 time_ns)
{
	struct engine_cpu *cpu = e->running;

	cpu->blocked = true;
	if (time_ns != ~0ULL)
		engine_post(e, &cpu->resume, max(time_ns, e->now_ns));
	engine_turn(e, cpu->fiber, engine_take(e));
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
	e->look_ns = ~0ULL;
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
	engine_turn(e, &e->main, engine_take(e));
	e->running = NULL;
	engine_cancel(e, &e->end);
}

void engine_stop(struct engine *e)
{
	e->stop = true;
}

void engine_stop_now(struct engine *e)
{
	engine_post(e, &e->end, e->now_ns);
}
