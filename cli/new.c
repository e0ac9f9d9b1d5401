// SPDX-License-Identifier: GPL-2.0-only
/*
 * new.c - `kickstand new`: a folder with a scheduler that works, a scenario that tests it, and
 * what builds and runs both. The files are copies of share/kickstand/templates, where @NAME@
 * stands for the scheduler's name.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/suggest.h"
#include "base/text_stream.h"
#include "cli.h"

#define NAME_MAX_BYTES 32 /* ops.name has 128; task names and file names want less */

static const char *const template_names[] = { "fifo", "vtime", "central", "cid" };

#define NR_TEMPLATES (sizeof(template_names) / sizeof(template_names[0]))

struct project {
	const char *dir, *template;
	char name[NAME_MAX_BYTES];
	char templates[PATH_MAX]; /* where they are installed */
};

/* what is made of what, in the template's folder or in that of all of them */
static const struct piece {
	const char *from, *to;
	bool common;
} pieces[] = {
	{ "scheduler.bpf.c", "@NAME@.bpf.c", false },
	{ "scenario.json", "@NAME@.json", false },
	{ "Makefile", "Makefile", true },
	{ "README.md", "README.md", true },
	{ "gitignore", ".gitignore", true },
	{ "workflow.yml", ".github/workflows/test.yml", true },
};

/* ---- names ---- */

/* The folder's name as C and the kernel take one: letters, digits and _. */
static int take_name(struct project *p, const char *dir)
{
	char path[PATH_MAX], *slash, *to = p->name;
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	snprintf(path, sizeof(path), "%.*s", (int)n, dir);
	if ((!strcmp(path, ".") || !strcmp(path, "..") ||
	     (n > 2 && !strcmp(path + n - 3, "/.."))) &&
	    !realpath(dir, path))
		return complain(KS_USAGE, "%s: cannot be found: %s", dir, strerror(errno));
	slash = strrchr(path, '/');
	for (const char *at = slash ? slash + 1 : path; *at && to < p->name + NAME_MAX_BYTES - 1;
	     at++)
		*to++ = isalnum((unsigned char)*at) ? *at : '_';
	*to = '\0';
	return isalpha((unsigned char)p->name[0]) || p->name[0] == '_' ?
		       KS_OK :
		       complain(
			       KS_USAGE,
			       "%s: the scheduler is named after the folder: one that begins with a "
			       "letter is due",
			       dir);
}

static int check_template(const struct project *p)
{
	struct suggestion s = { .word = p->template };
	char text[64];
	size_t i;

	for (i = 0; i < NR_TEMPLATES; i++) {
		if (!strcmp(p->template, template_names[i]))
			return KS_OK;
		suggest_try(&s, template_names[i]);
	}
	return complain(KS_USAGE, "there is no template '%s', but: fifo, vtime, central, cid%s",
			p->template, suggest_text(&s, text, sizeof(text)));
}

/* ---- the folder ---- */

/* One that is empty, or is made now. */
static int take_folder(const struct project *p)
{
	DIR *d;
	struct dirent *e;
	unsigned int nr = 0;

	if (mkdir(p->dir, 0777) && errno != EEXIST)
		return complain(KS_USAGE, "%s: cannot be made: %s", p->dir, strerror(errno));
	d = opendir(p->dir);
	if (!d)
		return complain(KS_USAGE, "%s: cannot be read: %s", p->dir, strerror(errno));
	while ((e = readdir(d)))
		nr += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return nr ? complain(KS_USAGE,
			     "%s: is not empty, and nothing of it is overwritten: name a new "
			     "folder",
			     p->dir) :
		    KS_OK;
}

/* a line, with what @NAME@ and @TEMPLATE@ stand for */
static void put_line(const struct project *p, const char *line, FILE *out)
{
	static const char name[] = "@NAME@", template[] = "@TEMPLATE@";

	while (*line) {
		if (has_prefix(line, name)) {
			fputs(p->name, out);
			line += strlen(name);
		} else if (has_prefix(line, template)) {
			fputs(p->template, out);
			line += strlen(template);
		} else {
			putc(*line++, out);
		}
	}
}

static int copy_text(const struct project *p, const char *from, const char *to)
{
	FILE *in = fopen(from, "r");
	struct output out;
	char line[1024];
	int err;

	if (!in)
		return complain(KS_USAGE, "%s: cannot be read: %s", from, strerror(errno));
	err = output_open(&out, to);
	if (!err) {
		while (fgets(line, sizeof(line), in))
			put_line(p, line, out.file);
		if (ferror(in))
			err = complain(KS_USAGE, "%s: cannot be read: %s", from, strerror(errno));
		if (!err)
			err = output_commit(&out);
		else
			output_drop(&out);
	}
	fclose(in);
	return err;
}

static int make_parents(const char *dir, const char *to)
{
	char path[PATH_MAX];
	const char *slash = to;

	while ((slash = strchr(slash, '/'))) {
		snprintf(path, sizeof(path), "%s/%.*s", dir, (int)(slash - to), to);
		if (mkdir(path, 0777) && errno != EEXIST)
			return complain(KS_USAGE, "%s: cannot be made: %s", path, strerror(errno));
		slash++;
	}
	return KS_OK;
}

static int copy_piece(const struct project *p, const struct piece *piece)
{
	char from[2 * PATH_MAX], to[PATH_MAX], *name = NULL;
	size_t len;
	FILE *f = text_stream(&name, &len);
	int err;

	put_line(p, piece->to, f);
	fclose(f);
	snprintf(from, sizeof(from), "%s/%s/%s", p->templates,
		 piece->common ? "common" : p->template, piece->from);
	snprintf(to, sizeof(to), "%s/%s", p->dir, name);
	err = make_parents(p->dir, name);
	if (!err)
		err = copy_text(p, from, to);
	free(name);
	return err;
}

static int make(struct project *p)
{
	int err = check_template(p);
	size_t i;

	if (!err && ks_data_dir("templates", p->templates, sizeof(p->templates)))
		err = complain(KS_USAGE,
			       "the templates are not installed: neither near the program nor in "
			       "share/kickstand/templates below its prefix");
	if (!err)
		err = take_name(p, p->dir);
	if (!err)
		err = take_folder(p);
	for (i = 0; !err && i < sizeof(pieces) / sizeof(pieces[0]); i++)
		err = copy_piece(p, &pieces[i]);
	if (err)
		return err;
	printf("%s: scheduler '%s', made from template '%s'\n\n"
	       "  cd %s && make test\n",
	       p->dir, p->name, p->template, p->dir);
	return flush_output();
}

/* ---- the command ---- */

const struct option new_options[] = {
	{ "template", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char new_help[] =
	"usage: kickstand new DIR [--template fifo|vtime|central|cid]\n\n"
	"Makes a folder with a scheduler that works, named after the folder: its source, a\n"
	"scenario that tests it, a Makefile, a README and a workflow for GitHub.\n\n"
	"  --template T        fifo: one queue, first come, first served (default)\n"
	"                      vtime: one queue by virtual time, fair by weight\n"
	"                      central: one CPU decides for all, and preempts by kicks\n"
	"                      cid: one queue, CPUs by cid, of kernels that have them\n\n"
	"Exit status: 0; 2 bad usage, or a folder that is not empty.\n";

int cmd_new(int argc, char **argv)
{
	struct project p = { .template = template_names[0] };
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", new_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(new_help, stdout);
			return KS_OK;
		}
		if (opt != 't')
			return complain_option(argv, opt, new_options, "kickstand new");
		p.template = optarg;
	}
	p.dir = only_argument(argc, argv, "the folder to be made");
	return p.dir ? make(&p) : KS_USAGE;
}
