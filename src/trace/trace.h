/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - the event stream: what happened, in order, for observers that change
 * nothing. events.def is the catalogue. While nobody listens an event costs one
 * load and branch; its running hash is what run-twice tests compare.
 */
#ifndef KS_TRACE_TRACE_H
#define KS_TRACE_TRACE_H

#include "trace/state.h"

enum trace_event_id {
#define EVENT(name, text, ...) EV_##name,
#include "trace/events.def"
#undef EVENT
	NR_TRACE_EVENTS
};

#define TRACE_ARGS_MAX 6

struct trace_record {
	u64 time_ns;
	u16 id;
	s16 cpu; /* -1: no CPU */
	s32 pid; /* current there, 0 idle, -1 none */
	u64 arg[TRACE_ARGS_MAX];
};

/* where a CPU sits, in machine-wide numbers */
struct trace_place {
	s32 node, llc, core;
};

struct trace_sink {
	void (*record)(struct trace_sink *s, const struct trace_record *r);
	/* what is run: "object", "simple.bpf.o"; NULL: it has no place for it */
	void (*tell)(struct trace_sink *s, const char *key, const char *value);
	/* ends and frees it; NULL: there is nothing to end */
	int (*close)(struct trace_sink *s, bool commit);
	struct trace_sink *next;
	const char *path; /* whose file it is, for people; NULL: it has none */
	int err;	  /* -errno: what came first that could not be kept; 0: all is */
};

struct trace {
	struct trace_sink *sinks;
	u64 hash;
	u64 nr;
	bool hash_on;
	/* a sink lost something: there is no sense in going on. NULL: nobody cares yet. Told once. */
	void (*failed)(void *arg);
	void *failed_arg;
	struct trace_sink *broken; /* that one */
	u64 broken_ns;		   /* and when */
};

/* name of a task for sinks: comm by pid, told once by EV_task_new */
void trace_emit(enum trace_event_id id, s32 cpu, s32 pid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4,
		u64 a5);

#define TRACE6(id, a, b, c, d, e, f, ...)                                                   \
	do {                                                                                \
		if (unlikely(trace_state.on))                                               \
			trace_emit(EV_##id, trace_state.cpu(), trace_state.pid(), (u64)(a), \
				   (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f));       \
	} while (0)
#define TRACE(id, ...) TRACE6(id, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

void trace_start(struct trace *t, bool hash);
/* @t is active, perhaps without a sink: else it starts, without a hash. */
void trace_ensure(struct trace *t);
void trace_add_sink(struct trace *t, struct trace_sink *s);
/* @s gets no more records; nothing if it is not there. */
void trace_remove_sink(struct trace *t, struct trace_sink *s);
/* Tell all sinks what is run: once for each key, before the events that it is about. */
void trace_tell(struct trace *t, const char *key, const char *value);
void trace_stop(struct trace *t);
/*
 * Write what is buffered and put the sink's file in place; with @commit false, remove
 * it. 0 or -errno of the first write that failed. NULL is fine. No trace may use @s
 * any longer.
 */
int trace_sink_close(struct trace_sink *s, bool commit);

const char *trace_event_name(enum trace_event_id id);
/* what it means */
const char *trace_event_about(enum trace_event_id id);
/* its @i-th argument as "name:type", NULL behind the last */
const char *trace_event_field(enum trace_event_id id, u32 i);
/* "args" of the catalogue row, e.g. "pid:task cpu:int flags:kick" */
const char *trace_event_fields(enum trace_event_id id);

#endif
