// SPDX-License-Identifier: GPL-2.0-only
/*
 * htab.c - see htab.h.
 */
#include <errno.h>
#include <stdlib.h>
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/htab.h"
#include "bpf/map.h"

#define CHUNK_BYTES_MAX (64u << 10)
#define CHUNK_ELEMS_MAX 256u

struct hchunk {
	struct hchunk *next;
	u8 *guest;
	size_t guest_bytes;
	struct helem elems[];
};

u32 htab_hash_long(const void *key, u32 len)
{
	const u8 *p = key;
	u64 h = len, k;
	u32 left;

	for (left = len; left >= 8; left -= 8, p += 8) {
		memcpy(&k, p, 8);
		h = htab_mix(h, k);
	}
	k = 0;
	memcpy(&k, p, left);
	return htab_mix(h, k);
}

int htab_init(struct htab *h, u32 nr_buckets, u32 key_size, u32 value_bytes)
{
	h->buckets = map_area(nr_buckets, sizeof(*h->buckets));
	if (!h->buckets)
		return -ENOMEM;
	h->mask = nr_buckets - 1;
	h->key_size = key_size;
	h->key_bytes = ALIGN_UP(key_size, 8u);
	h->value_bytes = value_bytes;
	return 0;
}

void htab_finish(struct htab *h)
{
	struct hchunk *c;

	while ((c = h->chunks)) {
		h->chunks = c->next;
		region_free(ZONE_HEAP, c->guest, c->guest_bytes);
		free(c);
	}
	map_area_free(h->buckets);
	h->buckets = NULL;
}

static u32 elem_bytes(const struct htab *h)
{
	return h->key_bytes + h->value_bytes;
}

/* Small maps get small chunks: each one doubles what there is. */
static u32 chunk_elems(const struct htab *h)
{
	u32 fit = max(CHUNK_BYTES_MAX / elem_bytes(h), 1u);

	return min(min(max(h->count, 8u), CHUNK_ELEMS_MAX), fit);
}

static bool add_chunk(struct htab *h)
{
	u32 i, nr = chunk_elems(h);
	struct hchunk *c = shortage_calloc(1, sizeof(*c) + nr * sizeof(c->elems[0]));

	c->guest_bytes = (size_t)nr * elem_bytes(h);
	c->guest = region_alloc(ZONE_HEAP, c->guest_bytes, 0);
	if (!c->guest) {
		free(c);
		return false;
	}
	c->next = h->chunks;
	h->chunks = c;
	/* the stack gives out the lowest address first */
	for (i = nr; i-- > 0;) {
		c->elems[i].key = c->guest + (size_t)i * elem_bytes(h);
		c->elems[i].older = h->free;
		h->free = &c->elems[i];
	}
	return true;
}

struct helem *htab_alloc(struct htab *h, const void *key, u32 hash)
{
	struct helem *e;

	if (!h->free && !add_chunk(h))
		return NULL;
	e = h->free;
	h->free = e->older;
	e->hash = hash;
	e->ref = false;
	memcpy(e->key, key, h->key_size);
	memset(helem_value(h, e), 0, h->value_bytes);
	return e;
}

void htab_link(struct htab *h, struct helem *e)
{
	struct helem **head = &h->buckets[e->hash & h->mask];

	e->next = *head;
	*head = e;
	h->count++;
}

void htab_unlink(struct htab *h, struct helem *e)
{
	struct helem **p = &h->buckets[e->hash & h->mask];
	u32 n = 0;

	for (; *p != e; p = &(*p)->next)
		n++;
	vm_passed(n);
	*p = e->next;
	h->count--;
}

void htab_free(struct htab *h, struct helem *e)
{
	struct helem **stack = h->walkers ? &h->limbo : &h->free;

	e->older = *stack;
	*stack = e;
}

void htab_walk_begin(struct htab *h)
{
	h->walkers++;
}

void htab_walk_end(struct htab *h)
{
	struct helem *e;

	if (--h->walkers)
		return;
	while ((e = h->limbo)) {
		h->limbo = e->older;
		htab_free(h, e);
	}
}

struct helem *htab_first_from(const struct htab *h, u32 i)
{
	for (; i <= h->mask; i++)
		if (h->buckets[i])
			return h->buckets[i];
	return NULL;
}

struct helem *htab_after(const struct htab *h, const void *key)
{
	u32 hash = key ? htab_hash(key, h->key_size) : 0;
	struct helem *e = key ? htab_find(h, key, hash) : NULL;

	if (!e)
		return htab_first_from(h, 0);
	return e->next ? e->next : htab_first_from(h, (hash & h->mask) + 1);
}
