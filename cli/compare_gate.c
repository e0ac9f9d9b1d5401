// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare_gate.c - `kickstand compare --fail-if`: what must not become of a figure.
 *
 *	groups.sleeper-*.wakeup_latency_ns.p99 > +10%	medians, against the first file's
 *	max(groups.*.queue_wait_ns.max) >= 20ms		of the file itself
 *	exit.kind != none
 *
 * A path may be a pattern of the shell's kind; without an aggregate, each figure that fits is
 * asked. What a file lacks is a failure: a gate that cannot be asked is not passed.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/figure.h"
#include "base/shortage.h"
#include "base/suggest.h"
#include "base/types.h"
#include "compare.h"

#define FORM "a condition as 'PATH > +10%%' or 'PATH >= 5ms' is due"

enum { OP_GE, OP_LE, OP_EQ, OP_NE, OP_GT, OP_LT, NR_OPS };
/* the longer ones first */
static const char *const op_names[NR_OPS] = { ">=", "<=", "==", "!=", ">", "<" };

/* ---- reading ---- */

static char *trimmed(const char *from, size_t n)
{
	while (n && isspace((unsigned char)*from))
		from++, n--;
	while (n && isspace((unsigned char)from[n - 1]))
		n--;
	return strndup(from, n);
}

static const char *find_op(const char *text, int *op)
{
	const char *at = text + strcspn(text, "<>=!");

	for (*op = 0; *op < NR_OPS; ++*op)
		if (has_prefix(at, op_names[*op]))
			return at;
	return NULL;
}

/* "max(PATH)" to PATH; the rest of a name is one */
static bool take_aggregate(struct gate *g)
{
	const char *path;
	size_t len;

	g->aggregate = aggregate_parse(g->pattern, &path, &len);
	if (g->aggregate) {
		memmove(g->pattern, path, len);
		g->pattern[len] = '\0';
	}
	return !strpbrk(g->pattern, "() ");
}

static bool take_value(struct gate *g, const char *text)
{
	static const struct {
		const char *name;
		double one;
	} units[] = { { "", 1 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	char *end;
	double v = strtod(text, &end);
	bool sign = *text == '+' || *text == '-';
	size_t i;

	if (end == text || !isdigit((unsigned char)text[sign]) || !isfinite(v))
		return false;
	g->value = v;
	g->relative = !strcmp(end, "%");
	if (g->relative)
		return true;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].name)) {
			g->value = v * units[i].one;
			return !sign || *text == '-';
		}
	return false;
}

/* "tasks.NAME" is what scenarios call them; here they are together by groups. */
static char *path_pattern(char *path)
{
	char *named;

	if (!path || !has_prefix(path, "tasks."))
		return path;
	named = asprintf(&named, "groups.%s", path + 6) < 0 ? NULL : named;
	free(path);
	return named;
}

static bool is_word(const char *text)
{
	for (; isalnum((unsigned char)*text) || (*text && strchr("_.-+", *text)); text++)
		;
	return !*text;
}

static int take_right_side(struct gate *g, const char *text)
{
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		g->value = !strcmp(text, "true");
		return KS_OK;
	}
	if (take_value(g, text))
		return KS_OK;
	if (*text && isalpha((unsigned char)*text) && is_word(text) &&
	    (g->op == OP_EQ || g->op == OP_NE)) {
		g->word = strdup(text);
		return g->word ? KS_OK : complain(KS_USAGE, "out of memory");
	}
	return complain(KS_USAGE,
			"--fail-if '%s': '%s' is neither a change (+10%%) nor a number with or "
			"without a unit (5ms)",
			g->text, text);
}

int gate_parse(struct gate *g, const char *text)
{
	const char *at = find_op(text, &g->op);
	char *right;
	int err;

	g->text = text;
	if (!at)
		return complain(KS_USAGE, "--fail-if '%s': " FORM, text);
	g->pattern = trimmed(text, at - text);
	if (g->pattern && (!*g->pattern || !take_aggregate(g)))
		return complain(KS_USAGE, "--fail-if '%s': " FORM, text);
	g->pattern = path_pattern(g->pattern);
	at += strlen(op_names[g->op]);
	right = trimmed(at, strlen(at));
	if (!g->pattern || !right)
		return complain(KS_USAGE, "out of memory");
	err = take_right_side(g, right);
	free(right);
	return err;
}

void gate_finish(struct gate *g)
{
	free(g->pattern);
	free(g->word);
}

/* ---- figures that are meant ---- */

static bool fits(const struct gate *g, const char *path)
{
	return !strcmp(g->pattern, path) || !fnmatch(g->pattern, path, 0);
}

/* By run, of all that fit; false: it has none. Its parts are the caller's. */
static bool aggregate(const struct gate *g, const struct column *c, struct sample *s)
{
	unsigned int nr = 0;

	*s = (struct sample){ .path = g->pattern,
			      .v = calloc(c->nr_runs, sizeof(*s->v)),
			      .text = calloc(1, sizeof(*s->text)) };
	shortage_on(!s->v || !s->text, "out of memory for the figures to compare");
	s->sorted = s->v;
	for (unsigned int k = 0; k < c->nr; k++) {
		const struct sample *one = &c->sample[k];

		if (!fits(g, one->path) || one->text[0])
			continue;
		for (unsigned int i = 0; i < one->nr; i++) {
			bool first = i >= s->nr;

			s->v[i] = aggregate_add(g->aggregate, s->v[i], !first, one->v[i]);
			s->nr = first ? i + 1 : s->nr;
		}
		nr++;
	}
	for (unsigned int i = 0; g->aggregate == AGGREGATE_MEAN && i < s->nr; i++)
		s->v[i] /= (int64_t)nr;
	return nr;
}

static void aggregate_finish(struct sample *s)
{
	free(s->v);
	free(s->text);
}

/* ---- asking ---- */

static bool holds(int op, double a, double b)
{
	switch (op) {
	case OP_GE:
		return a >= b;
	case OP_LE:
		return a <= b;
	case OP_EQ:
		return a == b;
	case OP_NE:
		return a != b;
	case OP_GT:
		return a > b;
	default:
		return a < b;
	}
}

struct question {
	const struct gate *g;
	const struct column *from, *in; /* the first file, and the one that is asked */
	const char
		*unit; /* a path that tells what the figure is: that of an aggregate is a pattern */
	bool significant;
	FILE *out;
};

static const char *name_of(const struct gate *g, const char *path, char *buf, size_t size)
{
	snprintf(buf, size, g->aggregate ? "%s(%s)" : "%s%s", aggregate_name(g->aggregate), path);
	return buf;
}

static int fail_word(const struct question *q, const struct sample *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		if (!strcmp(s->text[i], q->g->word) == (q->g->op == OP_EQ)) {
			fprintf(q->out, "'%s': %s is '%s' in %s\n", q->g->text, s->path, s->text[i],
				q->in->name);
			return KS_FAILED;
		}
	return KS_OK;
}

static int fail_value(const struct question *q, const struct sample *s)
{
	char value[32], name[256];

	if (!holds(q->g->op, sample_median(s), q->g->value))
		return KS_OK;
	fprintf(q->out, "'%s': %s is %s in %s\n", q->g->text,
		name_of(q->g, s->path, name, sizeof(name)),
		value_text(q->unit, sample_median(s), value, sizeof(value)), q->in->name);
	return KS_FAILED;
}

static int fail_change(const struct question *q, const struct sample *from, const struct sample *s)
{
	char a[32], b[32], percent[32], name[256];
	struct change c;

	change_find(from, s, &c);
	if (!holds(q->g->op, c.percent, q->g->value) || (q->significant && change_unsure(&c)))
		return KS_OK;
	fprintf(q->out, "'%s': %s is %s in %s and %s in %s: %s", q->g->text,
		name_of(q->g, s->path, name, sizeof(name)),
		value_text(q->unit, sample_median(from), a, sizeof(a)), q->from->name,
		value_text(q->unit, sample_median(s), b, sizeof(b)), q->in->name,
		c.percent ? change_text(&c, percent, sizeof(percent)) : "no change");
	if (c.tested)
		fprintf(q->out, " (p=%.2g%s)", c.p, change_unsure(&c) ? ", unsure" : "");
	fputc('\n', q->out);
	return KS_FAILED;
}

static int lacks(const struct question *q, const struct column *c, const char *path)
{
	fprintf(q->out, "'%s': %s has no %s\n", q->g->text, c->name, path);
	return KS_FAILED;
}

/* What is counted from the first time on, and is not there, did not happen. */
struct zero {
	struct sample sample;
	int64_t value;
	const char *text;
};

static const struct sample *or_zero(const struct sample *s, const char *path, struct zero *zero)
{
	if (s || (!has_prefix(path, "ops.") && !has_prefix(path, "events.")))
		return s;
	zero->value = 0;
	zero->text = NULL;
	zero->sample = (struct sample){ .path = (char *)path,
					.v = &zero->value,
					.sorted = &zero->value,
					.text = &zero->text,
					.nr = 1 };
	return &zero->sample;
}

static int ask(struct question *q, const char *path, const struct sample *from,
	       const struct sample *s)
{
	struct zero zero_from, zero;

	if (!q->g->aggregate)
		q->unit = path;
	from = or_zero(from, path, &zero_from);
	s = or_zero(s, path, &zero);
	if (!s || !s->nr)
		return lacks(q, q->in, path);
	if (!q->g->word != !s->text[0])
		return complain(KS_USAGE, "--fail-if '%s': %s is %s", q->g->text, path,
				s->text[0] ? "a word, which == and != compare" : "a number");
	if (q->g->word)
		return fail_word(q, s);
	if (!q->g->relative)
		return fail_value(q, s);
	return from && from->nr ? fail_change(q, from, s) : lacks(q, q->from, path);
}

/* the worse of two: usage, then failed */
static int worse(int a, int b)
{
	return a > b ? a : b;
}

/* the path of the first that fits */
static const char *first_fit(const struct gate *g, const struct column *c)
{
	for (unsigned int k = 0; k < c->nr; k++)
		if (fits(g, c->sample[k].path))
			return c->sample[k].path;
	return g->pattern;
}

static int ask_aggregate(struct question *q)
{
	struct sample from, s;
	bool in_from = aggregate(q->g, q->from, &from), in = aggregate(q->g, q->in, &s);
	int err;

	q->unit = first_fit(q->g, in ? q->in : q->from);
	values_sort(from.v, from.nr);
	values_sort(s.v, s.nr);
	err = ask(q, q->g->pattern, in_from ? &from : NULL, in ? &s : NULL);
	aggregate_finish(&from);
	aggregate_finish(&s);
	return err;
}

/* Each path of either file, once. */
static int ask_each(struct question *q)
{
	int status = KS_OK;
	unsigned int k;

	for (k = 0; k < q->in->nr; k++) {
		const struct sample *s = &q->in->sample[k];

		if (fits(q->g, s->path))
			status = worse(status, ask(q, s->path, sample_find(q->from, s->path), s));
	}
	for (k = 0; k < q->from->nr; k++) {
		const struct sample *s = &q->from->sample[k];

		if (fits(q->g, s->path) && !sample_find(q->in, s->path))
			status = worse(status, ask(q, s->path, s, NULL));
	}
	return status;
}

static bool known_anywhere(const struct gate *g, const struct column *c, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int k = 0; k < c[i].nr; k++)
			if (fits(g, c[i].sample[k].path))
				return true;
	return false;
}

static int unknown_path(const struct gate *g, const struct column *c, unsigned int nr)
{
	struct suggestion s = { .word = g->pattern };
	char text[256];

	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int k = 0; k < c[i].nr; k++)
			suggest_try(&s, c[i].sample[k].path);
	suggest_text(&s, text, sizeof(text));
	return complain(KS_USAGE, "--fail-if '%s': no file has a figure '%s'%s", g->text,
			g->pattern, *text ? text : "; kickstand compare --all FILE lists them");
}

int gate_check(const struct gate *g, const struct column *c, unsigned int nr, bool significant,
	       FILE *out)
{
	struct question q = { .g = g, .from = c, .in = c, .significant = significant, .out = out };
	int status = KS_OK;

	if (!known_anywhere(g, c, nr))
		return unknown_path(g, c, nr);
	if (g->relative && nr == 1)
		return complain(KS_USAGE,
				"--fail-if '%s': a change is against the first of two files or "
				"more",
				g->text);
	for (unsigned int i = nr > 1; i < nr && status != KS_USAGE; i++) {
		q.in = &c[i];
		status = worse(status, g->aggregate ? ask_aggregate(&q) : ask_each(&q));
	}
	return status;
}
