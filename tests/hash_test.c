// SPDX-License-Identifier: GPL-2.0-only
/*
 * hash_test.c - hash maps: errors, replacement, eviction, iteration order, and the
 * address map and trees that other parts of src/bpf stand on.
 */
#include <stdlib.h>
#include "fake_map.h"
#include "bpf/addrmap.h"
#include "bpf/graph.h"
#include "bpf/htab.h"

#define T(name) BPF_MAP_TYPE_##name

static void update_flags(void **state)
{
	static const u32 types[] = { T(HASH), T(PERCPU_HASH), T(LRU_HASH), T(LRU_PERCPU_HASH) };
	u64 key = 7, value = 1;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct map *map = make_map(types[i], 8, 8, 4, 0);

		assert_null(map_lookup(map, &key));
		assert_int_equal(map_delete(map, &key), -ENOENT);
		assert_int_equal(map_update(map, &key, &value, BPF_EXIST), -ENOENT);
		assert_int_equal(map_update(map, &key, &value, 3), -EINVAL);
		assert_int_equal(map_update(map, &key, &value, BPF_F_LOCK), -EINVAL);
		assert_int_equal(map_update(map, &key, &value, BPF_NOEXIST), 0);
		assert_int_equal(map_update(map, &key, &value, BPF_NOEXIST), -EEXIST);
		assert_int_equal(map_update(map, &key, &value, BPF_EXIST), 0);
		assert_int_equal(*(u64 *)map_lookup(map, &key), 1);
		assert_int_equal(map_delete(map, &key), 0);
		map_put(map);
	}
}

static void full_map(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 3, 0);
	u32 i;

	for (i = 0; i < 3; i++)
		assert_int_equal(map_update(map, &i, &i, 0), 0);
	assert_int_equal(map_update(map, &i, &i, 0), -E2BIG);
	i = 1;
	assert_int_equal(map_update(map, &i, &i, 0), 0); /* replacing is no growth */
	assert_int_equal(map_delete(map, &i), 0);
	i = 9;
	assert_int_equal(map_update(map, &i, &i, 0), 0);
	assert_int_equal(map->ops->count(map), 3);
	map_put(map);
}

/* The old element goes to the free list, the value moves: as the kernel's. */
static void update_replaces_element(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0),
		   *percpu = make_map(T(PERCPU_HASH), 4, 4, 8, 0);
	u32 key = 1, value = 5, *old;

	map_update(map, &key, &value, 0);
	old = map_lookup(map, &key);
	value = 6;
	map_update(map, &key, &value, 0);
	assert_ptr_not_equal(old, map_lookup(map, &key));
	assert_int_equal(*old, 5);
	map_update(percpu, &key, &value, 0);
	old = map_lookup(percpu, &key);
	map_update(percpu, &key, &value, 0);
	assert_ptr_equal(old, map_lookup(percpu, &key));
	map_put(map);
	map_put(percpu);
}

static void lru_evicts_unused(void **state)
{
	struct map *map = make_map(T(LRU_HASH), 4, 4, 4, 0);
	u32 i;

	for (i = 0; i < 4; i++)
		assert_int_equal(map_update(map, &i, &i, 0), 0);
	assert_non_null(map_lookup(map, &(u32){ 0 }));
	assert_non_null(map_lookup(map, &(u32){ 2 }));
	for (i = 4; i < 6; i++)
		assert_int_equal(map_update(map, &i, &i, 0), 0);
	assert_int_equal(map_user_lookup(map, &(u32){ 0 }, &i, 0), 0);
	assert_int_equal(map_user_lookup(map, &(u32){ 2 }, &i, 0), 0);
	assert_int_equal(map_user_lookup(map, &(u32){ 1 }, &i, 0), -ENOENT);
	assert_int_equal(map_user_lookup(map, &(u32){ 3 }, &i, 0), -ENOENT);
	map_put(map);
}

static void percpu_values(void **state)
{
	struct map *map = make_map(T(PERCPU_HASH), 4, 8, 4, BPF_F_NO_PREALLOC);
	u64 value = 100, out[FAKE_CPUS];
	u32 key = 3;

	fake.cpu = 1;
	assert_int_equal(map_update(map, &key, &value, 0), 0);
	assert_int_equal(map_user_lookup(map, &key, out, 0), 0);
	assert_int_equal(out[0] + out[2] + out[3], 0);
	assert_int_equal(out[1], 100);
	out[3] = 300;
	assert_int_equal(map_user_update(map, &key, out, BPF_EXIST), 0);
	assert_int_equal(*(u64 *)map_lookup_percpu(map, &key, 3), 300);
	assert_int_equal(map_user_update(map, &key, &value, BPF_F_CPU | 2ULL << 32), 0);
	assert_int_equal(*(u64 *)map_lookup_percpu(map, &key, 2), 100);
	assert_null(map_lookup_percpu(map, &(u32){ 4 }, 0));
	map_put(map);
}

/* Every key once, in the same order in every run: no address and no seed is in it. */
static void iteration(void **state)
{
	struct map *map = make_map(T(HASH), 8, 4, 1000, 0);
	u64 key, next, sum = 0, order = 0;
	u32 nr = 0, i;

	for (i = 0; i < 1000; i++) {
		key = i * 7919;
		assert_int_equal(map_update(map, &key, &i, 0), 0);
	}
	for (i = 0; !map_user_next_key(map, i ? &key : NULL, &next); i++) {
		key = next;
		sum += key;
		order = order * 31 + key;
		nr++;
	}
	assert_int_equal(nr, 1000);
	assert_int_equal(sum, 7919ULL * 999 * 500);
	assert_int_equal(order, 0x0fc83f3a9e813652);
	map_put(map);
}

/* Against a plain array, with keys of awkward sizes. */
static void random_operations(void **state)
{
	static const u32 sizes[] = { 1, 3, 4, 8, 12, 17 };
	u8 present[256], key[32] = { 0 };
	u32 i, s, seed = 1, value;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct map *map = make_map(T(HASH), sizes[s], 4, 256, 0);

		memset(present, 0, sizeof(present));
		for (i = 0; i < 20000; i++) {
			seed = seed * 1103515245 + 12345;
			key[sizes[s] - 1] = seed >> 16;
			value = seed >> 16 & 0xff;
			switch (seed >> 8 & 3) {
			case 0:
				assert_int_equal(map_update(map, key, &value, 0), 0);
				present[value] = 1;
				break;
			case 1:
				assert_int_equal(map_delete(map, key),
						 present[value] ? 0 : -ENOENT);
				present[value] = 0;
				break;
			default:
				assert_int_equal(!!map_lookup(map, key), present[value]);
			}
		}
		map_put(map);
	}
}

static void walkers_keep_the_dead(void **state)
{
	struct htab h = { 0 };
	struct helem *a, *b;
	u32 key = 1;

	assert_int_equal(htab_init(&h, 1, 4, 8), 0);
	a = htab_alloc(&h, &key, 1);
	htab_link(&h, a);
	htab_walk_begin(&h);
	htab_unlink(&h, a);
	htab_free(&h, a);
	b = htab_alloc(&h, &key, 1);
	assert_ptr_not_equal(a, b);
	htab_free(&h, b);
	htab_walk_end(&h);
	assert_null(h.limbo);
	htab_finish(&h);
}

static void address_map(void **state)
{
	struct addrmap m = { 0 };
	u64 i;

	for (i = 1; i <= 5000; i++)
		addrmap_set(&m, i * 64, (void *)(uintptr_t)i);
	for (i = 1; i <= 5000; i += 2)
		assert_int_equal((uintptr_t)addrmap_del(&m, i * 64), i);
	for (i = 1; i <= 5000; i++)
		assert_int_equal((uintptr_t)addrmap_get(&m, i * 64), i & 1 ? 0 : i);
	assert_null(addrmap_del(&m, 64));
	assert_int_equal(m.nr, 2500);
	addrmap_finish(&m);
	assert_null(addrmap_get(&m, 64));
}

/* --- trees and lists --- */

static bool by_address(void *arg, u64 a, u64 b)
{
	return a < b;
}

static u32 depth_of(u64 root, u64 node)
{
	u32 l, r;

	if (!node)
		return 0;
	l = depth_of(root, graph_rb_left(root, node));
	r = depth_of(root, graph_rb_right(root, node));
	return 1 + max(l, r);
}

static void tree_sorts_and_balances(void **state)
{
	const u64 root = 0x1000;
	u64 i, last = 0, node;

	for (i = 0; i < 1000; i++)
		assert_int_equal(
			graph_rb_insert(root, 0x10000 + i * 389 % 1000 * 32, by_address, NULL), 0);
	assert_int_equal(graph_rb_insert(root, 0x10000, by_address, NULL), -EINVAL);
	assert_in_range(depth_of(root, graph_rb_root(root)), 10, 20);
	for (i = 0; i < 500; i++) /* from the middle */
		assert_int_equal(graph_rb_remove(root, 0x10000 + (i * 2 + 1) * 32),
				 0x10000 + (i * 2 + 1) * 32);
	assert_int_equal(graph_rb_remove(root, 0x10020), 0);
	assert_int_equal(graph_rb_remove(0x2000, 0x10000), 0);
	assert_in_range(depth_of(root, graph_rb_root(root)), 9, 18);
	for (i = 0; (node = graph_rb_first(root)); i++) {
		assert_true(node > last);
		last = node;
		graph_rb_remove(root, node);
	}
	assert_int_equal(i, 500);
	graph_reset();
}

/* The shape after 1..8 in order is the textbook's, which is the kernel's. */
static void tree_shape(void **state)
{
	u64 i;

	for (i = 1; i <= 8; i++)
		graph_rb_insert(99, i, by_address, NULL);
	assert_int_equal(graph_rb_root(99), 4);
	assert_int_equal(graph_rb_left(99, 4), 2);
	assert_int_equal(graph_rb_right(99, 4), 6);
	assert_int_equal(graph_rb_right(99, 6), 7);
	assert_int_equal(graph_rb_right(99, 7), 8);
	graph_rb_remove(99, 4);
	assert_int_equal(graph_rb_root(99), 5);
	assert_int_equal(graph_rb_right(99, 5), 7);
	graph_reset();
}

static void list_ends(void **state)
{
	assert_int_equal(graph_list_pop(50, false), 0);
	graph_list_push(50, 1, true);
	graph_list_push(50, 2, true);
	graph_list_push(50, 3, false);
	assert_int_equal(graph_list_push(51, 2, false), -EINVAL);
	assert_int_equal(graph_list_add(50, 4, 1), 0);
	assert_int_equal(graph_list_add(51, 5, 1), -EINVAL);
	assert_int_equal(graph_list_peek(50, false), 3);
	assert_int_equal(graph_list_peek(50, true), 2);
	assert_int_equal(graph_list_del(50, 1), 1);
	assert_int_equal(graph_list_del(50, 1), 0);
	assert_int_equal(graph_list_pop(50, true), 2);
	assert_int_equal(graph_list_pop(50, false), 3);
	assert_int_equal(graph_list_pop(50, false), 4);
	assert_int_equal(graph_list_pop(50, true), 0);
	graph_reset();
}

/* What is asked of no list and no tree, or of one in place of the other. */
static void lists_are_no_trees(void **state)
{
	assert_int_equal(graph_list_push(50, 1, true), 0);
	assert_int_equal(graph_rb_insert(60, 2, by_address, NULL), 0);
	assert_int_equal(graph_list_push(60, 3, true), -EINVAL);
	assert_int_equal(graph_rb_insert(50, 3, by_address, NULL), -EINVAL);
	assert_int_equal(graph_list_push(50, 0, true), -EINVAL);
	assert_int_equal(graph_list_push(0, 3, true), -EINVAL);
	for (u64 root = 60; root <= 70; root += 10) { /* a tree, nothing */
		assert_int_equal(graph_list_peek(root, false), 0);
		assert_int_equal(graph_list_pop(root, true), 0);
		assert_int_equal(graph_list_del(root, 2), 0);
		assert_int_equal(graph_list_add(root, 3, 2), -EINVAL);
	}
	for (u64 root = 50; root <= 70; root += 20) { /* a list, nothing */
		assert_int_equal(graph_rb_first(root), 0);
		assert_int_equal(graph_rb_root(root), 0);
		assert_int_equal(graph_rb_left(root, 1), 0);
		assert_int_equal(graph_rb_right(root, 1), 0);
		assert_int_equal(graph_rb_remove(root, 1), 0);
	}
	graph_drain(70);
	graph_drain(50);
	assert_int_equal(graph_list_peek(50, false), 0);
	assert_int_equal(graph_rb_insert(50, 1, by_address, NULL), 0); /* it may be a tree now */
	assert_int_equal(graph_rb_insert(60, 1, by_address, NULL), -EINVAL);
	graph_drain(60);
	graph_reset();
}

static u32 nr_compared;

/* While the guest compares, its tree is nobody's to change. */
static bool meddles(void *arg, u64 a, u64 b)
{
	nr_compared++;
	assert_int_equal(graph_rb_remove(60, b), 0);
	assert_int_equal(graph_rb_first(60), 0);
	assert_int_equal(graph_rb_insert(60, 9, by_address, NULL), -EINVAL);
	graph_drain(60);
	return a < b;
}

static void a_tree_that_is_being_changed(void **state)
{
	nr_compared = 0;
	for (u64 node = 5; node >= 2; node--)
		assert_int_equal(graph_rb_insert(60, node, meddles, NULL), 0);
	assert_true(nr_compared >= 3);
	/* with one child, on either side */
	assert_int_equal(graph_rb_left(60, 3), 2);
	assert_int_equal(graph_rb_remove(60, 3), 3);
	assert_int_equal(graph_rb_insert(60, 3, by_address, NULL), 0);
	assert_int_equal(graph_rb_right(60, 2), 3);
	assert_int_equal(graph_rb_remove(60, 2), 2);
	assert_int_equal(graph_rb_first(60), 3);
	assert_int_equal(graph_rb_root(60), 4);
	graph_reset();
}

/* Who gathers keys in a bucket pays for those that are passed. */
static void long_chains_are_counted(void **state)
{
	struct htab h = { 0 };
	struct helem *oldest;
	u64 key = 0;

	assert_int_equal(htab_init(&h, 1, sizeof(key), 8), 0);
	for (vm_state.vm.passed = 0; key < VM_CHAIN_FREE; key++)
		htab_link(&h, htab_alloc(&h, &key, htab_hash(&key, sizeof(key))));
	key = 0;
	assert_non_null(htab_find(&h, &key, htab_hash(&key, sizeof(key))));
	assert_int_equal(vm_state.vm.passed, 0);
	for (key = 1000; key < 2000; key++)
		htab_link(&h, htab_alloc(&h, &key, htab_hash(&key, sizeof(key))));
	key = 0;
	oldest = htab_find(&h, &key, htab_hash(&key, sizeof(key)));
	assert_non_null(oldest);
	assert_int_equal(vm_state.vm.passed, 1000 + VM_CHAIN_FREE - 1);
	vm_state.vm.passed = 0;
	htab_unlink(&h, h.buckets[0]);
	assert_int_equal(vm_state.vm.passed, 0);
	htab_unlink(&h, oldest);
	assert_int_equal(vm_state.vm.passed, 999 + VM_CHAIN_FREE - 1);
	vm_state.vm.passed = 0;
	htab_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(update_flags),
		FAKE_TEST(full_map),
		FAKE_TEST(update_replaces_element),
		FAKE_TEST(lru_evicts_unused),
		FAKE_TEST(percpu_values),
		FAKE_TEST(iteration),
		FAKE_TEST(random_operations),
		FAKE_TEST(long_chains_are_counted),
		FAKE_TEST(walkers_keep_the_dead),
		FAKE_TEST(address_map),
		FAKE_TEST(tree_sorts_and_balances),
		FAKE_TEST(tree_shape),
		FAKE_TEST(list_ends),
		FAKE_TEST(lists_are_no_trees),
		FAKE_TEST(a_tree_that_is_being_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
