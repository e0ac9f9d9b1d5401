/* SPDX-License-Identifier: GPL-2.0-only */
/* filter.h - seccomp of a loader's threads. */
#ifndef KS_EXEC_FILTER_H
#define KS_EXEC_FILTER_H

#include "base/types.h"

/* system call @nr, if it puts a filter on: its return value in *@ret; false: none of ours */
bool filter_syscall(long nr, const long a[6], long *ret);

#endif
