// SPDX-License-Identifier: GPL-2.0-only
/*
 * region.c - the memory that a guest can see: one reservation, six zones.
 *
 *	         REGION_BASE
 *	|  host  |  KOBJ  |  STACK  |  HEAP  |   MAP   | ARENA |  RING  |
 *	 128 GiB each; only the pages behind `top` are committed; host is KOBJ's twin
 *
 * KOBJ, STACK and HEAP are bump allocators with a free list for each size class.
 * The free lists are host memory, so no stray store of a guest can break them.
 * A page becomes present when the first byte of it is handed out and stays so:
 * a guest that reads freed memory reads old bytes, the same in every run.
 *
 * MAP and RING hand out file mappings one after the other, a gap page between them, and
 * ARENA whole windows; there the caller says which pages are present.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/array.h"
#include "base/budget.h"
#include "base/region.h"
#include "base/shortage.h"
#include "base/state.h"

#define COMMIT_BYTES (1ULL << 20) /* grow the accessible part in steps of this */
#define ZONE_BYTES (1ULL << REGION_ZONE_SHIFT)
#define ARENA_WINDOW (1ULL << 32)
#define NR_WINDOWS (ZONE_BYTES / ARENA_WINDOW)
#define PRESENT_BYTES (REGION_SIZE >> REGION_PAGE_SHIFT)
#define ALIGN_MIN 16
#define CLASS_STEPS 4		      /* size classes for each power of two */
#define NR_CLASSES (32 * CLASS_STEPS) /* 16 bytes up to 64 GiB */

_Static_assert(REGION_BASE % ARENA_WINDOW == 0 && ZONE_BYTES % ARENA_WINDOW == 0,
	       "arena windows are 4 GiB aligned");

/* freed blocks of one size class, last in first out */
struct free_list {
	void **block;
	u32 nr, max;
};

struct zone {
	u64 top;       /* next free byte, absolute */
	u64 committed; /* end of the accessible part, absolute */
	struct free_list free[NR_CLASSES];
};

struct region {
	struct zone zones[NR_ZONES];
	bool window_used[NR_WINDOWS];
	bool private;
};

static struct zone *zone_of(enum region_zone zone)
{
	return &base_state.region->zones[zone];
}

static u64 zone_base(enum region_zone zone)
{
	return REGION_BASE + ((u64)zone << REGION_ZONE_SHIFT);
}

static u64 zone_end(enum region_zone zone)
{
	return zone_base(zone) + ZONE_BYTES;
}

static void *reserve(u64 addr, u64 len)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	flags |= addr ? MAP_FIXED_NOREPLACE : 0;
	return mmap((void *)(uintptr_t)addr, len, PROT_NONE, flags, -1, 0);
}

int region_create(void)
{
	void *p;

	if (base_state.region)
		return -EBUSY;
	base_state.region = calloc(1, sizeof(*base_state.region));
	if (!base_state.region)
		return -ENOMEM;
	base_state.region_present = mmap(NULL, PRESENT_BYTES, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base_state.region_present == MAP_FAILED)
		goto err_present;
	p = reserve(REGION_HOST_BASE, REGION_HOST_OFF + REGION_SIZE);
	if (p == MAP_FAILED)
		goto err_range;
	if (p !=
	    (void *)REGION_HOST_BASE) /* hosts before 4.17 take MAP_FIXED_NOREPLACE as a hint */
		goto err_place;
	for (int z = 0; z < NR_ZONES; z++)
		zone_of(z)->top = zone_of(z)->committed = zone_base(z);
	return 0;

err_place:
	munmap(p, REGION_HOST_OFF + REGION_SIZE);
err_range:
	munmap(base_state.region_present, PRESENT_BYTES);
err_present:
	base_state.region_present = NULL;
	free(base_state.region);
	base_state.region = NULL;
	return -ENOMEM;
}

void region_destroy(void)
{
	if (!base_state.region)
		return;
	munmap((void *)REGION_HOST_BASE, REGION_HOST_OFF + REGION_SIZE);
	munmap(base_state.region_present, PRESENT_BYTES);
	base_state.region_present = NULL;
	for (int z = 0; z < NR_ZONES; z++)
		for (int c = 0; c < NR_CLASSES; c++)
			free(zone_of(z)->free[c].block);
	free(base_state.region);
	base_state.region = NULL;
}

/* --- presence --- */

/* every page that [addr, end) touches */
static void mark_range(u64 addr, u64 end, bool present)
{
	u64 page = (addr - REGION_BASE) >> REGION_PAGE_SHIFT;
	u64 last = (end - REGION_BASE + REGION_PAGE_SIZE - 1) >> REGION_PAGE_SHIFT;

	memset(base_state.region_present + page, present, last - page);
}

bool region_range_ok(u64 addr, u64 size)
{
	u64 last = addr + size - 1;

	if (!size || last < addr || !region_contains(addr) || !region_contains(last))
		return false;
	for (u64 page = addr & ~(REGION_PAGE_SIZE - 1); page <= last; page += REGION_PAGE_SIZE)
		if (!region_page_present(page))
			return false;
	return true;
}

/* --- KOBJ, STACK, HEAP --- */

/*
 * Size classes are 16, 32, 48, 64 and from there four to a power of two:
 * 80, 96, 112, 128, 160, 192, 224, 256, ... The index of a size is that of the
 * smallest class that holds it.
 */
static u32 size_class(u64 size, u64 *rounded)
{
	u64 units = DIV_ROUND_UP(size, ALIGN_MIN);
	u32 shift = units <= CLASS_STEPS ? 0 : 61 - __builtin_clzll(units - 1);
	u64 steps = DIV_ROUND_UP(units, 1ULL << shift);

	*rounded = (steps << shift) * ALIGN_MIN;
	return shift * CLASS_STEPS + steps - 1;
}

/*
 * Blocks of a class differ in alignment, since a class is a matter of size alone:
 * take the latest that fits. Nearly always that is the first one looked at.
 */
static void *pop_free(struct free_list *list, u64 align)
{
	for (u32 i = list->nr; i-- > 0;) {
		void *p = list->block[i];

		if ((uintptr_t)p & (align - 1))
			continue;
		memmove(&list->block[i], &list->block[i + 1], (--list->nr - i) * sizeof(p));
		return p;
	}
	return NULL;
}

static bool has_twin(const struct zone *zone)
{
	return zone == zone_of(ZONE_KOBJ);
}

static void commit(struct zone *zone, u64 end)
{
	u64 to = ALIGN_UP(end, COMMIT_BYTES), more = to - zone->committed;
	void *from = (void *)(uintptr_t)zone->committed;

	if (end <= zone->committed)
		return;
	shortage_on(mprotect(from, more, PROT_READ | PROT_WRITE) ||
			    (has_twin(zone) &&
			     mprotect(host_of(from), more, PROT_READ | PROT_WRITE)),
		    "out of memory for what guests see");
	zone->committed = to;
}

static void *bump(enum region_zone z, u64 size, u64 align)
{
	struct zone *zone = zone_of(z);
	u64 addr = ALIGN_UP(zone->top, align);

	if (size > zone_end(z) - addr)
		return NULL;
	if (z == ZONE_HEAP && !budget_take(size)) /* it comes back to the free lists only */
		return NULL;
	commit(zone, addr + size);
	mark_range(addr, addr + size, true);
	zone->top = addr + size;
	return (void *)(uintptr_t)addr;
}

void *region_alloc(enum region_zone zone, size_t size, size_t align)
{
	u64 rounded;
	u32 class;
	void *p;

	if (!size || size > ZONE_BYTES / 4)
		return NULL;
	align = align > ALIGN_MIN ? align : ALIGN_MIN;
	class = size_class(size, &rounded);
	p = pop_free(&zone_of(zone)->free[class], align);
	if (!p)
		return bump(zone, rounded, align);
	if (has_twin(zone_of(zone)))
		memset(host_of(p), 0, rounded);
	return memset(p, 0, rounded);
}

void region_free(enum region_zone zone, void *p, size_t size)
{
	struct free_list *list;
	u64 rounded;

	if (!p)
		return;
	list = &zone_of(zone)->free[size_class(size, &rounded)];
	if (array_room(&list->block, list->nr, &list->max))
		list->block[list->nr++] = p; /* else it is lost, not dangling */
}

/* --- what lies in files --- */

/* Pages of @fd at @addr; once all is private, pages of zeros. */
static bool map_pages(u64 addr, u64 size, int fd, u64 off)
{
	bool private = base_state.region->private;
	int flags = private ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	return mmap((void *)(uintptr_t)addr, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		    private ? -1 : fd, private ? 0 : (off_t)off) != MAP_FAILED;
}

/* [addr, addr+size) is all present: the same bytes in memory of our own */
static int take_private(u64 addr, u64 size)
{
	void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;
	memcpy(copy, (void *)(uintptr_t)addr, size);
	if (mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(uintptr_t)addr) ==
	    MAP_FAILED)
		return -errno;
	return 0;
}

/* Each run of present pages in [addr, end) */
static int take_range_private(u64 addr, u64 end)
{
	int err = 0;

	while (!err && addr < end) {
		u64 from;

		while (addr < end && !region_page_present(addr))
			addr += REGION_PAGE_SIZE;
		for (from = addr; addr < end && region_page_present(addr);)
			addr += REGION_PAGE_SIZE;
		if (addr > from)
			err = take_private(from, addr - from);
	}
	return err;
}

int region_go_private(void)
{
	int err = take_range_private(zone_base(ZONE_MAP), zone_of(ZONE_MAP)->top);

	if (!err)
		err = take_range_private(zone_base(ZONE_RING), zone_of(ZONE_RING)->top);
	for (u32 i = 0; !err && i < NR_WINDOWS; i++) {
		u64 base = zone_base(ZONE_ARENA) + i * ARENA_WINDOW;

		if (base_state.region->window_used[i])
			err = take_range_private(base, base + ARENA_WINDOW);
	}
	base_state.region->private = true;
	return err;
}

/* --- MAP, RING --- */

void *region_map_fd(enum region_zone z, int fd, size_t len)
{
	struct zone *zone = zone_of(z);
	u64 addr = zone->top, size = ALIGN_UP((u64)len, REGION_PAGE_SIZE);

	if (!len || size + REGION_PAGE_SIZE > zone_end(z) - addr)
		return NULL;
	if (!budget_take(size))
		return NULL;
	if (!map_pages(addr, size, fd, 0)) {
		budget_give(size);
		return NULL;
	}
	mark_range(addr, addr + size, true);
	zone->top = addr + size + REGION_PAGE_SIZE;
	return (void *)(uintptr_t)addr;
}

static u64 present_bytes(u64 addr, u64 size)
{
	const u8 *present = base_state.region_present + ((addr - REGION_BASE) >> REGION_PAGE_SHIFT);
	u64 n = 0;

	for (u64 i = 0; i < size >> REGION_PAGE_SHIFT; i++)
		n += present[i];
	return n << REGION_PAGE_SHIFT;
}

/* Back to a hole in the reservation. */
static int unmap(u64 addr, u64 size)
{
	budget_give(present_bytes(addr, size));
	mark_range(addr, addr + size, false);
	if (mmap((void *)(uintptr_t)addr, size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

void region_unmap(void *p, size_t len)
{
	u64 addr = (uintptr_t)p, size = ALIGN_UP((u64)len, REGION_PAGE_SIZE);
	struct zone *zone;

	if (!p)
		return;
	zone = zone_of(region_zone_of(addr));
	unmap(addr, size);
	if (zone->top == addr + size + REGION_PAGE_SIZE)
		zone->top = addr;
}

/* --- ARENA --- */

u64 region_arena_reserve(void)
{
	for (u32 i = 0; i < NR_WINDOWS; i++)
		if (!base_state.region->window_used[i]) {
			base_state.region->window_used[i] = true;
			return zone_base(ZONE_ARENA) + i * ARENA_WINDOW;
		}
	return 0;
}

void region_arena_release(u64 base)
{
	if (!base)
		return;
	unmap(base, ARENA_WINDOW);
	base_state.region->window_used[(base - zone_base(ZONE_ARENA)) / ARENA_WINDOW] = false;
}

int region_arena_map(u64 addr, size_t len, int fd, u64 off)
{
	if (!budget_take(len))
		return -ENOMEM;
	if (!map_pages(addr, len, fd, off)) {
		budget_give(len);
		return -errno;
	}
	mark_range(addr, addr + len, true);
	return 0;
}

int region_arena_unmap(u64 addr, size_t len)
{
	return unmap(addr, len);
}
