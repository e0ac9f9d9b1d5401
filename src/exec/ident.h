/* SPDX-License-Identifier: GPL-2.0-only */
/* ident.h - see ident.c and poll.c: what the rest of exec tells them. */
#ifndef KS_EXEC_IDENT_H
#define KS_EXEC_IDENT_H

#include <stdbool.h>
#include <stddef.h>

/* a system call of the task's by number (sys/door.h) */
bool ident_syscall(long nr, const long a[6], long *ret);
struct task_attr;
/* what a child or thread of the current task inherits of its scheduling */
void ident_fork(struct task_attr *attr);
/* @len bytes of the loader's stream of random numbers; when the machine is made */
void ident_random(void *buf, size_t len);
/* poll.c: descriptor @fd goes away */
void poll_closing(int fd);

#endif
