// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_test.c - creation and its errors for each kind of map, arrays, queues,
 * stacks, bloom filters, maps of maps, objects behind descriptors.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fake_map.h"
#include "abi/btf.h"

#define T(name) BPF_MAP_TYPE_##name

/* What MAP_CREATE answers: one line a case, as the kernel's alloc_check and alloc. */
static const struct {
	u32 type, key, value, entries, flags;
	u64 extra;
	int err;
} creations[] = {
	{ T(ARRAY), 4, 8, 1, 0, 0, 0 },
	{ T(ARRAY), 4, 8, 1, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG, 0, 0 },
	{ T(ARRAY), 4, 8, 1, BPF_F_INNER_MAP, 0, 0 },
	{ T(ARRAY), 8, 8, 1, 0, 0, -EINVAL },
	{ T(ARRAY), 4, 0, 1, 0, 0, -EINVAL },
	{ T(ARRAY), 4, 8, 0, 0, 0, -EINVAL },
	{ T(ARRAY), 4, 8, 1, 0, 1, -EINVAL },
	{ T(ARRAY), 4, 8, 1, BPF_F_NO_PREALLOC, 0, -EINVAL },
	{ T(ARRAY), 4, 8, 1, BPF_F_PRESERVE_ELEMS, 0, -EINVAL },
	{ T(ARRAY), 4, 8, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG, 0, -EINVAL },
	{ T(ARRAY), 4, 1u << 31, 1, 0, 0, -E2BIG },
	{ T(PERCPU_ARRAY), 4, 8, 3, 0, 0, 0 },
	{ T(PERCPU_ARRAY), 4, 8, 3, BPF_F_MMAPABLE, 0, -EINVAL },
	{ T(PERCPU_ARRAY), 4, 32768, 1, 0, 0, 0 },
	{ T(PERCPU_ARRAY), 4, 32769, 1, 0, 0, -E2BIG },
	{ T(HASH), 8, 8, 10, 0, 0, 0 },
	{ T(HASH), 8, 8, 10, BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED, 0, 0 },
	{ T(HASH), 0, 8, 10, 0, 0, -EINVAL },
	{ T(HASH), 8, 0, 10, 0, 0, -EINVAL },
	{ T(HASH), 8, 8, 0, 0, 0, -EINVAL },
	{ T(HASH), 8, 8, 10, BPF_F_MMAPABLE, 0, -EINVAL },
	{ T(HASH), 8, 8, 10, BPF_F_NO_COMMON_LRU, 0, -EINVAL },
	{ T(HASH), 8, 32u << 20, 10, 0, 0, -E2BIG },
	{ T(HASH), 8, 8, (1u << 31) + 1, 0, 0, -E2BIG },
	{ T(PERCPU_HASH), 8, 32776, 10, 0, 0, -E2BIG },
	{ T(LRU_HASH), 8, 8, 10, 0, 0, 0 },
	{ T(LRU_HASH), 8, 8, 10, BPF_F_NO_COMMON_LRU, 0, 0 },
	{ T(LRU_HASH), 8, 8, 10, BPF_F_NO_PREALLOC, 0, -ENOTSUPP },
	{ T(LRU_PERCPU_HASH), 8, 8, 10, 0, 0, 0 },
	{ T(QUEUE), 0, 8, 10, 0, 0, 0 },
	{ T(QUEUE), 4, 8, 10, 0, 0, -EINVAL },
	{ T(QUEUE), 0, 8, 0, 0, 0, -EINVAL },
	{ T(QUEUE), 0, 8, 10, BPF_F_NO_PREALLOC, 0, -EINVAL },
	{ T(QUEUE), 0, 1u << 16, 1u << 16, 0, 0, -E2BIG },
	{ T(STACK), 0, 0, 10, 0, 0, -EINVAL },
	{ T(BLOOM_FILTER), 0, 8, 100, 0, 3, 0 },
	{ T(BLOOM_FILTER), 0, 8, 100, 0, 16, -EINVAL },
	{ T(BLOOM_FILTER), 4, 8, 100, 0, 0, -EINVAL },
	{ T(PROG_ARRAY), 4, 4, 10, 0, 0, 0 },
	{ T(PROG_ARRAY), 4, 8, 10, 0, 0, -EINVAL },
	{ T(PROG_ARRAY), 4, 4, 10, BPF_F_RDONLY_PROG, 0, -EINVAL },
	{ T(PERF_EVENT_ARRAY), 4, 4, 10, BPF_F_PRESERVE_ELEMS, 0, 0 },
	{ T(RINGBUF), 0, 0, 4096, 0, 0, 0 },
	{ T(RINGBUF), 0, 0, 4097, 0, 0, -EINVAL },
	{ T(RINGBUF), 0, 0, 2048, 0, 0, -EINVAL },
	{ T(RINGBUF), 4, 0, 4096, 0, 0, -EINVAL },
	{ T(RINGBUF), 0, 0, 4096, BPF_F_MMAPABLE, 0, -EINVAL },
	{ T(USER_RINGBUF), 0, 0, 8192, 0, 0, 0 },
	{ T(ARENA), 0, 0, 100, BPF_F_MMAPABLE, 1ULL << 44, 0 },
	{ T(ARENA), 0, 0, 100, 0, 0, -EINVAL },
	{ T(ARENA), 4, 0, 100, BPF_F_MMAPABLE, 0, -EINVAL },
	{ T(ARENA), 0, 0, 100, BPF_F_MMAPABLE, 123, -EINVAL },
	{ T(ARENA), 0, 0, (1u << 20) + 1, BPF_F_MMAPABLE, 0, -E2BIG },
	{ T(ARENA), 0, 0, 2, BPF_F_MMAPABLE, 0x1fffff000, -ERANGE },
	{ T(TASK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC, 0, -EINVAL }, /* needs BTF */
	{ T(STACK_TRACE), 4, 16, 2, 0, 0, 0 },
	{ T(STACK_TRACE), 4, 127 * 8, 2, BPF_F_RDONLY, 0, 0 },
	{ T(STACK_TRACE), 4, 128 * 8, 2, 0, 0, -EINVAL },
	{ T(STACK_TRACE), 4, 12, 2, 0, 0, -EINVAL },
	{ T(STACK_TRACE), 4, 4, 2, 0, 0, -EINVAL },
	{ T(STACK_TRACE), 8, 16, 2, 0, 0, -EINVAL },
	{ T(STACK_TRACE), 4, 16, 0, 0, 0, -EINVAL },
	{ T(STACK_TRACE), 4, 16, 2, BPF_F_MMAPABLE, 0, -EINVAL },
	{ T(STACK_TRACE), 4, 16, (1u << 31) + 1, 0, 0, -E2BIG },
	{ T(ARRAY), 4, 8, 1, BPF_F_TOKEN_FD, 0, -EINVAL },
	{ T(ARRAY), 4, 8, 1, BPF_F_RDONLY | BPF_F_WRONLY, 0, -EINVAL },
	{ T(HASH_OF_MAPS), 4, 8, 2, 0, 0, -EINVAL },
	{ T(STRUCT_OPS), 4, 8, 1, 0, 0, -EINVAL },
	{ T(SK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC, 0, -EINVAL },
	{ T(ARRAY_OF_MAPS), 4, 4, 2, 0, 0, -EBADF },
	{ 1000, 4, 4, 2, 0, 0, -EINVAL },
};

static void creation_errors(void **state)
{
	union bpf_attr attr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(creations); i++) {
		attr = map_attr(creations[i].type, creations[i].key, creations[i].value,
				creations[i].entries, creations[i].flags);
		attr.map_extra = creations[i].extra;
		attr.inner_map_fd = -1;
		if (try_map(&attr) != creations[i].err)
			fail_msg("row %zu: %d", i, try_map(&attr));
	}
}

static void names_and_tails(void **state)
{
	union bpf_attr attr = map_attr(T(ARRAY), 4, 8, 1, 0);

	strcpy(attr.map_name, "a.b_C9");
	assert_int_equal(try_map(&attr), 0);
	strcpy(attr.map_name, "no spaces");
	assert_int_equal(try_map(&attr), -EINVAL);
	memset(attr.map_name, 'x', sizeof(attr.map_name));
	assert_int_equal(try_map(&attr), -EINVAL);
	attr = map_attr(T(ARRAY), 4, 8, 1, 0);
	((u8 *)&attr)[sizeof(attr) - 1] = 1;
	assert_int_equal(try_map(&attr), -EINVAL);
	attr = map_attr(T(ARRAY), 4, 8, 1, 0);
	attr.btf_key_type_id = 1;
	assert_int_equal(try_map(&attr), -EINVAL);
}

/* A node is the host's to choose; per CPU there is nothing to choose. */
static void numa_nodes(void **state)
{
	static const struct {
		u32 type, flags, node;
		int err;
	} rows[] = {
		{ T(ARRAY), 0, 0, 0 },
		{ T(ARRAY), 0, UINT32_MAX, 0 },
		{ T(ARRAY), 0, 64, -EINVAL },
		{ T(PERCPU_ARRAY), 0, 0, -EINVAL },
		{ T(PERCPU_ARRAY), 0, UINT32_MAX, 0 },
		{ T(HASH), 0, 0, 0 },
		{ T(PERCPU_HASH), 0, 0, -EINVAL },
		{ T(PERCPU_HASH), 0, UINT32_MAX, 0 },
		{ T(LRU_HASH), BPF_F_NO_COMMON_LRU, 0, -EINVAL },
		{ T(LRU_HASH), BPF_F_NO_COMMON_LRU, UINT32_MAX, 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		union bpf_attr attr =
			map_attr(rows[i].type, 4, 8, 4, rows[i].flags | BPF_F_NUMA_NODE);

		attr.numa_node = rows[i].node;
		if (try_map(&attr) != rows[i].err)
			fail_msg("row %u: %d", i, try_map(&attr));
	}
}

/* What types of BTF a map of 4 and 8 bytes may name. */
static void types_of_keys_and_values(void **state)
{
	enum { NONE, INT, LONG, CHAR, BITS };
	struct btf *btf = btf__new_empty();
	const s32 id[] = {
		[INT] = btf__add_int(btf, "int", 4, BTF_INT_SIGNED),
		[LONG] = btf__add_int(btf, "long", 8, BTF_INT_SIGNED),
		[CHAR] = btf__add_int(btf, "char", 1, 0),
		[BITS] = btf__add_struct(btf, "four", 4),
	};
	const s32 typedefs = btf__add_typedef(btf, "key_t", btf__add_const(btf, id[INT]));
	const struct {
		u32 type;
		s32 key, value;
		int err;
	} rows[] = {
		{ T(HASH), id[INT], id[LONG], 0 },
		{ T(HASH), id[BITS], id[LONG], 0 },
		{ T(HASH), id[LONG], id[LONG], -EINVAL },
		{ T(HASH), id[INT], id[INT], -EINVAL },
		{ T(HASH), 0, id[LONG], -EINVAL },
		{ T(ARRAY), id[INT], id[LONG], 0 },
		{ T(ARRAY), typedefs, id[LONG], 0 },
		{ T(ARRAY), id[BITS], id[LONG], -EINVAL },
		{ T(ARRAY), 0, id[LONG], -EINVAL },
		{ T(STACK_TRACE), id[INT], id[LONG], -ENOTSUPP },
		{ T(PROG_ARRAY), 0, id[INT], -EINVAL },
		{ T(BLOOM_FILTER), 0, id[LONG], 0 },
		{ T(BLOOM_FILTER), id[INT], id[LONG], -EINVAL },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 key = rows[i].type == T(BLOOM_FILTER) ? 0 : 4;
		u32 value = rows[i].type == T(PROG_ARRAY) ? 4 : 8;
		union bpf_attr attr = map_attr(rows[i].type, key, value, 2, 0);
		struct map *map = NULL;
		int err = make_typed_map(&attr, btf, rows[i].key, rows[i].value, &map);

		map_put(map);
		if (err != rows[i].err)
			fail_msg("row %u: %d", i, err);
	}
	btf__free(btf);
}

/* The machine's own BTF is nobody's map's; other maps have no table's type. */
static void types_that_are_not_the_loaders(void **state)
{
	struct btf_types types = { .btf = btf__new_empty() };
	union bpf_attr attr = map_attr(T(HASH), 4, 4, 2, 0);
	struct btf_object *bo;

	btf__add_int(types.btf, "int", 4, BTF_INT_SIGNED);
	types.raw = btf__raw_data(types.btf, &types.raw_size);
	assert_int_equal(btfobj_create_kernel(&types, &bo), 0);
	attr.btf_fd = object_install_fd(&bo->o);
	attr.btf_key_type_id = attr.btf_value_type_id = 1;
	assert_int_equal(try_map(&attr), -EACCES);
	attr.btf_vmlinux_value_type_id = 1;
	assert_int_equal(try_map(&attr), -EINVAL);
	attr.map_type = T(STRUCT_OPS);
	assert_int_equal(try_map(&attr), -EINVAL);
	attr.btf_key_type_id = 0;
	assert_int_equal(try_map(&attr), -EINVAL);
	close(attr.btf_fd);
	btfobj_put(bo);
	btf__free(types.btf);
}

static void unknown_type_is_named(void **state)
{
	union bpf_attr attr = map_attr(T(SK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC);

	assert_int_equal(try_map(&attr), -EINVAL);
	assert_non_null(strstr(fake.printed, "map type 24"));
}

/* --- arrays --- */

static void array_elements(void **state)
{
	struct map *map = make_map(T(ARRAY), 4, 12, 3, 0);
	u32 key = 2;
	u8 value[12] = "eleven bytes";

	assert_int_equal(map_update(map, &key, value, BPF_ANY), 0);
	assert_int_equal(map_update(map, &key, value, BPF_EXIST), 0);
	assert_int_equal(map_update(map, &key, value, BPF_NOEXIST), -EEXIST);
	assert_int_equal(map_update(map, &key, value, 8), -EINVAL);
	assert_int_equal(map_update(map, &key, value, BPF_F_LOCK), -EINVAL);
	assert_memory_equal(map_lookup(map, &key), value, 12);
	assert_int_equal((u8 *)map_lookup(map, &key) - (u8 *)map_lookup(map, &(u32){ 1 }), 16);
	assert_int_equal(map_delete(map, &key), -EINVAL);
	key = 3;
	assert_int_equal(map_update(map, &key, value, BPF_ANY), -E2BIG);
	assert_null(map_lookup(map, &key));
	map_put(map);
}

static void array_next_key(void **state)
{
	struct map *map = make_map(T(ARRAY), 4, 8, 2, 0);
	u32 next;

	assert_int_equal(map_user_next_key(map, NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(map_user_next_key(map, &(u32){ 0 }, &next), 0);
	assert_int_equal(next, 1);
	assert_int_equal(map_user_next_key(map, &(u32){ 1 }, &next), -ENOENT);
	assert_int_equal(map_user_next_key(map, &(u32){ 77 }, &next), 0);
	assert_int_equal(next, 0);
	map_put(map);
}

/* The descriptor's pages are the guest's values. */
static void array_mmap_is_shared(void **state)
{
	struct map *map = make_map(T(ARRAY), 4, 8, 1, BPF_F_MMAPABLE);
	int fd = object_install_fd(&map->obj);
	u64 *user = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), addr;

	assert_ptr_not_equal(user, MAP_FAILED);
	*user = 0x1122334455667788;
	assert_int_equal(map_direct_value_addr(map, 0, &addr), 0);
	assert_int_equal(region_zone_of(addr), ZONE_MAP);
	assert_int_equal(*(u64 *)(uintptr_t)addr, 0x1122334455667788);
	assert_int_equal(map_direct_value_addr(map, 8, &addr), -EINVAL);
	munmap(user, 4096);
	close(fd);
	map_put(map);
}

static void frozen_rodata(void **state)
{
	struct map *map = make_map(T(ARRAY), 4, 16, 1, BPF_F_RDONLY_PROG | BPF_F_MMAPABLE);
	union bpf_attr attr = { .map_fd = object_install_fd(&map->obj) };
	u64 value[2] = { 0x0102030405060708, 9 }, base, got;
	u32 key = 0;

	assert_int_equal(map_user_update(map, &key, value, 0), 0);
	assert_int_equal(map_direct_value_addr(map, 0, &base), 0);
	assert_false(map_read_frozen(map, base, 8, &got));
	assert_int_equal(map_cmd_freeze(&attr), 0);
	assert_int_equal(map_cmd_freeze(&attr), -EPERM);
	assert_true(map_read_frozen(map, base, 2, &got));
	assert_int_equal(got, 0x0708);
	assert_true(map_read_frozen(map, base + 8, 8, &got));
	assert_int_equal(got, 9);
	assert_false(map_read_frozen(map, base + 12, 8, &got));
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)value;
	assert_int_equal(map_cmd_update(&attr), -EPERM);
	assert_int_equal(map_cmd_lookup(&attr), 0);
	close(attr.map_fd);
	map_put(map);
}

static void percpu_array_copies(void **state)
{
	struct map *map = make_map(T(PERCPU_ARRAY), 4, 4, 2, 0);
	u64 in[FAKE_CPUS] = { 10, 11, 12, 13 }, out[FAKE_CPUS];
	u32 key = 1, one = 99;

	assert_int_equal(map_user_value_size(map, 0), sizeof(in));
	assert_int_equal(map_user_update(map, &key, in, BPF_ANY), 0);
	fake.cpu = 2;
	assert_int_equal(*(u32 *)map_lookup(map, &key), 12);
	assert_int_equal(*(u32 *)map_lookup_percpu(map, &key, 3), 13);
	assert_null(map_lookup_percpu(map, &key, FAKE_CPUS));
	assert_int_equal(map_update(map, &key, &one, BPF_ANY), 0);
	assert_int_equal(map_user_lookup(map, &key, out, 0), 0);
	assert_int_equal(out[2], 99);
	assert_int_equal(out[3], 13);
	assert_int_equal(map_user_update(map, &key, &one, BPF_F_ALL_CPUS), 0);
	assert_int_equal(map_user_lookup(map, &key, &one, BPF_F_CPU | 3ULL << 32), 0);
	assert_int_equal(one, 99);
	key = 2;
	assert_int_equal(map_user_lookup(map, &key, out, 0), -ENOENT);
	assert_int_equal(map_user_update(map, &key, in, 0), -E2BIG);
	map_put(map);
}

/* --- maps without keys --- */

static void queue_order(void **state)
{
	struct map *map = make_map(T(QUEUE), 0, 4, 3, 0);
	u32 i, v;

	for (i = 1; i <= 3; i++)
		assert_int_equal(map->ops->push(map, &i, BPF_ANY), 0);
	assert_int_equal(map->ops->push(map, &i, BPF_ANY), -E2BIG);
	assert_int_equal(map->ops->push(map, &i, BPF_NOEXIST), -EINVAL);
	assert_int_equal(map->ops->push(map, &i, BPF_EXIST), 0);
	for (i = 2; i <= 4; i++) {
		assert_int_equal(map->ops->peek(map, &v), 0);
		assert_int_equal(v, i);
		assert_int_equal(map->ops->pop(map, &v), 0);
		assert_int_equal(v, i);
	}
	assert_int_equal(map->ops->pop(map, &v), -ENOENT);
	assert_int_equal(v, 0);
	assert_int_equal(map_update(map, NULL, &v, 0), -EINVAL);
	assert_int_equal(map_delete(map, NULL), -EINVAL);
	map_put(map);
}

static void stack_order(void **state)
{
	struct map *map = make_map(T(STACK), 0, 4, 2, 0);
	u32 v = 1;

	assert_int_equal(map->ops->push(map, &v, 0), 0);
	v = 2;
	assert_int_equal(map->ops->push(map, &v, 0), 0);
	v = 3;
	assert_int_equal(map->ops->push(map, &v, BPF_EXIST), 0);
	assert_int_equal(map->ops->pop(map, &v), 0);
	assert_int_equal(v, 3);
	assert_int_equal(map->ops->pop(map, &v), 0);
	assert_int_equal(v, 2);
	assert_int_equal(map->ops->pop(map, &v), -ENOENT);
	map_put(map);
}

static void bloom_has_no_false_negatives(void **state)
{
	struct map *map = make_map(T(BLOOM_FILTER), 0, 8, 1000, 0);
	u64 i, wrong = 0;

	for (i = 0; i < 1000; i++)
		assert_int_equal(map->ops->push(map, &i, BPF_ANY), 0);
	assert_int_equal(map->ops->push(map, &i, BPF_EXIST), -EINVAL);
	for (i = 0; i < 1000; i++)
		assert_int_equal(map->ops->peek(map, &i), 0);
	for (; i < 11000; i++)
		wrong += !map->ops->peek(map, &i);
	assert_in_range(wrong, 0, 1000);
	assert_int_equal(map->ops->pop(map, &i), -EOPNOTSUPP);
	map_put(map);
}

/* --- maps of maps --- */

static void array_of_maps(void **state)
{
	struct map *inner = make_map(T(QUEUE), 0, 4, 8, 0), *other = make_map(T(STACK), 0, 4, 8, 0);
	union bpf_attr attr = map_attr(T(ARRAY_OF_MAPS), 4, 4, 2, 0);
	int inner_fd = object_install_fd(&inner->obj), other_fd = object_install_fd(&other->obj);
	u32 key = 1, id;
	struct map *map;

	attr.inner_map_fd = inner_fd;
	assert_int_equal(map_create(&attr, sizeof(attr), &map), 0);
	assert_null(map_lookup(map, &key));
	assert_int_equal(map_user_lookup(map, &key, &id, 0), -ENOENT);
	assert_int_equal(map_user_update(map, &key, &other_fd, 0), -EINVAL);
	assert_int_equal(map_user_update(map, &key, &(int){ -1 }, 0), -EBADF);
	assert_int_equal(map_user_update(map, &key, &inner_fd, BPF_NOEXIST), -EINVAL);
	assert_int_equal(map_user_update(map, &key, &inner_fd, 0), 0);
	assert_int_equal(map_user_lookup(map, &key, &id, 0), 0);
	assert_int_equal(id, map_id(inner));
	assert_ptr_equal(map_from_guest((uintptr_t)map_lookup(map, &key)), inner);
	assert_int_equal(map_user_delete(map, &key), 0);
	assert_int_equal(map_user_delete(map, &key), -ENOENT);
	key = 2;
	assert_int_equal(map_user_update(map, &key, &inner_fd, 0), -E2BIG);

	attr.inner_map_fd = object_install_fd(&map->obj);
	assert_int_equal(try_map(&attr), -EINVAL); /* one level only */
	map_put(inner);
	map_put(other);
	map_put(map);
}

static void hash_of_maps(void **state)
{
	struct map *inner = make_map(T(ARRAY), 4, 4, 8, BPF_F_INNER_MAP);
	struct map *larger = make_map(T(ARRAY), 4, 4, 9, BPF_F_INNER_MAP), *map;
	union bpf_attr attr = map_attr(T(HASH_OF_MAPS), 8, 4, 1, 0);
	int fd = object_install_fd(&larger->obj);
	u64 key = 5;

	attr.inner_map_fd = object_install_fd(&inner->obj);
	assert_int_equal(map_create(&attr, sizeof(attr), &map), 0);
	assert_int_equal(map_user_update(map, &key, &fd, BPF_EXIST), -ENOENT);
	assert_int_equal(map_user_update(map, &key, &fd, 0), 0);
	assert_int_equal(map_user_update(map, &key, &fd, BPF_NOEXIST), -EEXIST);
	assert_ptr_equal(map_from_guest((uintptr_t)map_lookup(map, &key)), larger);
	key = 6;
	assert_int_equal(map_user_update(map, &key, &fd, 0), -E2BIG);
	map_put(inner);
	map_put(larger);
	map_put(map);
}

/* --- descriptors --- */

/* An inner map is like the template in all but its size. */
static void inner_maps_are_alike(void **state)
{
	static const struct {
		u32 type, key, value, entries, flags;
		int err;
	} inner[] = {
		{ T(HASH), 4, 8, 4, 0, 0 },
		{ T(HASH), 4, 8, 9, 0, 0 },
		{ T(LRU_HASH), 4, 8, 4, 0, -EINVAL },
		{ T(HASH), 8, 8, 4, 0, -EINVAL },
		{ T(HASH), 4, 16, 4, 0, -EINVAL },
		{ T(HASH), 4, 8, 4, BPF_F_NO_PREALLOC, -EINVAL },
	};
	u32 outer_types[] = { T(ARRAY_OF_MAPS), T(HASH_OF_MAPS) };

	for (u32 t = 0; t < 2; t++) {
		struct map *template = make_map(T(HASH), 4, 8, 4, 0), *outer;
		union bpf_attr attr = map_attr(outer_types[t], 4, 4, 1, 0);

		attr.inner_map_fd = object_install_fd(&template->obj);
		assert_int_equal(map_create(&attr, sizeof(attr), &outer), 0);
		for (u32 i = 0; i < ARRAY_SIZE(inner); i++) {
			struct map *map = make_map(inner[i].type, inner[i].key, inner[i].value,
						   inner[i].entries, inner[i].flags);
			int fd = object_install_fd(&map->obj);

			assert_int_equal(map_user_update(outer, &(u32){ 0 }, &fd, 0), inner[i].err);
			close(fd);
			map_put(map);
		}
		assert_int_equal(map_user_update(outer, &(u32){ 0 }, &(int){ 9990 }, 0), -EBADF);
		close(attr.inner_map_fd);
		map_put(outer);
		map_put(template);
	}
}

/* What cannot be an inner map at all. */
static void templates(void **state)
{
	struct map *progs = make_map(T(PROG_ARRAY), 4, 4, 4, 0), *array, *outer;
	union bpf_attr attr = map_attr(T(ARRAY_OF_MAPS), 4, 4, 1, 0);
	int fd;

	attr.inner_map_fd = object_install_fd(&progs->obj);
	assert_int_equal(try_map(&attr), -ENOTSUPP);
	close(attr.inner_map_fd);
	array = make_map(T(ARRAY), 4, 4, 4, 0);
	fd = attr.inner_map_fd = object_install_fd(&array->obj);
	assert_int_equal(map_create(&attr, sizeof(attr), &outer), 0);
	attr.inner_map_fd = object_install_fd(&outer->obj); /* one level only */
	assert_int_equal(try_map(&attr), -EINVAL);
	close(attr.inner_map_fd);
	close(fd);
	map_put(outer);
	map_put(array);
	map_put(progs);
}

static void direct_values(void **state)
{
	struct map *hash = make_map(T(HASH), 4, 8, 1, 0), *array = make_map(T(ARRAY), 4, 8, 1, 0);
	struct map *rodata = make_map(T(ARRAY), 4, 8, 1, BPF_F_RDONLY_PROG);
	struct map *percpu = make_map(T(PERCPU_ARRAY), 4, 8, 1, BPF_F_RDONLY_PROG);
	u64 addr, val;

	assert_int_equal(map_direct_value_addr(hash, 0, &addr), -ENOTSUPP);
	assert_int_equal(map_direct_value_addr(rodata, 7, &addr), 0);
	assert_int_equal(map_direct_value_addr(rodata, 8, &addr), -EINVAL);
	assert_int_equal(map_direct_value_addr(rodata, 0, &addr), 0);
	assert_false(map_read_frozen(rodata, addr, 8, &val));
	rodata->frozen = array->frozen = percpu->frozen = true;
	assert_true(map_read_frozen(rodata, addr, 8, &val));
	assert_false(map_read_frozen(rodata, addr + 1, 8, &val));
	assert_false(map_read_frozen(rodata, addr - 1, 8, &val));
	assert_false(map_read_frozen(array, addr, 8, &val));
	assert_false(map_read_frozen(percpu, addr, 8, &val));
	map_put(hash);
	map_put(array);
	map_put(rodata);
	map_put(percpu);
}

/* --- flags of commands, on a plain map and on one of a value per CPU; 7.3 and 6.12 --- */

#define CPU(n) ((u64)(n) << 32 | BPF_F_CPU)

static int lookup_with(int fd, u64 flags)
{
	u64 values[FAKE_CPUS];
	u32 key = 0;
	union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key, .value = (uintptr_t)values };

	attr.flags = flags;
	return map_cmd_lookup(&attr);
}

static int update_with(int fd, u64 flags)
{
	u64 values[FAKE_CPUS] = { 1, 2, 3, 4 };
	u32 key = 0;
	union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key, .value = (uintptr_t)values };

	attr.flags = flags;
	return map_cmd_update(&attr);
}

static void flags_of_commands(void **state)
{
	static const struct {
		u64 flags;
		int lookup, update, percpu_lookup, percpu_update;
	} rows[] = {
		{ 0, 0, 0, 0, 0 },
		{ BPF_F_LOCK, -EINVAL, -EINVAL, -EINVAL, -EINVAL }, /* there is none in it */
		{ BPF_NOEXIST, -EINVAL, -EEXIST, -EINVAL, -EEXIST },
		{ CPU(3), -EINVAL, -EINVAL, 0, 0 },
		{ CPU(4), -EINVAL, -EINVAL, -ERANGE, -ERANGE },
		{ CPU(1) | BPF_F_ALL_CPUS, -EINVAL, -EINVAL, -EINVAL, -EINVAL },
		{ BPF_F_ALL_CPUS, -EINVAL, -EINVAL, -EINVAL, 0 },
		{ 1ULL << 32, -EINVAL, -EINVAL, -EINVAL, -EINVAL },
		{ BPF_F_ALL_CPUS | 1ULL << 32, -EINVAL, -EINVAL, -EINVAL, -EINVAL },
	};
	struct map *map = make_map(T(ARRAY), 4, 8, 1, 0);
	struct map *percpu = make_map(T(PERCPU_ARRAY), 4, 8, 1, 0);
	int fd = object_install_fd(&map->obj), percpu_fd = object_install_fd(&percpu->obj);

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		int got[] = { lookup_with(fd, rows[i].flags), update_with(fd, rows[i].flags),
			      lookup_with(percpu_fd, rows[i].flags),
			      update_with(percpu_fd, rows[i].flags) };

		if (got[0] != rows[i].lookup || got[1] != rows[i].update ||
		    got[2] != rows[i].percpu_lookup || got[3] != rows[i].percpu_update)
			fail_msg("flags %llx: %d %d %d %d", rows[i].flags, got[0], got[1], got[2],
				 got[3]);
	}
	profile_use(profile_find("6.12"));
	assert_int_equal(lookup_with(percpu_fd, CPU(1)), -EINVAL);
	assert_int_equal(update_with(percpu_fd, BPF_F_LOCK), -EINVAL);
	assert_int_equal(update_with(percpu_fd, BPF_F_ALL_CPUS), -EINVAL);
	close(fd);
	close(percpu_fd);
	map_put(map);
	map_put(percpu);
}

/* What a command needs and is not given. */
static void commands_without(void **state)
{
	struct map *map = make_map(T(HASH), 4, 8, 1, 0), *queue = make_map(T(QUEUE), 0, 8, 1, 0);
	int fd = object_install_fd(&map->obj), queue_fd = object_install_fd(&queue->obj);
	union bpf_attr attr = { .map_fd = fd };
	u64 value = 0;
	u32 key = 0;

	assert_int_equal(map_user_update(map, &key, &value, 0), 0);
	assert_int_equal(map_cmd_lookup(&attr), -EFAULT);
	assert_int_equal(map_cmd_delete(&attr), -EFAULT);
	assert_int_equal(map_cmd_next_key(&attr), -EFAULT); /* no room for the first */
	attr.key = (uintptr_t)&key;
	assert_int_equal(map_cmd_lookup(&attr), -EFAULT);
	assert_int_equal(map_cmd_update(&attr), -EFAULT);
	attr.flags = BPF_F_LOCK;
	assert_int_equal(map_cmd_lookup_delete(&attr), -EINVAL);
	attr.flags = BPF_ANY;
	attr.value = (uintptr_t)&value;
	assert_int_equal(map_cmd_lookup_delete(&attr), 0);
	assert_int_equal(map_cmd_lookup_delete(&attr), -ENOENT);
	attr.map_fd = queue_fd; /* takes no key */
	assert_int_equal(map_cmd_update(&attr), -EINVAL);
	attr.key = 0;
	assert_int_equal(map_cmd_update(&attr), 0);
	attr.flags = BPF_F_LOCK;
	assert_int_equal(map_cmd_lookup_delete(&attr), -EINVAL);
	attr.map_fd = 9990;
	assert_int_equal(map_cmd_freeze(&attr), -EBADF);
	close(fd);
	close(queue_fd);
	map_put(map);
	map_put(queue);
}

static void guest_address(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0);
	u64 addr = map_guest_addr(map);

	assert_int_equal(region_zone_of(addr), ZONE_KOBJ);
	assert_ptr_equal(map_from_guest(addr), map);
	assert_null(map_from_guest(addr + 8));
	assert_null(map_from_guest(0));
	assert_null(map_from_guest(REGION_BASE - 8));
	map_put(map);
	assert_null(map_from_guest(addr));
}

static void objects_live_by_descriptor(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0);
	u32 id = map_id(map);
	int fd = object_install_fd(&map->obj), moved;

	map_put(map);
	object_reap();
	assert_ptr_equal(map_from_fd(fd), map);
	map_put(map);
	moved = fcntl(fd, F_DUPFD_CLOEXEC, 700);
	close(fd);
	object_reap();
	assert_null(map_from_fd(fd));
	assert_int_equal(object_fd_errno(fd), -EBADF);
	assert_int_equal(object_fd_errno(0), -EINVAL);
	assert_int_equal(object_next_id(0, OBJ_MAP), id);
	assert_ptr_equal(map_by_id(id), map);
	map_put(map);
	close(moved);
	object_reap();
	assert_int_equal(object_next_id(0, OBJ_MAP), 0);
	assert_null(map_by_id(id));
}

/* libbpf's way: the new descriptor is moved onto a placeholder, by number of the call */
static void descriptors_are_counted(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0), *other = make_map(T(HASH), 4, 4, 8, 0);
	int place = memfd_create("placeholder", 0);
	int fd = object_install_fd(&map->obj), other_fd = object_install_fd(&other->obj);

	map_put(map);
	map_put(other);
	assert_int_equal(syscall(__NR_dup3, fd, place, O_CLOEXEC), place);
	syscall(__NR_close, fd);
	assert_int_equal(map->obj.nr_fds, 1);
	object_reap();
	assert_int_equal(object_next_id(0, OBJ_MAP), 1);
	assert_int_equal(dup2(other_fd, place), place); /* the last of the first map */
	object_reap();
	assert_int_equal(object_next_id(0, OBJ_MAP), 2);
	assert_int_equal(other->obj.nr_fds, 2);
	close_range(min(place, other_fd), max(place, other_fd), 0);
	object_reap();
	assert_int_equal(object_next_id(0, OBJ_MAP), 0);
}

static void pins_keep(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0);
	int fd = object_install_fd(&map->obj);
	u32 id = map_id(map);

	object_pin(&map->obj);
	map_put(map);
	close(fd);
	object_reap();
	assert_false(map->no_urefs);
	object_unpin(&map->obj);
	assert_int_equal(object_next_id(0, OBJ_MAP), 0);
	assert_int_equal(id, 1);
}

/* Thousands of inner maps (scx_pair has 4096) must not run into the soft limit. */
static void many_objects(void **state)
{
	u32 i;

	for (i = 0; i < 1500; i++)
		object_install_fd(&make_map(T(QUEUE), 0, 4, 4, 0)->obj);
	assert_int_equal(object_next_id(1499, OBJ_MAP), 1500);
	for (i = 1; i <= 1500; i++) {
		struct map *map = map_by_id(i);

		map_put(map);
		map_put(map);
	}
	closefrom(3);
	object_reap();
}

static void batches(void **state)
{
	struct map *map = make_map(T(HASH), 4, 8, 100, 0);
	u32 keys[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, got[8], cursor, seen = 0, nr, i;
	u64 values[8] = { 1, 4, 9, 16, 25, 36, 49, 64 }, out[8];
	union bpf_attr attr = { 0 };

	attr.batch.map_fd = object_install_fd(&map->obj);
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.count = 8;
	assert_int_equal(map_cmd_batch(BPF_MAP_UPDATE_BATCH, &attr), 0);
	assert_int_equal(attr.batch.count, 8);
	attr.batch.keys = (uintptr_t)got;
	attr.batch.values = (uintptr_t)out;
	attr.batch.out_batch = (uintptr_t)&cursor;
	attr.batch.count = 5;
	assert_int_equal(map_cmd_batch(BPF_MAP_LOOKUP_BATCH, &attr), 0);
	nr = attr.batch.count; /* whole buckets: 5 or a little less */
	assert_in_range(nr, 3, 5);
	for (i = 0; i < nr; i++)
		seen |= 1u << got[i];
	attr.batch.in_batch = (uintptr_t)&cursor;
	assert_int_equal(map_cmd_batch(BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	assert_int_equal(attr.batch.count, 8 - nr);
	for (i = 0; i < 8 - nr; i++) {
		assert_int_equal(out[i], got[i] * got[i]);
		seen |= 1u << got[i];
	}
	assert_int_equal(seen, 0x1fe);
	attr.batch.in_batch = 0;
	attr.batch.count = 8;
	assert_int_equal(map_cmd_batch(BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr), -ENOENT);
	assert_int_equal(attr.batch.count, 8);
	assert_int_equal(map_user_next_key(map, NULL, &cursor), -ENOENT);
	map_put(map);
}

/* where the caller says of no memory that it is his, for a map of @type with an element */
static void batch_nowhere(u32 type)
{
	static const enum bpf_cmd commands[] = { BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH,
						 BPF_MAP_LOOKUP_BATCH };
	struct map *map = make_map(type, 4, 8, 4, 0);
	u64 value = 7;
	u32 key = 0;

	assert_int_equal(map_user_update(map, &key, &value, BPF_ANY), 0);
	for (u32 i = 0; i < 3 * ARRAY_SIZE(commands); i++) {
		const enum bpf_cmd cmd = commands[i / 3];
		union bpf_attr attr = { .batch = { .map_fd = object_install_fd(&map->obj) } };
		u64 room[8] = { 0 };

		attr.batch.count = 2;
		attr.batch.keys = i % 3 == 1 ? (uintptr_t)room : 0;
		attr.batch.values = i % 3 == 2 ? (uintptr_t)room : 0;
		if (cmd != BPF_MAP_DELETE_BATCH || (i % 3 != 1 && type == T(HASH)))
			assert_int_equal(map_cmd_batch(cmd, &attr), -EFAULT);
	}
	map_put(map);
}

static void batches_nowhere(void **state)
{
	batch_nowhere(T(HASH));
	batch_nowhere(T(ARRAY));
}

/* Cursors that do not lead anywhere, no room for one, a bucket that is too large. */
static void batches_at_the_end(void **state)
{
	struct map *map = make_map(T(HASH), 4, 8, 1000, 0);
	u32 cursor = UINT32_MAX, *keys = calloc(1000, 4), nr = 0;
	u64 *values = calloc(1000, 8);
	union bpf_attr attr = { 0 };

	for (u32 key = 0; key < 1000; key++)
		assert_int_equal(map_user_update(map, &key, &values[0], 0), 0);
	attr.batch.map_fd = object_install_fd(&map->obj);
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.in_batch = (uintptr_t)&cursor;
	attr.batch.count = 1000;
	assert_int_equal(map_cmd_batch(BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	assert_int_equal(attr.batch.count, 0);
	attr.batch.in_batch = 0;
	attr.batch.count = 1000;
	assert_int_equal(map_cmd_batch(BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	assert_int_equal(attr.batch.count, 1000);
	/* one at a time: some bucket holds two */
	attr.batch.in_batch = 0;
	attr.batch.out_batch = (uintptr_t)&cursor;
	for (;; nr++) {
		int err;

		attr.batch.count = 1;
		err = map_cmd_batch(BPF_MAP_LOOKUP_BATCH, &attr);
		if (err) {
			assert_int_equal(err, -ENOSPC);
			break;
		}
		attr.batch.in_batch = (uintptr_t)&cursor;
	}
	assert_in_range(nr, 0, 999);
	close(attr.batch.map_fd);
	map_put(map);
	free(keys);
	free(values);
}

/* A descriptor comes back before anybody noticed that the last one went. */
static void descriptors_that_come_back(void **state)
{
	struct map *map = make_map(T(HASH), 4, 4, 8, 0);
	int fd = object_install_fd(&map->obj), again;

	close(fd);
	again = object_install_fd(&map->obj);
	object_reap();
	assert_int_equal(map->obj.nr_fds, 1);
	assert_true(map->obj.has_fds);
	object_fd_copied(again, again);
	object_fd_copied(-1, again);
	object_fd_copied(again, -1);
	assert_int_equal(map->obj.nr_fds, 1);
	assert_int_equal(object_next_id(UINT32_MAX, OBJ_MAP), 0);
	close(again);
	object_pin(&map->obj); /* stays to the end, and goes then */
	map_put(map);
}

/* The soft limit is raised as far as the hard one goes, and no further. Last of all tests. */
static void no_more_descriptors(void **state)
{
	struct rlimit lim = { .rlim_cur = 40, .rlim_max = 120 };
	union bpf_attr attr = map_attr(T(QUEUE), 0, 4, 4, 0);
	struct map *map;
	u32 nr = 0;
	int err;

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	while (!(err = map_create(&attr, sizeof(attr), &map)))
		nr++;
	assert_int_equal(err, -EMFILE);
	assert_in_range(nr, 60, 120);
	map = map_by_id(nr);
	assert_int_equal(object_install_fd(&map->obj), -EMFILE);
	map_put(map);
	for (u32 id = 1; id <= nr; id++) {
		map = map_by_id(id);
		map_put(map);
		map_put(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(creation_errors),
		FAKE_TEST(names_and_tails),
		FAKE_TEST(numa_nodes),
		FAKE_TEST(types_of_keys_and_values),
		FAKE_TEST(types_that_are_not_the_loaders),
		FAKE_TEST(unknown_type_is_named),
		FAKE_TEST(array_elements),
		FAKE_TEST(array_next_key),
		FAKE_TEST(array_mmap_is_shared),
		FAKE_TEST(frozen_rodata),
		FAKE_TEST(percpu_array_copies),
		FAKE_TEST(queue_order),
		FAKE_TEST(stack_order),
		FAKE_TEST(bloom_has_no_false_negatives),
		FAKE_TEST(array_of_maps),
		FAKE_TEST(hash_of_maps),
		FAKE_TEST(inner_maps_are_alike),
		FAKE_TEST(templates),
		FAKE_TEST(direct_values),
		FAKE_TEST(flags_of_commands),
		FAKE_TEST(commands_without),
		FAKE_TEST(guest_address),
		FAKE_TEST(objects_live_by_descriptor),
		FAKE_TEST(descriptors_are_counted),
		FAKE_TEST(pins_keep),
		FAKE_TEST(many_objects),
		FAKE_TEST(batches),
		FAKE_TEST(batches_nowhere),
		FAKE_TEST(batches_at_the_end),
		FAKE_TEST(descriptors_that_come_back),
		FAKE_TEST(no_more_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
