/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - virtual time and who acts next.
 *
 * A simulated CPU is an actor with a clock of its own, running on whatever fiber
 * (a task's kernel stack) is current on it. It executes model code, pays for it
 * with engine_charge(), and may go on as long as its clock has not passed the
 * next event in the queue; then it is switched out and the earliest event goes
 * first. So the whole machine advances in one total order:
 *
 *	(time, class, cpu, sequence)
 *
 * and engine_next() is the only place where "who is next" is decided.
 *
 *	cpu 0   ──run──charge──┐               ┌──run──▶
 *	queue       tick@4ms ──┴─▶ fires irq ──┘ cpu 0 resumes @4ms+cost
 *
 * Two kinds of entries are queued: CPUs that wait for their time to come, and
 * events, whose function runs at their time on no CPU at all (hardware: a timer
 * line goes up, an IPI arrives). Event functions must not block.
 */
#ifndef KS_ENGINE_ENGINE_H
#define KS_ENGINE_ENGINE_H

#include "base/types.h"
#include "engine/fiber.h"

/* Order within one nanosecond: hardware before the CPUs that would see it. */
enum event_class { EVENT_CONTROL, EVENT_HW, EVENT_CPU, NR_EVENT_CLASSES };

/*
 * What decides between entries of one nanosecond is one number:
 *
 *	63   62 61        48 47                0
 *	 class |  cpu + 1   |    sequence
 */
#define EVENT_SEQ_BITS 48
#define EVENT_CPU_BITS 14
_Static_assert(NR_EVENT_CLASSES <= 1 << (64 - EVENT_SEQ_BITS - EVENT_CPU_BITS),
	       "a class has two bits");

struct event {
	u64 time_ns;
	u64 order;		      /* class and cpu, where the rank has them */
	s32 pos;		      /* in the heap, -1: not queued */
	void (*fn)(struct event *ev); /* NULL: an engine_cpu's resume entry */
};

struct engine;

struct engine_cpu {
	struct event resume;
	struct engine *engine;
	struct fiber *fiber; /* what this CPU runs when its turn comes */
	u64 now_ns;
	s32 id;
	bool blocked; /* waits for engine_wake() (with or without a time limit) */
};

/* The keys stand beside the pointer: sifting does not follow it. */
struct engine_slot {
	u64 time_ns, rank;
	struct event *ev;
};

struct engine {
	u64 now_ns;  /* of the actor or event that runs now */
	u64 turn_ns; /* of the entry taken last: what is queued is not before it */
	u64 seq;
	u64 nr_events;			 /* dispatched so far, for the progress line */
	void (*probe)(struct engine *e); /* NULL: nobody looks between turns */
	u32 probe_every;		 /* entries from one look to the next */
	/*
	 * The same by time: called at @look_ns (~0: never), before the entries of that time. It reads
	 * and sets @look_ns to a later time, and nothing else: order, hash and figures are the same
	 * with it and without.
	 */
	void (*look)(struct engine *e);
	u64 look_ns;
	struct engine_slot *heap;
	u32 nr, cap;
	struct engine_cpu *running; /* NULL: the host's main fiber or an event function */
	struct fiber main;
	struct event end; /* engine_run() returns here */
	bool stop;
};

int engine_create(struct engine **out);
void engine_destroy(struct engine *e);

void event_init(struct event *ev, enum event_class cls, s32 cpu, void (*fn)(struct event *));
/* Move @ev, which is not queued, to another CPU. */
static inline void event_set_cpu(struct event *ev, enum event_class cls, s32 cpu)
{
	ev->order = (u64)cls << (EVENT_SEQ_BITS + EVENT_CPU_BITS) | (u64)(cpu + 1)
									    << EVENT_SEQ_BITS;
}

/* -1: of no CPU */
static inline s32 event_cpu(const struct event *ev)
{
	return (s32)(ev->order >> EVENT_SEQ_BITS & ((1 << EVENT_CPU_BITS) - 1)) - 1;
}

static inline bool event_pending(const struct event *ev)
{
	return ev->pos >= 0;
}
/* Queue or move @ev to @time_ns; a time in the past is a bug. */
void engine_post(struct engine *e, struct event *ev, u64 time_ns);
/* true if it was pending */
bool engine_cancel(struct engine *e, struct event *ev);

/* Make @cpu an actor whose first turn, on @fiber, comes at the engine's present time. */
void engine_cpu_init(struct engine *e, struct engine_cpu *cpu, s32 id, struct fiber *fiber);

/*
 * Run until @end_ns or engine_stop(), from the host's main fiber; may be called
 * again with a later end.
 */
void engine_run(struct engine *e, u64 end_ns);
/* Ask engine_run() to return at the next choice point. Any context. */
void engine_stop(struct engine *e);
/*
 * Ask it to return as soon as the running CPU pays for something: at the same time, if
 * not at the same instruction. From within a run; what is left to do stays queued.
 */
void engine_stop_now(struct engine *e);

/* ---- from a CPU's fiber ---- */

/* Switch out if somebody else is due. The choice point. */
void engine_yield(struct engine *e);

/* @ns of this CPU's time have passed. May switch to other CPUs before it returns. */
static inline void engine_charge(struct engine *e, u64 ns)
{
	e->running->now_ns = e->now_ns += ns;
	if (unlikely(e->nr && e->heap[0].time_ns <= e->now_ns))
		engine_yield(e);
}

/* Sleep until @time_ns (~0: no limit) or engine_wake(). */
void engine_block(struct engine *e, u64 time_ns);
/* End @cpu's engine_block() at the present time; no effect if it is not blocked. Any context. */
void engine_wake(struct engine_cpu *cpu);

/* The running CPU goes on as @next; the calling fiber stands still until a CPU takes it up again. */
void engine_switch_fiber(struct engine *e, struct fiber *prev, struct fiber *next);

#endif
