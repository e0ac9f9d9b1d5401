// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_map.c - maps and local storage from programs. Facts: kernel/bpf/helpers.c,
 * bpf_task_storage.c, bpf_cgrp_storage.c.
 */
#include <errno.h>
#include "bpf/helpers.h"
#include "bpf/storage.h"

static u64 map_lookup_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	const void *key = map ? arg_read(vm, a[1], map->key_size) : NULL;

	return key ? (uintptr_t)map_lookup(map, key) : 0;
}

static u64 map_lookup_percpu_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	const void *key = map ? arg_read(vm, a[1], map->key_size) : NULL;

	return key ? (uintptr_t)map_lookup_percpu(map, key, a[2]) : 0;
}

static u64 map_update_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	const void *key = map ? arg_read(vm, a[1], map->key_size) : NULL;
	const void *value = key ? arg_read(vm, a[2], map->value_size) : NULL;

	return value ? ret_errno(map_update(map, key, value, a[3])) : 0;
}

static u64 map_delete_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	const void *key = map ? arg_read(vm, a[1], map->key_size) : NULL;

	return key ? ret_errno(map_delete(map, key)) : 0;
}

static u64 map_push_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	const void *value = map ? arg_read(vm, a[1], map->value_size) : NULL;

	if (!value)
		return 0;
	return ret_errno(map->ops->push ? map->ops->push(map, value, a[2]) : -ENOTSUPP);
}

static u64 map_pop_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	void *value = map ? arg_write(vm, a[1], map->value_size) : NULL;

	if (!value)
		return 0;
	return ret_errno(map->ops->pop ? map->ops->pop(map, value) : -ENOTSUPP);
}

static u64 map_peek_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);
	void *value = map ? arg_write(vm, a[1], map->value_size) : NULL;

	if (!value)
		return 0;
	return ret_errno(map->ops->peek ? map->ops->peek(map, value) : -ENOTSUPP);
}

static u64 for_each_map_elem(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);

	return map ? ret_errno(map_for_each(map, vm, a[1], a[2], a[3])) : 0;
}

static u64 tail_call(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[1], BPF_MAP_TYPE_PROG_ARRAY);
	struct prog *target = map ? map_prog_array_get(map, a[2]) : NULL;

	return ret_errno(target ? vm_tail_call(vm, target) : -ENOENT);
}

/* --- local storage: arguments map, owner, value, flags --- */

static u64 storage_get_of(struct vm *vm, const u64 *a, enum bpf_map_type type)
{
	struct map *map = arg_map_of(vm, a[0], type);
	const void *init = NULL;

	if (!map)
		return 0;
	if (a[2]) {
		init = arg_read(vm, a[2], map->value_size);
		if (!init)
			return 0;
	}
	return (uintptr_t)storage_get(map, a[1], init, a[3]);
}

static u64 storage_delete_of(struct vm *vm, const u64 *a, enum bpf_map_type type)
{
	struct map *map = arg_map_of(vm, a[0], type);

	if (!map)
		return 0;
	return ret_errno(a[1] ? storage_delete(map, a[1]) : -EINVAL);
}

static u64 task_storage_get(struct vm *vm, const u64 *a)
{
	return storage_get_of(vm, a, BPF_MAP_TYPE_TASK_STORAGE);
}

static u64 task_storage_delete(struct vm *vm, const u64 *a)
{
	return storage_delete_of(vm, a, BPF_MAP_TYPE_TASK_STORAGE);
}

static u64 cgrp_storage_get(struct vm *vm, const u64 *a)
{
	return storage_get_of(vm, a, BPF_MAP_TYPE_CGRP_STORAGE);
}

static u64 cgrp_storage_delete(struct vm *vm, const u64 *a)
{
	return storage_delete_of(vm, a, BPF_MAP_TYPE_CGRP_STORAGE);
}

static const struct helper helpers[] = {
	HELPER(map_lookup_elem, map_lookup_elem),
	HELPER(map_update_elem, map_update_elem),
	HELPER(map_delete_elem, map_delete_elem),
	HELPER(map_push_elem, map_push_elem),
	HELPER(map_pop_elem, map_pop_elem),
	HELPER(map_peek_elem, map_peek_elem),
	HELPER(map_lookup_percpu_elem, map_lookup_percpu_elem),
	HELPER(for_each_map_elem, for_each_map_elem),
	HELPER(tail_call, tail_call),
	HELPER(task_storage_get, task_storage_get),
	HELPER(task_storage_delete, task_storage_delete),
	HELPER(cgrp_storage_get, cgrp_storage_get),
	HELPER(cgrp_storage_delete, cgrp_storage_delete),
};

void helpers_map_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
