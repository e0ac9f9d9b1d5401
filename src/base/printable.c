// SPDX-License-Identifier: GPL-2.0-only
/*
 * printable.c - see printable.h. Control characters are C0, DEL, and C1 as UTF-8 has
 * them (0xc2 0x80 to 0xc2 0x9f).
 */
#include "base/printable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static bool is_c1(const char *text)
{
	return (unsigned char)text[0] == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80;
}

static void clean(char *text, const char *stay)
{
	for (; *text; text++) {
		if (is_c1(text))
			text[0] = text[1] = '?';
		else if (is_control(*text) && !strchr(stay, *text))
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
