// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_files.c - which files `kickstand test` reads: those that are named, and of a folder
 * that is named its *.json, in the order of their names.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "test.h"

static int add(struct test_options *o, char *path)
{
	char **more = path ? realloc(o->files, (o->nr_files + 1) * sizeof(*more)) : NULL;

	if (!more) {
		free(path);
		return complain(KS_USAGE, "out of memory");
	}
	o->files = more;
	more[o->nr_files++] = path;
	return KS_OK;
}

static int is_scenario(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot && !strcmp(dot, ".json");
}

/* by bytes, whatever the locale says */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct test_options *o, const char *dir)
{
	size_t len = strlen(dir);
	struct dirent **e;
	char *path;
	int i, nr = scandir(dir, &e, is_scenario, by_name), err = KS_OK;

	if (nr < 0)
		return complain(KS_USAGE, "%s: cannot be read: %s", dir, strerror(errno));
	while (len > 1 && dir[len - 1] == '/')
		len--;
	for (i = 0; i < nr; i++) {
		if (!err)
			err = add(o, asprintf(&path, "%.*s/%s", (int)len, dir, e[i]->d_name) < 0 ?
					     NULL :
					     path);
		free(e[i]);
	}
	free(e);
	return err || nr ?
		       err :
		       complain(
			       KS_USAGE,
			       "%s: has no scenarios: its files of the name *.json are run, those of "
			       "folders in it are not",
			       dir);
}

int test_files(struct test_options *o, char **names, unsigned int nr)
{
	struct stat st;
	unsigned int i;
	int err = KS_OK;

	for (i = 0; !err && i < nr; i++)
		err = !stat(names[i], &st) && S_ISDIR(st.st_mode) ? add_folder(o, names[i]) :
								    add(o, strdup(names[i]));
	return err;
}

void test_files_free(struct test_options *o)
{
	while (o->nr_files)
		free(o->files[--o->nr_files]);
	free(o->files);
	o->files = NULL;
}
