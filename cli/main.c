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

static const struct subcommand {
	const char *name;
	int (*fn)(int argc, char **argv);
	const char *arguments, *text;
} subcommands[] = {
	{ "new", cmd_new, "DIR [--template NAME]", "a scheduler to start from" },
	{ "run", cmd_run, "OBJECT [options]", "run a scheduler on a simulated machine" },
	{ "build", cmd_build, "FILE.bpf.c... [-o OBJECT]", "compile a scheduler's source" },
	{ "top", cmd_top, "OBJECT [options]", "the same, seen while it runs" },
	{ "exec", cmd_exec, "[options] -- LOADER ARGS...", "the same, by its own program" },
	{ "test", cmd_test, "FILE|DIR...", "run scenario files, print TAP" },
	{ "inspect", cmd_inspect, "OBJECT", "what the object needs; what is missing" },
	{ "explain", cmd_explain, "TRACE [--kick N] [--json]",
	  "what became of the kicks of a trace" },
	{ "why", cmd_why, "TRACE|DUMP [--task T] [--json]", "why a task waited" },
	{ "import", cmd_import, "DUMP [-o FILE.json]", "a scenario from a sched_ext debug dump" },
	{ "compare", cmd_compare, "A.json B.json...", "summaries of runs side by side" },
	{ "report", cmd_report, "TRACE [--html FILE]",
	  "who ran when and waited how long in a trace" },
	{ "kernels", cmd_kernels, "[--json]", "the profiles and how they differ" },
	{ "btf", cmd_btf, "[--kernel V] [--format raw|c]", "the machine's types" },
};

#define NR_SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static void usage(FILE *out)
{
	size_t i;

	fputs("usage: kickstand COMMAND ...\n\n", out);
	for (i = 0; i < NR_SUBCOMMANDS; i++)
		fprintf(out, "  kickstand %-8s %-30s %s\n", subcommands[i].name,
			subcommands[i].arguments, subcommands[i].text);
	fputs("\nkickstand COMMAND --help says more.\n", out);
}

static int complain_command(const char *word)
{
	struct suggestion s = { .word = word };
	char text[64];
	size_t i;

	for (i = 0; i < NR_SUBCOMMANDS; i++)
		suggest_try(&s, subcommands[i].name);
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
	size_t i;

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
	for (i = 0; i < NR_SUBCOMMANDS; i++)
		if (!strcmp(argv[1], subcommands[i].name))
			return subcommands[i].fn(argc - 1, argv + 1);
	return complain_command(argv[1]);
}
