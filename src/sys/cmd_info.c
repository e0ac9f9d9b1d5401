// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_info.c - objects by id, and what they say of themselves. Facts:
 * kernel/bpf/syscall.c (bpf_obj_get_next_id, bpf_obj_get_info_by_fd).
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "bpf/btf_object.h"
#include "bpf/map_cmd.h"
#include "bpf/object.h"
#include "bpf/prog.h"
#include "sys/cmd.h"
#include "sys/link.h"

static enum object_kind kind_of(enum bpf_cmd cmd)
{
	switch (cmd) {
	case BPF_PROG_GET_NEXT_ID:
	case BPF_PROG_GET_FD_BY_ID:
		return OBJ_PROG;
	case BPF_MAP_GET_NEXT_ID:
	case BPF_MAP_GET_FD_BY_ID:
		return OBJ_MAP;
	case BPF_BTF_GET_NEXT_ID:
	case BPF_BTF_GET_FD_BY_ID:
		return OBJ_BTF;
	default:
		return OBJ_LINK;
	}
}

int cmd_next_id(enum bpf_cmd cmd, union bpf_attr *attr)
{
	u32 id;

	if (attr->start_id >= INT_MAX)
		return -EINVAL;
	id = object_next_id(attr->start_id, kind_of(cmd));
	if (!id)
		return -ENOENT;
	attr->next_id = id;
	return 0;
}

int cmd_fd_by_id(enum bpf_cmd cmd, union bpf_attr *attr)
{
	struct object *o;

	if (cmd == BPF_MAP_GET_FD_BY_ID && attr->open_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	o = object_by_id(attr->map_id, kind_of(cmd));
	return o ? cmd_install(o) : -ENOENT;
}

/* What the user's structure has room for; fields it knows and we do not must be zero. */
static int give_info(void *user, u32 *user_len, const void *info, u32 len)
{
	const u8 *b = user;
	u32 i;

	for (i = len; i < *user_len; i++)
		if (b[i])
			return -E2BIG;
	*user_len = min(*user_len, len);
	memcpy(user, info, *user_len);
	return 0;
}

static int map_info_by_fd(struct object *o, void *user, u32 *len)
{
	struct bpf_map_info info = { 0 };

	map_info(container_of(o, struct map, obj), &info);
	return give_info(user, len, &info, sizeof(info));
}

static int prog_info_by_fd(int fd, void *user, u32 *len)
{
	struct prog *prog = prog_from_fd(fd);
	int err = prog_info(prog, user, len);

	prog_put(prog);
	return err;
}

int cmd_info_by_fd(union bpf_attr *attr, u32 size)
{
	struct object *o = object_any_from_fd(attr->info.bpf_fd);
	void *user = PTR(attr->info.info);
	u32 len = attr->info.info_len;
	int err = -EINVAL;
	u8 nothing;

	if (!user && !len) /* it is copied to all the same, and NULL may not be */
		user = &nothing;
	if (!o) /* bpf_obj_get_info_by_fd() has an errno of its own for a bad number */
		return object_fd_errno(attr->info.bpf_fd) == -EBADF ? -EBADFD : -EINVAL;
	if (!user && len)
		err = -EFAULT;
	else if (o->kind == OBJ_MAP)
		err = map_info_by_fd(o, user, &len);
	else if (o->kind == OBJ_PROG)
		err = prog_info_by_fd(attr->info.bpf_fd, user, &len);
	else if (o->kind == OBJ_BTF)
		err = btfobj_info(container_of(o, struct btf_object, o), user, &len);
	else if (o->kind == OBJ_LINK) {
		struct bpf_link_info info = { 0 };

		link_info(container_of(o, struct link, obj), &info, user, len);
		err = give_info(user, &len, &info, sizeof(info));
	}
	if (!err)
		attr->info.info_len = len;
	object_put(o);
	return err;
}
