// SPDX-License-Identifier: GPL-2.0-only
/*
 * zero_slice.c - tasks that the scheduler put on a CPU's queue without a slice. The kernel
 * gives them the default one, and says so once.
 */
#include "check/detector.h"

#include <stdio.h>

void zero_slice_begin(struct judge *v)
{
	machine->zero_slices = (struct zero_slices){};
}

void zero_slice_find(struct judge *v, struct findings *f)
{
	const struct zero_slices *z = &machine->zero_slices;
	struct finding *at = z->nr ? finding_add(v, f, FINDING_ZERO_SLICE) : NULL;
	char name[NAME_BYTES];

	if (!at)
		return;
	at->pid = z->first_pid;
	at->cpu = z->first_cpu;
	at->since_ns = z->first_ns;
	at->duration_ns = ns_since(z->first_ns);
	snprintf(at->text, sizeof(at->text),
		 "%llu times a task without a slice was picked, and got "
		 "the default one; the first was %s at %s, on CPU %d",
		 z->nr, pid_text(z->first_pid, name), TEXT(z->first_ns), z->first_cpu);
}
