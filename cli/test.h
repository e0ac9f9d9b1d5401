/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test.h - `kickstand test`: a list of runs, each in a process of its own, and what
 * came of them, in the list's order whoever ends first.
 */
#ifndef KS_CLI_TEST_H
#define KS_CLI_TEST_H

#include "cli.h"

struct test_options {
	struct ks_scenario_opts scenario;
	struct ks_build_opts build; /* of objects that are sources; scenario.build */
	struct words include;
	const char *filter, *kernel, *junit, *emit;
	uint64_t seed;
	unsigned int jobs, limit_s; /* of this computer's time, for a run; 0: none */
	bool verbose, list, no_sandbox;
	char **files;
	unsigned int nr_files;
};

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
	FILE *files[3];		      /* report, emitted, log, while it runs */
};

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

/* ---- test_report.c ---- */

void tap_plan(const struct tests *ts);
/* "# N passed, N failed" */
void tap_end(const struct tests *ts);
/* test @i as a line and, if it failed, a block of YAML; @replay: options to repeat it */
void tap_result(const struct tests *ts, unsigned int i, const struct test_options *o);
int junit_write(const struct tests *ts, struct output *out);
/* All that the runs emitted: a JSON array, or, if @path ends in .jsonl, a line each. */
int emit_write(const struct tests *ts, struct output *out);

#endif
