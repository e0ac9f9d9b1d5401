// SPDX-License-Identifier: GPL-2.0-only
/* pidfd.c - pidfd_open(2). Facts: kernel/pid.c (pidfd_open), kernel/fork.c (pidfd_prepare). */
#include "sys/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include "abi/profile.h"
#include "bpf/handle.h"
#include "kern/sched.h"

#define PIDFD_NONBLOCK_FLAG O_NONBLOCK
#define PIDFD_THREAD_FLAG O_EXCL

int pidfd_open_task(s32 pid, u32 flags)
{
	struct task_struct *p;

	if (flags & ~(PIDFD_NONBLOCK_FLAG | PIDFD_THREAD_FLAG) || pid <= 0)
		return -EINVAL;
	p = find_task_by_pid(pid);
	if (!p)
		return -ESRCH;
	if (!(flags & PIDFD_THREAD_FLAG) && p->group_leader != p)
		return K->b.pidfd_thread_enoent ? -ENOENT : -EINVAL;
	return handle_open(OBJ_TASK, (u64)pid);
}
