// SPDX-License-Identifier: GPL-2.0-only
/* why.c - see why.h. */
#include "trace/why.h"

#include <errno.h>

int why_print(struct trace_reader *r, const struct why_question *q, FILE *out)
{
	struct trace_line e;
	int ret;

	while ((ret = trace_reader_next(r, &e)) > 0)
		;
	return ret ? ret : trace_reader_fail(r, "why is not written yet");
}
