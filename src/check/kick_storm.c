// SPDX-License-Identifier: GPL-2.0-only
/*
 * kick_storm.c - two CPUs that kick each other without end, and nothing comes of it: each
 * target is asked to schedule, and goes on with what it did. Kicks that bring a task to a
 * CPU are none, however many.
 */
#include "check/detector.h"

#include <stdio.h>
#include <string.h>

#define RATE 20000 /* a second, in either direction, over the whole run: one in 50 us */
#define LEAST 200  /* in all: a few at the beginning of a short run are none */

static bool is_storm(u64 ns, u32 there, u32 back)
{
	u64 least = max((u64)LEAST, ns / (NSEC_PER_SEC / RATE));

	return there >= least && back >= least;
}

void kick_storm_begin(struct judge *v)
{
	size_t n = machine->nr_cpu_ids;

	if (machine->kicks.idle_pairs)
		memset(machine->kicks.idle_pairs, 0, n * n * sizeof(*machine->kicks.idle_pairs));
}

void kick_storm_find(struct judge *v, struct findings *f)
{
	const u32 *pairs = machine->kicks.idle_pairs;
	u32 n = machine->nr_cpu_ids, there, back;
	u64 ns = verdict_duration_ns(v);
	struct finding *at;

	for (u32 a = 0; pairs && a < n; a++)
		for (u32 b = a + 1; b < n; b++) {
			there = pairs[a * n + b];
			back = pairs[b * n + a];
			at = is_storm(ns, there, back) ? finding_add(v, f, FINDING_KICK_STORM) :
							 NULL;
			if (!at)
				continue;
			at->cpu = (s32)a;
			at->since_ns = v->begin_ns;
			at->duration_ns = ns;
			snprintf(at->text, sizeof(at->text),
				 "CPUs %u and %u kick each other in vain: "
				 "%u kicks of CPU %u and %u back found nothing to do in %s",
				 a, b, there, b, back, TEXT(ns));
		}
}
