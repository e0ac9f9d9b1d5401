// SPDX-License-Identifier: GPL-2.0-only
/* pb.c - see pb.h. */
#include "trace/pb.h"

#include <stdlib.h>
#include <string.h>

#define VARINT_MAX 10

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

static bool room(struct pb *pb, size_t n)
{
	size_t size = pb->size ? pb->size : 512;
	u8 *more;

	if (pb->failed)
		return false;
	if (likely(pb->len + n <= pb->size))
		return true;
	while (size < pb->len + n)
		size *= 2;
	more = realloc(pb->data, size);
	if (!more) {
		pb->failed = true;
		return false;
	}
	pb->data = more;
	pb->size = size;
	return true;
}

static u32 varint_encode(u8 *to, u64 v)
{
	u32 n = 0;

	for (; v >= 0x80; v >>= 7)
		to[n++] = v | 0x80;
	to[n++] = v;
	return n;
}

static void varint(struct pb *pb, u64 v)
{
	if (room(pb, VARINT_MAX))
		pb->len += varint_encode(pb->data + pb->len, v);
}

static void tag(struct pb *pb, u32 field, enum wire_type type)
{
	varint(pb, (u64)field << 3 | type);
}

void pb_reset(struct pb *pb)
{
	pb->len = 0;
	pb->failed = false;
}

void pb_finish(struct pb *pb)
{
	free(pb->data);
	*pb = (struct pb){ 0 };
}

void pb_uint(struct pb *pb, u32 field, u64 v)
{
	tag(pb, field, WIRE_VARINT);
	varint(pb, v);
}

void pb_fixed64(struct pb *pb, u32 field, u64 v)
{
	tag(pb, field, WIRE_FIXED64);
	if (!room(pb, 8))
		return;
	for (u32 i = 0; i < 8; i++)
		pb->data[pb->len++] = v >> 8 * i;
}

void pb_raw(struct pb *pb, const void *data, size_t n)
{
	if (!room(pb, n))
		return;
	memcpy(pb->data + pb->len, data, n);
	pb->len += n;
}

void pb_string(struct pb *pb, u32 field, const char *text)
{
	size_t n = strlen(text);

	tag(pb, field, WIRE_BYTES);
	varint(pb, n);
	pb_raw(pb, text, n);
}

/* One byte is kept for the length: most messages need no more. */
size_t pb_begin(struct pb *pb, u32 field)
{
	tag(pb, field, WIRE_BYTES);
	if (room(pb, 1))
		pb->len++;
	return pb->len;
}

void pb_end(struct pb *pb, size_t begun)
{
	size_t n = pb->len - begun;
	u8 length[VARINT_MAX];
	u32 bytes;

	if (pb->failed)
		return;
	bytes = varint_encode(length, n);
	if (!room(pb, bytes))
		return;
	memmove(pb->data + begun - 1 + bytes, pb->data + begun, n);
	memcpy(pb->data + begun - 1, length, bytes);
	pb->len += bytes - 1;
}

/* ---- without fields ---- */

void pb_bare(struct pb *pb, u64 v)
{
	varint(pb, v);
}

void pb_bare_signed(struct pb *pb, s64 v)
{
	varint(pb, (u64)v << 1 ^ (u64)(v >> 63));
}
