/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf_event.h - perf events as descriptors: those of tracepoints run their programs
 * when the tracepoint is hit, all others are counters of kern/perf.h.
 */
#ifndef KS_KERN_PERF_EVENT_H
#define KS_KERN_PERF_EVENT_H

#include "bpf/object.h"

struct attachment;
struct perf_counter;
struct prog;

struct perf_event {
	struct object obj;
	u32 type;	   /* PERF_TYPE_* */
	u64 config;	   /* tracepoint id */
	struct prog *prog; /* referenced; NULL without */
	struct attachment *at;
	struct perf_counter *pc; /* NULL for a tracepoint */
};

/* with a reference; NULL: none of ours */
struct perf_event *perf_from_fd(int fd);
void perf_put(struct perf_event *ev);
/* @prog runs from now on when the event hits, enabled or not; takes a reference. 0 or -errno */
int perf_set_prog(struct perf_event *ev, struct prog *prog, u64 cookie);
void perf_clear_prog(struct perf_event *ev);
/* what programs read of an event: 0 or -errno */
struct bpf_perf_event_value;
s64 perf_event_read(struct object *o, struct bpf_perf_event_value *value);

/* perf_event_open(2): a descriptor or -errno; an ioctl of one, -ENOTTY: @fd is no perf event of ours */
long perf_open(const void *attr, s32 pid, s32 cpu, s32 group, u64 flags);
int perf_ioctl(int fd, unsigned long request, unsigned long arg);

#endif
