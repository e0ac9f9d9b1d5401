/* SPDX-License-Identifier: GPL-2.0-only */
/* raw.h - system calls by their numbers. */
#ifndef KS_EXEC_RAW_H
#define KS_EXEC_RAW_H

#include <stdbool.h>

/* System call @nr of loader code: by the function of that name. -1 with errno set, as those. */
long raw_call(long nr, const long a[6]);
/* The same of what the loader asks for by syscall(2), into @ret; false: there is no function. */
bool raw_by_number(long nr, const long a[6], long *ret);

#endif
