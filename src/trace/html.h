/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html.h - a trace as one HTML file that shows it: lanes of CPUs, kicks, queues, and what
 * explain says of each kick. It needs a browser and nothing else. The page's own files
 * are in html/; docs/html.md says what it shows and how its data is laid out.
 */
#ifndef KS_TRACE_HTML_H
#define KS_TRACE_HTML_H

#include "trace/reader.h"

/*
 * The whole rest of @r as a page at @path. 0; -EINVAL or another -errno of reading, with
 * *@unreadable set and the message in @r; -errno of writing. Nothing half-written is left.
 */
int trace_html_write(struct trace_reader *r, const char *path, bool *unreadable);
/*
 * A sink that makes the page of what it gets. 0 or -errno, nothing being left behind.
 * @about, @place: as of a text trace, which it spools.
 */
int trace_html_create(const char *path, const char *about, u32 nr_cpus,
		      const struct trace_place *place, struct trace_sink **out);

#endif
