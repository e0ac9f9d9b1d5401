// SPDX-License-Identifier: GPL-2.0-only
/*
 * ringbuf.c - see ringbuf.h. Facts: kernel/bpf/ringbuf.c.
 *
 * The memfd is what libbpf maps:
 *
 *	page 0         page 1                  data, 2 * max_entries bytes
 *	consumer_pos | producer_pos, pending | r0 | r1 | r2 ...
 *
 * The kernel maps its data pages twice in a row, so that a record that wraps is
 * contiguous. A file cannot alias itself, and need not: producer and consumer both
 * reach a record at data + (pos % size), its tail running on into the second half,
 * and nobody ever looks at the same record through the other half.
 *
 * A record: u32 len (bits 31 busy, 30 discarded), u32 page offset, bytes; aligned
 * to 8. The page offset of the kernel is written, but never believed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include "base/bitmap.h"
#include "base/region.h"
#include "bpf/dynptr.h"
#include "bpf/map_kinds.h"
#include "bpf/ringbuf.h"
#include "bpf/state.h"

#define RINGBUF_META_PAGES 2
#define RINGBUF_PGOFF 2 /* kernel-internal pages before them, counted in pg_off */
#define RINGBUF_RECORD_MAX (UINT32_MAX / 4)

struct rb_pages {
	u64 consumer_pos;
	u8 pad0[REGION_PAGE_SIZE - 8];
	u64 producer_pos;
	u64 pending_pos;
	u64 overwrite_pos;
	u8 pad1[REGION_PAGE_SIZE - 24];
	u8 data[];
};

struct rb_hdr {
	u32 len, pg_off;
};

_Static_assert(sizeof(struct rb_hdr) == BPF_RINGBUF_HDR_SZ, "record header");

/*
 * The pages are user space's to scribble on (the kernel maps its own positions
 * read-only there) and the programs', so what this side keeps count of is here and only
 * copied out: positions, and of each record the header's first word.
 */
struct ringbuf_map {
	struct map map;
	struct rb_pages *rb;
	u32 *lens; /* RINGBUF, by position / 8: length and bits; 0: no record begins here */
	unsigned long *open; /* RINGBUF, a bit for 8 bytes of data: a program may fill them in */
	u64 prod, pending, overwritten; /* RINGBUF */
	u64 cons;			/* USER_RINGBUF */
	bool busy;			/* a drain is calling back */
	struct ringbuf_map *next;
};

static struct ringbuf_map *to_ringbuf(const struct map *map)
{
	return container_of((struct map *)map, struct ringbuf_map, map);
}

/* --- the map --- */

static u64 rb_bytes(const struct map *map)
{
	return RINGBUF_META_PAGES * REGION_PAGE_SIZE + 2ULL * map->max_entries;
}

static int rb_alloc_check(const union bpf_attr *attr)
{
	const u32 size = attr->max_entries;

	if (attr->map_flags & ~(BPF_F_NUMA_NODE | BPF_F_RB_OVERWRITE))
		return -EINVAL;
	if ((attr->map_flags & BPF_F_RB_OVERWRITE) && attr->map_type != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	if (attr->key_size || attr->value_size || !size || (size & (size - 1)) ||
	    size % REGION_PAGE_SIZE)
		return -EINVAL;
	return 0;
}

static void books_free(struct ringbuf_map *rm)
{
	free(rm->lens);
	free(rm->open);
}

static bool books_alloc(struct ringbuf_map *rm)
{
	const u32 size = rm->map.max_entries;

	rm->lens = calloc(size / 8, sizeof(*rm->lens));
	rm->open = calloc(2ULL * size / 8 / BITS_PER_WORD, sizeof(*rm->open));
	if (rm->lens && rm->open)
		return true;
	books_free(rm);
	return false;
}

static int rb_alloc(struct map *map, const union bpf_attr *attr)
{
	struct ringbuf_map *rm = to_ringbuf(map);
	char name[32];
	int err;

	snprintf(name, sizeof(name), "bpf-map:%.15s", attr->map_name);
	err = object_back(&map->obj, name, rb_bytes(map));
	if (err)
		return err;
	if (map->ops == &ringbuf_map_ops && !books_alloc(rm))
		return -ENOMEM;
	rm->rb = region_map_fd(map->ops == &ringbuf_map_ops ? ZONE_RING : ZONE_MAP,
			       map->obj.backing_fd, rb_bytes(map));
	if (!rm->rb) {
		books_free(rm);
		return -ENOMEM;
	}
	rm->next = vm_state.ringbufs;
	vm_state.ringbufs = rm;
	return 0;
}

static void rb_free(struct map *map)
{
	struct ringbuf_map *rm = to_ringbuf(map), **p;

	for (p = &vm_state.ringbufs; *p != rm; p = &(*p)->next)
		;
	*p = rm->next;
	region_unmap(rm->rb, rb_bytes(map));
	books_free(rm);
}

static int rb_no_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	return -ENOTSUPP;
}

static int rb_no_next_key(struct map *map, const void *key, void *next)
{
	return -ENOTSUPP;
}

static u64 avail(const struct map *map)
{
	const struct ringbuf_map *rm = to_ringbuf(map);
	u64 left = READ_ONCE(rm->rb->producer_pos) - READ_ONCE(rm->rb->consumer_pos);

	if (!(map->flags & BPF_F_RB_OVERWRITE))
		return left;
	return min(left, rm->prod - rm->overwritten);
}

static u32 rb_poll(const struct map *map)
{
	return avail(map) ? EPOLLIN | EPOLLRDNORM : 0;
}

static u32 user_rb_poll(const struct map *map)
{
	return avail(map) < map->max_entries ? EPOLLOUT | EPOLLWRNORM : 0;
}

/* --- guests produce --- */

static struct rb_hdr *hdr_at(const struct map *map, u64 pos)
{
	return (struct rb_hdr *)(to_ringbuf(map)->rb->data + (pos & (map->max_entries - 1)));
}

static u64 record_bytes(u64 len)
{
	return ALIGN_UP((len & ~(u64)BPF_RINGBUF_DISCARD_BIT) + BPF_RINGBUF_HDR_SZ, 8ULL);
}

/* The length of the record at @pos as this side knows it, 0: none */
static u32 *len_at(const struct ringbuf_map *rm, u64 pos)
{
	return &rm->lens[(pos & (rm->map.max_entries - 1)) / 8];
}

/* Where records of the last round began none do now. */
static void forget_records(struct ringbuf_map *rm, u64 from, u64 end)
{
	for (; from < end; from += 8)
		*len_at(rm, from) = 0;
}

/* Records are submitted out of order: the oldest one that is still being written */
static void advance_pending(struct ringbuf_map *rm)
{
	u32 len;

	while (rm->pending < rm->prod) {
		len = *len_at(rm, rm->pending);
		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		rm->pending += record_bytes(len);
	}
	rm->rb->pending_pos = rm->pending;
}

static bool has_room(const struct ringbuf_map *rm, u64 end)
{
	const u64 mask = rm->map.max_entries - 1;

	if (end - rm->pending > mask)
		return false;
	if (rm->map.flags & BPF_F_RB_OVERWRITE)
		return true;
	return end - READ_ONCE(rm->rb->consumer_pos) <= mask;
}

/* What is behind the header is the program's to write until it submits it. */
static void open_record(struct ringbuf_map *rm, const struct rb_hdr *hdr, u64 len, bool open)
{
	u32 at = ((const u8 *)(hdr + 1) - rm->rb->data) / 8;

	bit_fill(rm->open, at, at + DIV_ROUND_UP(len, 8), open);
}

static void overwrite_until(struct ringbuf_map *rm, u64 end)
{
	while (end - rm->overwritten > rm->map.max_entries - 1)
		rm->overwritten += record_bytes(*len_at(rm, rm->overwritten));
	WRITE_ONCE(rm->rb->overwrite_pos, rm->overwritten);
}

void *ringbuf_reserve(struct map *map, u64 size)
{
	struct ringbuf_map *rm = to_ringbuf(map);
	struct rb_hdr *hdr;
	u64 end;

	if (size > RINGBUF_RECORD_MAX || record_bytes(size) > map->max_entries)
		return NULL;
	end = rm->prod + record_bytes(size);
	advance_pending(rm);
	if (!has_room(rm, end))
		return NULL;
	if (map->flags & BPF_F_RB_OVERWRITE)
		overwrite_until(rm, end);
	hdr = hdr_at(map, rm->prod);
	forget_records(rm, rm->prod, end);
	hdr->len = *len_at(rm, rm->prod) = size | BPF_RINGBUF_BUSY_BIT;
	hdr->pg_off = (((u8 *)hdr - rm->rb->data) >> REGION_PAGE_SHIFT) + RINGBUF_META_PAGES +
		      RINGBUF_PGOFF;
	open_record(rm, hdr, size, true);
	rm->prod = end;
	WRITE_ONCE(rm->rb->producer_pos, end);
	return hdr + 1;
}

/* the ring whose data, either half, @p is in */
static struct ringbuf_map *ringbuf_over(const void *p)
{
	struct ringbuf_map *rm;

	for (rm = vm_state.ringbufs; rm; rm = rm->next)
		if ((const u8 *)p >= rm->rb->data &&
		    (const u8 *)p < rm->rb->data + 2ULL * rm->map.max_entries)
			return rm;
	return NULL;
}

bool ringbuf_may_store(u64 addr, u64 size)
{
	const struct ringbuf_map *rm = ringbuf_over((const void *)(uintptr_t)addr);
	u64 at, last;

	if (!rm || !rm->open || !size)
		return false;
	at = addr - (uintptr_t)rm->rb->data;
	if (size > 2ULL * rm->map.max_entries - at)
		return false;
	last = at + size - 1;
	for (at /= 8; at <= last / 8; at++)
		if (!bit_test(rm->open, at))
			return false;
	return true;
}

int ringbuf_commit(void *sample, bool discard)
{
	/* a guest may have come by any number as its sample */
	struct rb_hdr *hdr = (void *)((uintptr_t)sample - sizeof(*hdr));
	struct ringbuf_map *rm = ringbuf_over(hdr);
	u32 *len;
	u64 pos;

	if (!rm || !rm->lens || ((uintptr_t)hdr & 7))
		return -EINVAL;
	pos = (u8 *)hdr - rm->rb->data;
	len = len_at(rm, pos);
	if (pos >= rm->map.max_entries || !(*len & BPF_RINGBUF_BUSY_BIT))
		return -EINVAL;
	open_record(rm, hdr, *len & ~BPF_RINGBUF_BUSY_BIT, false);
	*len = (*len ^ BPF_RINGBUF_BUSY_BIT) | (discard ? BPF_RINGBUF_DISCARD_BIT : 0);
	WRITE_ONCE(hdr->len, *len);
	return 0; /* readers look when they wait (rb_poll()): nobody is to be woken */
}

u64 ringbuf_query(struct map *map, u64 what)
{
	const struct rb_pages *rb = to_ringbuf(map)->rb;

	switch (what) {
	case BPF_RB_AVAIL_DATA:
		return avail(map);
	case BPF_RB_RING_SIZE:
		return map->max_entries;
	case BPF_RB_CONS_POS:
		return rb->consumer_pos;
	case BPF_RB_PROD_POS:
		return rb->producer_pos;
	case BPF_RB_OVERWRITE_POS:
		return rb->overwrite_pos;
	default:
		return 0;
	}
}

/* --- user space produces --- */

int user_ringbuf_peek(struct map *map, void **sample, u32 *size)
{
	struct ringbuf_map *rm = to_ringbuf(map);
	u64 prod = READ_ONCE(rm->rb->producer_pos), total;
	struct rb_hdr *hdr;
	u32 len, bytes;

	if (prod % 8)
		return -EINVAL;
	if (rm->cons >= prod)
		return -ENODATA;
	hdr = hdr_at(map, rm->cons);
	len = READ_ONCE(hdr->len);
	bytes = len & ~(u32)(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	total = record_bytes(bytes);
	if (total > prod - rm->cons)
		return -EINVAL;
	if (total > map->max_entries || bytes > DYNPTR_SIZE_MAX)
		return -E2BIG;
	if (len & BPF_RINGBUF_DISCARD_BIT) {
		user_ringbuf_release(map, bytes);
		return -EAGAIN;
	}
	if (len & BPF_RINGBUF_BUSY_BIT)
		return -ENODATA;
	*sample = hdr + 1;
	*size = bytes;
	return 0;
}

void user_ringbuf_release(struct map *map, u32 size)
{
	struct ringbuf_map *rm = to_ringbuf(map);

	rm->cons += record_bytes(size);
	WRITE_ONCE(rm->rb->consumer_pos, rm->cons);
}

bool user_ringbuf_lock(struct map *map)
{
	struct ringbuf_map *rm = to_ringbuf(map);

	if (rm->busy)
		return false;
	rm->busy = true;
	return true;
}

void user_ringbuf_unlock(struct map *map)
{
	to_ringbuf(map)->busy = false;
}

#define RINGBUF_COMMON                                                                        \
	.size = sizeof(struct ringbuf_map), .alloc_check = rb_alloc_check, .alloc = rb_alloc, \
	.free = rb_free, .get_next_key = rb_no_next_key, .user_lookup = rb_no_user_lookup,    \
	.mmap_size = rb_bytes, .meta_equal = map_meta_equal

const struct map_ops ringbuf_map_ops = {
	.type = BPF_MAP_TYPE_RINGBUF,
	RINGBUF_COMMON,
	.poll = rb_poll,
};

const struct map_ops user_ringbuf_map_ops = {
	.type = BPF_MAP_TYPE_USER_RINGBUF,
	RINGBUF_COMMON,
	.poll = user_rb_poll,
};
