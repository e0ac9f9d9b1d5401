/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svg.h - a picture of a time window: a lane for each CPU, by node, LLC and core, with the
 * tasks that run; kicks as arrows from the call to where the target comes to schedule(),
 * coloured by flags and drawn by outcome, as the page of html.h does. One file, for papers
 * and issues.
 */
#ifndef KS_TRACE_SVG_H
#define KS_TRACE_SVG_H

#include "trace/out.h"
#include "trace/reader.h"

struct svg_window {
	u64 from_ns, to_ns; /* from < to */
	u32 kick; /* in its place: around that one, from 1, as explain numbers them; 0: none */
	const char *cpus; /* lanes of these only, as in "0-3,8"; NULL: of all */
};

/* Is it "0-3,8"? */
bool svg_cpus_are_list(const char *text);

/* a kick of the window that is not answered that long after it is drawn as open */
#define SVG_TAIL_NS (100 * NSEC_PER_MSEC)

/*
 * The whole rest of @r as a picture into @out, which stays open; spool.h's write(), @arg a
 * struct svg_window. 0; -EINVAL: the trace is none, the message is in @r; -ERANGE: it never
 * came to the window; -ENOENT: it has no such kick; -ENODEV: none of the CPUs; another -errno.
 */
int trace_svg_write(struct trace_reader *r, struct trace_out *out, const void *arg);

#endif
