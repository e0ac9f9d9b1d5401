/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.h - the search of interleavings, from the inside. docs/explore.md is for its users.
 *
 *	explore.c	ks_explore(): the campaign from its first run to its report
 *	subject.c	what is run, and how it is judged
 *	trial.c		one run in a process of its own, and what came of it
 *	recorder.c	what a run is seen to do: its points, and orders of conflicting accesses
 *	pairs.c		accesses of two CPUs that conflict, and how near they come
 *	strategy.c	which schedule is tried next: a table
 *	minimise.c	the fewest and shortest decisions that still show it
 *	meanwhile.c	what others did while one was held
 *	finding.c	what was found: its name, its text
 *	keep.c		what is left of it: files
 *	folder.c	where it leaves that
 *	progress.c	how far it has come, to go on from there
 *
 * The machine is set up once, to the object that is loaded and not yet attached. Each run is
 * a fork(2) of that: one process, one thread, all memory copied on write.
 *
 *	open, load ─┬─ fork ─ schedule 0 ─ attach, run ─▶ result 0 ┐ in shared memory
 *		    ├─ fork ─ schedule 1 ─ attach, run ─▶ result 1 ├─▶ taken in order of number
 *		    └─ ...
 *
 * Invariant: runs are dealt in batches. What a batch tries depends on the seed, its number and
 * the results of the batches before it, which are taken in order of their numbers; so what is
 * found is the same whatever the number of processes.
 */
#ifndef KS_EXPLORE_EXPLORE_H
#define KS_EXPLORE_EXPLORE_H

#include <jansson.h>
#include <kickstand.h>

#include "api/api.h"
#include "api/schedule.h"
#include "base/prng.h"
#include "check/verdict.h"
#include "scenario/scenario.h"

/* ---- trial.c ---- */

#define BATCH 32
#define FOUND_MAX 4
#define COVER_BITS 65536
#define LOG_MAX (1u << 20)
#define WHERE_MAX 192

/* a point that was reached, in the order of the run */
struct access {
	u64 addr;
	u64 now_ns, ahead_ns;
	struct site site;
	u32 nth;
	s32 pid;
	bool write;
};

/* what became of a decision */
struct arrival {
	bool came;
	u64 came_ns;
	s32 pid;
	char comm[TASK_COMM_LEN], prog[64];
	char where[WHERE_MAX]; /* "q.bpf.c:31: text"; "": in no program */
};

struct found {
	char kind[32], text[FINDING_TEXT];
	char key[128]; /* the same of what is the same finding */
};

enum trial_end {
	TRIAL_DIED,    /* the process: a fault of ours */
	TRIAL_STOPPED, /* it took too long by the host's clock */
	TRIAL_OVER,
};

struct trial_result {
	enum trial_end end;
	bool over; /* it wrote all of this */
	int status;
	u32 nr_found;
	struct found found[FOUND_MAX];
	struct arrival arrival[SCHEDULE_MAX];
	u8 cover[COVER_BITS / 8];
	u32 nr_log; /* what it had room for */
};

struct explorer;

/* What is tried: a schedule; and what came of it, in memory that both processes have. */
struct trial {
	struct schedule schedule;
	bool log; /* keep the points, in explorer.log */
	pid_t pid;
	struct trial_result *result;
};

/* The runs of @t, @nr of them, --jobs at a time. All are over when it returns. */
void trials_run(struct explorer *x, struct trial *t, u32 nr);
/* One, which is counted as a run, too; @log: with its points. Valid until the next. */
const struct trial_result *trial_once(struct explorer *x, const struct schedule *s, bool log);
int trials_init(struct explorer *x);
void trials_finish(struct explorer *x);

/* ---- subject.c ---- */

/* In the process of a run: all of it, and what is found in it. */
void subject_run(struct explorer *x, struct trial_result *to, const struct schedule *s);

/* ---- recorder.c ---- */

struct recorder;
/* In the process of a run, which is of @s. @log: room for LOG_MAX; NULL: they are not kept */
struct recorder *recorder_create(struct trial_result *to, struct access *log,
				 const struct schedule *s);
void recorder_watch(void *recorder, const struct point *p);
void recorder_came(void *recorder, const struct decision *d, const struct point *p);

/* ---- pairs.c ---- */

/* Two accesses that conflict; the second comes first when the first one is held for @hold_ns. */
struct pair {
	u32 first, second; /* in the log */
	u64 hold_ns;
	u32 rank; /* how many of the same two sites are nearer */
};

struct pairs {
	struct pair *at;
	u32 nr, max;
};

#define PAIR_HOLD_MAX_NS (4 * NSEC_PER_MSEC)

/* The nearest of each two sites first, then the second of each, ... -ENOMEM */
int pairs_find(const struct access *log, u32 nr, struct pairs *out);
void pairs_finish(struct pairs *p);

/* ---- strategy.c ---- */

/* --faults, a bit each: enum fault's, and two more that are no faults of a schedule's */
enum { SWITCH_ALLOC = NR_FAULTS, SWITCH_STEAL, NR_FAULT_SWITCHES };

struct strategy {
	const char *name;
	/* The next schedule; false: it has no more. */
	bool (*next)(struct explorer *x, struct prng *prng, struct schedule *out);
};

extern const struct strategy strategies[];
/* NULL: there is none of that name */
const struct strategy *strategy_find(const char *name);
/* Those of batch @number: how many there are, BATCH at most; 0: all has been tried. */
u32 strategy_batch(struct explorer *x, u64 number, struct trial *out);

/* ---- minimise.c ---- */

struct minimal {
	struct schedule schedule;
	struct schedule passing; /* differs in one hold that is shorter, or one that is missing */
	bool has_passing;
};

/* @s shows what has @key. What is left shows it too. */
void minimise(struct explorer *x, const struct schedule *s, const char *key, struct minimal *out);

/* ---- meanwhile.c ---- */

/* Of decision @d in the run with this log: the conflicting access that it let by; NULL: none */
char *meanwhile(const struct access *log, u32 nr, const struct decision *d);

/* ---- finding.c ---- */

struct finding_seen {
	struct found found;
	struct minimal minimal;
	struct arrival arrival[SCHEDULE_MAX]; /* of its decisions */
	char *meanwhile[SCHEDULE_MAX];	      /* what came before it instead; NULL: nothing known */
	u64 first_run, count;
	char *file, *kept; /* the schedule; the scenario, NULL: there is none */
};

/* Takes in what run number @run found. */
void findings_take(struct explorer *x, const struct trial *t, u64 run);
void finding_print(const struct explorer *x, const struct finding_seen *f, FILE *out);
json_t *finding_seen_json(const struct explorer *x, const struct finding_seen *f);
json_t *finding_decisions_json(const struct finding_seen *f);
json_t *finding_steps_json(const struct finding_seen *f);
/* A number that changes from run to run is no part of what a finding is. */
void finding_key(struct found *f, u64 dsq_id, bool has_dsq);

/* ---- keep.c ---- */

/* Its files, as the options want them. false: one cannot be written, and ks_error() says why */
bool finding_keep(struct explorer *x, struct finding_seen *f);
/* Takes @root. 0 or -errno; @path or @root NULL: there was no memory for it */
int keep_json(const char *path, json_t *root, size_t flags);

/* ---- folder.c ---- */

/* --out is there, can be written, and is ours. KS_OK or KS_USAGE */
int folder_open(struct explorer *x);

/* ---- progress.c ---- */

/* What --out says of a campaign that was interrupted: x->resumed. KS_OK or KS_USAGE */
int progress_read(struct explorer *x);
/* Between batches; @now: even if the last time is not long ago */
void progress_write(struct explorer *x, bool now);

/* ---- explore.c ---- */

#define CORPUS_MAX 256

struct explorer {
	struct ks_object *obj;	      /* of the scenario, too; NULL: it has none */
	struct ks_scenario *scenario; /* NULL: the object under its workload is what runs */
	struct ks_machine *km;
	struct ks_explore_opts opts;
	json_t *run; /* schedule_run_json() */
	u32 jobs;
	u32 faults; /* which may happen */
	u32 nr_cpus;
	pid_t last_pid; /* of the tasks that were there before the first run */
	struct trial batch[BATCH];
	struct trial one; /* trial_once()'s */
	struct access *log;
	u64 began_ns; /* of the host's clock */

	/* what is known */
	struct access *base; /* the log of the run without decisions */
	u32 nr_base;
	struct pairs pairs;
	u32 next_pair, next_gap;
	struct access *grown; /* ... of the one that is built upon now */
	u32 nr_grown;
	struct pairs grown_pairs;
	struct schedule grown_from;
	struct schedule corpus[CORPUS_MAX]; /* the latest of those that showed something new */
	u64 nr_corpus;			    /* all of those, that of number n at n % CORPUS_MAX */
	u8 cover[COVER_BITS / 8];
	u64 nr_runs, nr_behaviours, nr_batches, nr_stopped, nr_died;
	struct finding_seen *findings;
	u32 nr_findings, max_findings;
	bool interrupted, out_failed;
	bool resumed; /* it goes on where another has ended */
	u64 saved_ns; /* of the host's clock */
};

/* Is there time, are there runs left? */
bool explore_goes_on(struct explorer *x);
/* Of the host's clock, and nobody has interrupted; by runs, what is begun is ended. */
bool explore_has_time(struct explorer *x);

#endif
