// SPDX-License-Identifier: GPL-2.0-only
/* whole_file.c - see whole_file.h. */
#include "base/whole_file.h"

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

/* where @owner writes it until it is complete; NULL: no memory */
static char *temp_of(const char *path, pid_t owner)
{
	char *temp;

	return asprintf(&temp, "%s.%d.tmp", path, owner) < 0 ? NULL : temp;
}

static void forget(struct whole_file *w)
{
	half_file_end(&w->half);
	free(w->path);
	free(w->temp);
	*w = (struct whole_file){ 0 };
}

static int open_stream(struct whole_file *w)
{
	int fd = open(w->temp ? w->temp : w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int saved;

	if (fd >= 0 && w->temp)
		half_file_begin(&w->half, w->temp);
	w->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (w->file)
		return 0;
	saved = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && w->temp)
		unlink(w->temp);
	return -saved;
}

void whole_file_borrow(struct whole_file *w, FILE *file)
{
	*w = (struct whole_file){ .file = file, .borrowed = true };
}

FILE *whole_file_spool(const struct whole_file *w)
{
	char *name;
	FILE *f;

	if (!w->temp)
		return tmpfile();
	if (asprintf(&name, "%s.spool", w->temp) < 0)
		return NULL;
	f = fopen(name, "w+e");
	if (f)
		unlink(name);
	free(name);
	return f;
}

int whole_file_open(struct whole_file *w, const char *path)
{
	int ret;

	*w = (struct whole_file){ 0 };
	if (!strcmp(path, "-")) {
		whole_file_borrow(w, stdout);
		return 0;
	}
	w->path = strdup(path);
	if (!w->path)
		return -ENOMEM;
	if (!written_in_place(path)) {
		w->temp = temp_of(path, getpid());
		if (!w->temp) {
			forget(w);
			return -ENOMEM;
		}
	}
	ret = open_stream(w);
	if (ret)
		forget(w);
	return ret;
}

void whole_file_check(struct whole_file *w)
{
	if (!w->err && ferror(w->file))
		w->err = errno ? -errno : -EIO;
}

/* What failed first says why; a later write may have gone well. */
static int finish_stream(struct whole_file *w)
{
	int ret;

	errno = 0;
	whole_file_check(w);
	ret = w->borrowed ? fflush(w->file) : fclose(w->file);
	if (ret && !w->err)
		w->err = errno ? -errno : -EIO;
	return w->err;
}

int whole_file_close(struct whole_file *w, bool commit)
{
	int ret = finish_stream(w);

	if (w->temp && !ret && commit && rename(w->temp, w->path))
		ret = -errno;
	if (w->temp && (ret || !commit))
		unlink(w->temp);
	forget(w);
	return ret;
}

void whole_file_drop_half(const char *path, pid_t owner)
{
	char *temp = temp_of(path, owner);

	if (temp)
		unlink(temp);
	free(temp);
}

int file_copy(FILE *from, FILE *to)
{
	char buf[65536];
	size_t n;

	errno = 0;
	while ((n = fread(buf, 1, sizeof(buf), from)))
		if (fwrite(buf, 1, n, to) != n)
			break;
	return ferror(from) || fflush(to) || ferror(to) ? -(errno ? errno : EIO) : 0;
}

bool whole_file_replaces(const char *path, const char *in)
{
	struct stat a, b;

	return !(strcmp(in, "-") ? stat(in, &a) : fstat(STDIN_FILENO, &a)) && !stat(path, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino && S_ISREG(a.st_mode);
}
