/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pb.h - writes protobuf's wire format into a buffer that grows. A message within
 * a message is begun and ended; its length is put before it when it is known:
 *
 *	pb_reset(&pb);
 *	packet = pb_begin(&pb, 1);
 *	pb_uint(&pb, 8, 1000);			0a 03 40 e8 07
 *	pb_end(&pb, packet);
 */
#ifndef KS_TRACE_PB_H
#define KS_TRACE_PB_H

#include "base/types.h"

struct pb {
	u8 *data;
	size_t len, size;
	bool failed; /* no memory: what is in it is worth nothing */
};

void pb_reset(struct pb *pb);
void pb_finish(struct pb *pb);
void pb_uint(struct pb *pb, u32 field, u64 v); /* also int64, bool, enum */
/* a number alone, without a field: for streams of varints that are no protobuf */
void pb_bare(struct pb *pb, u64 v);
void pb_bare_signed(struct pb *pb, s64 v); /* zigzag: small either side of 0 */
void pb_fixed64(struct pb *pb, u32 field, u64 v);
void pb_string(struct pb *pb, u32 field, const char *text);
void pb_raw(struct pb *pb, const void *data, size_t n);
size_t pb_begin(struct pb *pb, u32 field);
void pb_end(struct pb *pb, size_t begun);

#endif
