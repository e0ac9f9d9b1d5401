// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_string.c - bpf_str*(): string functions over memory that may fault. Facts:
 * kernel/bpf/helpers.c. Results are positions or -ENOENT; no kernel address is
 * -ERANGE, a fault -EFAULT, more than 64 KiB -E2BIG.
 */
#include <ctype.h>
#include <errno.h>
#include "bpf/helpers.h"

#define STRING_MAX 65536 /* XATTR_SIZE_MAX */

/* copy_from_kernel_nofault_allowed(); whether something is there is another question */
static bool is_kernel(u64 addr)
{
	return vm_fault_errno(addr) == -EFAULT;
}

/* Character at @addr, 0..255, or -EFAULT. */
static int char_at(u64 addr)
{
	return region_ok(addr, 1) ? *(const u8 *)(uintptr_t)addr : -EFAULT;
}

static int fold(int c, bool ignore_case)
{
	return ignore_case && c > 0 ? tolower(c) : c;
}

/* --- one string: where is the first character that ... --- */

struct scan {
	u64 s;
	u64 max; /* characters to look at */
	u8 c;
	bool at_end; /* the terminator counts as found */
};

/* Position of @c (or of the end, if that counts); -ENOENT, -E2BIG, -EFAULT, -ERANGE. */
static s64 scan_char(const struct scan *q)
{
	const u64 max = min(q->max, (u64)STRING_MAX);
	u64 i;
	int c;

	if (!is_kernel(q->s))
		return -ERANGE;
	for (i = 0; i < max; i++) {
		c = char_at(q->s + i);
		if (c < 0)
			return c;
		if (c == q->c)
			return i;
		if (!c)
			return q->at_end ? (s64)i : -ENOENT;
	}
	return i == STRING_MAX ? -E2BIG : -ENOENT;
}

/* The same, paid for. */
static s64 scan(struct vm *vm, const struct scan *q)
{
	s64 ret = scan_char(q);

	vm_work(vm, (ret < 0 ? min(q->max, (u64)STRING_MAX) : (u64)ret) * VM_WORK_PER_CHAR);
	return ret;
}

static u64 strnlen_kf(struct vm *vm, const u64 *a)
{
	struct scan q = { .s = a[0], .max = a[1] };
	s64 ret = scan(vm, &q);

	return ret_errno(ret == -ENOENT ? (s64)a[1] : ret);
}

static u64 strlen_kf(struct vm *vm, const u64 *a)
{
	struct scan q = { .s = a[0], .max = STRING_MAX };

	return ret_errno(scan(vm, &q));
}

static u64 strchr_kf(struct vm *vm, const u64 *a)
{
	struct scan q = { .s = a[0], .max = STRING_MAX, .c = a[1] };

	return ret_errno(scan(vm, &q));
}

static u64 strchrnul_kf(struct vm *vm, const u64 *a)
{
	struct scan q = { .s = a[0], .max = STRING_MAX, .c = a[1], .at_end = true };

	return ret_errno(scan(vm, &q));
}

/* string, count, character */
static u64 strnchr_kf(struct vm *vm, const u64 *a)
{
	struct scan q = { .s = a[0], .max = a[1], .c = a[2] };

	return ret_errno(scan(vm, &q));
}

static u64 strrchr_kf(struct vm *vm, const u64 *a)
{
	s64 last = -ENOENT;
	u32 i;
	int c;

	if (!is_kernel(a[0]))
		return ret_errno(-ERANGE);
	for (i = 0; i < STRING_MAX; i++) {
		c = char_at(a[0] + i);
		vm_work(vm, !c || c < 0 ? i * VM_WORK_PER_CHAR : 0);
		if (c < 0)
			return ret_errno(c);
		if (c == (u8)a[1])
			last = i;
		if (!c)
			return ret_errno(last);
	}
	return ret_errno(-E2BIG);
}

/* --- two strings --- */

static bool both_kernel(const u64 *a)
{
	return is_kernel(a[0]) && is_kernel(a[1]);
}

static s64 compare_chars(u64 s, u64 t, u64 max, bool ignore_case, u64 *looked)
{
	u64 i;

	for (i = 0; i < min(max, (u64)STRING_MAX); i++, *looked = i) {
		int c = fold(char_at(s + i), ignore_case), d = fold(char_at(t + i), ignore_case);

		if (c < 0 || d < 0)
			return -EFAULT;
		if (c != d)
			return (s8)c < (s8)d ? -1 : 1; /* char is signed there */
		if (!c)
			return 0;
	}
	return i == STRING_MAX ? -E2BIG : 0;
}

static s64 compare(struct vm *vm, u64 s, u64 t, u64 max, bool ignore_case)
{
	u64 looked = 0;
	s64 ret = compare_chars(s, t, max, ignore_case, &looked);

	vm_work(vm, looked * VM_WORK_PER_CHAR);
	return ret;
}

static u64 strcmp_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(both_kernel(a) ? compare(vm, a[0], a[1], STRING_MAX, false) : -ERANGE);
}

static u64 strcasecmp_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(both_kernel(a) ? compare(vm, a[0], a[1], STRING_MAX, true) : -ERANGE);
}

static u64 strncasecmp_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(both_kernel(a) ? compare(vm, a[0], a[1], a[2], true) : -ERANGE);
}

/*
 * The set of strspn(): where each character is first. The kernel goes through it for
 * each character of the string; that is what is paid for, not what is done.
 */
struct char_set {
	u32 first[256]; /* position + 1; 0: not in it */
	u32 len;
	s64 end; /* what a search meets that does not find: -ENOENT, -EFAULT, -E2BIG */
};

static void read_set(struct char_set *set, u64 addr)
{
	int c = 0;

	*set = (struct char_set){ .end = -E2BIG };
	for (; set->len < STRING_MAX; set->len++) {
		c = char_at(addr + set->len);
		if (c <= 0)
			break;
		if (!set->first[c])
			set->first[c] = set->len + 1;
	}
	if (set->len < STRING_MAX)
		set->end = c ? c : -ENOENT;
}

/* Length of the prefix whose characters all are (@in) or are not in the set. */
static s64 span_chars(const u64 *a, bool in, u64 *looked)
{
	struct char_set set;
	u32 i;
	int c;

	read_set(&set, a[1]);
	*looked = set.len;
	for (i = 0; i < STRING_MAX; i++) {
		c = char_at(a[0] + i);
		if (c <= 0)
			return c ? c : (s64)i;
		*looked += set.first[c] ? set.first[c] : set.len + 1;
		if (!set.first[c] && set.end != -ENOENT)
			return set.end;
		if (!!set.first[c] != in)
			return i;
	}
	return -E2BIG;
}

static s64 span(struct vm *vm, const u64 *a, bool in)
{
	u64 looked = 0;
	s64 ret = both_kernel(a) ? span_chars(a, in, &looked) : -ERANGE;

	vm_work(vm, looked * VM_WORK_PER_CHAR);
	return ret;
}

static u64 strspn_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(span(vm, a, true));
}

static u64 strcspn_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(span(vm, a, false));
}

enum match { MATCH_NO, MATCH_YES, MATCH_ENDED };

/* Does all of @t stand at @s, of which @left characters may be looked at? */
static s64 match_at(u64 s, u64 t, u64 left, bool ignore_case, u64 *looked)
{
	u64 j;

	for (j = 0; j < STRING_MAX; j++) {
		int d = char_at(t + j), c;

		++*looked;
		if (d <= 0)
			return d ? d : MATCH_YES;
		if (j == left)
			return MATCH_ENDED;
		c = char_at(s + j);
		if (c <= 0)
			return c ? c : MATCH_ENDED;
		if (fold(c, ignore_case) != fold(d, ignore_case))
			return MATCH_NO;
	}
	return -E2BIG;
}

static s64 find_text(const u64 *a, u64 len, bool ignore_case, u64 *looked)
{
	s64 ret;
	u64 i;

	for (i = 0; i <= len && i < STRING_MAX; i++) {
		ret = match_at(a[0] + i, a[1], len - i, ignore_case, looked);
		if (ret == MATCH_YES)
			return i;
		if (ret)
			return ret == MATCH_ENDED ? -ENOENT : ret;
	}
	return i == STRING_MAX ? -E2BIG : -ENOENT;
}

static s64 find(struct vm *vm, const u64 *a, u64 len, bool ignore_case)
{
	u64 looked = 0;
	s64 ret = both_kernel(a) ? find_text(a, len, ignore_case, &looked) : -ERANGE;

	vm_work(vm, looked * VM_WORK_PER_CHAR);
	return ret;
}

static u64 strstr_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(find(vm, a, STRING_MAX, false));
}

static u64 strcasestr_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(find(vm, a, STRING_MAX, true));
}

static u64 strnstr_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(find(vm, a, a[2], false));
}

static u64 strncasestr_kf(struct vm *vm, const u64 *a)
{
	return ret_errno(find(vm, a, a[2], true));
}

#define STRING_KFUNC(name) KFUNC(bpf_##name, name##_kf, 0)

static const struct kfunc kfuncs[] = {
	STRING_KFUNC(strcmp),	  STRING_KFUNC(strcasecmp), STRING_KFUNC(strncasecmp),
	STRING_KFUNC(strchr),	  STRING_KFUNC(strchrnul),  STRING_KFUNC(strnchr),
	STRING_KFUNC(strrchr),	  STRING_KFUNC(strlen),	    STRING_KFUNC(strnlen),
	STRING_KFUNC(strspn),	  STRING_KFUNC(strcspn),    STRING_KFUNC(strstr),
	STRING_KFUNC(strcasestr), STRING_KFUNC(strnstr),    STRING_KFUNC(strncasestr),
};

void kfuncs_string_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
