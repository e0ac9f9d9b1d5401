/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * packed.h - bytes as they travel inside of an HTML page: deflated, and in base64, in
 * lines. A browser has both by heart (atob, DecompressionStream("deflate")).
 */
#ifndef KS_TRACE_PACKED_H
#define KS_TRACE_PACKED_H

#include <zlib.h>

#include "trace/out.h"

struct packed {
	struct trace_out *out;
	z_stream z;
	u8 pending[3]; /* of a group of three that base64 turns into four */
	u32 nr_pending, column;
};

/* 0 or -ENOMEM. @out stays the caller's; it remembers what could not be written. */
int packed_begin(struct packed *p, struct trace_out *out);
void packed_write(struct packed *p, const void *data, size_t len);
/* The rest of it. In any case. */
void packed_end(struct packed *p);

#endif
