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
#undef _FILE_OFFSET_BITS	/* both open() and open64() are defined here */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "sys/door.h"
#include "sys/vfs.h"

/* the function of that name behind ours */
#define HOST(name) \
	({ \
		static __typeof__(name) *host_fn; \
		if (!host_fn) \
			host_fn = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
		host_fn; \
	})

/* -errno to -1 and errno: the one place */
static long to_errno(long ret)
{
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

static bool kernel_call(long nr, const long a[6], long *ret)
{
	if (!door_active)
		return false;
	switch (nr) {
	case __NR_bpf:
		*ret = door_bpf(a[0], (union bpf_attr *)a[1], a[2], (void *)a[3], a[4]);
		return true;
	case __NR_perf_event_open:
		*ret = perf_open((void *)a[0], a[1], a[2], a[3], a[4]);
		return true;
	default:
		return false;
	}
}

KS_PUBLIC long syscall(long nr, ...)
{
	long a[6], ret;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (kernel_call(nr, a, &ret))
		return to_errno(ret);
	return HOST(syscall)(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- files --- */

static mode_t open_mode(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

static bool kernel_file(const char *path, int flags, int *fd)
{
	bool ours = false;

	if (!door_active || !path || path[0] != '/')
		return false;
	*fd = vfs_open(path, flags, &ours);
	if (ours)
		*fd = to_errno(*fd);
	return ours;
}

#define DEFINE_OPEN(name) \
	KS_PUBLIC int name(const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		va_list ap; \
		int fd; \
\
		va_start(ap, flags); \
		mode = open_mode(flags, ap); \
		va_end(ap); \
		return kernel_file(path, flags, &fd) ? fd : HOST(name)(path, flags, mode); \
	}

#define DEFINE_OPENAT(name) \
	KS_PUBLIC int name(int dir, const char *path, int flags, ...) \
	{ \
		mode_t mode; \
		va_list ap; \
		int fd; \
\
		va_start(ap, flags); \
		mode = open_mode(flags, ap); \
		va_end(ap); \
		return kernel_file(path, flags, &fd) ? fd : HOST(name)(dir, path, flags, mode); \
	}

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* A stream of the machine's file; false: none of ours. NULL with errno set: not there. */
static bool kernel_stream(const char *path, FILE **f)
{
	bool ours = false;
	int fd;

	if (!door_active || !path || path[0] != '/')
		return false;
	fd = vfs_open(path, O_RDONLY | O_CLOEXEC, &ours);
	if (!ours)
		return false;
	*f = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd < 0)
		errno = -fd;
	else if (!*f)
		close(fd);
	return true;
}

#define DEFINE_FOPEN(name) \
	KS_PUBLIC FILE *name(const char *path, const char *mode) \
	{ \
		FILE *f; \
\
		return kernel_stream(path, &f) ? f : HOST(name)(path, mode); \
	}

DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

static bool kernel_access(const char *path, int mode, int *ret)
{
	int err;

	if (!door_active || !path || path[0] != '/')
		return false;
	err = vfs_access(path, mode);
	if (err == VFS_NOT_OURS)
		return false;
	*ret = to_errno(err);
	return true;
}

KS_PUBLIC int access(const char *path, int mode)
{
	int ret;

	return kernel_access(path, mode, &ret) ? ret : HOST(access)(path, mode);
}

KS_PUBLIC int faccessat(int dir, const char *path, int mode, int flags)
{
	int ret;

	return kernel_access(path, mode, &ret) ? ret : HOST(faccessat)(dir, path, mode, flags);
}

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
	va_list ap;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (door_active) {
		ret = perf_ioctl(fd, request, arg);
		if (ret != -ENOTTY)
			return to_errno(ret);
	}
	return HOST(ioctl)(fd, request, arg);
}

KS_PUBLIC int epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	int ret;

	if (door_active && poll_ctl(epfd, op, fd, ev, &ret))
		return to_errno(ret);
	return HOST(epoll_ctl)(epfd, op, fd, ev);
}

KS_PUBLIC int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	int n = door_active && max > 0 ? poll_ready(epfd, events, max) : 0;

	return n ? n : HOST(epoll_wait)(epfd, events, max, timeout);
}

#define DEFINE_MMAP(name, offset) \
	KS_PUBLIC void *name(void *addr, size_t len, int prot, int flags, int fd, offset off) \
	{ \
		void *ret; \
\
		if (door_active && fd >= 0 && arena_mmap(addr, len, prot, flags, fd, off, &ret)) \
			return ret; \
		return HOST(name)(addr, len, prot, flags, fd, off); \
	}

DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)
