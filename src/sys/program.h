/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - will a program let a preloaded library in? Known before it starts: one that
 * does not would make its system calls to the host, as whoever started it.
 */
#ifndef KS_SYS_PROGRAM_H
#define KS_SYS_PROGRAM_H

#include <stddef.h>

#define PROGRAM_PATH_BYTES 4096

/* What execvp(3) would start for @name: 0 and @path, or -errno. */
int program_find(const char *name, char path[PROGRAM_PATH_BYTES]);
/*
 * program_check - NULL: the library will be loaded into @path, or into the interpreter of
 * the script that it is; else why not, in @why
 */
const char *program_check(const char *path, char *why, size_t len);

#endif
