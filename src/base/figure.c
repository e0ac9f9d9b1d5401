// SPDX-License-Identifier: GPL-2.0-only
/* figure.c - see figure.h. */
#include "base/figure.h"

#include <string.h>

static const char *const names[NR_AGGREGATES] = { "", "max", "min", "sum", "mean" };

const char *aggregate_name(enum aggregate kind)
{
	return names[kind];
}

enum aggregate aggregate_parse(const char *text, const char **path, size_t *len)
{
	size_t n = strlen(text), name;

	for (enum aggregate kind = AGGREGATE_MAX; kind < NR_AGGREGATES; kind++) {
		name = strlen(names[kind]);
		if (strncmp(text, names[kind], name) || text[name] != '(' || text[n - 1] != ')' ||
		    n < name + 3)
			continue;
		*path = text + name + 1;
		*len = n - name - 2;
		return kind;
	}
	return AGGREGATE_NONE;
}

s64 aggregate_add(enum aggregate kind, s64 have, u64 nr, s64 v)
{
	if (!nr)
		return v;
	if (kind == AGGREGATE_MAX)
		return max(have, v);
	return kind == AGGREGATE_MIN ? min(have, v) : have + v;
}

bool figure_is_time(const char *path)
{
	const char *at = strstr(path, "_ns");
	size_t n = strcspn(path, ")"); /* of an aggregate's pattern, without its end */

	return at && (!at[3] || at[3] == '.' || at[3] == ')') &&
	       !(n >= 6 && !strncmp(path + n - 6, ".count", 6));
}
