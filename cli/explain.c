// SPDX-License-Identifier: GPL-2.0-only
/* explain.c - `kickstand explain`: what became of the kicks in a trace. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include "cli.h"
#include "trace/explain.h"
#include "trace/why.h"

static const struct option explain_options[] = {
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

static int print(const struct kick_lives *lives, const struct trace_reader *r, uint64_t n,
		 bool json)
{
	if (n > lives->nr_kicks)
		return complain(KS_USAGE, "--kick %llu: the trace has %u kicks", (unsigned long long)n,
				lives->nr_kicks);
	if (json)
		explain_json(lives, r, n, stdout);
	else if (n)
		explain_kick(lives, r, n, stdout);
	else
		explain_table(lives, r, stdout);
	return flush_output();
}

/* Nobody was kicked: then the longest wait is what there is to explain, if there was one. */
static int without_kicks(struct trace_reader *r)
{
	const struct why_question worst = { 0 };
	int err = trace_reader_again(r);

	if (!err)
		err = why_print(r, &worst, stdout);
	if (err)
		fputs("There was no kick.\n", stdout);
	return flush_output();
}

static int explain_in(FILE *in, const char *name, uint64_t n, bool json)
{
	struct kick_lives lives = { 0 };
	struct trace_reader *r;
	int err = trace_reader_open_in(in, name, &r);

	if (!err)
		err = kicks_read(r, &lives);
	if (err)
		err = complain(KS_USAGE, "%s", trace_reader_error(r));
	else if (!lives.nr_kicks && !n && !json)
		err = without_kicks(r);
	else
		err = print(&lives, r, n, json);
	kicks_finish(&lives);
	trace_reader_close(r);
	return err;
}

static int explain(const char *path, uint64_t n, bool json)
{
	FILE *in = why_open(path);
	int err;

	if (!in)
		return complain(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
	err = explain_in(in, path, n, json);
	if (in != stdin)
		fclose(in);
	return err;
}

int cmd_explain(int argc, char **argv)
{
	const char *path;
	bool json = false;
	uint64_t n = 0;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", explain_options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			if (!parse_number(optarg, 1, UINT32_MAX, &n))
				return complain(KS_USAGE, "--kick %s: the number of a kick is due, from 1",
						optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, explain_options, "kickstand explain");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace)");
	return path ? explain(path, n, json) : KS_USAGE;
}
