// SPDX-License-Identifier: GPL-2.0-only
/* why.c - `kickstand why`: why a task waited, from a trace. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "trace/why.h"
#include "trace/why_dump.h"

static const struct option why_options[] = {
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

/* ---- what kind of file it is ---- */

enum file_kind { FILE_TRACE, FILE_DUMP };

#define SNIFF_BYTES 65536

/*
 * By content, of which @head is the beginning. Whoever reads another kind of file adds
 * it here and in why_file().
 */
static enum file_kind why_file_kind(const char *head, size_t len)
{
	return FILE_TRACE;
}

/* Standard input and pipes are read once: what can be wound back is a copy. */
static FILE *seekable(FILE *in)
{
	char buf[65536];
	FILE *copy;
	size_t n;

	if (!fseek(in, 0, SEEK_SET))
		return in;
	copy = tmpfile();
	while (copy && (n = fread(buf, 1, sizeof(buf), in)))
		fwrite(buf, 1, n, copy);
	if (copy && (ferror(in) || fflush(copy) || ferror(copy))) {
		fclose(copy);
		copy = NULL;
	}
	if (in != stdin)
		fclose(in);
	if (copy)
		rewind(copy);
	return copy;
}

FILE *why_open(const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "r") : stdin;

	return in ? seekable(in) : NULL;
}

static int sniff(FILE *in, enum file_kind *kind)
{
	char *head;
	size_t n;

	if (dump_is_in(in)) {	/* anywhere in a long log */
		*kind = FILE_DUMP;
		return 0;
	}
	head = malloc(SNIFF_BYTES);
	if (!head)
		return -ENOMEM;
	n = fread(head, 1, SNIFF_BYTES, in);
	if (!n && ferror(in)) {
		free(head);
		return -(errno ? errno : EIO);
	}
	*kind = why_file_kind(head, n);
	free(head);
	rewind(in);
	return 0;
}

/* ---- the answer ---- */

static int why_of_trace(FILE *in, const char *name, const struct why_question *q)
{
	struct trace_reader *r;
	int err = trace_reader_open_in(in, name, &r);

	if (!err)
		err = why_print(r, q, stdout);
	err = err ? complain(KS_USAGE, "%s", trace_reader_error(r)) : flush_output();
	trace_reader_close(r);
	return err;
}

static int why_of_dump(FILE *in, const char *name, const struct why_question *q)
{
	struct dump *d;
	int err;

	if (q->has_at)
		return complain(KS_USAGE, "--at is of traces: %s is a debug dump, of one moment", name);
	err = dump_read(in, name, &d);
	if (err) {
		err = complain(KS_USAGE, "%s", d ? d->error : "out of memory");
	} else {
		err = why_dump_print(d, q->task, q->json, stdout);
		err = err == -ENOENT ? complain(KS_USAGE, "--task %s: the dump has no such task", q->task) :
		      err	     ? complain(KS_USAGE, "out of memory") :
				       flush_output();
	}
	dump_destroy(d);
	return err;
}

int why_file(FILE *in, const char *name, const struct why_question *q)
{
	enum file_kind kind;
	int err = sniff(in, &kind);

	if (err)
		return complain(KS_USAGE, "%s: cannot be read: %s", name, strerror(-err));
	switch (kind) {
	case FILE_DUMP:
		return why_of_dump(in, name, q);
	case FILE_TRACE:
		break;
	}
	return why_of_trace(in, name, q);
}

static int why(const char *path, const struct why_question *q)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	FILE *in = why_open(path);
	int err;

	if (!in)
		return complain(KS_USAGE, "%s: cannot be read: %s", name, strerror(errno));
	err = why_file(in, name, q);
	if (in != stdin)
		fclose(in);
	return err;
}

int cmd_why(int argc, char **argv)
{
	struct why_question q = { 0 };
	const char *path;
	uint64_t at_ns;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", why_options, NULL)) != -1) {
		switch (opt) {
		case 't':
			q.task = optarg;
			break;
		case 'a':
			if (!parse_time(optarg, &at_ns))
				return complain(KS_USAGE, "--at %s: a time is due, as 3ms", optarg);
			q.has_at = true;
			q.at_ns = at_ns;
			break;
		case 'j':
			q.json = true;
			break;
		case 'h':
			fputs(help_text, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, why_options, "kickstand why");
		}
	}
	path = only_argument(argc, argv, "the trace (a .txt of run --trace) or the debug dump");
	return path ? why(path, &q) : KS_USAGE;
}
