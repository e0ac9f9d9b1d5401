/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h - the command: a subcommand is a function from its arguments to the exit
 * status. All it does beyond reading options is done by libkickstand.
 */
#ifndef KS_CLI_CLI_H
#define KS_CLI_CLI_H

#include <getopt.h>
#include <sys/types.h>
#include <kickstand.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/whole_file.h"

/* A subcommand: a row in main.c. */
struct subcommand {
	const char *name;
	int (*fn)(int argc, char **argv); /* @argv[0] is the name; returns the exit status */
	const struct option *options;	  /* what getopt_long() reads for it, at least */
	const char *arguments, *text;	  /* for --help */
};

/* the last one has no name */
extern const struct subcommand subcommands[];

int cmd_run(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_new(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_results(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_kernels(int argc, char **argv);
int cmd_btf(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_completion(int argc, char **argv);

extern const struct option run_options[], top_options[], exec_options[], explore_options[],
	sweep_options[], results_options[], serve_options[], build_options[], new_options[],
	inspect_options[], explain_options[], report_options[], why_options[], compare_options[],
	kernels_options[], btf_options[], test_options[], import_options[], completion_options[];

/*
 * Who reads standard output has left, as `| head` does: no failure of ours, and what a
 * shell shows of a program that SIGPIPE ended. Files are written all the same.
 */
#define STATUS_CLOSED_PIPE (128 + 13)

/* ---- complain.c ---- */

/*
 * "kickstand: ..." on standard error, one line; returns @status. Nothing is
 * said of a reader that left: STATUS_CLOSED_PIPE.
 */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* the same with the library's last error */
int complain_error(int status);

/*
 * getopt_long() of @options returned @opt, '?' or ':': one line about it. @command: "kickstand
 * run". KS_USAGE.
 */
int complain_option(char **argv, int opt, const struct option *options, const char *command);
/* One of @files is another of them, whatever the paths: a line. KS_OK, or KS_USAGE. */
int complain_twice(char *const *files, unsigned int nr);

/* ---- options.c ---- */

/* a list of strings in order of the command line */
struct words {
	const char **at; /* ends in NULL; NULL: there are none */
	unsigned int nr;
};

/* who shows a run while it goes on, and says how fast it goes: kickstand top */
struct run_front {
	/* before the scheduler is enabled; KS_OK, or another status after a complaint */
	int (*watch)(void *arg, struct ks_machine *m);
	/* in place of ks_machine_run(); -1 after a complaint */
	int (*run)(void *arg, struct ks_machine *m, uint64_t duration_ns);
	/* beside standard error */
	void (*log)(void *arg, const char *line);
	void *arg;
};

#define KERNELS_MAX 64

struct run_options {
	const char *object;
	bool no_scheduler; /* --scheduler none: @object is NULL */
	struct ks_machine_opts machine;
	uint64_t duration_ns;
	const char *kconfig;
	const char *workload, *ops, *json;
	const char *schedule; /* file of decisions; NULL: none */
	struct words asserts; /* expressions over globals that must hold */
	struct words include; /* where headers are, if the object is a source */
	struct words programs, set, resize, dump_map, set_map, run_prog, setup, sub;
	int verbose;		       /* -1 quiet, 0, 1 -v, 2 -vv */
	const struct run_front *front; /* NULL: a line of progress */
	bool strict;		       /* a verdict that is not ok is exit status 1 */
	bool no_sandbox;
	bool reads_later; /* files, after the object is loaded: inspect does */
	bool has_seed;
	bool has_seeds; /* --seeds: a run for each of seed_first..seed_last */
	uint64_t seed_first, seed_last, jobs;
	/* of explore: how long it searches, and how */
	uint64_t runs, budget_ns, search_seed;
	const char *strategy, *out, *faults;
	const char *scenario; /* file that says what runs; NULL: @object does */
	bool explores, has_duration, has_workload;
	/* --kernel A,B or all: a run for each; nr_kernels 0: one run, of machine.kernel */
	const char *kernels[KERNELS_MAX];
	unsigned int nr_kernels;
};

/* run.c: what --assert says of the loaded object. KS_OK, or KS_USAGE: ks_error() */
int run_assert(struct ks_object *obj, const struct run_options *o);
/* KS_OK, or KS_USAGE after a complaint */
int take_word(struct words *w, const char *word);

/* KS_OK; KS_USAGE after a complaint; -1: help was printed */
int options_read(int argc, char **argv, struct run_options *o);
/* the same of `explore` */
int options_read_explore(int argc, char **argv, struct run_options *o);
/* the same of `inspect`; --json is "-" */
int options_read_inspect(int argc, char **argv, struct run_options *o);
void options_finish(struct run_options *o);
/*
 * The profile that a name stands for. A release without one of its own is told of on standard
 * error. NULL after a complaint, which lists the known.
 */
const char *known_kernel(const char *name);
/* What else decides the run, for its provenance: malloc'ed; NULL: no memory */
char *options_text(const struct run_options *o);
/*
 * The same run as a scenario without its object: JSON, malloc'ed; NULL: some of it cannot be
 * said in one
 */
char *options_scenario(const struct run_options *o);
/* "500us", "10ms", "2s", "80ns", "0"; false if it is none of these */
bool parse_moment(const char *text, uint64_t *ns);
/* The same of an option that wants more than 0; @like: what it may look like. KS_OK, or KS_USAGE. */
int take_time(const char *option, const char *text, const char *like, uint64_t *ns);
/* --seeds A..B: KS_OK, or KS_USAGE after a complaint */
int take_seeds(const char *text, uint64_t *first, uint64_t *last);
/* "3ms..5ms", "0..80us": @from_ns < @to_ns */
bool parse_window(const char *text, uint64_t *from_ns, uint64_t *to_ns);
#define WINDOW_IS_DUE "--window %s: two times are due, as 3ms..5ms"
/* digits, or 0x and hexadecimal ones; in [@least, @most] */
bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);
/* the only non-option argument of getopt's rest; NULL after a complaint */
const char *only_argument(int argc, char **argv, const char *what);

/* ---- exec.c ---- */

/* "exec [options] -- LOADER ARGS...": what is before the loader. As options_read() */
int options_read_exec(int argc, char **argv, struct run_options *o);

/* ---- build.c ---- */

/* How the source of a run is built. Valid as long as @o. */
struct ks_build_opts source_options(const struct run_options *o);

/*
 * If the command line's object is a source, build it once for all runs, and let @o name what
 * came of it. KS_OK, or a status after a complaint.
 */
int source_build(struct run_options *o, struct ks_built **built);

/* ---- run.c, seeds.c ---- */

/* In a child that works for this command: it ends when the command is killed. */
void die_with_parent(pid_t parent);

/* One run of what the command line says: the exit status. */
int run_once(const struct run_options *o);
/*
 * From a file to what could be enabled, as the command line has it. KS_OK, or a status with
 * its ks_error(); *@obj is NULL where there is no object.
 */
int run_load(struct ks_machine *m, const struct run_options *o, struct ks_object **obj);
/* The two halves of it: before the load, and behind it up to the attach. */
int run_open(struct ks_machine *m, const struct run_options *o, struct ks_object **obj);
int run_before_attach(struct ks_object *obj, const struct run_options *o);
/* The same for each seed or kernel, in processes of their own. */
int run_several(const struct run_options *o);

/* ---- compare.c ---- */

/* The summaries in files side by side, under @names, in columns of @width: an exit status */
int compare_files(char **paths, const char **names, unsigned int nr, bool all, int width);

/* ---- parting.c ---- */

/* The first event on which each text trace and the first one part: an exit status */
int tell_parting(char **traces, const char **names, unsigned int nr, FILE *out);

/* ---- output.c ---- */

/* A file that appears when it is complete (base/whole_file.h), with complaints. */
struct output {
	const char *path;
	struct whole_file to;
	FILE *file; /* to.file; NULL: none is wanted, or it is done */
};

/* KS_OK, or KS_USAGE after a complaint. @path NULL: an output that is not wanted. */
int output_open(struct output *out, const char *path);
/* Right after writing, so that what failed is told with its reason. */
void output_check(struct output *out);
int output_commit(struct output *out);
void output_drop(struct output *out);
/* standard output, at the end of a command: KS_OK or KS_USAGE after a complaint */
int flush_output(void);

#endif
