/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * why.h - why a task waited: where it was put and by whom, which CPUs were allowed and
 * what they did meanwhile, which kick came and which did not.
 */
#ifndef KS_TRACE_WHY_H
#define KS_TRACE_WHY_H

#include <stdio.h>

#include "trace/reader.h"

struct why_question {
	const char *task; /* a pid, a comm or comm-pid; NULL: whoever waited longest */
	bool has_at;
	u64 at_ns; /* the wait at that moment */
	bool json;
};

/* All of @r is read. 0, or -errno with the message in @r, nothing being printed then. */
int why_print(struct trace_reader *r, const struct why_question *q, FILE *out);

#endif
