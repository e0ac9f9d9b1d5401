/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * results.h - `kickstand results`: what a database of kickstand sweep says.
 *
 *	struct figure	a number that is asked for, and which way is better
 *	struct group	runs that differ in nothing that is told apart: a line of a table
 *	struct cell	one figure of one group, over its runs
 */
#ifndef KS_CLI_RESULTS_H
#define KS_CLI_RESULTS_H

#include <stdbool.h>
#include <stdio.h>
#include "base/types.h"

struct database;
struct sqlite3_stmt;

#define FIGURES_MAX 16

enum axis {
	AXIS_SCHEDULER,
	AXIS_SETTINGS,
	AXIS_OPTIONS,
	AXIS_KERNEL,
	AXIS_MACHINE,
	AXIS_WORKLOAD,
	AXIS_DURATION,
	AXIS_KIND,
	AXIS_SHA256,
	AXIS_FILES,
	AXIS_VERSION,
	NR_AXES
};

#define ALL_AXES ((1u << NR_AXES) - 1)

extern const char *const axis_names[NR_AXES];

struct figure {
	const char *path;
	bool more; /* is better */
};

struct cell {
	u32 nr; /* runs that have it */
	double mean, median, least, most;
	double half; /* of the confidence interval of the mean; 0: of one run there is none */
	double *v;   /* by run, sorted */
	u32 room;
};

struct group {
	char *axis[NR_AXES];
	u32 nr, bad; /* runs; of them, those that did not end well */
	u64 first;   /* id of one of its runs */
	s64 seed;    /* of that one */
	struct cell cell[FIGURES_MAX];
	bool in_front; /* of Pareto's */
};

/* one of them, where they are wanted each */
struct result_run {
	u32 group;
	s64 seed;
	double v[FIGURES_MAX]; /* NAN: it has none */
};

struct results {
	const char *path;
	struct database *db;
	struct figure figure[FIGURES_MAX];
	u32 nr_figures;
	u32 by;			    /* axes that are told apart, a bit each */
	const char *where[NR_AXES]; /* NULL: any */
	struct group *group;
	u32 nr, room;
	bool varies[NR_AXES];
	bool keep_runs;
	struct result_run *run;
	u32 nr_runs, room_runs;
};

/* ---- results_read.c ---- */

/* Beside what options have set in it. KS_OK or KS_USAGE after a complaint; to be finished in any case */
int results_open(struct results *r, const char *path);
void results_finish(struct results *r);
/* "max:all_tasks.runtime_ns"; without max: or min:, less is better. KS_OK or KS_USAGE */
int figure_take(struct results *r, const char *text);
/* All groups, with their cells. KS_OK or KS_USAGE after a complaint */
int results_read(struct results *r);
/* Do all of them have the same there, and something? An axis that is not told apart says nothing. */
bool axis_is_common(const struct results *r, u32 axis);
/* Which of them no other is better than, in all figures. */
void results_front(struct results *r);
/* KS_USAGE after SQLite's complaint of the last statement */
int results_fail(const struct results *r);
/* "BETWEEN ?1 AND ?2" in @st are the ids that begin so, in hexadecimal, 16 digits being all of one. */
void results_bind_ids(struct sqlite3_stmt *st, const char *begin);
/* Of the run whose hexadecimal id begins so; to be freed. NULL after a complaint */
char *results_command(struct results *r, const char *id);

/* ---- results_table.c ---- */

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_MARKDOWN };

void results_table(const struct results *r, enum format format, u32 nr);
int results_findings(struct results *r, enum format format);
/* its schedule: to standard output */
int results_finding(struct results *r, const char *id);

/* ---- results_against.c ---- */

struct gate;
/* KS_OK; KS_FAILED: a gate holds of a configuration; KS_USAGE after a complaint */
int results_against(struct results *now, struct results *before, const struct gate *gate,
		    u32 nr_gates, bool significant);

/* ---- results_html.c ---- */

int results_html(struct results *r, const char *path);

#endif
