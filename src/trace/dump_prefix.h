/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dump_prefix.h - what logs, traces and mails put before a line of a debug dump.
 *
 *	> Nov 11 12:00:01 host scx_fid[201]:  *R a[77] -712ms
 *	[   12.345678] sched_ext:  *R a[77] -712ms
 *	     drv-143  [000] d..2.  16.902510: sched_ext_dump:  *R a[77] -712ms
 *	# exit  *R a[77] -712ms
 */
#ifndef KS_TRACE_DUMP_PREFIX_H
#define KS_TRACE_DUMP_PREFIX_H

#include <stdbool.h>

#define DUMP_TRACE_MARK "sched_ext_dump: "

/*
 * The line behind its prefixes and blanks. @only_traced: of sched_ext_dump events, NULL for
 * other lines.
 */
char *dump_prefix_skip(char *line, bool only_traced);

#endif
