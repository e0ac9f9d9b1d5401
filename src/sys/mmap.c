// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap.c - maps in user space: who may not, and where an arena is seen. Guests get user addresses (they store
 * them in the arena for user space to follow), so a mapping that the caller leaves
 * to the kernel must not land where the host's randomisation likes it.
 */
#include <errno.h>
#include <sys/mman.h>
#include "bpf/arena.h"
#include "sys/door.h"

/* The model maps pages for guests by its own descriptor: that is not user space's doing. */
static struct map *map_of_user(int fd)
{
	struct map *map = map_from_fd(fd);

	if (map && fd != map->obj.backing_fd && (map->type == BPF_MAP_TYPE_ARENA || map->record))
		return map;
	map_put(map);
	return NULL;
}

static void *map_fixed(struct map *map, void *addr, size_t len, int prot, int flags, int fd,
		       off_t off)
{
	int err = map_arena_mmap(map, (uintptr_t)addr, len);

	if (err) {
		errno = -err;
		return MAP_FAILED;
	}
	/* through mmap() again; the flag says that nothing is left to choose */
	return mmap(addr, len, prot, flags | MAP_FIXED | MAP_NORESERVE, fd, off);
}

bool arena_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off, void **ret)
{
	struct map *map;
	u64 pick;

	if (flags & (MAP_ANONYMOUS | MAP_NORESERVE))
		return false;
	map = map_of_user(fd);
	if (!map)
		return false;
	if (map->record) {	/* bpf_map_mmap(): nobody may write over locks and pointers */
		map_put(map);
		errno = ENOTSUPP;
		*ret = MAP_FAILED;
		return true;
	}
	pick = flags & MAP_FIXED ? 0 : map_arena_pick(map);
	*ret = map_fixed(map, pick ? (void *)(uintptr_t)pick : addr, len, prot, flags, fd, off);
	map_put(map);
	return true;
}
