// SPDX-License-Identifier: GPL-2.0-only
/*
 * link.c - LINK_CREATE and its kin. A kind of link is how it is attached (a
 * function below) and how it is taken off (a link_ops). Facts: kernel/bpf/syscall.c
 * (link_create, bpf_tracing_prog_attach, bpf_raw_tp_link_attach), bpf_struct_ops.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/region.h"
#include "bpf/map.h"
#include "bpf/prog.h"
#include "bpf/struct_ops_map.h"
#include "kern/hooks.h"
#include "kern/perf_event.h"
#include "sys/cmd.h"
#include "sys/door.h"
#include "sys/iter.h"
#include "sys/link.h"

#define LINK_KOBJ_SIZE 64

/* --- life --- */

static void link_detach(struct link *link)
{
	if (link->detached)
		return;
	link->detached = true;
	if (link->ops->detach)
		link->ops->detach(link);
}

static void link_free(struct link *link)
{
	if (link->kobj)
		region_free(ZONE_KOBJ, PTR(link->kobj), LINK_KOBJ_SIZE);
	if (link->perf)
		perf_put(link->perf);
	prog_put(link->prog);
	map_put(link->map);
	free(link);
}

static void link_release(struct object *o)
{
	struct link *link = container_of(o, struct link, obj);

	link_detach(link);
	link_free(link);
}

/* @prog, @map: a reference for the link is taken */
static struct link *link_new(const struct link_ops *ops, enum bpf_link_type type, u32 attach_type,
			     struct prog *prog, struct map *map)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->ops = ops;
	link->type = type;
	link->attach_type = attach_type;
	if (prog)
		prog_get(prog);
	if (map)
		map_get(map);
	link->prog = prog;
	link->map = map;
	return link;
}

/* The attachment is done, or failed with @err: a descriptor or -errno. */
static int link_settle(struct link *link, int err)
{
	if (!err)
		err = object_create(&link->obj, OBJ_LINK, "bpf_link", 0, link_release);
	if (!err)
		return cmd_install(&link->obj);
	link_free(link);
	return err;
}

static struct link *link_from_fd(int fd)
{
	struct object *o = object_from_fd(fd, OBJ_LINK);

	return o ? container_of(o, struct link, obj) : NULL;
}

/* --- tracing, LSM, raw tracepoints --- */

static void detach_hook(struct link *link)
{
	hook_detach_one(link->at);
}

static void tracing_info(const struct link *link, struct bpf_link_info *info)
{
	info->tracing.attach_type = link->attach_type;
	info->tracing.target_obj_id = 1;
	info->tracing.target_btf_id = prog_attach_btf_id(link->prog);
}

static const struct link_ops tracing_ops = { .detach = detach_hook, .fill_info = tracing_info };
static const struct link_ops raw_tp_ops = { .detach = detach_hook };
static const struct link_ops idle_ops = { 0 };

static int attach_hook(struct prog *prog, u32 attach_type, u64 cookie)
{
	bool tp = prog_expected_attach_type(prog) == BPF_TRACE_RAW_TP;
	struct link *link;
	int err;

	link = link_new(tp ? &raw_tp_ops : &tracing_ops,
			tp ? BPF_LINK_TYPE_RAW_TRACEPOINT : BPF_LINK_TYPE_TRACING, attach_type,
			prog, NULL);
	if (!link)
		return -ENOMEM;
	if (tp)
		snprintf(link->target, sizeof(link->target), "%s", prog_attach_name(prog));
	err = hook_attach_to(prog, cookie, &link->at);
	if (err == -ENOENT)
		door_note("program '%s': the machine never reaches '%s'", prog_name(prog),
			  prog_attach_name(prog));
	return link_settle(link, err);
}

/* bpf_iter_link_attach(): nothing runs before somebody reads (iter.c) */
static int attach_iter(struct prog *prog, const union bpf_attr *attr)
{
	struct link *link;
	int err;

	if (attr->link_create.target_fd || attr->link_create.flags)
		return -EINVAL;
	link = link_new(&idle_ops, BPF_LINK_TYPE_ITER, BPF_TRACE_ITER, prog, NULL);
	if (!link)
		return -ENOMEM;
	snprintf(link->target, sizeof(link->target), "%s", prog_attach_name(prog));
	err = iter_choose(&link->tasks, PTR(attr->link_create.iter_info),
			  attr->link_create.iter_info_len);
	return link_settle(link, err);
}

static int attach_tracing(struct prog *prog, const union bpf_attr *attr)
{
	u32 type = prog_expected_attach_type(prog);

	if (attr->link_create.attach_type != type)
		return -EINVAL;
	if (attr->link_create.flags)
		return -EINVAL;
	switch (type) {
	case BPF_TRACE_ITER:
		return attach_iter(prog, attr);
	case BPF_TRACE_RAW_TP:
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
	case BPF_LSM_MAC:
		break;
	default:
		return -EINVAL;
	}
	/* another target than that of load time is for freplace only */
	if (attr->link_create.target_fd || attr->link_create.tracing.target_btf_id)
		return -EINVAL;
	return attach_hook(prog, type, attr->link_create.tracing.cookie);
}

static int attach_raw_tp(struct prog *prog, const char *name, u64 cookie)
{
	struct link *link = link_new(&raw_tp_ops, BPF_LINK_TYPE_RAW_TRACEPOINT, 0, prog, NULL);

	if (!link)
		return -ENOMEM;
	snprintf(link->target, sizeof(link->target), "%s", name);
	return link_settle(link, hook_attach_raw_tp(prog, name, cookie, &link->at));
}

int cmd_raw_tp_open(union bpf_attr *attr, u32 size)
{
	const char *name = PTR(attr->raw_tracepoint.name);
	struct prog *prog = prog_from_fd(attr->raw_tracepoint.prog_fd);
	int ret = -EINVAL;

	if (!prog)
		return object_fd_errno(attr->raw_tracepoint.prog_fd);
	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		if (!name)
			ret = attach_hook(prog, prog_expected_attach_type(prog),
					  attr->raw_tracepoint.cookie);
		break;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		ret = name ? attach_raw_tp(prog, name, attr->raw_tracepoint.cookie) : -EFAULT;
		break;
	default:
		break;
	}
	prog_put(prog);
	return ret;
}

/* --- perf events --- */

static void detach_perf(struct link *link)
{
	perf_clear_prog(link->perf);
}

static const struct link_ops perf_link_ops = { .detach = detach_perf };

static int attach_perf(struct prog *prog, const union bpf_attr *attr)
{
	struct perf_event *ev;
	struct link *link;

	if (attr->link_create.flags)
		return -EINVAL;
	ev = perf_from_fd(attr->link_create.target_fd);
	if (!ev)
		return object_fd_errno(attr->link_create.target_fd);
	link = link_new(&perf_link_ops, BPF_LINK_TYPE_PERF_EVENT, BPF_PERF_EVENT, prog, NULL);
	if (!link) {
		perf_put(ev);
		return -ENOMEM;
	}
	link->perf = ev;
	return link_settle(link, perf_set_prog(ev, prog, attr->link_create.perf_event.bpf_cookie));
}

/* --- struct_ops --- */

static void detach_struct_ops(struct link *link)
{
	struct_ops_unreg(link->map);
}

static void struct_ops_info(const struct link *link, struct bpf_link_info *info)
{
	info->struct_ops.map_id = map_id(link->map);
}

static const struct link_ops struct_ops_link_ops = {
	.detach = detach_struct_ops,
	.by_command = true,
	.fill_info = struct_ops_info,
};

static int attach_struct_ops(const union bpf_attr *attr)
{
	struct map *map = map_from_fd(attr->link_create.map_fd);
	struct link *link = NULL;
	int err;

	if (!map)
		return object_fd_errno(attr->link_create.map_fd);
	if (!struct_ops_map_linkable(map)) {
		map_put(map);
		return -EINVAL;
	}
	link = link_new(&struct_ops_link_ops, BPF_LINK_TYPE_STRUCT_OPS, BPF_STRUCT_OPS, NULL, map);
	map_put(map);
	if (!link)
		return -ENOMEM;
	link->kobj = (uintptr_t)region_alloc(ZONE_KOBJ, LINK_KOBJ_SIZE, 0);
	err = link->kobj ? struct_ops_reg(link->map, link->kobj) : -ENOMEM;
	return link_settle(link, err);
}

/* --- commands --- */

static int create_for_prog(struct prog *prog, const union bpf_attr *attr)
{
	u32 type = attr->link_create.attach_type;

	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		return attach_tracing(prog, attr);
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
		return type == BPF_PERF_EVENT ? attach_perf(prog, attr) : -EINVAL;
	case BPF_PROG_TYPE_KPROBE:
		if (type == BPF_PERF_EVENT)
			return attach_perf(prog, attr);
		/* multi-probes: libbpf's probe of the feature hears no */
		return -EINVAL;
	default:
		door_note("program '%s': a link of attach type %u is not supported",
			  prog_name(prog), type);
		return -EINVAL;
	}
}

int cmd_link_create(union bpf_attr *attr, u32 size)
{
	struct prog *prog;
	int ret;

	if (attr->link_create.attach_type == BPF_STRUCT_OPS)
		return attach_struct_ops(attr);
	prog = prog_from_fd(attr->link_create.prog_fd);
	if (!prog)
		return object_fd_errno(attr->link_create.prog_fd);
	ret = create_for_prog(prog, attr);
	prog_put(prog);
	return ret;
}

/*
 * No kind of link here can be given another program, and sched_ext's update()
 * says -EOPNOTSUPP (ext.c:bpf_scx_update()).
 */
static int update_struct_ops(const union bpf_attr *attr)
{
	struct map *map = map_from_fd(attr->link_update.new_map_fd);
	bool linkable;

	if (!map)
		return object_fd_errno(attr->link_update.new_map_fd);
	linkable = struct_ops_map_linkable(map);
	map_put(map);
	return linkable ? -EOPNOTSUPP : -EINVAL;
}

int cmd_link_update(union bpf_attr *attr, u32 size)
{
	struct link *link;
	int err;

	if (attr->link_update.flags & ~BPF_F_REPLACE)
		return -EINVAL;
	link = link_from_fd(attr->link_update.link_fd);
	if (!link)
		return object_fd_errno(attr->link_update.link_fd);
	err = link->type == BPF_LINK_TYPE_STRUCT_OPS ? update_struct_ops(attr) : -EINVAL;
	object_put(&link->obj);
	return err;
}

int cmd_link_detach(union bpf_attr *attr, u32 size)
{
	struct link *link = link_from_fd(attr->link_detach.link_fd);
	int err = -EOPNOTSUPP;

	if (!link)
		return object_fd_errno(attr->link_detach.link_fd);
	if (link->ops->by_command) {
		link_detach(link);
		err = 0;
	}
	object_put(&link->obj);
	return err;
}

int cmd_iter_create(union bpf_attr *attr, u32 size)
{
	struct link *link;
	int err;

	if (attr->iter_create.flags)
		return -EINVAL;
	link = link_from_fd(attr->iter_create.link_fd);
	if (!link)
		return object_fd_errno(attr->iter_create.link_fd);
	err = link->type == BPF_LINK_TYPE_ITER ? iter_open(link->prog, &link->tasks) : -EINVAL;
	object_put(&link->obj);
	return err;
}

/* --- info --- */

static void copy_name(u64 to, u32 len, const char *name, u32 *needed)
{
	*needed = strlen(name) + 1;
	if (to && len)
		snprintf(PTR(to), len, "%s", name);
}

static void raw_tp_info(const struct link *link, struct bpf_link_info *info,
			const struct bpf_link_info *user)
{
	info->raw_tracepoint.tp_name = user->raw_tracepoint.tp_name;
	copy_name(user->raw_tracepoint.tp_name, user->raw_tracepoint.tp_name_len, link->target,
		  &info->raw_tracepoint.tp_name_len);
}

void link_info(const struct link *link, struct bpf_link_info *info, const void *user, u32 len)
{
	struct bpf_link_info in = { 0 };

	memcpy(&in, user, min(len, (u32)sizeof(in)));
	info->type = link->type;
	info->id = link->obj.id;
	info->prog_id = link->prog ? prog_id(link->prog) : 0;
	if (link->type == BPF_LINK_TYPE_RAW_TRACEPOINT)
		raw_tp_info(link, info, &in);
	else if (link->ops->fill_info)
		link->ops->fill_info(link, info);
}
