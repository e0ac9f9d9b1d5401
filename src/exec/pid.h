/* SPDX-License-Identifier: GPL-2.0-only */
/* pid.h - see pid.c: system calls of the host's that are given a process's number. */
#ifndef KS_EXEC_PID_H
#define KS_EXEC_PID_H

#include <stdbool.h>

/* a system call of the task's by number (sys/door.h) */
bool pid_syscall(long nr, const long a[6], long *ret);

#endif
