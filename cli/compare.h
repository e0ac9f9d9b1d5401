/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare.h - `kickstand compare`: figures of summaries, what changed, and whether that is
 * more than chance.
 *
 *	struct column		a file: one run, or the runs of --seeds
 *	struct sample		one of its figures, by run
 *	struct change		how one file's sample differs from the first file's
 *	struct gate		a --fail-if
 */
#ifndef KS_CLI_COMPARE_H
#define KS_CLI_COMPARE_H

#include <jansson.h>
#include "base/figure.h"
#include "cli.h"

#define FILES_MAX 64
#define CHANCE_PERCENT 5 /* a difference that chance makes as often, or oftener, is unsure */

/* one figure of one file */
struct sample {
	char *path; /* "groups.hog-*.wait_ns" */
	int64_t *v; /* by run */
	int64_t *sorted;
	const char **text; /* of strings, by run; text[0] NULL: numbers */
	unsigned int nr;
};

struct column {
	const char *name;
	json_t *json;
	struct sample *sample;
	unsigned int nr, nr_runs;
	bool (*wanted)(const char *path); /* NULL: all figures are kept */
};

/* ---- compare_read.c ---- */

/* KS_OK, or KS_USAGE after a complaint. To be finished in any case. */
int column_read(struct column *c, const char *path, const char *name);
/* Of figures that are there already: an array of runs, which becomes its own. */
void column_take(struct column *c, const char *name, json_t *runs);
void column_finish(struct column *c);
/* One run more, of nr_runs at most; its words are its JSON's. false: it is no summary */
bool column_add(struct column *c, const json_t *run);
/* Once all runs are there. */
void column_sort(struct column *c);
/* NULL: it has none */
const struct sample *sample_find(const struct column *c, const char *path);
const json_t *column_first_run(const struct column *c);
/* least first */
void values_sort(int64_t *v, unsigned int nr);
int64_t column_number(const struct column *c, const char *key);

/* ---- compare_change.c ---- */

enum direction { NO_DIRECTION, LESS_IS_BETTER, MORE_IS_BETTER };

struct change {
	bool known;	/* both are numbers, and there */
	bool from_zero; /* no percentage has it */
	double percent; /* of the medians */
	bool tested;	/* both have several runs */
	double p;	/* how often chance would make a difference of means as large */
	enum direction direction;
};

int64_t sample_median(const struct sample *s);
void change_find(const struct sample *from, const struct sample *to, struct change *c);
bool change_unsure(const struct change *c);
/* "better", "worse", "unsure" or "" */
const char *change_word(const struct change *c);
/* "+12.5%", "from 0" */
const char *change_text(const struct change *c, char *buf, size_t size);
/* "12.34ms", "17" */
const char *value_text(const char *path, int64_t v, char *buf, size_t size);
/* What p is, in a sentence, if any file was tested against the first; "" if none was. */
const char *test_text(const struct column *c, unsigned int nr, char *buf, size_t size);

/* ---- compare_table.c ---- */

struct table_options {
	bool all; /* what is the same, and what is zero, too */
	bool markdown;
	bool bare; /* no changes: the columns are no before and after */
	int width; /* of a column */
};

#define CELL_WIDTH 30

/* Is @path of another section than the one before it? "groups.hog-*", or the first word. @last NULL: no */
bool new_section(const char *last, const char *path);
int table_print(const struct column *c, unsigned int nr, const struct table_options *o);

/* ---- compare_gate.c ---- */

struct gate {
	const char *text;	  /* as it was written */
	char *pattern;		  /* of paths */
	enum aggregate aggregate; /* of what it fits, by run */
	int op;
	bool relative; /* @value is a change in percent */
	double value;
	char *word; /* to be compared with text; NULL: @value */
};

/* KS_OK, or KS_USAGE after a complaint. To be finished in any case. */
int gate_parse(struct gate *g, const char *text);
void gate_finish(struct gate *g);
/*
 * KS_OK; KS_FAILED: it holds of a file after the first (of the only one), and @out says which
 * figure, a line each; KS_USAGE after a complaint. @significant: not if it is unsure
 */
int gate_check(const struct gate *g, const struct column *c, unsigned int nr, bool significant,
	       FILE *out);

#endif
