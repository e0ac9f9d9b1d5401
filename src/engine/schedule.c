// SPDX-License-Identifier: GPL-2.0-only
/*
 * schedule.c - see schedule.h. Few decisions, many points: a word with a bit for each site's
 * hash says of nearly all points that nothing is decided there.
 */
#include "engine/schedule.h"

#include <errno.h>
#include <string.h>

#include "base/fnv.h"

struct term {
	const char *name, *words;
};

static const struct term kinds[NR_POINT_KINDS] = {
#define POINT(NAME, name, words) { #name, words },
#include "engine/points.def"
#undef POINT
};

static const struct term faults[NR_FAULTS] = {
	[FAULT_NONE] = { "", "" },
#define FAULT(NAME, name, words) [FAULT_##NAME] = { #name, words },
#include "engine/faults.def"
#undef FAULT
};

/* Of those from @from on; @nr: none is called so */
static u32 find_term(const struct term *of, u32 from, u32 nr, const char *name)
{
	while (from < nr && strcmp(of[from].name, name))
		from++;
	return from;
}

const char *point_name(enum point_kind kind)
{
	return kinds[kind].name;
}

const char *point_words(enum point_kind kind)
{
	return kinds[kind].words;
}

enum point_kind point_kind_by_name(const char *name)
{
	return (enum point_kind)find_term(kinds, 0, NR_POINT_KINDS, name);
}

const char *fault_name(enum fault fault)
{
	return faults[fault].name;
}

const char *fault_words(enum fault fault)
{
	return faults[fault].words;
}

enum fault fault_by_name(const char *name)
{
	return (enum fault)find_term(faults, FAULT_NONE + 1, NR_FAULTS, name);
}

bool fault_lasts(enum fault fault)
{
	return fault == FAULT_OFFLINE || fault == FAULT_CLASS;
}

u32 program_key(const char *name)
{
	u32 h = fnv1a(name);

	return h ? h : 1;
}

u64 site_hash(const struct site *s)
{
	u64 h = (u64)s->prog << 32 | s->insn;

	h = (h ^ (u64)s->kind << 20 ^ (u64)(u32)s->cpu << 40) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

bool site_equal(const struct site *a, const struct site *b)
{
	return a->kind == b->kind && a->cpu == b->cpu && a->prog == b->prog && a->insn == b->insn;
}

static u64 site_bit(const struct site *s)
{
	return 1ULL << (site_hash(s) & 63);
}

int schedule_add(struct schedule *s, const struct decision *d)
{
	if (s->nr == SCHEDULE_MAX)
		return -ENOSPC;
	s->at[s->nr++] = *d;
	s->sites |= site_bit(&d->site);
	return 0;
}

void schedule_set(struct schedule *s)
{
	engine_state.schedule = s;
	for (u32 i = 0; s && i < s->nr; i++) {
		s->at[i].seen = 0;
		s->at[i].came = false;
		s->at[i].came_ns = 0;
	}
}

static void decision_comes(struct schedule *s, struct decision *d, const struct point *p)
{
	d->came = true;
	d->came_ns = p->now_ns;
	if (s->came)
		s->came(s->arg, d, p);
}

/* All at this point are counted, and those that it is the turn of come. Their holds add up. */
static __attribute__((noinline)) u64 decide(struct schedule *s, const struct point *p)
{
	u64 hold_ns = 0;

	for (u32 i = 0; i < s->nr; i++) {
		struct decision *d = &s->at[i];

		if (d->came || !site_equal(&d->site, &p->site) || ++d->seen != d->nth)
			continue;
		decision_comes(s, d, p);
		hold_ns += d->hold_ns;
		if (d->fault && s->act)
			s->act(d);
	}
	return hold_ns;
}

u64 schedule_point(const struct point *p)
{
	struct schedule *s = engine_state.schedule;

	if (s->watch)
		s->watch(s->arg, p);
	return likely(!(s->sites & site_bit(&p->site))) ? 0 : decide(s, p);
}
