/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spool.h - a sink for what is made of a whole trace: it keeps the records in a nameless file
 * beside the output, and what is told beside them in a reader, which a writer gets when the
 * stream ends. A page or a picture of a run is that of its text trace.
 */
#ifndef KS_TRACE_SPOOL_H
#define KS_TRACE_SPOOL_H

#include "trace/out.h"
#include "trace/reader.h"

struct spool_options {
	const char *about;
	u32 nr_cpus;
	const struct trace_place *place;
	u64 until_ns; /* later events are not kept */
	/* The whole of @r into @out, which stays open. 0 or -errno. */
	int (*write)(struct trace_reader *r, struct trace_out *out, const void *arg);
	const void *arg; /* copied */
	size_t arg_size;
};

/* 0 or -errno, nothing being left behind. trace_sink_close() ends it, with what write() says. */
int trace_spool_create(const char *path, const struct spool_options *o, struct trace_sink **out);

#endif
