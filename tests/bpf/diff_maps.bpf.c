/* SPDX-License-Identifier: GPL-2.0-only */
/* diff_maps.bpf.c - map helpers on every kind of map that programs may use. */
#include "diff.h"

#define MAP(name, kind, entries) \
	struct { \
		__uint(type, kind); \
		__uint(max_entries, entries); \
		__type(key, u32); \
		__type(value, u64); \
	} name SEC(".maps")

#define KEYLESS(name, kind, entries) \
	struct { \
		__uint(type, kind); \
		__uint(max_entries, entries); \
		__type(value, u64); \
	} name SEC(".maps")

MAP(array, BPF_MAP_TYPE_ARRAY, 4);
MAP(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, 4);
MAP(hash, BPF_MAP_TYPE_HASH, 4);
MAP(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, 4);
MAP(lru_hash, BPF_MAP_TYPE_LRU_HASH, 4);
MAP(lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH, 4);
KEYLESS(queue, BPF_MAP_TYPE_QUEUE, 4);
KEYLESS(stack, BPF_MAP_TYPE_STACK, 4);
KEYLESS(bloom, BPF_MAP_TYPE_BLOOM_FILTER, 4);

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} array_of_maps SEC(".maps") = { .values = { [1] = &inner_a, [3] = &inner_b } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} hash_of_maps SEC(".maps") = { .values = { [2] = &inner_a } };

/* The value at @key plus 1, 0: none. */
static __always_inline u64 get(void *map, u32 key)
{
	u64 *v = bpf_map_lookup_elem(map, &key);

	return v ? *v + 1 : 0;
}

static __always_inline long set(void *map, u32 key, u64 v, u64 flags)
{
	return bpf_map_update_elem(map, &key, &v, flags);
}

static __always_inline long del(void *map, u32 key)
{
	return bpf_map_delete_elem(map, &key);
}

/* All that may be done with a map of keys, at its edges. */
#define KEYED_TEST(map) \
	TEST(test_##map) \
	{ \
		OUT(0) = get(&map, 1); \
		OUT(1) = set(&map, 1, 10, BPF_EXIST); \
		OUT(2) = set(&map, 1, 11, BPF_NOEXIST); \
		OUT(3) = set(&map, 1, 12, BPF_NOEXIST); \
		OUT(4) = set(&map, 1, 13, BPF_ANY); \
		OUT(5) = get(&map, 1); \
		OUT(6) = set(&map, 1, 14, 3); \
		OUT(7) = set(&map, 1, 15, BPF_F_LOCK); \
		OUT(8) = set(&map, 1, 16, 8); \
		OUT(9) = set(&map, 1, 16, 1ULL << 32); \
		OUT(10) = get(&map, 4); \
		OUT(11) = set(&map, 4, 17, 0); \
		OUT(12) = set(&map, 4, 17, BPF_EXIST); \
		OUT(13) = set(&map, 0xffffffff, 17, 0); \
		OUT(14) = del(&map, 4); \
		OUT(15) = del(&map, 4); \
		OUT(16) = del(&map, 99); \
		OUT(17) = get(&map, 1); \
		return 0; \
	}

KEYED_TEST(array)
KEYED_TEST(percpu_array)
KEYED_TEST(hash)
KEYED_TEST(percpu_hash)
KEYED_TEST(lru_hash)
KEYED_TEST(lru_percpu_hash)

#define FULL_TEST(map) \
	TEST(full_##map) \
	{ \
		for (u32 i = 0; i < 6; i++) \
			OUT(i & 7) = set(&map, i, i, 0); \
		for (u32 i = 0; i < 6; i++) \
			OUT(8 + (i & 7)) = get(&map, i); \
		OUT(16) = set(&map, 2, 7, 0); \
		OUT(17) = del(&map, 3); \
		OUT(18) = set(&map, 5, 7, 0); \
		OUT(19) = get(&map, 5); \
		return 0; \
	}

FULL_TEST(hash)
FULL_TEST(percpu_hash)

#define KEYLESS_TEST(map) \
	TEST(test_##map) \
	{ \
		u64 v = 77; \
\
		OUT(0) = bpf_map_peek_elem(&map, &v); \
		OUT(1) = v; \
		v = 78; \
		OUT(2) = bpf_map_pop_elem(&map, &v); \
		OUT(3) = v; \
		for (u32 i = 0; i < 6; i++) { \
			v = 100 + i; \
			OUT(4 + (i & 7)) = bpf_map_push_elem(&map, &v, 0); \
		} \
		OUT(10) = bpf_map_push_elem(&map, &v, BPF_NOEXIST); \
		OUT(11) = bpf_map_push_elem(&map, &v, 3); \
		v = 200; \
		OUT(12) = bpf_map_push_elem(&map, &v, BPF_EXIST); \
		OUT(13) = bpf_map_peek_elem(&map, &v); \
		OUT(14) = v; \
		for (u32 i = 0; i < 6; i++) { \
			OUT(16 + 2 * (i & 7)) = bpf_map_pop_elem(&map, &v); \
			OUT(17 + 2 * (i & 7)) = v; \
		} \
		return 0; \
	}

KEYLESS_TEST(queue)
KEYLESS_TEST(stack)

TEST_ATOMIC(test_bloom)
{
	u64 v = 5;

	OUT(0) = bpf_map_peek_elem(&bloom, &v);
	OUT(1) = bpf_map_push_elem(&bloom, &v, 0);
	OUT(2) = bpf_map_peek_elem(&bloom, &v);
	return 0;
}

TEST(bloom_in_a_sleepable_program)
{
	u64 v = 5;

	return bpf_map_peek_elem(&bloom, &v);
}

/* --- for_each --- */

/* global: what is in memory the verifier does not count along with */
struct {
	u64 nr, keys, values, stop_at;
} w;

static long visit(void *map, u32 *key, u64 *value, void *ctx)
{
	w.nr++;
	w.keys += *key;
	w.values += *value;
	*value += 1000;
	return w.nr == w.stop_at;
}

static long visit_and_delete(void *map, u32 *key, u64 *value, void *ctx)
{
	w.nr++;
	w.keys += *key;
	bpf_map_delete_elem(map, key);
	return 0;
}

static __always_inline void begin(u64 stop_at)
{
	w.nr = w.keys = w.values = 0;
	w.stop_at = stop_at;
}

static __always_inline void walk(void *map, u32 at, u64 stop_at)
{
	begin(stop_at);
	OUT(at) = bpf_for_each_map_elem(map, visit, NULL, 0);
	OUT(at + 1) = w.nr;
	OUT(at + 2) = w.keys;
	OUT(at + 3) = w.values;
}

#define WALK_TEST(map) \
	TEST(walk_##map) \
	{ \
		walk(&map, 0, 0); \
		for (u32 i = 0; i < 4; i++) \
			set(&map, i, 10 * i + 1, 0); \
		walk(&map, 4, 0); \
		walk(&map, 8, 0); \
		OUT(12) = bpf_for_each_map_elem(&map, visit, NULL, 1); \
		begin(0); \
		OUT(13) = bpf_for_each_map_elem(&map, visit_and_delete, NULL, 0); \
		OUT(14) = w.nr; \
		OUT(15) = w.keys; \
		walk(&map, 16, 0); \
		return 0; \
	}

WALK_TEST(array)
WALK_TEST(percpu_array)
WALK_TEST(hash)
WALK_TEST(percpu_hash)
WALK_TEST(lru_hash)

TEST(walk_stops)
{
	for (u32 i = 0; i < 4; i++)
		set(&array, i, i, 0);
	walk(&array, 0, 1);
	walk(&array, 4, 3);
	walk(&array, 8, 4);
	for (u32 i = 0; i < 4; i++)
		OUT(12 + (i & 3)) = get(&array, i);
	return 0;
}

/* --- maps of maps --- */

static __always_inline u64 get_inner(void *outer, u32 at, u32 key)
{
	void *map = bpf_map_lookup_elem(outer, &at);

	return map ? get(map, key) + 1 : 0;
}

TEST(inner_maps)
{
	set(&inner_a, 0, 5, 0);
	set(&inner_b, 1, 6, 0);
	OUT(0) = get_inner(&array_of_maps, 0, 0);
	OUT(1) = get_inner(&array_of_maps, 1, 0);
	OUT(2) = get_inner(&array_of_maps, 3, 1);
	OUT(3) = get_inner(&array_of_maps, 3, 2);
	OUT(4) = get_inner(&array_of_maps, 4, 0);
	OUT(5) = get_inner(&hash_of_maps, 2, 0);
	OUT(6) = get_inner(&hash_of_maps, 3, 0);
	return 0;
}

/* --- of other CPUs --- */

TEST(other_cpus)
{
	u32 key = 1, missing = 9;
	u64 *v;

	set(&percpu_array, 1, 42, 0);
	set(&percpu_hash, 1, 43, 0);
	v = bpf_map_lookup_percpu_elem(&percpu_array, &key, bpf_get_smp_processor_id());
	OUT(0) = v ? *v : -1;
	v = bpf_map_lookup_percpu_elem(&percpu_hash, &key, bpf_get_smp_processor_id());
	OUT(1) = v ? *v : -1;
	v = bpf_map_lookup_percpu_elem(&percpu_array, &key, 5000);
	OUT(2) = v ? *v : -1;
	v = bpf_map_lookup_percpu_elem(&percpu_array, &missing, 0);
	OUT(3) = v ? *v : -1;
	v = bpf_map_lookup_percpu_elem(&percpu_hash, &missing, 0);
	OUT(4) = v ? *v : -1;
	return 0;
}

TEST(count_elements)
{
	OUT(0) = bpf_map_sum_elem_count((struct bpf_map *)&hash);
	set(&hash, 1, 1, 0);
	set(&hash, 2, 1, 0);
	set(&hash, 2, 2, 0);
	OUT(1) = bpf_map_sum_elem_count((struct bpf_map *)&hash);
	del(&hash, 1);
	OUT(2) = bpf_map_sum_elem_count((struct bpf_map *)&hash);
	OUT(3) = bpf_map_sum_elem_count((struct bpf_map *)&array);
	set(&percpu_hash, 1, 1, 0);
	OUT(4) = bpf_map_sum_elem_count((struct bpf_map *)&percpu_hash);
	set(&lru_hash, 1, 1, 0);
	OUT(5) = bpf_map_sum_elem_count((struct bpf_map *)&lru_hash);
	return 0;
}
