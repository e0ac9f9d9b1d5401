/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfs.h - the kernel's files as the simulated machine has them: BTF, sysfs of
 * sched_ext, tracefs ids, the configuration. Made at the moment of opening.
 */
#ifndef KS_SYS_VFS_H
#define KS_SYS_VFS_H

#include "base/types.h"

struct vfs_data {
	char *text;
	size_t len;
};

/*
 * vfs_read - what @path holds: 0 and @out, whose text the caller frees; -ENOENT when
 * the machine has no such file although the host might; VFS_NOT_OURS for all else.
 */
#define VFS_NOT_OURS 1
int vfs_read(const char *path, struct vfs_data *out);
struct vfs_attr {
	u32 type; /* S_IFDIR, S_IFREG, S_IFSOCK */
	bool cgroup;
	u64 size, ino; /* ino: a cgroup's id, else 1 */
};
typedef void (*vfs_name_fn)(void *arg, const char *name, bool directory);
/* the names in a directory, and what stat(2) says: 0, -errno, VFS_NOT_OURS */
int vfs_list(const char *path, vfs_name_fn fn, void *arg);
int vfs_stat(const char *path, struct vfs_attr *attr);
/*
 * vfs_at - @path as the *at() calls mean it: itself if it is absolute; below the folder
 * of ours that @dir is open on, put together in @buf ("": the folder); NULL: the host's
 */
#define VFS_PATH_BYTES 512
const char *vfs_at(int dir, const char *path, char buf[VFS_PATH_BYTES]);
/* which file system statfs(2) says it is on: 0, -errno, VFS_NOT_OURS */
int vfs_magic(const char *path, long *magic);
/* access(2): 0, -errno, VFS_NOT_OURS */
int vfs_access(const char *path, int mode);
/* open(2): a descriptor, -errno, or -1 with *ours false */
int vfs_open(const char *path, int flags, bool *ours);
/* Was @fd opened for writing? Then write(2), in a task (it may sleep): bytes or -errno. */
bool vfs_is_writer(int fd);
long vfs_write(int fd, const char *text, size_t len);
void vfs_closed(int fd);
/* the configuration as /proc/config.gz would have it; malloc'ed */
char *vfs_kconfig(void);

#endif
