// SPDX-License-Identifier: GPL-2.0-only
/*
 * no_effect.c - kicks that came to nothing, by reason. An idle kick of a CPU that is busy
 * is meant to do nothing, so they are a finding only where they are most of all kicks.
 */
#include "check/detector.h"

#include <stdio.h>
#include <string.h>

/* told from so many on, and from one in so many of all kicks on */
#define LEAST 10
#define ONE_IN 100
#define BUSY_ONE_IN 2

static const char *const why[NR_KICK_OUTCOMES] = {
	[KICK_BUSY] = "found the CPU busy (SCX_KICK_IDLE)",
	[KICK_OFFLINE] = "were for a CPU that is offline",
	[KICK_HIGHER_CLASS] = "found a task of a higher class there",
	[KICK_BYPASS] = "came while the scheduler was bypassed",
	[KICK_NMI] = "came from an NMI",
	[KICK_NO_SCHED] = "came without a scheduler",
	[KICK_BAD_CPU] = "were for a CPU that does not exist",
};

static bool is_told(u32 reason, const struct kick_loss *l, u64 nr_kicks)
{
	if (!why[reason] || l->nr < LEAST)
		return false;
	return l->nr * (reason == KICK_BUSY ? BUSY_ONE_IN : ONE_IN) >= nr_kicks;
}

void no_effect_begin(struct judge *v)
{
	v->nr_kicks = machine->kicks.calls;
	memset(machine->kicks.lost, 0, sizeof(machine->kicks.lost));
}

void no_effect_find(struct judge *v, struct findings *f)
{
	u64 nr_kicks = machine->kicks.calls - v->nr_kicks;

	for (u32 reason = 0; reason < NR_KICK_OUTCOMES; reason++) {
		const struct kick_loss *l = &machine->kicks.lost[reason];
		const char *prog = prog_text(l->first_prog);
		struct finding *at;

		at = is_told(reason, l, nr_kicks) ? finding_add(v, f, FINDING_NO_EFFECT) : NULL;
		if (!at)
			continue;
		at->cpu = l->first_cpu;
		at->since_ns = l->first_ns;
		at->duration_ns = ns_since(l->first_ns);
		snprintf(at->text, sizeof(at->text),
			 "%llu of %llu kicks %s; the first at %s, of CPU %d"
			 "%s%s%s",
			 l->nr, nr_kicks, why[reason], TEXT(l->first_ns), l->first_cpu,
			 prog ? ", by " : "", prog ? prog : "", prog ? "()" : "");
	}
}
