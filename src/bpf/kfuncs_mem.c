// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_mem.c - arenas, casts, and the number of elements of a map.
 */
#include <errno.h>
#include "bpf/arena.h"
#include "bpf/helpers.h"

#define VM_WORK_PER_PAGE 512

static struct map *arg_arena(struct vm *vm, u64 addr)
{
	return arg_map_of(vm, addr, BPF_MAP_TYPE_ARENA);
}

/* The kernel zeroes each page; one that is only looked at costs it less. */
static u64 paid(struct vm *vm, u64 ret)
{
	vm_work(vm, arena_pages_handled() * VM_WORK_PER_PAGE);
	return ret;
}

/* map, address or 0, pages, NUMA node, flags */
static u64 alloc_pages(struct vm *vm, const u64 *a)
{
	struct map *map = arg_arena(vm, a[0]);
	u64 addr = map && !a[4] ? arena_alloc_pages(map, a[1], a[2], a[3]) : 0;

	return paid(vm, addr);
}

/* map, address, pages */
static u64 free_pages(struct vm *vm, const u64 *a)
{
	struct map *map = arg_arena(vm, a[0]);

	if (map)
		arena_free_pages(map, a[1], a[2]);
	return paid(vm, 0);
}

static u64 reserve_pages(struct vm *vm, const u64 *a)
{
	struct map *map = arg_arena(vm, a[0]);

	return paid(vm, map ? ret_errno(arena_reserve_pages(map, a[1], a[2])) : 0);
}

/* Casts are for the verifier: the value is the same. */
static u64 identity(struct vm *vm, const u64 *a)
{
	return a[0];
}

static u64 sum_elem_count(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[0]);

	return map && map->ops->count ? map->ops->count(map) : 0;
}

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_arena_alloc_pages, alloc_pages, KF_PREEMPT_IRQ),
	KFUNC(bpf_arena_free_pages, free_pages, KF_PREEMPT_IRQ),
	KFUNC(bpf_arena_reserve_pages, reserve_pages, KF_PREEMPT_IRQ),
	KFUNC(bpf_cast_to_kern_ctx, identity, 0),
	KFUNC(bpf_rdonly_cast, identity, 0),
	KFUNC(bpf_map_sum_elem_count, sum_elem_count, 0),
};

void kfuncs_mem_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
