// SPDX-License-Identifier: GPL-2.0-only
/*
 * left.c - the scheduler went before the end, and was not thrown out: by its own
 * scx_bpf_exit(), or since a CPU came or went. What comes after it is the fair class's, so
 * the rest of the verdict is about less than the run. Who unregisters one from user space,
 * as a loader does at its end, knows.
 */
#include "check/detector.h"

#include <stdio.h>

#include "kern/ext/ext.h"

#define SHARE 100 /* the last hundredth of a run: it ended with it */

void left_find(struct judge *v, struct findings *f)
{
	bool gone = scx.last_exit.valid && !scx.root && scx.last_exit.kind != SCX_EXIT_UNREG &&
		    scx.last_exit.kind < SCX_EXIT_ERROR;
	u64 ns = gone ? ns_since(max(scx.last_exit.claim_ns, v->begin_ns)) : 0;
	struct finding *at;

	if (!gone || ns <= verdict_duration_ns(v) / SHARE)
		return;
	at = finding_add(v, f, FINDING_LEFT);
	if (!at)
		return;
	at->since_ns = scx.last_exit.claim_ns;
	at->duration_ns = ns;
	snprintf(at->text, sizeof(at->text),
		 "scheduler '%s' left at %s: %s%s%.*s; for the %s after it "
		 "nothing is judged",
		 scx.last_exit.name, TEXT(at->since_ns), scx.last_exit.reason,
		 *scx.last_exit.msg ? ": " : "", MSG_SHOWN, scx.last_exit.msg, TEXT(ns));
}
