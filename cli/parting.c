// SPDX-License-Identifier: GPL-2.0-only
/*
 * parting.c - where the text traces of several runs part: the first event that two do not
 * have in common.
 *
 *	6.12 and 6.17 part at event 1204
 *	  6.12      kickstand-20 [003] ..... 0.000412411: kick_deliver: ...
 *	  6.17      kickstand-20 [003] ..... 0.000412430: kick_drop: ...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

/*
 * Is it the same event? When does not count: costs differ by nanoseconds, and what
 * matters is what happened. "comm-pid [cpu] ..... 0.000412411: event: ..."
 */
static bool same_event(const char *a, const char *b)
{
	const char *end_a = strchr(a, ']'), *end_b = strchr(b, ']');
	const char *what_a = end_a ? strchr(end_a, ':') : NULL;
	const char *what_b = end_b ? strchr(end_b, ':') : NULL;

	if (!what_a || !what_b)
		return !strcmp(a, b);
	return end_a - a == end_b - b && !strncmp(a, b, end_a - a) && !strcmp(what_a, what_b);
}

/* The next event; false at the end. Lines that begin with # are about the trace. */
static bool next_event(FILE *f, char **line, size_t *size)
{
	while (getline(line, size, f) >= 0) {
		(*line)[strcspn(*line, "\n")] = '\0';
		if (**line != '#')
			return true;
	}
	return false;
}

struct side {
	FILE *file;
	char *line;
	size_t size;
	bool more;
};

static void side_next(struct side *s)
{
	s->more = next_event(s->file, &s->line, &s->size);
}

static void side_put(const struct side *s, const char *name, FILE *out)
{
	fprintf(out, "  %-9s %s\n", name, s->more ? s->line : "(its trace ends)");
}

static void find_parting(struct side *a, struct side *b, const char *name_a, const char *name_b,
			 FILE *out)
{
	unsigned long long n = 1;

	for (side_next(a), side_next(b); a->more && b->more && same_event(a->line, b->line); n++) {
		side_next(a);
		side_next(b);
	}
	if (!a->more && !b->more) {
		fprintf(out, "\n%s and %s: the same %llu events\n", name_a, name_b, n - 1);
		return;
	}
	fprintf(out, "\n%s and %s part at event %llu\n", name_a, name_b, n);
	side_put(a, name_a, out);
	side_put(b, name_b, out);
}

/* a trace that was not read to its end: a line */
static int cut_short(const struct side *s, const char *path)
{
	return s->more || feof(s->file) ?
		       KS_OK :
		       complain(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
}

static int parting(const char *path_a, const char *path_b, const char *name_a, const char *name_b,
		   FILE *out)
{
	struct side a = { .file = fopen(path_a, "r") }, b = { .file = fopen(path_b, "r") };
	int err = KS_OK;

	if (a.file && b.file) {
		find_parting(&a, &b, name_a, name_b, out);
		err = cut_short(&a, path_a);
		err = err ? err : cut_short(&b, path_b);
	} else {
		err = complain(KS_USAGE, "%s: cannot be read: %s", a.file ? path_b : path_a,
			       strerror(errno));
	}
	if (a.file)
		fclose(a.file);
	if (b.file)
		fclose(b.file);
	free(a.line);
	free(b.line);
	return err;
}

int tell_parting(char **traces, const char **names, unsigned int nr, FILE *out)
{
	int err = KS_OK;

	for (unsigned int i = 1; !err && i < nr; i++)
		err = parting(traces[i - 1], traces[i], names[i - 1], names[i], out);
	return err;
}
