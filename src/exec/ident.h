/* SPDX-License-Identifier: GPL-2.0-only */
/* ident.h - see ident.c and poll.c: what the rest of exec tells them. */
#ifndef KS_EXEC_IDENT_H
#define KS_EXEC_IDENT_H

#include <stddef.h>

/* syscall() answers for the task from now on */
void ident_begin(void);
/* @len bytes of the loader's stream of random numbers; when the machine is made */
void ident_random(void *buf, size_t len);
/* poll.c: descriptor @fd goes away */
void poll_closing(int fd);

#endif
