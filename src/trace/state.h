/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/trace keeps from call to call; of the one machine (base/state.h).
 * What a stream tells of beyond its records later layers know, and set here.
 */
#ifndef KS_TRACE_STATE_H
#define KS_TRACE_STATE_H

#include <stdio.h>

#include "base/types.h"

struct trace;
struct trace_catalogue;

#define TRACE_FIELDS_TEXT_MAX 160

struct trace_state {
	/* the machine's */
	bool on;	      /* any sink or the hash: one load and branch at each event */
	struct trace *active; /* NULL: no stream */
	s32 (*cpu)(void);     /* of an event */
	s32 (*pid)(void);
	u64 (*now)(void);
	int (*task_prio)(s32 pid); /* as the kernel's events print it (120: nice 0) */
	/* Names of numbers, which are printed themselves while these are NULL. */
	const char *(*prog_name)(u64 prog);
	/* "file:line: text" of an instruction; false: not known */
	bool (*source_line)(u64 prog, u64 insn, char *buf, size_t len);
	/* what is to be said of the scheduler's or the machine's bad end; nothing if there was none */
	void (*end_story)(FILE *out);
	/*
	 * Called once when a file has more than big_bytes: whoever asked for it may not have
	 * known that a busy machine writes gigabytes a second. NULL: nobody is told.
	 */
	void (*big)(const char *path, u64 bytes);

	/* the process's */
	u64 big_bytes;			       /* 1 GiB; tests have less */
	struct trace_catalogue *catalogue;     /* replay_line.c, when it is first asked for */
	char (*fields)[TRACE_FIELDS_TEXT_MAX]; /* by event, the same; trace.c */
};

extern struct trace_state trace_state;

/* The machine is gone. */
void trace_reset(void);

#endif
