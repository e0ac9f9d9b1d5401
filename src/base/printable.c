// SPDX-License-Identifier: GPL-2.0-only
/*
 * printable.c - see printable.h. Control characters are C0, DEL, and C1 as UTF-8 has
 * them (0xc2 0x80 to 0xc2 0x9f).
 */
#include "base/printable.h"

#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"

size_t control_bytes(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *)text;

	if (*c < ' ' || *c == 0x7f)
		return 1;
	return len > 1 && c[0] == 0xc2 && (c[1] & 0xe0) == 0x80 ? 2 : 0;
}

static void clean(char *text, const char *stay)
{
	for (; *text; text++) {
		const size_t n = control_bytes(text, 2); /* there is a NUL */

		if (n == 2)
			*text++ = '?';
		if (n && !strchr(stay, *text))
			*text = '?';
	}
}

void make_printable(char *text)
{
	clean(text, "\t");
}

void make_lines_printable(char *text)
{
	clean(text, "\t\n");
}

FILE *printable_begin(struct printable *p, FILE *out)
{
	*p = (struct printable){ .out = out };
	p->to = text_stream(&p->text, &p->len);
	return p->to;
}

int printable_end(struct printable *p)
{
	int err;

	fclose(p->to);
	make_lines_printable(p->text);
	err = fputs(p->text, p->out) < 0 ? -1 : 0;
	free(p->text);
	return err;
}
