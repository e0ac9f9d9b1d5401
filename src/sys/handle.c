// SPDX-License-Identifier: GPL-2.0-only
/*
 * handle.c - descriptors of tasks (pidfd_open(2)) and of cgroups (an opened folder),
 * which stand for them as keys of local storage and in iterators. They keep a number
 * and nothing alive: a pid and a cgroup's id are never used again here.
 * Facts: kernel/pid.c (pidfd_open), kernel/fork.c (pidfd_prepare), bpf_task_storage.c,
 * bpf_cgrp_storage.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include "abi/profile.h"
#include "bpf/upcall.h"
#include "kern/cgroup.h"
#include "kern/sched.h"
#include "sys/cmd.h"
#include "sys/handle.h"

#define PIDFD_NONBLOCK_FLAG O_NONBLOCK
#define PIDFD_THREAD_FLAG O_EXCL

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
	int err;

	if (!h)
		return -ENOMEM;
	h->nr = nr;
	err = object_create(&h->obj, kind, kind == OBJ_TASK ? "[pidfd]" : "cgroup", 0, release);
	if (err) {
		free(h);
		return err;
	}
	return cmd_install(&h->obj);
}

static int handle_nr(int fd, enum object_kind kind, u64 *nr)
{
	struct object *o = object_from_fd(fd, kind);

	if (!o)
		return -EBADF;
	*nr = container_of(o, struct handle, obj)->nr;
	object_put(o);
	return 0;
}

int handle_pidfd_open(s32 pid, u32 flags)
{
	struct task_struct *p;

	if (flags & ~(PIDFD_NONBLOCK_FLAG | PIDFD_THREAD_FLAG) || pid <= 0)
		return -EINVAL;
	p = find_task_by_pid(pid);
	if (!p)
		return -ESRCH;
	if (!(flags & PIDFD_THREAD_FLAG) && p->group_leader != p)
		return K->b.pidfd_thread_enoent ? -ENOENT : -EINVAL;
	return handle_open(OBJ_TASK, (u64)pid);
}

int handle_pid(int fd, s32 *pid)
{
	u64 nr;
	int err = handle_nr(fd, OBJ_TASK, &nr);

	if (!err)
		*pid = (s32)nr;
	return err;
}

static int storage_owner(enum bpf_map_type type, int fd, u64 *owner)
{
	const bool task = type == BPF_MAP_TYPE_TASK_STORAGE;
	u64 nr;
	int err = handle_nr(fd, task ? OBJ_TASK : OBJ_CGROUP, &nr);

	if (err)
		return err;
	*owner = task ? P64(find_task_by_pid((s32)nr)) : P64(cgroup_by_id(nr));
	return *owner ? 0 : -ENOENT;
}

void handle_setup(void)
{
	upcalls.storage_owner = storage_owner;
}
