// SPDX-License-Identifier: GPL-2.0-only
/*
 * raw.c - each system call for which this library defines a function of the C library, by
 * number. Where the two differ (priorities, sizes of signal sets, errors as values), the
 * kernel's is what the caller gets:
 *
 *	rt_sigtimedwait(set, info, ts, 8) ──▶ sigtimedwait(set, info, ts)
 *
 * tests/exec.sh holds the table to the names that the library defines.
 */
#include "exec/raw.h"

#if defined(__x86_64__)

#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "exec/bare.h"
#include "exec/clone.h"
#include "exec/files.h"
#include "exec/process.h"
#include "exec/signal.h"
#include "sys/door.h"
#include "sys/host.h"

#define P(i) ((void *)a[i])
#define I(i) ((int)a[i])
#define U(i) ((unsigned int)a[i])
#define PATH(i) bare_path((const char *)a[i])

#define NO_NAME LONG_MIN /* there is no function: no call gives that */

struct sized_mask { /* pselect6()'s last argument */
	const sigset_t *set;
	size_t bytes;
};

static long call_pselect(const long a[6])
{
	const struct sized_mask *m = P(5);

	return pselect(I(0), P(1), P(2), P(3), P(4), m ? m->set : NULL);
}

/* Without rules of its own it is openat(); of those the host knows, not of our files. */
static long call_openat2(const long a[6])
{
	const struct open_how *how = P(2);

	if (!how->resolve)
		return openat(I(0), PATH(1), (int)how->flags, (mode_t)how->mode);
	return HOST(syscall)(__NR_openat2, a[0], PATH(1), a[2], a[3]);
}

static long call_prlimit(const long a[6])
{
	return prlimit((pid_t)a[0], I(1), P(2), P(3));
}

static long call_getpriority(const long a[6])
{
	int nice;

	errno = 0;
	nice = getpriority(I(0), (id_t)a[1]);
	return nice == -1 && errno ? -1 : 20 - nice;
}

/* both pointers may be missing */
static long call_gettimeofday(const long a[6])
{
	struct timeval unused;

	return gettimeofday(P(0) ? P(0) : &unused, P(1));
}

static long call_getids(const long a[6])
{
	int i;

	for (i = 0; i < 3; i++)
		*(uid_t *)P(i) = 0;
	return 0;
}

static long call_clock_nanosleep(const long a[6])
{
	errno = clock_nanosleep(I(0), I(1), P(2), P(3));
	return errno ? -1 : 0;
}

static long file_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_open:
		return open(PATH(0), I(1), (mode_t)a[2]);
	case __NR_creat:
		return creat(PATH(0), (mode_t)a[1]);
	case __NR_openat:
		return openat(I(0), PATH(1), I(2), (mode_t)a[3]);
	case __NR_openat2:
		return call_openat2(a);
	case __NR_stat:
		return stat(PATH(0), P(1));
	case __NR_lstat:
		return lstat(P(0), P(1));
	case __NR_fstat:
		return fstat(I(0), P(1));
	case __NR_newfstatat:
		return fstatat(I(0), PATH(1), P(2), I(3));
	case __NR_statx:
		return statx(I(0), PATH(1), I(2), U(3), P(4));
	case __NR_statfs:
		return statfs(P(0), P(1));
	case __NR_fstatfs:
		return fstatfs(I(0), P(1));
	case __NR_access:
		return access(PATH(0), I(1));
	case __NR_faccessat:
	case __NR_faccessat2:
		return faccessat(I(0), PATH(1), I(2), nr == __NR_faccessat ? 0 : I(3));
	case __NR_mkdir:
		return mkdir(P(0), (mode_t)a[1]);
	case __NR_mkdirat:
		return mkdirat(I(0), P(1), (mode_t)a[2]);
	case __NR_rmdir:
		return rmdir(P(0));
	case __NR_unlink:
		return unlink(P(0));
	case __NR_unlinkat:
		return unlinkat(I(0), P(1), I(2));
	case __NR_getdents64:
		return files_getdents(I(0), P(1), (size_t)a[2]);
	case __NR_readlink:
		return bare_readlink(AT_FDCWD, P(0), P(1), (size_t)a[2]);
	case __NR_readlinkat:
		return bare_readlink(I(0), P(1), P(2), (size_t)a[3]);
	case __NR_execve:
		return execve(PATH(0), P(1), P(2));
	default:
		return NO_NAME;
	}
}

static long input_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_read:
		return read(I(0), P(1), (size_t)a[2]);
	case __NR_readv:
		return readv(I(0), P(1), I(2));
	case __NR_write:
		return write(I(0), P(1), (size_t)a[2]);
	case __NR_close:
		return close(I(0));
	case __NR_close_range:
		return close_range(U(0), U(1), I(2));
	case __NR_dup:
		return dup(I(0));
	case __NR_dup2:
		return dup2(I(0), I(1));
	case __NR_dup3:
		return dup3(I(0), I(1), I(2));
	case __NR_fcntl:
		return fcntl(I(0), I(1), a[2]);
	case __NR_mmap:
		return (long)mmap(P(0), (size_t)a[1], I(2), I(3), I(4), a[5]);
	case __NR_ioctl:
		return ioctl(I(0), (unsigned long)a[1], a[2]);
	case __NR_bind:
		return bind(I(0), P(1), (socklen_t)a[2]);
	case __NR_connect:
		return connect(I(0), P(1), (socklen_t)a[2]);
	case __NR_accept:
		return accept(I(0), P(1), P(2));
	case __NR_accept4:
		return accept4(I(0), P(1), P(2), I(3));
	case __NR_recvfrom:
		return recvfrom(I(0), P(1), (size_t)a[2], I(3), P(4), P(5));
	case __NR_recvmsg:
		return recvmsg(I(0), P(1), I(2));
	default:
		return file_call(nr, a);
	}
}

static long wait_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_poll:
		return poll(P(0), (nfds_t)a[1], I(2));
	case __NR_ppoll:
		return ppoll(P(0), (nfds_t)a[1], P(2), P(3));
	case __NR_select:
		return select(I(0), P(1), P(2), P(3), P(4));
	case __NR_pselect6:
		return call_pselect(a);
	case __NR_epoll_ctl:
		return epoll_ctl(I(0), I(1), I(2), P(3));
	case __NR_epoll_wait:
		return epoll_wait(I(0), P(1), I(2), I(3));
	case __NR_epoll_pwait:
		return epoll_pwait(I(0), P(1), I(2), I(3), P(4));
	case __NR_epoll_pwait2:
		return epoll_pwait2(I(0), P(1), I(2), P(3), P(4));
	case __NR_timerfd_create:
		return timerfd_create(I(0), I(1));
	case __NR_timerfd_settime:
		return timerfd_settime(I(0), I(1), P(2), P(3));
	case __NR_timerfd_gettime:
		return timerfd_gettime(I(0), P(1));
	case __NR_nanosleep:
		return nanosleep(P(0), P(1));
	case __NR_clock_nanosleep:
		return call_clock_nanosleep(a);
	case __NR_clock_gettime:
		return clock_gettime(I(0), P(1));
	case __NR_gettimeofday:
		return call_gettimeofday(a);
	case __NR_time:
		return time(P(0));
	case __NR_pause:
		return pause();
	case __NR_rt_sigtimedwait:
		return sigtimedwait(P(0), P(1), P(2));
	case __NR_rt_sigsuspend:
		return sigsuspend(P(0));
	default:
		return input_call(nr, a);
	}
}

static long named_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_getpid:
		return getpid();
	case __NR_gettid:
		return gettid();
	case __NR_getppid:
		return getppid();
	case __NR_getuid:
	case __NR_geteuid:
	case __NR_getgid:
	case __NR_getegid:
		return 0; /* as getuid() and its kin here */
	case __NR_getresuid:
	case __NR_getresgid:
		return call_getids(a);
	case __NR_getcpu:
		return getcpu(P(0), P(1));
	case __NR_uname:
		return uname(P(0));
	case __NR_kill:
		return kill((pid_t)a[0], I(1));
	case __NR_setpriority:
		return setpriority(I(0), (id_t)a[1], I(2));
	case __NR_getpriority:
		return call_getpriority(a);
	case __NR_sched_getparam:
		return sched_getparam((pid_t)a[0], P(1));
	case __NR_sched_get_priority_max:
		return sched_get_priority_max(I(0));
	case __NR_sched_get_priority_min:
		return sched_get_priority_min(I(0));
	case __NR_mlock:
	case __NR_mlock2:
		return mlock(P(0), (size_t)a[1]);
	case __NR_munlock:
		return munlock(P(0), (size_t)a[1]);
	case __NR_mlockall:
		return mlockall(I(0));
	case __NR_munlockall:
		return munlockall();
	case __NR_setrlimit:
		return setrlimit(I(0), P(1));
	case __NR_prlimit64:
		return call_prlimit(a);
	default:
		return wait_call(nr, a);
	}
}

long raw_call(long nr, const long a[6])
{
	const long ret = named_call(nr, a);

	return ret == NO_NAME ? door_syscall(nr, a) : ret;
}

/* ---- syscall(2) of the C library: the same, but there is no signal's frame (trap.c) ---- */

static long mask_call(const long a[6])
{
	const unsigned long *set = P(1);
	unsigned long *old = P(2);
	sigset_t all = { 0 }, was = { 0 };
	int err;

	if (a[3] != sizeof(*set)) {
		errno = EINVAL;
		return -1;
	}
	if (set)
		*(unsigned long *)&all = *set;
	err = sigprocmask(I(0), set ? &all : NULL, old ? &was : NULL);
	if (!err && old)
		*old = *(unsigned long *)&was;
	return err;
}

static long signal_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_rt_sigprocmask:
		return mask_call(a);
	case __NR_rt_sigaction:
		return to_errno(signal_raw_action(I(0), P(1), P(2)));
	case __NR_sigaltstack:
		return sigaltstack(P(0), P(1));
	default:
		return named_call(nr, a);
	}
}

bool raw_by_number(long nr, const long a[6], long *ret)
{
	if (!process_user)
		return false;
	if (clone_by_number(nr, a, ret)) {
		*ret = to_errno(*ret);
		return true;
	}
	*ret = signal_call(nr, a);
	return *ret != NO_NAME;
}

#else

long raw_call(long nr, const long a[6])
{
	return door_syscall(nr, a);
}

bool raw_by_number(long nr, const long a[6], long *ret)
{
	return false;
}

#endif
