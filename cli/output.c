// SPDX-License-Identifier: GPL-2.0-only
/* output.c - see cli.h: files that are there whole or not at all. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"

static bool is_special(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

static int open_beside(struct output *out)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if (asprintf(&out->temporary, "%s.XXXXXX", out->path) < 0) {
		out->temporary = NULL;
		return -1;
	}
	fd = mkstemp(out->temporary);
	if (fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return -1;
	}
	fchmod(fd, 0666 & ~mask);
	return fd;
}

int output_open(struct output *out, const char *path)
{
	int fd;

	*out = (struct output){ .path = path };
	if (!path)
		return KS_OK;
	if (!strcmp(path, "-")) {
		out->file = stdout;
		return KS_OK;
	}
	if (is_special(path)) {
		out->file = fopen(path, "w");
	} else {
		fd = open_beside(out);
		out->file = fd < 0 ? NULL : fdopen(fd, "w");
	}
	return out->file ? KS_OK :
			   complain(KS_USAGE, "%s: cannot be written: %s", path, strerror(errno));
}

/* Of a stream that only remembers that a write failed, nobody can say why any more. */
static const char *reason(int err)
{
	return err ? strerror(err) : "an earlier write failed";
}

void output_check(struct output *out)
{
	if (out->file && !out->err && ferror(out->file))
		out->err = errno;
}

static bool finish_file(struct output *out)
{
	bool ok = !fflush(out->file) && !ferror(out->file);

	if (out->file != stdout)
		ok = !fclose(out->file) && ok;
	out->file = NULL;
	return ok;
}

int flush_output(void)
{
	errno = 0;
	return fflush(stdout) || ferror(stdout) ?
	       complain(KS_USAGE, "standard output cannot be written: %s", reason(errno)) : KS_OK;
}

int output_commit(struct output *out)
{
	bool ok;

	if (!out->file)
		return KS_OK;
	errno = 0;
	ok = finish_file(out);
	if (ok && out->temporary)
		ok = !rename(out->temporary, out->path);
	if (!ok) {
		complain(KS_USAGE, "%s: cannot be written: %s", out->path,
			 reason(out->err ? out->err : errno));
		output_drop(out);
		return KS_USAGE;
	}
	free(out->temporary);
	out->temporary = NULL;
	return KS_OK;
}

void output_drop(struct output *out)
{
	if (out->file)
		finish_file(out);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	out->temporary = NULL;
}
