// SPDX-License-Identifier: GPL-2.0-only
/* report.c - `kickstand report`: who ran when, and who waited how long, in a trace. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"
#include "trace/html.h"
#include "trace/svg.h"
#include "trace/timehist.h"

static const struct option report_options[] = {
	{ "summary", no_argument, NULL, 's' },
	{ "html", required_argument, NULL, 'w' },
	{ "svg", required_argument, NULL, 'v' },
	{ "window", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand report TRACE [--summary | --html FILE | --svg FILE --window A..B]\n\n"
	"TRACE is a text trace, of kickstand run --trace FILE.txt, or a real kernel's: the text\n"
	"of trace_pipe or trace-cmd report; - for standard input.\n"
	"A line for each time a task was on a CPU, then how long each task waited.\n\n"
	"  --summary           the second table only\n"
	"  --html FILE         no tables: the trace as a page to look at in a browser\n"
	"  --svg FILE          no tables: a picture of who ran and who kicked whom in the window\n"
	"  --window A..B       of virtual time: 3ms..5ms\n";

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

struct drawing {
	const char *path;	/* NULL: none is wanted */
	int (*write)(struct trace_reader *r, struct trace_out *out, const void *arg);
	struct svg_window window;
};

static int draw_to(struct trace_reader *r, const struct drawing *d)
{
	struct trace_out out;
	int err = trace_out_open(&out, d->path), ret;

	if (err)
		return complain(KS_USAGE, "%s: cannot be written: %s", d->path, strerror(-err));
	ret = d->write(r, &out, &d->window);
	err = trace_out_close(&out, !ret);
	if (ret == -ERANGE)
		return complain(KS_USAGE, "%s: the trace ends before the window begins", d->path);
	if (ret)
		return complain(KS_USAGE, "%s", ret == -ENOMEM ? "out of memory" : trace_reader_error(r));
	return err ? complain(KS_USAGE, "%s: cannot be written: %s", d->path, strerror(-err)) : KS_OK;
}

/* The drawing would take the trace's place. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
	       S_ISREG(x.st_mode);
}

static int draw(const char *path, const struct drawing *d)
{
	struct trace_reader *r = NULL;
	FILE *in;
	int err;

	if (same_file(path, d->path))
		return complain(KS_USAGE, "%s: is the trace: name another file to write", d->path);
	in = why_open(path);	/* a page reads it twice */
	if (!in)
		return complain(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
	err = trace_reader_open_in(in, path, &r);
	err = err ? complain(KS_USAGE, "%s", trace_reader_error(r)) : draw_to(r, d);
	trace_reader_close(r);
	if (in != stdin)
		fclose(in);
	return err;
}

/* One of the two: standard input is read once. */
static int check_drawing(const struct drawing *d, const char *html, const char *svg, bool summary_only)
{
	if (html && svg)
		return complain(KS_USAGE, "--html and --svg: one at a time");
	if (!svg != !d->window.to_ns)
		return complain(KS_USAGE, "--svg FILE and --window A..B come together");
	if (d->path && summary_only)
		return complain(KS_USAGE, "--summary is of the tables; with --html or --svg there are none");
	return KS_OK;
}

int cmd_report(int argc, char **argv)
{
	bool summary_only = false;
	struct drawing d = { .path = NULL };
	const char *path, *html = NULL, *svg = NULL;
	uint64_t from_ns, to_ns;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", report_options, NULL)) != -1) {
		switch (opt) {
		case 's':
			summary_only = true;
			break;
		case 'w':
			html = d.path = optarg;
			d.write = trace_html_write;
			break;
		case 'v':
			svg = d.path = optarg;
			d.write = trace_svg_write;
			break;
		case 'o':
			if (!parse_window(optarg, &from_ns, &to_ns))
				return complain(KS_USAGE, WINDOW_IS_DUE, optarg);
			d.window = (struct svg_window){ from_ns, to_ns };
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, report_options, "kickstand report");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace)");
	if (!path)
		return KS_USAGE;
	if (check_drawing(&d, html, svg, summary_only))
		return KS_USAGE;
	return d.path ? draw(path, &d) : report(path, summary_only);
}
