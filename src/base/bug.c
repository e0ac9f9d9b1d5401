// SPDX-License-Identifier: GPL-2.0-only
/* bug.c - the report of a failed check. */
#include "base/bug.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/state.h"

void bug_report(const char *file, int line, const char *cond, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "kickstand: bug at %s:%d (%s): ", file, line, cond);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (base_state.bug_context)
		base_state.bug_context();
	abort();
}
