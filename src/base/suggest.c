// SPDX-License-Identifier: GPL-2.0-only
/* suggest.c - see suggest.h. */
#include "base/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 48 /* longer ones are no slips of a finger */

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Letters to add, drop, change, or swap with the next to make one word of the other. Row by
 * row; a swap looks two rows back.
 */
static u32 edit_distance(const char *a, const char *b)
{
	u32 rows[3][WORD_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	u32 na = (u32)strlen(a), nb = (u32)strlen(b);

	for (u32 j = 0; j <= nb; j++)
		last[j] = j;
	for (u32 i = 1; i <= na; i++) {
		row[0] = i;
		for (u32 j = 1; j <= nb; j++) {
			row[j] = min(min(last[j], row[j - 1]) + 1,
				     last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = min(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[nb];
}

void suggest_try(struct suggestion *s, const char *name)
{
	size_t len = strlen(s->word);
	u32 near = len < 3 ? 0 : len < 6 ? 1 : (u32)len / 3, d;

	if (len > WORD_MAX || strlen(name) > WORD_MAX)
		return;
	d = edit_distance(s->word, name);
	if (d > near || (s->best && d >= s->distance))
		return;
	s->best = name;
	s->distance = d;
}

const char *suggest_text(const struct suggestion *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->best)
		snprintf(buf, size, "; did you mean '%s'?", s->best);
	return buf;
}
