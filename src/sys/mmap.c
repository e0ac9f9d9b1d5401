// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap.c - maps in user space: who may not, and where an arena is seen. Guests get user addresses (they store
 * them in the arena for user space to follow), so a mapping that the caller leaves
 * to the kernel must not land where the host's randomisation likes it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "bpf/arena.h"
#include "bpf/env.h"
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

/*
 * An object says where its arena is to be (map_extra), and a loader with MAP_FIXED means
 * it: but whatever this process has there already stays, an arena's own mapping apart.
 */
static long map_fixed(struct map *map, void *addr, size_t len, int prot, int flags, int fd,
		      off_t off)
{
	bool again = map_arena_is_mapped(map, (uintptr_t)addr, len);
	int err = map_arena_mmap(map, (uintptr_t)addr, len);
	void *p;

	if (err)
		return err;
	/* through mmap() again; the flag says that nothing is left to choose */
	flags = (flags & ~MAP_FIXED) | (again ? MAP_FIXED : MAP_FIXED_NOREPLACE) | MAP_NORESERVE;
	p = mmap(addr, len, prot, flags, fd, off);
	if (p == MAP_FAILED) {
		err = -errno;
	} else if (p != addr) { /* a host that takes the flag as a hint */
		munmap(p, len);
		err = -EEXIST;
	}
	map_arena_mapped(map, !err || again);
	return err ? err : (long)p;
}

static void refused(const struct map *map, const void *addr, int err)
{
	char line[128];

	snprintf(line, sizeof(line), "kickstand: arena '%s' asks for address %p, %s", map->name,
		 addr, err == EEXIST ? "where this process has something else" : strerror(err));
	ENV->printk(line);
}

/* At the next free place of ours; objects may have named some of them. */
static long map_picked(struct map *map, size_t len, int prot, int flags, int fd, off_t off)
{
	long ret;
	u64 pick;

	do {
		pick = map_arena_pick(map);
		ret = map_fixed(map, (void *)(uintptr_t)pick, len, prot, flags, fd, off);
		if (ret < 0)
			map_arena_unpick(map);
	} while (ret == -EEXIST);
	return ret;
}

bool arena_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off, long *ret)
{
	struct map *map;

	if (flags & (MAP_ANONYMOUS | MAP_NORESERVE))
		return false;
	map = map_of_user(fd);
	if (!map)
		return false;
	if (map->record) { /* bpf_map_mmap(): nobody may write over locks and pointers */
		map_put(map);
		*ret = -ENOTSUPP;
		return true;
	}
	if (flags & MAP_FIXED || map_arena_user_base(map))
		*ret = map_fixed(map, addr, len, prot, flags, fd, off);
	else
		*ret = map_picked(map, len, prot, flags, fd, off);
	if (*ret < 0)
		refused(map, addr, (int)-*ret);
	map_put(map);
	return true;
}
