/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reader.h - reads back what text.h writes, an event at a time, and trusts nothing:
 * a file that is cut off, or changed by hand ends in one message that names the line.
 * The kernel's own text (trace/ftrace.h) is known by its content and gives the same
 * events, as far as it carries. A live stream's records (trace/spool.h) are read by the same
 * calls, but for the next event: replay_read() of trace/replay.h is the one for all.
 *
 *	while ((ret = trace_reader_next(r, &e)) > 0)
 *		if (e.id == EV_kick)
 *			n = e.arg[0].num;
 */
#ifndef KS_TRACE_READER_H
#define KS_TRACE_READER_H

#include <stdio.h>

#include "trace/trace.h"

#define READER_COMM_BYTES 16
#define READER_CPUS_MAX 8192

struct trace_value {
	/*
	 * as it stands in the line; valid until the next event. In ftrace text only a
	 * task's state has one: all else is "", also what such a line does not say (the
	 * classes of a sched_switch)
	 */
	const char *text;
	u64 num;		      /* pid, number, flags, bool; 0 for what is a name */
	char comm[READER_COMM_BYTES]; /* of a task */
};

struct trace_line {
	u64 time_ns;
	enum trace_event_id id;
	s32 cpu, pid; /* cpu -1: none */
	char comm[READER_COMM_BYTES];
	struct trace_value arg[TRACE_ARGS_MAX];
};

/* who wrote the text */
enum trace_origin {
	TRACE_OF_KICKSTAND,
	/*
	 * A real kernel's, as ftrace or trace-cmd print it (trace/ftrace.h): scheduling events
	 * only, of times since boot. Kernel, seed, ops, queues, kicks and classes are unknown.
	 */
	TRACE_OF_FTRACE,
};

/* what the head says */
struct trace_about {
	enum trace_origin origin;
	char kernel[16]; /* "": unknown */
	u32 cpus;
	u64 seed;
	u64 lost; /* ftrace: so many events are not in the text, and says so */
};

/* a line of what was run: "object", "shared.bpf.o" */
struct trace_run {
	char key[32];
	char *value;
};

struct trace_reader;

/*
 * @path: a file, or "-" for standard input. 0 or -errno; with *@out set in both cases
 * (to NULL only if there is no memory), since it has the message.
 */
int trace_reader_open(const char *path, struct trace_reader **out);
/* The same of an open file, which stays the caller's; @name for messages. */
int trace_reader_open_in(FILE *file, const char *name, struct trace_reader **out);
/*
 * Of struct trace_record, one behind the other, in a file that stays the caller's. @about: as
 * the head of a text has it. What comment lines tell a text's reader, its writer tells this one.
 */
int trace_reader_of_records(FILE *file, const char *name, const char *about,
			    struct trace_reader **out);
/* 0 or -errno */
int trace_reader_tell_site(struct trace_reader *r, u32 prog, s64 insn, const char *text);
int trace_reader_tell_run(struct trace_reader *r, const char *key, const char *value);
int trace_reader_tell_exit(struct trace_reader *r, const char *line);
void trace_reader_tell_place(struct trace_reader *r, u32 cpu, const struct trace_place *p);
void trace_reader_tell_end(struct trace_reader *r, u64 end_ns);
bool trace_reader_has_records(const struct trace_reader *r);
/* as trace_reader_next(), where it has records */
int trace_reader_next_record(struct trace_reader *r, struct trace_record *rec);
/* From the beginning again; -ESPIPE for what is read once, as a pipe is. */
int trace_reader_again(struct trace_reader *r);
/* 1: *@e is the next event; 0: there is none; -EINVAL or another -errno: see the message */
int trace_reader_next(struct trace_reader *r, struct trace_line *e);
/* "FILE: line 7: ..." of the call that failed */
const char *trace_reader_error(const struct trace_reader *r);
/* a malformed trace is also one whose events do not fit: says so at the current line; -EINVAL */
int __printf(2, 3) trace_reader_fail(struct trace_reader *r, const char *fmt, ...);
/* the same of the whole trace */
int __printf(2, 3) trace_reader_complain(struct trace_reader *r, const char *fmt, ...);
const struct trace_about *trace_reader_about(const struct trace_reader *r);
/* "kernel 7.3, 4 CPUs, seed 1", or of whom else it is; snprintf()'s result */
int trace_about_text(const struct trace_about *a, char *buf, size_t len);
/* what comment lines told so far; NULL: nothing */
const char *trace_reader_prog(const struct trace_reader *r, u32 prog);
const char *trace_reader_line(const struct trace_reader *r, u32 prog, u32 insn);
/* where @cpu sits; without a line of it, in node and LLC 0, on a core of its own */
struct trace_place trace_reader_place(const struct trace_reader *r, u32 cpu);
/* when the run ended, once there are no more events; a file that does not say: the last event's time */
u64 trace_reader_end_ns(const struct trace_reader *r);
/* the @i-th that was told so far; NULL: no more */
const struct trace_run *trace_reader_run(const struct trace_reader *r, u32 i);
/* how the scheduler ended, lines with their newlines; "": nothing is told */
const char *trace_reader_exit(const struct trace_reader *r);
void trace_reader_close(struct trace_reader *r);

#endif
