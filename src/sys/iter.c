// SPDX-License-Identifier: GPL-2.0-only
/*
 * iter.c - an iterator's file. The kernel runs the program when the file is read;
 * here it runs when it is opened, in the loader's task, and what it wrote lies in a
 * memfd, since read(2) of a descriptor is the host's.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include "bpf/handle.h"
#include "kern/loader.h"
#include "sys/door.h"
#include "sys/iter.h"

struct reading {
	struct prog *prog;
	const struct iter_tasks *which;
	int fd, err;
};

int iter_choose(struct iter_tasks *which, const void *info, u32 len)
{
	const union bpf_iter_link_info *u = info;
	u64 pid;
	int err;

	*which = (struct iter_tasks){ 0 };
	if (!u)
		return len ? -EINVAL : 0;
	/* task_iter.c:bpf_iter_attach_task() */
	if (len < sizeof(u->task) || !!u->task.tid + !!u->task.pid + !!u->task.pid_fd > 1)
		return -EINVAL;
	which->tid = u->task.tid;
	which->tgid = u->task.pid;
	if (!u->task.pid_fd)
		return 0;
	err = handle_nr(u->task.pid_fd, OBJ_TASK, &pid);
	if (!err)
		which->tgid = (s32)pid;
	return err;
}

static void take(void *arg, const void *data, size_t len)
{
	struct reading *r = arg;

	if (!r->err && write(r->fd, data, len) != (ssize_t)len)
		r->err = -EIO;
}

static void read_all(void *arg)
{
	struct reading *r = arg;
	int err = hook_iter_run(r->prog, r->which, take, r);

	if (!r->err)
		r->err = err;
}

int iter_open(struct prog *prog, const struct iter_tasks *which)
{
	struct reading r = { prog, which };
	int err;

	r.fd = memfd_create("bpf_iter", MFD_CLOEXEC);
	if (r.fd < 0)
		return -errno;
	err = loader_run(read_all, &r, 0);
	if (!err)
		err = r.err;
	if (!err && lseek(r.fd, 0, SEEK_SET))
		err = -EIO;
	if (!err)
		return r.fd;
	close(r.fd);
	return err;
}
