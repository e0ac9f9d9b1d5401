// SPDX-License-Identifier: GPL-2.0-only
/*
 * descriptor.c - close(), dup() and the like: an object of the emulated bpf(2) lives
 * as long as the process has a descriptor of it (bpf/object.c keeps the count). The
 * calls themselves are the host's.
 */
#undef _FILE_OFFSET_BITS /* both fcntl() and fcntl64() are defined here */
#undef _FORTIFY_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bpf/object.h"
#include "sys/descriptor.h"
#include "sys/door.h"
#include "sys/host.h"

/* In a task, what goes with a descriptor has gone when close() returns. */
static void closed(u32 first_fd, u32 last_fd)
{
	object_fds_closed(first_fd, last_fd);
	if (sys_state.process && first_fd == last_fd)
		sys_state.process->fd_closed(first_fd);
	/* from here on another thread may have got the number again */
	if (!door_active || !door_enter())
		return;
	door_reap();
	door_leave();
}

KS_PUBLIC int close(int fd)
{
	int ret = HOST(close)(fd);

	if (!ret)
		closed(fd, fd);
	return ret;
}

KS_PUBLIC int close_range(unsigned int first, unsigned int last, int flags)
{
	int ret = HOST(close_range)(first, last, flags);

	if (!ret && !(flags & CLOSE_RANGE_CLOEXEC))
		closed(first, last);
	return ret;
}

KS_PUBLIC void closefrom(int first)
{
	HOST(closefrom)(first);
	closed(first < 0 ? 0 : first, ~0U);
}

static int copied(int from, int to)
{
	object_fd_copied(from, to);
	return to;
}

KS_PUBLIC int dup(int fd)
{
	return copied(fd, HOST(dup)(fd));
}

KS_PUBLIC int dup2(int from, int to)
{
	return copied(from, HOST(dup2)(from, to));
}

KS_PUBLIC int dup3(int from, int to, int flags)
{
	return copied(from, HOST(dup3)(from, to, flags));
}

static bool copies(int cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC;
}

#define DEFINE_FCNTL(name)                                  \
	KS_PUBLIC int name(int fd, int cmd, ...)            \
	{                                                   \
		unsigned long arg;                          \
		va_list ap;                                 \
		int ret;                                    \
                                                            \
		va_start(ap, cmd);                          \
		arg = va_arg(ap, unsigned long);            \
		va_end(ap);                                 \
		ret = HOST(name)(fd, cmd, arg);             \
		return copies(cmd) ? copied(fd, ret) : ret; \
	}

DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

void descriptor_syscall(long nr, const long a[6], long ret)
{
	if (ret < 0)
		return;
	switch (nr) {
	case __NR_close:
		closed(a[0], a[0]);
		return;
	case __NR_close_range:
		if (!(a[2] & CLOSE_RANGE_CLOEXEC))
			closed(a[0], a[1]);
		return;
	case __NR_dup:
#ifdef __NR_dup2
	case __NR_dup2:
#endif
	case __NR_dup3:
		copied(a[0], ret);
		return;
	case __NR_fcntl:
		if (copies(a[1]))
			copied(a[0], ret);
		return;
	}
}
