// SPDX-License-Identifier: GPL-2.0-only
/* suggest_test.c - what base/suggest.h takes for a slip of a finger, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/suggest.h"

static const char *nearest(const char *word)
{
	static const char *const names[] = { "run",	   "report", "cpus", "duration",
					     "starvation", "starve", "seed", "seeds" };
	struct suggestion s = { .word = word };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		suggest_try(&s, names[i]);
	return s.best ? s.best : "";
}

static void slips_are_found(void **state)
{
	assert_string_equal(nearest("duratoin"), "duration"); /* two swapped: one slip */
	assert_string_equal(nearest("durtion"), "duration");
	assert_string_equal(nearest("Duration"), "duration");
	assert_string_equal(nearest("cpu"), "cpus");
	assert_string_equal(nearest("rum"), "run");
	assert_string_equal(nearest("starvaton"), "starvation");
	assert_string_equal(nearest("sedes"), "seeds");
}

static void other_words_are_not(void **state)
{
	assert_string_equal(nearest("png"), "");
	assert_string_equal(nearest("bogus"), "");
	assert_string_equal(nearest("x"), "");
	assert_string_equal(nearest(""), "");
	assert_string_equal(nearest("a-word-that-is-longer-than-any-name-that-there-could-be"), "");
}

static void text_of_it(void **state)
{
	struct suggestion s = { .word = "rum" };
	char buf[40];

	assert_string_equal(suggest_text(&s, buf, sizeof(buf)), "");
	suggest_try(&s, "run");
	assert_string_equal(suggest_text(&s, buf, sizeof(buf)), "; did you mean 'run'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_are_found),
		cmocka_unit_test(other_words_are_not),
		cmocka_unit_test(text_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
