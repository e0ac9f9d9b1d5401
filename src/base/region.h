/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * region.h - the memory that a guest can see.
 *
 * Everything whose address a BPF program can learn (tasks, run queues, map
 * values, program stacks, arena pages) lives in one reserved range of the
 * process at a fixed address, handed out in a fixed order. So a pointer that a
 * scheduler prints, hashes or compares is the same in every run, under address
 * randomisation too. Host-only data (fibers, file tables) stays in malloc.
 *
 * The range is cut into zones. A zone says what a guest may do there:
 *
 *   zone     guest loads   guest stores
 *   KOBJ     yes           only fields that the profile lists (prog.h: store_ok)
 *   STACK    yes           yes   program stacks, contexts
 *   HEAP     yes           yes   map elements, local storage, kptr objects
 *   MAP      yes           yes   memfd-backed array values, mmap()able
 *   ARENA    yes           yes   4 GiB aligned windows, sparse
 *   RING     yes           only records that it has reserved (ringbuf_may_store())
 *
 * A load outside of mapped pages reads zero, as a faulting BTF pointer load
 * does in the kernel; a store there ends the run with a report.
 *
 * What the model keeps of a kernel object for itself (pointers into its own memory,
 * functions) has no place there, since guests load what they like: every byte of KOBJ
 * has a twin in memory of the host's own, at a fixed distance. Members marked __host
 * that a guest must not learn are read and written in the twin:
 *
 *	host_of(p)->m->dead = true;
 *
 * The range is a process-wide resource: one machine at a time.
 */
#ifndef KS_BASE_REGION_H
#define KS_BASE_REGION_H

#include "base/state.h"
#include "base/types.h"

#define REGION_BASE 0x200000000000ULL
#define REGION_ZONE_SHIFT 37 /* 128 GiB a zone, reserved, not committed */
#define REGION_PAGE_SHIFT 12
#define REGION_PAGE_SIZE (1ULL << REGION_PAGE_SHIFT)

/* the twin of ZONE_KOBJ, below the range: no guest's load reaches it */
#define REGION_HOST_OFF (1ULL << REGION_ZONE_SHIFT)
#define REGION_HOST_BASE (REGION_BASE - REGION_HOST_OFF)

/* the host's side of a kernel object at @p in ZONE_KOBJ, and back */
#define host_of(p) ((typeof(p))((uintptr_t)(p) - REGION_HOST_OFF))
#define kobj_of(p) ((typeof(p))((uintptr_t)(p) + REGION_HOST_OFF))

enum region_zone { ZONE_KOBJ, ZONE_STACK, ZONE_HEAP, ZONE_MAP, ZONE_ARENA, ZONE_RING, NR_ZONES };

#define REGION_SIZE ((u64)NR_ZONES << REGION_ZONE_SHIFT)

/* Reserve the range. 0, or -EBUSY when a region is live, or -ENOMEM. */
int region_create(void);
/* Give everything back; every pointer into the region is dead. */
void region_destroy(void);

/*
 * region_alloc - zeroed memory from @zone (KOBJ, STACK or HEAP); KOBJ's twin is zeroed too
 * @size: bytes, > 0; @align: a power of two up to 4096, 0 for 16.
 * Same sequence of calls, same addresses. NULL when the zone or the budget is at its end.
 */
void *region_alloc(enum region_zone zone, size_t size, size_t align);
/* Return @p of the same @size to its zone (size-class free lists, LIFO). NULL is fine. */
void region_free(enum region_zone zone, void *p, size_t size);

/*
 * region_map_fd - map @len bytes of @fd (a memfd) into @zone (MAP or RING), shared, at the
 * next page-aligned address. NULL on failure.
 */
void *region_map_fd(enum region_zone zone, int fd, size_t len);
void region_unmap(void *p, size_t len);

/* A 4 GiB-aligned window of 4 GiB in ZONE_ARENA, no page present. 0 if none is left. */
u64 region_arena_reserve(void);
/* The window is unmapped and may be reserved again. 0 is fine. */
void region_arena_release(u64 base);
/* Make [addr, addr+len) of an arena present, backed by @fd at @off. 0 or -errno. */
int region_arena_map(u64 addr, size_t len, int fd, u64 off);
int region_arena_unmap(u64 addr, size_t len);

/*
 * region_go_private - what is shared with files is this process's own from here on
 * For copies of a machine by fork(2): MAP, RING and ARENA keep what is in them, files are not
 * written to any longer, and what is mapped later begins as zeros. Whoever maps the files
 * elsewhere sees no more of the machine. There is no way back. 0 or -errno.
 */
int region_go_private(void);

static inline bool region_page_present(u64 addr)
{
	return base_state.region_present[(addr - REGION_BASE) >> REGION_PAGE_SHIFT];
}

static inline bool region_contains(u64 addr)
{
	return addr - REGION_BASE < REGION_SIZE;
}

static inline enum region_zone region_zone_of(u64 addr)
{
	return (enum region_zone)((addr - REGION_BASE) >> REGION_ZONE_SHIFT);
}

/* May @size (1..4096) bytes at @addr be touched at all? */
static inline bool region_ok(u64 addr, u32 size)
{
	return region_contains(addr) && region_contains(addr + size - 1) &&
	       region_page_present(addr) && region_page_present(addr + size - 1);
}

/* The same for any size, page by page; false for size 0. */
bool region_range_ok(u64 addr, u64 size);

#endif
