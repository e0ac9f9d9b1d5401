// SPDX-License-Identifier: GPL-2.0-only
/* test_report.c - results: TAP on standard output, JUnit's XML, what was emitted. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "base/printable.h"
#include "test.h"

/* ---- TAP ---- */

void tap_plan(const struct tests *ts)
{
	printf("TAP version 13\n1..%u\n", ts->nr);
}

/* TAP's own marks in a name would say something */
static void tap_name(FILE *f, const char *name)
{
	for (; *name; name++) {
		if (*name == '#' || *name == '\\')
			putc('\\', f);
		putc(*name == '\n' ? '?' : *name, f);
	}
}

static void print_lines(FILE *f, const char *prefix, const char *text, size_t len)
{
	const char *end = text + len, *nl;

	for (; text < end; text = nl + 1) {
		nl = memchr(text, '\n', end - text);
		if (!nl)
			nl = end;
		fprintf(f, "%s%.*s\n", prefix, (int)(nl - text), text);
	}
}

/* in single quotes, for YAML (that doubles them) and for a shell (that cannot have them) */
static void print_shell_word(FILE *f, const char *word)
{
	for (; *word; word++) {
		if (*word == '\'')
			putc('?', f); /* a glob: any character */
		else if (strchr("*?[\\", *word))
			fprintf(f, "[%c]", *word);
		else
			putc(*word, f);
	}
}

static void print_replay(FILE *f, const struct test *t, const struct test_options *o)
{
	fprintf(f, "  replay: kickstand test %s --filter \"", t->file);
	print_shell_word(f, ks_scenario_name(t->scenario));
	fprintf(f, "\" --kernel %s", ks_scenario_kernel(t->scenario, t->run));
	if (o->scenario.seed)
		fprintf(f, " --seed %llu", (unsigned long long)o->seed);
	if (o->scenario.preempt)
		fprintf(f, " --preempt %s", o->scenario.preempt);
	if (o->scenario.objects)
		fprintf(f, " --objects %s", o->scenario.objects);
	if (o->scenario.object)
		fprintf(f, " --object %s", o->scenario.object);
	putc('\n', f);
}

static void print_block(FILE *f, const struct test *t, const struct test_options *o)
{
	fprintf(f, "  ---\n");
	if (t->scenario)
		print_replay(f, t, o);
	if (t->signal == SIGALRM) {
		fprintf(f, "  message: it took more than %u s of this computer's time (--limit)\n",
			o->limit_s);
	} else if (t->signal) {
		fprintf(f, "  message: its process was ended by signal %d\n", t->signal);
	} else if (t->status == KS_FAILED) {
		fprintf(f, "  failures:\n");
		print_lines(f, "  ", t->report, t->report_len);
	} else {
		fprintf(f, "  message: |\n");
		print_lines(f, "    ", t->report, t->report_len);
	}
	fprintf(f, "  ...\n");
}

void tap_result(const struct tests *ts, unsigned int i, const struct test_options *o)
{
	const struct test *t = &ts->at[i];
	bool ok = t->status == KS_OK && !t->signal;
	struct printable p;
	FILE *f = printable_begin(&p, stdout);

	fprintf(f, "%sok %u - ", ok ? "" : "not ", i + 1);
	tap_name(f, t->name);
	putc('\n', f);
	if (!ok)
		print_block(f, t, o);
	if (o->verbose)
		print_lines(f, "# ", t->log, t->log_len);
	printable_end(&p);
	fflush(stdout);
}

void tap_end(const struct tests *ts)
{
	unsigned int i, passed = 0;

	for (i = 0; i < ts->nr; i++)
		passed += ts->at[i].status == KS_OK && !ts->at[i].signal;
	printf("# %u passed, %u failed\n", passed, ts->nr - passed);
}

/* ---- JUnit ---- */

static void put_xml(FILE *f, const char *text, size_t len)
{
	size_t control;

	for (; len; len--, text++) {
		control = *text == '\n' || *text == '\t' ? 0 : control_bytes(text, len);
		if (control) { /* XML 1.0 has no place for most */
			text += control - 1;
			len -= control - 1;
			continue;
		}
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text, f);
		}
	}
}

/* closes the attribute before it */
static void put_seconds(FILE *f, uint64_t us)
{
	fprintf(f, "\" time=\"%llu.%06llu\"", (unsigned long long)(us / 1000000),
		(unsigned long long)(us % 1000000));
}

static void put_case(FILE *f, const struct test *t)
{
	bool failed = t->status == KS_FAILED && !t->signal;

	fputs("    <testcase classname=\"", f);
	put_xml(f, t->file, strlen(t->file));
	fputs("\" name=\"", f);
	put_xml(f, t->name, strlen(t->name));
	put_seconds(f, t->took_us);
	fputs(">\n", f);
	if (t->status != KS_OK || t->signal) {
		fprintf(f, "      <%s message=\"%s\">", failed ? "failure" : "error",
			failed		     ? "an expectation does not hold" :
			t->signal == SIGALRM ? "it took more of this computer's time than --limit" :
			t->signal	     ? "its process was ended by "
					       "a signal" :
					       "the scenario cannot be run");
		put_xml(f, t->report, t->report_len);
		fprintf(f, "</%s>\n", failed ? "failure" : "error");
	}
	if (t->log_len) { /* what the machine said */
		fputs("      <system-out>", f);
		put_xml(f, t->log, t->log_len);
		fputs("</system-out>\n", f);
	}
	fputs("    </testcase>\n", f);
}

static uint64_t sum_of_times(const struct tests *ts)
{
	uint64_t us = 0;
	unsigned int i;

	for (i = 0; i < ts->nr; i++)
		us += ts->at[i].took_us;
	return us;
}

static unsigned int count(const struct tests *ts, bool failures)
{
	unsigned int i, n = 0;

	for (i = 0; i < ts->nr; i++) {
		const struct test *t = &ts->at[i];

		if (t->signal || t->status != KS_OK)
			n += failures == (t->status == KS_FAILED && !t->signal);
	}
	return n;
}

int junit_write(const struct tests *ts, struct output *out)
{
	unsigned int i;

	if (!out->file)
		return KS_OK;
	fprintf(out->file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"kickstand\" tests=\"%u\" failures=\"%u\" errors=\"%u",
		ts->nr, count(ts, true), count(ts, false));
	put_seconds(out->file, sum_of_times(ts));
	fputs(">\n", out->file);
	for (i = 0; i < ts->nr; i++)
		put_case(out->file, &ts->at[i]);
	fputs("  </testsuite>\n</testsuites>\n", out->file);
	return output_commit(out);
}

/* ---- what was emitted ---- */

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && !strcmp(s + n - k, suffix);
}

/* Each run wrote a line. */
int emit_write(const struct tests *ts, struct output *out)
{
	bool array = out->path && !has_suffix(out->path, ".jsonl"), first = true;
	unsigned int i;

	if (!out->file)
		return KS_OK;
	if (array)
		fputs("[\n", out->file);
	for (i = 0; i < ts->nr; i++) {
		const struct test *t = &ts->at[i];

		if (!t->emitted_len)
			continue;
		if (array && !first)
			fputs(",\n", out->file);
		first = false;
		fwrite(t->emitted, t->emitted_len - array, 1, out->file);
	}
	if (array)
		fputs("\n]\n", out->file);
	output_check(out);
	return output_commit(out);
}
