// SPDX-License-Identifier: GPL-2.0-only
/* main.c - `kickstand`: which subcommand is it? */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/shortage.h"
#include "base/suggest.h"
#include "cli.h"

const struct subcommand subcommands[] = {
	{ "new", cmd_new, new_options, "DIR [--template NAME]", "a scheduler to start from" },
	{ "build", cmd_build, build_options, "FILE.bpf.c... [-o OBJECT]",
	  "compile a scheduler's source" },
	{ "run", cmd_run, run_options, "OBJECT [options]",
	  "run a scheduler on a simulated machine" },
	{ "top", cmd_top, top_options, "OBJECT [options]", "the same, seen while it runs" },
	{ "exec", cmd_exec, exec_options, "[options] -- LOADER ARGS...",
	  "the same, by its own program" },
	{ "test", cmd_test, test_options, "FILE|DIR...", "run scenario files, print TAP" },
	{ "inspect", cmd_inspect, inspect_options, "OBJECT",
	  "what the object needs; what is missing" },
	{ "explore", cmd_explore, explore_options, "OBJECT [options]",
	  "search its interleavings for one that ends badly" },
	{ "sweep", cmd_sweep, sweep_options, "PLAN.json --db FILE", "many runs, into a database" },
	{ "results", cmd_results, results_options, "FILE.sqlite", "what a sweep's database says" },
	{ "serve", cmd_serve, serve_options, "", "runs for a program: a line of JSON in, one out" },
	{ "explain", cmd_explain, explain_options, "TRACE [--kick N] [--json]",
	  "what became of the kicks of a trace" },
	{ "why", cmd_why, why_options, "TRACE|DUMP [--task T] [--json]", "why a task waited" },
	{ "import", cmd_import, import_options, "DUMP [-o FILE.json]",
	  "a scenario from a sched_ext debug dump" },
	{ "compare", cmd_compare, compare_options, "A.json B.json...",
	  "summaries of runs side by side" },
	{ "report", cmd_report, report_options, "TRACE [--html FILE]",
	  "who ran when and waited how long in a trace" },
	{ "kernels", cmd_kernels, kernels_options, "[--json]", "the profiles and how they differ" },
	{ "btf", cmd_btf, btf_options, "[--kernel V] [--format raw|c]", "the machine's types" },
	{ "completion", cmd_completion, completion_options, "bash|zsh|fish",
	  "for a shell's tab key" },
	{ 0 },
};

static void usage(FILE *out)
{
	const struct subcommand *c;

	fputs("usage: kickstand COMMAND ...\n\n", out);
	for (c = subcommands; c->name; c++)
		fprintf(out, "  kickstand %-10s %-30s %s\n", c->name, c->arguments, c->text);
	fputs("\nkickstand COMMAND --help says more.\n", out);
}

static int complain_command(const char *word)
{
	struct suggestion s = { .word = word };
	const struct subcommand *c;
	char text[64];

	for (c = subcommands; c->name; c++)
		suggest_try(&s, c->name);
	suggest_text(&s, text, sizeof(text));
	return complain(KS_USAGE, "there is no command '%s'%s", word,
			*text ? text : "; see kickstand --help");
}

static void end_short(void)
{
	_exit(KS_USAGE);
}

/* JSON that lacks a member would be half a file: jansson itself says nothing. */
static void *json_memory(size_t size)
{
	void *p = malloc(size);

	shortage_on(!p, "out of memory for JSON");
	return p;
}

int main(int argc, char **argv)
{
	const struct subcommand *c;

	/* a write that fails says so: what it belongs to is tidied up, not cut off */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	shortage_ends_by(end_short);
	json_set_alloc_funcs(json_memory, free);
	if (argc < 2) {
		usage(stderr);
		return KS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return KS_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("kickstand " KS_VERSION);
		return KS_OK;
	}
	for (c = subcommands; c->name; c++)
		if (!strcmp(argv[1], c->name))
			return c->fn(argc - 1, argv + 1);
	return complain_command(argv[1]);
}
