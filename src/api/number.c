// SPDX-License-Identifier: GPL-2.0-only
/* number.c - integers as C writes them; strtoull() alone also takes blanks, "+1" and " -1". */
#include "api/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool number_begins(const char *text, u64 *v, bool *negative, const char **end)
{
	char *behind;

	*negative = *text == '-';
	if (!isdigit((unsigned char)text[*negative]))
		return false;
	errno = 0;
	*v = *negative ? (u64)strtoll(text, &behind, 0) : strtoull(text, &behind, 0);
	*end = behind;
	return !errno;
}

bool number_is(const char *text, u64 *v, bool *negative)
{
	const char *end;

	return number_begins(text, v, negative, &end) && !*end;
}
