// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_words.c - what clang is told: flags, and where headers are.
 *
 * A folder that the caller names may be a tree of the kernel or of scx as it is cloned; then
 * the folders that its own makefiles name are meant.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "api/api.h"
#include "api/build.h"
#include "api/handle.h"

/* ---- words ---- */

bool word_add(struct word_list *w, const char *fmt, ...)
{
	char **at = realloc(w->at, (w->nr + 2) * sizeof(*at));
	va_list ap;
	int n;

	if (!at)
		return false;
	w->at = at;
	va_start(ap, fmt);
	n = vasprintf(&at[w->nr], fmt, ap);
	va_end(ap);
	if (n < 0)
		at[w->nr] = NULL;
	else
		at[++w->nr] = NULL;
	return n >= 0;
}

void words_free(struct word_list *w)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		free(w->at[i]);
	free(w->at);
	*w = (struct word_list){ 0 };
}

/* ---- share/kickstand ---- */

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The folder of the program or library that this code is part of. */
static bool own_folder(char dir[PATH_MAX])
{
	Dl_info info;
	char *slash;

	if (!dladdr((const void *)share_find, &info) || !info.dli_fname ||
	    !realpath(info.dli_fname, dir))
		if (!realpath("/proc/self/exe", dir))
			return false;
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return slash;
}

/* bin/, lib/ and lib/ARCH/ beside share/; build/ around it; at last where it was configured for */
bool share_find(char path[PATH_MAX], const char *below)
{
	static const char *const ways[] = { "/share", "/../share", "/../../share" };
	char dir[PATH_MAX];
	size_t i;

	for (i = 0; own_folder(dir) && i < ARRAY_SIZE(ways); i++)
		if (snprintf(path, PATH_MAX, "%s%s/kickstand/%s", dir, ways[i], below) < PATH_MAX &&
		    is_folder(path))
			return true;
	return snprintf(path, PATH_MAX, "%s/kickstand/%s", KS_DATADIR, below) < PATH_MAX &&
	       is_folder(path);
}

KS_PUBLIC int ks_data_dir(const char *below, char *path, size_t size)
{
	char found[PATH_MAX];

	if (api_need(below) || api_need(path))
		return KS_USAGE;
	if (!share_find(found, below))
		return api_fail(KS_USAGE,
				"%s: not installed, neither near the program nor in " KS_DATADIR
				"/kickstand",
				below);
	if (strlen(found) >= size)
		return api_fail(KS_USAGE, "%s: its name is longer than %zu bytes", below, size);
	strcpy(path, found);
	return KS_OK;
}

/* ---- folders of headers ---- */

/* In trees as they are cloned, by what stands in them. */
static const struct tree {
	const char *mark;
	const char *dirs[6];
} trees[] = {
	{ "tools/sched_ext/include/scx",
	  { "tools/sched_ext", "tools/sched_ext/include", "tools/sched_ext/include/bpf-compat",
	    "include/uapi", "tools/testing/selftests/sched_ext/include" } },
	{ "scheds/include/scx",
	  { "scheds/include", "scheds/include/bpf-compat", "scheds/include/lib" } },
};

/*
 * As system headers: what they have to say of themselves (`likely` defined once more, say) is
 * nothing that the caller can mend.
 */
static bool add_include(struct word_list *w, const char *dir)
{
	return word_add(w, "-isystem") && word_add(w, "%s", dir);
}

static bool add_tree(struct word_list *w, const char *root, const struct tree *t)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(t->dirs) && t->dirs[i]; i++)
		if (snprintf(path, sizeof(path), "%s/%s", root, t->dirs[i]) < PATH_MAX &&
		    is_folder(path) && !add_include(w, path))
			return false;
	return true;
}

static bool add_folder(struct word_list *w, const char *dir)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(trees); i++)
		if (snprintf(path, sizeof(path), "%s/%s", dir, trees[i].mark) < PATH_MAX &&
		    is_folder(path))
			return add_tree(w, dir, &trees[i]);
	return add_include(w, dir);
}

static int add_callers(struct word_list *w, const struct ks_build_opts *o)
{
	unsigned int i;

	for (i = 0; i < o->nr_includes; i++) {
		if (!is_folder(o->includes[i]))
			return api_fail(KS_USAGE, "--include %s: there is no such folder",
					o->includes[i]);
		if (!add_folder(w, o->includes[i]))
			return api_fail(KS_USAGE, "out of memory");
	}
	return KS_OK;
}

/* ---- flags ---- */

/* KS_BPF_FLAGS: those that the build compiles its own BPF with, blanks between them */
static bool add_flags(struct word_list *w)
{
	char text[] = KS_BPF_FLAGS, *at = text, *word;

	while ((word = strsep(&at, " ")))
		if (*word && !word_add(w, "%s", word))
			return false;
	return true;
}

/* What <linux/...> of the C library's folder includes as <asm/...>, after everything else. */
static bool add_host(struct word_list *w)
{
	return !is_folder(KS_HOST_INCLUDE) ||
	       (word_add(w, "-idirafter") && word_add(w, KS_HOST_INCLUDE));
}

int flags_add(struct word_list *w, const char *types_dir, const struct ks_build_opts *o)
{
	char own[PATH_MAX];
	unsigned int i;
	int err;

	if (!share_find(own, "include"))
		return api_fail(KS_USAGE,
				"the headers of schedulers are not installed: neither near "
				"the program nor in " KS_DATADIR "/kickstand/include");
	/* the same object whatever the folder's name is this time */
	if (!add_flags(w) || !word_add(w, "-ffile-prefix-map=%s/=", types_dir) ||
	    !add_include(w, types_dir))
		return api_fail(KS_USAGE, "out of memory");
	err = add_callers(w, o);
	if (err)
		return err;
	if (!add_include(w, own) || !add_host(w))
		return api_fail(KS_USAGE, "out of memory");
	for (i = 0; i < o->nr_flags; i++)
		if (!word_add(w, "%s", o->flags[i]))
			return api_fail(KS_USAGE, "out of memory");
	return KS_OK;
}
