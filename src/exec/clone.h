/* SPDX-License-Identifier: GPL-2.0-only */
/* clone.h - threads and children that a loader makes by system calls: see clone.c. */
#ifndef KS_EXEC_CLONE_H
#define KS_EXEC_CLONE_H

#include <stdbool.h>
#include <ucontext.h>

/* @nr of the code at @uc: true and *@ret, if it is about threads and processes */
bool clone_call(long nr, const long a[6], ucontext_t *uc, long *ret);
/* The same by syscall(3): there is no frame to give another stack or thread pointer to. */
bool clone_by_number(long nr, const long a[6], long *ret);

#endif
