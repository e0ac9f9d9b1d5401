// SPDX-License-Identifier: GPL-2.0-only
/*
 * perf_event.c - perf_event_open(2) and its ioctls. Facts: kernel/events/core.c
 * (perf_event_set_bpf_prog, __perf_event_set_bpf_prog).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include "bpf/prog.h"
#include "kern/hooks.h"
#include "kern/perf.h"
#include "kern/perf_event.h"

static void release(struct object *o)
{
	struct perf_event *ev = container_of(o, struct perf_event, obj);

	perf_clear_prog(ev);
	perf_event_destroy(ev->pc);
	free(ev);
}

static int create_counter(struct perf_event *ev, const struct perf_event_attr *attr, s32 cpu,
			  s32 pid)
{
	if (attr->type == PERF_TYPE_TRACEPOINT)
		return attr->config ? 0 : -EINVAL;
	return perf_event_create(attr, cpu, pid, &ev->pc);
}

long perf_open(const void *uattr, s32 pid, s32 cpu, s32 group, u64 flags)
{
	const struct perf_event_attr *attr = uattr;
	struct perf_event *ev;
	int err;

	if (!attr)
		return -EFAULT;
	if (flags & ~(u64)(PERF_FLAG_FD_NO_GROUP | PERF_FLAG_FD_OUTPUT | PERF_FLAG_PID_CGROUP |
			   PERF_FLAG_FD_CLOEXEC))
		return -EINVAL;
	ev = calloc(1, sizeof(*ev));
	if (!ev)
		return -ENOMEM;
	ev->type = attr->type;
	ev->config = attr->config;
	err = create_counter(ev, attr, cpu, pid);
	if (!err)
		err = object_create(&ev->obj, OBJ_PERF, "[perf_event]", 0, release);
	if (err) {
		perf_event_destroy(ev->pc);
		free(ev);
		return err;
	}
	err = object_install_fd(&ev->obj);
	object_put(&ev->obj);
	return err;
}

struct perf_event *perf_from_fd(int fd)
{
	struct object *o = object_from_fd(fd, OBJ_PERF);

	return o ? container_of(o, struct perf_event, obj) : NULL;
}

void perf_put(struct perf_event *ev)
{
	object_put(&ev->obj);
}

int perf_set_prog(struct perf_event *ev, struct prog *prog, u64 cookie)
{
	int err;

	if (ev->prog)
		return -EEXIST;
	if (!ev->pc && prog_type(prog) != BPF_PROG_TYPE_TRACEPOINT)
		return -EINVAL;
	if (ev->pc)
		err = perf_event_attach_prog(ev->pc, prog, cookie);
	else
		err = hook_attach_tracepoint_to(prog, ev->config, cookie, &ev->at);
	if (err)
		return err;
	prog_get(prog);
	ev->prog = prog;
	return 0;
}

void perf_clear_prog(struct perf_event *ev)
{
	if (ev->prog && ev->pc)
		perf_event_detach_prog(ev->pc);
	else if (ev->prog)
		hook_detach_one(ev->at);
	prog_put(ev->prog);
	ev->prog = NULL;
}

static int set_prog_fd(struct perf_event *ev, int fd)
{
	struct prog *prog = prog_from_fd(fd);
	int err;

	if (!prog)
		return object_fd_errno(fd);
	err = perf_set_prog(ev, prog, 0);
	prog_put(prog);
	return err;
}

static int do_ioctl(struct perf_event *ev, unsigned long request, unsigned long arg)
{
	switch (request) {
	case PERF_EVENT_IOC_ENABLE:
		if (ev->pc)
			perf_event_enable(ev->pc);
		return 0;
	case PERF_EVENT_IOC_DISABLE:
		if (ev->pc)
			perf_event_disable(ev->pc);
		return 0;
	case PERF_EVENT_IOC_RESET:
		if (ev->pc)
			perf_event_reset(ev->pc);
		return 0;
	case PERF_EVENT_IOC_PERIOD:
		if (!arg)
			return -EFAULT;
		return ev->pc ? perf_event_period(ev->pc, *(u64 *)arg) : -EINVAL;
	case PERF_EVENT_IOC_ID:
		if (!arg)
			return -EFAULT;
		*(u64 *)arg = ev->obj.id;
		return 0;
	case PERF_EVENT_IOC_SET_BPF:
		return set_prog_fd(ev, arg);
	default:
		return -EINVAL;
	}
}

/* bpf_perf_event_read_value() of an event in a PERF_EVENT_ARRAY */
s64 perf_event_read(struct object *o, struct bpf_perf_event_value *value)
{
	const struct perf_event *ev = container_of(o, struct perf_event, obj);

	return ev->pc ? perf_event_read_local(ev->pc, value) : -EINVAL;
}

int perf_ioctl(int fd, unsigned long request, unsigned long arg)
{
	struct perf_event *ev = perf_from_fd(fd);
	int err;

	if (!ev)
		return -ENOTTY;
	err = do_ioctl(ev, request, arg);
	perf_put(ev);
	return err;
}
