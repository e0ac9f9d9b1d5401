/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan.h - small readers of text lines. Each takes what it knows from *@at, and moves it
 * behind that; where it does not, it says false.
 *
 *	skip(&at, "nr_run=") && number_take(&at, UINT32_MAX, &n)
 */
#ifndef KS_TRACE_SCAN_H
#define KS_TRACE_SCAN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/types.h"

static inline bool skip(const char **at, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*at, text, n))
		return false;
	*at += n;
	return true;
}

/* decimal digits, without sign or blanks before them, up to @max */
static inline bool number_take(const char **at, u64 max, u64 *out)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*out = strtoull(*at, &end, 10);
	*at = end;
	return !errno && *out <= max;
}

#endif
