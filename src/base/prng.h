/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prng.h - the one source of randomness: a stream for each consumer, split from
 * the seed (splitmix64 to seed, xoshiro256** to draw).
 */
#ifndef KS_BASE_PRNG_H
#define KS_BASE_PRNG_H

#include "base/types.h"

struct prng {
	u64 s[4];
};

static inline u64 prng_mix(u64 *x)
{
	u64 z = (*x += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* @stream: any number that names the consumer; equal seeds and streams draw equal values. */
static inline void prng_init(struct prng *p, u64 seed, u64 stream)
{
	u64 x = seed ^ prng_mix(&stream);

	for (int i = 0; i < 4; i++)
		p->s[i] = prng_mix(&x);
}

static inline u64 prng_u64(struct prng *p)
{
	u64 *s = p->s, t = s[1] << 17, r = s[1] * 5;

	r = (r << 7 | r >> 57) * 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return r;
}

/* uniform in [0, n), n > 0, without modulo bias */
static inline u64 prng_below(struct prng *p, u64 n)
{
	u64 limit = -n % n, x;

	do {
		x = prng_u64(p);
	} while (x < limit);
	return x % n;
}

#endif
