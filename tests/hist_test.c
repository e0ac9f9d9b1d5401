// SPDX-License-Identifier: GPL-2.0-only
/* hist_test.c - percentiles of base/hist.h: exact where values are small, within 1/32 elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hist.h"
#include "base/prng.h"

static void empty_is_zero(void **state)
{
	struct hist h = {};

	assert_int_equal(hist_percentile(&h, 50), 0);
	assert_int_equal(hist_percentile(&h, 100), 0);
	hist_finish(&h);
	hist_finish(&h);
}

static void one_sample_is_every_percentile(void **state)
{
	struct hist h = {};

	hist_add(&h, 123456789);
	assert_int_equal(hist_percentile(&h, 0), 123456789);
	assert_int_equal(hist_percentile(&h, 50), 123456789);
	assert_int_equal(hist_percentile(&h, 100), 123456789);
	assert_int_equal(h.min, 123456789);
	assert_int_equal(h.max, 123456789);
	hist_finish(&h);
}

static void small_values_are_exact(void **state)
{
	struct hist h = {};

	for (u64 v = 1; v <= 20; v++)
		hist_add(&h, v);
	assert_int_equal(hist_percentile(&h, 50), 10);
	assert_int_equal(hist_percentile(&h, 5), 1);
	assert_int_equal(hist_percentile(&h, 99), 20);
	assert_int_equal(h.sum, 210);
	assert_int_equal(h.nr, 20);
	hist_finish(&h);
}

/* any single value v, as the median of {v, a huge one}, comes back as v to v + v/32 */
static void error_is_bounded(void **state)
{
	struct prng p;

	prng_init(&p, 1, 1);
	for (int i = 0; i < 2000; i++) {
		u64 v = prng_u64(&p) >> (1 + prng_below(&p, 62)), got;
		struct hist h = {};

		hist_add(&h, v);
		hist_add(&h, ~0ULL >> 1);
		got = hist_percentile(&h, 50);
		assert_true(got >= v);
		assert_true(got - v <= v / 32);
		hist_finish(&h);
	}
}

static void largest_values_fit(void **state)
{
	struct hist h = {};

	hist_add(&h, ~0ULL);
	hist_add(&h, 1ULL << 63);
	hist_add(&h, 0);
	assert_int_equal(hist_percentile(&h, 100), ~0ULL);
	assert_int_equal(hist_percentile(&h, 1), 0);
	hist_finish(&h);
}

static void powers_are_counted(void **state)
{
	static const u64 values[] = {
		0, 1, 2, 3, 4, 31, 32, 63, 64, 1ULL << 40, (2ULL << 40) - 1, ~0ULL
	};
	static const u32 want[64] = {
		[0] = 2, [1] = 2, [2] = 1, [4] = 1, [5] = 2, [6] = 1, [40] = 2, [63] = 1
	};
	struct hist h = {};

	assert_int_equal(hist_power(&h, 5), 0);
	for (u32 i = 0; i < sizeof(values) / sizeof(*values); i++)
		hist_add(&h, values[i]);
	for (u32 power = 0; power < 64; power++)
		assert_int_equal(hist_power(&h, power), want[power]);
	hist_finish(&h);
}

static void merge_is_adding_both(void **state)
{
	struct hist a = {}, b = {}, both = {};

	for (u64 v = 0; v < 1000; v++) {
		hist_add(v % 3 ? &a : &b, v * v);
		hist_add(&both, v * v);
	}
	hist_merge(&a, &b);
	assert_int_equal(a.nr, both.nr);
	assert_int_equal(a.sum, both.sum);
	assert_int_equal(a.min, both.min);
	assert_int_equal(a.max, both.max);
	for (u32 pct = 0; pct <= 100; pct++)
		assert_int_equal(hist_percentile(&a, pct), hist_percentile(&both, pct));
	hist_finish(&a);
	hist_finish(&b);
	hist_finish(&both);
}

static void merge_with_empty(void **state)
{
	struct hist a = {}, b = {};

	hist_add(&b, 7);
	hist_merge(&a, &b);
	hist_finish(&b);
	hist_merge(&a, &b);
	assert_int_equal(a.nr, 1);
	assert_int_equal(a.min, 7);
	assert_int_equal(hist_percentile(&a, 50), 7);
	hist_finish(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_zero),
		cmocka_unit_test(one_sample_is_every_percentile),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(error_is_bounded),
		cmocka_unit_test(largest_values_fit),
		cmocka_unit_test(powers_are_counted),
		cmocka_unit_test(merge_is_adding_both),
		cmocka_unit_test(merge_with_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
