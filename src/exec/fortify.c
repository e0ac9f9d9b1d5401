// SPDX-License-Identifier: GPL-2.0-only
/*
 * fortify.c - the names that a compiler puts in place of others when a loader is built
 * with -D_FORTIFY_SOURCE. Each is the function it stands for, after the check that it
 * is there for; where that fails, the C library's says so and aborts.
 */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/types.h"
#include "sys/host.h"

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
char *__realpath_chk(const char *path, char *out, size_t room);
ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t room);
ssize_t __readlinkat_chk(int dir, const char *path, char *buf, size_t len, size_t room);
ssize_t __read_chk(int fd, void *buf, size_t len, size_t room);
ssize_t __recv_chk(int fd, void *buf, size_t len, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buf, size_t len, size_t room, int flags, struct sockaddr *addr,
		       socklen_t *addr_len);
int __poll_chk(struct pollfd *fds, nfds_t nr, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t nr, const struct timespec *ts, const sigset_t *mask,
		size_t room);

static bool makes_file(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

/* without a mode, a file must not be made */
#define DEFINE_OPEN_2(name, of)                                                       \
	KS_PUBLIC int name(const char *path, int flags)                               \
	{                                                                             \
		return makes_file(flags) ? HOST(name)(path, flags) : of(path, flags); \
	}

#define DEFINE_OPENAT_2(name, of)                                                               \
	KS_PUBLIC int name(int dir, const char *path, int flags)                                \
	{                                                                                       \
		return makes_file(flags) ? HOST(name)(dir, path, flags) : of(dir, path, flags); \
	}

DEFINE_OPEN_2(__open_2, open)
DEFINE_OPEN_2(__open64_2, open64)
DEFINE_OPENAT_2(__openat_2, openat)
DEFINE_OPENAT_2(__openat64_2, openat64)

KS_PUBLIC ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t room)
{
	return len > room ? HOST(__readlink_chk)(path, buf, len, room) : readlink(path, buf, len);
}

KS_PUBLIC ssize_t __readlinkat_chk(int dir, const char *path, char *buf, size_t len, size_t room)
{
	return len > room ? HOST(__readlinkat_chk)(dir, path, buf, len, room) :
			    readlinkat(dir, path, buf, len);
}

KS_PUBLIC char *__realpath_chk(const char *path, char *out, size_t room)
{
	return room < PATH_MAX ? HOST(__realpath_chk)(path, out, room) : realpath(path, out);
}

KS_PUBLIC ssize_t __read_chk(int fd, void *buf, size_t len, size_t room)
{
	return len > room ? HOST(__read_chk)(fd, buf, len, room) : read(fd, buf, len);
}

KS_PUBLIC ssize_t __recv_chk(int fd, void *buf, size_t len, size_t room, int flags)
{
	return len > room ? HOST(__recv_chk)(fd, buf, len, room, flags) : recv(fd, buf, len, flags);
}

KS_PUBLIC ssize_t __recvfrom_chk(int fd, void *buf, size_t len, size_t room, int flags,
				 struct sockaddr *addr, socklen_t *addr_len)
{
	return len > room ? HOST(__recvfrom_chk)(fd, buf, len, room, flags, addr, addr_len) :
			    recvfrom(fd, buf, len, flags, addr, addr_len);
}

KS_PUBLIC int __poll_chk(struct pollfd *fds, nfds_t nr, int timeout, size_t room)
{
	return room / sizeof(*fds) < nr ? HOST(__poll_chk)(fds, nr, timeout, room) :
					  poll(fds, nr, timeout);
}

KS_PUBLIC int __ppoll_chk(struct pollfd *fds, nfds_t nr, const struct timespec *ts,
			  const sigset_t *mask, size_t room)
{
	return room / sizeof(*fds) < nr ? HOST(__ppoll_chk)(fds, nr, ts, mask, room) :
					  ppoll(fds, nr, ts, mask);
}
