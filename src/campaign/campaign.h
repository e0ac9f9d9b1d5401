/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign.h - many runs: what a plan asks for, who runs it, and what is recorded. docs/campaigns.md
 * is for its users.
 *
 *	argv.c		command lines
 *	plan.c		the file: axes, settings, limits, what is left out
 *	expand.c	their product: configurations, and a point for each of their seeds
 *	source.c	sources to objects, once for each kernel
 *	digest.c	SHA-256: of files, and the ids of rows
 *	child.c		one run in a process of its own, within its limits
 *	record.c	what came of it, a line of JSON
 *	worker.c	the runs of a batch, one after the other, into a file of the worker's own
 *	spool.c		the folder of those files
 *	database.c	the SQLite file; its one writer
 *	sweep.c		all of it: what is due, dealt in batches, until nothing is; what workers
 *			have written, taken into the database
 *	local.c		workers here
 *	slurm.c		workers as tasks of a job array of Slurm
 *	tool.c		other programs: what one prints
 *	estimate.c	how long it will take
 *	search.c	the best settings by a part of the runs
 *	bisect.c	which change of a scheduler's tree made a scenario fail
 *	request.c	a small plan, done at once: kickstand serve
 *
 * A run is a command line of `kickstand run`, `exec` or `explore`. The command gives campaigns the
 * functions that do one (struct runner), so this folder knows nothing of their options.
 *
 *	plan ─▶ points ─▶ batches ─▶ workers ─▶ lines in their files ─▶ collector ─▶ database
 *
 * Invariant: the id of a row says all that its figures depend on, and nothing else: the version,
 * the command, the contents of the files that it names, the seed. So a row that is there is never
 * run again, and the same plan makes the same rows, in whatever order they come.
 */
#ifndef KS_CAMPAIGN_CAMPAIGN_H
#define KS_CAMPAIGN_CAMPAIGN_H

#include <jansson.h>
#include <kickstand.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/types.h"

/* Keeps a line of text for campaign_error(), and returns @status. */
int campaign_fail(int status, const char *fmt, ...) __printf(2, 3);
const char *campaign_error(void);

/* A command line; ends in NULL. */
struct argv {
	char **at; /* malloc'ed, and each of them */
	u32 nr, room;
};

void argv_add(struct argv *a, const char *fmt, ...) __printf(2, 3);
/* These words, up to NULL */
void argv_add_words(struct argv *a, const char *first, ...) __attribute__((sentinel));
/* The program that we are. false: errno says why it is not known */
bool argv_add_self(struct argv *a);
void argv_add_all(struct argv *a, const struct argv *from);
void argv_finish(struct argv *a);
/* What word @i gives @option, if it is that: "--setup F", "--setup=F", "--setu F". NULL: it is another. */
const char *argv_value(const struct argv *a, u32 i, const char *option);
/* As a shell takes it, to be freed. */
char *argv_text(const struct argv *a);

/* What the command does for a campaign. */
struct runner {
	/* In a process of its own, which ends with the exit status of the command line. */
	void (*run)(int argc, char **argv);
	/* Is it one that can be run? KS_OK, or KS_USAGE after a complaint of its own. */
	int (*check)(int argc, char **argv);
	/* Ends a forked process. */
	void (*end)(int status) __attribute__((noreturn));
};

/* ---- plan.c ---- */

struct limits {
	u64 time_ns;   /* by the host's clock */
	u64 memory_kb; /* resident */
};

struct plan {
	char *path;	   /* as it was named */
	char *folder;	   /* where its files are; runs are done there */
	char *text, *name; /* the file itself */
	char sha256[65];   /* of the text */
	json_t *json;	   /* it has been checked */
	struct limits limits;
};

/* KS_OK or KS_USAGE. To be finished in any case. */
int plan_read(struct plan *p, const char *path);
/* The same of a text; its folder is the present one. */
int plan_read_text(struct plan *p, const char *text);
void plan_finish(struct plan *p);
/* "60s", "10m", "100ms" in ns; "2G", "512M" in kB */
bool plan_time(const char *text, u64 *ns);
bool plan_memory(const char *text, u64 *kb);

/* ---- expand.c ---- */

/* All of a run but its seed. */
struct config {
	u64 id;
	const char *kind; /* "run", "exec", "explore" */
	char *scheduler;  /* its name */
	char *file;	  /* object, source or loader; NULL: no scheduler */
	char *sha256;	  /* of it, of what was built of it; "" */
	char *set;	  /* "slice_ns=1000 x=2"; "" */
	char *options;	  /* what else: "--preempt full"; "" */
	char *kernel;	  /* "" is the newest */
	char *machine, *workload, *duration;
	char *files;		/* "name sha256 ...": what else is read */
	struct argv head, tail; /* the command, before and behind "--seed N" */
	char *built;		/* runs in place of @file, at head.at[1]; NULL: @file does */
	char *broken;		/* why it cannot be built; NULL: it can */
	json_t *settings;	/* of --set, by name */
};

struct point {
	u64 id, seed;
	u32 config;
};

struct points {
	struct config *config;
	struct point *at; /* in the plan's order, each id once */
	u32 nr_configs, nr, room_configs, room;
};

#define RUNS_ASK \
	100000 /* more are asked about: a slip of the pen is quickly a thousand times too much */
#define RUNS_MAX 100000000u /* and more cannot be */

/* How many there would be, at most, without expanding it. KS_OK or KS_USAGE */
int plan_count(const struct plan *p, u64 *nr);
/* KS_OK or KS_USAGE, which may have been said already: then campaign_error() is "" */
int plan_expand(const struct plan *p, const struct runner *runner, struct points *out);
/*
 * Gives them ids; before, sources are built to the folder @built, if another process has not done
 * that for us (@is_built). KS_OK or KS_USAGE
 */
int points_identify(const struct plan *p, const struct runner *runner, const char *built,
		    bool is_built, struct points *out);
void points_finish(struct points *p);
/* NULL: there is none. In O(log n); @sorted is of points_sorted() */
struct point *points_find(const struct points *p, u64 id, const struct point *sorted);
/* a copy by id, to be freed */
struct point *points_sorted(const struct points *p);
/* The command that repeats it, to be freed. */
char *point_command(const struct points *p, const struct point *at);
/* The same as it is run, with @more options. */
void point_argv(const struct points *p, const struct point *at, const struct argv *more,
		struct argv *out);

/* ---- source.c ---- */

bool names_source(const char *path);
/* Builds what sources @p names to @folder. KS_OK; of one that cannot be, config.broken says why. */
int sources_build(const struct plan *plan, const struct runner *runner, const char *folder,
		  bool is_built, struct points *p);

/* ---- digest.c ---- */

/* Of files: each is read once, many configurations naming the same. All 0 but @folder at first. */
struct digests {
	const char *folder; /* of what is no absolute path */
	struct digest_seen *seen;
	u32 nr, room;
};

/* 0 or -errno */
int digests_file(struct digests *d, const char *path, char hex[65]);
void digests_finish(struct digests *d);
void digest_text(const char *text, size_t len, char hex[65]);
/* 63 bits of the digest of all strings up to NULL */
u64 digest_id(const char *first, ...) __attribute__((sentinel));

/* ---- child.c ---- */

enum end { END_EXIT, END_SIGNAL, END_TIME, END_MEMORY, END_STOPPED, NR_ENDS };
extern const char *const end_names[NR_ENDS];

struct outcome {
	enum end end;
	int status;	 /* of its exit; the signal */
	char *out, *err; /* the end of what it said, malloc'ed; "" */
	u64 real_ns;
	u64 peak_kb;
};

/*
 * Does @argv in a child, in @folder. END_STOPPED: campaign_state.asked_to_end came first. KS_OK,
 * or KS_USAGE if no process is to be had.
 */
int child_run(const struct runner *r, const char *folder, const struct argv *argv,
	      const struct limits *limits, struct outcome *out);
void outcome_finish(struct outcome *o);
/* In a fork of a process that holds locks and databases: only standard streams stay open. */
void child_close_files(void);
void die_with(pid_t parent);
/* SIGCHLD stays blocked from then on, and is waited for: until one of ours ends, for @ns at most. */
void child_signal_block(void);
void child_signal_wait(u64 ns);

/* ---- record.c ---- */

/*
 * What came of a run, as a line of a worker's file: @json_path is what it wrote, if it did. @keep:
 * members of the summary that the plan wants beside the usual ones.
 */
json_t *record_make(const struct point *at, const struct outcome *o, const char *json_path,
		    const json_t *keep);
/* What of a finding is the same in all runs that show it: "task hog-# waited for # ms"; malloc'ed. */
char *finding_pattern(const char *text);

/* ---- worker.c ---- */

struct batch {
	u32 nr;
	u64 *id;
};

struct worker {
	const struct plan *plan;
	const struct points *points;
	const struct point *sorted;
	const struct runner *runner;
	const char *spool;
	u32 number; /* of the batch */
};

/* One of them, outside of any batch. KS_OK, and *@record; KS_INTERRUPTED; KS_USAGE */
int worker_run_point(const struct worker *w, const struct point *at, json_t **record);
/* KS_OK; KS_INTERRUPTED; KS_USAGE. Runs of the batch that a file of it has are not done again. */
int worker_run(const struct worker *w, const struct batch *b);

/* ---- spool.c ---- */

/*
 *	FILE.sqlite.spool/plan		digest of the plan that is dealt
 *	                 /batches	a line each: the ids of its runs
 *	                 /job		of Slurm; none: workers are here
 *	                 /objects/	what sources were built to
 *	                 /B.HOST.PID.jsonl	what a worker of batch B recorded
 */
struct spool {
	char *path;
	struct spool_file *file; /* of which something was taken */
	u32 nr, room;
};

int spool_open(struct spool *s, const char *path);
/* A folder and the files in it, as far as there are any. */
void folder_remove(const char *path);
/* Nothing of it is needed any more. */
void spool_remove(struct spool *s);
void spool_finish(struct spool *s);
char *spool_name(const struct spool *s, const char *name);
/* A whole file of @text. KS_OK or KS_USAGE */
int campaign_write(const char *path, const char *text);
int spool_write(const struct spool *s, const char *name, const char *text);
/* NULL: it is not there */
char *spool_read(const struct spool *s, const char *name);
int spool_batches_write(const struct spool *s, const char *digest, const struct batch *b, u32 nr);
/* Batch @number of it, which is of the plan with this digest. KS_OK or KS_USAGE */
int spool_batch_read(const char *path, const char *digest, u32 number, struct batch *out);

/* Each complete line that was not taken yet. KS_OK, or what @take returned. */
int spool_take(struct spool *s, int (*take)(void *arg, const json_t *record), void *arg);
/* The same of files of one batch, from their beginning. */
int spool_take_batch(const char *path, u32 batch, int (*take)(void *arg, const json_t *record),
		     void *arg);
/* A batch is over and taken: its files go. */
void spool_drop(struct spool *s, u32 batch);

/* ---- database.c ---- */

#define DATABASE_VERSION 1
#define DATABASE_MARK 0x4b535731 /* "KSW1": PRAGMA application_id */

/* of the table run */
#define DATABASE_ENDED_WELL "end = 'exit' AND status = 0 AND ok IS 1"

struct database;

/* KS_OK or KS_USAGE. @write: nobody else writes it, and it is made if it is not there */
int database_open(struct database **db, const char *path, bool write);
void database_close(struct database *db);
struct sqlite3 *database_handle(struct database *db);
/* Of a figure's path, for json_extract(): of a.b it is $."a"."b"; to be freed */
char *database_path(const char *path);
int database_plan(struct database *db, const struct plan *p);
/* Rows that ended by a limit are forgotten, to be run again. */
int database_forget_limited(struct database *db);
/* Calls @seen with the id of each row. */
int database_ids(struct database *db, void (*seen)(void *arg, u64 id), void *arg);
int database_begin(struct database *db);
int database_commit(struct database *db);
/* One row, if it is not there. *@added */
int database_add(struct database *db, const struct config *c, const struct point *at,
		 const json_t *record, bool *added);
/* mean real time of what is recorded, ns; 0: nothing is */
u64 database_mean_ns(struct database *db);

/* ---- sweep.c ---- */

struct sweep;

struct sweep_opts {
	const char *plan, *db, *spool; /* @spool NULL: beside the database */
	bool dry_run, yes, retry, quiet;
	u32 jobs;
	bool slurm; /* workers are tasks of a job array, @jobs at a time if @limited */
	bool limited;
	struct argv sbatch; /* further words for it */
	const struct runner *runner;
	/* progress: @done of @nr, by the host's clock; NULL: none */
	void (*progress)(void *arg, u64 done, u64 nr);
	void *arg;
	FILE *out;
	/* which runs are wanted, in place of all: search.c */
	int (*search)(struct sweep *s, void *arg);
	void *search_arg;
};

/* KS_OK; KS_INTERRUPTED; KS_USAGE, and campaign_error() */
int campaign_sweep(const struct sweep_opts *o);
struct sweep {
	const struct sweep_opts *o;
	struct plan plan;
	struct points points;
	struct point *sorted;
	bool *done; /* by index in @sorted */
	struct spool spool;
	struct database *db;
	bool *wanted;	    /* by index in points.at; NULL: all are */
	u64 nr_done;	    /* of this plan */
	u64 nr_new, new_ns; /* recorded by this process, and their real time */
	u64 run_ns;	    /* estimated; 0: unknown */
	u64 nr_strange;	    /* lines of no run of this plan */
};

/* All that is wanted and not recorded is run. */
int sweep_rounds(struct sweep *s);
/* Done by a worker that knows the plan and the spool alone: KS_OK, KS_INTERRUPTED, KS_USAGE */
int campaign_worker(const char *plan, const char *spool, u32 batch, const struct runner *runner);
/* Is this one recorded? */
bool sweep_has(const struct sweep *s, const struct point *at);

u32 sweep_due(const struct sweep *s);
/* What is not recorded, in batches of @size; malloc'ed. */
struct batch *sweep_deal(struct sweep *s, u32 size, u32 *nr);
void batches_free(struct batch *b, u32 nr);
/* Takes what workers have written. KS_OK or KS_USAGE */
int sweep_collect(struct sweep *s);
void sweep_progress(struct sweep *s);

/* Deal, run and collect what is due. KS_OK, KS_INTERRUPTED, KS_USAGE */
int local_run(struct sweep *s);
/* These alone, one after the other. */
int local_run_batch(struct sweep *s, const struct batch *b);

/* ---- tool.c ---- */

/*
 * What a program prints, standard error behind it; to be freed, never NULL. Its exit status; 127:
 * there is no such program; -1: no process for it.
 */
int tool_run(const struct argv *argv, char **said);
/* "@text: what it said first", for one line */
const char *tool_line(const char *said, char *buf, size_t size);

/* ---- slurm.c ---- */

/* As local_run(), by a job array: that of an earlier sweep, if it is still there. */
int slurm_run(struct sweep *s);
/* KS_OK; KS_USAGE: a job array works for this spool, and @s is not the one to wait for it */
int slurm_check(struct sweep *s);

/* ---- estimate.c ---- */

/* How long one run takes; runs a few of those that are due, which count. KS_OK or a status */
int estimate(struct sweep *s, u64 *run_ns);

/* ---- search.c ---- */

struct search_opts {
	const char *path; /* of the figure that is wanted */
	bool more;	  /* of it is better */
	u32 part;	  /* of candidates, one in so many goes on: 2 and above */
};

/* sweep_opts.search, with these as its argument */
int search_run(struct sweep *s, void *opts);

/* ---- bisect.c ---- */

struct bisect_opts {
	const char *range; /* "GOOD..BAD" */
	const char *tree, *build, *scenario;
	FILE *out;
};

/* Says which is the first that fails. KS_OK, KS_INTERRUPTED, KS_USAGE */
int campaign_bisect(const struct bisect_opts *o);

/* ---- request.c ---- */

typedef int (*record_fn)(void *arg, const struct points *p, const struct point *at, json_t *record);

/* The runs of a plan in @text, at most @most of them, one after the other. KS_OK, KS_INTERRUPTED, KS_USAGE */
int campaign_request(const char *text, u64 most, const struct runner *runner, record_fn take,
		     void *arg);

#endif
