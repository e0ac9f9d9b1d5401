/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why_dump.h - what a debug dump says of who waited: how the scheduler ended and what that
 * means, each task that could run and did not, the longest wait first, whose queue it
 * is in, and what the CPUs did that it may run on.
 */
#ifndef KS_TRACE_WHY_DUMP_H
#define KS_TRACE_WHY_DUMP_H

#include <stdio.h>

#include "trace/dump.h"

/* @task: a pid, a comm or comm-pid; NULL: all. 0; -ENOENT: the dump has no such task. */
int why_dump_print(const struct dump *d, const char *task, bool json, FILE *out);
/* and which it has whose names begin like that: trace/near.h's text */
const char *why_dump_near(const struct dump *d, const char *task, char *buf, size_t len);

/* ---- what import says of the same dump ---- */

/* what an exit of this kind means, in a sentence without its full stop; "": not known */
const char *why_dump_meaning(u32 kind);
/* "the scheduler's queue 0x64", "the local queue of CPU 1" */
const char *why_dump_queue(const struct dump_task *t, char *buf, size_t len);

#endif
