/* SPDX-License-Identifier: GPL-2.0-only */
/* file.h - a trace file in the format that its name asks for. */
#ifndef KS_TRACE_FILE_H
#define KS_TRACE_FILE_H

#include "trace/trace.h"

/* for people: "text (.txt), ..." */
#define TRACE_FILE_ENDINGS "Perfetto (.pftrace), trace-cmd (.dat) or text (.txt)"

/* what is traced */
struct trace_machine {
	const char *about; /* "kernel 7.3, 8 cpus, seed 1" */
	u32 nr_cpus;
	const struct trace_place *place; /* of each CPU */
	bool comm_dynamic;		 /* see tracecmd.h */
};

/*
 * @path: its ending says which; "-" is text on standard output. 0; -EINVAL: the ending
 * is none of ours; another -errno: it cannot be written, nothing is left behind.
 * trace_sink_close() ends it.
 */
int trace_file_create(const char *path, const struct trace_machine *m, struct trace_sink **out);

#endif
