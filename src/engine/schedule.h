/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.h - decisions about a run: who takes longer, where.
 *
 * A machine runs in one order. Wherever it could go in another on hardware is a *point*: a CPU
 * is about to load what others store, to take a lock, an IPI is on its way. A *decision* names
 * one point and holds whoever is there for some time; all else follows by itself.
 *
 *	CPU 2, the 3rd time that it comes to instruction 17 of q_enqueue: 40 us
 *
 *	cpu 2  ──load x──▒▒▒▒▒▒ held ▒▒▒▒▒▒──store x──▶
 *	cpu 1  ─────────────load x──store x───────────▶
 *
 * Invariants: a hold only ever lengthens what may take long on hardware, where a hypervisor
 * takes the CPU away or a line is slow. Points that no decision names cost no virtual time, so
 * a run with an empty schedule is the run without one. Without one, a point costs the host one
 * branch that is foreseen.
 *
 * A point is counted by its site (kind, program, instruction) on its CPU, and not by all that
 * went before: a decision still means the same where an earlier one changed what happened.
 */
#ifndef KS_ENGINE_SCHEDULE_H
#define KS_ENGINE_SCHEDULE_H

#include "base/types.h"
#include "engine/state.h"

enum point_kind {
#define POINT(NAME, name, words) POINT_##NAME,
#include "engine/points.def"
#undef POINT
	NR_POINT_KINDS
};

/* What a decision does that holds nobody. */
enum fault {
	FAULT_NONE,
#define FAULT(NAME, name, words) FAULT_##NAME,
#include "engine/faults.def"
#undef FAULT
	NR_FAULTS
};

#define SCHEDULE_MAX 64
#define HOLD_MAX_NS 1000000000ULL

struct site {
	enum point_kind kind;
	s32 cpu;  /* who is held; of an IPI or a timer, whose it is */
	u32 prog; /* program_key() of the program that runs there; 0: none */
	u32 insn; /* its instruction */
};

/* A point that is reached. */
struct point {
	struct site site;
	u64 addr;   /* what it is about: memory, a lock, a mask, as a number; 0: nothing */
	bool write; /* it may change it */
	/* now; and where the CPU will be when it has paid for the instructions that it has run */
	u64 now_ns, ahead_ns;
};

struct decision {
	struct site site;
	u32 nth;     /* from 1: which time that site is come to */
	u64 hold_ns; /* at a POINT_ALLOC not 0: there is no memory */
	/* or something happens around the scheduler, and nobody is held */
	enum fault fault;
	s32 target; /* the task or CPU that it happens to; 0: to nobody */
	u64 value;  /* CPUs, a bit each; a nice value; for how long, ns; how many */
	/* what came of it */
	u32 seen;
	bool came;
	u64 came_ns;
};

struct schedule {
	struct decision at[SCHEDULE_MAX];
	u32 nr;
	u64 sites; /* a bit for the hash of each site above */
	/* what looks on; NULL: nobody. They change nothing. */
	void (*watch)(void *arg, const struct point *p);
	void (*came)(void *arg, const struct decision *d, const struct point *p);
	void *arg;
	/* a fault begins; from anywhere. kern/faults.h sets it */
	void (*act)(const struct decision *d);
};

const char *fault_name(enum fault fault);
const char *fault_words(enum fault fault);
/* NR_FAULTS: none is called so */
enum fault fault_by_name(const char *name);
/* Does it end after decision.value, in ns? */
bool fault_lasts(enum fault fault);
const char *point_name(enum point_kind kind);
const char *point_words(enum point_kind kind);
/* NR_POINT_KINDS: none is called so */
enum point_kind point_kind_by_name(const char *name);

/* Who runs by this name: a number that is the same in every run, never 0. */
u32 program_key(const char *name);
u64 site_hash(const struct site *s);
bool site_equal(const struct site *a, const struct site *b);

/* 0, or -ENOSPC: there are SCHEDULE_MAX */
int schedule_add(struct schedule *s, const struct decision *d);
/*
 * Counting begins now, from 0; NULL: it ends. @s stays the caller's, and lives as long as the
 * machine or until another is set.
 */
void schedule_set(struct schedule *s);
/* For how long whoever is at @p is held: ns; mostly 0. Only if a schedule is set. */
u64 schedule_point(const struct point *p);

static inline bool schedule_is_set(void)
{
	return unlikely(engine_state.schedule != NULL);
}

#endif
