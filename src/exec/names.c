// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - see names.h. A socket's address becomes one that no file system has:
 *
 *	bind("/run/scx/root/stats") ──▶ bind("\0kickstand/PID/run/scx/root/stats")
 *
 * A place itself is always a folder; what is below it has to be made. Where the host
 * has a D-Bus, the machine has none: nothing is ever made there.
 */
#include "exec/names.h"

#include <errno.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "exec/process.h"
#include "sys/cmd.h"
#include "sys/host.h"

static const struct {
	const char *path;
	bool empty;		/* is not even there */
} places[] = {
	{ "/run/scx" }, { "/var/run/scx" }, { "/sys/fs/bpf" },
	{ "/run/dbus", true }, { "/var/run/dbus", true },
};

struct name {
	struct name *next;
	mode_t type;
	char path[];
};

static struct name *names;

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
			return true;
	return false;
}

static struct name **find(const char *path)
{
	struct name **n;

	for (n = &names; *n && strcmp((*n)->path, path); n = &(*n)->next)
		;
	return n;
}

mode_t names_type(const char *path)
{
	struct name *n = *find(path);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(path, places[i].path))
			return places[i].empty ? 0 : S_IFDIR;
	return n ? n->type : pin_exists(path) ? S_IFREG : 0;
}

static bool has_folder(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path) * 2];
	const char *slash = strrchr(path, '/');

	if (snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path) >= (int)sizeof(dir))
		return false;
	/* /run and /var/run are there */
	return !names_ours(dir) || names_type(dir) == S_IFDIR;
}

static int add(const char *path, mode_t type)
{
	size_t len = strlen(path) + 1;
	struct name *n;

	if (names_type(path))
		return -EEXIST;
	if (!has_folder(path))
		return -ENOENT;
	n = malloc(sizeof(*n) + len);
	if (!n)
		return -ENOMEM;
	*n = (struct name){ .next = names, .type = type };
	memcpy(n->path, path, len);
	names = n;
	return 0;
}

static bool has_children(const char *path)
{
	struct name *n;

	for (n = names; n; n = n->next)
		if (strcmp(n->path, path) && below(n->path, path))
			return true;
	return pin_below(path);
}

static int del(const char *path, bool folder)
{
	struct name **n = find(path), *gone = *n;

	if (!gone)
		return folder ? -ENOENT : pin_remove(path);
	if (folder != (gone->type == S_IFDIR))
		return folder ? -ENOTDIR : -EISDIR;
	if (folder && has_children(path))
		return -ENOTEMPTY;
	*n = gone->next;
	free(gone);
	return 0;
}

/* ---- what a loader calls ---- */

#define DEFINE_NAME_CALL(name, params, args, call) \
	KS_PUBLIC int name params \
	{ \
		int ret; \
\
		if (!names_ours(path) || !process_enter()) \
			return HOST(name) args; \
		ret = call; \
		process_leave(); \
		return (int)process_errno(ret); \
	}

DEFINE_NAME_CALL(mkdir, (const char *path, mode_t mode), (path, mode), add(path, S_IFDIR))
DEFINE_NAME_CALL(rmdir, (const char *path), (path), del(path, true))
DEFINE_NAME_CALL(unlink, (const char *path), (path), del(path, false))

KS_PUBLIC int statfs(const char *path, struct statfs *st)
{
	if (!process_user || !below(path, "/sys/fs/bpf") || names_type(path) != S_IFDIR)
		return HOST(statfs)(path, st);
	*st = (struct statfs){ .f_type = BPF_FS_MAGIC, .f_bsize = 4096, .f_namelen = 255 };
	return 0;
}

/* ---- sockets ---- */

/* NULL: not the address of a name of ours; @path takes one byte more than sun_path */
static const char *socket_path(const struct sockaddr *addr, socklen_t len, char *path)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)addr;
	size_t n = len > offsetof(struct sockaddr_un, sun_path) ?
			   len - offsetof(struct sockaddr_un, sun_path) : 0;

	if (!process_user || !addr || addr->sa_family != AF_UNIX || n > sizeof(un->sun_path))
		return NULL;
	memcpy(path, un->sun_path, n);
	path[n] = 0;
	return names_ours(path) ? path : NULL;
}

/* the length, or 0 if it is too long */
static socklen_t hidden_address(const char *path, struct sockaddr_un *un)
{
	int n;

	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "kickstand/%d%s",
		     (int)HOST(getpid)(), path);
	return n < (int)sizeof(un->sun_path) - 1 ?
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n) : 0;
}

static int bind_name(int fd, const char *path)
{
	struct sockaddr_un un;
	socklen_t len = hidden_address(path, &un);
	int err = len ? add(path, S_IFSOCK) : -EINVAL;

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	if (!HOST(bind)(fd, (struct sockaddr *)&un, len))
		return 0;
	err = -errno;
	del(path, false);
	return err;
}

static int connect_name(int fd, const char *path)
{
	struct sockaddr_un un;
	socklen_t len = hidden_address(path, &un);

	if (names_type(path) != S_IFSOCK)
		return names_type(path) ? -ECONNREFUSED : -ENOENT;
	return HOST(connect)(fd, (struct sockaddr *)&un, len) ? -errno : 0;
}

#define DEFINE_ADDRESS_CALL(name) \
	KS_PUBLIC int name(int fd, const struct sockaddr *addr, socklen_t len) \
	{ \
		char buf[sizeof(((struct sockaddr_un *)0)->sun_path) + 1]; \
		const char *path = socket_path(addr, len, buf); \
		int ret; \
\
		if (!path || !process_enter()) \
			return HOST(name)(fd, addr, len); \
		ret = name##_name(fd, path); \
		process_leave(); \
		return (int)process_errno(ret); \
	}

DEFINE_ADDRESS_CALL(bind)
DEFINE_ADDRESS_CALL(connect)
