// SPDX-License-Identifier: GPL-2.0-only
/*
 * addrmap.c - see addrmap.h. At most three quarters full.
 */
#include <stdlib.h>
#include "base/shortage.h"
#include "bpf/addrmap.h"

#define ADDRMAP_BITS_MIN 6

static u32 mask_of(const struct addrmap *m)
{
	return (1u << m->bits) - 1;
}

/* The slot that holds @key, or the free one where it belongs. */
static struct addrmap_slot *find_slot(const struct addrmap *m, u64 key)
{
	u32 i = addrmap_home(m, key);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & mask_of(m);
	return &m->slots[i];
}

static void grow(struct addrmap *m)
{
	struct addrmap bigger = { .bits = m->slots ? m->bits + 1 : ADDRMAP_BITS_MIN };
	u32 i;

	bigger.slots = shortage_calloc(1u << bigger.bits, sizeof(*bigger.slots));
	bigger.nr = m->nr;
	for (i = 0; m->slots && i <= mask_of(m); i++)
		if (m->slots[i].key)
			*find_slot(&bigger, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = bigger;
}

void addrmap_set(struct addrmap *m, u64 key, void *val)
{
	struct addrmap_slot *slot;

	if (!m->slots || m->nr >= (mask_of(m) + 1) / 4 * 3)
		grow(m);
	slot = find_slot(m, key);
	m->nr += !slot->key;
	slot->key = key;
	slot->val = val;
}

/* Could the entry at @i live at @hole, given where it wants to be? */
static bool may_move(const struct addrmap *m, u32 i, u32 hole)
{
	u32 home = addrmap_home(m, m->slots[i].key);

	return ((i - home) & mask_of(m)) >= ((i - hole) & mask_of(m));
}

void *addrmap_del(struct addrmap *m, u64 key)
{
	struct addrmap_slot *slot = m->slots ? find_slot(m, key) : NULL;
	u32 hole, i;
	void *val;

	if (!slot || !slot->key)
		return NULL;
	val = slot->val;
	hole = slot - m->slots;
	for (i = (hole + 1) & mask_of(m); m->slots[i].key; i = (i + 1) & mask_of(m)) {
		if (!may_move(m, i, hole))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole].key = 0;
	m->nr--;
	return val;
}

void addrmap_finish(struct addrmap *m)
{
	free(m->slots);
	m->slots = NULL;
	m->nr = 0;
}
