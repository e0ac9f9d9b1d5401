// SPDX-License-Identifier: GPL-2.0-only
/*
 * pid.c - numbers of processes in calls that are the host's. The loader's own is that of its
 * task, a child's is the host's, and any other is a task of the machine's or of nobody: on the
 * host that number belongs to a stranger, who must not hear of it.
 *
 *	sigqueue(getpid(), ...) ──▶ host: sigqueue(the process's own number, ...)
 *	getpgid(1)		──▶ ESRCH
 */
#undef _FILE_OFFSET_BITS /* both prlimit() and prlimit64() are defined here */
#include "exec/pid.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "base/types.h"
#include "exec/child.h"
#include "exec/process.h"
#include "kern/sched.h"
#include "sys/host.h"

/* The host's number of @pid, or -1 with ESRCH; 0 is the caller. */
static pid_t host_pid(pid_t pid)
{
	if (!pid || pid == current->tgid)
		return HOST(getpid)();
	if (child_is(pid))
		return pid;
	errno = ESRCH;
	return -1;
}

/* @call on the host with its first argument so translated */
#define ON_HOST(name, pid, ...)                                                \
	({                                                                     \
		const pid_t _pid = process_user ? host_pid(pid) : (pid);       \
		_pid < 0 && process_user ? -1 : HOST(name)(_pid, __VA_ARGS__); \
	})

KS_PUBLIC int sigqueue(pid_t pid, int sig, const union sigval value)
{
	if (process_user && pid && pid != current->tgid && !child_is(pid))
		return kill(pid, sig);
	return ON_HOST(sigqueue, pid, sig, value);
}

KS_PUBLIC pid_t getpgid(pid_t pid)
{
	const pid_t of = process_user ? host_pid(pid) : pid;

	return of < 0 ? -1 : HOST(getpgid)(of);
}

KS_PUBLIC pid_t getsid(pid_t pid)
{
	const pid_t of = process_user ? host_pid(pid) : pid;

	return of < 0 ? -1 : HOST(getsid)(of);
}

/* groups have the host's numbers, but for the one that the process makes of itself */
static pid_t host_group(pid_t group)
{
	return process_user && group == current->tgid ? HOST(getpid)() : group;
}

KS_PUBLIC int setpgid(pid_t pid, pid_t group)
{
	return ON_HOST(setpgid, pid, host_group(group));
}

/* locked memory: as setrlimit() in ident.c */
static bool is_memlock(pid_t pid, int what, const void *limit)
{
	return process_user && what == RLIMIT_MEMLOCK && limit && (!pid || pid == current->tgid);
}

KS_PUBLIC int prlimit(pid_t pid, __rlimit_resource_t what, const struct rlimit *new_limit,
		      struct rlimit *old_limit)
{
	if (is_memlock(pid, what, new_limit))
		new_limit = NULL;
	return ON_HOST(prlimit, pid, what, new_limit, old_limit);
}

KS_PUBLIC int prlimit64(pid_t pid, __rlimit_resource_t what, const struct rlimit64 *new_limit,
			struct rlimit64 *old_limit)
{
	if (is_memlock(pid, what, new_limit))
		new_limit = NULL;
	return ON_HOST(prlimit64, pid, what, new_limit, old_limit);
}

#define DEFINE_VM(name)                                                                    \
	KS_PUBLIC ssize_t name(pid_t pid, const struct iovec *here, unsigned long nr_here, \
			       const struct iovec *there, unsigned long nr_there,          \
			       unsigned long flags)                                        \
	{                                                                                  \
		return ON_HOST(name, pid, here, nr_here, there, nr_there, flags);          \
	}

DEFINE_VM(process_vm_readv)
DEFINE_VM(process_vm_writev)

KS_PUBLIC long ptrace(enum __ptrace_request request, ...)
{
	long a[3];
	va_list ap;
	pid_t pid;

	va_start(ap, request);
	for (int i = 0; i < 3; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	pid = (pid_t)a[0];
	if (process_user && request != PTRACE_TRACEME)
		pid = host_pid(pid);
	return pid < 0 ? -1 : HOST(ptrace)(request, pid, a[1], a[2]);
}

/* ---- the same by number ---- */

/* which argument is a process's number; -1: none that is looked at here */
static int pid_argument(long nr, const long a[6])
{
	switch (nr) {
	case __NR_rt_sigqueueinfo:
	case __NR_rt_tgsigqueueinfo:
	case __NR_getpgid:
	case __NR_getsid:
	case __NR_setpgid:
	case __NR_prlimit64:
	case __NR_process_vm_readv:
	case __NR_process_vm_writev:
	case __NR_migrate_pages:
	case __NR_move_pages:
	case __NR_get_robust_list:
	case __NR_sched_rr_get_interval:
		return 0;
	case __NR_ptrace:
		return a[0] == PTRACE_TRACEME ? -1 : 1;
	case __NR_ioprio_get:
	case __NR_ioprio_set:
		return a[0] == 1 /* IOPRIO_WHO_PROCESS */ ? 1 : -1;
	default:
		return -1;
	}
}

/* the second number of a call that has two: a thread's or a group's */
static long second_pid(long nr, const long a[6])
{
	switch (nr) {
	case __NR_rt_tgsigqueueinfo:
		return HOST(gettid)(); /* any thread of the process will do */
	case __NR_setpgid:
		return a[1] == current->tgid ? HOST(getpid)() : a[1];
	default:
		return a[1];
	}
}

bool pid_syscall(long nr, const long a[6], long *ret)
{
	const int at = pid_argument(nr, a);
	long b[6], err;
	pid_t pid;

	if (at < 0)
		return false;
	pid = host_pid((pid_t)a[at]);
	*ret = -ESRCH;
	if (pid < 0)
		return true;
	memcpy(b, a, sizeof(b));
	if (!at)
		b[1] = second_pid(nr, a);
	b[at] = pid;
	err = HOST(syscall)(nr, b[0], b[1], b[2], b[3], b[4], b[5]);
	*ret = err < 0 ? -errno : err;
	return true;
}
