// SPDX-License-Identifier: GPL-2.0-only
/*
 * socket.c - sockets by name where the machine keeps its own (sys/names.h). A socket's
 * address becomes one that no file system has:
 *
 *	bind("/run/scx/root/stats") ──▶ bind("\0kickstand/PID/run/scx/root/stats")
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "exec/process.h"
#include "sys/host.h"
#include "sys/names.h"

/* NULL: not the address of a name of ours; @path takes one byte more than sun_path */
static const char *socket_path(const struct sockaddr *addr, socklen_t len, char *path)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)addr;
	size_t n = len > offsetof(struct sockaddr_un, sun_path) ?
			   len - offsetof(struct sockaddr_un, sun_path) :
			   0;

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
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n) :
		       0;
}

static int bind_name(int fd, const char *path)
{
	struct sockaddr_un un;
	socklen_t len = hidden_address(path, &un);
	int err = len ? names_add(path, S_IFSOCK, NULL) : -EINVAL;

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	if (!HOST(bind)(fd, (struct sockaddr *)&un, len))
		return 0;
	err = -errno;
	names_remove(path, false);
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

#define DEFINE_ADDRESS_CALL(name)                                              \
	KS_PUBLIC int name(int fd, const struct sockaddr *addr, socklen_t len) \
	{                                                                      \
		char buf[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];     \
		const char *path = socket_path(addr, len, buf);                \
		int ret;                                                       \
                                                                               \
		if (!path || !process_enter())                                 \
			return HOST(name)(fd, addr, len);                      \
		ret = name##_name(fd, path);                                   \
		process_leave();                                               \
		return (int)to_errno(ret);                                     \
	}

DEFINE_ADDRESS_CALL(bind)
DEFINE_ADDRESS_CALL(connect)
