/* SPDX-License-Identifier: GPL-2.0-only */
/* pidfd.h - pidfd_open(2). */
#ifndef KS_SYS_PIDFD_H
#define KS_SYS_PIDFD_H

#include "base/types.h"

/* A descriptor of the task (bpf/handle.h), or -errno. */
int pidfd_open_task(s32 pid, u32 flags);

#endif
