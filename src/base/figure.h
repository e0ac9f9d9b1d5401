/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figure.h - figures of a summary by their paths, as scenarios and comparisons name them:
 *
 *	tasks.hog-0.wait_ns			a time, in ns
 *	max(tasks.sleeper-*.queue_wait_ns.max)	of all that the pattern fits
 */
#ifndef KS_BASE_FIGURE_H
#define KS_BASE_FIGURE_H

#include <stddef.h>
#include "base/types.h"

enum aggregate {
	AGGREGATE_NONE,
	AGGREGATE_MAX,
	AGGREGATE_MIN,
	AGGREGATE_SUM,
	AGGREGATE_MEAN,
	NR_AGGREGATES,
};

/* "max"; of none, "" */
const char *aggregate_name(enum aggregate kind);
/* "max(PATH)": where PATH is, of @len bytes; AGGREGATE_NONE: @text is no such thing */
enum aggregate aggregate_parse(const char *text, const char **path, size_t *len);
/* Of @nr values, which come to @have, and @v; a mean is their sum until it is divided by their number */
s64 aggregate_add(enum aggregate kind, s64 have, u64 nr, s64 v);

/* Is the figure a time, in ns? */
bool figure_is_time(const char *path);

#endif
