// SPDX-License-Identifier: GPL-2.0-only
/* lockup.c - the machine could not go on: a CPU spins with interrupts off, for nobody. */
#include "check/detector.h"

#include <stdio.h>

#include "kern/lockup.h"

void lockup_find(struct judge *v, struct findings *f)
{
	const struct lockup *l = machine->lockup;
	struct finding *at = l ? finding_add(v, f, FINDING_LOCKUP) : NULL;

	if (!at)
		return;
	at->cpu = l->cpu;
	at->since_ns = l->since_ns;
	at->duration_ns = l->at_ns - l->since_ns;
	snprintf(at->text, sizeof(at->text), "the machine locked up at %s: %.*s", TEXT(l->at_ns),
		 MSG_SHOWN, l->text);
}
