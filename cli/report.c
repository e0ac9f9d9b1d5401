// SPDX-License-Identifier: GPL-2.0-only
/* report.c - `kickstand report`: who ran when, and who waited how long, in a trace. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include "cli.h"
#include "trace/html.h"
#include "trace/timehist.h"

static const struct option report_options[] = {
	{ "summary", no_argument, NULL, 's' },
	{ "html", required_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand report TRACE [--summary | --html FILE]\n\n"
	"TRACE is a text trace, of kickstand run --trace FILE.txt; - for standard input.\n"
	"A line for each time a task was on a CPU, then how long each task waited.\n\n"
	"  --summary           the second table only\n"
	"  --html FILE         no tables: the trace as a page to look at in a browser\n";

static int copy(FILE *from, FILE *to)
{
	char buf[65536];
	size_t n;

	rewind(from);
	while ((n = fread(buf, 1, sizeof(buf), from)))
		if (fwrite(buf, 1, n, to) != n)
			break;
	return flush_output();
}

/* Nothing is printed before the whole trace is known to be one. */
static int report(const char *path, bool summary_only)
{
	FILE *rows = tmpfile(), *sums = tmpfile();
	struct trace_reader *r = NULL;
	int err;

	if (!rows || !sums) {
		err = complain(KS_USAGE, "no temporary file: %s", strerror(errno));
	} else {
		err = trace_reader_open(path, &r);
		if (!err)
			err = timehist_print(r, summary_only ? NULL : rows, sums);
		if (err)
			err = complain(KS_USAGE, "%s", trace_reader_error(r));
	}
	if (!err && !summary_only)
		err = copy(rows, stdout);
	if (!err)
		err = copy(sums, stdout);
	trace_reader_close(r);
	if (rows)
		fclose(rows);
	if (sums)
		fclose(sums);
	return err;
}

static int write_page(const char *path, const char *html)
{
	struct trace_reader *r = NULL;
	bool unreadable = true;
	int err = trace_reader_open(path, &r);

	if (!err)
		err = trace_html_write(r, html, &unreadable);
	if (err)
		err = unreadable ? complain(KS_USAGE, "%s", trace_reader_error(r)) :
		      complain(KS_USAGE, "%s: cannot be written: %s", html, strerror(-err));
	trace_reader_close(r);
	return err;
}

int cmd_report(int argc, char **argv)
{
	bool summary_only = false;
	const char *path, *html = NULL;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", report_options, NULL)) != -1) {
		switch (opt) {
		case 's':
			summary_only = true;
			break;
		case 'w':
			html = optarg;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, "kickstand report");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace)");
	if (!path)
		return KS_USAGE;
	if (html && summary_only)
		return complain(KS_USAGE, "--summary is of the tables; with --html there are none");
	return html ? write_page(path, html) : report(path, summary_only);
}
