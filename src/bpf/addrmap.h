/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * addrmap.h - a small hash table from a guest address (not 0) to a pointer. Open
 * addressing with linear probing; deletion moves later entries up, so there are
 * no tombstones. Never iterated: its order is no order.
 */
#ifndef KS_BPF_ADDRMAP_H
#define KS_BPF_ADDRMAP_H

#include "base/types.h"

struct addrmap_slot {
	u64 key;
	void *val;
};

struct addrmap {
	struct addrmap_slot *slots; /* NULL while empty */
	u32 bits, nr;
};

/* multiplicative: the top bits are well mixed */
static inline u32 addrmap_home(const struct addrmap *m, u64 key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> (64 - m->bits);
}

static inline void *addrmap_get(const struct addrmap *m, u64 key)
{
	u32 i;

	if (!m->slots)
		return NULL;
	for (i = addrmap_home(m, key); m->slots[i].key; i = (i + 1) & ((1u << m->bits) - 1))
		if (m->slots[i].key == key)
			return m->slots[i].val;
	return NULL;
}

/* Add or replace. @val is not NULL. */
void addrmap_set(struct addrmap *m, u64 key, void *val);
/* Remove; what was there, or NULL. */
void *addrmap_del(struct addrmap *m, u64 key);
void addrmap_finish(struct addrmap *m);

#endif
