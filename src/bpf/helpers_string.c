// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_string.c - strncmp, strtol, strtoul. Facts: kernel/bpf/helpers.c
 * (__bpf_strtoull: white space, one sign, bases 0, 8, 10, 16, at most 63 digits).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "bpf/helpers.h"

#define NUMBER_CHARS_MAX 64

/* string, bytes of it, constant string */
static u64 string_ncmp(struct vm *vm, const u64 *a)
{
	const char *s = arg_read(vm, a[0], a[1]);
	char other[512];
	int ret;

	if (!s)
		return 0;
	if (vm_str(a[2], other, sizeof(other)) < 0)
		return 0;
	ret = strncmp(s, other, a[1]);
	return (s64)(ret > 0) - (ret < 0); /* lib/string.c says no more than that */
}

static u32 digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (u32)tolower((unsigned char)c) - 'a' + 10 : 99;
}

/* _parse_integer_fixup_radix() */
static u32 find_base(const char *s, u32 base, u32 *skip)
{
	bool hex = s[0] == '0' && tolower((unsigned char)s[1]) == 'x' &&
		   isxdigit((unsigned char)s[2]);

	if (!base)
		base = hex ? 16 : s[0] == '0' ? 8 : 10;
	*skip = base == 16 && s[0] == '0' && tolower((unsigned char)s[1]) == 'x' ? 2 : 0;
	return base;
}

/* Digits of @s: how many, 0 if none; *overflow set if they do not fit. */
static u32 parse_digits(const char *s, u32 base, u64 *res, bool *overflow)
{
	u32 i, d;

	*res = 0;
	*overflow = false;
	for (i = 0; (d = digit_value(s[i])) < base; i++)
		if (__builtin_mul_overflow(*res, (u64)base, res) ||
		    __builtin_add_overflow(*res, (u64)d, res))
			*overflow = true;
	return i;
}

/* Characters consumed, or -EINVAL, -ERANGE. */
static s64 parse_number(const char *buf, u32 len, u64 flags, u64 *res, bool *negative)
{
	char text[NUMBER_CHARS_MAX + 1] = "";
	u32 base = flags & 0x1f, at = 0, skip, n;
	bool overflow;

	if (!len || (flags & ~0x1fULL) || (base && base != 8 && base != 10 && base != 16))
		return -EINVAL;
	while (at < len && isspace((unsigned char)buf[at]))
		at++;
	*negative = at < len && buf[at] == '-';
	at += *negative;
	memcpy(text, buf + at, min(len - at, (u32)NUMBER_CHARS_MAX - 1));
	base = find_base(text, base, &skip);
	n = parse_digits(text + skip, base, res, &overflow);
	if (overflow)
		return -ERANGE;
	return n ? (s64)(at + skip + n) : -EINVAL;
}

/* Of a[]: buffer, length, flags, result, 8 bytes that become 0. *@out NULL: a fault, or -errno */
static s64 number_args(struct vm *vm, const u64 *a, u64 **out, u64 *value, bool *negative)
{
	const char *buf = arg_read(vm, a[0], a[1]);

	*out = buf ? vm_obj(vm, a[3], sizeof(**out)) : NULL;
	if (!*out)
		return 0;
	**out = 0;
	return parse_number(buf, a[1], a[2], value, negative);
}

static u64 string_tol(struct vm *vm, const u64 *a)
{
	bool negative;
	u64 value, *out;
	s64 ret = number_args(vm, a, &out, &value, &negative);

	if (!out || ret < 0)
		return ret_errno(ret);
	if (value > (u64)INT64_MAX + negative)
		return ret_errno(-ERANGE);
	*out = negative ? -value : value;
	return ret;
}

static u64 string_toul(struct vm *vm, const u64 *a)
{
	bool negative;
	u64 value, *out;
	s64 ret = number_args(vm, a, &out, &value, &negative);

	if (!out || ret < 0)
		return ret_errno(ret);
	if (negative)
		return ret_errno(-EINVAL);
	*out = value;
	return ret;
}

static const struct helper helpers[] = {
	HELPER(strncmp, string_ncmp),
	HELPER(strtol, string_tol),
	HELPER(strtoul, string_toul),
};

void helpers_string_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
