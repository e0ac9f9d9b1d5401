/* SPDX-License-Identifier: GPL-2.0-only */
/* child.h - processes that a loader makes. */
#ifndef KS_EXEC_CHILD_H
#define KS_EXEC_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* from here on a child of the process has nothing to do with the machine */
void child_begin(void);
/* @pid is the host's number of a child that was not waited for yet */
bool child_is(pid_t pid);

/* of a child: a descriptor, which the host's waitid(2) knows, or -1 */
int child_pidfd(pid_t pid);

/* vfork(), whoever else defines that name: a sanitizer's takes the stack for the thread's own. */
pid_t child_vfork(void);

#endif
