/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svg.h - a picture of a time window: a lane for each CPU with the tasks that run,
 * kicks as arrows from who asks to where the target comes to schedule(), coloured by
 * flags; a kick that came to nothing is a cross. One file, for papers and issues.
 */
#ifndef KS_TRACE_SVG_H
#define KS_TRACE_SVG_H

#include "trace/trace.h"

struct svg_options {
	const char *about;	/* the machine, for the caption */
	u32 nr_cpus;
	u64 from_ns, to_ns;	/* the window, from < to */
};

/*
 * 0 or -errno, nothing being left behind. trace_sink_close() ends it: -ERANGE if the
 * stream never came to the window.
 */
int trace_svg_create(const char *path, const struct svg_options *o, struct trace_sink **out);

#endif
