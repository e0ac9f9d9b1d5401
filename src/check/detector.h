/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * detector.h - what the detectors share. One is a row of the table in verdict.c and a
 * file; it may
 *
 *	look	between events, every LOOK_NS of virtual time: only read
 *	find	when the verdict is asked for: add findings
 *	tell	then, of those that are shown: their text, unless find() wrote it
 *
 * What a text has of strangers' words, verdict.c makes fit for a terminal.
 *
 * A detector that cries wolf is a defect: what explains a thing (affinity, sleep, a
 * competitor's weight, bypass) is no finding.
 */
#ifndef KS_CHECK_DETECTOR_H
#define KS_CHECK_DETECTOR_H

#include "check/history.h"
#include "check/verdict.h"
#include "kern/ext/dsq.h"
#include "kern/sched.h"

#define LOOK_NS NSEC_PER_MSEC
#define NAME_BYTES 32
#define TIME_BYTES 32
#define PUT_BYTES 160
#define MSG_SHOWN 400 /* of a message that a guest may have written */

/* the worst wait of one task, which is over */
struct long_wait {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	s32 cpu;
	u64 since_ns, until_ns;
	u64 queued_ns; /* since when it is runnable: what was said of it before is old */
	bool open;     /* it has not ended */
	struct cpumask allowed;
	struct task_put put;
	bool has_dsq;
	u64 dsq_id;
};

#define LONG_WAITS_MAX 64

/* idle_beside_work.c: of one CPU */
struct idle_episode {
	bool open;
	u64 since_ns, seen_ns;
	pid_t pid;
};

struct idle_beside {
	struct idle_episode *cpu; /* by cpu */
	u64 *cpu_ns;		  /* by cpu: closed episodes */
	struct long_wait worst;	  /* of the longest: the task; @cpu is the CPU that idled */
	u32 nr;
};

/* starvation.c: who wants to run on some CPUs */
struct competition {
	u64 at_ns, weight;
	struct cpumask cpus;
	u32 nr_cpus; /* 0: not counted yet */
	bool idle;   /* one of them idles */
};

struct judge {
	struct machine *machine;
	u64 begin_ns;
	pid_t loader;
	u64 nr_kicks; /* calls before that */
	u64 starvation_ns;
	bool starvation_said; /* exactly that, whatever competes */
	const struct workload *workload[2];
	struct history history;
	/* starvation.c: the worst LONG_WAITS_MAX tasks */
	struct long_wait *waits;
	u32 nr_waits, nr_starved;
	struct competition competition;
	struct idle_beside idle;
	u32 cap; /* of the findings that are being made */
};

/* ---- verdict.c, for detectors ---- */

/* A finding of @kind, zeroed but for kind, pid and cpu, which are none; NULL: no memory. */
struct finding *finding_add(struct judge *v, struct findings *f, enum finding_kind kind);
/* From @then_ns, which a CPU that is ahead of the machine's clock may have noted: then 0. */
static inline u64 ns_since(u64 then_ns)
{
	u64 now = now_ns();

	return now > then_ns ? now - then_ns : 0;
}

/* ns of the run so far */
u64 verdict_duration_ns(const struct judge *v);
/* "912.0 ms" */
const char *time_text(u64 ns, char buf[TIME_BYTES]);
#define TEXT(ns) time_text(ns, (char[TIME_BYTES]){ 0 })
/* "hog-3[17]" of a task, living or dead; "[17]" if it is forgotten */
const char *pid_text(pid_t pid, char buf[NAME_BYTES]);
const char *verdict_task_text(const struct task_struct *p, char buf[NAME_BYTES]);
/* the name of a program that is still there, until it goes; NULL: it is not, or 0 */
const char *prog_text(u32 prog);
/* " in DSQ 0x7, where enqueue() (t_enqueue) put it on CPU 2", or "" */
const char *verdict_place_text(const struct long_wait *w, char buf[PUT_BYTES]);
/* is @p one of those that the run is about, rather than the kernel's or the loader's? */
bool of_workload(const struct task_struct *p);

/* ---- starvation.c ---- */

/* who waits, where, for how long; the text is the detector's */
void finding_of_wait(struct finding *at, const struct long_wait *w);

void starvation_wait_over(const struct task_struct *p, u64 since_ns);
/* @p waits now, since @since_ns: who, where */
void long_wait_note(struct long_wait *w, const struct task_struct *p, u64 since_ns);
/* runnable, not running; the time since when, or 0 */
u64 waits_since(const struct task_struct *p);
/*
 * For how long @p may wait when it shares its CPUs by weight with those that want them now:
 * two rounds of them. 0 if a CPU that it may use idles.
 */
u64 patience_ns(const struct task_struct *p);
/* Is it told of already, or will be, as one that starves or did? */
bool starves(const struct judge *v, const struct task_struct *p);
/* does rq's CPU do nothing, and has so for LOOK_NS? */
bool cpu_idles(const struct rq *rq);

void lockup_find(struct judge *v, struct findings *f);
void guest_fault_find(struct judge *v, struct findings *f);
void ejected_find(struct judge *v, struct findings *f);
void starvation_begin(struct judge *v);
void starvation_find(struct judge *v, struct findings *f);
void starvation_tell(struct judge *v, struct finding *at);
void never_ran_find(struct judge *v, struct findings *f);
void never_ran_tell(struct judge *v, struct finding *at);
void not_created_find(struct judge *v, struct findings *f);
void idle_beside_work_begin(struct judge *v);
void idle_beside_work_look(struct judge *v);
void idle_beside_work_find(struct judge *v, struct findings *f);
void kick_storm_begin(struct judge *v);
void kick_storm_find(struct judge *v, struct findings *f);
void unfairness_find(struct judge *v, struct findings *f);
void left_find(struct judge *v, struct findings *f);
void no_effect_begin(struct judge *v);
void no_effect_find(struct judge *v, struct findings *f);
void zero_slice_begin(struct judge *v);
void zero_slice_find(struct judge *v, struct findings *f);

#endif
