// SPDX-License-Identifier: GPL-2.0-only
/* import.c - `kickstand import`: a scenario from a debug dump. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"
#include "cli.h"

const struct option import_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand import DUMP [-o FILE.json]\n\n"
	"DUMP is a sched_ext debug dump as it stands in a bug report, with the prefixes of a log\n"
	"or without; - for standard input. Written is a scenario for kickstand test: the tasks\n"
	"that could run, their affinities, weights and classes, and the CPUs. What the dump does\n"
	"not know is said in the file and on standard error.\n\n"
	"  -o, --output FILE   where to; default: standard output\n\n"
	"    kickstand import dump.txt -o x.json && kickstand test x.json --object SCHEDULER.bpf.o\n";

static void tell_notes(const char *notes)
{
	fputs("kickstand: import: not known from the dump:\n", stderr);
	for (const char *at = notes; *at;) {
		size_t n = strcspn(at, "\n");

		fprintf(stderr, "  %.*s\n", (int)n, at);
		at += n + (at[n] == '\n');
	}
}

static int write_scenario(const char *from, FILE *notes, const char *path)
{
	struct output out;
	int err = output_open(&out, path);

	if (err)
		return err;
	if (!ks_import(from, notes, out.file))
		return output_commit(&out);
	output_drop(&out);
	return complain_error(KS_USAGE);
}

static int import(const char *from, const char *to)
{
	char *notes = NULL;
	size_t len;
	FILE *f;
	int err;

	if (whole_file_replaces(to, from))
		return complain(KS_USAGE, "%s: is the dump: name another file to write", to);
	f = text_stream(&notes, &len);
	err = write_scenario(from, f, to);
	fclose(f);
	if (!err)
		tell_notes(notes);
	free(notes);
	return err;
}

int cmd_import(int argc, char **argv)
{
	const char *path, *to = "-";
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":ho:", import_options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			to = optarg;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, import_options, "kickstand import");
		}
	}
	path = only_argument(argc, argv, "the file with the debug dump");
	return path ? import(path, to) : KS_USAGE;
}
