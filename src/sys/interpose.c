// SPDX-License-Identifier: GPL-2.0-only
/*
 * interpose.c - the C library's names that libbpf and loaders reach a kernel by.
 *
 * A definition in the program (or in a preloaded library) comes before the C
 * library's; the real ones are found past it. Each function here asks one
 * question, "is it ours?", and either answers or calls the real one. Public, since
 * libz and libelf must find them too (libbpf reads the kernel's configuration
 * with gzopen(), which calls open()).
 */
#undef _FILE_OFFSET_BITS /* both open() and open64() are defined here */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "kern/perf_event.h"
#include "sys/descriptor.h"
#include "sys/door.h"
#include "sys/host.h"
#include "sys/names.h"
#include "sys/vfs.h"

long to_errno(long ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

/* Where the loader is a task, it enters the kernel: leave(door_enter()). */
static void leave(bool entered)
{
	if (entered)
		door_leave();
}

static bool answer(long nr, const long a[6], long *ret)
{
	switch (nr) {
	case __NR_bpf:
		*ret = door_bpf(a[0], (union bpf_attr *)a[1], a[2], (void *)a[3], a[4]);
		return true;
	case __NR_perf_event_open:
		*ret = perf_open((void *)a[0], a[1], a[2], a[3], a[4]);
		return true;
	default:
		return sys_state.process && sys_state.process->syscall(nr, a, ret);
	}
}

static bool kernel_call(long nr, const long a[6], long *ret)
{
	bool entered, ours;

	if (!door_active)
		return false;
	entered = door_enter();
	ours = answer(nr, a, ret);
	leave(entered);
	return ours;
}

long door_syscall(long nr, const long a[6])
{
	long ret;

	if (kernel_call(nr, a, &ret))
		return to_errno(ret);
	ret = HOST(syscall)(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	descriptor_syscall(nr, a, ret);
	return ret;
}

/* Six words whatever the caller passed, as libc's own does: ASan would not have it. */
KS_PUBLIC __attribute__((no_sanitize("address"))) long syscall(long nr, ...)
{
	long a[6], ret;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (sys_state.process && sys_state.process->by_number(nr, a, &ret))
		return ret;
	return door_syscall(nr, a);
}

/* --- files --- */

static mode_t open_mode(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

static bool kernel_file(const char *path, int flags, int *fd)
{
	bool ours = false, entered;

	if (!door_active || !path || path[0] != '/')
		return false;
	entered = door_enter();
	*fd = vfs_open(path, flags, &ours);
	leave(entered);
	if (ours)
		*fd = to_errno(*fd);
	return ours;
}

static bool kernel_file_at(int dir, const char *path, int flags, int *fd)
{
	char buf[VFS_PATH_BYTES];

	return door_active && kernel_file(vfs_at(dir, path, buf), flags, fd);
}

#define DEFINE_OPEN(name, params, ours, args)       \
	KS_PUBLIC int name params                   \
	{                                           \
		mode_t mode;                        \
		va_list ap;                         \
		int fd;                             \
                                                    \
		va_start(ap, flags);                \
		mode = open_mode(flags, ap);        \
		va_end(ap);                         \
		return ours ? fd : HOST(name) args; \
	}

DEFINE_OPEN(open, (const char *path, int flags, ...), kernel_file(path, flags, &fd),
	    (path, flags, mode))
DEFINE_OPEN(open64, (const char *path, int flags, ...), kernel_file(path, flags, &fd),
	    (path, flags, mode))
DEFINE_OPEN(openat, (int dir, const char *path, int flags, ...),
	    kernel_file_at(dir, path, flags, &fd), (dir, path, flags, mode))
DEFINE_OPEN(openat64, (int dir, const char *path, int flags, ...),
	    kernel_file_at(dir, path, flags, &fd), (dir, path, flags, mode))

/* A stream of the machine's file, which is for reading; false: none of ours. NULL with errno set: not there. */
static bool kernel_stream(const char *path, const char *mode, FILE **f)
{
	bool ours = false, entered;
	int fd;

	if (!door_active || !path || path[0] != '/')
		return false;
	entered = door_enter();
	fd = vfs_open(path, O_RDONLY | O_CLOEXEC, &ours);
	leave(entered);
	if (!ours)
		return false;
	if (fd >= 0 && (mode[0] != 'r' || strchr(mode, '+'))) {
		close(fd);
		fd = -EACCES;
	}
	*f = fd < 0 ? NULL : fdopen(fd, "r");
	if (to_errno(fd) >= 0 && !*f)
		close(fd);
	return true;
}

#define DEFINE_FOPEN(name)                                                         \
	KS_PUBLIC FILE *name(const char *path, const char *mode)                   \
	{                                                                          \
		FILE *f;                                                           \
                                                                                   \
		return kernel_stream(path, mode, &f) ? f : HOST(name)(path, mode); \
	}

DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

static int look_access(const char *path, void *mode)
{
	return vfs_access(path, *(int *)mode);
}

static int look_magic(const char *path, void *magic)
{
	return vfs_magic(path, magic);
}

/* What one of these finds at @path; false: none of ours. */
static bool kernel_look(const char *path, int (*look)(const char *path, void *arg), void *arg,
			int *ret)
{
	bool entered;
	int err;

	if (!door_active || !path || path[0] != '/')
		return false;
	entered = door_enter();
	err = look(path, arg);
	leave(entered);
	if (err == VFS_NOT_OURS)
		return false;
	*ret = to_errno(err);
	return true;
}

static bool kernel_access(const char *path, int mode, int *ret)
{
	return kernel_look(path, look_access, &mode, ret);
}

KS_PUBLIC int access(const char *path, int mode)
{
	int ret;

	return kernel_access(path, mode, &ret) ? ret : HOST(access)(path, mode);
}

KS_PUBLIC int faccessat(int dir, const char *path, int mode, int flags)
{
	char buf[VFS_PATH_BYTES];
	int ret;

	return door_active && kernel_access(vfs_at(dir, path, buf), mode, &ret) ?
		       ret :
		       HOST(faccessat)(dir, path, mode, flags);
}

/* --- folders and names --- */

/* @call, if @path is one of the machine's places, else the C library's @name @args */
#define DEFINE_NAME_CALL(name, params, args, where, call)      \
	KS_PUBLIC int name params                              \
	{                                                      \
		char buf[VFS_PATH_BYTES] __unused;             \
		const char *at = door_active ? (where) : NULL; \
		bool entered;                                  \
		int ret;                                       \
                                                               \
		if (!names_ours(at))                           \
			return HOST(name) args;                \
		entered = door_enter();                        \
		ret = call;                                    \
		leave(entered);                                \
		return to_errno(ret);                          \
	}

DEFINE_NAME_CALL(mkdir, (const char *path, mode_t mode), (path, mode), path,
		 names_add(at, S_IFDIR, NULL))
DEFINE_NAME_CALL(mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode),
		 vfs_at(dir, path, buf), names_add(at, S_IFDIR, NULL))
DEFINE_NAME_CALL(rmdir, (const char *path), (path), path, names_remove(at, true))
DEFINE_NAME_CALL(unlink, (const char *path), (path), path, names_remove(at, false))
DEFINE_NAME_CALL(unlinkat, (int dir, const char *path, int flags), (dir, path, flags),
		 vfs_at(dir, path, buf), names_remove(at, flags &AT_REMOVEDIR))
DEFINE_NAME_CALL(remove, (const char *path), (path), path,
		 names_remove(at, names_type(at) == S_IFDIR))

/* Which file system is it? Its size is nobody's business. false: none of ours */
static bool kernel_statfs(const char *path, long *magic, int *ret)
{
	return kernel_look(path, look_magic, magic, ret);
}

#define DEFINE_STATFS(name, type)                                                          \
	KS_PUBLIC int name(const char *path, struct type *st)                              \
	{                                                                                  \
		long magic = 0;                                                            \
		int ret;                                                                   \
                                                                                           \
		if (!kernel_statfs(path, &magic, &ret))                                    \
			return HOST(name)(path, st);                                       \
		*st = (struct type){ .f_type = magic, .f_bsize = 4096, .f_namelen = 255 }; \
		return ret;                                                                \
	}

#define DEFINE_FSTATFS(name, type)                                                         \
	KS_PUBLIC int name(int fd, struct type *st)                                        \
	{                                                                                  \
		char buf[VFS_PATH_BYTES];                                                  \
		long magic = 0;                                                            \
		int ret;                                                                   \
                                                                                           \
		if (!door_active || !kernel_statfs(vfs_at(fd, "", buf), &magic, &ret))     \
			return HOST(name)(fd, st);                                         \
		*st = (struct type){ .f_type = magic, .f_bsize = 4096, .f_namelen = 255 }; \
		return ret;                                                                \
	}

DEFINE_STATFS(statfs, statfs)
DEFINE_STATFS(statfs64, statfs64)
DEFINE_FSTATFS(fstatfs, statfs)
DEFINE_FSTATFS(fstatfs64, statfs64)

/* --- the rest --- */

KS_PUBLIC int uname(struct utsname *u)
{
	int ret = HOST(uname)(u);

	if (!ret && door_active)
		vfs_uname(u);
	return ret;
}

KS_PUBLIC int ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	bool entered;
	va_list ap;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (door_active) {
		entered = door_enter();
		ret = perf_ioctl(fd, request, arg);
		leave(entered);
		if (ret != -ENOTTY)
			return to_errno(ret);
	}
	return HOST(ioctl)(fd, request, arg);
}

KS_PUBLIC int epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	bool entered, ours = false;
	int ret;

	if (door_active) {
		entered = door_enter();
		ours = poll_ctl(epfd, op, fd, ev, &ret);
		leave(entered);
	}
	return ours ? to_errno(ret) : HOST(epoll_ctl)(epfd, op, fd, ev);
}

struct epoll_look {
	int epfd, max, n;
	struct epoll_event *events;
};

/* what is there now, of ours or of the host's */
static bool look(void *arg)
{
	struct epoll_look *l = arg;

	l->n = poll_ready(l->epfd, l->events, l->max);
	if (!l->n)
		l->n = HOST(epoll_wait)(l->epfd, l->events, l->max, 0);
	if (l->n < 0)
		l->n = -errno;
	return l->n;
}

/* the loader is a task: the machine runs while it waits */
static int wait_in_task(struct epoll_look *l, int timeout_ms)
{
	u64 ns = timeout_ms < 0 ? ~0ULL : (u64)timeout_ms * 1000000;
	int ret = sys_state.process->wait(look, l, ns);

	door_leave();
	return (int)to_errno(ret < 0 ? ret : l->n);
}

KS_PUBLIC int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	struct epoll_look l = { .epfd = epfd, .max = max, .events = events };

	if (door_active && max > 0) {
		if (door_enter())
			return wait_in_task(&l, timeout);
		l.n = poll_ready(epfd, events, max);
	}
	return l.n ? l.n : HOST(epoll_wait)(epfd, events, max, timeout);
}

#define DEFINE_MMAP(name, offset)                                                                  \
	KS_PUBLIC void *name(void *addr, size_t len, int prot, int flags, int fd, offset off)      \
	{                                                                                          \
		bool entered, ours = false;                                                        \
		long ret;                                                                          \
                                                                                                   \
		if (door_active && fd >= 0) {                                                      \
			entered = door_enter();                                                    \
			ours = arena_mmap(addr, len, prot, flags, fd, off, &ret);                  \
			leave(entered);                                                            \
		}                                                                                  \
		return ours ? (void *)to_errno(ret) : HOST(name)(addr, len, prot, flags, fd, off); \
	}

DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)
