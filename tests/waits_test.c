// SPDX-License-Identifier: GPL-2.0-only
/* waits_test.c - stays in a queue (base/waits.h): ended, open, cut; merged; names of groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/waits.h"

static struct waits w;

static int teardown(void **state)
{
	waits_finish(&w);
	return 0;
}

static struct wait_figures figures(u64 now_ns)
{
	struct wait_sum sum = {};
	struct wait_figures f;

	wait_sum_add(&sum, &w, now_ns);
	wait_sum_figures(&sum, &f);
	wait_sum_finish(&sum);
	return f;
}

static void stays_by_kind(void **state)
{
	struct wait_figures f;

	waits_begin(&w, WAIT_WOKEN, 10);
	waits_begin(&w, WAIT_PREEMPTED, 11); /* it is there already */
	waits_end(&w, 13);
	waits_end(&w, 20);
	waits_begin(&w, WAIT_PREEMPTED, 20);
	waits_end(&w, 27);
	f = figures(30);
	assert_int_equal(f.wait_ns, 10);
	assert_int_equal(f.waiting_ns, 0);
	assert_int_equal(f.wakeup.nr, 1);
	assert_int_equal(f.wakeup.max_ns, 3);
	assert_int_equal(f.queue.nr, 2);
	assert_int_equal(f.queue.p50_ns, 3);
	assert_int_equal(f.queue.max_ns, 7);
}

/* Asked twice, it says the same twice, and the end of the stay counts once. */
static void open_stay_counts(void **state)
{
	waits_begin(&w, WAIT_WOKEN, 40);
	for (int i = 0; i < 2; i++) {
		struct wait_figures f = figures(140);

		assert_int_equal(f.wait_ns, 100);
		assert_int_equal(f.waiting_ns, 100);
		assert_int_equal(f.wakeup.p50_ns, 100);
		assert_int_equal(f.wakeup.nr, 1);
	}
	waits_end(&w, 150);
	assert_int_equal(figures(150).wait_ns, 110);
	assert_int_equal(figures(150).queue.nr, 1);
}

static void late_clocks(void **state)
{
	waits_begin(&w, WAIT_WOKEN, 50);
	assert_int_equal(figures(45).wait_ns, 0);
	assert_int_equal(waits_cut(&w, 45), 0);
	waits_end(&w, 45);
	assert_int_equal(figures(60).wait_ns, 0);
	assert_int_equal(figures(60).queue.nr, 1);
}

static void cut_in_two(void **state)
{
	waits_begin(&w, WAIT_WOKEN, 0);
	assert_int_equal(waits_cut(&w, 30), 30);
	assert_int_equal(w.stay[WAIT_WOKEN].sum, 30);
	hist_finish(&w.stay[WAIT_WOKEN]);
	assert_int_equal(figures(40).wait_ns, 10);
	waits_end(&w, 50);
	assert_int_equal(figures(99).wakeup.max_ns, 20);
}

/* The median of all is not that of one of them, nor the worst one's. */
static void percentiles_are_of_all(void **state)
{
	struct waits quiet = {};
	struct wait_sum sum = {};
	struct wait_figures f;

	for (int i = 0; i < 99; i++)
		hist_add(&quiet.stay[WAIT_WOKEN], 2);
	hist_add(&w.stay[WAIT_WOKEN], 1000);
	waits_begin(&w, WAIT_PREEMPTED, 0);
	wait_sum_add(&sum, &quiet, 5000);
	wait_sum_add(&sum, &w, 5000);
	wait_sum_figures(&sum, &f);
	wait_sum_finish(&sum);
	waits_finish(&quiet);
	assert_int_equal(f.wakeup.p99_ns, 2);
	assert_int_equal(f.wakeup.max_ns, 1000);
	assert_int_equal(f.queue.nr, 101);
	assert_int_equal(f.queue.max_ns, 5000);
	assert_int_equal(f.waiting_ns, 5000);
}

static void names(void **state)
{
	static const char *const pairs[][2] = {
		{ "sleeper-0", "sleeper-*" },
		{ "sleeper-12", "sleeper-*" },
		{ "rt7", "rt*" },
		{ "child", "child" },
		{ "a-b", "a-b" },
		{ "12", "*" },
		{ "", "" },
		{ "exactly15bytes9", "exactly15bytes*" },
		{ "16 bytes and 900", "16 bytes and *" },
	};
	char name[WAIT_GROUP_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		wait_group_name(pairs[i][0], name);
		assert_string_equal(name, pairs[i][1]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(stays_by_kind, teardown),
		cmocka_unit_test_teardown(open_stay_counts, teardown),
		cmocka_unit_test_teardown(late_clocks, teardown),
		cmocka_unit_test_teardown(cut_in_two, teardown),
		cmocka_unit_test_teardown(percentiles_are_of_all, teardown),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
