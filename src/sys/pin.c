// SPDX-License-Identifier: GPL-2.0-only
/*
 * pin.c - OBJ_PIN and OBJ_GET: a bpffs that is a list of names. It lives and dies
 * with the machine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/object.h"
#include "sys/cmd.h"

struct pin {
	struct pin *next;
	char *path;
	struct object *o;	/* pinned */
};

static struct pin *pins;

static struct pin *find_pin(const char *path)
{
	struct pin *p;

	for (p = pins; p && strcmp(p->path, path); p = p->next)
		;
	return p;
}

static int add_pin(const char *path, struct object *o)
{
	struct pin *p;

	if (find_pin(path))
		return -EEXIST;
	if (o->kind != OBJ_MAP && o->kind != OBJ_PROG && o->kind != OBJ_LINK)
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p || !(p->path = strdup(path))) {
		free(p);
		return -ENOMEM;
	}
	object_pin(o);
	p->o = o;
	p->next = pins;
	pins = p;
	return 0;
}

int cmd_obj_pin(union bpf_attr *attr, u32 size)
{
	struct object *o;
	int err;

	if (attr->file_flags & ~BPF_F_PATH_FD || (!(attr->file_flags & BPF_F_PATH_FD) && attr->path_fd))
		return -EINVAL;
	if (!attr->pathname)
		return -EFAULT;
	o = object_any_from_fd(attr->bpf_fd);
	if (!o)
		return object_fd_errno(attr->bpf_fd);
	err = add_pin(PTR(attr->pathname), o);
	object_put(o);
	return err;
}

int cmd_obj_get(union bpf_attr *attr, u32 size)
{
	struct pin *p;

	if (attr->bpf_fd)
		return -EINVAL;
	if (!attr->pathname)
		return -EFAULT;
	p = find_pin(PTR(attr->pathname));
	return p ? object_install_fd(p->o) : -ENOENT;
}

bool pin_exists(const char *path)
{
	return find_pin(path);
}

int pin_remove(const char *path)
{
	struct pin **p, *gone;

	for (p = &pins; *p && strcmp((*p)->path, path); p = &(*p)->next)
		;
	gone = *p;
	if (!gone)
		return -ENOENT;
	*p = gone->next;
	object_unpin(gone->o);
	free(gone->path);
	free(gone);
	return 0;
}

bool pin_below(const char *dir)
{
	size_t n = strlen(dir);
	struct pin *p;

	for (p = pins; p; p = p->next)
		if (!strncmp(p->path, dir, n) && p->path[n] == '/')
			return true;
	return false;
}

void pins_reset(void)
{
	struct pin *p;

	while ((p = pins)) {
		pins = p->next;
		object_unpin(p->o);
		free(p->path);
		free(p);
	}
}
