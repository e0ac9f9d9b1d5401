// SPDX-License-Identifier: GPL-2.0-only
/* out.c - see out.h. */
#include "trace/out.h"
#include "trace/state.h"

#include <errno.h>

int trace_out_open(struct trace_out *o, const char *path)
{
	*o = (struct trace_out){ 0 };
	return whole_file_open(&o->to, path);
}

void trace_out_borrow(struct trace_out *o, FILE *file)
{
	*o = (struct trace_out){ 0 };
	whole_file_borrow(&o->to, file);
}

int trace_out_close(struct trace_out *o, bool commit)
{
	return whole_file_close(&o->to, commit);
}

void trace_out_count(struct trace_out *o, size_t len)
{
	o->bytes += len;
	if (likely(o->bytes <= trace_state.big_bytes) || o->told || !o->to.path)
		return;
	o->told = true;
	if (trace_state.big)
		trace_state.big(o->to.path, o->bytes);
}

void trace_out_write(struct trace_out *o, const void *data, size_t len)
{
	trace_out_count(o, len);
	errno = 0;
	if (fwrite(data, len, 1, o->to.file) != 1 && len && !o->to.err)
		o->to.err = errno ? -errno : -EIO;
}
