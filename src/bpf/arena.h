/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arena.h - ARENA maps: sparse memory that guests and user space share.
 *
 *	user space   U = user base ... + max_entries pages   the mmap() of the descriptor
 *	guests       K = kern base + (u32)U                   region_arena_reserve() window
 *
 * Page n of the memfd is page n of the user range, so that both windows agree. A
 * page is handed out by bpf_arena_alloc_pages(), or by user space touching it: the
 * kernel sees that fault, we find the page in the memfd afterwards (SEEK_DATA).
 */
#ifndef KS_BPF_ARENA_H
#define KS_BPF_ARENA_H

#include "bpf/map.h"

/* User space maps the descriptor at @addr (kernel's arena_map_mmap()): 0, -EBUSY, -EINVAL. */
int map_arena_mmap(struct map *map, u64 addr, u64 len);
/* Did it work? Till it has, there is nothing in the window. */
void map_arena_mapped(struct map *map, bool mapped);
/* Is exactly this what user space sees it at already? */
bool map_arena_is_mapped(const struct map *map, u64 addr, u64 len);
/* The place that was picked is taken: another. */
void map_arena_unpick(struct map *map);
/* Where to put it if the caller does not care: the same place in every run. 0: fixed already */
u64 map_arena_pick(struct map *map);

/*
 * A guest touched @addr in a guest window and no page is there. True: user space
 * had made it, now it is mapped, try again. False: a hole.
 */
bool arena_fault(u64 addr);
/* Take in all pages that user space has touched: when user space hands over control. */
void arenas_sync(void);

/* kfuncs; user addresses as the kernel returns them, 0 on failure */
u64 arena_alloc_pages(struct map *map, u64 addr, u32 nr, s32 node);
void arena_free_pages(struct map *map, u64 addr, u32 nr);
s64 arena_reserve_pages(struct map *map, u64 addr, u32 nr);

/* Pages looked at or handled since the last time it was asked: for vm_work(). */
u64 arena_pages_handled(void);

/* after the machine */
void arenas_reset(void);

#endif
