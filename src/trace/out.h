/* SPDX-License-Identifier: GPL-2.0-only */
/* out.h - the file that a sink writes (base/whole_file.h), and how much it has become. */
#ifndef KS_TRACE_OUT_H
#define KS_TRACE_OUT_H

#include "base/whole_file.h"

struct trace_out {
	struct whole_file to;
	u64 bytes; /* of trace so far, spools included */
	bool told; /* that they are many */
};

/* as whole_file_open(), _borrow() and _close() */
int trace_out_open(struct trace_out *o, const char *path);
void trace_out_borrow(struct trace_out *o, FILE *file);
int trace_out_close(struct trace_out *o, bool commit);
void trace_out_write(struct trace_out *o, const void *data, size_t len);
/* @len bytes went to a spool of @o. */
void trace_out_count(struct trace_out *o, size_t len);

#endif
