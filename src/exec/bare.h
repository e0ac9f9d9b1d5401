/* SPDX-License-Identifier: GPL-2.0-only */
/* bare.h - a loader without the C library: see bare.c. */
#ifndef KS_EXEC_BARE_H
#define KS_EXEC_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "exec/state.h"

/* The loader is one: its thread pointer is not the C library's. */
#define bare_runs (exec_state.bare.runs)

/*
 * bare_load - program @path is what the loader is to be; before the machine's first task.
 * 0 or -errno. bare_run() begins it, in the machine's first thread of loader code.
 */
int bare_load(const char *path, char **argv, char **env);
void bare_run(void) __attribute__((noreturn));

/* What a system call names "/proc/self/exe" is the program. @path may be NULL. */
const char *bare_path(const char *path);
/* readlinkat(2) */
ssize_t bare_readlink(int dir, const char *path, char *buf, size_t len);
/* the heap, the thread pointer: true and *@ret */
bool bare_call(long nr, const long a[6], long *ret);

#endif
