// SPDX-License-Identifier: GPL-2.0-only
/* text_stream.c - see text_stream.h. */
#include "base/text_stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/shortage.h"
#include "base/types.h"

struct text {
	char **text;
	size_t *len, room;
};

static ssize_t text_write(void *cookie, const char *buf, size_t n)
{
	struct text *t = cookie;

	if (*t->len + n >= t->room) {
		t->room = max(2 * t->room, *t->len + n + 1);
		*t->text = realloc(*t->text, t->room);
		shortage_on(!*t->text, "out of memory for a text");
	}
	memcpy(*t->text + *t->len, buf, n);
	*t->len += n;
	(*t->text)[*t->len] = '\0';
	return (ssize_t)n;
}

/* ftell() asks here. */
static int text_seek(void *cookie, off64_t *at, int whence)
{
	const struct text *t = cookie;

	if (*at || whence == SEEK_SET)
		return -1;
	*at = (off64_t)*t->len;
	return 0;
}

static int text_close(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *text_stream(char **text, size_t *len)
{
	static const cookie_io_functions_t io = {
		.write = text_write,
		.seek = text_seek,
		.close = text_close,
	};
	struct text *t = malloc(sizeof(*t));
	FILE *f = t ? fopencookie(t, "w", io) : NULL;

	*text = calloc(1, 1);
	*len = 0;
	shortage_on(!f || !*text, "out of memory for a text");
	*t = (struct text){ text, len, 1 };
	return f;
}
