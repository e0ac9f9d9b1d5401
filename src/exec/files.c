// SPDX-License-Identifier: GPL-2.0-only
/*
 * files.c - directories of the machine's files, and what stat(2) says of them.
 */
#undef _FILE_OFFSET_BITS	/* both stat() and stat64() are defined here */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exec/ident.h"
#include "exec/process.h"
#include "sys/host.h"
#include "sys/vfs.h"

/* ---- directories: ours are lists of names behind a DIR * ---- */

struct our_dir {
	struct our_dir *next;	/* all open ones */
	u32 nr, pos;
	struct dirent *entries;
};

static struct our_dir *dirs;

static struct our_dir *our_dir(DIR *dir)
{
	struct our_dir *d;

	for (d = dirs; d && (DIR *)d != dir; d = d->next)
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
	*e = (struct dirent){ .d_ino = d->nr, .d_off = d->nr, .d_reclen = sizeof(*e),
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

KS_PUBLIC DIR *opendir(const char *path)
{
	struct our_dir *d;
	int err;

	if (!process_user || path[0] != '/')
		return HOST(opendir)(path);
	d = calloc(1, sizeof(*d));
	err = d ? list(path, d) : -ENOMEM;
	if (!err) {
		d->next = dirs;
		dirs = d;
		return (DIR *)d;
	}
	if (d)
		free(d->entries);
	free(d);
	if (err == VFS_NOT_OURS)
		return HOST(opendir)(path);
	process_errno(err);
	return NULL;
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

KS_PUBLIC int closedir(DIR *dir)
{
	struct our_dir **d;

	for (d = &dirs; *d; d = &(*d)->next) {
		struct our_dir *gone = *d;

		if ((DIR *)gone != dir)
			continue;
		*d = gone->next;
		free(gone->entries);
		free(gone);
		return 0;
	}
	return HOST(closedir)(dir);
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
	return (int)process_errno(n);
}

/* ---- stat ---- */

static bool our_stat(const char *path, struct vfs_attr *attr, int *ret)
{
	int err;

	if (!path || path[0] != '/' || !process_enter())
		return false;
	err = vfs_stat(path, attr);
	process_leave();
	if (err == VFS_NOT_OURS)
		return false;
	*ret = (int)process_errno(err);
	return true;
}

static mode_t mode_of(const struct vfs_attr *attr)
{
	return attr->directory ? S_IFDIR | 0755 : S_IFREG | 0444;
}

#define DEFINE_STAT(name, type) \
	KS_PUBLIC int name(const char *path, struct type *st) \
	{ \
		struct vfs_attr attr; \
		int ret; \
\
		if (!our_stat(path, &attr, &ret)) \
			return HOST(name)(path, st); \
		*st = (struct type){ .st_ino = attr.ino, .st_mode = mode_of(&attr), \
				     .st_nlink = 1, .st_size = (off_t)attr.size }; \
		return ret; \
	}

DEFINE_STAT(stat, stat)
DEFINE_STAT(lstat, stat)
DEFINE_STAT(stat64, stat64)
DEFINE_STAT(lstat64, stat64)

KS_PUBLIC int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	struct vfs_attr attr;
	int ret;

	if (!our_stat(path, &attr, &ret))
		return HOST(fstatat)(dir, path, st, flags);
	*st = (struct stat){ .st_ino = attr.ino, .st_mode = mode_of(&attr), .st_nlink = 1,
			     .st_size = (off_t)attr.size };
	return ret;
}

KS_PUBLIC int fstatat64(int dir, const char *path, struct stat64 *st, int flags)
{
	return fstatat(dir, path, (struct stat *)st, flags);
}

KS_PUBLIC int statx(int dir, const char *path, int flags, unsigned int mask, struct statx *st)
{
	struct vfs_attr attr;
	int ret;

	if (!our_stat(path, &attr, &ret))
		return HOST(statx)(dir, path, flags, mask, st);
	*st = (struct statx){ .stx_mask = STATX_TYPE | STATX_MODE | STATX_INO | STATX_SIZE,
			      .stx_ino = attr.ino, .stx_mode = (u16)mode_of(&attr),
			      .stx_nlink = 1, .stx_size = attr.size };
	return ret;
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
