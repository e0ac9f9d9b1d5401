/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict.h - what a run comes to, as a person would say it: what ended it early, who
 * starved, which CPUs idled beside work, what was never created.
 *
 *	struct judge *v = verdict_create(machine, 0);
 *	struct findings f;
 *
 *	verdict_begin(v, loader);	the workload begins
 *	machine_run(machine, end_ns);
 *	verdict_find(v, &f);		as often as one likes
 *	if (!f.ok)
 *		puts(f.at[0].text);
 *	findings_finish(&f);
 *
 * It looks between events and where a long wait ends; it changes nothing, so a judged
 * run is the same run. docs/verdict.md has the kinds and their thresholds.
 */
#ifndef KS_CHECK_VERDICT_H
#define KS_CHECK_VERDICT_H

#include "abi/sched.h"

struct machine;
struct judge;
struct workload;

/* in order of weight: the order of findings */
enum finding_kind {
	FINDING_LOCKUP,
	FINDING_GUEST_FAULT,
	FINDING_EJECTED,
	FINDING_NOT_CREATED,
	FINDING_NEVER_RAN,
	FINDING_STARVATION,
	FINDING_IDLE_BESIDE_WORK,
	FINDING_KICK_STORM,
	FINDING_UNFAIRNESS,
	FINDING_LEFT,
	FINDING_NO_EFFECT,
	FINDING_ZERO_SLICE,
	NR_FINDING_KINDS
};

/* "starvation" */
const char *finding_kind_name(enum finding_kind kind);
/* the kind called @name, or NR_FINDING_KINDS */
enum finding_kind finding_kind_by_name(const char *name);
/* Is it a thing to know, and no harm by itself? Then it leaves the verdict ok. */
bool finding_is_note(enum finding_kind kind);

#define FINDING_TEXT 720

struct finding {
	enum finding_kind kind;
	pid_t pid; /* -1: of no task */
	char comm[TASK_COMM_LEN];
	s32 cpu; /* where it waits, or which one it is about; -1: none */
	bool has_dsq;
	u64 dsq_id;
	u64 since_ns, duration_ns; /* virtual time as in the trace */
	char text[FINDING_TEXT];   /* one line */
};

struct findings {
	struct finding *at; /* by kind, the worst of each kind first */
	u32 nr;
	u32 more[NR_FINDING_KINDS]; /* beyond the FINDINGS_A_KIND that are listed */
	bool ok;		    /* there is nothing but notes */
};

#define FINDINGS_A_KIND 16
#define STARVATION_DEFAULT_NS (500 * 1000000ULL)

/*
 * @starvation_ns: for how long a runnable task may wait; 0: the default, which goes up where
 * many tasks share a CPU. It hangs itself into @m's hooks. NULL: no memory.
 */
struct judge *verdict_create(struct machine *m, u64 starvation_ns);
void verdict_destroy(struct judge *v); /* NULL is fine; before the machine */
/* What was before does not count. Once or again. @loader: no task of the workload */
void verdict_begin(struct judge *v, pid_t loader);
/* Its tasks are to be created; there may be two. It stays the caller's. */
void verdict_add_workload(struct judge *v, const struct workload *w);
void verdict_set_starvation(struct judge *v, u64 starvation_ns);
/* The run stands still. Without memory there are fewer findings. */
void verdict_find(struct judge *v, struct findings *out);
void findings_finish(struct findings *f);

#endif
