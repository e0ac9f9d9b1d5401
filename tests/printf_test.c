// SPDX-License-Identifier: GPL-2.0-only
/*
 * printf_test.c - the kernel's bprintf: what prints how, and what is refused.
 */
#include <errno.h>
#include "fake_env.h"
#include "bpf/printf.h"

static const char *guest_string(const char *s)
{
	char *p = region_alloc(ZONE_STACK, strlen(s) + 1, 0);

	strcpy(p, s);
	return p;
}

static const struct {
	const char *fmt;
	u64 args[3];
	u32 nr;
	const char *out; /* NULL: -EINVAL */
} cases[] = {
	{ "plain", { 0 }, 0, "plain" },
	{ "100%%", { 0 }, 0, "100%" },
	{ "%d|%i|%u", { -1, 2, -1 }, 3, "-1|2|4294967295" },
	{ "%x %X", { 0x1ffffffff, 255 }, 2, "ffffffff FF" },
	{ "%ld %llu %lx", { -5, -1, 16 }, 3, "-5 18446744073709551615 10" },
	{ "%5d|%-5d|%05d", { 7, 7, 7 }, 3, "    7|7    |00007" },
	{ "%+d|% d", { 7, 7 }, 2, "+7| 7" },
	{ "%08llx", { 0xabc }, 1, "00000abc" },
	{ "%c%c", { 'o', 'k' }, 2, "ok" },
	{ "%p", { 0xffff888000001234 }, 1, "ffff888000001234" },
	{ "%px,", { 16 }, 1, "0000000000000010," },
	{ "%pK", { 16 }, 1, "0000000000000010" },
	{ "%pS", { 0x1234 }, 1, "0x1234" },
	{ "%s!", { 8 }, 1, "!" }, /* unreadable */
	{ "%lli", { -9 }, 1, "-9" },
	{ "\xc3\xa9", { 0 }, 0, "\xc3\xa9" },
	{ "more %d", { 0 }, 0, NULL },
	{ "%f", { 0 }, 1, NULL },
	{ "%hd", { 0 }, 1, NULL },
	{ "%o", { 0 }, 1, NULL },
	{ "%llld", { 0 }, 1, NULL },
	{ "%.3s", { 0 }, 1, NULL },
	{ "%*d", { 0 }, 1, NULL },
	{ "%sx", { 0 }, 1, NULL },
	{ "%pA", { 0 }, 1, NULL },
	{ "%pI5", { 0 }, 1, NULL },
	{ "%", { 0 }, 1, NULL },
	{ "\x01", { 0 }, 0, NULL },
};

static void conversions(void **state)
{
	char out[128];
	size_t i;
	int len;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		len = fmt_bprintf(out, sizeof(out), cases[i].fmt, cases[i].args, cases[i].nr);
		if (!cases[i].out) {
			assert_int_equal(len, -EINVAL);
			continue;
		}
		assert_string_equal(out, cases[i].out);
		assert_int_equal(len, strlen(cases[i].out));
	}
}

static void guest_memory(void **state)
{
	const u64 s = (uintptr_t)guest_string("word");
	const u8 ip[16] = { 192, 168, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	void *addr = region_alloc(ZONE_STACK, 16, 0);
	u64 args[4] = { s, s, s };
	char out[64];

	memcpy(addr, ip, 16);
	assert_int_equal(fmt_bprintf(out, sizeof(out), "%s,%6s,%-6s.", args, 3), 19);
	assert_string_equal(out, "word,  word,word  .");
	args[0] = args[1] = (uintptr_t)addr;
	fmt_bprintf(out, sizeof(out), "%pI4 %pi4", args, 2);
	assert_string_equal(out, "192.168.1.2 192.168.001.002");
	fmt_bprintf(out, sizeof(out), "%pI6", args, 1);
	assert_string_equal(out, "c0a8:0102:0506:0708:090a:0b0c:0d0e:0f10");
}

static void cut_off(void **state)
{
	u64 arg = 123456;
	char out[4];

	assert_int_equal(fmt_bprintf(out, sizeof(out), "%d", &arg, 1), 6);
	assert_string_equal(out, "123");
	assert_int_equal(fmt_bprintf(NULL, 0, "%d", &arg, 1), 6);
}

static void too_long_strings(void **state)
{
	char text[900], out[2048];
	u64 args[2];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	args[0] = args[1] = (uintptr_t)guest_string(text);
	assert_int_equal(fmt_bprintf(out, sizeof(out), "%s", args, 1), 899);
	assert_int_equal(fmt_bprintf(out, sizeof(out), "%s %s", args, 2), 899 + 1 + 251);
}

static void from_guest(void **state)
{
	const u64 fmt = (uintptr_t)guest_string("%d+%d\n");
	u64 *args = region_alloc(ZONE_STACK, 16, 0);
	char out[32];

	args[0] = 1;
	args[1] = 2;
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 7, (uintptr_t)args, 16), 4);
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 6, (uintptr_t)args, 16), -EINVAL);
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 7, (uintptr_t)args, 15), -EINVAL);
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 7, (uintptr_t)args, 8), -EINVAL);
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 7, 0, 16), -EINVAL);
	assert_int_equal(fmt_guest(out, sizeof(out), fmt, 7, 64, 16), -EFAULT);
	assert_int_equal(fmt_guest(out, sizeof(out), 64, 7, 0, 0), -EFAULT);
	fmt_emit("one\ntwo\n\nfour");
	assert_string_equal(fake.printed, "one\ntwo\n\nfour\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(conversions),	     FAKE_TEST(guest_memory), FAKE_TEST(cut_off),
		FAKE_TEST(too_long_strings), FAKE_TEST(from_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
