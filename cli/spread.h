/* SPDX-License-Identifier: GPL-2.0-only */
/* spread.h - what several seeds' runs came to together: their medians, and how far they spread. */
#ifndef KS_CLI_SPREAD_H
#define KS_CLI_SPREAD_H

#include "compare.h"

#define SPREAD_NAMED_MAX 5 /* seeds that are named, of those whose verdict is not ok */

struct spread {
	struct column column;
	uint64_t *seed; /* by run that was added; NULL: of too many runs or of one, nothing is kept */
	unsigned int nr, nr_not_ok;
	uint64_t not_ok[SPREAD_NAMED_MAX]; /* the first of them */
};

void spread_begin(struct spread *s, uint64_t nr_runs);
bool spread_wants(const struct spread *s);
/* The run of @seed, whose summary is at @path; one that has none does not count. */
void spread_add(struct spread *s, uint64_t seed, const char *path);
/* "; the verdict of 5 is ok, not of seed 3" */
void spread_verdicts(const struct spread *s, FILE *to);
void spread_print(struct spread *s, FILE *to);
void spread_finish(struct spread *s);

#endif
