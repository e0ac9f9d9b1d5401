// SPDX-License-Identifier: GPL-2.0-only
/* explain.c - `kickstand explain`: what became of the kicks in a trace. */
#include <getopt.h>
#include "cli.h"

const struct option explain_options[] = {
	{ "kick", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand explain TRACE [--kick N] [--json]\n\n"
	"TRACE is a text trace, of kickstand run --trace FILE.txt; - for standard input.\n"
	"Without a number: all kicks, a line each, and which look suspicious. Of a trace\n"
	"without kicks: why the task that waited longest did, as kickstand why says.\n\n"
	"  --kick N            the story of one\n"
	"  --json              the lives of all, or of that one, as JSON\n";

int cmd_explain(int argc, char **argv)
{
	struct ks_explain_opts o = { .sz = sizeof(o) };
	const char *path;
	uint64_t n;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", explain_options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			if (!parse_number(optarg, 1, UINT32_MAX, &n))
				return complain(KS_USAGE,
						"--kick %s: the number of a kick is due, from 1",
						optarg);
			o.kick = n;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, explain_options, "kickstand explain");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace)");
	if (!path)
		return KS_USAGE;
	return ks_explain(path, &o, stdout) ? complain_error(KS_USAGE) : flush_output();
}
