/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysfs.h - /sys/devices/system/{cpu,node} of the simulated topology: files by a
 * table of patterns, directories by the same table.
 */
#ifndef KS_SYS_SYSFS_H
#define KS_SYS_SYSFS_H

#include <stdio.h>
#include "base/types.h"

/* is @path below these folders, or one of them? */
bool sysfs_ours(const char *path);
/* what the file holds, into @f: 0, -ENOENT, -EISDIR */
int sysfs_show(const char *path, FILE *f);
/* can @path be written to? Then @text is; in a task, may sleep: 0 or -errno */
bool sysfs_writable(const char *path);
int sysfs_store(const char *path, const char *text);
/* call @fn with each name in the directory: 0, -ENOENT, -ENOTDIR */
int sysfs_list(const char *path, void (*fn)(void *arg, const char *name, bool directory),
	       void *arg);
/* /proc/stat and /proc/cpuinfo of the machine's CPUs */
int sysfs_proc_stat(FILE *f, const char *tail);
int sysfs_cpuinfo(FILE *f, const char *tail);

#endif
