// SPDX-License-Identifier: GPL-2.0-only
/* file_text.c - see file_text.h. */
#include "base/file_text.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_BYTES 4096

/* 0 or -errno; *@text is the caller's to free either way */
static int read_all(FILE *f, size_t most, char **text, size_t *n)
{
	size_t room = FIRST_BYTES, got;
	char *more;

	*n = 0;
	*text = malloc(room + 1);
	while (*text && (got = fread(*text + *n, 1, room - *n, f)) > 0) {
		*n += got;
		if (*n > most)
			return -EFBIG;
		if (*n < room)
			continue;
		room *= 2;
		more = realloc(*text, room + 1);
		if (!more)
			return -ENOMEM;
		*text = more;
	}
	if (!*text)
		return -ENOMEM;
	(*text)[*n] = '\0';
	return ferror(f) ? -(errno ?: EIO) : 0;
}

char *stream_text(FILE *f, size_t most, size_t *len)
{
	char *text;
	size_t n;
	int err;

	errno = 0;
	err = read_all(f, most, &text, &n);
	if (err) {
		free(text);
		text = NULL;
		n = 0;
		errno = -err;
	}
	if (len)
		*len = n;
	return text;
}

char *file_text(const char *path, size_t most, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text;
	int saved;

	if (len)
		*len = 0;
	if (!f)
		return NULL;
	text = stream_text(f, most, len);
	saved = errno;
	fclose(f);
	errno = saved;
	return text;
}
