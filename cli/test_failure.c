// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_failure.c - what a run's report says failed, taken apart for who shows it elsewhere. The
 * report is the YAML that ks_scenario_run() writes, or one line about a file that is wrong:
 *
 *	  - at: kick.json:9:18			kick.json:9:18: unknown key 'kick' in 'expect'
 *	    what: 'kicks.idle'
 *	    expected: '1'
 *	    seen: '0'
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"
#include "test.h"

/* what is behind @key on the line at @line, which ends at @end; NULL: it is another's */
static const char *value_of(const char *line, const char *end, const char *key, size_t *len)
{
	size_t n = strlen(key);

	if ((size_t)(end - line) < n || strncmp(line, key, n))
		return NULL;
	*len = end - line - n;
	return line + n;
}

/* "FILE:9:18": the numbers, from the end; the name may have colons */
static void take_place(struct failure *f, const char *at, size_t len)
{
	unsigned long n[2] = { 0 };

	for (int i = 1; i >= 0; i--) {
		size_t k = len;

		while (k && at[k - 1] >= '0' && at[k - 1] <= '9')
			k--;
		if (k == len || !k || at[k - 1] != ':')
			return;
		n[i] = strtoul(at + k, NULL, 10);
		len = k - 1;
	}
	f->line = n[0];
	f->column = n[1];
}

/* 'it''s' without its quotes */
static void put_scalar(FILE *to, const char *text, size_t len)
{
	for (size_t i = 1; i + 1 < len; i++) {
		putc(text[i], to);
		i += text[i] == '\'';
	}
}

static const char *line_end(const char *at, const char *end)
{
	const char *nl = memchr(at, '\n', end - at);

	return nl ? nl : end;
}

/* One "- at:" and what belongs to it, from *@at on. */
static bool next_of_yaml(const struct test *t, const char **at, struct failure *f)
{
	static const struct {
		const char *key, *before;
	} parts[] = { { "    what: ", "" },
		      { "    expected: ", ": expected " },
		      { "    seen: ", ", seen " } };
	const char *end = t->report + t->report_len, *p = *at, *nl, *v;
	FILE *text = NULL;
	size_t len;

	for (; p < end; p = nl + (nl < end)) {
		nl = line_end(p, end);
		v = value_of(p, nl, "  - at: ", &len);
		if (v && text)
			break;
		if (v) {
			take_place(f, v, len);
			text = text_stream(&f->text, &f->len);
		}
		for (size_t i = 0; text && i < sizeof(parts) / sizeof(parts[0]); i++) {
			v = value_of(p, nl, parts[i].key, &len);
			if (v) {
				fputs(parts[i].before, text);
				put_scalar(text, v, len);
			}
		}
	}
	*at = p;
	if (text)
		fclose(text);
	return text;
}

/* What has no YAML is one failure. */
static bool only_one(const struct test *t, const struct test_options *o, const char **at,
		     struct failure *f)
{
	FILE *text;

	if (*at)
		return false;
	*at = "";
	text = text_stream(&f->text, &f->len);
	if (t->signal == SIGALRM) {
		fprintf(text, "it took more than %u s of this computer's time (--limit)",
			o->limit_s);
	} else if (t->signal) {
		fprintf(text, "its process was ended by signal %d", t->signal);
	} else {
		size_t len = line_end(t->report, t->report + t->report_len) - t->report;
		size_t file = strlen(t->file), place;

		fprintf(text, "%.*s", (int)len, t->report);
		if (len > file && !strncmp(t->report, t->file, file) && t->report[file] == ':') {
			place = strspn(t->report + file, ":0123456789");
			take_place(f, t->report, file + place - 1);
		}
	}
	fclose(text);
	return true;
}

bool failure_next(const struct test *t, const struct test_options *o, const char **at,
		  struct failure *f)
{
	*f = (struct failure){ 0 };
	if (test_passed(t))
		return false;
	if (t->status != KS_FAILED || t->signal)
		return only_one(t, o, at, f);
	if (!*at)
		*at = t->report;
	return next_of_yaml(t, at, f);
}

void failure_finish(struct failure *f)
{
	free(f->text);
}
