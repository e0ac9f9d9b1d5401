// SPDX-License-Identifier: GPL-2.0-only
/* error.c - the last error, and the log that a caller may listen to. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "api/handle.h"
#include "base/printable.h"

KS_PUBLIC const char *ks_error(void)
{
	return api_state.last_error;
}

/* One line that a terminal can be given, whatever the arguments held. */
static void flatten(char *s)
{
	for (char *nl = s; (nl = strpbrk(nl, "\n\r"));)
		*nl = ' ';
	make_printable(s);
}

int api_fail(enum ks_status status, const char *fmt, ...)
{
	char line[ERROR_MAX]; /* an argument may be the last error itself */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	flatten(line);
	snprintf(api_state.last_error, sizeof(api_state.last_error), "%s", line);
	return status;
}

void api_log(const struct ks_machine *km, enum ks_level level, const char *fmt, ...)
{
	char line[ERROR_MAX];
	va_list ap;

	if (!km || !km->opts.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	make_printable(line);
	api_callback_begin();
	km->opts.log(km->opts.log_arg, level, line);
	api_callback_end();
}
