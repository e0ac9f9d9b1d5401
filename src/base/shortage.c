// SPDX-License-Identifier: GPL-2.0-only
/* shortage.c - see shortage.h. */
#include "base/shortage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/state.h"

void shortage_ends_by(void (*end)(void))
{
	base_state.shortage_end = end;
}

void half_file_begin(struct half_file *h, const char *path)
{
	*h = (struct half_file){ .path = path, .owner = getpid(), .next = base_state.half_files };
	base_state.half_files = h;
}

void half_file_end(struct half_file *h)
{
	struct half_file **at = &base_state.half_files;

	while (*at && *at != h)
		at = &(*at)->next;
	if (*at)
		*at = h->next;
	h->path = NULL;
}

/* Nothing here allocates: standard error has no buffer. */
void shortage_report(const char *fmt, ...)
{
	va_list ap;

	fputs("kickstand: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	for (struct half_file *h = base_state.half_files; h; h = h->next)
		if (h->owner == getpid())
			unlink(h->path);
	if (base_state.shortage_end)
		base_state.shortage_end();
	abort();
}

void *shortage_calloc(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	shortage_on(!p && nr && size, "out of memory for %zu bytes", nr * size);
	return p;
}
