/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf.h - perf events as descriptors: those of tracepoints run their programs
 * when the tracepoint is hit, all others are counters of kern/perf.h.
 */
#ifndef KS_SYS_PERF_H
#define KS_SYS_PERF_H

#include "bpf/object.h"

struct attachment;
struct perf_counter;
struct prog;

struct perf_event {
	struct object obj;
	u32 type;		/* PERF_TYPE_* */
	u64 config;		/* tracepoint id */
	struct prog *prog;	/* referenced; NULL without */
	struct attachment *at;
	struct perf_counter *pc;	/* NULL for a tracepoint */
};

/* with a reference; NULL: none of ours */
struct perf_event *perf_from_fd(int fd);
void perf_put(struct perf_event *ev);
/* @prog runs from now on when the event hits, enabled or not; takes a reference. 0 or -errno */
int perf_set_prog(struct perf_event *ev, struct prog *prog, u64 cookie);
void perf_clear_prog(struct perf_event *ev);
/* programs' access to events comes here from now on */
void perf_setup(void);

#endif
