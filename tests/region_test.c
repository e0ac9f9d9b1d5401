// SPDX-License-Identifier: GPL-2.0-only
/*
 * region_test.c - the guest's memory: same calls, same addresses; presence to the page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/region.h"

static u64 addr_of(const void *p)
{
	return (uintptr_t)p;
}

static int setup(void **state)
{
	return region_create();
}

static int teardown(void **state)
{
	region_destroy();
	return 0;
}

static void test_one_at_a_time(void **state)
{
	assert_int_equal(region_create(), -EBUSY);
	region_destroy();
	assert_int_equal(region_create(), 0);
}

static void test_zones(void **state)
{
	for (int z = ZONE_KOBJ; z <= ZONE_HEAP; z++) {
		u8 *p = region_alloc(z, 100, 0);

		assert_non_null(p);
		assert_int_equal(region_zone_of(addr_of(p)), z);
		assert_true(region_ok(addr_of(p), 100));
		for (int i = 0; i < 100; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, 100);
	}
	assert_false(region_contains(REGION_BASE - 1));
	assert_false(region_contains(REGION_BASE + REGION_SIZE));
}

/* A mixed sequence of allocations gives the same addresses in every life of the region. */
static void sequence(void **out, int nr)
{
	u64 rnd = 1;

	for (int i = 0; i < nr; i++) {
		size_t size;

		rnd = rnd * 6364136223846793005ULL + 1442695040888963407ULL;
		size = 1 + (rnd >> 33) % 5000;
		out[i] = region_alloc(ZONE_HEAP, size, i % 3 ? 0 : 64);
		if (i % 5 == 4) {
			region_free(ZONE_HEAP, out[i], size);
			out[i] = NULL;
		}
	}
}

static void test_deterministic(void **state)
{
	static void *first[500], *second[500];

	sequence(first, 500);
	region_destroy();
	assert_int_equal(region_create(), 0);
	sequence(second, 500);
	assert_memory_equal(first, second, sizeof(first));
}

static void test_alignment(void **state)
{
	for (size_t align = 1; align <= 4096; align *= 2)
		for (size_t size = 1; size < 10000; size = size * 3 + 1)
			assert_int_equal(addr_of(region_alloc(ZONE_STACK, size, align)) % align, 0);
}

static void test_reuse_is_lifo_and_zeroed(void **state)
{
	u8 *a = region_alloc(ZONE_HEAP, 200, 0), *b = region_alloc(ZONE_HEAP, 200, 0);

	memset(a, 1, 200);
	memset(b, 1, 200);
	region_free(ZONE_HEAP, a, 200);
	region_free(ZONE_HEAP, b, 200);
	assert_ptr_equal(region_alloc(ZONE_HEAP, 200, 0), b);
	assert_ptr_equal(region_alloc(ZONE_HEAP, 200, 0), a);
	for (int i = 0; i < 200; i++)
		assert_int_equal(a[i] | b[i], 0);
	region_free(ZONE_HEAP, NULL, 200);
}

/* Aligned blocks come back although their class does not imply alignment. */
static void test_aligned_reuse(void **state)
{
	void *odd, *aligned;

	region_alloc(ZONE_HEAP, 16, 0);
	odd = region_alloc(ZONE_HEAP, 48, 0);
	aligned = region_alloc(ZONE_HEAP, 48, 1024);
	region_free(ZONE_HEAP, aligned, 48);
	region_free(ZONE_HEAP, odd, 48);
	assert_ptr_equal(region_alloc(ZONE_HEAP, 48, 1024), aligned);
	assert_ptr_equal(region_alloc(ZONE_HEAP, 48, 0), odd);
}

static void test_presence(void **state)
{
	u64 p = addr_of(region_alloc(ZONE_HEAP, 3 * REGION_PAGE_SIZE, REGION_PAGE_SIZE));
	u64 end = p + 3 * REGION_PAGE_SIZE;

	assert_true(region_ok(p, 4096));
	assert_true(region_ok(end - 8, 8));
	assert_false(region_ok(end - 4, 8));
	assert_false(region_ok(end, 1));
	assert_true(region_range_ok(p, 3 * REGION_PAGE_SIZE));
	assert_false(region_range_ok(p, 3 * REGION_PAGE_SIZE + 1));
	assert_false(region_range_ok(p, 0));
	assert_false(region_range_ok(p, ~0ULL));
	assert_false(region_ok(0, 8));
	assert_false(region_ok(~0ULL - 3, 8));
}

static void test_impossible_sizes(void **state)
{
	assert_null(region_alloc(ZONE_HEAP, 0, 0));
	assert_null(region_alloc(ZONE_HEAP, SIZE_MAX, 0));
	assert_non_null(region_alloc(ZONE_HEAP, 100 << 20, 0));
}

static int memfd(size_t size)
{
	int fd = memfd_create("region_test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void test_file_mapping(void **state)
{
	int fd = memfd(10000);
	char *a = region_map_fd(ZONE_MAP, fd, 10000), *b = region_map_fd(ZONE_MAP, fd, 10000);

	assert_int_equal(region_zone_of(addr_of(a)), ZONE_MAP);
	strcpy(a, "shared");
	assert_string_equal(b, "shared");
	assert_true(region_ok(addr_of(a) + 9999, 1));
	assert_false(region_ok(addr_of(a) + 3 * REGION_PAGE_SIZE, 1));
	region_unmap(b, 10000);
	assert_false(region_ok(addr_of(b), 1));
	assert_ptr_equal(region_map_fd(ZONE_MAP, fd, 1), b);
	close(fd);
}

static void test_arena(void **state)
{
	int fd = memfd(1 << 20);
	u64 a = region_arena_reserve(), b = region_arena_reserve();
	u64 page = a + 5 * REGION_PAGE_SIZE;

	assert_int_equal((u32)a, 0);
	assert_int_equal(b - a, 1ULL << 32);
	assert_int_equal(region_zone_of(a), ZONE_ARENA);
	assert_false(region_ok(page, 1));
	assert_int_equal(region_arena_map(page, 2 * REGION_PAGE_SIZE, fd, 0), 0);
	assert_true(region_ok(page + REGION_PAGE_SIZE, 4096));
	assert_false(region_ok(page - 1, 1));
	*(u64 *)(uintptr_t)page = 42;
	assert_int_equal(region_arena_unmap(page, REGION_PAGE_SIZE), 0);
	assert_false(region_ok(page, 1));
	assert_true(region_ok(page + REGION_PAGE_SIZE, 1));
	region_arena_release(a);
	assert_false(region_ok(page + REGION_PAGE_SIZE, 1));
	assert_int_equal(region_arena_reserve(), a);
	close(fd);
}

static void test_arenas_run_out(void **state)
{
	for (int i = 0; i < 32; i++)
		assert_true(region_arena_reserve() != 0);
	assert_int_equal(region_arena_reserve(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_at_a_time),
		TEST(test_zones),
		TEST(test_deterministic),
		TEST(test_alignment),
		TEST(test_reuse_is_lifo_and_zeroed),
		TEST(test_aligned_reuse),
		TEST(test_presence),
		TEST(test_impossible_sizes),
		TEST(test_file_mapping),
		TEST(test_arena),
		TEST(test_arenas_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
