// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_hash.c - HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH, HASH_OF_MAPS. Facts:
 * kernel/bpf/hashtab.c.
 *
 * As in the kernel, updating an existing element of HASH and LRU_HASH puts a new
 * element in its place (a pointer to the old value goes stale), while per-CPU
 * values are overwritten where they are.
 *
 * LRU: a queue with second chance. The kernel keeps per-CPU free lists and evicts
 * up to 128 elements before a map is full; here exactly one goes when there is no
 * room, the least recently used by the reference bits. BPF_F_NO_COMMON_LRU is
 * accepted and means the same.
 */
#include <errno.h>
#include "abi/profile.h"
#include "bpf/env.h"
#include "bpf/htab.h"
#include "bpf/map_kinds.h"
#include "bpf/record.h"
#include "bpf/vm.h"

#define HASH_FLAGS                                                                     \
	(BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | MAP_ACCESS_MASK | \
	 BPF_F_ZERO_SEED)
#define BUCKETS_MAX (1u << 20) /* a walk passes them all, and max_entries may be any number */
#define HASH_ENTRIES_MAX (1u << 31)

struct hash_map {
	struct map map;
	struct htab h;
	struct helem *oldest, *newest; /* LRU */
};

static struct hash_map *to_hash(struct map *map)
{
	return container_of(map, struct hash_map, map);
}

static bool is_lru(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_LRU_HASH || map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* --- creation --- */

int hash_alloc_check(const union bpf_attr *attr)
{
	const bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH ||
			    attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	const bool lru = attr->map_type == BPF_MAP_TYPE_LRU_HASH ||
			 attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	const u32 flags = attr->map_flags;

	if ((flags & ~HASH_FLAGS) || !map_access_flags_ok(flags))
		return -EINVAL;
	if (!lru && (flags & BPF_F_NO_COMMON_LRU))
		return -EINVAL;
	if (lru && (flags & BPF_F_NO_PREALLOC))
		return -ENOTSUPP;
	if ((flags & BPF_F_NUMA_NODE) && attr->numa_node != UINT32_MAX &&
	    (percpu || (flags & BPF_F_NO_COMMON_LRU)))
		return -EINVAL;
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return -EINVAL;
	/* 64: the kernel's element header, which has to fit as well */
	if ((u64)attr->key_size + attr->value_size >= MAP_VALUE_MAX - 64)
		return -E2BIG;
	return percpu && ALIGN_UP(attr->value_size, 8u) > MAP_PERCPU_UNIT_MAX ? -E2BIG : 0;
}

static u32 roundup_pow2(u32 n)
{
	return n <= 1 ? 1 : 1u << (32 - __builtin_clz(n - 1));
}

static int hash_alloc(struct map *map, const union bpf_attr *attr)
{
	u32 value_bytes = map_value_stride(map);

	if (map->max_entries > HASH_ENTRIES_MAX)
		return -E2BIG;
	if (map->ops->percpu)
		value_bytes *= ENV->nr_cpus;
	return htab_init(&to_hash(map)->h, roundup_pow2(min(map->max_entries, BUCKETS_MAX)),
			 map->key_size, value_bytes);
}

static int hash_check_btf(const struct map *map, bool keyless)
{
	return keyless ? -EINVAL : 0;
}

/* --- elements --- */

static u32 nr_values(const struct map *map)
{
	return map->ops->percpu ? ENV->nr_cpus : 1;
}

static void free_values(struct hash_map *hm, struct helem *e)
{
	u8 *value = helem_value(&hm->h, e);
	u32 i;

	if (!hm->map.record)
		return;
	for (i = 0; i < nr_values(&hm->map); i++)
		map_free_fields(&hm->map, value + i * map_value_stride(&hm->map));
}

static void lru_unlink(struct hash_map *hm, struct helem *e)
{
	*(e->older ? &e->older->newer : &hm->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &hm->newest) = e->older;
}

static void lru_append(struct hash_map *hm, struct helem *e)
{
	e->older = hm->newest;
	e->newer = NULL;
	*(hm->newest ? &hm->newest->newer : &hm->oldest) = e;
	hm->newest = e;
}

static void remove_elem(struct hash_map *hm, struct helem *e)
{
	htab_unlink(&hm->h, e);
	if (is_lru(&hm->map))
		lru_unlink(hm, e);
	free_values(hm, e);
	htab_free(&hm->h, e);
}

static void lru_evict(struct hash_map *hm)
{
	struct helem *e;
	u32 n = 0;

	for (; (e = hm->oldest)->ref; n++) {
		e->ref = false;
		lru_unlink(hm, e);
		lru_append(hm, e);
	}
	vm_passed(n);
	remove_elem(hm, e);
}

static void hash_free(struct map *map)
{
	struct hash_map *hm = to_hash(map);

	for (u32 i = 0; i <= hm->h.mask; i++)
		while (hm->h.buckets[i])
			remove_elem(hm, hm->h.buckets[i]);
	htab_finish(&hm->h);
}

static void hash_release_uref(struct map *map)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e;
	u32 i;

	if (!record_has(map->record, FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK))
		return;
	for (i = 0; i <= hm->h.mask; i++)
		for (e = hm->h.buckets[i]; e; e = e->next)
			map_cancel_fields(map, helem_value(&hm->h, e));
}

static struct helem *find(struct hash_map *hm, const void *key)
{
	return htab_find(&hm->h, key, htab_hash(key, hm->h.key_size));
}

static void *hash_lookup(struct map *map, const void *key)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	return e ? helem_value(&hm->h, e) : NULL;
}

static void *lru_lookup(struct map *map, const void *key)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return NULL;
	e->ref = true;
	return helem_value(&hm->h, e);
}

static void *percpu_lookup(struct map *map, const void *key, u32 cpu)
{
	u8 *value = lru_lookup(map, key);

	return value ? value + cpu * map_value_stride(map) : NULL;
}

static void *this_cpu_lookup(struct map *map, const void *key)
{
	return percpu_lookup(map, key, ENV->cpu());
}

/* check_flags() */
static int check_presence(const struct helem *old, u64 flags)
{
	if (old && (flags & ~(u64)BPF_F_LOCK) == BPF_NOEXIST)
		return -EEXIST;
	if (!old && (flags & ~(u64)BPF_F_LOCK) == BPF_EXIST)
		return -ENOENT;
	return 0;
}

/* A new element in the table; the caller has seen to room and flags. */
static struct helem *insert(struct hash_map *hm, const void *key, u32 hash)
{
	struct helem *e = htab_alloc(&hm->h, key, hash);
	u32 i;

	if (!e)
		return NULL;
	for (i = 0; hm->map.record && i < nr_values(&hm->map); i++)
		record_init_fields(hm->map.record,
				   (u8 *)helem_value(&hm->h, e) + i * map_value_stride(&hm->map));
	htab_link(&hm->h, e);
	if (is_lru(&hm->map))
		lru_append(hm, e);
	return e;
}

static int hash_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	u32 hash = htab_hash(key, map->key_size);
	struct helem *old, *new;
	int err = map_update_flags_ok(map, flags);

	if (err)
		return err;
	old = htab_find(&hm->h, key, hash);
	err = check_presence(old, flags);
	if (err)
		return err;
	if (old && (flags & BPF_F_LOCK)) {
		map_copy_value(map, helem_value(&hm->h, old), value, true);
		return 0;
	}
	if (!old && (hm->h.count >= map->max_entries || vm_lacks_memory()))
		return -E2BIG;
	new = insert(hm, key, hash);
	if (!new)
		return -ENOMEM;
	map_copy_value(map, helem_value(&hm->h, new), value, false);
	if (old)
		remove_elem(hm, old);
	return 0;
}

/* htab_lru_map_update_elem(): room is made before the key is looked for */
static int lru_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	u32 hash = htab_hash(key, map->key_size);
	struct helem *old, *new;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (hm->h.count >= map->max_entries)
		lru_evict(hm);
	old = htab_find(&hm->h, key, hash);
	err = check_presence(old, flags);
	if (err)
		return err;
	new = insert(hm, key, hash);
	if (!new)
		return -ENOMEM;
	map_copy_value(map, helem_value(&hm->h, new), value, false);
	new->ref = old;
	if (old)
		remove_elem(hm, old);
	return 0;
}

/* The element to write per-CPU values into, made if need be. */
static int percpu_elem(struct hash_map *hm, const void *key, u64 flags, struct helem **out)
{
	u32 hash = htab_hash(key, hm->h.key_size);
	struct map *map = &hm->map;
	int err;

	if (is_lru(map) && flags != BPF_EXIST && hm->h.count >= map->max_entries &&
	    !htab_find(&hm->h, key, hash))
		lru_evict(hm);
	*out = htab_find(&hm->h, key, hash);
	err = check_presence(*out, flags);
	if (err)
		return err;
	if (*out) {
		(*out)->ref = true;
		return 0;
	}
	if (hm->h.count >= map->max_entries)
		return -E2BIG;
	*out = insert(hm, key, hash);
	return *out ? 0 : -ENOMEM;
}

/* pcpu_copy_value(): what special fields held is gone afterwards */
static void percpu_write(struct map *map, void *dst, const void *value)
{
	map_copy_value(map, dst, value, false);
	map_free_fields(map, dst);
}

static int percpu_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	err = percpu_elem(hm, key, flags, &e);
	if (err)
		return err;
	percpu_write(map, (u8 *)helem_value(&hm->h, e) + ENV->cpu() * map_value_stride(map), value);
	return 0;
}

static int hash_delete(struct map *map, const void *key)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return -ENOENT;
	remove_elem(hm, e);
	return 0;
}

static int hash_get_next_key(struct map *map, const void *key, void *next)
{
	struct helem *e = htab_after(&to_hash(map)->h, key);

	if (!e)
		return -ENOENT;
	memcpy(next, e->key, map->key_size);
	return 0;
}

static u64 hash_count(const struct map *map)
{
	return container_of((struct map *)map, struct hash_map, map)->h.count;
}

static s64 each_in_bucket(struct hash_map *hm, struct vm *vm, u32 i, u64 callback, u64 ctx,
			  bool *stop)
{
	const u32 cpu = hm->map.ops->percpu ? ENV->cpu() : 0;
	struct helem *e, *next;
	s64 nr = 0;

	for (e = hm->h.buckets[i]; e && !*stop; e = next) {
		next = e->next;
		nr++;
		*stop = map_call_each(&hm->map, vm, callback, e->key,
				      (u8 *)helem_value(&hm->h, e) +
					      cpu * map_value_stride(&hm->map),
				      ctx) ||
			vm->dead;
	}
	return nr;
}

static s64 hash_for_each(struct map *map, struct vm *vm, u64 callback, u64 ctx, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	bool stop = false;
	s64 nr = 0;
	u32 i;

	if (flags)
		return -EINVAL;
	htab_walk_begin(&hm->h);
	for (i = 0; i <= hm->h.mask && !stop; i++)
		nr += each_in_bucket(hm, vm, i, callback, ctx, &stop);
	htab_walk_end(&hm->h);
	vm_work(vm, i * sizeof(*hm->h.buckets)); /* most of them may be empty */
	return nr;
}

/* --- user space --- */

static void copy_out(struct hash_map *hm, struct helem *e, u8 *dst, u64 flags)
{
	const u32 stride = map_value_stride(&hm->map);
	u8 *value = helem_value(&hm->h, e);
	u32 cpu;

	if (!hm->map.ops->percpu) {
		map_copy_value_out(&hm->map, dst, value, flags & BPF_F_LOCK);
		return;
	}
	if (flags & BPF_F_CPU) {
		map_copy_value_out(&hm->map, dst, value + (flags >> 32) * stride, false);
		return;
	}
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++) {
		memset(dst + cpu * stride, 0, stride);
		map_copy_value_out(&hm->map, dst + cpu * stride, value + cpu * stride, false);
	}
}

/* Does not set the reference bit: a walk of user space must not keep all alive. */
static int hash_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return -ENOENT;
	copy_out(hm, e, value, flags);
	return 0;
}

static int hash_user_lookup_delete(struct map *map, const void *key, void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return -ENOENT;
	copy_out(hm, e, value, flags);
	remove_elem(hm, e);
	return 0;
}

static int percpu_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	const u32 stride = map_value_stride(map);
	struct hash_map *hm = to_hash(map);
	struct helem *e;
	u32 cpu;
	u8 *dst;
	int err;

	if ((flags & BPF_F_LOCK) ||
	    (u32)flags > (K->b.map_cpu_flags ? (u32)BPF_F_ALL_CPUS : (u32)BPF_EXIST))
		return -EINVAL;
	err = percpu_elem(hm, key, flags, &e);
	if (err)
		return err;
	dst = helem_value(&hm->h, e);
	if (flags & BPF_F_CPU) {
		percpu_write(map, dst + (flags >> 32) * stride, value);
		return 0;
	}
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++, dst += stride) {
		percpu_write(map, dst, value);
		if (!(flags & BPF_F_ALL_CPUS))
			value = (const u8 *)value + stride;
	}
	return 0;
}

/* What is in bucket @i, from element @b->done on; the caller has seen to room. */
static int batch_bucket(struct hash_map *hm, struct map_batch *b, u32 i)
{
	struct helem *e, *next;
	int err = 0;

	if (hm->h.buckets[i] && !map_batch_has_memory(b))
		return -EFAULT;
	for (e = hm->h.buckets[i]; e && !err; e = next) {
		u8 *key = b->keys + (size_t)b->done * hm->map.key_size;

		next = e->next;
		memcpy(key, e->key, hm->map.key_size);
		err = hm->map.ops->user_lookup(
			&hm->map, key, b->values + (size_t)b->done++ * b->value_size, b->flags);
		if (b->delete)
			hm->map.ops->delete(&hm->map, key);
	}
	return err;
}

static u32 bucket_elems(const struct hash_map *hm, u32 i)
{
	u32 nr = 0;

	for (const struct helem *e = hm->h.buckets[i]; e; e = e->next)
		nr++;
	return nr;
}

/*
 * __htab_map_lookup_and_delete_batch(): whole buckets only, and the cursor is the
 * number of the next one, 4 bytes whatever the keys are.
 */
static int hash_lookup_batch(struct map *map, struct map_batch *b)
{
	struct hash_map *hm = to_hash(map);
	u32 i = 0;
	int err = 0;

	if (b->in)
		memcpy(&i, b->in, sizeof(i));
	if (i > hm->h.mask)
		return -ENOENT;
	for (; !err && i <= hm->h.mask; i++) {
		u32 nr = bucket_elems(hm, i);

		if (nr > b->max - b->done)
			break;
		err = batch_bucket(hm, b, i);
	}
	if (b->out)
		memcpy(b->out, &i, sizeof(i));
	if (err)
		return err;
	if (i > hm->h.mask)
		return -ENOENT;
	return b->done ? 0 : -ENOSPC;
}

/* --- hash of maps: an element holds a reference on an inner map, in helem.held --- */

static int hom_alloc_check(const union bpf_attr *attr)
{
	return attr->value_size == sizeof(u32) ? hash_alloc_check(attr) : -EINVAL;
}

static int hom_alloc(struct map *map, const union bpf_attr *attr)
{
	int err = map_meta_alloc(attr->inner_map_fd, &map->inner_meta);

	return err ? err : hash_alloc(map, attr);
}

static void hom_remove(struct hash_map *hm, struct helem *e)
{
	struct map *inner = e->held;

	htab_unlink(&hm->h, e);
	htab_free(&hm->h, e);
	map_put(inner);
}

static void hom_free(struct map *map)
{
	struct hash_map *hm = to_hash(map);

	for (u32 i = 0; i <= hm->h.mask; i++)
		while (hm->h.buckets[i])
			hom_remove(hm, hm->h.buckets[i]);
	htab_finish(&hm->h);
}

static void *hom_lookup(struct map *map, const void *key)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	return e ? (void *)(uintptr_t)map_guest_addr(e->held) : NULL;
}

static int hom_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return -ENOENT;
	store_u32(value, map_id(e->held));
	return 0;
}

static int hom_insert(struct hash_map *hm, const void *key, struct map *inner, u64 flags)
{
	u32 hash = htab_hash(key, hm->h.key_size);
	struct helem *e = htab_find(&hm->h, key, hash);
	int err = flags > BPF_EXIST ? -EINVAL : check_presence(e, flags);
	struct map *old = NULL;

	if (err)
		return err;
	if (!e && hm->h.count >= hm->map.max_entries)
		return -E2BIG;
	if (e)
		old = e->held;
	else
		e = insert(hm, key, hash);
	if (!e)
		return -ENOMEM;
	e->held = inner;
	map_put(old);
	return 0;
}

static int hom_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	s32 fd = (s32)load_u32(value);
	struct map *inner = map_from_fd(fd);
	int err;

	if (!inner)
		return object_fd_errno(fd);
	err = map->inner_meta->ops->meta_equal(map->inner_meta, inner) ?
		      hom_insert(to_hash(map), key, inner, flags) :
		      -EINVAL;
	if (err)
		map_put(inner);
	return err;
}

static int hom_delete(struct map *map, const void *key)
{
	struct hash_map *hm = to_hash(map);
	struct helem *e = find(hm, key);

	if (!e)
		return -ENOENT;
	hom_remove(hm, e);
	return 0;
}

/* --- the kinds --- */

#define HASH_COMMON                                                                            \
	.size = sizeof(struct hash_map), .alloc_check = hash_alloc_check, .alloc = hash_alloc, \
	.free = hash_free, .check_btf = hash_check_btf, .release_uref = hash_release_uref,     \
	.delete = hash_delete, .get_next_key = hash_get_next_key, .for_each = hash_for_each,   \
	.count = hash_count, .user_lookup = hash_user_lookup,                                  \
	.user_lookup_delete = hash_user_lookup_delete, .meta_equal = map_meta_equal,           \
	.batch = true, .batch_delete = true, .lookup_batch = hash_lookup_batch

const struct map_ops hash_map_ops = {
	.type = BPF_MAP_TYPE_HASH,
	HASH_COMMON,
	.lookup = hash_lookup,
	.update = hash_update,
};

const struct map_ops percpu_hash_map_ops = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
	HASH_COMMON,
	.lookup = this_cpu_lookup,
	.lookup_percpu = percpu_lookup,
	.update = percpu_update,
	.user_update = percpu_user_update,
	.percpu = true,
};

const struct map_ops lru_hash_map_ops = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	HASH_COMMON,
	.lookup = lru_lookup,
	.update = lru_update,
};

const struct map_ops lru_percpu_hash_map_ops = {
	.type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	HASH_COMMON,
	.lookup = this_cpu_lookup,
	.lookup_percpu = percpu_lookup,
	.update = percpu_update,
	.user_update = percpu_user_update,
	.percpu = true,
};

const struct map_ops hash_of_maps_ops = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS,
	.size = sizeof(struct hash_map),
	.alloc_check = hom_alloc_check,
	.alloc = hom_alloc,
	.free = hom_free,
	.check_btf = map_refuse_btf,
	.lookup = hom_lookup,
	.delete = hom_delete,
	.get_next_key = hash_get_next_key,
	.user_lookup = hom_user_lookup,
	.user_update = hom_user_update,
	.fd_map = true,
	.batch = true,
	.batch_delete = true,
	.lookup_batch = hash_lookup_batch,
};
