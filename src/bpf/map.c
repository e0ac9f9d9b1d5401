// SPDX-License-Identifier: GPL-2.0-only
/*
 * map.c - what all maps share: creation and its errors, the guest's view of a
 * map, special fields, copying of values. Facts: kernel/bpf/syscall.c
 * (map_create, map_check_btf), map_in_map.c (meta_equal).
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/bpf.h"
#include "base/budget.h"
#include "base/region.h"
#include "bpf/addrmap.h"
#include "bpf/arena.h"
#include "bpf/btf_object.h"
#include "bpf/env.h"
#include "bpf/lock.h"
#include "bpf/map.h"
#include "bpf/map_kinds.h"
#include "bpf/record.h"
#include "bpf/state.h"
#include "bpf/vm.h"

/* What guests see, in ZONE_KOBJ where they cannot store. */
struct map_kobj {
	struct bpf_map seen;
};

const struct map_ops *const map_types[] = {
	&array_map_ops,
	&percpu_array_map_ops,
	&hash_map_ops,
	&percpu_hash_map_ops,
	&lru_hash_map_ops,
	&lru_percpu_hash_map_ops,
	&queue_map_ops,
	&stack_map_ops,
	&bloom_filter_map_ops,
	&array_of_maps_ops,
	&hash_of_maps_ops,
	&prog_array_map_ops,
	&perf_event_array_map_ops,
	&stack_trace_map_ops,
	&task_storage_map_ops,
	&cgrp_storage_map_ops,
	&ringbuf_map_ops,
	&user_ringbuf_map_ops,
	&arena_map_ops,
	&struct_ops_map_ops,
	NULL,
};

static const struct map_ops *ops_of_type(u32 type)
{
	const struct map_ops *const *ops;

	for (ops = map_types; *ops; ops++)
		if ((*ops)->type == type)
			return *ops;
	return NULL;
}

static void complain(const char *what, u32 number)
{
	char line[96];

	snprintf(line, sizeof(line), "kickstand: %s %u is not modelled", what, number);
	ENV->printk(line);
}

/* --- attributes --- */

/* CHECK_ATTR(BPF_MAP_CREATE): nothing but zeroes behind the last known field */
static bool attr_tail_zero(const union bpf_attr *attr)
{
	const u8 *p = (const u8 *)attr;
	size_t i = offsetof(union bpf_attr, map_token_fd) + sizeof(attr->map_token_fd);

	for (; i < sizeof(*attr); i++)
		if (p[i])
			return false;
	return true;
}

static bool type_ids_ok(const union bpf_attr *attr)
{
	if (attr->btf_vmlinux_value_type_id)
		return attr->map_type == BPF_MAP_TYPE_STRUCT_OPS && !attr->btf_key_type_id &&
		       !attr->btf_value_type_id;
	return !attr->btf_key_type_id || attr->btf_value_type_id;
}

static int check_attr(const union bpf_attr *attr)
{
	if (!attr_tail_zero(attr) || !type_ids_ok(attr))
		return -EINVAL;
	if (attr->map_extra && attr->map_type != BPF_MAP_TYPE_BLOOM_FILTER &&
	    attr->map_type != BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if ((attr->map_flags & BPF_F_NUMA_NODE) && attr->numa_node != UINT32_MAX &&
	    attr->numa_node >= 64)
		return -EINVAL;
	if ((attr->map_flags & BPF_F_RDONLY) && (attr->map_flags & BPF_F_WRONLY))
		return -EINVAL;
	/* tokens are never handed out (TOKEN_CREATE is refused), so none can be right */
	return attr->map_flags & BPF_F_TOKEN_FD ? -EINVAL : 0;
}

/* bpf_obj_name_cpy(): terminated, letters, digits, '_' and '.' */
static int copy_name(char *dst, const char *src)
{
	u32 i;

	for (i = 0; i < BPF_OBJ_NAME_LEN && src[i]; i++) {
		if (!isalnum((unsigned char)src[i]) && src[i] != '_' && src[i] != '.')
			return -EINVAL;
		dst[i] = src[i];
	}
	return i == BPF_OBJ_NAME_LEN ? -EINVAL : 0;
}

bool map_access_flags_ok(u32 flags)
{
	const u32 both = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	return (flags & both) != both;
}

/* --- BTF and special fields --- */

/* map_check_btf(): which kinds of map may hold which kinds of field */
static const struct {
	u32 fields;
	u64 types;
} field_homes[] = {
#define T(name) (1ULL << BPF_MAP_TYPE_##name)
	{ FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK,
	  T(HASH) | T(ARRAY) | T(TASK_STORAGE) | T(CGRP_STORAGE) },
	{ FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK, T(HASH) | T(LRU_HASH) | T(ARRAY) },
	{ FIELD_KPTR | FIELD_REFCOUNT, T(HASH) | T(PERCPU_HASH) | T(LRU_HASH) | T(LRU_PERCPU_HASH) |
					       T(ARRAY) | T(PERCPU_ARRAY) | T(TASK_STORAGE) |
					       T(CGRP_STORAGE) },
	{ FIELD_GRAPH_ROOT, T(HASH) | T(LRU_HASH) | T(ARRAY) },
#undef T
};

static int check_field_homes(const struct map *map)
{
	size_t i;

	if (!map->record)
		return 0;
	if (map->flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	for (i = 0; i < ARRAY_SIZE(field_homes); i++)
		if (record_has(map->record, field_homes[i].fields) &&
		    !(field_homes[i].types >> map->type & 1))
			return -EOPNOTSUPP;
	return 0;
}

static bool type_has_size(const struct btf *btf, u32 id, u32 size)
{
	return btf__resolve_size(btf, id) == (s64)size;
}

static int attach_types(struct map *map, const union bpf_attr *attr)
{
	const struct btf *btf = map->btf->btf;
	const u32 mask = ~(u32)(FIELD_LIST_NODE | FIELD_RB_NODE);
	int err;

	if (attr->btf_key_type_id && !type_has_size(btf, attr->btf_key_type_id, map->key_size))
		return -EINVAL;
	if (!attr->btf_key_type_id && !map->ops->check_btf)
		return -EINVAL;
	if (!type_has_size(btf, attr->btf_value_type_id, map->value_size))
		return -EINVAL;
	err = record_parse(map->btf->btf, attr->btf_value_type_id, mask, map->value_size,
			   &map->record);
	if (!err)
		err = check_field_homes(map);
	map->btf_key_type_id = attr->btf_key_type_id;
	map->btf_value_type_id = attr->btf_value_type_id;
	if (!err && map->ops->check_btf)
		err = map->ops->check_btf(map, !attr->btf_key_type_id);
	return err;
}

static int attach_btf(struct map *map, const union bpf_attr *attr)
{
	struct object *o;

	if (!attr->btf_key_type_id && !attr->btf_value_type_id && !attr->btf_vmlinux_value_type_id)
		return 0;
	o = object_from_fd(attr->btf_fd, OBJ_BTF);
	if (!o)
		return object_fd_errno(attr->btf_fd);
	map->btf = container_of(o, struct btf_object, o);
	if (map->btf->kernel)
		return -EACCES;
	map->btf_vmlinux_value_type_id = attr->btf_vmlinux_value_type_id;
	return attr->btf_value_type_id ? attach_types(map, attr) : 0;
}

static void detach_btf(struct map *map)
{
	record_free(map->record);
	if (map->btf)
		object_put(&map->btf->o);
}

/* --- life --- */

/* before its first byte: what was asked for, which is what counts on every host */
struct area {
	u64 bytes;
} __attribute__((aligned(16)));

void *map_area(u64 nr, u32 size)
{
	u64 bytes = nr * size;
	struct area *area;

	if (nr > MAP_AREA_MAX / size || !budget_take(bytes))
		return NULL;
	area = calloc(1, sizeof(*area) + bytes);
	if (!area) {
		budget_give(bytes);
		return NULL;
	}
	area->bytes = bytes;
	return area + 1;
}

void map_area_free(void *p)
{
	struct area *area = p ? (struct area *)p - 1 : NULL;

	if (area)
		budget_give(area->bytes);
	free(area);
}

static int create_kobj(struct map *map)
{
	struct map_kobj *k = region_alloc(ZONE_KOBJ, sizeof(*k), 0);

	if (!k)
		return -ENOMEM;
	k->seen.map_type = map->type;
	k->seen.key_size = map->key_size;
	k->seen.value_size = map->value_size;
	k->seen.max_entries = map->max_entries;
	k->seen.map_extra = map->extra;
	k->seen.map_flags = map->flags;
	memcpy(k->seen.name, map->name, sizeof(k->seen.name));
	map->kobj = k;
	addrmap_set(&vm_state.maps, map_guest_addr(map), map);
	return 0;
}

static void destroy_kobj(struct map *map)
{
	if (!map->kobj)
		return;
	addrmap_del(&vm_state.maps, map_guest_addr(map));
	region_free(ZONE_KOBJ, map->kobj, sizeof(*map->kobj));
}

static void map_release(struct object *o)
{
	struct map *map = container_of(o, struct map, obj);

	map->ops->free(map);
	destroy_kobj(map);
	detach_btf(map);
	map_meta_free(map->inner_meta);
	free(map);
}

static void map_unheld(struct object *o)
{
	struct map *map = container_of(o, struct map, obj);

	map->no_urefs = true;
	if (map->ops->release_uref)
		map->ops->release_uref(map);
}

static struct map *map_from_attr(const struct map_ops *ops, const union bpf_attr *attr)
{
	struct map *map = calloc(1, ops->size);

	if (!map)
		return NULL;
	map->ops = ops;
	map->type = ops->type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = attr->max_entries;
	/* BPF_F_RDONLY and BPF_F_WRONLY belong to the descriptor; kept for want of one */
	map->flags = attr->map_flags;
	map->extra = attr->map_extra;
	return map;
}

static int map_register(struct map *map)
{
	char name[BPF_OBJ_NAME_LEN + 8];
	int err;

	err = create_kobj(map);
	if (err)
		return err;
	snprintf(name, sizeof(name), "bpf-map:%s", map->name);
	err = object_create(&map->obj, OBJ_MAP, name, 0, map_release);
	if (err)
		return err;
	map->obj.unheld = map_unheld;
	map->obj.rcu = map->type != BPF_MAP_TYPE_STRUCT_OPS;
	map->kobj->seen.id = map_id(map);
	return 0;
}

int map_create(const union bpf_attr *attr, u32 size, struct map **out)
{
	const struct map_ops *ops;
	struct map *map;
	int err = check_attr(attr);

	if (err)
		return err;
	ops = ops_of_type(attr->map_type);
	if (!ops) {
		complain("map type", attr->map_type);
		return -EINVAL;
	}
	err = ops->alloc_check ? ops->alloc_check(attr) : 0;
	if (err)
		return err;
	/* no network device here keeps maps; those that do keep hashes and arrays */
	if (attr->map_ifindex)
		return ops->type == BPF_MAP_TYPE_HASH || ops->type == BPF_MAP_TYPE_ARRAY ?
			       -EOPNOTSUPP :
			       -EINVAL;
	map = map_from_attr(ops, attr);
	if (!map)
		return -ENOMEM;
	err = ops->alloc(map, attr);
	if (err)
		goto free_map;
	err = copy_name(map->name, attr->map_name);
	if (!err)
		err = attach_btf(map, attr);
	if (!err)
		err = map_register(map);
	if (err)
		goto free_alloc;
	*out = map;
	return 0;

free_alloc:
	ops->free(map);
	destroy_kobj(map);
	detach_btf(map);
free_map:
	object_unback(&map->obj);
	map_meta_free(map->inner_meta);
	free(map);
	return err;
}

void map_get(struct map *map)
{
	object_get(&map->obj);
}

void map_put(struct map *map)
{
	if (map)
		object_put(&map->obj);
}

static struct map *map_of_object(struct object *o)
{
	return o ? container_of(o, struct map, obj) : NULL;
}

struct map *map_from_fd(int fd)
{
	return map_of_object(object_from_fd(fd, OBJ_MAP));
}

struct map *map_by_id(u32 id)
{
	return map_of_object(object_by_id(id, OBJ_MAP));
}

/* --- the guest's view --- */

u64 map_guest_addr(const struct map *map)
{
	return (uintptr_t)map->kobj;
}

struct map *map_from_guest(u64 addr)
{
	return addr ? addrmap_get(&vm_state.maps, addr) : NULL;
}

int map_direct_value_addr(struct map *map, u32 off, u64 *addr)
{
	return map->ops->direct_value ? map->ops->direct_value(map, off, addr) : -ENOTSUPP;
}

bool map_read_frozen(const struct map *map, u64 addr, u32 size, u64 *val)
{
	u64 base;

	if (!map->frozen || !(map->flags & BPF_F_RDONLY_PROG) || map->type != BPF_MAP_TYPE_ARRAY ||
	    map_direct_value_addr((struct map *)map, 0, &base))
		return false;
	if (addr < base || addr + size > base + map->value_size)
		return false;
	*val = 0;
	memcpy(val, (const void *)(uintptr_t)addr, size);
	return true;
}

void *map_lookup(struct map *map, const void *key)
{
	return map->ops->lookup ? map->ops->lookup(map, key) : NULL;
}

void *map_lookup_percpu(struct map *map, const void *key, u32 cpu)
{
	if (cpu >= ENV->nr_cpus || !map->ops->lookup_percpu)
		return NULL;
	return map->ops->lookup_percpu(map, key, cpu);
}

int map_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return map->ops->update ? map->ops->update(map, key, value, flags) : -ENOTSUPP;
}

int map_delete(struct map *map, const void *key)
{
	return map->ops->delete ? map->ops->delete(map, key) : -ENOTSUPP;
}

s64 map_for_each(struct map *map, struct vm *vm, u64 callback, u64 ctx, u64 flags)
{
	if (!map->ops->for_each)
		return -EINVAL;
	return map->ops->for_each(map, vm, callback, ctx, flags);
}

u64 map_call_each(struct map *map, struct vm *vm, u64 callback, const void *key, void *value,
		  u64 ctx)
{
	const u64 args[] = { map_guest_addr(map), (uintptr_t)key, (uintptr_t)value, ctx };

	return vm_call(vm, callback, args, ARRAY_SIZE(args));
}

/* --- values --- */

bool map_has_spin_lock(const struct map *map)
{
	return record_has(map->record, FIELD_SPIN_LOCK);
}

/* array_map_update_elem(), htab_map_update_elem(): what @flags may be */
int map_update_flags_ok(const struct map *map, u64 flags)
{
	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	return (flags & BPF_F_LOCK) && !map_has_spin_lock(map) ? -EINVAL : 0;
}

static u64 value_lock(const struct map *map, const void *value)
{
	return (uintptr_t)value + record_off(map->record, FIELD_SPIN_LOCK);
}

void map_copy_value(struct map *map, void *dst, const void *src, bool locked)
{
	if (locked)
		vm_spin_lock(value_lock(map, dst));
	record_copy(map->record, dst, src, map->value_size);
	if (locked)
		vm_spin_unlock(value_lock(map, dst));
}

void map_copy_value_out(struct map *map, void *dst, void *src, bool locked)
{
	if (locked)
		vm_spin_lock(value_lock(map, src));
	memcpy(dst, src, map->value_size);
	if (locked)
		vm_spin_unlock(value_lock(map, src));
	record_init_fields(map->record, dst);
}

bool map_holds(struct map *map, u64 value)
{
	const u32 first = 0;
	u64 key = value - ALIGN_UP(map->key_size, 8u), off;

	if (map->type == BPF_MAP_TYPE_ARRAY) {
		off = value - (uintptr_t)map_lookup(map, &first);
		return !(off % map_value_stride(map)) &&
		       off / map_value_stride(map) < map->max_entries;
	}
	return region_range_ok(key, value - key) &&
	       (uintptr_t)map_lookup(map, (const void *)(uintptr_t)key) == value;
}

u64 map_key_of_value(struct map *map, u64 value, u32 *index)
{
	const u32 first = 0;

	if (map->type != BPF_MAP_TYPE_ARRAY)
		return value - ALIGN_UP(map->key_size, 8u);
	*index = (value - (uintptr_t)map_lookup(map, &first)) / map_value_stride(map);
	return (uintptr_t)index;
}

void map_free_fields(struct map *map, void *value)
{
	record_free_fields(map->record, value);
}

void map_cancel_fields(struct map *map, void *value)
{
	record_cancel_fields(map->record, value);
}

/* --- templates of inner maps --- */

bool map_meta_equal(const struct map *meta, const struct map *inner)
{
	return meta->type == inner->type && meta->key_size == inner->key_size &&
	       meta->value_size == inner->value_size && meta->flags == inner->flags &&
	       record_equal(meta->record, inner->record);
}

int map_meta_alloc(int fd, struct map **out)
{
	struct map *inner = map_from_fd(fd), *meta;
	int err = 0;

	if (!inner)
		return object_fd_errno(fd);
	meta = calloc(1, sizeof(*meta));
	/* one level only: a map of maps cannot be an inner map */
	if (inner->inner_meta)
		err = -EINVAL;
	else if (!inner->ops->meta_equal)
		err = -ENOTSUPP;
	else if (!meta || (inner->record && !(meta->record = record_dup(inner->record))))
		err = -ENOMEM;
	if (err) {
		free(meta);
		map_put(inner);
		return err;
	}
	meta->ops = inner->ops;
	meta->type = inner->type;
	meta->key_size = inner->key_size;
	meta->value_size = inner->value_size;
	meta->flags = inner->flags;
	meta->max_entries = inner->max_entries;
	meta->btf = inner->btf;
	if (meta->btf)
		object_get(&meta->btf->o);
	map_put(inner);
	*out = meta;
	return 0;
}

void map_meta_free(struct map *meta)
{
	if (!meta)
		return;
	detach_btf(meta);
	free(meta);
}
