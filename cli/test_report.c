// SPDX-License-Identifier: GPL-2.0-only
/* test_report.c - results: TAP on standard output, JUnit's XML, what was emitted. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/printable.h"
#include "test.h"

/* ---- colours ---- */

#define RED "\033[31m"
#define GREEN "\033[32m"
#define USUAL "\033[m"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* On a terminal that has them, unless the user wants none. */
static bool coloured(void)
{
	return isatty(STDOUT_FILENO) && !is_set("NO_COLOR") && is_set("TERM") &&
	       strcmp(getenv("TERM"), "dumb");
}

static void put_coloured(const char *text, bool good)
{
	if (coloured())
		printf("%s%s" USUAL, good ? GREEN : RED, text);
	else
		fputs(text, stdout);
}

/* ---- TAP ---- */

void tap_plan(const struct tests *ts, const struct test_options *o)
{
	struct printable p;
	FILE *f;

	printf("TAP version 13\n1..%u\n", ts->nr);
	f = printable_begin(&p, stdout);
	for (unsigned int i = 0; i < o->others.nr; i++)
		fprintf(f, "# not a scenario: %s\n", o->others.at[i]);
	printable_end(&p);
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

/* In double quotes of a shell's, and a plain line of YAML: what either would take for its own is any character. */
static void print_shell_word(FILE *f, const char *word)
{
	for (; *word; word++) {
		if (strchr("'\"$`:#", *word))
			putc('?', f); /* a glob: any character */
		else if (strchr("*?[\\", *word))
			fprintf(f, "[%c]", *word);
		else
			putc(*word, f);
	}
}

/* Does the kernel alone tell the run from the file's others? */
static bool kernel_tells(const struct test *t)
{
	const char *behind = t->name + strlen(ks_scenario_name(t->scenario));

	return !strchr(behind, ',');
}

static void print_replay(FILE *f, const struct test *t, const struct test_options *o)
{
	fprintf(f, "  replay: kickstand test %s --filter \"", t->file);
	print_shell_word(f, kernel_tells(t) ? ks_scenario_name(t->scenario) : t->name);
	putc('"', f);
	if (kernel_tells(t))
		fprintf(f, " --kernel %s", ks_scenario_kernel(t->scenario, t->run));
	if (o->has_seeds)
		fprintf(f, " --seeds %llu..%llu", (unsigned long long)o->seed,
			(unsigned long long)o->seed_last);
	else if (o->scenario.seed)
		fprintf(f, " --seed %llu", (unsigned long long)o->seed);
	if (o->scenario.preempt)
		fprintf(f, " --preempt %s", o->scenario.preempt);
	if (o->scenario.no_scheduler)
		fputs(" --scheduler none", f);
	for (unsigned int i = 0; i < o->objects.nr; i++)
		fprintf(f, " --objects %s", o->objects.at[i]);
	if (o->scenario.object)
		fprintf(f, " --object %s", o->scenario.object);
	putc('\n', f);
}

static void print_block(FILE *f, const struct test *t, const struct test_options *o)
{
	fprintf(f, "  ---\n");
	if (t->scenario)
		print_replay(f, t, o);
	if (t->page)
		fprintf(f, "  page: %s\n", t->page);
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
	bool ok = test_passed(t);
	struct printable p;
	FILE *f;

	put_coloured(ok ? "ok" : "not ok", ok);
	f = printable_begin(&p, stdout);
	fprintf(f, " %u - ", i + 1);
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
	char text[64];

	for (i = 0; i < ts->nr; i++)
		passed += test_passed(&ts->at[i]);
	snprintf(text, sizeof(text), "# %u passed, %u failed", passed, ts->nr - passed);
	put_coloured(text, passed == ts->nr);
	putchar('\n');
}

/* ---- JUnit ---- */

void put_xml(FILE *f, const char *text, size_t len)
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

/* The first in the message, which tables show; all in the text. */
static void put_failures(FILE *f, const struct test *t, const struct test_options *o)
{
	const char *kind = t->status == KS_FAILED && !t->signal ? "failure" : "error";
	const char *at = NULL;
	struct failure first;

	fprintf(f, "      <%s message=\"", kind);
	if (failure_next(t, o, &at, &first)) {
		put_xml(f, first.text, first.len);
		failure_finish(&first);
	}
	fputs("\">", f);
	put_xml(f, t->report, t->report_len);
	fprintf(f, "</%s>\n", kind);
}

static void put_case(FILE *f, const struct test *t, const struct test_options *o)
{
	fputs("    <testcase classname=\"", f);
	put_xml(f, t->file, strlen(t->file));
	fputs("\" name=\"", f);
	put_xml(f, t->name, strlen(t->name));
	fputs("\" file=\"", f);
	put_xml(f, t->file, strlen(t->file));
	put_seconds(f, t->took_us);
	fputs(">\n", f);
	if (!test_passed(t))
		put_failures(f, t, o);
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

		if (!test_passed(t))
			n += failures == (t->status == KS_FAILED && !t->signal);
	}
	return n;
}

int junit_write(const struct tests *ts, const struct test_options *o, struct output *out)
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
		put_case(out->file, &ts->at[i], o);
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
