// SPDX-License-Identifier: GPL-2.0-only
/*
 * files.c - directories of the machine's files, and what stat(2) says of them.
 */
#undef _FILE_OFFSET_BITS /* both stat() and stat64() are defined here */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "exec/files.h"
#include "exec/ident.h"
#include "exec/process.h"
#include "sys/host.h"
#include "sys/vfs.h"

/* ---- directories: ours are lists of names behind a DIR * ---- */

struct our_dir {
	struct our_dir *next; /* all open ones */
	char *path;
	int fd; /* dirfd()'s; -1: nobody asked */
	u32 nr, pos;
	struct dirent *entries;
};

static struct our_dir *our_dir(DIR *dir)
{
	struct our_dir *d;

	for (d = exec_state.dirs; d && (DIR *)d != dir; d = d->next)
		;
	return d;
}

static void add_entry(void *arg, const char *name, bool directory)
{
	struct our_dir *d = arg;
	struct dirent *e = realloc(d->entries, (d->nr + 1) * sizeof(*e));

	if (!e)
		return;
	d->entries = e;
	e += d->nr++;
	*e = (struct dirent){ .d_ino = d->nr,
			      .d_off = d->nr,
			      .d_reclen = sizeof(*e),
			      .d_type = directory ? DT_DIR : DT_REG };
	snprintf(e->d_name, sizeof(e->d_name), "%s", name);
}

static int list(const char *path, struct our_dir *d)
{
	int err;

	if (!process_enter())
		return VFS_NOT_OURS;
	add_entry(d, ".", true);
	add_entry(d, "..", true);
	err = vfs_list(path, add_entry, d);
	process_leave();
	return err;
}

static void free_dir(struct our_dir *d)
{
	free(d->entries);
	free(d->path);
	free(d);
}

KS_PUBLIC DIR *opendir(const char *path)
{
	struct our_dir *d;
	int err;

	if (!process_user || path[0] != '/')
		return HOST(opendir)(path);
	d = calloc(1, sizeof(*d));
	err = d && (d->path = strdup(path)) ? list(path, d) : -ENOMEM;
	if (!err) {
		d->fd = -1;
		d->next = exec_state.dirs;
		exec_state.dirs = d;
		return (DIR *)d;
	}
	if (d)
		free_dir(d);
	if (err == VFS_NOT_OURS)
		return HOST(opendir)(path);
	to_errno(err);
	return NULL;
}

/* the descriptor is the folder's from now on */
KS_PUBLIC DIR *fdopendir(int fd)
{
	char buf[VFS_PATH_BYTES];
	const char *path = process_user ? vfs_at(fd, "", buf) : NULL;
	DIR *dir = path ? opendir(path) : HOST(fdopendir)(fd);

	if (path && dir)
		((struct our_dir *)dir)->fd = fd;
	return dir;
}

KS_PUBLIC int dirfd(DIR *dir)
{
	struct our_dir *d = our_dir(dir);

	if (!d)
		return HOST(dirfd)(dir);
	if (d->fd < 0)
		d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->fd;
}

KS_PUBLIC struct dirent *readdir(DIR *dir)
{
	struct our_dir *d = our_dir(dir);

	if (!d)
		return HOST(readdir)(dir);
	return d->pos < d->nr ? &d->entries[d->pos++] : NULL;
}

/* the same structure on 64-bit hosts */
_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "readdir64() is readdir()");
KS_PUBLIC struct dirent64 *readdir64(DIR *dir)
{
	return our_dir(dir) ? (struct dirent64 *)readdir(dir) : HOST(readdir64)(dir);
}

KS_PUBLIC void rewinddir(DIR *dir)
{
	struct our_dir *d = our_dir(dir);

	if (d)
		d->pos = 0;
	else
		HOST(rewinddir)(dir);
}

KS_PUBLIC long telldir(DIR *dir)
{
	struct our_dir *d = our_dir(dir);

	return d ? (long)d->pos : HOST(telldir)(dir);
}

KS_PUBLIC void seekdir(DIR *dir, long pos)
{
	struct our_dir *d = our_dir(dir);

	if (d)
		d->pos = pos < 0 || pos > (long)d->nr ? d->nr : (u32)pos;
	else
		HOST(seekdir)(dir, pos);
}

/* deprecated, and still called: warnings about it are not for us */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define DEFINE_READDIR_R(name, type)                                        \
	KS_PUBLIC int name(DIR *dir, struct type *entry, struct type **out) \
	{                                                                   \
		struct dirent *e;                                           \
                                                                            \
		if (!our_dir(dir))                                          \
			return HOST(name)(dir, entry, out);                 \
		e = readdir(dir);                                           \
		if (e)                                                      \
			memcpy(entry, e, sizeof(*entry));                   \
		*out = e ? entry : NULL;                                    \
		return 0;                                                   \
	}

DEFINE_READDIR_R(readdir_r, dirent)
DEFINE_READDIR_R(readdir64_r, dirent64)
#pragma GCC diagnostic pop

KS_PUBLIC int closedir(DIR *dir)
{
	struct our_dir **d;

	for (d = &exec_state.dirs; *d; d = &(*d)->next) {
		struct our_dir *gone = *d;

		if ((DIR *)gone != dir)
			continue;
		*d = gone->next;
		if (gone->fd >= 0)
			close(gone->fd);
		free_dir(gone);
		return 0;
	}
	return HOST(closedir)(dir);
}

/* ---- a folder by its descriptor, whose position is the next name's number ---- */

struct raw_dirent {
	u64 ino, next;
	u16 bytes;
	u8 type;
	char name[];
};

static size_t raw_bytes(const struct dirent *e)
{
	return (sizeof(struct raw_dirent) + strlen(e->d_name) + 1 + 7) & ~7UL;
}

/* the names from @at on that fit */
static long fill_dirents(const struct our_dir *d, off_t *at, char *buf, size_t len)
{
	size_t n = 0;

	for (; *at < (off_t)d->nr && raw_bytes(&d->entries[*at]) <= len - n; ++*at) {
		const struct dirent *e = &d->entries[*at];
		struct raw_dirent *out = (void *)(buf + n);

		memset(out, 0, raw_bytes(e));
		*out = (struct raw_dirent){ e->d_ino, (u64)*at + 1, (u16)raw_bytes(e), e->d_type };
		strcpy(out->name, e->d_name);
		n += out->bytes;
	}
	return n || *at >= (off_t)d->nr ? (long)n : -EINVAL;
}

long files_getdents(int fd, void *buf, size_t len)
{
	struct our_dir d = { 0 };
	char path_buf[VFS_PATH_BYTES];
	const char *path = vfs_at(fd, "", path_buf);
	off_t at = path ? lseek(fd, 0, SEEK_CUR) : 0;
	long ret = path ? list(path, &d) : VFS_NOT_OURS;

	if (!ret) {
		ret = fill_dirents(&d, &at, buf, len);
		lseek(fd, at, SEEK_SET);
	}
	free(d.entries);
	return ret == VFS_NOT_OURS ? HOST(syscall)(SYS_getdents64, fd, buf, len) : to_errno(ret);
}

static void free_names(struct dirent **names, int n)
{
	while (n--)
		free(names[n]);
	free(names);
}

static int read_names(DIR *dir, struct dirent ***out, int (*filter)(const struct dirent *))
{
	struct dirent *e, *copy, **names = NULL, **more;
	int n = 0;

	while ((e = readdir(dir))) {
		if (filter && !filter(e))
			continue;
		more = realloc(names, (n + 1) * sizeof(*names));
		copy = malloc(sizeof(*copy));
		if (more)
			names = more;
		if (!more || !copy) {
			free(copy);
			free_names(names, n);
			return -ENOMEM;
		}
		*copy = *e;
		names[n++] = copy;
	}
	*out = names;
	return n;
}

typedef int (*compare_fn)(const struct dirent **, const struct dirent **);

KS_PUBLIC int scandir(const char *path, struct dirent ***out, int (*filter)(const struct dirent *),
		      compare_fn compare)
{
	DIR *dir = process_user ? opendir(path) : NULL;
	int n;

	if (!dir || !our_dir(dir)) {
		if (dir)
			closedir(dir);
		return HOST(scandir)(path, out, filter, compare);
	}
	n = read_names(dir, out, filter);
	closedir(dir);
	if (n > 0 && compare)
		qsort(*out, n, sizeof(**out), (int (*)(const void *, const void *))compare);
	return (int)to_errno(n);
}

/* below a folder of ours; what is the host's is found there */
KS_PUBLIC int scandirat(int dir, const char *path, struct dirent ***out,
			int (*filter)(const struct dirent *), compare_fn compare)
{
	char buf[VFS_PATH_BYTES];
	const char *at = process_user ? vfs_at(dir, path, buf) : NULL;

	return at ? scandir(at, out, filter, compare) :
		    HOST(scandirat)(dir, path, out, filter, compare);
}

KS_PUBLIC int scandirat64(int dir, const char *path, struct dirent64 ***out,
			  int (*filter)(const struct dirent64 *),
			  int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
	return scandirat(dir, path, (struct dirent ***)out, (int (*)(const struct dirent *))filter,
			 (compare_fn)compare);
}

/* the same structure, see readdir64() */
KS_PUBLIC int scandir64(const char *path, struct dirent64 ***out,
			int (*filter)(const struct dirent64 *),
			int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
	return scandir(path, (struct dirent ***)out, (int (*)(const struct dirent *))filter,
		       (compare_fn)compare);
}

#define DEFINE_CREAT(name, open)                                                       \
	KS_PUBLIC int name(const char *path, mode_t mode)                              \
	{                                                                              \
		return process_user ? open(path, O_CREAT | O_WRONLY | O_TRUNC, mode) : \
				      HOST(name)(path, mode);                          \
	}

DEFINE_CREAT(creat, open)
DEFINE_CREAT(creat64, open64)

/* ---- stat ---- */

struct attr {
	mode_t mode;
	u64 ino, size;
};

static int look_up(const char *path, struct attr *a)
{
	struct vfs_attr v = { 0 };
	int err = vfs_stat(path, &v);

	*a = (struct attr){ v.type | (v.type == S_IFREG ? 0444 : 0755), v.ino, v.size };
	return err;
}

/* Of an open file of ours the host knows the size; of a folder not that it is one. */
static bool our_stat(int dir, const char *path, struct attr *a, int *ret)
{
	bool by_fd = path && !*path;
	char buf[VFS_PATH_BYTES];
	int err;

	path = process_user ? vfs_at(dir, path, buf) : NULL;
	if (!path || !process_enter())
		return false;
	err = look_up(path, a);
	process_leave();
	if (err == VFS_NOT_OURS || (by_fd && !S_ISDIR(a->mode)))
		return false;
	*ret = (int)to_errno(err);
	return true;
}

#define FILL_STAT(type, a)                                                                        \
	(struct type)                                                                             \
	{                                                                                         \
		.st_ino = (a).ino, .st_mode = (a).mode, .st_nlink = 1, .st_size = (off_t)(a).size \
	}

#define DEFINE_STAT(name, type)                               \
	KS_PUBLIC int name(const char *path, struct type *st) \
	{                                                     \
		struct attr a;                                \
		int ret;                                      \
                                                              \
		if (!our_stat(AT_FDCWD, path, &a, &ret))      \
			return HOST(name)(path, st);          \
		*st = FILL_STAT(type, a);                     \
		return ret;                                   \
	}

#define DEFINE_FSTAT(name, type)                    \
	KS_PUBLIC int name(int fd, struct type *st) \
	{                                           \
		struct attr a;                      \
		int ret;                            \
                                                    \
		if (!our_stat(fd, "", &a, &ret))    \
			return HOST(name)(fd, st);  \
		*st = FILL_STAT(type, a);           \
		return ret;                         \
	}

#define DEFINE_FSTATAT(name, type)                                                \
	KS_PUBLIC int name(int dir, const char *path, struct type *st, int flags) \
	{                                                                         \
		struct attr a;                                                    \
		int ret;                                                          \
                                                                                  \
		if (!our_stat(dir, path, &a, &ret))                               \
			return HOST(name)(dir, path, st, flags);                  \
		*st = FILL_STAT(type, a);                                         \
		return ret;                                                       \
	}

DEFINE_STAT(stat, stat)
DEFINE_STAT(lstat, stat)
DEFINE_STAT(stat64, stat64)
DEFINE_STAT(lstat64, stat64)
DEFINE_FSTAT(fstat, stat)
DEFINE_FSTAT(fstat64, stat64)
DEFINE_FSTATAT(fstatat, stat)
DEFINE_FSTATAT(fstatat64, stat64)

/* by these names programs ask that were built before glibc 2.33 */
#define DEFINE_OLD_STAT(old, name, type)                                  \
	int old(int version, const char *path, struct type *st);          \
	KS_PUBLIC int old(int version, const char *path, struct type *st) \
	{                                                                 \
		return name(path, st);                                    \
	}

#define DEFINE_OLD_FSTAT(old, name, type)                       \
	int old(int version, int fd, struct type *st);          \
	KS_PUBLIC int old(int version, int fd, struct type *st) \
	{                                                       \
		return name(fd, st);                            \
	}

#define DEFINE_OLD_FSTATAT(old, name, type)                                                   \
	int old(int version, int dir, const char *path, struct type *st, int flags);          \
	KS_PUBLIC int old(int version, int dir, const char *path, struct type *st, int flags) \
	{                                                                                     \
		return name(dir, path, st, flags);                                            \
	}

DEFINE_OLD_STAT(__xstat, stat, stat)
DEFINE_OLD_STAT(__lxstat, lstat, stat)
DEFINE_OLD_STAT(__xstat64, stat64, stat64)
DEFINE_OLD_STAT(__lxstat64, lstat64, stat64)
DEFINE_OLD_FSTAT(__fxstat, fstat, stat)
DEFINE_OLD_FSTAT(__fxstat64, fstat64, stat64)
DEFINE_OLD_FSTATAT(__fxstatat, fstatat, stat)
DEFINE_OLD_FSTATAT(__fxstatat64, fstatat64, stat64)

KS_PUBLIC int statx(int dir, const char *path, int flags, unsigned int mask, struct statx *st)
{
	struct attr a;
	int ret;

	if (!our_stat(dir, path, &a, &ret))
		return HOST(statx)(dir, path, flags, mask, st);
	*st = (struct statx){ .stx_mask = STATX_TYPE | STATX_MODE | STATX_INO | STATX_SIZE,
			      .stx_ino = a.ino,
			      .stx_mode = (u16)a.mode,
			      .stx_nlink = 1,
			      .stx_size = a.size };
	return ret;
}

/* ---- the C library's own uses of these ---- */

/* access() asks for the machine's root, as which the loader runs. */
#define DEFINE_ACCESS(name)                                                        \
	KS_PUBLIC int name(const char *path, int mode)                             \
	{                                                                          \
		return process_user ? access(path, mode) : HOST(name)(path, mode); \
	}

DEFINE_ACCESS(eaccess)
DEFINE_ACCESS(euidaccess)

/* Of what is not ours the result is the host's in any case. */
static bool our_file_system(int fd, const char *path, struct statfs *st, int *ret)
{
	struct attr a;

	if (!process_user || !our_stat(fd, path, &a, ret))
		return false;
	*ret = *path ? statfs(path, st) : fstatfs(fd, st);
	return true;
}

#define DEFINE_STATVFS(name, type, params, host_args, fd, path)             \
	KS_PUBLIC int name params                                           \
	{                                                                   \
		struct statfs fs = { 0 };                                   \
		int ret;                                                    \
                                                                            \
		if (!our_file_system(fd, path, &fs, &ret))                  \
			return HOST(name) host_args;                        \
		*st = (struct type){ .f_bsize = (unsigned long)fs.f_bsize,  \
				     .f_frsize = (unsigned long)fs.f_bsize, \
				     .f_namemax = 255 };                    \
		return ret;                                                 \
	}

DEFINE_STATVFS(statvfs, statvfs, (const char *path, struct statvfs *st), (path, st), AT_FDCWD, path)
DEFINE_STATVFS(statvfs64, statvfs64, (const char *path, struct statvfs64 *st), (path, st), AT_FDCWD,
	       path)
DEFINE_STATVFS(fstatvfs, statvfs, (int fd, struct statvfs *st), (fd, st), fd, "")
DEFINE_STATVFS(fstatvfs64, statvfs64, (int fd, struct statvfs64 *st), (fd, st), fd, "")

/* None of ours is a link. */
KS_PUBLIC ssize_t readlink(const char *path, char *buf, size_t len)
{
	struct attr a;
	int ret;

	if (!our_stat(AT_FDCWD, path, &a, &ret))
		return HOST(readlink)(path, buf, len);
	return ret ? ret : to_errno(-EINVAL);
}

KS_PUBLIC ssize_t readlinkat(int dir, const char *path, char *buf, size_t len)
{
	struct attr a;
	int ret;

	if (!our_stat(dir, path, &a, &ret))
		return HOST(readlinkat)(dir, path, buf, len);
	return ret ? ret : to_errno(-EINVAL);
}

KS_PUBLIC char *realpath(const char *path, char *out)
{
	struct attr a;
	int ret;

	if (!process_user || !path || strlen(path) >= PATH_MAX ||
	    !our_stat(AT_FDCWD, path, &a, &ret))
		return HOST(realpath)(path, out);
	return ret ? NULL : out ? strcpy(out, path) : strdup(path);
}

KS_PUBLIC char *canonicalize_file_name(const char *path)
{
	return process_user ? realpath(path, NULL) : HOST(canonicalize_file_name)(path);
}

/* ---- glob: the C library's, over our directories ---- */

static void *glob_opendir(const char *path)
{
	return opendir(path);
}

static struct dirent *glob_readdir(void *dir)
{
	return readdir(dir);
}

static void glob_closedir(void *dir)
{
	closedir(dir);
}

KS_PUBLIC int glob(const char *pattern, int flags, int (*errfn)(const char *, int), glob_t *g)
{
	if (process_user && !(flags & GLOB_ALTDIRFUNC)) {
		flags |= GLOB_ALTDIRFUNC;
		g->gl_opendir = glob_opendir;
		g->gl_readdir = glob_readdir;
		g->gl_closedir = glob_closedir;
		g->gl_stat = stat;
		g->gl_lstat = lstat;
	}
	return HOST(glob)(pattern, flags, errfn, g);
}

/* the structures are the same on 64-bit hosts */
KS_PUBLIC int glob64(const char *pattern, int flags, int (*errfn)(const char *, int), glob64_t *g)
{
	return glob(pattern, flags, errfn, (glob_t *)g);
}
