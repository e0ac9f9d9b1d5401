// SPDX-License-Identifier: GPL-2.0-only
/*
 * ringbuf_test.c - ring buffers and arenas as both sides see them.
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fake_map.h"
#include "base/region.h"
#include "bpf/arena.h"
#include "bpf/ringbuf.h"

#define T(name) BPF_MAP_TYPE_##name
#define PAGE 4096
#define ARENA_USER 0x180000000000ULL

/* --- guests produce, user space consumes, as libbpf's ringbuf.c does --- */

struct consumer {
	u64 *cons, *prod;
	u8 *data;
	u32 size;
};

static struct consumer map_consumer(struct map *map)
{
	int fd = object_install_fd(&map->obj);
	struct consumer c = { .size = map->max_entries };
	u8 *p;

	c.cons = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p = mmap(NULL, PAGE + 2 * c.size, PROT_READ, MAP_SHARED, fd, PAGE);
	assert_ptr_not_equal(p, MAP_FAILED);
	c.prod = (u64 *)p;
	c.data = p + PAGE;
	close(fd);
	return c;
}

static void unmap_consumer(struct consumer *c)
{
	munmap(c->cons, PAGE);
	munmap(c->prod, PAGE + 2 * c->size);
}

/* The next record, or NULL: none, or still being written. Discarded ones are skipped. */
static const void *consume(struct consumer *c, u32 *len)
{
	const u32 *hdr;

	while (*c->cons < *c->prod) {
		hdr = (const u32 *)(c->data + (*c->cons & (c->size - 1)));
		if (*hdr & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		*len = *hdr & ~BPF_RINGBUF_DISCARD_BIT;
		*c->cons += ALIGN_UP(*len + BPF_RINGBUF_HDR_SZ, 8u);
		if (!(*hdr & BPF_RINGBUF_DISCARD_BIT))
			return hdr + 2;
	}
	return NULL;
}

static void records_arrive_in_order(void **state)
{
	struct map *map = make_map(T(RINGBUF), 0, 0, PAGE, 0);
	struct consumer c = map_consumer(map);
	u32 len, *a, *b;

	assert_int_equal(map->ops->poll(map), 0);
	a = ringbuf_reserve(map, 4);
	b = ringbuf_reserve(map, 4);
	*a = 1;
	*b = 2;
	assert_int_equal(ringbuf_commit(b, false), 0);
	assert_null(consume(&c, &len));
	assert_int_equal(ringbuf_commit(a, false), 0);
	assert_int_equal(ringbuf_commit(a, false), -EINVAL);
	assert_int_equal(map->ops->poll(map), EPOLLIN | EPOLLRDNORM);
	assert_int_equal(*(const u32 *)consume(&c, &len), 1);
	assert_int_equal(*(const u32 *)consume(&c, &len), 2);
	assert_int_equal(len, 4);
	ringbuf_commit(ringbuf_reserve(map, 4), true);
	assert_null(consume(&c, &len));
	assert_int_equal(ringbuf_query(map, BPF_RB_AVAIL_DATA), 0);
	assert_int_equal(ringbuf_query(map, BPF_RB_PROD_POS), 48);
	assert_int_equal(ringbuf_query(map, BPF_RB_RING_SIZE), PAGE);
	unmap_consumer(&c);
	map_put(map);
}

/* Records of all lengths around the end of the ring, many times. */
static void records_wrap(void **state)
{
	struct map *map = make_map(T(RINGBUF), 0, 0, PAGE, 0);
	struct consumer c = map_consumer(map);
	const u8 *got;
	u32 i, len;
	u8 *rec;

	for (i = 0; i < 5000; i++) {
		rec = ringbuf_reserve(map, i % 1000 + 1);
		assert_non_null(rec);
		memset(rec, i, i % 1000 + 1);
		ringbuf_commit(rec, false);
		got = consume(&c, &len);
		assert_int_equal(len, i % 1000 + 1);
		assert_int_equal(got[0], (u8)i);
		assert_int_equal(got[len - 1], (u8)i);
	}
	unmap_consumer(&c);
	map_put(map);
}

/* What a program may write: a record from its reservation until it is submitted, no header. */
static void open_records_take_stores(void **state)
{
	struct map *map = make_map(T(RINGBUF), 0, 0, PAGE, 0);
	u8 *a = ringbuf_reserve(map, 64), *b = ringbuf_reserve(map, 1000);
	u64 at = (uintptr_t)a, next = (uintptr_t)b;

	assert_int_equal(region_zone_of(at), ZONE_RING);
	assert_true(ringbuf_may_store(at, 64) && ringbuf_may_store(next + 999, 1));
	assert_false(ringbuf_may_store(at - 8, 4) || ringbuf_may_store(at + 60, 8) ||
		     ringbuf_may_store(next + 1000, 1) || ringbuf_may_store(at, 0));
	assert_false(ringbuf_may_store(at - 2 * PAGE, 8) || ringbuf_may_store(next, ~0ULL));
	ringbuf_commit(a, false);
	assert_false(ringbuf_may_store(at, 8));
	assert_true(ringbuf_may_store(next, 1000));
	ringbuf_commit(b, true);
	assert_false(ringbuf_may_store(next, 1));
	map_put(map);
}

static void full_ring(void **state)
{
	struct map *map = make_map(T(RINGBUF), 0, 0, PAGE, 0);
	u32 nr = 0;

	assert_null(ringbuf_reserve(map, PAGE));
	assert_null(ringbuf_reserve(map, 1ULL << 40));
	while (ringbuf_reserve(map, 56))
		nr++;
	assert_int_equal(nr, 63); /* one byte always stays free */
	map_put(map);
}

static void overwriting_ring(void **state)
{
	struct map *map = make_map(T(RINGBUF), 0, 0, PAGE, BPF_F_RB_OVERWRITE);
	u32 i;

	for (i = 0; i < 200; i++)
		assert_int_equal(ringbuf_commit(ringbuf_reserve(map, 56), false), 0);
	assert_int_equal(ringbuf_query(map, BPF_RB_OVERWRITE_POS), (200 - 63) * 64);
	assert_int_equal(ringbuf_query(map, BPF_RB_AVAIL_DATA), 63 * 64);
	map_put(map);
}

static void user_space_produces(void **state)
{
	struct map *map = make_map(T(USER_RINGBUF), 0, 0, PAGE, 0);
	int fd = object_install_fd(&map->obj);
	u8 *p = mmap(NULL, PAGE + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	u64 *prod = (u64 *)p;
	u32 *hdr = (u32 *)(p + PAGE), size;
	void *sample;

	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -ENODATA);
	*prod = 3;
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -EINVAL);
	*prod = 16;
	hdr[0] = 8 | BPF_RINGBUF_BUSY_BIT;
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -ENODATA);
	hdr[0] = 100;
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -EINVAL);
	hdr[0] = 8;
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), 0);
	assert_int_equal(size, 8);
	user_ringbuf_release(map, size);
	*prod = 32;
	hdr[4] = 8 | BPF_RINGBUF_DISCARD_BIT;
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -EAGAIN);
	assert_int_equal(user_ringbuf_peek(map, &sample, &size), -ENODATA);
	assert_true(user_ringbuf_lock(map));
	assert_false(user_ringbuf_lock(map));
	user_ringbuf_unlock(map);
	munmap(p, 3 * PAGE);
	close(fd);
	map_put(map);
}

/* --- arena --- */

static struct map *make_arena(u32 pages)
{
	union bpf_attr attr = map_attr(T(ARENA), 0, 0, pages, BPF_F_MMAPABLE);
	struct map *map = NULL;

	attr.map_extra = ARENA_USER;
	assert_int_equal(map_create(&attr, sizeof(attr), &map), 0);
	return map;
}

static u64 kern(struct map *map, u64 user)
{
	return map_arena_kern_base(map) + (u32)user;
}

static void arena_pages_are_shared(void **state)
{
	struct map *map = make_arena(16);
	int fd = object_install_fd(&map->obj);
	u64 *user = mmap((void *)ARENA_USER, 16 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0),
	    addr;

	assert_int_equal(map_arena_user_base(map), ARENA_USER);
	addr = arena_alloc_pages(map, 0, 2, -1);
	assert_int_equal(addr, ARENA_USER);
	assert_true(region_page_present(kern(map, addr)));
	*(u64 *)(uintptr_t)kern(map, addr + 8) = 77;
	assert_int_equal(user[1], 77);
	arena_free_pages(map, addr, 2);
	assert_false(region_page_present(kern(map, addr)));
	assert_int_equal(arena_alloc_pages(map, 0, 1, -1), ARENA_USER);
	assert_int_equal(user[1], 0);
	munmap(user, 16 * PAGE);
	close(fd);
	map_put(map);
}

static void arena_limits(void **state)
{
	struct map *map = make_arena(8);

	assert_int_equal(arena_alloc_pages(map, 0, 9, -1), 0);
	assert_int_equal(arena_alloc_pages(map, 0, 0, -1), 0);
	assert_int_equal(arena_alloc_pages(map, ARENA_USER + 1, 1, -1), 0);
	assert_int_equal(arena_alloc_pages(map, ARENA_USER + 7 * PAGE, 2, -1), 0);
	assert_int_equal(arena_alloc_pages(map, ARENA_USER + 3 * PAGE, 2, -1),
			 ARENA_USER + 3 * PAGE);
	assert_int_equal(arena_alloc_pages(map, ARENA_USER + 4 * PAGE, 1, -1), 0);
	assert_int_equal(arena_reserve_pages(map, ARENA_USER + 4 * PAGE, 1), -EBUSY);
	assert_int_equal(arena_reserve_pages(map, ARENA_USER, 2), 0);
	assert_int_equal(arena_reserve_pages(map, ARENA_USER, 9), -EINVAL);
	assert_int_equal(arena_alloc_pages(map, 0, 1, -1), ARENA_USER + 2 * PAGE);
	assert_int_equal(arena_alloc_pages(map, 0, 4, -1), 0);
	assert_int_equal(arena_alloc_pages(map, 0, 3, -1), ARENA_USER + 5 * PAGE);
	map_put(map);
}

/* A page that user space touched first is taken, and guests see it. */
static void arena_adopts_touched_pages(void **state)
{
	struct map *map = make_arena(8);
	int fd = object_install_fd(&map->obj);
	u8 *user = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_false(arena_fault(kern(map, ARENA_USER + PAGE)));
	user[PAGE + 5] = 42;
	assert_int_equal(arena_alloc_pages(map, 0, 2, -1), ARENA_USER + 2 * PAGE);
	assert_int_equal(*(u8 *)(uintptr_t)kern(map, ARENA_USER + PAGE + 5), 42);
	user[5 * PAGE] = 43;
	user[7 * PAGE] = 44;
	assert_false(region_page_present(kern(map, ARENA_USER + 5 * PAGE)));
	assert_true(arena_fault(kern(map, ARENA_USER + 5 * PAGE)));
	assert_int_equal(*(u8 *)(uintptr_t)kern(map, ARENA_USER + 5 * PAGE), 43);
	arenas_sync();
	assert_int_equal(*(u8 *)(uintptr_t)kern(map, ARENA_USER + 7 * PAGE), 44);
	munmap(user, 8 * PAGE);
	close(fd);
	map_put(map);
}

static void arena_address_is_fixed_once(void **state)
{
	struct map *map = make_map(T(ARENA), 0, 0, 8, BPF_F_MMAPABLE);
	u64 at = map_arena_pick(map);

	assert_int_equal(arena_alloc_pages(map, 0, 1, -1), 0);
	assert_int_equal(map_arena_mmap(map, at, 8 * PAGE), 0);
	assert_int_equal(map_arena_mmap(map, at + PAGE, 8 * PAGE), -EBUSY);
	assert_int_equal(arena_alloc_pages(map, 0, 1, -1), at);
	assert_int_equal(map_arena_pick(map), 0);
	map_put(map);
	arenas_reset();
}

/* Where user space may put one: whole, within 4 GiB, and only once. */
static void arena_places(void **state)
{
	struct map *map = make_map(T(ARENA), 0, 0, 8, BPF_F_MMAPABLE), *fixed = make_arena(8);
	struct map *other = make_map(T(ARRAY), 4, 4, 1, 0);
	u64 at = map_arena_pick(map), addr;

	assert_int_equal(map_arena_mmap(map, at, (4ULL << 30) + PAGE), -E2BIG);
	assert_int_equal(map_arena_mmap(map, at + (4ULL << 30) - PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(map_direct_value_addr(map, 0, &addr), -ERANGE); /* it is nowhere yet */
	assert_int_equal(map_arena_mmap(map, at, 4 * PAGE), 0);		 /* a part of it */
	assert_false(map_arena_is_mapped(map, at, 4 * PAGE));
	map_arena_mapped(map, true);
	assert_true(map_arena_is_mapped(map, at, 4 * PAGE));
	assert_false(map_arena_is_mapped(map, at, 8 * PAGE));
	assert_false(map_arena_is_mapped(map, at + PAGE, 4 * PAGE));
	assert_int_equal(map_arena_mmap(map, at, 8 * PAGE), -EBUSY);
	assert_int_equal(map_direct_value_addr(map, 4 * PAGE - 1, &addr), 0);
	assert_int_equal(addr, at + 4 * PAGE - 1);
	assert_int_equal(map_direct_value_addr(map, 4 * PAGE, &addr), -ERANGE);
	assert_int_equal(arena_alloc_pages(map, 0, 5, -1), 0); /* no more than is mapped */
	map_arena_unpick(map);
	assert_int_equal(map_arena_user_base(map), 0);
	map_arena_unpick(fixed); /* its creator chose the place */
	assert_int_equal(map_arena_user_base(fixed), ARENA_USER);
	assert_int_equal(map_arena_user_base(other), 0);
	assert_int_equal(map_arena_kern_base(other), 0);
	map_put(map);
	map_put(fixed);
	map_put(other);
	arenas_reset();
}

static void arena_frees_its_own(void **state)
{
	struct map *map = make_arena(8);
	u64 first = arena_alloc_pages(map, 0, 8, 5);

	assert_int_equal(first, ARENA_USER);
	assert_int_equal(arena_alloc_pages(map, 0, 1, -1), 0);
	assert_int_equal(arena_alloc_pages(map, 0, 1, 64), 0);
	arena_free_pages(map, 0, 1);
	arena_free_pages(map, first, 0);
	arena_free_pages(map, first - PAGE, 1);
	arena_free_pages(map, first + 8 * PAGE, 1);
	for (u32 i = 0; i < 8; i++)
		assert_true(region_page_present(kern(map, first + i * PAGE)));
	arena_free_pages(map, first + 7 * PAGE + 5, 9); /* in the last page, and on */
	assert_false(region_page_present(kern(map, first + 7 * PAGE)));
	assert_true(region_page_present(kern(map, first + 6 * PAGE)));
	assert_int_equal(arena_reserve_pages(map, first, 0), 0);
	map_put(map);
}

/* A fault is answered by the arena that it is in, and by none where there is none. */
static void arenas_side_by_side(void **state)
{
	struct map *a = make_arena(8), *b = make_map(T(ARENA), 0, 0, 8, BPF_F_MMAPABLE);
	int fd = object_install_fd(&a->obj);
	u8 *user = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_int_equal(map_arena_mmap(b, map_arena_pick(b), 8 * PAGE), 0);
	user[2 * PAGE] = 7;
	assert_true(arena_fault(kern(a, ARENA_USER + 2 * PAGE)));
	assert_false(arena_fault(kern(a, ARENA_USER + 9 * PAGE)));
	assert_false(arena_fault(kern(b, map_arena_user_base(b) + 2 * PAGE)));
	assert_false(arena_fault(kern(a, 0) + (64ULL << 30)));
	munmap(user, 8 * PAGE);
	close(fd);
	map_put(a); /* the first made is behind the other one */
	assert_int_equal(arena_alloc_pages(b, 0, 1, -1), map_arena_user_base(b));
	map_put(b);
	arenas_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(records_arrive_in_order),
		FAKE_TEST(records_wrap),
		FAKE_TEST(open_records_take_stores),
		FAKE_TEST(full_ring),
		FAKE_TEST(overwriting_ring),
		FAKE_TEST(user_space_produces),
		FAKE_TEST(arena_pages_are_shared),
		FAKE_TEST(arena_limits),
		FAKE_TEST(arena_adopts_touched_pages),
		FAKE_TEST(arena_address_is_fixed_once),
		FAKE_TEST(arena_places),
		FAKE_TEST(arena_frees_its_own),
		FAKE_TEST(arenas_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
