// SPDX-License-Identifier: GPL-2.0-only
/*
 * ejected.c - the kernel threw the scheduler out: an error, a stall, its own
 * scx_bpf_error(). One that left by itself or was unloaded is none.
 */
#include "check/detector.h"

#include <stdio.h>

#include "kern/ext/ext.h"

void ejected_find(struct judge *v, struct findings *f)
{
	bool error = scx.last_exit.valid && scx.last_exit.kind >= SCX_EXIT_ERROR;
	struct finding *at = error ? finding_add(v, f, FINDING_EJECTED) : NULL;

	if (!at)
		return;
	at->since_ns = scx.last_exit.claim_ns;
	at->duration_ns = ns_since(scx.last_exit.claim_ns);
	snprintf(at->text, sizeof(at->text), "scheduler '%s' was ejected at %s: %s (%.*s)",
		 scx.last_exit.name, TEXT(at->since_ns), scx.last_exit.reason, MSG_SHOWN,
		 scx.last_exit.msg);
}
