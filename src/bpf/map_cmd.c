// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_cmd.c - see map_cmd.h. Facts: kernel/bpf/syscall.c (map_lookup_elem and its
 * neighbours, generic_map_*_batch), bpf_map_check_op_flags().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/profile.h"
#include "bpf/btf_object.h"
#include "bpf/env.h"
#include "bpf/map_cmd.h"
#include "bpf/record.h"

static const void *uptr(u64 p)
{
	return (const void *)(uintptr_t)p;
}

static void *uptr_w(u64 p)
{
	return (void *)(uintptr_t)p;
}

int map_cmd_create(const union bpf_attr *attr, u32 size)
{
	struct map *map;
	int fd = map_create(attr, size, &map);

	if (fd)
		return fd;
	fd = object_install_fd(&map->obj);
	map_put(map);
	return fd;
}

/* --- permissions and flags --- */

enum { CAN_READ = 1, CAN_WRITE = 2 };

/* BPF_F_RDONLY and BPF_F_WRONLY of creation stand in for modes of descriptors. */
static u32 perms(const struct map *map)
{
	u32 p = CAN_READ | CAN_WRITE;

	if (map->frozen || (map->flags & BPF_F_RDONLY))
		p &= ~CAN_WRITE;
	if (map->flags & BPF_F_WRONLY)
		p &= ~CAN_READ;
	return p;
}

static int get_map(int fd, u32 need, struct map **out)
{
	struct map *map = map_from_fd(fd);

	if (!map)
		return object_fd_errno(fd);
	if ((perms(map) & need) != need) {
		map_put(map);
		return -EPERM;
	}
	*out = map;
	return 0;
}

static int check_cpu_flags(const struct map *map, u64 flags)
{
	if (!map->ops->percpu)
		return -EINVAL;
	if ((flags & BPF_F_CPU) && (flags & BPF_F_ALL_CPUS))
		return -EINVAL;
	return (flags & BPF_F_CPU) && flags >> 32 >= ENV->nr_cpus ? -ERANGE : 0;
}

/* bpf_map_check_op_flags(); or all of the flags are looked at in the kind's own function */
static int check_op_flags(const struct map *map, u64 flags, u32 allowed)
{
	if (!K->b.map_cpu_flags)
		allowed &= ~(BPF_F_CPU | BPF_F_ALL_CPUS);
	if ((u32)flags & ~allowed)
		return -EINVAL;
	if ((flags & BPF_F_LOCK) && !map_has_spin_lock(map))
		return -EINVAL;
	if (!(flags & BPF_F_CPU) && flags >> 32)
		return -EINVAL;
	return flags & (BPF_F_CPU | BPF_F_ALL_CPUS) ? check_cpu_flags(map, flags) : 0;
}

static int check_update_flags(const struct map *map, u64 flags)
{
	if (K->b.map_cpu_flags)
		return check_op_flags(map, flags, ~0u);
	return (flags & BPF_F_LOCK) && !map_has_spin_lock(map) ? -EINVAL : 0;
}

/* __bpf_copy_key(): a keyless map takes no key pointer */
static int check_key(const struct map *map, u64 key)
{
	if (!map->key_size)
		return key ? -EINVAL : 0;
	return key ? 0 : -EFAULT;
}

u32 map_user_value_size(const struct map *map, u64 flags)
{
	if (flags & (BPF_F_CPU | BPF_F_ALL_CPUS))
		return map->value_size;
	if (map->ops->percpu)
		return map_value_stride(map) * ENV->nr_cpus;
	return map->ops->fd_map ? sizeof(u32) : map->value_size;
}

/* --- one element --- */

int map_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	void *src;

	if (map->ops->user_lookup)
		return map->ops->user_lookup(map, key, value, flags);
	if (map->ops->peek)
		return map->ops->peek(map, value);
	src = map_lookup(map, key);
	if (!src)
		return -ENOENT;
	map_copy_value_out(map, value, src, flags & BPF_F_LOCK);
	return 0;
}

int map_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	if (map->ops->user_update)
		return map->ops->user_update(map, key, value, flags);
	if (map->ops->push)
		return map->ops->push(map, value, flags);
	return map_update(map, key, value, flags);
}

int map_user_delete(struct map *map, const void *key)
{
	return map->ops->user_delete ? map->ops->user_delete(map, key) : map_delete(map, key);
}

int map_user_next_key(struct map *map, const void *key, void *next)
{
	return map->ops->get_next_key(map, key, next);
}

/* What the system call copies through: user space sees nothing of a value that is not. */
static void *bounce_create(const struct map *map, u64 flags)
{
	return calloc(1, map_user_value_size(map, flags) + sizeof(u64));
}

/* The only bad pointer that is noticed is none. */
static int bounce_out(const struct map *map, void *bounce, u64 to, u64 flags)
{
	if (!to)
		return -EFAULT;
	memcpy(uptr_w(to), bounce, map_user_value_size(map, flags));
	return 0;
}

static int copy_lookup(struct map *map, const union bpf_attr *attr, void *bounce)
{
	u32 size = map_user_value_size(map, attr->flags);
	int err;

	if (map->type == BPF_MAP_TYPE_BLOOM_FILTER) { /* is this value in it? */
		if (!attr->value)
			return -EFAULT;
		memcpy(bounce, uptr(attr->value), size);
	}
	err = map_user_lookup(map, uptr(attr->key), bounce, attr->flags);
	return err ? err : bounce_out(map, bounce, attr->value, attr->flags);
}

static int lookup(struct map *map, const union bpf_attr *attr)
{
	int err = check_op_flags(map, attr->flags, BPF_F_LOCK | BPF_F_CPU);
	void *bounce;

	if (!err)
		err = check_key(map, attr->key);
	if (err)
		return err;
	bounce = bounce_create(map, attr->flags);
	err = bounce ? copy_lookup(map, attr, bounce) : -ENOMEM;
	free(bounce);
	return err;
}

int map_cmd_lookup(const union bpf_attr *attr)
{
	struct map *map;
	int err = get_map(attr->map_fd, CAN_READ, &map);

	if (err)
		return err;
	err = lookup(map, attr);
	map_put(map);
	return err;
}

static int update(struct map *map, const union bpf_attr *attr)
{
	int err = check_update_flags(map, attr->flags);

	if (!err)
		err = check_key(map, attr->key);
	if (!err && !attr->value && map->value_size)
		err = -EFAULT;
	if (err)
		return err;
	return map_user_update(map, uptr(attr->key), uptr(attr->value), attr->flags);
}

int map_cmd_update(const union bpf_attr *attr)
{
	struct map *map;
	int err = get_map(attr->map_fd, CAN_WRITE, &map);

	if (err)
		return err;
	err = update(map, attr);
	map_put(map);
	return err;
}

int map_cmd_delete(const union bpf_attr *attr)
{
	struct map *map;
	int err = get_map(attr->map_fd, CAN_WRITE, &map);

	if (err)
		return err;
	err = check_key(map, attr->key);
	if (!err)
		err = map_user_delete(map, uptr(attr->key));
	map_put(map);
	return err;
}

static int next_key(struct map *map, const union bpf_attr *attr)
{
	void *bounce = calloc(1, map->key_size + sizeof(u64));
	int err = bounce ? map_user_next_key(map, uptr(attr->key), bounce) : -ENOMEM;

	if (!err && !attr->next_key)
		err = -EFAULT;
	if (!err)
		memcpy(uptr_w(attr->next_key), bounce, map->key_size);
	free(bounce);
	return err;
}

int map_cmd_next_key(const union bpf_attr *attr)
{
	struct map *map;
	int err = get_map(attr->map_fd, CAN_READ, &map);

	if (err)
		return err;
	err = attr->key ? check_key(map, attr->key) : 0;
	if (!err)
		err = next_key(map, attr);
	map_put(map);
	return err;
}

static int copy_lookup_delete(struct map *map, const union bpf_attr *attr, void *bounce)
{
	int err;

	if (map->type == BPF_MAP_TYPE_QUEUE || map->type == BPF_MAP_TYPE_STACK)
		err = map->ops->pop(map, bounce);
	else if (map->ops->user_lookup_delete)
		err = map->ops->user_lookup_delete(map, uptr(attr->key), bounce, attr->flags);
	else
		err = -ENOTSUPP;
	return err ? err : bounce_out(map, bounce, attr->value, attr->flags);
}

static int lookup_delete(struct map *map, const union bpf_attr *attr)
{
	int err = check_key(map, attr->key);
	void *bounce;

	if (attr->flags && map->ops->pop)
		return -EINVAL;
	if ((attr->flags & BPF_F_LOCK) && !map_has_spin_lock(map))
		return -EINVAL;
	if (err)
		return err;
	bounce = bounce_create(map, attr->flags);
	err = bounce ? copy_lookup_delete(map, attr, bounce) : -ENOMEM;
	free(bounce);
	return err;
}

int map_cmd_lookup_delete(const union bpf_attr *attr)
{
	struct map *map;
	int err;

	if (attr->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = get_map(attr->map_fd, CAN_READ | CAN_WRITE, &map);
	if (err)
		return err;
	err = lookup_delete(map, attr);
	map_put(map);
	return err;
}

static int freeze(struct map *map)
{
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS || map->record)
		return -ENOTSUPP;
	if (!(perms(map) & CAN_WRITE))
		return -EPERM;
	map->frozen = true;
	return 0;
}

int map_cmd_freeze(const union bpf_attr *attr)
{
	struct map *map = map_from_fd(attr->map_fd);
	int err;

	if (!map)
		return object_fd_errno(attr->map_fd);
	err = freeze(map);
	map_put(map);
	return err;
}

/* --- batches: generic_map_*_batch() --- */

static int update_batch(struct map *map, struct map_batch *b)
{
	int err = map_batch_has_memory(b) ? 0 : -EFAULT;

	for (; !err && b->done < b->max; b->done += !err)
		err = map_user_update(map, b->keys + (size_t)b->done * map->key_size,
				      b->values + (size_t)b->done * b->value_size, b->flags);
	return err;
}

static int delete_batch(struct map *map, struct map_batch *b)
{
	int err = b->keys ? 0 : -EFAULT;

	for (; !err && b->done < b->max; b->done += !err)
		err = map_user_delete(map, b->keys + (size_t)b->done * map->key_size);
	return err;
}

/* Key by key; the cursor is the last one. -ENOENT at the end. */
static int lookup_batch(struct map *map, struct map_batch *b)
{
	const void *prev = b->in;
	int err = map_batch_has_memory(b) ? 0 : -EFAULT;

	while (!err && b->done < b->max) {
		u8 *key = b->keys + (size_t)b->done * map->key_size;

		err = map_user_next_key(map, prev, key);
		if (!err)
			err = map_user_lookup(map, key, b->values + (size_t)b->done * b->value_size,
					      b->flags);
		if (!err)
			prev = key;
		b->done += !err;
	}
	if (b->done && b->out)
		memcpy(b->out, prev, map->key_size);
	return err;
}

static int run_batch(struct map *map, struct map_batch *b, enum bpf_cmd cmd)
{
	switch (cmd) {
	case BPF_MAP_UPDATE_BATCH:
		return update_batch(map, b);
	case BPF_MAP_DELETE_BATCH:
		return delete_batch(map, b);
	default:
		return map->ops->lookup_batch ? map->ops->lookup_batch(map, b) :
						lookup_batch(map, b);
	}
}

static int check_batch(const struct map *map, enum bpf_cmd cmd, const union bpf_attr *attr)
{
	const bool deletes = cmd == BPF_MAP_DELETE_BATCH || cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	const bool looks = cmd == BPF_MAP_LOOKUP_BATCH || cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	const u32 allowed = cmd == BPF_MAP_UPDATE_BATCH ? BPF_F_LOCK | BPF_F_CPU | BPF_F_ALL_CPUS :
			    cmd == BPF_MAP_LOOKUP_BATCH ? BPF_F_LOCK | BPF_F_CPU :
							  BPF_F_LOCK;
	int err;

	if (deletes ? !map->ops->batch_delete : !map->ops->batch)
		return -ENOTSUPP;
	err = check_op_flags(map, attr->batch.elem_flags, allowed);
	if (err)
		return err;
	return looks && map->ops->lookup_batch && attr->batch.flags ? -EINVAL : 0;
}

int map_cmd_batch(enum bpf_cmd cmd, union bpf_attr *attr)
{
	const u32 need = cmd == BPF_MAP_LOOKUP_BATCH		? CAN_READ :
			 cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH ? CAN_READ | CAN_WRITE :
								  CAN_WRITE;
	struct map_batch b = {
		.in = uptr(attr->batch.in_batch),
		.out = uptr_w(attr->batch.out_batch),
		.keys = uptr_w(attr->batch.keys),
		.values = uptr_w(attr->batch.values),
		.max = attr->batch.count,
		.flags = attr->batch.elem_flags,
		.delete = cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	};
	struct map *map;
	int err = get_map(attr->batch.map_fd, need, &map);

	if (err)
		return err;
	err = check_batch(map, cmd, attr);
	if (!err && b.max) {
		b.value_size = map_user_value_size(map, b.flags);
		err = run_batch(map, &b, cmd);
		attr->batch.count = b.done;
	}
	map_put(map);
	return err;
}

/* --- information --- */

void map_info(const struct map *map, struct bpf_map_info *info)
{
	memset(info, 0, sizeof(*info));
	info->type = map->type;
	info->id = map_id(map);
	info->key_size = map->key_size;
	info->value_size = map->value_size;
	info->max_entries = map->max_entries;
	info->map_flags = map->flags;
	info->map_extra = map->extra;
	memcpy(info->name, map->name, sizeof(map->name));
	info->btf_vmlinux_value_type_id = map->btf_vmlinux_value_type_id;
	if (!map->btf)
		return;
	info->btf_id = map->btf->o.id;
	info->btf_key_type_id = map->btf_key_type_id;
	info->btf_value_type_id = map->btf_value_type_id;
}
