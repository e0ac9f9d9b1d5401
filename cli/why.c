// SPDX-License-Identifier: GPL-2.0-only
/* why.c - `kickstand why`: why a task waited, from a trace. */
#include <getopt.h>
#include "cli.h"

const struct option why_options[] = {
	{ "task", required_argument, NULL, 't' },
	{ "at", required_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand why TRACE|DUMP [--task T] [--at TIME] [--json]\n\n"
	"TRACE is a text trace, of kickstand run --trace FILE.txt, or a real kernel's: the text\n"
	"of trace_pipe or trace-cmd report. DUMP is a sched_ext debug dump, with the prefixes of a\n"
	"log or without. - for standard input.\n"
	"Why a task waited: where it was put and by whom, which CPUs could have taken it and\n"
	"what they did, which kick came and which did not. Without a task: the worst wait.\n\n"
	"  --task T            a pid, a name (COMM), or both (COMM-PID)\n"
	"  --at TIME           the wait at that moment of virtual time: 3ms, 1.5s\n"
	"  --json              for programs\n";

int cmd_why(int argc, char **argv)
{
	struct ks_why_opts o = { .sz = sizeof(o) };
	const char *path;
	uint64_t at_ns;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", why_options, NULL)) != -1) {
		switch (opt) {
		case 't':
			o.task = optarg;
			break;
		case 'a':
			if (!parse_moment(optarg, &at_ns))
				return complain(KS_USAGE,
						"--at %s: a time with its unit is due, as 3ms",
						optarg);
			o.at_ns = &at_ns;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, why_options, "kickstand why");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace) or the debug dump");
	if (!path)
		return KS_USAGE;
	return ks_why(path, &o, stdout) ? complain_error(KS_USAGE) : flush_output();
}
