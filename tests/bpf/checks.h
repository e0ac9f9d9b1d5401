/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checks.h - guests that look closely at many things: each CHECK() that does not hold adds its
 * line to wrong[], whose first nr_wrong are read by the scenario.
 *
 *	CHECK(bpf_task_from_pid(0) == NULL);
 *
 *	"expect": {"map": {"nr_wrong": 0, "wrong[0]": 0}}	tells the first line that failed
 */
#ifndef TESTS_BPF_CHECKS_H
#define TESTS_BPF_CHECKS_H

#include "test.h"

#define WRONG_MAX 16

u32 wrong[WRONG_MAX], nr_wrong, nr_checked;

static __always_inline void check_at(bool good, u32 line)
{
	nr_checked++;
	if (!good && nr_wrong < WRONG_MAX)
		wrong[nr_wrong] = line;
	nr_wrong += !good;
}

#define CHECK(good) check_at(good, __LINE__)

#endif
