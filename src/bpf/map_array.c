// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_array.c - ARRAY and PERCPU_ARRAY. Facts: kernel/bpf/arraymap.c.
 *
 * The values of an ARRAY are pages of its memfd, mapped in ZONE_MAP: what user
 * space sees when it maps the descriptor is what guests see. A PERCPU_ARRAY has a
 * block of all values for each CPU, one after the other, in ZONE_HEAP.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/profile.h"
#include "base/region.h"
#include "bpf/btf_object.h"
#include "bpf/env.h"
#include "bpf/map_kinds.h"
#include "bpf/record.h"
#include "bpf/vm.h"

#define ARRAY_FLAGS                                                                  \
	(BPF_F_NUMA_NODE | BPF_F_MMAPABLE | MAP_ACCESS_MASK | BPF_F_PRESERVE_ELEMS | \
	 BPF_F_INNER_MAP)

struct array_map {
	struct map map;
	u8 *values;
	u64 bytes; /* of one block */
};

static struct array_map *to_array(const struct map *map)
{
	return container_of((struct map *)map, struct array_map, map);
}

/* --- creation --- */

int array_alloc_check(const union bpf_attr *attr)
{
	const bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
	const u32 flags = attr->map_flags;

	if (!attr->max_entries || attr->key_size != 4 || !attr->value_size ||
	    (flags & ~ARRAY_FLAGS) || !map_access_flags_ok(flags))
		return -EINVAL;
	if (percpu && (flags & BPF_F_NUMA_NODE) && attr->numa_node != UINT32_MAX)
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_ARRAY && (flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP)))
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_PERF_EVENT_ARRAY && (flags & BPF_F_PRESERVE_ELEMS))
		return -EINVAL;
	if (attr->value_size > INT_MAX)
		return -E2BIG;
	return percpu && ALIGN_UP(attr->value_size, 8u) > MAP_PERCPU_UNIT_MAX ? -E2BIG : 0;
}

static int array_alloc(struct map *map, const union bpf_attr *attr)
{
	struct array_map *am = to_array(map);
	char name[32];
	int err;

	am->bytes = ALIGN_UP((u64)map->max_entries * map_value_stride(map), REGION_PAGE_SIZE);
	if (am->bytes > MAP_AREA_MAX)
		return -ENOMEM;
	snprintf(name, sizeof(name), "bpf-map:%.15s", attr->map_name);
	err = object_back(&map->obj, name, am->bytes);
	if (err)
		return err;
	am->values = region_map_fd(ZONE_MAP, map->obj.backing_fd, am->bytes);
	return am->values ? 0 : -ENOMEM;
}

static int percpu_alloc(struct map *map, const union bpf_attr *attr)
{
	struct array_map *am = to_array(map);

	am->bytes = (u64)map->max_entries * map_value_stride(map);
	if (am->bytes > MAP_AREA_MAX / ENV->nr_cpus)
		return -ENOMEM;
	am->values = region_alloc(ZONE_HEAP, am->bytes * ENV->nr_cpus, 64);
	return am->values ? 0 : -ENOMEM;
}

static void *array_elem(struct map *map, u32 i)
{
	return to_array(map)->values + (u64)i * map_value_stride(map);
}

static void *percpu_elem(struct map *map, u32 i, u32 cpu)
{
	return (u8 *)array_elem(map, i) + cpu * to_array(map)->bytes;
}

static void array_free(struct map *map)
{
	u32 i;

	for (i = 0; map->record && i < map->max_entries; i++)
		map_free_fields(map, array_elem(map, i));
	region_unmap(to_array(map)->values, to_array(map)->bytes);
}

static void percpu_free(struct map *map)
{
	struct array_map *am = to_array(map);
	u32 i, cpu;

	for (cpu = 0; map->record && cpu < ENV->nr_cpus; cpu++)
		for (i = 0; i < map->max_entries; i++)
			map_free_fields(map, percpu_elem(map, i, cpu));
	region_free(ZONE_HEAP, am->values, am->bytes * ENV->nr_cpus);
}

static void array_release_uref(struct map *map)
{
	u32 i;

	if (!record_has(map->record, FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK))
		return;
	for (i = 0; i < map->max_entries; i++)
		map_cancel_fields(map, array_elem(map, i));
}

bool map_key_is_i32(const struct map *map)
{
	const struct btf *btf = map->btf->btf;
	const struct btf_type *t = btf__type_by_id(btf, map->btf_key_type_id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(btf, t->type);
	return btf_is_int(t) && btf_int_bits(t) == 32 && !btf_int_offset(t);
}

/* Only .data, .bss and their like have no key type: one element that is a section. */
static int array_check_btf(const struct map *map, bool keyless)
{
	const struct btf_type *t;

	if (!keyless)
		return map_key_is_i32(map) ? 0 : -EINVAL;
	t = btf__type_by_id(map->btf->btf, map->btf_value_type_id);
	return map->max_entries == 1 && btf_is_datasec(t) ? 0 : -EINVAL;
}

int map_refuse_btf(const struct map *map, bool keyless)
{
	return -ENOTSUPP;
}

/* array_map_meta_equal(): BPF_F_INNER_MAP lets the number of elements differ */
static bool array_meta_equal(const struct map *meta, const struct map *inner)
{
	if (!map_meta_equal(meta, inner))
		return false;
	return (meta->flags & BPF_F_INNER_MAP) || meta->max_entries == inner->max_entries;
}

/* --- elements --- */

static void *array_lookup(struct map *map, const void *key)
{
	u32 i = load_u32(key);

	return i < map->max_entries ? array_elem(map, i) : NULL;
}

static void *percpu_lookup(struct map *map, const void *key, u32 cpu)
{
	u32 i = load_u32(key);

	return i < map->max_entries ? percpu_elem(map, i, cpu) : NULL;
}

static void *this_cpu_lookup(struct map *map, const void *key)
{
	return percpu_lookup(map, key, ENV->cpu());
}

static int check_index(const struct map *map, const void *key, u64 flags)
{
	if (load_u32(key) >= map->max_entries)
		return -E2BIG;
	return flags & BPF_NOEXIST ? -EEXIST : 0;
}

static int array_update(struct map *map, const void *key, const void *value, u64 flags)
{
	void *dst;
	int err;

	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	err = check_index(map, key, flags);
	if (!err)
		err = map_update_flags_ok(map, flags);
	if (err)
		return err;
	dst = map->ops->lookup(map, key);
	map_copy_value(map, dst, value, flags & BPF_F_LOCK);
	map_free_fields(map, dst);
	return 0;
}

static int array_delete(struct map *map, const void *key)
{
	return -EINVAL;
}

int array_get_next_key(struct map *map, const void *key, void *next)
{
	u32 i = key ? load_u32(key) : UINT32_MAX;

	if (i == map->max_entries - 1)
		return -ENOENT;
	store_u32(next, i < map->max_entries ? i + 1 : 0);
	return 0;
}

static s64 array_for_each(struct map *map, struct vm *vm, u64 callback, u64 ctx, u64 flags)
{
	bool stop = false;
	u32 i, *key;

	if (flags)
		return -EINVAL;
	key = region_alloc(ZONE_STACK, sizeof(*key), 0);
	if (!key)
		return -ENOMEM;
	for (i = 0; i < map->max_entries && !stop; i++) {
		*key = i;
		stop = map_call_each(map, vm, callback, key, map->ops->lookup(map, &i), ctx) ||
		       vm->dead;
	}
	region_free(ZONE_STACK, key, sizeof(*key));
	return i;
}

/* 7.3 has direct values of one-element per-CPU arrays too: not offered, libbpf copes. */
static int array_direct_value(struct map *map, u32 off, u64 *addr)
{
	if (map->max_entries != 1)
		return -ENOTSUPP;
	if (off >= map->value_size)
		return -EINVAL;
	*addr = (uintptr_t)to_array(map)->values + off;
	return 0;
}

static u64 array_mmap_size(const struct map *map)
{
	return map->flags & BPF_F_MMAPABLE ? to_array(map)->bytes : 0;
}

/* --- user space's per-CPU values --- */

static int percpu_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	const u32 stride = map_value_stride(map), i = load_u32(key);
	u32 cpu;

	if (i >= map->max_entries)
		return -ENOENT;
	if (flags & BPF_F_CPU) {
		map_copy_value_out(map, value, percpu_elem(map, i, flags >> 32), false);
		return 0;
	}
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++) {
		u8 *dst = (u8 *)value + cpu * stride;

		memset(dst, 0, stride);
		map_copy_value_out(map, dst, percpu_elem(map, i, cpu), false);
	}
	return 0;
}

/* bpf_percpu_array_update(): what special fields held is gone afterwards */
static void percpu_write(struct map *map, u32 i, u32 cpu, const void *value)
{
	map_copy_value(map, percpu_elem(map, i, cpu), value, false);
	map_free_fields(map, percpu_elem(map, i, cpu));
}

static int percpu_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	const u32 i = load_u32(key);
	const u8 *src = value;
	u32 cpu;

	if ((flags & BPF_F_LOCK) ||
	    (u32)flags > (K->b.map_cpu_flags ? (u32)BPF_F_ALL_CPUS : (u32)BPF_EXIST))
		return -EINVAL;
	if (i >= map->max_entries)
		return -E2BIG;
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	if (flags & BPF_F_CPU) {
		percpu_write(map, i, flags >> 32, src);
		return 0;
	}
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++) {
		percpu_write(map, i, cpu, src);
		if (!(flags & BPF_F_ALL_CPUS))
			src += map_value_stride(map);
	}
	return 0;
}

/* --- the kinds --- */

#define ARRAY_COMMON                                                                  \
	.size = sizeof(struct array_map), .alloc_check = array_alloc_check,           \
	.check_btf = array_check_btf, .update = array_update, .delete = array_delete, \
	.get_next_key = array_get_next_key, .for_each = array_for_each,               \
	.meta_equal = array_meta_equal, .batch = true

const struct map_ops array_map_ops = {
	.type = BPF_MAP_TYPE_ARRAY,
	ARRAY_COMMON,
	.alloc = array_alloc,
	.free = array_free,
	.release_uref = array_release_uref,
	.lookup = array_lookup,
	.direct_value = array_direct_value,
	.mmap_size = array_mmap_size,
};

const struct map_ops percpu_array_map_ops = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	ARRAY_COMMON,
	.alloc = percpu_alloc,
	.free = percpu_free,
	.lookup = this_cpu_lookup,
	.lookup_percpu = percpu_lookup,
	.user_lookup = percpu_user_lookup,
	.user_update = percpu_user_update,
	.percpu = true,
};
