/* SPDX-License-Identifier: GPL-2.0-only */
/* why_words.h - a wait in words: pieces for the text, JSON, the page and failures. */
#ifndef KS_TRACE_WHY_WORDS_H
#define KS_TRACE_WHY_WORDS_H

#include <stdio.h>

#include "trace/explain_words.h"
#include "trace/why_case.h"

/* a case and what is needed to tell it */
struct why_story {
	const struct why_case *c;
	const struct replay *rp;	/* names */
	const struct kick_lives *lives; /* NULL: kicks are not known */
	const struct trace_reader *r;	/* what "# prog" and "# line" told; NULL: the machine's */
};

/* a set of CPUs */
struct why_set {
	u64 bits[READER_CPUS_MAX / 64];
	u32 nr;
};

static inline bool set_has(const struct why_set *s, u32 cpu)
{
	return s->bits[cpu / 64] >> cpu % 64 & 1;
}

void set_add(struct why_set *s, u32 cpu);
/* "CPU 3", "CPUs 0-2 and 5": short, whatever there are */
struct text set_text(const struct why_set *s);
struct text task_text(const struct replay *rp, s64 pid);
/* "DSQ 0x7", "CPU 2's local queue" */
/* " of sub-2": whose, by its cgroup; "" of the root */
struct text sched_text(u64 sched);
struct text queue_text(u64 dsq, u64 sched);
/* where the task is: "DSQ 0x7", "the fair run queue of CPU 3", "the scheduler's hands" */
struct text place_text(const struct why_place *p);
/* who put it there, a sentence without its full stop */
struct text put_text(const struct why_story *s, const struct why_place *p);
/* the source line of the program that did; NULL: not known */
const char *put_line(const struct why_story *s, const struct replay_put *put, char *buf,
		     size_t len);
const char *put_program(const struct why_story *s, const struct replay_put *put);
/* CPUs that could have run the task from where it was longest */
void cpus_within_reach(const struct why_case *c, struct why_set *out);
/* was kick @i one of a CPU within reach, during the wait? */
bool kick_concerns(const struct why_story *s, const struct why_set *reach, u32 i);
/* what it comes to: sentences, on one line */
void conclusion_put(const struct why_story *s, FILE *out);
/* what the stream does not tell; NULL behind the last */
const char *missing_text(const struct why_case *c, u32 i);

#endif
