// SPDX-License-Identifier: GPL-2.0-only
/*
 * filter.c - a loader's seccomp filter is for its own threads. At the host it would be
 * one on the machine as well, which shares the process and maps memory when it likes:
 *
 *	scx_rustland: from here on mmap() fails ──▶ the machine has no stack for a new task
 *
 * So the host never gets it. Nor is it run here: most of what it would forbid is done
 * within the C library, where nobody asks. A warning says that it does not hold.
 */
#include "exec/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "exec/process.h"
#include "sys/door.h"
#include "sys/host.h"

/* what a filter can be put on with that asks for nothing back */
#define PLAIN_FLAGS \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW)

/* kernel/seccomp.c: seccomp_set_mode_strict(), seccomp_set_mode_filter() */
static long put_on(unsigned long op, unsigned long flags, const void *filter)
{
	if (op == SECCOMP_SET_MODE_STRICT && (flags || filter))
		return -EINVAL;
	if (op == SECCOMP_SET_MODE_FILTER && flags & ~PLAIN_FLAGS)
		return -EINVAL;
	if (op == SECCOMP_SET_MODE_FILTER && !filter)
		return -EFAULT;
	door_note("seccomp: the filter does not hold: it would be one on the machine as well");
	return 0;
}

static bool puts_on(unsigned long op)
{
	return op == SECCOMP_SET_MODE_STRICT || op == SECCOMP_SET_MODE_FILTER;
}

static bool by_prctl(const long a[6], long *ret)
{
	if (a[0] != PR_SET_SECCOMP)
		return false;
	if (a[1] == SECCOMP_MODE_STRICT)
		*ret = put_on(SECCOMP_SET_MODE_STRICT, 0, NULL);
	else if (a[1] == SECCOMP_MODE_FILTER)
		*ret = put_on(SECCOMP_SET_MODE_FILTER, 0, (const void *)a[2]);
	else
		*ret = -EINVAL;
	return true;
}

bool filter_syscall(long nr, const long a[6], long *ret)
{
	if (nr == __NR_prctl)
		return by_prctl(a, ret);
	if (nr != __NR_seccomp || !puts_on((unsigned long)a[0]))
		return false;
	*ret = put_on((unsigned long)a[0], (unsigned long)a[1], (const void *)a[2]);
	return true;
}

KS_PUBLIC int prctl(int op, ...)
{
	long a[6] = { op }, ret = -EINVAL;
	va_list ap;
	int i;

	va_start(ap, op);
	for (i = 1; i < 5; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (op != PR_SET_SECCOMP || !process_enter())
		return HOST(prctl)(op, a[1], a[2], a[3], a[4]);
	by_prctl(a, &ret);
	process_leave();
	return (int)to_errno(ret);
}
