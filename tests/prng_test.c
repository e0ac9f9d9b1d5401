// SPDX-License-Identifier: GPL-2.0-only
/* prng_test.c - streams are reproducible, differ from each other, and are uniform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"

/* xoshiro256** from the state 1, 2, 3, 4: the first outputs that its authors' code gives */
static void known_answers(void **state)
{
	static const u64 want[] = { 11520, 0, 1509978240, 1215971899390074240ULL };
	struct prng p = { { 1, 2, 3, 4 } };

	for (u32 i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(prng_u64(&p), want[i]);
}

/* splitmix64 from 1234567: the first outputs that its author's code gives */
static void known_mix(void **state)
{
	static const u64 want[] = { 6457827717110365317ULL, 3203168211198807973ULL,
				    9817491932198370423ULL };
	u64 x = 1234567;

	for (u32 i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(prng_mix(&x), want[i]);
}

static void same_seed_same_stream(void **state)
{
	struct prng a, b;

	prng_init(&a, 42, 7);
	prng_init(&b, 42, 7);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(prng_u64(&a), prng_u64(&b));
}

static u32 nr_equal(u64 seed_a, u64 stream_a, u64 seed_b, u64 stream_b)
{
	struct prng a, b;
	u32 n = 0;

	prng_init(&a, seed_a, stream_a);
	prng_init(&b, seed_b, stream_b);
	for (int i = 0; i < 1000; i++)
		n += prng_u64(&a) == prng_u64(&b);
	return n;
}

static void other_streams_differ(void **state)
{
	for (u64 i = 0; i < 50; i++) {
		assert_int_equal(nr_equal(1, i, 1, i + 1), 0);
		assert_int_equal(nr_equal(i, 0, i + 1, 0), 0);
		assert_int_equal(nr_equal(i, i + 1, i + 1, i), 0);
	}
}

static void below_stays_below(void **state)
{
	static const u64 limits[] = { 1, 2, 3, 7, 1000, (1ULL << 63) + 1, ~0ULL };
	struct prng p;

	prng_init(&p, 3, 3);
	for (u32 i = 0; i < ARRAY_SIZE(limits); i++)
		for (int n = 0; n < 1000; n++)
			assert_true(prng_below(&p, limits[i]) < limits[i]);
}

/* 60,000 throws of a die: each face 10,000 times, give or take six standard deviations */
static void below_is_uniform(void **state)
{
	u32 faces[6] = {};
	struct prng p;

	prng_init(&p, 5, 5);
	for (int i = 0; i < 60000; i++)
		faces[prng_below(&p, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(faces[i], 9450, 10550);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),	 cmocka_unit_test(known_mix),
		cmocka_unit_test(same_seed_same_stream), cmocka_unit_test(other_streams_differ),
		cmocka_unit_test(below_stays_below),	 cmocka_unit_test(below_is_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
