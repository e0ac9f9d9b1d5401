// SPDX-License-Identifier: GPL-2.0-only
/* packed.c - see packed.h. */
#include "trace/packed.h"

#include <errno.h>
#include <string.h>

#define DEFLATED_BYTES 16384
#define LINE_COLUMNS 120 /* a multiple of 4 */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Up to three bytes as four characters. */
static void group_put(struct packed *p)
{
	const u8 *b = p->pending;
	char four[5] = {
		digits[b[0] >> 2],
		digits[(b[0] & 3) << 4 | b[1] >> 4],
		p->nr_pending > 1 ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=',
		p->nr_pending > 2 ? digits[b[2] & 63] : '=',
		'\n',
	};

	p->column = (p->column + 4) % LINE_COLUMNS;
	trace_out_write(p->out, four, p->column ? 4 : 5);
	memset(p->pending, 0, sizeof(p->pending));
	p->nr_pending = 0;
}

static void base64_put(struct packed *p, const u8 *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		p->pending[p->nr_pending++] = data[i];
		if (p->nr_pending == sizeof(p->pending))
			group_put(p);
	}
}

static void deflate_all(struct packed *p, int flush)
{
	u8 deflated[DEFLATED_BYTES];

	do {
		p->z.next_out = deflated;
		p->z.avail_out = sizeof(deflated);
		deflate(&p->z, flush);
		base64_put(p, deflated, sizeof(deflated) - p->z.avail_out);
	} while (!p->z.avail_out);
}

int packed_begin(struct packed *p, struct trace_out *out)
{
	*p = (struct packed){ .out = out };
	return deflateInit(&p->z, Z_DEFAULT_COMPRESSION) == Z_OK ? 0 : -ENOMEM;
}

void packed_write(struct packed *p, const void *data, size_t len)
{
	p->z.next_in = (Bytef *)data;
	p->z.avail_in = len;
	deflate_all(p, Z_NO_FLUSH);
}

void packed_end(struct packed *p)
{
	deflate_all(p, Z_FINISH);
	if (p->nr_pending)
		group_put(p);
	deflateEnd(&p->z);
}
