// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog_stream.c - a program's standard output and error: kernel/bpf/stream.c.
 *
 * What bpf_stream_vprintk() printed is kept until user space reads it, each byte once:
 *
 *	text  [ read already | read next ........... | room ]
 *	                     ^ at                    ^ len
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "bpf/prog_priv.h"

#define STREAM_BYTES_MAX 100000 /* BPF_STREAM_MAX_CAPACITY: of what nobody has read */

static struct prog_stream *stream_of(struct prog *prog, u32 id)
{
	return id >= BPF_STREAM_STDOUT && id <= BPF_STREAM_STDERR ?
		       &prog->streams[id - BPF_STREAM_STDOUT] :
		       NULL;
}

int prog_stream_print(struct prog *prog, u32 id, const char *text, u32 len)
{
	struct prog_stream *s = stream_of(prog, id);
	char *grown;

	if (!s)
		return -ENOENT;
	if (s->len - s->at + len >= STREAM_BYTES_MAX)
		return -ENOSPC;
	if (s->at) {
		memmove(s->text, s->text + s->at, s->len - s->at);
		s->len -= s->at;
		s->at = 0;
	}
	grown = realloc(s->text, s->len + len + 1);
	shortage_on(!grown, "out of memory for a program's stream");
	memcpy(grown + s->len, text, len);
	s->text = grown;
	s->len += len;
	return 0;
}

int prog_stream_read(struct prog *prog, u32 id, char *buf, u32 len)
{
	struct prog_stream *s = stream_of(prog, id);

	if (!s)
		return -ENOENT;
	len = min(len, s->len - s->at);
	if (len) {
		memcpy(buf, s->text + s->at, len);
		s->at += len;
	}
	return (int)len;
}

void prog_streams_finish(struct prog *prog)
{
	for (u32 i = 0; i < ARRAY_SIZE(prog->streams); i++)
		free(prog->streams[i].text);
}
