// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "trace/state.h"

#define BIG_BYTES (1ULL << 30)

struct trace_state trace_state = { .big_bytes = BIG_BYTES };

void trace_reset(void)
{
	trace_state = (struct trace_state){ .big_bytes = trace_state.big_bytes,
					    .catalogue = trace_state.catalogue,
					    .fields = trace_state.fields };
}
