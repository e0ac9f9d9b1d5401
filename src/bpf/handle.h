/* SPDX-License-Identifier: GPL-2.0-only */
/* handle.h - descriptors that stand for a task or a cgroup. */
#ifndef KS_BPF_HANDLE_H
#define KS_BPF_HANDLE_H

#include "bpf/object.h"

/* A descriptor of @kind, OBJ_TASK or OBJ_CGROUP: @nr is a pid or a cgroup's id. Or -errno. */
int handle_open(enum object_kind kind, u64 nr);
/* what task or cgroup @fd is of: 0 or -EBADF; it may be gone */
int handle_nr(int fd, enum object_kind kind, u64 *nr);

#endif
