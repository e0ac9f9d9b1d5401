// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_annotate.c - failures beside the lines of a change, as code forges show them.
 *
 *	::error file=kick.json,line=9,col=18,title=a kick (kernel 7.3)::kicks.idle: expected 1, seen 0
 *
 * is a command of GitHub's, on standard output; GitLab reads a file of its code quality format.
 */
#include <jansson.h>
#include <string.h>
#include "base/fnv.h"
#include "base/json_out.h"
#include "base/printable.h"
#include "base/text_stream.h"
#include "test.h"

#define GITLAB_FILE "gl-code-quality-report.json"

int annotations_take(struct test_options *o, const char *text)
{
	if (!strcmp(text, "github"))
		o->github = true;
	else if (!strcmp(text, "gitlab"))
		o->gitlab = GITLAB_FILE;
	else if (!strncmp(text, "gitlab=", 7) && text[7])
		o->gitlab = text + 7;
	else
		return complain(KS_USAGE, "--annotations %s: github, gitlab or gitlab=FILE is due",
				text);
	return KS_OK;
}

/* Both want paths from the root of the repository. */
static const char *path_of(const struct test *t)
{
	const char *path = t->file;

	while (!strncmp(path, "./", 2))
		path += 2;
	return path;
}

/* ---- GitHub ---- */

static void put_command_text(FILE *to, const char *text, bool property)
{
	for (; *text; text++)
		if (strchr(property ? "%\r\n:," : "%\r\n", *text))
			fprintf(to, "%%%02X", (unsigned char)*text);
		else
			putc(*text, to);
}

void annotations_print(const struct test *t, const struct test_options *o)
{
	struct failure f;
	const char *at = NULL;
	struct printable p;
	FILE *to = printable_begin(&p, stdout);

	while (o->github && failure_next(t, o, &at, &f)) {
		fputs("::error file=", to);
		put_command_text(to, path_of(t), true);
		if (f.line)
			fprintf(to, ",line=%u,col=%u", f.line, f.column);
		fputs(",title=", to);
		put_command_text(to, t->name, true);
		fputs("::", to);
		put_command_text(to, f.text, false);
		putc('\n', to);
		failure_finish(&f);
	}
	printable_end(&p);
}

/* ---- GitLab ---- */

/* The same failure has the same one in the next run, whatever was seen: up to ": expected". */
static void put_fingerprint(const struct test *t, const struct failure *f, unsigned int i,
			    char *buf, size_t size)
{
	const char *end = strstr(f->text, ": expected ");
	char *text = NULL;
	size_t len;
	FILE *out = text_stream(&text, &len);

	fprintf(out, "%s\n%s\n%.*s\n%u", path_of(t), t->name,
		(int)(end ? end - f->text : (long)f->len), f->text, i);
	fclose(out);
	snprintf(buf, size, "%08x%08zx", fnv1a(text), len);
	free(text);
}

static json_t *issue(const struct test *t, const struct failure *f, unsigned int i)
{
	char print[32], *text = NULL;
	size_t len;
	FILE *out = text_stream(&text, &len);
	json_t *o = json_object(), *said;

	fprintf(out, "%s: %s", t->name, f->text);
	fclose(out);
	put_fingerprint(t, f, i, print, sizeof(print));
	said = json_string(text); /* NULL: what was seen is no UTF-8 */
	json_object_set_new(o, "description", said ? said : json_string(t->name));
	json_object_set_new(o, "check_name", json_string("kickstand"));
	json_object_set_new(o, "fingerprint", json_string(print));
	json_object_set_new(o, "severity",
			    json_string(t->status == KS_FAILED ? "major" : "critical"));
	json_object_set_new(o, "location",
			    json_pack("{s:s, s:{s:i}}", "path", path_of(t), "lines", "begin",
				      f->line ? f->line : 1));
	free(text);
	return o;
}

int annotations_write(const struct tests *ts, const struct test_options *o, struct output *out)
{
	json_t *list;

	if (!out->file)
		return KS_OK;
	list = json_array();
	for (unsigned int i = 0; i < ts->nr; i++) {
		struct failure f;
		const char *at = NULL;

		for (unsigned int k = 0; failure_next(&ts->at[i], o, &at, &f); k++) {
			json_array_append_new(list, issue(&ts->at[i], &f, k));
			failure_finish(&f);
		}
	}
	json_out(list, out->file, JSON_INDENT(2));
	fputc('\n', out->file);
	json_decref(list);
	output_check(out);
	return output_commit(out);
}
