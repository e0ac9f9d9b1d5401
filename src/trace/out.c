// SPDX-License-Identifier: GPL-2.0-only
/* out.c - see out.h. */
#include "trace/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool written_in_place(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

static void out_free(struct trace_out *o)
{
	free(o->path);
	free(o->temp);
	*o = (struct trace_out){ 0 };
}

static int open_file(struct trace_out *o)
{
	int fd = open(o->temp ? o->temp : o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int saved;

	o->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (o->file)
		return 0;
	saved = errno;
	if (fd >= 0)
		close(fd);
	return -saved;
}

void trace_out_borrow(struct trace_out *o, FILE *file)
{
	*o = (struct trace_out){ .file = file, .borrowed = true };
}

FILE *trace_out_spool(const struct trace_out *o)
{
	char *name;
	FILE *f;

	if (!o->temp)
		return tmpfile();
	if (asprintf(&name, "%s.spool", o->temp) < 0)
		return NULL;
	f = fopen(name, "w+e");
	if (f)
		unlink(name);
	free(name);
	return f;
}

int trace_out_open(struct trace_out *o, const char *path)
{
	int ret;

	*o = (struct trace_out){ 0 };
	if (!strcmp(path, "-")) {
		trace_out_borrow(o, stdout);
		return 0;
	}
	o->path = strdup(path);
	if (!o->path)
		return -ENOMEM;
	if (!written_in_place(path) && asprintf(&o->temp, "%s.%d.tmp", path, getpid()) < 0) {
		o->temp = NULL;
		out_free(o);
		return -ENOMEM;
	}
	ret = open_file(o);
	if (ret)
		out_free(o);
	return ret;
}

void (*trace_big)(const char *path, u64 bytes);
u64 trace_big_bytes = 1ULL << 30;

void trace_out_count(struct trace_out *o, size_t len)
{
	o->bytes += len;
	if (likely(o->bytes <= trace_big_bytes) || o->told || !o->path)
		return;
	o->told = true;
	if (trace_big)
		trace_big(o->path, o->bytes);
}

void trace_out_write(struct trace_out *o, const void *data, size_t len)
{
	trace_out_count(o, len);
	errno = 0;
	if (fwrite(data, len, 1, o->file) != 1 && len && !o->err)
		o->err = errno ? -errno : -EIO;
}

/* What failed first says why; a later write may have gone well. */
static int flush_and_close(struct trace_out *o)
{
	int ret;

	if (!o->err && ferror(o->file))
		o->err = -EIO;
	errno = 0;
	ret = o->borrowed ? fflush(o->file) : fclose(o->file);
	if (ret && !o->err)
		o->err = errno ? -errno : -EIO;
	return o->err;
}

int trace_out_close(struct trace_out *o, bool commit)
{
	int ret = flush_and_close(o);

	if (o->temp && !ret && commit && rename(o->temp, o->path))
		ret = -errno;
	if (o->temp && (ret || !commit))
		unlink(o->temp);
	out_free(o);
	return ret;
}
