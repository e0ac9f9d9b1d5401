// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_pages.c - `kickstand test --html DIR`: a page of each run that failed. A run is the same
 * each time, so those that failed are simply done once more, with a page; and DIR/index.html
 * has them in a list.
 *
 *	DIR/index.html
 *	DIR/0007-a-kick-of-an-idle-CPU-wakes-it-kernel-7.3.html
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/text_stream.h"
#include "test.h"

#define NAME_MAX_BYTES 100

int pages_begin(const struct test_options *o)
{
	struct stat st;

	if (!o->html || (!mkdir(o->html, 0777)) || (!stat(o->html, &st) && S_ISDIR(st.st_mode)))
		return KS_OK;
	return complain(KS_USAGE, "--html %s: this folder cannot be made: %s", o->html,
			strerror(errno == EEXIST ? ENOTDIR : errno));
}

/* Only what needs no quoting anywhere; the number makes it the only one. */
static void put_plain(FILE *f, const char *name)
{
	bool gap = false;

	for (unsigned int n = 0; *name && n < NAME_MAX_BYTES; name++) {
		if (!isalnum((unsigned char)*name) && *name != '.') {
			gap = true;
			continue;
		}
		if (gap)
			putc('-', f);
		putc(*name, f);
		gap = false;
		n++;
	}
}

/* One that a signal ended, or that cannot be run, has nothing to look at. */
void page_name(struct tests *ts, unsigned int i, const struct test_options *o)
{
	struct test *t = &ts->at[i];
	size_t len;
	FILE *f;

	if (!o->html || t->status != KS_FAILED || t->signal)
		return;
	f = text_stream(&t->page, &len);
	fprintf(f, "%s/%04u-", o->html, i + 1);
	put_plain(f, t->name);
	fputs(".html", f);
	fclose(f);
}

/* What it says again goes nowhere. */
static int draw(struct test *t, const struct test_options *o)
{
	struct test again = *t;
	struct test_options quiet = *o;
	int status, err;

	quiet.emit = NULL;
	quiet.junit = NULL;
	quiet.verbose = false;
	quiet.scenario.trace = NULL;
	if (test_outputs_open(&again))
		return KS_USAGE;
	err = test_fork(&again, &quiet, t->page);
	while (!err && waitpid(again.pid, &status, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < NR_FILES; i++)
		fclose(again.files[i]);
	if (err ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == KS_FAILED && !access(t->page, R_OK)))
		return err;
	return complain(KS_USAGE, "%s: the page of '%s' could not be written", t->page, t->name);
}

/* ---- the index ---- */

static void put_text(FILE *f, const char *text)
{
	put_xml(f, text, strlen(text));
}

static void put_row(FILE *f, const struct test *t, const struct test_options *o)
{
	const char *at = NULL;
	struct failure one;

	fputs("<tr><td>", f);
	if (t->page)
		fprintf(f, "<a href=\"%s\">", strrchr(t->page, '/') + 1);
	put_text(f, t->name);
	fprintf(f, "%s</td><td>", t->page ? "</a>" : "");
	put_text(f, t->file);
	fputs("</td><td>", f);
	for (bool more = false; failure_next(t, o, &at, &one); more = true) {
		fputs(more ? "<br>" : "", f);
		put_text(f, one.text);
		failure_finish(&one);
	}
	fputs("</td></tr>\n", f);
}

static const char index_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<title>kickstand test</title>\n<style>\n"
	"body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }\n"
	"table { border-collapse: collapse } td, th { border: 1px solid #bbb; padding: .3em .6em;\n"
	"text-align: left; vertical-align: top }\n"
	"@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 }\n"
	"a { color: #8bf } td, th { border-color: #555 } }\n"
	"</style></head><body>\n";

static int write_index(const struct tests *ts, const struct test_options *o)
{
	unsigned int i, failed = 0;
	struct output out;
	char *path;
	int err;

	if (asprintf(&path, "%s/index.html", o->html) < 0)
		return complain(KS_USAGE, "out of memory");
	err = output_open(&out, path);
	if (!err) {
		for (i = 0; i < ts->nr; i++)
			failed += !test_passed(&ts->at[i]);
		fputs(index_head, out.file);
		fprintf(out.file, "<h1>%u passed, %u failed</h1>\n", ts->nr - failed, failed);
		fputs(failed ? "<table><tr><th>run</th><th>file</th><th>what failed</th></tr>\n" :
			       "",
		      out.file);
		for (i = 0; i < ts->nr; i++)
			if (!test_passed(&ts->at[i]))
				put_row(out.file, &ts->at[i], o);
		fprintf(out.file, "%s</body></html>\n", failed ? "</table>\n" : "");
		output_check(&out);
		err = output_commit(&out);
	}
	free(path);
	return err;
}

int pages_write(struct tests *ts, const struct test_options *o)
{
	int err = KS_OK;

	for (unsigned int i = 0; !err && i < ts->nr; i++)
		if (ts->at[i].page)
			err = draw(&ts->at[i], o);
	return o->html && !err ? write_index(ts, o) : err;
}
