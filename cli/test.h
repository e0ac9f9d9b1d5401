/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test.h - `kickstand test`: a list of runs, each in a process of its own, and what
 * came of them, in the list's order whoever ends first.
 */
#ifndef KS_CLI_TEST_H
#define KS_CLI_TEST_H

#include "cli.h"

struct paths {
	char **at;
	unsigned int nr;
};

struct test_options {
	struct ks_scenario_opts scenario;
	struct ks_build_opts build; /* of objects that are sources; scenario.build */
	struct words include, objects;
	const char *filter, *kernel, *junit, *emit;
	const char *html;   /* folder of the pages of what failed; NULL: none are wanted */
	const char *gitlab; /* file of its annotations; NULL: none */
	bool github;
	uint64_t seed, seed_last;
	bool has_seeds;
	unsigned int jobs, limit_s; /* of this computer's time, for a run; 0: none */
	bool verbose, list, no_sandbox;
	struct paths files, others; /* scenarios; what a folder has beside them */
};

enum { REPORT, EMITTED, LOG, NR_FILES };

/* one run of one file; or a file that could not be read */
struct test {
	const char *file;
	struct ks_scenario *scenario; /* NULL: it could not be read */
	unsigned int run;
	char *name;		      /* with the kernel */
	char *report, *emitted, *log; /* what the process left */
	size_t report_len, emitted_len, log_len;
	int status;	    /* enum ks_status; -1: not known yet */
	int signal;	    /* that ended its process, 0: none */
	const char *object; /* of one that is a source: what it was built to; else NULL */
	int pid;
	uint64_t started_us, took_us; /* of this computer's time */
	FILE *files[NR_FILES];	      /* report, emitted, log, while it runs */
	char *page;		      /* of --html, if it failed; NULL: none */
};

static inline bool test_passed(const struct test *t)
{
	return t->status == KS_OK && !t->signal;
}

/* a source that was built for the kernel of some runs */
struct test_build {
	char *source;
	const char *kernel;
	struct ks_built *built;
};

struct tests {
	struct test *at;
	unsigned int nr, max;
	struct test_build *builds; /* each once, until the end */
	unsigned int nr_builds, max_builds;
	struct ks_scenario **scenarios; /* by file; NULL: could not be read */
};

/* ---- test_options.c ---- */

/* KS_OK; KS_USAGE after a complaint; -1: help was printed */
int test_options_read(int argc, char **argv, struct test_options *o);

/* ---- test_files.c ---- */

/* What @names mean, into @o; KS_OK, or KS_USAGE after a complaint. */
int test_files(struct test_options *o, char **names, unsigned int nr);
void test_files_free(struct test_options *o);

/* ---- test.c ---- */

/* Those that it writes: KS_OK, or KS_USAGE after a complaint */
int test_outputs_open(struct test *t);
/* Fork the process of @t, whose files are open. @html: the page it writes, or NULL. KS_OK, or KS_USAGE */
int test_fork(struct test *t, const struct test_options *o, const char *html);

/* ---- test_failure.c ---- */

struct failure {
	unsigned int line, column; /* in the scenario, from 1; 0: not known */
	char *text;		   /* "kicks.idle: expected 1, seen 0" */
	size_t len;
};

/* The next of @t's failures into @f, to be finished; *@at is NULL at first. false: no more */
bool failure_next(const struct test *t, const struct test_options *o, const char **at,
		  struct failure *f);
void failure_finish(struct failure *f);

/* ---- test_annotate.c ---- */

/* --annotations @text: KS_OK, or KS_USAGE after a complaint */
int annotations_take(struct test_options *o, const char *text);
void annotations_print(const struct test *t, const struct test_options *o);
int annotations_write(const struct tests *ts, const struct test_options *o, struct output *out);

/* ---- test_pages.c ---- */

/* The folder is there: KS_OK, or KS_USAGE after a complaint */
int pages_begin(const struct test_options *o);
/* The name of test @i's page, before it is told of */
void page_name(struct tests *ts, unsigned int i, const struct test_options *o);
/* Each failed run once more, with its page; and an index of them */
int pages_write(struct tests *ts, const struct test_options *o);

/* ---- test_report.c ---- */

void tap_plan(const struct tests *ts, const struct test_options *o);
/* text of strangers into XML or HTML */
void put_xml(FILE *f, const char *text, size_t len);
/* "# N passed, N failed" */
void tap_end(const struct tests *ts);
/* test @i as a line and, if it failed, a block of YAML; @replay: options to repeat it */
void tap_result(const struct tests *ts, unsigned int i, const struct test_options *o);
int junit_write(const struct tests *ts, const struct test_options *o, struct output *out);
/* All that the runs emitted: a JSON array, or, if @path ends in .jsonl, a line each. */
int emit_write(const struct tests *ts, struct output *out);

#endif
