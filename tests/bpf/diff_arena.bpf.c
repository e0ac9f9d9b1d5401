/* SPDX-License-Identifier: GPL-2.0-only */
/* diff_arena.bpf.c - pages of an arena, pointers of both address spaces, atomics there. */
#include "diff.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 8);
	__ulong(map_extra, 1ULL << 44);
} arena SEC(".maps");

#define PAGE 4096

/* A page's number in the arena, plus 1; 0 for none. */
static __always_inline u64 page_of(void __arena *p)
{
	return p ? ((u64)p & 0xffffffff) / PAGE + 1 : 0;
}

/* By way of integers: what the kernel hands out is a user's address already. */
static __always_inline void __arena *alloc(void __arena *at, u32 nr)
{
	return (void __arena *)(u64)bpf_arena_alloc_pages(&arena, (void *)(u64)at, nr, -1, 0);
}

static __always_inline void give_back(void __arena *at, u32 nr)
{
	bpf_arena_free_pages(&arena, (void *)(u64)at, nr);
}

TEST(arena_pages)
{
	u64 __arena *a = alloc(NULL, 1), *b = alloc(NULL, 2), *c;

	OUT(0) = page_of(a);
	OUT(1) = page_of(b);
	if (!a || !b)
		return 1;
	OUT(2) = *a;
	*a = 0x1122334455667788;
	OUT(3) = *a;
	OUT(4) = *(u32 __arena *)((u64)a + 4);
	b[600] = 7;
	OUT(5) = b[600];
	c = alloc(NULL, 6);
	OUT(6) = page_of(c);
	c = alloc(NULL, 5);
	OUT(7) = page_of(c);
	give_back(b, 1);
	c = alloc(NULL, 1);
	OUT(8) = page_of(c);
	OUT(9) = page_of(alloc(NULL, 0));
	OUT(10) = page_of(alloc(NULL, 9));
	give_back(a, 8);
	c = alloc(NULL, 8);
	OUT(11) = page_of(c);
	return 0;
}

/* What is not there reads as 0, and takes no store. */
TEST(arena_holes)
{
	volatile u64 __arena *a = alloc(NULL, 1);

	if (!a)
		return 1;
	*a = 5;
	OUT(0) = a[512];
	a[512] = 6;
	OUT(1) = a[512];
	give_back((void __arena *)a, 1);
	OUT(2) = *a;
	*a = 7;
	a = alloc(NULL, 1);
	OUT(3) = a ? *a : 99;
	return 0;
}

TEST(arena_places)
{
	u64 __arena *a = alloc(NULL, 1), *b;

	if (!a)
		return 1;
	b = alloc((void __arena *)((u64)a + 3 * PAGE), 1);
	OUT(0) = page_of(b);
	b = alloc((void __arena *)((u64)a + 3 * PAGE), 1);
	OUT(1) = page_of(b);
	b = alloc((void __arena *)((u64)a + 100), 1);
	OUT(2) = page_of(b);
	b = alloc((void __arena *)((u64)a + 8 * PAGE), 1);
	OUT(3) = page_of(b);
	b = alloc((void __arena *)((u64)a + 7 * PAGE), 2);
	OUT(4) = page_of(b);
	b = alloc(NULL, 3);
	OUT(5) = page_of(b);
	b = alloc(NULL, 2);
	OUT(6) = page_of(b);
	return 0;
}

struct node {
	struct node __arena *next;
	u64 v;
};

/* Pointers kept in the arena are of user space's; they are followed after a cast. */
TEST(arena_pointers)
{
	struct node __arena *n = alloc(NULL, 1), *p;
	u64 sum = 0;
	int i;

	if (!n)
		return 1;
	for (i = 0; i < 4; i++) {
		n[i].v = i + 1;
		n[i].next = i < 3 ? &n[i + 1] : NULL;
	}
	for (i = 0, p = n; p && i < 10; p = p->next, i++)
		sum = 10 * sum + p->v;
	OUT(0) = sum;
	OUT(1) = (u64)n->next >> 32 == (u64)n >> 32;
	OUT(2) = (u64)n[3].next;
	return 0;
}

TEST(arena_atomics)
{
	u64 __arena *a = alloc(NULL, 1);
	u32 __arena *w = (u32 __arena *)(a + 1);

	if (!a)
		return 1;
	*a = 10;
	OUT(0) = __sync_fetch_and_add(a, 5);
	OUT(1) = *a;
	OUT(5) = *a;
	OUT(6) = __sync_val_compare_and_swap(a, OUT(5), 77);
	OUT(7) = __sync_val_compare_and_swap(a, 1, 78);
	OUT(8) = __sync_lock_test_and_set(a, 79);
	*w = 0xffffffff;
	OUT(9) = __sync_fetch_and_add(w, 1);
	OUT(10) = *w;
	OUT(11) = __sync_val_compare_and_swap(w, 0, 5);
	OUT(12) = __sync_lock_test_and_set(w, 6);
	OUT(13) = *a;
	return 0;
}
