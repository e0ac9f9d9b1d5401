/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why_now.h - why a task waits at this moment, from a replay that follows a running
 * machine: in four lines, for a failure or a finding. The whole story, with what CPUs did
 * in the meantime, is why.h's.
 *
 *	victim-14 (ext) has waited for 29.959777 ms
 *	ops.enqueue() on CPU 0, program stuck_enqueue, puts it in DSQ 0x7
 *	  stuck.bpf.c:30: ...
 *	CPUs 0-2 could take it from there; no CPU ever looked at DSQ 0x7
 *	CPUs 1-2 idle, longest for 30.007422 ms; CPU 0 runs hog-13 (ext)
 */
#ifndef KS_TRACE_WHY_NOW_H
#define KS_TRACE_WHY_NOW_H

#include <stdio.h>

#include "trace/replay.h"

/* Lines that begin with @indent; of a task that does not wait: what it does instead. */
void why_now_put(const struct replay *rp, s32 pid, const char *indent, FILE *out);
/* who has waited longest of the tasks called @comm (NULL: of all), 0: there is no such task */
s32 why_now_longest(const struct replay *rp, const char *comm);

#endif
