// SPDX-License-Identifier: GPL-2.0-only
/* import.c - `kickstand import`: a scenario from a debug dump. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"
#include "scenario/import.h"

static const struct option import_options[] = {
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

static int write_notes(const char *notes)
{
	fputs("kickstand: import: not known from the dump:\n", stderr);
	for (const char *at = notes; *at;) {
		size_t n = strcspn(at, "\n");

		fprintf(stderr, "  %.*s\n", (int)n, at);
		at += n + (at[n] == '\n');
	}
	return KS_OK;
}

static int write_scenario(const struct dump *d, const char *from, const char *path)
{
	struct output out;
	char *notes = NULL;
	size_t len;
	FILE *err = open_memstream(&notes, &len);
	int status, ret;

	if (!err)
		return complain(KS_USAGE, "out of memory");
	status = output_open(&out, path);
	if (status) {
		fclose(err);
		free(notes);
		return status;
	}
	ret = import_dump(d, from, out.file, err);
	fclose(err);
	if (ret) {
		output_drop(&out);
		status = ret == -E2BIG ?
				 complain(KS_USAGE, "%s: the dump is of at least %u CPUs, more than a "
					  "machine here has", from, d->cpus_min) :
				 complain(KS_USAGE, "%s: the dump has no task that could run: there is "
					  "nothing to make a scenario of", from);
	} else {
		status = output_commit(&out);
	}
	if (!status)
		write_notes(notes);
	free(notes);
	return status;
}

/* The scenario would take the dump's place. */
static bool same_file(FILE *in, const char *path)
{
	struct stat a, b;

	return !fstat(fileno(in), &a) && !stat(path, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino && S_ISREG(a.st_mode);
}

static int import(const char *path, const char *to)
{
	bool piped = !strcmp(path, "-");
	const char *name = piped ? "standard input" : path;
	FILE *in = piped ? stdin : fopen(path, "re");
	struct dump *d = NULL;
	int err;

	if (!in)
		return complain(KS_USAGE, "%s: cannot be read: %s", name, strerror(errno));
	if (same_file(in, to))
		err = complain(KS_USAGE, "%s: is the dump: name another file to write", to);
	else if (dump_read(in, name, &d))
		err = complain(KS_USAGE, "%s", d ? d->error : "out of memory");
	else
		err = write_scenario(d, name, to);
	dump_destroy(d);
	if (!piped)
		fclose(in);
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
