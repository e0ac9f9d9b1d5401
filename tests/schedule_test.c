// SPDX-License-Identifier: GPL-2.0-only
/* schedule_test.c - decisions: which point they are at, when they come, who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/schedule.h"

static struct schedule schedule;

static u64 reach(enum point_kind kind, s32 cpu, u32 insn)
{
	const struct point p = { .site = { kind, cpu, 7, insn }, .now_ns = 1000 + insn };

	assert_true(schedule_is_set());
	return schedule_point(&p);
}

static void decide(enum point_kind kind, s32 cpu, u32 insn, u32 nth, u64 hold_ns)
{
	const struct decision d = { .site = { kind, cpu, 7, insn },
				    .nth = nth,
				    .hold_ns = hold_ns };

	assert_int_equal(schedule_add(&schedule, &d), 0);
}

static int setup(void **state)
{
	schedule = (struct schedule){};
	return 0;
}

static int teardown(void **state)
{
	schedule_set(NULL);
	return 0;
}

static void nth_time_at_its_site(void **state)
{
	decide(POINT_STORE, 2, 17, 3, 40);
	schedule_set(&schedule);
	assert_int_equal(reach(POINT_STORE, 2, 17), 0);
	/* another kind, CPU, instruction: not counted */
	assert_int_equal(reach(POINT_LOAD, 2, 17), 0);
	assert_int_equal(reach(POINT_STORE, 1, 17), 0);
	assert_int_equal(reach(POINT_STORE, 2, 18), 0);
	assert_int_equal(reach(POINT_STORE, 2, 17), 0);
	assert_false(schedule.at[0].came);
	assert_int_equal(reach(POINT_STORE, 2, 17), 40);
	assert_true(schedule.at[0].came);
	assert_int_equal(schedule.at[0].came_ns, 1017);
	assert_int_equal(reach(POINT_STORE, 2, 17), 0);
}

static void two_at_one_site(void **state)
{
	decide(POINT_LOCK, 0, 1, 1, 10);
	decide(POINT_LOCK, 0, 1, 2, 20);
	decide(POINT_LOCK, 0, 1, 2, 5);
	schedule_set(&schedule);
	assert_int_equal(reach(POINT_LOCK, 0, 1), 10);
	assert_int_equal(reach(POINT_LOCK, 0, 1), 25);
	assert_int_equal(reach(POINT_LOCK, 0, 1), 0);
}

static void setting_it_again_counts_anew(void **state)
{
	decide(POINT_TICK, 3, 0, 1, 10);
	schedule_set(&schedule);
	assert_int_equal(reach(POINT_TICK, 3, 0), 10);
	schedule_set(&schedule);
	assert_false(schedule.at[0].came);
	assert_int_equal(reach(POINT_TICK, 3, 0), 10);
}

static u32 nr_watched, nr_told;

static void watch(void *arg, const struct point *p)
{
	assert_ptr_equal(arg, &schedule);
	nr_watched++;
}

static void told(void *arg, const struct decision *d, const struct point *p)
{
	assert_int_equal(p->site.insn, 5);
	nr_told++;
}

static void who_looks_on(void **state)
{
	decide(POINT_CALL, 0, 5, 1, 1);
	schedule.watch = watch;
	schedule.came = told;
	schedule.arg = &schedule;
	nr_watched = nr_told = 0;
	schedule_set(&schedule);
	for (u32 insn = 0; insn < 10; insn++)
		reach(POINT_CALL, 0, insn);
	assert_int_equal(nr_watched, 10);
	assert_int_equal(nr_told, 1);
}

static void names(void **state)
{
	for (u32 k = 0; k < NR_POINT_KINDS; k++)
		assert_int_equal(point_kind_by_name(point_name((enum point_kind)k)), k);
	assert_int_equal(point_kind_by_name("sleep"), NR_POINT_KINDS);
	for (u32 f = FAULT_NONE + 1; f < NR_FAULTS; f++)
		assert_int_equal(fault_by_name(fault_name((enum fault)f)), f);
	assert_int_equal(fault_by_name("sleep"), NR_FAULTS);
	assert_int_equal(fault_by_name(fault_name(FAULT_NONE)), NR_FAULTS);
	assert_int_not_equal(program_key("q_enqueue"), program_key("q_dispatch"));
	assert_int_not_equal(program_key(""), 0);
}

static void there_is_an_end(void **state)
{
	const struct decision d = { .nth = 1 };

	for (u32 i = 0; i < SCHEDULE_MAX; i++)
		assert_int_equal(schedule_add(&schedule, &d), 0);
	assert_int_not_equal(schedule_add(&schedule, &d), 0);
	assert_int_equal(schedule.nr, SCHEDULE_MAX);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nth_time_at_its_site),
		TEST(two_at_one_site),
		TEST(setting_it_again_counts_anew),
		TEST(who_looks_on),
		TEST(names),
		TEST(there_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
