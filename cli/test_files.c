// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_files.c - which files `kickstand test` reads: those that are named, and of a folder
 * that is named all scenarios in it and in the folders below, in the order of their paths.
 *
 * Of a folder, what is named *.json and is JSON of something else (a workload, a list of compile
 * commands) is passed over, and told. So are hidden folders; links to folders lead nowhere.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "test.h"

static int add(struct paths *to, char *path)
{
	char **more = path ? realloc(to->at, (to->nr + 1) * sizeof(*more)) : NULL;

	if (!more) {
		free(path);
		return complain(KS_USAGE, "out of memory");
	}
	to->at = more;
	more[to->nr++] = path;
	return KS_OK;
}

static void paths_free(struct paths *p)
{
	while (p->nr)
		free(p->at[--p->nr]);
	free(p->at);
	p->at = NULL;
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* by bytes, whatever the locale says */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct test_options *o, const char *dir);

static int add_entry(struct test_options *o, char *path)
{
	const char *dot = strrchr(path, '.');
	struct stat st;
	int err = KS_OK;

	if (!lstat(path, &st) && S_ISDIR(st.st_mode))
		err = add_folder(o, path);
	else if (dot && !strcmp(dot, ".json"))
		return add(ks_scenario_known(path) ? &o->files : &o->others, path);
	free(path);
	return err;
}

static int add_folder(struct test_options *o, const char *dir)
{
	size_t len = strlen(dir);
	struct dirent **e;
	char *path;
	int i, nr = scandir(dir, &e, is_shown, by_name), err = KS_OK;

	if (nr < 0)
		return complain(KS_USAGE, "%s: cannot be read: %s", dir, strerror(errno));
	while (len > 1 && dir[len - 1] == '/')
		len--;
	for (i = 0; i < nr; i++) {
		if (!err)
			err = asprintf(&path, "%.*s/%s", (int)len, dir, e[i]->d_name) < 0 ?
				      complain(KS_USAGE, "out of memory") :
				      add_entry(o, path);
		free(e[i]);
	}
	free(e);
	return err;
}

static int add_named_folder(struct test_options *o, const char *dir)
{
	unsigned int files = o->files.nr, others = o->others.nr;
	int err = add_folder(o, dir);

	if (err || o->files.nr > files)
		return err;
	return complain(KS_USAGE, "%s: has no scenarios: %s", dir,
			o->others.nr > others ?
				"the files *.json in it and in the folders below are JSON of "
				"something else" :
				"there is no *.json in it or in the folders below");
}

int test_files(struct test_options *o, char **names, unsigned int nr)
{
	struct stat st;
	unsigned int i;
	int err = KS_OK;

	for (i = 0; !err && i < nr; i++)
		err = !stat(names[i], &st) && S_ISDIR(st.st_mode) ?
			      add_named_folder(o, names[i]) :
			      add(&o->files, strdup(names[i]));
	if (err)
		test_files_free(o);
	return err;
}

void test_files_free(struct test_options *o)
{
	paths_free(&o->files);
	paths_free(&o->others);
}
