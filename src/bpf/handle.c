// SPDX-License-Identifier: GPL-2.0-only
/*
 * handle.c - descriptors of tasks (pidfd_open(2)) and of cgroups (an opened folder),
 * which stand for them as keys of local storage and in iterators. They keep a number
 * and nothing alive: a pid and a cgroup's id are never used again here.
 * Facts: kernel/fork.c (pidfd_prepare), bpf_task_storage.c, bpf_cgrp_storage.c.
 */
#include "bpf/handle.h"

#include <errno.h>
#include <stdlib.h>

struct handle {
	struct object obj;
	u64 nr;
};

static void release(struct object *o)
{
	free(container_of(o, struct handle, obj));
}

int handle_open(enum object_kind kind, u64 nr)
{
	struct handle *h = calloc(1, sizeof(*h));
	int err, fd;

	if (!h)
		return -ENOMEM;
	h->nr = nr;
	err = object_create(&h->obj, kind, kind == OBJ_TASK ? "[pidfd]" : "cgroup", 0, release);
	if (err) {
		free(h);
		return err;
	}
	fd = object_install_fd(&h->obj);
	object_put(&h->obj);
	return fd;
}

int handle_nr(int fd, enum object_kind kind, u64 *nr)
{
	struct object *o = object_from_fd(fd, kind);

	if (!o)
		return -EBADF;
	*nr = container_of(o, struct handle, obj)->nr;
	object_put(o);
	return 0;
}
