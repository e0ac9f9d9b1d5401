// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_storage.c - see storage.h. Facts: kernel/bpf/bpf_local_storage.c,
 * bpf_task_storage.c, bpf_cgrp_storage.c.
 *
 * The kernel hangs storage off its owner; here each map has a table by owner, and
 * the maps are on a list for local_storage_owner_free().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/addrmap.h"
#include "bpf/env.h"
#include "bpf/handle.h"
#include "bpf/map_kinds.h"
#include "bpf/record.h"
#include "bpf/state.h"
#include "bpf/storage.h"
#include "bpf/vm.h"

#define STORAGE_FLAGS (BPF_F_NO_PREALLOC | BPF_F_CLONE)
#define STORAGE_VALUE_MAX (65535u - 64 - 64) /* U16_MAX less the kernel's two headers */

struct storage_map {
	struct map map;
	struct addrmap owners; /* -> struct selem */
	struct selem *elems;   /* newest first */
	struct storage_map *next;
};

struct selem {
	u64 owner;
	void *value; /* guest memory */
	struct selem *prev, *next;
};

static struct storage_map *to_storage(struct map *map)
{
	return container_of(map, struct storage_map, map);
}

/* --- creation --- */

static int storage_alloc_check(const union bpf_attr *attr)
{
	if ((attr->map_flags & ~STORAGE_FLAGS) || !(attr->map_flags & BPF_F_NO_PREALLOC) ||
	    attr->max_entries || attr->key_size != sizeof(int) || !attr->value_size ||
	    !attr->btf_key_type_id || !attr->btf_value_type_id)
		return -EINVAL;
	return attr->value_size > STORAGE_VALUE_MAX ? -E2BIG : 0;
}

static int storage_alloc(struct map *map, const union bpf_attr *attr)
{
	struct storage_map *sm = to_storage(map);

	sm->next = vm_state.storage_maps;
	vm_state.storage_maps = sm;
	return 0;
}

static int storage_check_btf(const struct map *map, bool keyless)
{
	return !keyless && map_key_is_i32(map) ? 0 : -EINVAL;
}

/* --- elements --- */

static void selem_free(struct storage_map *sm, struct selem *se)
{
	addrmap_del(&sm->owners, se->owner);
	*(se->prev ? &se->prev->next : &sm->elems) = se->next;
	if (se->next)
		se->next->prev = se->prev;
	map_free_fields(&sm->map, se->value);
	region_free(ZONE_HEAP, se->value, map_value_stride(&sm->map));
	free(se);
}

static struct selem *selem_new(struct storage_map *sm, u64 owner)
{
	struct selem *se = shortage_calloc(1, sizeof(*se));

	se->owner = owner;
	se->value = region_alloc(ZONE_HEAP, map_value_stride(&sm->map), 0);
	if (!se->value) {
		free(se);
		return NULL;
	}
	addrmap_set(&sm->owners, owner, se);
	se->next = sm->elems;
	if (se->next)
		se->next->prev = se;
	sm->elems = se;
	record_init_fields(sm->map.record, se->value);
	return se;
}

static void storage_free(struct map *map)
{
	struct storage_map *sm = to_storage(map), **p;

	while (sm->elems)
		selem_free(sm, sm->elems);
	addrmap_finish(&sm->owners);
	for (p = &vm_state.storage_maps; *p != sm; p = &(*p)->next)
		;
	*p = sm->next;
}

void *storage_get(struct map *map, u64 owner, const void *init, u64 flags)
{
	struct storage_map *sm = to_storage(map);
	struct selem *se;

	if ((flags & ~(u64)BPF_LOCAL_STORAGE_GET_F_CREATE) || !owner)
		return NULL;
	se = addrmap_get(&sm->owners, owner);
	if (se)
		return se->value;
	if (!(flags & BPF_LOCAL_STORAGE_GET_F_CREATE) || vm_lacks_memory())
		return NULL;
	se = selem_new(sm, owner);
	if (se && init)
		map_copy_value(map, se->value, init, false);
	return se ? se->value : NULL;
}

int storage_delete(struct map *map, u64 owner)
{
	struct selem *se = addrmap_get(&to_storage(map)->owners, owner);

	if (!se)
		return -ENOENT;
	selem_free(to_storage(map), se);
	return 0;
}

void local_storage_owner_free(u64 owner)
{
	struct storage_map *sm;

	for (sm = vm_state.storage_maps; sm; sm = sm->next)
		storage_delete(&sm->map, owner);
}

/* --- user space: the key is a pidfd or a descriptor of a cgroup --- */

static int owner_of_key(const struct map *map, const void *key, u64 *owner)
{
	const bool task = map->type == BPF_MAP_TYPE_TASK_STORAGE;
	u64 nr;
	int err = handle_nr((s32)load_u32(key), task ? OBJ_TASK : OBJ_CGROUP, &nr);

	if (err)
		return err;
	*owner = ENV->storage_owner(map->type, nr);
	return *owner ? 0 : -ENOENT;
}

static int storage_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	void *src;
	u64 owner;
	int err = owner_of_key(map, key, &owner);

	if (err)
		return err;
	src = storage_get(map, owner, NULL, 0);
	if (!src)
		return -ENOENT;
	map_copy_value_out(map, value, src, flags & BPF_F_LOCK);
	return 0;
}

/* bpf_local_storage_update() */
static int storage_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct storage_map *sm = to_storage(map);
	const u64 presence = flags & ~(u64)BPF_F_LOCK;
	struct selem *se;
	u64 owner;
	int err = owner_of_key(map, key, &owner);

	if (!err)
		err = map_update_flags_ok(map, flags);
	if (err)
		return err;
	se = addrmap_get(&sm->owners, owner);
	if (se && presence == BPF_NOEXIST)
		return -EEXIST;
	if (!se && presence == BPF_EXIST)
		return -ENOENT;
	if (!se)
		se = selem_new(sm, owner);
	if (!se)
		return -ENOMEM;
	map_copy_value(map, se->value, value, flags & BPF_F_LOCK);
	return 0;
}

static int storage_user_delete(struct map *map, const void *key)
{
	u64 owner;
	int err = owner_of_key(map, key, &owner);

	return err ? err : storage_delete(map, owner);
}

static int no_next_key(struct map *map, const void *key, void *next)
{
	return -ENOTSUPP;
}

#define STORAGE_COMMON                                                                \
	.size = sizeof(struct storage_map), .alloc_check = storage_alloc_check,       \
	.alloc = storage_alloc, .free = storage_free, .check_btf = storage_check_btf, \
	.get_next_key = no_next_key, .user_lookup = storage_user_lookup,              \
	.user_update = storage_user_update, .user_delete = storage_user_delete,       \
	.meta_equal = map_meta_equal

const struct map_ops task_storage_map_ops = {
	.type = BPF_MAP_TYPE_TASK_STORAGE,
	STORAGE_COMMON,
};

const struct map_ops cgrp_storage_map_ops = {
	.type = BPF_MAP_TYPE_CGRP_STORAGE,
	STORAGE_COMMON,
};
