/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html.h - a trace as one HTML file that shows it: lanes of CPUs, kicks, queues, and what
 * explain says of each kick. It needs a browser and nothing else. The page's own files
 * are in html/; docs/html.md says what it shows and how its data is laid out.
 */
#ifndef KS_TRACE_HTML_H
#define KS_TRACE_HTML_H

#include "trace/out.h"
#include "trace/reader.h"

/*
 * The whole rest of @r as a page into @out, which stays open; spool.h's write(). 0;
 * -EINVAL: the trace is none, the message is in @r; another -errno.
 */
int trace_html_write(struct trace_reader *r, struct trace_out *out, const void *arg);

#endif
