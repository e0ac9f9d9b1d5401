// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_fds.c - arrays of what user space names by descriptor: ARRAY_OF_MAPS,
 * PROG_ARRAY, PERF_EVENT_ARRAY. Facts: kernel/bpf/arraymap.c (fd_array_map_*).
 */
#include <errno.h>
#include <stdlib.h>
#include "bpf/map_kinds.h"
#include "bpf/perf_array.h"
#include "bpf/prog.h"

/* Slots hold a reference each, on what @put knows how to release. */
struct fd_array {
	struct map map;
	void **slots;
	void (*put)(void *ptr);
};

static struct fd_array *to_fds(struct map *map)
{
	return container_of(map, struct fd_array, map);
}

static int fds_alloc_check(const union bpf_attr *attr)
{
	if (attr->value_size != sizeof(u32))
		return -EINVAL;
	if (attr->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EINVAL;
	return array_alloc_check(attr);
}

static int fds_alloc(struct map *map, void (*put)(void *))
{
	to_fds(map)->put = put;
	to_fds(map)->slots = map_area(map->max_entries, sizeof(void *));
	return to_fds(map)->slots ? 0 : -ENOMEM;
}

static void fds_clear(struct map *map)
{
	struct fd_array *fa = to_fds(map);
	void *old;
	u32 i;

	for (i = 0; i < map->max_entries; i++) {
		old = fa->slots[i];
		fa->slots[i] = NULL;
		if (old)
			fa->put(old);
	}
}

static void fds_free(struct map *map)
{
	fds_clear(map);
	map_area_free(to_fds(map)->slots);
}

static void *fds_slot(struct map *map, u32 i)
{
	return i < map->max_entries ? to_fds(map)->slots[i] : NULL;
}

static void *no_lookup(struct map *map, const void *key)
{
	return NULL;
}

/* bpf_fd_array_map_update_elem(): @get turns the descriptor into a reference */
static int fds_update(struct map *map, const void *key, const void *value, u64 flags,
		      int (*get)(struct map *map, int fd, void **out))
{
	u32 i = load_u32(key);
	void **slots = to_fds(map)->slots, *old, *new = NULL;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (i >= map->max_entries)
		return -E2BIG;
	err = get(map, (s32)load_u32(value), &new);
	if (err)
		return err;
	old = slots[i];
	slots[i] = new;
	if (old)
		to_fds(map)->put(old);
	return 0;
}

static int fds_delete(struct map *map, const void *key)
{
	u32 i = load_u32(key);
	void **slots = to_fds(map)->slots, *old;

	if (i >= map->max_entries)
		return -E2BIG;
	old = slots[i];
	if (!old)
		return -ENOENT;
	slots[i] = NULL;
	to_fds(map)->put(old);
	return 0;
}

static int no_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	return -ENOTSUPP;
}

/* --- array of maps --- */

static void put_map(void *ptr)
{
	map_put(ptr);
}

static int maps_alloc(struct map *map, const union bpf_attr *attr)
{
	int err = map_meta_alloc(attr->inner_map_fd, &map->inner_meta);

	return err ? err : fds_alloc(map, put_map);
}

static int get_map(struct map *map, int fd, void **out)
{
	struct map *inner = map_from_fd(fd);

	if (!inner)
		return object_fd_errno(fd);
	if (!map->inner_meta->ops->meta_equal(map->inner_meta, inner)) {
		map_put(inner);
		return -EINVAL;
	}
	*out = inner;
	return 0;
}

/* Guests get the inner map itself, as a map pointer. */
static void *maps_lookup(struct map *map, const void *key)
{
	struct map *inner = fds_slot(map, load_u32(key));

	return inner ? (void *)(uintptr_t)map_guest_addr(inner) : NULL;
}

static int maps_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct map *inner = fds_slot(map, load_u32(key));

	if (!inner)
		return -ENOENT;
	store_u32(value, map_id(inner));
	return 0;
}

static int maps_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return fds_update(map, key, value, flags, get_map);
}

/* --- program array --- */

static void put_prog(void *ptr)
{
	prog_put(ptr);
}

static int progs_alloc(struct map *map, const union bpf_attr *attr)
{
	return fds_alloc(map, put_prog);
}

/* bpf_prog_map_compatible(): all programs of one type; the first one decides */
static bool same_type(struct map *map, const struct prog *prog)
{
	const struct prog *other;
	u32 i;

	for (i = 0; i < map->max_entries; i++) {
		other = fds_slot(map, i);
		if (other)
			return prog_type(other) == prog_type(prog);
	}
	return true;
}

static int get_prog(struct map *map, int fd, void **out)
{
	struct prog *prog = prog_from_fd(fd);

	if (!prog)
		return object_fd_errno(fd);
	if (prog_type(prog) == BPF_PROG_TYPE_EXT || !same_type(map, prog)) {
		prog_put(prog);
		return -EINVAL;
	}
	*out = prog;
	return 0;
}

struct prog *map_prog_array_get(struct map *map, u32 index)
{
	return map->type == BPF_MAP_TYPE_PROG_ARRAY ? fds_slot(map, index) : NULL;
}

static int progs_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct prog *prog = fds_slot(map, load_u32(key));

	if (!prog)
		return -ENOENT;
	store_u32(value, prog_id(prog));
	return 0;
}

static int progs_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return fds_update(map, key, value, flags, get_prog);
}

/* --- perf event array --- */

static void put_object(void *ptr)
{
	object_put(ptr);
}

static int perf_alloc(struct map *map, const union bpf_attr *attr)
{
	return fds_alloc(map, put_object);
}

static int get_perf(struct map *map, int fd, void **out)
{
	*out = object_from_fd(fd, OBJ_PERF);
	return *out ? 0 : object_fd_errno(fd);
}

struct object *perf_array_get(struct map *map, u32 index)
{
	return map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY ? fds_slot(map, index) : NULL;
}

static int perf_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return fds_update(map, key, value, flags, get_perf);
}

/* perf_event_fd_array_release(): without BPF_F_PRESERVE_ELEMS the events go with the descriptor */
static void perf_release_uref(struct map *map)
{
	if (!(map->flags & BPF_F_PRESERVE_ELEMS))
		fds_clear(map);
}

#define FDS_COMMON                                                                         \
	.size = sizeof(struct fd_array), .alloc_check = fds_alloc_check, .free = fds_free, \
	.delete = fds_delete, .get_next_key = array_get_next_key, .fd_map = true

const struct map_ops array_of_maps_ops = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	FDS_COMMON,
	.alloc = maps_alloc,
	.check_btf = map_refuse_btf,
	.lookup = maps_lookup,
	.user_lookup = maps_user_lookup,
	.user_update = maps_update,
	.batch = true,
};

const struct map_ops prog_array_map_ops = {
	.type = BPF_MAP_TYPE_PROG_ARRAY,
	FDS_COMMON,
	.alloc = progs_alloc,
	.lookup = no_lookup,
	.user_lookup = progs_user_lookup,
	.user_update = progs_update,
	.release_uref = fds_clear,
};

const struct map_ops perf_event_array_map_ops = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	FDS_COMMON,
	.alloc = perf_alloc,
	.check_btf = map_refuse_btf,
	.lookup = no_lookup,
	.user_lookup = no_user_lookup,
	.user_update = perf_update,
	.release_uref = perf_release_uref,
	.meta_equal = map_meta_equal,
};
