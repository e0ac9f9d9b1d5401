// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf.c - bpf(2): attributes in, a command by table, results out. Facts:
 * kernel/bpf/syscall.c (__sys_bpf, bpf_check_uarg_tail_zero, CHECK_ATTR).
 */
#include <errno.h>
#include <string.h>
#include "abi/profile.h"
#include "bpf/btf_object.h"
#include "bpf/map_cmd.h"
#include "bpf/object.h"
#include "sys/cmd.h"
#include "sys/door.h"

#define ATTR_SIZE_MAX 4096	/* the kernel's PAGE_SIZE limit */
#define COMMON_ATTRS (1u << 16) /* BPF_COMMON_ATTRS */

struct command {
	int (*fn)(union bpf_attr *attr, u32 size);
	int (*fn_by_cmd)(enum bpf_cmd cmd, union bpf_attr *attr);
	u16 end[2]; /* of the last field that this command has: at first, prog_load_long_attr */
	const char *dates; /* when the kernel knows it (base/dates.h); NULL: always */
};

int cmd_install(struct object *o)
{
	int fd = object_install_fd(o);

	object_put(o);
	return fd;
}

static int map_create_fd(union bpf_attr *attr, u32 size)
{
	return map_cmd_create(attr, size);
}

#define MAP_COMMAND(name)                               \
	static int name(union bpf_attr *attr, u32 size) \
	{                                               \
		return map_cmd_##name(attr);            \
	}

MAP_COMMAND(lookup)
MAP_COMMAND(update)
MAP_COMMAND(delete)
MAP_COMMAND(next_key)
MAP_COMMAND(lookup_delete)
MAP_COMMAND(freeze)

static int batch(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return map_cmd_batch(cmd, attr);
}

static int btf_load(union bpf_attr *attr, u32 size)
{
	struct btf_object *bo;
	int err = btfobj_load(attr, size, &bo);

	return err ? err : cmd_install(&bo->o);
}

/* run time is counted always, so there is nothing to switch; the descriptor keeps it on */
static int enable_stats(union bpf_attr *attr, u32 size)
{
	return attr->enable_stats.type == BPF_STATS_RUN_TIME ? -EOPNOTSUPP : -EINVAL;
}

/* bpffs cannot be mounted with delegation here */
static int token_create(union bpf_attr *attr, u32 size)
{
	return attr->token_create.flags ? -EINVAL : -EOPNOTSUPP;
}

static int refuse(union bpf_attr *attr, u32 size)
{
	return -EINVAL;
}

static int no_such_task(union bpf_attr *attr, u32 size)
{
	return -ENOENT;
}

#define END(field) (offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))
#define ENDS(field) { END(field), END(field) }

static const struct command commands[__MAX_BPF_CMD] = {
	[BPF_MAP_CREATE] = { map_create_fd,
			     .end = { END(map_token_fd), END(excl_prog_hash_size) } },
	[BPF_MAP_LOOKUP_ELEM] = { lookup, .end = ENDS(flags) },
	[BPF_MAP_UPDATE_ELEM] = { update, .end = ENDS(flags) },
	[BPF_MAP_DELETE_ELEM] = { delete, .end = ENDS(key) },
	[BPF_MAP_GET_NEXT_KEY] = { next_key, .end = ENDS(next_key) },
	[BPF_MAP_LOOKUP_AND_DELETE_ELEM] = { lookup_delete, .end = ENDS(flags) },
	[BPF_MAP_FREEZE] = { freeze, .end = ENDS(map_fd) },
	[BPF_MAP_LOOKUP_BATCH] = { .fn_by_cmd = batch, .end = ENDS(batch.flags) },
	[BPF_MAP_LOOKUP_AND_DELETE_BATCH] = { .fn_by_cmd = batch, .end = ENDS(batch.flags) },
	[BPF_MAP_UPDATE_BATCH] = { .fn_by_cmd = batch, .end = ENDS(batch.flags) },
	[BPF_MAP_DELETE_BATCH] = { .fn_by_cmd = batch, .end = ENDS(batch.flags) },
	[BPF_PROG_LOAD] = { cmd_prog_load, .end = { END(prog_token_fd), END(keyring_id) } },
	[BPF_BTF_LOAD] = { btf_load, .end = ENDS(btf_token_fd) },
	[BPF_OBJ_PIN] = { cmd_obj_pin, .end = ENDS(path_fd) },
	[BPF_OBJ_GET] = { cmd_obj_get, .end = ENDS(path_fd) },
	[BPF_PROG_ATTACH] = { cmd_prog_attach, .end = ENDS(expected_revision) },
	[BPF_PROG_DETACH] = { cmd_prog_attach, .end = ENDS(expected_revision) },
	[BPF_PROG_QUERY] = { refuse, .end = ENDS(query.revision) },
	[BPF_PROG_TEST_RUN] = { cmd_prog_test_run, .end = ENDS(test.batch_size) },
	[BPF_PROG_GET_NEXT_ID] = { .fn_by_cmd = cmd_next_id, .end = ENDS(next_id) },
	[BPF_MAP_GET_NEXT_ID] = { .fn_by_cmd = cmd_next_id, .end = ENDS(next_id) },
	[BPF_BTF_GET_NEXT_ID] = { .fn_by_cmd = cmd_next_id, .end = ENDS(next_id) },
	[BPF_LINK_GET_NEXT_ID] = { .fn_by_cmd = cmd_next_id, .end = ENDS(next_id) },
	[BPF_PROG_GET_FD_BY_ID] = { .fn_by_cmd = cmd_fd_by_id, .end = ENDS(prog_id) },
	[BPF_MAP_GET_FD_BY_ID] = { .fn_by_cmd = cmd_fd_by_id, .end = ENDS(open_flags) },
	[BPF_BTF_GET_FD_BY_ID] = { .fn_by_cmd = cmd_fd_by_id,
				   .end = { END(btf_id), END(fd_by_id_token_fd) } },
	[BPF_LINK_GET_FD_BY_ID] = { .fn_by_cmd = cmd_fd_by_id, .end = ENDS(link_id) },
	[BPF_OBJ_GET_INFO_BY_FD] = { cmd_info_by_fd, .end = ENDS(info.info) },
	[BPF_TASK_FD_QUERY] = { no_such_task, .end = ENDS(task_fd_query.probe_addr) },
	[BPF_RAW_TRACEPOINT_OPEN] = { cmd_raw_tp_open, .end = ENDS(raw_tracepoint.cookie) },
	[BPF_LINK_CREATE] = { cmd_link_create, .end = ENDS(link_create.uprobe_multi.pid) },
	[BPF_LINK_UPDATE] = { cmd_link_update, .end = ENDS(link_update.old_prog_fd) },
	[BPF_LINK_DETACH] = { cmd_link_detach, .end = ENDS(link_detach.link_fd) },
	[BPF_ENABLE_STATS] = { enable_stats, .end = ENDS(enable_stats.type) },
	[BPF_ITER_CREATE] = { cmd_iter_create, .end = ENDS(iter_create.flags) },
	[BPF_PROG_BIND_MAP] = { cmd_prog_bind_map, .end = ENDS(prog_bind_map.flags) },
	[BPF_TOKEN_CREATE] = { token_create, .end = ENDS(token_create.bpffs_fd) },
	[BPF_PROG_STREAM_READ_BY_FD] = { cmd_prog_stream_read,
					 .end = ENDS(prog_stream_read.prog_fd),
					 .dates = SINCE("6.17") },
	[BPF_PROG_ASSOC_STRUCT_OPS] = { cmd_prog_assoc, .end = ENDS(prog_assoc_struct_ops.flags),
					.dates = SINCE("7.0") },
};

static bool all_zero(const void *p, size_t from, size_t to)
{
	const u8 *b = p;

	for (; from < to; from++)
		if (b[from])
			return false;
	return true;
}

/* What user space gave, in a whole union: a newer user's unknown fields must be zero. */
static int copy_attr(union bpf_attr *attr, const void *user, u32 size)
{
	if (size > ATTR_SIZE_MAX)
		return -E2BIG;
	if (!user && size)
		return -EFAULT;
	if (!all_zero(user, sizeof(*attr), size))
		return -E2BIG;
	memset(attr, 0, sizeof(*attr));
	if (size)
		memcpy(attr, user, min(size, (u32)sizeof(*attr)));
	return 0;
}

/* of some kernel, not always this one */
static const struct command *find_command(u32 cmd)
{
	const struct command *c = cmd < ARRAY_SIZE(commands) ? &commands[cmd] : NULL;

	return c && (c->fn || c->fn_by_cmd) ? c : NULL;
}

/* bpf_common_attrs: where the log goes may stand in a second structure that all commands share */
struct common_attr {
	u64 log_buf;
	u32 log_size;
	u32 log_level;
	u32 log_true_size;
};

static int merge_common(u32 cmd, union bpf_attr *attr, const struct common_attr *common, u32 size)
{
	struct common_attr c = { 0 };

	if (!common && size)
		return -EFAULT;
	if (!all_zero(common, sizeof(c), size))
		return -E2BIG;
	if (size)
		memcpy(&c, common, min(size, (u32)sizeof(c)));
	if (cmd == BPF_PROG_LOAD && c.log_buf && !attr->log_buf) {
		attr->log_buf = c.log_buf;
		attr->log_size = c.log_size;
		attr->log_level = c.log_level;
	} else if (cmd == BPF_BTF_LOAD && c.log_buf && !attr->btf_log_buf) {
		attr->btf_log_buf = c.log_buf;
		attr->btf_log_size = c.log_size;
		attr->btf_log_level = c.log_level;
	}
	return 0;
}

static long run_command(u32 cmd, union bpf_attr *attr, u32 size)
{
	const struct command *c = find_command(cmd);

	if (!c) {
		door_note("bpf(2) command %u is not supported", cmd);
		return -EINVAL;
	}
	if (c->dates && !profile_within(K, c->dates))
		return -EINVAL;
	if (!all_zero(attr, c->end[K->b.prog_load_long_attr], sizeof(*attr)))
		return -EINVAL;
	return c->fn ? c->fn(attr, size) : c->fn_by_cmd(cmd, attr);
}

long door_bpf(u32 cmd, union bpf_attr *user, u32 size, void *common, u32 common_size)
{
	union bpf_attr attr;
	u32 whole = min(size, (u32)sizeof(attr));
	long ret;

	door_reap();
	ret = copy_attr(&attr, user, size);
	if (!ret && (cmd & COMMON_ATTRS) && K->b.bpf_common_attrs) {
		cmd &= ~COMMON_ATTRS;
		ret = merge_common(cmd, &attr, common, common_size);
	}
	if (ret)
		return ret;
	ret = run_command(cmd, &attr, size);
	if (whole && memcmp(user, &attr, whole))
		memcpy(user, &attr, whole);
	return ret;
}
