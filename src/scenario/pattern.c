// SPDX-License-Identifier: GPL-2.0-only
/*
 * pattern.c - regular expressions of files, which may be anybody's: what they cost the
 * C library is bounded before it sees them.
 *
 * It compiles a group within a group by recursion, copies what is repeated, and follows
 * back-references through every way to match. So depth and size are counted first, the
 * size with repetitions written out:
 *
 *	((ab){10}|c){20}	depth 2, size 20 * (10 * 2 + 1)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scenario/scenario.h"

#define BYTES_MAX 4096
#define DEPTH_MAX 64
#define SIZE_MAX_ATOMS 20000ULL

struct reading {
	const char *at;
	u32 depth;
	u64 size[DEPTH_MAX + 1]; /* of the group at that depth, so far */
	u64 last;		 /* of what a repetition would repeat */
};

static void add_atom(struct reading *r, u64 size)
{
	r->last = size;
	r->size[r->depth] += size;
}

/* "[...]", in which ']' comes first or in a class: behind it */
static const char *skip_bracket(const char *at)
{
	at += at[1] == '^' ? 2 : 1;
	if (*at == ']')
		at++;
	for (; *at && *at != ']'; at++)
		if (*at == '[' && at[1] && strchr(":.=", at[1])) {
			const char end[] = { at[1], ']', '\0' }, *close = strstr(at + 2, end);

			at = close ? close + 1 : at;
		}
	return *at ? at : at - 1;
}

/* "{2,5}": the larger one counts; "{2,}" is at least twice */
static void repeat(struct reading *r)
{
	char *end;
	u64 n = strtoull(r->at + 1, &end, 10), most = n;

	if (*end == ',')
		most = max(n + 1, (u64)strtoull(end + 1, &end, 10));
	if (*end != '}')
		return;
	r->at = end;
	if (most > 1)
		add_atom(r, min(r->last, SIZE_MAX_ATOMS) * (min(most, SIZE_MAX_ATOMS) - 1));
}

static bool open_group(struct reading *r)
{
	if (r->depth == DEPTH_MAX)
		return false;
	r->size[++r->depth] = 1;
	return true;
}

/* Alone it is itself. */
static void close_group(struct reading *r)
{
	u64 size = r->depth ? r->size[r->depth--] : 1;

	add_atom(r, size);
}

/* One element; what is wrong with it, or NULL. */
static const char *read_one(struct reading *r)
{
	switch (*r->at) {
	case '(':
		return open_group(r) ? NULL : "its groups are nested too deep";
	case ')':
		close_group(r);
		return NULL;
	case '[':
		r->at = skip_bracket(r->at);
		break;
	case '{':
		repeat(r);
		return NULL;
	case '\\':
		if (r->at[1] >= '1' && r->at[1] <= '9')
			return "it refers back to a group";
		r->at += r->at[1] != '\0';
		break;
	}
	add_atom(r, 1);
	return NULL;
}

const char *scn_pattern_refused(const char *pattern)
{
	struct reading r = { .at = pattern };
	const char *why = NULL;

	if (strlen(pattern) > BYTES_MAX)
		return "it is longer than 4096 bytes";
	for (; *r.at && !why; r.at++) {
		why = read_one(&r);
		if (!why && r.size[r.depth] > SIZE_MAX_ATOMS)
			why = "its repetitions make it too large";
	}
	return why;
}
