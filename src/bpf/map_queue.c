// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_queue.c - QUEUE, STACK and BLOOM_FILTER: maps without keys. Facts:
 * kernel/bpf/queue_stack_maps.c, bloom_filter.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/htab.h"
#include "bpf/map_kinds.h"
#include "bpf/vm.h"

#define QUEUE_FLAGS (BPF_F_NUMA_NODE | MAP_ACCESS_MASK)
#define BLOOM_FLAGS (BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | MAP_ACCESS_MASK)
#define BLOOM_HASHES_DFL 5

/* --- what they refuse --- */

static void *no_lookup(struct map *map, const void *key)
{
	return NULL;
}

static int invalid_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return -EINVAL;
}

static int invalid_delete(struct map *map, const void *key)
{
	return -EINVAL;
}

static int invalid_next_key(struct map *map, const void *key, void *next)
{
	return -EINVAL;
}

int map_no_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return -EOPNOTSUPP;
}

int map_no_delete(struct map *map, const void *key)
{
	return -EOPNOTSUPP;
}

int map_no_get_next_key(struct map *map, const void *key, void *next)
{
	return -EOPNOTSUPP;
}

/* --- queue and stack: a ring, filled at @first + @nr --- */

struct queue_map {
	struct map map;
	u8 *values; /* host memory: guests copy in and out */
	u32 first, nr;
};

static struct queue_map *to_queue(struct map *map)
{
	return container_of(map, struct queue_map, map);
}

static int queue_alloc_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size || !attr->value_size ||
	    (attr->map_flags & ~QUEUE_FLAGS) || !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	if (attr->value_size > MAP_VALUE_MAX || attr->max_entries >= UINT32_MAX / attr->value_size)
		return -E2BIG;
	return 0;
}

static int queue_alloc(struct map *map, const union bpf_attr *attr)
{
	to_queue(map)->values = map_area(map->max_entries, map->value_size);
	return to_queue(map)->values ? 0 : -ENOMEM;
}

static void queue_free(struct map *map)
{
	map_area_free(to_queue(map)->values);
}

/* the @i-th oldest */
static u8 *queue_slot(struct queue_map *q, u32 i)
{
	u64 at = ((u64)q->first + i) % q->map.max_entries;

	return q->values + at * q->map.value_size;
}

static void drop_oldest(struct queue_map *q)
{
	q->first = (q->first + 1) % q->map.max_entries;
	q->nr--;
}

static int queue_push(struct map *map, const void *value, u64 flags)
{
	struct queue_map *q = to_queue(map);

	if ((flags & BPF_NOEXIST) || flags > BPF_EXIST)
		return -EINVAL;
	if (q->nr == map->max_entries || vm_lacks_memory()) {
		if (!(flags & BPF_EXIST))
			return -E2BIG;
		drop_oldest(q);
	}
	memcpy(queue_slot(q, q->nr++), value, map->value_size);
	return 0;
}

static int read_slot(struct queue_map *q, u32 i, void *value)
{
	if (!q->nr) {
		memset(value, 0, q->map.value_size);
		return -ENOENT;
	}
	memcpy(value, queue_slot(q, i), q->map.value_size);
	return 0;
}

static int queue_peek(struct map *map, void *value)
{
	return read_slot(to_queue(map), 0, value);
}

static int queue_pop(struct map *map, void *value)
{
	int err = queue_peek(map, value);

	if (!err)
		drop_oldest(to_queue(map));
	return err;
}

static int stack_peek(struct map *map, void *value)
{
	return read_slot(to_queue(map), to_queue(map)->nr - 1, value);
}

static int stack_pop(struct map *map, void *value)
{
	int err = stack_peek(map, value);

	if (!err)
		to_queue(map)->nr--;
	return err;
}

#define QUEUE_COMMON                                                                              \
	.size = sizeof(struct queue_map), .alloc_check = queue_alloc_check, .alloc = queue_alloc, \
	.free = queue_free, .lookup = no_lookup, .update = invalid_update,                        \
	.delete = invalid_delete, .get_next_key = invalid_next_key, .push = queue_push,           \
	.meta_equal = map_meta_equal

const struct map_ops queue_map_ops = {
	.type = BPF_MAP_TYPE_QUEUE,
	QUEUE_COMMON,
	.pop = queue_pop,
	.peek = queue_peek,
};

const struct map_ops stack_map_ops = {
	.type = BPF_MAP_TYPE_STACK,
	QUEUE_COMMON,
	.pop = stack_pop,
	.peek = stack_peek,
};

/* --- bloom filter: peek answers "never pushed" (-ENOENT) or "perhaps" (0) --- */

struct bloom_map {
	struct map map;
	u64 *bits;
	u32 mask, nr_hashes;
};

static struct bloom_map *to_bloom(struct map *map)
{
	return container_of(map, struct bloom_map, map);
}

static int bloom_alloc_check(const union bpf_attr *attr)
{
	if (attr->value_size > MAP_VALUE_MAX)
		return -E2BIG;
	if (attr->key_size || !attr->value_size || !attr->max_entries ||
	    (attr->map_flags & ~BLOOM_FLAGS) || !map_access_flags_ok(attr->map_flags) ||
	    (attr->map_extra & ~0xfULL))
		return -EINVAL;
	return 0;
}

/* n * k / ln 2 bits, with 7/5 for 1/ln 2, rounded up to a power of two; at most 2^32 */
static u32 bloom_mask(u32 entries, u32 nr_hashes)
{
	u64 bits = (u64)entries * nr_hashes;

	if (bits > UINT32_MAX || bits / 5 * 7 > 1u << 31)
		return UINT32_MAX;
	bits = max(bits / 5 * 7, 64ULL);
	return (u32)((1ULL << (64 - __builtin_clzll(bits - 1))) - 1);
}

static int bloom_alloc(struct map *map, const union bpf_attr *attr)
{
	struct bloom_map *b = to_bloom(map);

	b->nr_hashes = attr->map_extra ? attr->map_extra : BLOOM_HASHES_DFL;
	b->mask = bloom_mask(attr->max_entries, b->nr_hashes);
	b->bits = map_area(((u64)b->mask + 1) / 64, sizeof(*b->bits));
	return b->bits ? 0 : -ENOMEM;
}

static void bloom_free(struct map *map)
{
	map_area_free(to_bloom(map)->bits);
}

static int bloom_check_btf(const struct map *map, bool keyless)
{
	return keyless ? 0 : -EINVAL;
}

static u32 bloom_bit(const struct bloom_map *b, const void *value, u32 i)
{
	return htab_mix(htab_hash(value, b->map.value_size), i + 1) & b->mask;
}

static int bloom_push(struct map *map, const void *value, u64 flags)
{
	struct bloom_map *b = to_bloom(map);
	u32 i, bit;

	if (flags != BPF_ANY)
		return -EINVAL;
	for (i = 0; i < b->nr_hashes; i++) {
		bit = bloom_bit(b, value, i);
		b->bits[bit / 64] |= 1ULL << (bit % 64);
	}
	return 0;
}

static int bloom_peek(struct map *map, void *value)
{
	struct bloom_map *b = to_bloom(map);
	u32 i, bit;

	for (i = 0; i < b->nr_hashes; i++) {
		bit = bloom_bit(b, value, i);
		if (!(b->bits[bit / 64] >> (bit % 64) & 1))
			return -ENOENT;
	}
	return 0;
}

static int bloom_pop(struct map *map, void *value)
{
	return -EOPNOTSUPP;
}

const struct map_ops bloom_filter_map_ops = {
	.type = BPF_MAP_TYPE_BLOOM_FILTER,
	.size = sizeof(struct bloom_map),
	.alloc_check = bloom_alloc_check,
	.alloc = bloom_alloc,
	.free = bloom_free,
	.check_btf = bloom_check_btf,
	.lookup = no_lookup,
	.update = invalid_update,
	.delete = map_no_delete,
	.get_next_key = map_no_get_next_key,
	.push = bloom_push,
	.pop = bloom_pop,
	.peek = bloom_peek,
	.meta_equal = map_meta_equal,
};
