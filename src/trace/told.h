/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * told.h - what a sink of a live stream is told beside the events: what the numbers of
 * programs and instructions mean, before the first event from there, and how the scheduler
 * ended. Each is told once.
 *
 *	told_event(&t, &record);	-> tell->prog(7, "churn_enqueue"), tell->line(7, 12, "churn.bpf.c:25: ...")
 *	told_end(&t);			-> tell->exit("EXIT: runnable task stall (...)"), line by line
 */
#ifndef KS_TRACE_TOLD_H
#define KS_TRACE_TOLD_H

#include "trace/trace.h"

#define TOLD_LINE_MAX 4000 /* a reader's lines have 4096 bytes */

struct told;

struct told_to {
	void (*prog)(struct told *t, u32 prog, const char *name);
	void (*line)(struct told *t, u32 prog, u32 insn, const char *text);
	void (*exit)(struct told *t, const char *line);
};

struct told {
	const struct told_to *to;
	/* an instruction that calls a traced kfunc */
	struct call_site {
		u32 prog, insn;
	} *sites;
	u32 nr_sites;
};

void told_event(struct told *t, const struct trace_record *r);
void told_end(struct told *t);
void told_finish(struct told *t);

#endif
