// SPDX-License-Identifier: GPL-2.0-only
/* output.c - see cli.h: what a command writes, with a line about what could not be. */
#include <errno.h>
#include <string.h>
#include "cli.h"

int output_open(struct output *out, const char *path)
{
	int err;

	*out = (struct output){ .path = path };
	err = path ? whole_file_open(&out->to, path) : 0;
	out->file = out->to.file;
	return err ? complain(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err)) : KS_OK;
}

void output_check(struct output *out)
{
	if (out->file)
		whole_file_check(&out->to);
}

int flush_output(void)
{
	errno = 0;
	return fflush(stdout) || ferror(stdout) ?
		       complain(KS_USAGE, "standard output cannot be written: %s",
				errno ? strerror(errno) : "an earlier write failed") :
		       KS_OK;
}

int output_commit(struct output *out)
{
	int err = out->file ? whole_file_close(&out->to, true) : 0;

	out->file = NULL;
	return err ? complain(KS_USAGE, "%s: cannot be written: %s", out->path, strerror(-err)) :
		     KS_OK;
}

void output_drop(struct output *out)
{
	if (out->file)
		whole_file_close(&out->to, false);
	out->file = NULL;
}
