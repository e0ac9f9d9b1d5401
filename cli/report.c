// SPDX-License-Identifier: GPL-2.0-only
/* report.c - `kickstand report`: who ran when, and who waited how long, in a trace. */
#include <getopt.h>
#include "cli.h"

const struct option report_options[] = {
	{ "summary", no_argument, NULL, 's' },	  { "html", required_argument, NULL, 'w' },
	{ "svg", required_argument, NULL, 'v' },  { "window", required_argument, NULL, 'o' },
	{ "kick", required_argument, NULL, 'k' }, { "cpus", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },	  { NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand report TRACE [--summary | --html FILE | --svg FILE --window A..B]\n"
	"       kickstand report TRACE --svg FILE --kick N [--cpus LIST]\n\n"
	"TRACE is a text trace, of kickstand run --trace FILE.txt, or a real kernel's: the text\n"
	"of trace_pipe or trace-cmd report; - for standard input.\n"
	"A line for each time a task was on a CPU, then how long each task waited.\n\n"
	"  --summary           the second table only\n"
	"  --html FILE         no tables: the trace as a page to look at in a browser\n"
	"  --svg FILE          no tables: a picture of who ran and who kicked whom in the window\n"
	"  --window A..B       of virtual time: 3ms..5ms\n"
	"  --kick N            in its place: around that kick, as kickstand explain numbers them\n"
	"  --cpus LIST         lanes of these CPUs only: 0-3,8\n";

int cmd_report(int argc, char **argv)
{
	struct ks_report_opts o = { .sz = sizeof(o) };
	const char *path;
	uint64_t kick;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", report_options, NULL)) != -1) {
		switch (opt) {
		case 's':
			o.summary = true;
			break;
		case 'w':
			o.html = optarg;
			break;
		case 'v':
			o.svg = optarg;
			break;
		case 'o':
			if (!parse_window(optarg, &o.svg_from_ns, &o.svg_to_ns))
				return complain(KS_USAGE, WINDOW_IS_DUE, optarg);
			break;
		case 'k':
			if (!parse_number(optarg, 1, UINT32_MAX, &kick))
				return complain(KS_USAGE, "--kick %s: a number from 1 on is due",
						optarg);
			o.svg_kick = kick;
			break;
		case 'c':
			o.svg_cpus = optarg;
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
	return ks_report(path, &o, stdout) ? complain_error(KS_USAGE) : flush_output();
}
