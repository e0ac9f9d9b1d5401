/* SPDX-License-Identifier: GPL-2.0-only */
/* bitmap.h - arrays of bits in words of unsigned long; sizes in words. */
#ifndef KS_BASE_BITMAP_H
#define KS_BASE_BITMAP_H

#include "base/types.h"

#define BITS_PER_WORD 64

static inline bool bit_test(const unsigned long *map, u32 bit)
{
	return map[bit / BITS_PER_WORD] >> (bit % BITS_PER_WORD) & 1;
}

static inline void bit_set(unsigned long *map, u32 bit)
{
	map[bit / BITS_PER_WORD] |= 1UL << (bit % BITS_PER_WORD);
}

static inline void bit_clear(unsigned long *map, u32 bit)
{
	map[bit / BITS_PER_WORD] &= ~(1UL << (bit % BITS_PER_WORD));
}

/* bits [@from, @end) */
static inline void bit_fill(unsigned long *map, u32 from, u32 end, bool on)
{
	for (; from < end && from % BITS_PER_WORD; from++)
		on ? bit_set(map, from) : bit_clear(map, from);
	for (; end - from >= BITS_PER_WORD && from < end; from += BITS_PER_WORD)
		map[from / BITS_PER_WORD] = on ? ~0UL : 0;
	for (; from < end; from++)
		on ? bit_set(map, from) : bit_clear(map, from);
}

/* first set bit at or after @from, @words * 64 if there is none */
static inline u32 bit_next(const unsigned long *map, u32 words, u32 from)
{
	u32 w = from / BITS_PER_WORD;
	unsigned long word;

	if (w >= words)
		return words * BITS_PER_WORD;
	word = map[w] & (~0UL << (from % BITS_PER_WORD));
	while (!word) {
		if (++w >= words)
			return words * BITS_PER_WORD;
		word = map[w];
	}
	return w * BITS_PER_WORD + (u32)__builtin_ctzl(word);
}

/* the same in a & b, without storing it */
static inline u32 bit_next_and(const unsigned long *a, const unsigned long *b, u32 words, u32 from)
{
	u32 w = from / BITS_PER_WORD;
	unsigned long word;

	if (w >= words)
		return words * BITS_PER_WORD;
	word = a[w] & b[w] & (~0UL << (from % BITS_PER_WORD));
	while (!word) {
		if (++w >= words)
			return words * BITS_PER_WORD;
		word = a[w] & b[w];
	}
	return w * BITS_PER_WORD + (u32)__builtin_ctzl(word);
}

static inline u32 bit_weight(const unsigned long *map, u32 words)
{
	u32 n = 0;

	for (u32 i = 0; i < words; i++)
		n += (u32)__builtin_popcountl(map[i]);
	return n;
}

static inline bool bit_empty(const unsigned long *map, u32 words)
{
	for (u32 i = 0; i < words; i++)
		if (map[i])
			return false;
	return true;
}

#endif
