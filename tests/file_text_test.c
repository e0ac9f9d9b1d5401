// SPDX-License-Identifier: GPL-2.0-only
/* file_text_test.c - base/file_text.h: all of a file, or NULL and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_text.h"

/* @n bytes 'x' in a nameless file, at its beginning */
static FILE *file_of(size_t n)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		putc('x', f);
	rewind(f);
	return f;
}

static void all_of_it_whatever_its_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 100000 };
	size_t len;
	char *text;
	FILE *f;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		f = file_of(sizes[i]);
		text = stream_text(f, SIZE_MAX, &len);
		assert_non_null(text);
		assert_int_equal(len, sizes[i]);
		assert_int_equal(strlen(text), sizes[i]);
		free(text);
		fclose(f);
	}
}

static void a_nul_is_no_end(void **state)
{
	FILE *f = file_of(3);
	size_t len;
	char *text;

	putc('\0', f);
	putc('y', f);
	rewind(f);
	text = stream_text(f, SIZE_MAX, &len);
	assert_non_null(text);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "\0yx", 4);
	free(text);
	fclose(f);
}

static void more_than_is_wanted(void **state)
{
	FILE *f = file_of(5000);
	size_t len = 1;
	char *text = stream_text(f, 5000, NULL);

	assert_non_null(text);
	free(text);
	rewind(f);
	errno = 0;
	assert_null(stream_text(f, 4999, &len));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(len, 0);
	fclose(f);
}

static void errno_says_why(void **state)
{
	size_t len = 1;

	errno = 0;
	assert_null(file_text("/nowhere/at/all", SIZE_MAX, &len));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(len, 0);
	assert_null(file_text("/", SIZE_MAX, NULL)); /* it can be opened, but not be read */
	assert_int_equal(errno, EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_whatever_its_size),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(more_than_is_wanted),
		cmocka_unit_test(errno_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
