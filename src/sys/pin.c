// SPDX-License-Identifier: GPL-2.0-only
/*
 * pin.c - OBJ_PIN and OBJ_GET: bpffs, whose names are names.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "bpf/object.h"
#include "sys/cmd.h"
#include "sys/names.h"
#include "sys/vfs.h"

/* The path that @attr means; NULL: it is not on bpffs */
static const char *pin_path(const union bpf_attr *attr, char buf[VFS_PATH_BYTES])
{
	int dir = attr->file_flags & BPF_F_PATH_FD ? attr->path_fd : AT_FDCWD;
	const char *path = vfs_at(dir, PTR(attr->pathname), buf);

	return names_on_bpffs(path) ? path : NULL;
}

static int pin(const char *path, struct object *o)
{
	if (o->kind != OBJ_MAP && o->kind != OBJ_PROG && o->kind != OBJ_LINK)
		return -EINVAL;
	return path ? names_add(path, S_IFREG, o) : -EPERM;
}

int cmd_obj_pin(union bpf_attr *attr, u32 size)
{
	char buf[VFS_PATH_BYTES];
	struct object *o;
	int err;

	if (attr->file_flags & ~BPF_F_PATH_FD ||
	    (!(attr->file_flags & BPF_F_PATH_FD) && attr->path_fd))
		return -EINVAL;
	if (!attr->pathname)
		return -EFAULT;
	o = object_any_from_fd(attr->bpf_fd);
	if (!o)
		return object_fd_errno(attr->bpf_fd);
	err = pin(pin_path(attr, buf), o);
	object_put(o);
	return err;
}

int cmd_obj_get(union bpf_attr *attr, u32 size)
{
	u32 known = BPF_F_PATH_FD | BPF_F_RDONLY | BPF_F_WRONLY;
	char buf[VFS_PATH_BYTES];
	struct object *o;
	const char *path;

	if (attr->bpf_fd || attr->file_flags & ~known ||
	    (!(attr->file_flags & BPF_F_PATH_FD) && attr->path_fd))
		return -EINVAL;
	if (!attr->pathname)
		return -EFAULT;
	path = pin_path(attr, buf);
	o = path ? names_object(path) : NULL;
	if (o)
		return object_install_fd(o);
	return path && names_type(path) ? -EACCES : -ENOENT;
}
