/* SPDX-License-Identifier: GPL-2.0-only */
/* tracecmd_format.h - the texts that say how records of a .dat file are laid out. */
#ifndef KS_TRACE_TRACECMD_FORMAT_H
#define KS_TRACE_TRACECMD_FORMAT_H

#include <stdio.h>

#include "trace/value.h"

#define TC_PAGE_BYTES 4096
#define TC_TEXT_BYTES 32 /* of a field that is a word */
#define TC_OWN_ID 1000	 /* common_type of our event 0 */

/* the kernel's; their numbers are any, the formats tell them */
enum tc_sched_id {
	TC_SCHED_MIGRATE_TASK = 315,
	TC_SCHED_SWITCH,
	TC_SCHED_WAKEUP_NEW,
	TC_SCHED_WAKEUP,
	TC_SCHED_WAKING,
};

/* Those that the kernel has go by its format. */
bool tc_is_kernels(enum trace_event_id id);
/* All that comes before the names of tasks; no error but the stream's own. */
void tc_formats_write(FILE *out, const struct trace_catalogue *c, bool comm_dynamic);
/* a length of 64 bits, then the text */
void tc_text_write(FILE *out, const char *text, size_t len);

#endif
