/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scxfs.h - /sys/kernel/sched_ext: what there is of the class and of each scheduler, the
 * root and those below it.
 */
#ifndef KS_SYS_SCXFS_H
#define KS_SYS_SCXFS_H

#include <stdbool.h>
#include <stdio.h>

/* is @path that folder, or below it? */
bool scxfs_ours(const char *path);
/* what the file holds, into @f: 0, -ENOENT, -EISDIR */
int scxfs_show(const char *path, FILE *f);
/* call @fn with each name in the directory: 0, -ENOENT, -ENOTDIR */
int scxfs_list(const char *path, void (*fn)(void *arg, const char *name, bool directory),
	       void *arg);

#endif
