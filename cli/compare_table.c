// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare_table.c - the figures of files side by side, for a terminal or as Markdown.
 *
 *	                          a.json                      b.json  change
 *	kicks.sent                  4711           4650 [4600..4703]  -1.3% unsure p=0.21
 *
 * Rows come in the order of the first file that has them, with a gap between sections.
 */
#include <string.h>
#include "base/printable.h"
#include "compare.h"

#define CELL_BYTES 128
#define NAME_WIDTH 40
#define CHANGE_WIDTH 24

/* ---- cells ---- */

/* "none", or "none 30, stall 2" */
static void words_text(const struct sample *s, char *buf, size_t size)
{
	size_t n = 0;

	for (unsigned int i = 0; i < s->nr && n < size; i++) {
		unsigned int same = 0, before = 0, k;

		for (k = 0; k < s->nr; k++) {
			same += !strcmp(s->text[k], s->text[i]);
			before += k < i && !strcmp(s->text[k], s->text[i]);
		}
		if (before)
			continue;
		n += snprintf(buf + n, size - n, "%s%.40s", n ? ", " : "",
			      *s->text[i] ? s->text[i] : "-");
		if (same < s->nr && n < size)
			n += snprintf(buf + n, size - n, " %u", same);
	}
}

static void cell_text(const struct sample *s, char *buf, size_t size)
{
	char mid[32], least[32], most[32];

	if (!s || !s->nr) {
		snprintf(buf, size, "-");
		return;
	}
	if (s->text[0]) {
		words_text(s, buf, size);
		make_printable(buf);
		return;
	}
	value_text(s->path, sample_median(s), mid, sizeof(mid));
	if (s->sorted[0] == s->sorted[s->nr - 1])
		snprintf(buf, size, "%s", mid);
	else
		snprintf(buf, size, "%s [%s..%s]", mid,
			 value_text(s->path, s->sorted[0], least, sizeof(least)),
			 value_text(s->path, s->sorted[s->nr - 1], most, sizeof(most)));
}

/* "+12.5% worse p=0.02" */
static void change_cell(const struct sample *from, const struct sample *to, char *buf, size_t size)
{
	struct change c;
	char percent[32];
	const char *word;
	size_t n;

	change_find(from, to, &c);
	word = change_word(&c);
	change_text(&c, percent, sizeof(percent));
	n = snprintf(buf, size, "%s%s%s", percent, *word ? " " : "", word);
	if (c.tested && *percent && n < size)
		snprintf(buf + n, size - n, " p=%.2g", c.p);
}

static bool same(const struct sample *a, const struct sample *b)
{
	unsigned int i;

	if (!a || !b || !a->nr || !b->nr || !a->text[0] != !b->text[0])
		return false;
	for (i = 0; i < a->nr || i < b->nr; i++) { /* of one run, all are as that one */
		unsigned int k = a->nr == 1 ? 0 : i, l = b->nr == 1 ? 0 : i;

		if (k >= a->nr || l >= b->nr ||
		    (a->text[0] ? strcmp(a->text[k], b->text[l]) : a->sorted[k] != b->sorted[l]))
			return false;
	}
	return true;
}

static bool is_zero(const struct sample *s)
{
	return !s || !s->nr || (!s->text[0] && !s->sorted[0] && !s->sorted[s->nr - 1]);
}

/* What is the same in all files tells nothing; of one file, all is told. */
static bool row_wanted(const struct column *c, unsigned int nr, const char *path)
{
	const struct sample *first = sample_find(&c[0], path);
	bool differs = false, zero = true;

	if (nr == 1)
		return true;
	for (unsigned int i = 0; i < nr; i++) {
		const struct sample *s = sample_find(&c[i], path);

		differs = differs || !same(first, s);
		zero = zero && is_zero(s);
	}
	return differs && !zero;
}

/* ---- rows ---- */

/* "groups.hog-*" of a group's figure, else the first word */
static size_t section_length(const char *path)
{
	size_t n = 0;

	if (has_prefix(path, "after."))
		n = 6;
	if (has_prefix(path + n, "groups."))
		n += 7;
	return n + strcspn(path + n, ".");
}

bool new_section(const char *last, const char *path)
{
	size_t n = section_length(path);

	return last && (section_length(last) != n || strncmp(last, path, n));
}

struct table {
	const struct column *c;
	unsigned int nr;
	const struct table_options *o;
	const char *last; /* path of the row before; NULL: this is the first */
};

static void row_plain(const struct table *t, const char *path)
{
	char cell[CELL_BYTES];

	if (new_section(t->last, path))
		putchar('\n');
	printf("%-*s", NAME_WIDTH, path);
	for (unsigned int i = 0; i < t->nr; i++) {
		cell_text(sample_find(&t->c[i], path), cell, sizeof(cell));
		printf(" %*s", t->o->width, cell);
		if (!i || t->o->bare)
			continue;
		change_cell(sample_find(&t->c[0], path), sample_find(&t->c[i], path), cell,
			    sizeof(cell));
		if (i + 1 < t->nr)
			printf("  %-*s", CHANGE_WIDTH, cell);
		else if (*cell)
			printf("  %s", cell);
	}
	putchar('\n');
}

/* A bar ends a cell of Markdown's. */
static void put_escaped(const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void row_markdown(const struct table *t, const char *path)
{
	char cell[CELL_BYTES];

	fputs("| `", stdout);
	put_escaped(path);
	putchar('`');
	for (unsigned int i = 0; i < t->nr; i++) {
		cell_text(sample_find(&t->c[i], path), cell, sizeof(cell));
		fputs(" | ", stdout);
		put_escaped(cell);
		if (!i)
			continue;
		change_cell(sample_find(&t->c[0], path), sample_find(&t->c[i], path), cell,
			    sizeof(cell));
		fputs(" | ", stdout);
		put_escaped(cell);
	}
	puts(" |");
}

/* of a long name, the end says more */
static const char *tail_of(const char *name, size_t width)
{
	size_t n = strlen(name);

	return n > width ? name + n - width : name;
}

static void head_plain(const struct table *t)
{
	printf("%-*s", NAME_WIDTH, "");
	for (unsigned int i = 0; i < t->nr; i++) {
		printf(" %*s", t->o->width, tail_of(t->c[i].name, t->o->width));
		if (i && !t->o->bare)
			printf(i + 1 < t->nr ? "  %-*s" : "  %.*s", CHANGE_WIDTH, "change");
	}
	printf("\n%-*s", NAME_WIDTH, "runs");
	for (unsigned int i = 0; i < t->nr; i++) {
		printf(" %*u", t->o->width, t->c[i].nr_runs);
		if (i && i + 1 < t->nr && !t->o->bare)
			printf("  %*s", CHANGE_WIDTH, "");
	}
	puts("\n");
}

static void head_markdown(const struct table *t)
{
	fputs("| figure", stdout);
	for (unsigned int i = 0; i < t->nr; i++) {
		fputs(" | ", stdout);
		put_escaped(t->c[i].name);
		if (i)
			fputs(" | change", stdout);
	}
	fputs(" |\n|---", stdout);
	for (unsigned int i = 0; i < t->nr; i++)
		fputs(i ? "|---:|---" : "|---:", stdout);
	fputs("|\n| runs", stdout);
	for (unsigned int i = 0; i < t->nr; i++)
		printf(" | %u%s", t->c[i].nr_runs, i ? " |" : "");
	puts(" |");
}

static void row_print(struct table *t, const char *path)
{
	if (t->o->markdown)
		row_markdown(t, path);
	else
		row_plain(t, path);
	t->last = path;
}

static bool seen_before(const struct table *t, unsigned int i, const char *path)
{
	for (unsigned int j = 0; j < i; j++)
		if (sample_find(&t->c[j], path))
			return true;
	return false;
}

int table_print(const struct column *c, unsigned int nr, const struct table_options *o)
{
	struct table t = { c, nr, o, NULL };
	char text[512];

	if (o->markdown)
		head_markdown(&t);
	else
		head_plain(&t);
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int k = 0; k < c[i].nr; k++) {
			const char *path = c[i].sample[k].path;

			if (!seen_before(&t, i, path) && (o->all || row_wanted(c, nr, path)))
				row_print(&t, path);
		}
	test_text(c, nr, text, sizeof(text));
	if (*text && !o->bare)
		printf("\n%s\n", text);
	return flush_output();
}
