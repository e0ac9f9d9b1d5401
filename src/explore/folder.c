// SPDX-License-Identifier: GPL-2.0-only
/*
 * folder.c - where a campaign leaves what it found: made if it is not there, and refused if what
 * is in it is somebody else's. campaign.json says whose it is: the same "run" as in schedules.
 */
#include "explore/explore.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "campaign.json"

static char *mark_path(const struct explorer *x)
{
	char *path = NULL;

	return asprintf(&path, "%s/" MARK, x->opts.out) < 0 ? NULL : path;
}

static bool is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	bool empty = true;

	while (d && empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	return d && empty;
}

/* Is what is there a campaign over the same run? */
static int check_mark(const struct explorer *x, const char *mark)
{
	json_t *root = json_load_file(mark, 0, NULL);
	bool same = json_equal(json_object_get(root, "run"), x->run);

	if (!root)
		return api_fail(
			KS_USAGE,
			"--out %s: there is something in it that is no campaign's: an empty "
			"or new folder is due",
			x->opts.out);
	json_decref(root);
	return same ? KS_OK :
		      api_fail(KS_USAGE,
			       "--out %s: it is of a campaign over another object, version or "
			       "options: an empty or new folder is due",
			       x->opts.out);
}

static int write_mark(const struct explorer *x, const char *mark)
{
	int err = keep_json(mark, json_pack("{sO}", "run", x->run), JSON_INDENT(2));

	return err ? api_fail(KS_USAGE, "--out %s: cannot be written: %s", x->opts.out,
			      strerror(-err)) :
		     KS_OK;
}

int folder_open(struct explorer *x)
{
	char *mark;
	int err;

	if (!x->opts.out)
		return KS_OK;
	if (mkdir(x->opts.out, 0777) && errno != EEXIST)
		return api_fail(KS_USAGE, "--out %s: cannot be made: %m", x->opts.out);
	mark = mark_path(x);
	if (!mark)
		return api_fail(KS_USAGE, "out of memory");
	err = is_empty(x->opts.out) ? KS_OK : check_mark(x, mark);
	if (!err)
		err = write_mark(x, mark);
	free(mark);
	return err;
}
