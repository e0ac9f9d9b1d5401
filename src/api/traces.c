// SPDX-License-Identifier: GPL-2.0-only
/*
 * traces.c - what kickstand explain, why and report say, for programs: files in, the
 * readers of src/trace over them, their message as ks_error(). A file that must be read
 * more than once, and cannot be, is copied.
 */
#include <errno.h>
#include <string.h>

#include "api/handle.h"
#include "base/whole_file.h"
#include "trace/explain.h"
#include "trace/html.h"
#include "trace/svg.h"
#include "trace/timehist.h"
#include "trace/why.h"
#include "trace/why_dump.h"

/* ---- files ---- */

/* Standard input and pipes are read once: what can be wound back is a copy. */
static FILE *seekable(FILE *in)
{
	FILE *kept;

	if (!fseek(in, 0, SEEK_SET))
		return in;
	kept = tmpfile();
	if (kept && file_copy(in, kept)) {
		fclose(kept);
		kept = NULL;
	}
	if (in != stdin)
		fclose(in);
	if (kept)
		rewind(kept);
	return kept;
}

struct input {
	FILE *file;
	const char *name; /* for messages */
};

/* KS_OK: what can be read more than once. */
static int input_open(struct input *in, const char *path)
{
	bool piped = !strcmp(path, "-");

	in->name = piped ? "standard input" : path;
	in->file = piped ? stdin : fopen(path, "re");
	if (in->file)
		in->file = seekable(in->file);
	return in->file ? KS_OK :
			  api_fail(KS_USAGE, "%s: cannot be read: %s", in->name, strerror(errno));
}

static void input_close(struct input *in)
{
	if (in->file != stdin)
		fclose(in->file);
}

/* What a trace is asked for: 0, or -errno with the message in @r, or a KS_ status that is told. */
typedef int (*question)(struct trace_reader *r, const void *opts, FILE *out);

static int ask_reader(const struct input *in, question ask, const void *opts, FILE *out)
{
	struct trace_reader *r;
	int err = trace_reader_open_in(in->file, in->name, &r);

	if (!err)
		err = ask(r, opts, out);
	if (err < 0)
		err = api_fail(KS_USAGE, "%s", trace_reader_error(r));
	trace_reader_close(r);
	return err;
}

static int ask_trace(const char *path, question ask, const void *opts, FILE *out)
{
	struct input in;
	int err = input_open(&in, path);

	if (err)
		return err;
	err = ask_reader(&in, ask, opts, out);
	input_close(&in);
	return err;
}

/* ---- explain ---- */

static int explain_lives(const struct kick_lives *lives, const struct trace_reader *r,
			 const struct ks_explain_opts *o, FILE *out)
{
	if (o->kick > lives->nr_kicks)
		return api_fail(KS_USAGE, "--kick %u: the trace has %u kicks", o->kick,
				lives->nr_kicks);
	if (o->json)
		explain_json(lives, r, o->kick, out);
	else if (o->kick)
		explain_kick(lives, r, o->kick, out);
	else
		explain_table(lives, r, out);
	return KS_OK;
}

/* Nobody was kicked: then the longest wait is what there is to explain, if there was one. */
static int explain_waits(struct trace_reader *r, FILE *out)
{
	const struct why_question worst = { 0 };
	int err = trace_reader_again(r);

	if (!err)
		err = why_print(r, &worst, out);
	if (err == -ENOMEM)
		return api_fail(KS_USAGE, "out of memory for the trace");
	if (err)
		fputs("There was no kick.\n", out);
	return KS_OK;
}

static int explain(struct trace_reader *r, const void *opts, FILE *out)
{
	const struct ks_explain_opts *o = opts;
	struct kick_lives lives = { 0 };
	int err = kicks_read(r, &lives);

	if (!err && !lives.nr_kicks && !o->kick && !o->json)
		err = explain_waits(r, out);
	else if (!err)
		err = explain_lives(&lives, r, o, out);
	kicks_finish(&lives);
	return err;
}

KS_PUBLIC int ks_explain(const char *trace, const struct ks_explain_opts *opts, FILE *out)
{
	struct ks_explain_opts o;

	if (api_enter_still() || api_need(trace) || api_need(out) ||
	    api_take(&o, sizeof(o), opts, "ks_explain_opts"))
		return KS_USAGE;
	return ask_trace(trace, explain, &o, out);
}

/* ---- why ---- */

static int why_of_trace(struct trace_reader *r, const void *opts, FILE *out)
{
	const struct ks_why_opts *o = opts;
	const struct why_question q = {
		.task = o->task,
		.has_at = o->at_ns,
		.at_ns = o->at_ns ? *o->at_ns : 0,
		.json = o->json,
	};

	return why_print(r, &q, out);
}

static int why_of_dump(const struct input *in, const struct ks_why_opts *o, FILE *out)
{
	char names[256];
	struct dump *d;
	int err;

	if (o->at_ns)
		return api_fail(KS_USAGE, "--at is of traces: %s is a debug dump, of one moment",
				in->name);
	if (dump_read(in->file, in->name, &d)) {
		err = api_fail(KS_USAGE, "%s", d ? d->error : "out of memory");
	} else {
		err = why_dump_print(d, o->task, o->json, out);
		if (err == -ENOENT)
			err = api_fail(KS_USAGE, "--task %s: the dump has no such task%s", o->task,
				       why_dump_near(d, o->task, names, sizeof(names)));
		else if (err)
			err = api_fail(KS_USAGE, "out of memory");
	}
	dump_destroy(d);
	return err;
}

/* By content: a dump may begin anywhere in a long log. */
static int why(const char *path, const struct ks_why_opts *o, FILE *out)
{
	struct input in;
	int err = input_open(&in, path);

	if (err)
		return err;
	if (dump_is_in(in.file))
		err = why_of_dump(&in, o, out);
	else
		err = ask_reader(&in, why_of_trace, o, out);
	input_close(&in);
	return err;
}

KS_PUBLIC int ks_why(const char *path, const struct ks_why_opts *opts, FILE *out)
{
	struct ks_why_opts o;

	if (api_enter_still() || api_need(path) || api_need(out) ||
	    api_take(&o, sizeof(o), opts, "ks_why_opts"))
		return KS_USAGE;
	return why(path, &o, out);
}

/* ---- report: tables ---- */

/* Nothing is printed before the whole trace is known to be one. */
static int tables(struct trace_reader *r, const void *opts, FILE *out)
{
	const struct ks_report_opts *o = opts;
	FILE *rows = tmpfile(), *sums = tmpfile();
	int err;

	if (!rows || !sums)
		err = api_fail(KS_USAGE, "no temporary file: %s", strerror(errno));
	else
		err = timehist_print(r, o->summary ? NULL : rows, sums);
	for (FILE *f = rows; !err && f; f = f == rows ? sums : NULL) {
		rewind(f);
		file_copy(f, out);
	}
	if (rows)
		fclose(rows);
	if (sums)
		fclose(sums);
	return err;
}

/* ---- report: drawings ---- */

static int draw_into(struct trace_reader *r, const struct ks_report_opts *o, struct trace_out *to)
{
	const struct svg_window window = { o->svg_from_ns, o->svg_to_ns, o->svg_kick, o->svg_cpus };

	return o->html ? trace_html_write(r, to, NULL) : trace_svg_write(r, to, &window);
}

static int draw(struct trace_reader *r, const void *opts, FILE *out)
{
	const struct ks_report_opts *o = opts;
	const char *path = o->html ? o->html : o->svg;
	struct trace_out to;
	int err = trace_out_open(&to, path), ret;

	if (err)
		return api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err));
	ret = draw_into(r, o, &to);
	err = trace_out_close(&to, !ret);
	if (ret == -ERANGE)
		return api_fail(KS_USAGE, "%s: the trace ends before the window begins", path);
	if (ret == -ENOENT)
		return api_fail(KS_USAGE, "--kick %u: the trace has not so many kicks",
				o->svg_kick);
	if (ret == -ENODEV)
		return api_fail(KS_USAGE, "--cpus %s: the trace has none of these CPUs",
				o->svg_cpus);
	if (ret == -ENOMEM)
		return api_fail(KS_USAGE, "out of memory");
	return ret ? ret :
	       err ? api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err)) :
		     KS_OK;
}

/* One drawing: standard input is read once. */
static int check_drawing(const char *trace, const struct ks_report_opts *o)
{
	const char *path = o->html ? o->html : o->svg;

	if (o->html && o->svg)
		return api_fail(KS_USAGE, "--html and --svg: one at a time");
	if (!o->svg != !(o->svg_to_ns || o->svg_kick))
		return api_fail(KS_USAGE,
				"--svg FILE and --window A..B (or --kick N) come together");
	if (o->svg_to_ns && o->svg_kick)
		return api_fail(KS_USAGE, "--window and --kick: one of them");
	if (o->svg_cpus && !o->svg)
		return api_fail(KS_USAGE, "--cpus is of --svg FILE, and there is none");
	if (o->svg_cpus && !svg_cpus_are_list(o->svg_cpus))
		return api_fail(KS_USAGE, "--cpus %s: a list of CPUs is due, as 0-3,8",
				o->svg_cpus);
	if (path && o->summary)
		return api_fail(KS_USAGE,
				"--summary is of the tables; with --html or --svg there are none");
	if (o->svg && !o->svg_kick && o->svg_from_ns >= o->svg_to_ns)
		return api_fail(KS_USAGE, "--window: it ends before it begins");
	return path && whole_file_replaces(path, trace) ?
		       api_fail(KS_USAGE, "%s: is the trace: name another file to write", path) :
		       KS_OK;
}

KS_PUBLIC int ks_report(const char *trace, const struct ks_report_opts *opts, FILE *out)
{
	struct ks_report_opts o;

	if (api_enter_still() || api_need(trace) ||
	    api_take(&o, sizeof(o), opts, "ks_report_opts") || check_drawing(trace, &o))
		return KS_USAGE;
	if (o.html || o.svg)
		return ask_trace(trace, draw, &o, NULL);
	return api_need(out) ? KS_USAGE : ask_trace(trace, tables, &o, out);
}
