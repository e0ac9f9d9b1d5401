/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * htab.h - the hash table below hash maps: buckets and links in host memory, key
 * and value of an element side by side in guest memory (ZONE_HEAP).
 *
 *	bucket -> helem {hash, guest} -> helem ...
 *	                        |
 *	                        v
 *	              guest:   [ key | value ]        key rounded up to 8 bytes
 *	              per CPU: [ key | value 0 | value 1 | ... ]
 *
 * The hash has no seed, so walking the buckets is the same in every run. Elements
 * come from chunks and go back to a stack; while somebody walks, what is deleted
 * is not used again (the kernel has RCU for that).
 */
#ifndef KS_BPF_HTAB_H
#define KS_BPF_HTAB_H

#include <string.h>
#include "base/types.h"
#include "bpf/state.h"

struct helem {
	struct helem *next; /* in the bucket; stays when unlinked, for walkers */
	u32 hash;
	bool ref;	     /* LRU: looked up since it was last passed over */
	u8 *key;	     /* guest memory */
	struct helem *older; /* LRU order; links free elements as well */
	union {
		struct helem *newer;
		void *held; /* hash of maps: the inner map */
	};
};

struct hchunk;

struct htab {
	struct helem **buckets;
	u32 mask;
	u32 count;
	u32 key_size, key_bytes, value_bytes;
	u32 walkers;
	struct helem *free;  /* stack */
	struct helem *limbo; /* deleted while walkers > 0 */
	struct hchunk *chunks;
};

/* @value_bytes: all that follows the key. 0 or -ENOMEM. */
int htab_init(struct htab *h, u32 nr_buckets, u32 key_size, u32 value_bytes);
void htab_finish(struct htab *h);

/* An unlinked element with its key set and its value zero; NULL: no memory. */
struct helem *htab_alloc(struct htab *h, const void *key, u32 hash);
/* Link at the head of its bucket, as the kernel does. */
void htab_link(struct htab *h, struct helem *e);
void htab_unlink(struct htab *h, struct helem *e);
/* Return an unlinked element. */
void htab_free(struct htab *h, struct helem *e);
/* Around a walk that calls out. */
void htab_walk_begin(struct htab *h);
void htab_walk_end(struct htab *h);

static inline u64 htab_mix(u64 a, u64 b)
{
	unsigned __int128 p =
		(unsigned __int128)(a ^ 0x2d358dccaa6c78a5ULL) * (b ^ 0x8bb84b93962eacc9ULL);

	return (u64)p ^ (u64)(p >> 64);
}

u32 htab_hash_long(const void *key, u32 len);

/* Keys of 4 and 8 bytes (ids and pointers) are nearly all there are. */
static inline u32 htab_hash(const void *key, u32 len)
{
	u64 k = 0;

	if (len == 8)
		memcpy(&k, key, 8);
	else if (len == 4)
		memcpy(&k, key, 4);
	else
		return htab_hash_long(key, len);
	return htab_mix(k, len);
}

static inline bool htab_key_eq(const struct htab *h, const void *a, const void *b)
{
	u64 x, y;

	if (h->key_size == 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		return x == y;
	}
	return !memcmp(a, b, h->key_size);
}

static inline struct helem *htab_find(const struct htab *h, const void *key, u32 hash)
{
	struct helem *e = h->buckets[hash & h->mask];
	u32 n = 0;

	for (; e && !(e->hash == hash && htab_key_eq(h, e->key, key)); e = e->next)
		n++;
	vm_passed(n);
	return e;
}

static inline void *helem_value(const struct htab *h, const struct helem *e)
{
	return e->key + h->key_bytes;
}

/* First element of bucket @i or a later one; NULL: no more. */
struct helem *htab_first_from(const struct htab *h, u32 i);
/* GET_NEXT_KEY: the element after @key, the first one if @key is NULL or gone. */
struct helem *htab_after(const struct htab *h, const void *key);

#endif
