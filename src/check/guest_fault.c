// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest_fault.c - a program did what no verifier lets through (a wild store, an endless
 * loop), which ended the run.
 */
#include "check/detector.h"

#include <stdio.h>

void guest_fault_find(struct judge *v, struct findings *f)
{
	struct finding *at = machine->guest_fault[0] ? finding_add(v, f, FINDING_GUEST_FAULT) :
						       NULL;

	if (!at)
		return;
	at->since_ns = now_ns();
	snprintf(at->text, sizeof(at->text), "%.*s", (int)sizeof(at->text) - 1,
		 machine->guest_fault);
}
