// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - see names.h. A place itself is always a folder; what is below it has to be
 * made:
 *
 *	mkdir("/sys/fs/bpf/kit") ──▶ folder, OBJ_PIN "/sys/fs/bpf/kit/m" ──▶ pin
 *
 * Where the host has a D-Bus, the machine has none: nothing is ever made there.
 */
#include "sys/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/types.h"
#include "bpf/object.h"
#include "sys/door.h"

static const struct {
	const char *path;
	bool loader; /* for a loader's process; of other programs it is the host's */
	bool empty;  /* is not even there */
} places[] = {
	{ NAMES_BPFFS },
	{ "/run/scx", true },
	{ "/var/run/scx", true },
	{ "/run/dbus", true, true },
	{ "/var/run/dbus", true, true },
};

struct name {
	struct name *next;
	mode_t type;
	struct object *o; /* pinned there; NULL: no pin */
	char path[];
};

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

bool names_ours(const char *path)
{
	size_t i;

	for (i = 0; path && i < ARRAY_SIZE(places); i++)
		if (below(path, places[i].path))
			return !places[i].loader || sys_state.process;
	return false;
}

bool names_on_bpffs(const char *path)
{
	return path && below(path, NAMES_BPFFS);
}

/* "/sys/fs/bpf/kit/" is "/sys/fs/bpf/kit" */
static size_t path_len(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

static bool same(const char *a, const char *b)
{
	size_t n = path_len(a);

	return n == path_len(b) && !memcmp(a, b, n);
}

static struct name **find(const char *path)
{
	struct name **n;

	for (n = &sys_state.names; *n && !same((*n)->path, path); n = &(*n)->next)
		;
	return n;
}

mode_t names_type(const char *path)
{
	struct name *n = *find(path);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (same(path, places[i].path))
			return places[i].empty ? 0 : S_IFDIR;
	return n ? n->type : 0;
}

struct object *names_object(const char *path)
{
	struct name *n = *find(path);

	return n ? n->o : NULL;
}

static bool has_folder(const char *path)
{
	size_t n = path_len(path);
	char dir[NAMES_PATH_BYTES];

	while (n && path[n - 1] != '/')
		n--;
	if (snprintf(dir, sizeof(dir), "%.*s", (int)n, path) >= (int)sizeof(dir))
		return false;
	/* /run and /var/run are there */
	return !names_ours(dir) || names_type(dir) == S_IFDIR;
}

int names_add(const char *path, mode_t type, struct object *o)
{
	size_t len = path_len(path);
	struct name *n;

	if (names_type(path))
		return -EEXIST;
	if (!has_folder(path))
		return -ENOENT;
	n = malloc(sizeof(*n) + len + 1);
	if (!n)
		return -ENOMEM;
	*n = (struct name){ .next = sys_state.names, .type = type, .o = o };
	memcpy(n->path, path, len);
	n->path[len] = 0;
	sys_state.names = n;
	if (o)
		object_pin(o);
	return 0;
}

static bool has_children(const char *path)
{
	struct name *n;

	for (n = sys_state.names; n; n = n->next)
		if (!same(n->path, path) && below(n->path, path))
			return true;
	return false;
}

static void drop(struct name **n)
{
	struct name *gone = *n;

	*n = gone->next;
	if (gone->o)
		object_unpin(gone->o);
	free(gone);
}

int names_remove(const char *path, bool folder)
{
	struct name **n = find(path);

	if (!*n)
		return names_type(path) ? (folder ? -EBUSY : -EISDIR) : -ENOENT;
	if (folder != (bool)S_ISDIR((*n)->type))
		return folder ? -ENOTDIR : -EISDIR;
	if (folder && has_children((*n)->path))
		return -ENOTEMPTY;
	drop(n);
	return 0;
}

int names_list(const char *path, void (*fn)(void *arg, const char *name, bool folder), void *arg)
{
	size_t len = path_len(path);
	struct name *n;

	if (names_type(path) != S_IFDIR)
		return names_type(path) ? -ENOTDIR : -ENOENT;
	for (n = sys_state.names; n; n = n->next)
		if (!strncmp(n->path, path, len) && n->path[len] == '/' &&
		    !strchr(n->path + len + 1, '/'))
			fn(arg, n->path + len + 1, S_ISDIR(n->type));
	return 0;
}

bool names_pinned(void)
{
	struct name *n;

	for (n = sys_state.names; n && !n->o; n = n->next)
		;
	return n;
}

void names_reset(void)
{
	while (sys_state.names)
		drop(&sys_state.names);
}
