// SPDX-License-Identifier: GPL-2.0-only
/*
 * arena.c - see arena.h. Facts: kernel/bpf/arena.c (limits, errors, lowest free
 * range first).
 *
 * Invariant: a page that is mapped in the guest window has its bit in `used`; a
 * used page that is not mapped is reserved, or its page has not been asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/region.h"
#include "bpf/arena.h"
#include "bpf/map_kinds.h"
#include "bpf/state.h"

#define ARENA_BYTES_MAX (1ULL << 32)
/* where maps go that name no address: free under the address sanitizer too (1 << 44 is not) */
#define ARENA_USER_FIRST 0x180000000000ULL
#define ARENA_FLAGS (BPF_F_SEGV_ON_FAULT | BPF_F_MMAPABLE | BPF_F_NO_USER_CONV)

struct arena_map {
	struct map map;
	u64 kern;	    /* guest window, 4 GiB aligned */
	u64 user, user_end; /* 0 until user space maps it */
	bool mapped;	    /* it has */
	u64 *used;	    /* bit per page */
	u32 hint;	    /* no free page below */
	struct arena_map *next;
};

static struct arena_map *to_arena(const struct map *map)
{
	return container_of((struct map *)map, struct arena_map, map);
}

static u64 arena_bytes(const struct map *map)
{
	return (u64)map->max_entries << REGION_PAGE_SHIFT;
}

/* --- the map --- */

static int arena_alloc_check(const union bpf_attr *attr)
{
	const u64 bytes = (u64)attr->max_entries << REGION_PAGE_SHIFT;

	if (attr->key_size || attr->value_size || !attr->max_entries ||
	    !(attr->map_flags & BPF_F_MMAPABLE) || (attr->map_flags & ~ARENA_FLAGS))
		return -EINVAL;
	if (attr->map_extra % REGION_PAGE_SIZE)
		return -EINVAL;
	if (bytes > ARENA_BYTES_MAX)
		return -E2BIG;
	return attr->map_extra >> 32 != (attr->map_extra + bytes - 1) >> 32 ? -ERANGE : 0;
}

static int arena_alloc(struct map *map, const union bpf_attr *attr)
{
	struct arena_map *am = to_arena(map);
	char name[32];
	int err;

	snprintf(name, sizeof(name), "bpf-map:%.15s", attr->map_name);
	err = object_back(&map->obj, name, arena_bytes(map));
	if (err)
		return err;
	am->used = calloc(DIV_ROUND_UP(map->max_entries, 64), sizeof(*am->used));
	am->kern = region_arena_reserve();
	if (!am->used || !am->kern) {
		region_arena_release(am->kern);
		free(am->used);
		return -ENOMEM;
	}
	am->next = vm_state.arena.all;
	vm_state.arena.all = am;
	am->user = map->extra;
	if (am->user)
		am->user_end = am->user + arena_bytes(map);
	return 0;
}

static void arena_free(struct map *map)
{
	struct arena_map *am = to_arena(map), **p;

	for (p = &vm_state.arena.all; *p != am; p = &(*p)->next)
		;
	*p = am->next;
	region_arena_release(am->kern);
	free(am->used);
}

static int arena_check_btf(const struct map *map, bool keyless)
{
	return 0;
}

static void *arena_no_lookup(struct map *map, const void *key)
{
	return NULL;
}

static int arena_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	return -EINVAL;
}

static int arena_direct_value(struct map *map, u32 off, u64 *addr)
{
	struct arena_map *am = to_arena(map);

	if (off >= am->user_end - am->user)
		return -ERANGE;
	*addr = am->user + off;
	return 0;
}

u64 map_arena_kern_base(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_ARENA ? to_arena(map)->kern : 0;
}

u64 map_arena_user_base(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_ARENA ? to_arena(map)->user : 0;
}

u64 map_arena_pick(struct map *map)
{
	if (to_arena(map)->user)
		return 0;
	return ARENA_USER_FIRST + (u64)vm_state.arena.nr_picked++ * ARENA_BYTES_MAX;
}

int map_arena_mmap(struct map *map, u64 addr, u64 len)
{
	struct arena_map *am = to_arena(map);

	if (len > ARENA_BYTES_MAX)
		return -E2BIG;
	if (addr >> 32 != (addr + len - 1) >> 32)
		return -EINVAL;
	if ((am->user && am->user != addr) || (am->user_end && am->user_end != addr + len))
		return -EBUSY;
	am->user = addr;
	am->user_end = addr + len;
	return 0;
}

bool map_arena_is_mapped(const struct map *map, u64 addr, u64 len)
{
	const struct arena_map *am = to_arena(map);

	return am->mapped && am->user == addr && am->user_end == addr + len;
}

void map_arena_mapped(struct map *map, bool mapped)
{
	to_arena(map)->mapped = mapped;
}

void map_arena_unpick(struct map *map)
{
	struct arena_map *am = to_arena(map);

	am->user = am->user_end = map->extra;
	if (map->extra)
		am->user_end += arena_bytes(map);
}

/* --- pages --- */

static bool page_used(const struct arena_map *am, u32 i)
{
	return am->used[i / 64] >> (i % 64) & 1;
}

static void set_used(struct arena_map *am, u32 first, u32 nr, bool used)
{
	u32 i;

	vm_state.arena.pages_handled += nr;
	for (i = first; i < first + nr; i++) {
		if (used)
			am->used[i / 64] |= 1ULL << (i % 64);
		else
			am->used[i / 64] &= ~(1ULL << (i % 64));
	}
	if (!used)
		am->hint = min(am->hint, first);
}

/* Pages the map has for guests: what user space mapped, at most max_entries. */
static u32 nr_pages(const struct arena_map *am)
{
	u64 nr = (am->user_end - am->user) >> REGION_PAGE_SHIFT;

	return min(nr, (u64)am->map.max_entries);
}

/* Guests compute K + (u32)U: the window begins with the user base's low 32 bits. */
static u64 kern_addr(const struct arena_map *am, u32 page)
{
	return am->kern + (u32)(am->user + ((u64)page << REGION_PAGE_SHIFT));
}

static u32 page_of(const struct arena_map *am, u64 addr)
{
	return (u32)(addr - am->user) >> REGION_PAGE_SHIFT;
}

static int map_pages(struct arena_map *am, u32 first, u32 nr)
{
	return region_arena_map(kern_addr(am, first), (size_t)nr << REGION_PAGE_SHIFT,
				am->map.obj.backing_fd, (u64)first << REGION_PAGE_SHIFT);
}

/* First page of [@first, @first + @nr) that user space has made by touching it; @nr: none */
static u32 touched_page(const struct arena_map *am, u32 first, u32 nr)
{
	off_t off = lseek(am->map.obj.backing_fd, (off_t)first << REGION_PAGE_SHIFT, SEEK_DATA);
	u64 page = (u64)off >> REGION_PAGE_SHIFT;

	return off < 0 || page >= (u64)first + nr ? nr : page - first;
}

/* Take in what user space has touched in the range; true: there was something. */
static bool adopt_touched(struct arena_map *am, u32 first, u32 nr)
{
	bool found = false;
	u32 i;

	while (nr && (i = touched_page(am, first, nr)) < nr) {
		if (!page_used(am, first + i)) {
			set_used(am, first + i, 1, true);
			map_pages(am, first + i, 1);
			found = true;
		}
		first += i + 1;
		nr -= i + 1;
	}
	return found;
}

bool arena_fault(u64 addr)
{
	struct arena_map *am;
	u32 page;

	for (am = vm_state.arena.all; am; am = am->next) {
		if (addr - am->kern >= ARENA_BYTES_MAX)
			continue;
		page = page_of(am, (u32)addr);
		return page < nr_pages(am) && adopt_touched(am, page, 1);
	}
	return false;
}

void arenas_sync(void)
{
	struct arena_map *am;

	for (am = vm_state.arena.all; am; am = am->next)
		adopt_touched(am, 0, nr_pages(am));
}

u64 arena_pages_handled(void)
{
	u64 nr = vm_state.arena.pages_handled;

	vm_state.arena.pages_handled = 0;
	return nr;
}

static bool range_free(const struct arena_map *am, u32 first, u32 nr, u32 *next)
{
	u32 i;

	for (i = first; i < first + nr; i++) {
		vm_state.arena.pages_handled++;
		if (page_used(am, i)) {
			*next = i + 1;
			return false;
		}
	}
	return true;
}

/* The lowest @nr free pages in a row; -1: there are none. */
static s64 find_free(struct arena_map *am, u32 nr)
{
	u32 first = am->hint, end = nr_pages(am), next;

	while (first < end && page_used(am, first))
		first++;
	vm_state.arena.pages_handled += first - am->hint;
	am->hint = first;
	while (first + nr <= end) {
		if (!range_free(am, first, nr, &next)) {
			first = next;
			continue;
		}
		if (!adopt_touched(am, first, nr))
			return first;
	}
	return -1;
}

/* The page that @addr asks for, if the whole range is inside and free; -1 if not. */
static s64 take_at(struct arena_map *am, u64 addr, u32 nr)
{
	u32 first = page_of(am, addr), next;

	if (addr % REGION_PAGE_SIZE || first > nr_pages(am) - nr)
		return -1;
	adopt_touched(am, first, nr);
	return range_free(am, first, nr, &next) ? (s64)first : -1;
}

u64 arena_alloc_pages(struct map *map, u64 addr, u32 nr, s32 node)
{
	struct arena_map *am = to_arena(map);
	s64 first;

	if (!nr || nr > nr_pages(am) || (node != -1 && (u32)node >= 64))
		return 0;
	first = addr ? take_at(am, addr, nr) : find_free(am, nr);
	if (first < 0 || map_pages(am, first, nr))
		return 0;
	set_used(am, first, nr, true);
	return am->user + ((u64)first << REGION_PAGE_SHIFT);
}

void arena_free_pages(struct map *map, u64 addr, u32 nr)
{
	struct arena_map *am = to_arena(map);
	const u64 full = (am->user & ~0xffffffffULL) + ((u32)addr & ~(REGION_PAGE_SIZE - 1));
	u64 end = min(full + ((u64)nr << REGION_PAGE_SHIFT), am->user_end);
	u32 first;

	if (!nr || !addr || full < am->user || full >= end)
		return;
	first = page_of(am, full);
	nr = (end - full) >> REGION_PAGE_SHIFT;
	set_used(am, first, nr, false);
	region_arena_unmap(kern_addr(am, first), (size_t)nr << REGION_PAGE_SHIFT);
	/* the next to get these pages gets zeroes, and user space's touch shows again */
	fallocate(map->obj.backing_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		  (off_t)first << REGION_PAGE_SHIFT, (off_t)nr << REGION_PAGE_SHIFT);
}

s64 arena_reserve_pages(struct map *map, u64 addr, u32 nr)
{
	struct arena_map *am = to_arena(map);
	u32 first = page_of(am, addr), next;

	if (!nr || addr % REGION_PAGE_SIZE)
		return 0;
	if ((u64)first + nr > nr_pages(am))
		return -EINVAL;
	adopt_touched(am, first, nr);
	if (!range_free(am, first, nr, &next))
		return -EBUSY;
	set_used(am, first, nr, true);
	return 0;
}

void arenas_reset(void)
{
	vm_state.arena.nr_picked = 0;
	vm_state.arena.pages_handled = 0; /* a program that faulted has not paid */
}

const struct map_ops arena_map_ops = {
	.type = BPF_MAP_TYPE_ARENA,
	.size = sizeof(struct arena_map),
	.alloc_check = arena_alloc_check,
	.alloc = arena_alloc,
	.free = arena_free,
	.check_btf = arena_check_btf,
	.lookup = arena_no_lookup,
	.update = map_no_update,
	.delete = map_no_delete,
	.get_next_key = map_no_get_next_key,
	.user_lookup = arena_user_lookup,
	.direct_value = arena_direct_value,
	.mmap_size = arena_bytes,
};
