/* SPDX-License-Identifier: GPL-2.0-only */
/* handle.h - descriptors that stand for a task or a cgroup. */
#ifndef KS_SYS_HANDLE_H
#define KS_SYS_HANDLE_H

#include "bpf/object.h"

/* A descriptor of @kind, OBJ_TASK or OBJ_CGROUP: @nr is a pid or a cgroup's id. Or -errno. */
int handle_open(enum object_kind kind, u64 nr);
/* pidfd_open(2) */
int handle_pidfd_open(s32 pid, u32 flags);
/* what task a pidfd is of: 0 or -EBADF; it may be gone */
int handle_pid(int fd, s32 *pid);
/* keys of local storage are such descriptors */
void handle_setup(void);

#endif
