/* SPDX-License-Identifier: GPL-2.0-only */
/* diff_helpers.bpf.c - helpers: strings, numbers, loops, ring buffers, dynptrs, timers. */
#include "diff.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct elem {
	struct bpf_timer timer;
	struct bpf_spin_lock lock;
	u64 v;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct elem);
} elems SEC(".maps");

char buf[256];
u64 counted, stop_at;
const char hello[] = "hello";
const char nothing[] = "";
char text_a[] = "alpha", text_b[] = "alphabet", digits[16];

/* --- bpf_loop --- */

static long count(u64 i, void *ctx)
{
	counted += i + 1;
	return counted == stop_at;
}

static long count_two(u64 i, void *ctx)
{
	counted++;
	return 2;
}

TEST(loops)
{
	OUT(0) = bpf_loop(10, count, NULL, 0);
	OUT(1) = counted;
	OUT(2) = bpf_loop(0, count, NULL, 0);
	OUT(3) = bpf_loop(10, count, NULL, 1);
	OUT(4) = bpf_loop((1 << 23) + 1, count, NULL, 0);
	counted = 0;
	stop_at = 6;
	OUT(5) = bpf_loop(10, count, NULL, 0);
	OUT(6) = counted;
	return 0;
}

TEST(loop_by_other_numbers)
{
	OUT(0) = bpf_loop(5, count, NULL, ~0ULL);
	OUT(1) = counted;
	return 0;
}

/* --- strings and numbers --- */

TEST(compares_strings)
{
	OUT(0) = bpf_strncmp(text_a, sizeof(text_a), "alpha");
	OUT(1) = bpf_strncmp(text_b, sizeof(text_b), "alpha");
	OUT(2) = bpf_strncmp(text_b, 5, "alpha");
	OUT(3) = bpf_strncmp(text_a, sizeof(text_a), "alphb");
	OUT(4) = bpf_strncmp(text_a, sizeof(text_a), "alph");
	OUT(5) = bpf_strncmp(text_a, 1, "");
	text_a[0] = 0xe4;
	OUT(6) = bpf_strncmp(text_a, sizeof(text_a), "alpha");
	return 0;
}

#define NUMBER(i, text, len, base) do { \
	long v_ = 77; \
	unsigned long u_ = 78; \
	__builtin_memcpy(digits, text, sizeof(text)); \
	OUT(4 * (i)) = bpf_strtol(digits, len, base, &v_); \
	OUT(4 * (i) + 1) = v_; \
	OUT(4 * (i) + 2) = bpf_strtoul(digits, len, base, &u_); \
	OUT(4 * (i) + 3) = u_; \
} while (0)

TEST(parses_numbers)
{
	NUMBER(0, "123", 4, 0);
	NUMBER(1, "  -42x", 7, 10);
	NUMBER(2, "0x1f", 5, 0);
	NUMBER(3, "0x1f", 5, 16);
	NUMBER(4, "017", 4, 0);
	NUMBER(5, "017", 4, 8);
	NUMBER(6, "", 1, 0);
	NUMBER(7, "abc", 4, 0);
	NUMBER(8, "ff", 3, 16);
	NUMBER(9, "123456", 3, 10);
	NUMBER(10, "-", 2, 0);
	NUMBER(11, "12", 3, 5);
	NUMBER(12, "+7", 3, 0);
	NUMBER(13, "0x", 3, 0);
	NUMBER(14, "99999999999999", 15, 0);
	return 0;
}

/* --- bpf_snprintf --- */

#define PRINT(i, room, fmt, ...) do { \
	static const char fmt_[] = fmt; \
	u64 args_[] = { __VA_ARGS__ }; \
	OUT(i) = bpf_snprintf(buf, room, fmt_, args_, sizeof(args_)); \
	append(); \
} while (0)

static __noinline void append(void)
{
	static u32 at;

	for (u32 i = 0; i < 64 && buf[i]; i++) {
		if (at < sizeof(results.text) - 2)
			results.text[at++] = buf[i];
		buf[i] = 0;
	}
	if (at < sizeof(results.text) - 2)
		results.text[at++] = '/';
}

TEST(prints_integers)
{
	PRINT(0, 64, "%d %i %u", -1, -2, -3);
	PRINT(1, 64, "%ld %li %lu", -1, -2, -3);
	PRINT(2, 64, "%lld %llu %llx", -1, -2, -3);
	PRINT(3, 64, "%x %X %lx", 0xabc, 0xabc, 0xabcdef012345);
	PRINT(4, 64, "[%5d] [%-5d] [%05d]", 42, 42, 42);
	PRINT(5, 64, "[%10x] [%010x] [%-10x]", 0xff, 0xff, 0xff);
	PRINT(6, 64, "%c%c%%", 'a', 'b');
	PRINT(7, 64, "[%3c]", 'z');
	PRINT(8, 4, "%d", 123456);
	PRINT(9, 1, "%d", 7);
	PRINT(10, 64, "%u", 1ULL << 32 | 5);
	PRINT(11, 64, "%lu", 1ULL << 32 | 5);
	return 0;
}

TEST(prints_strings)
{
	PRINT(0, 64, "%s", (u64)hello);
	PRINT(1, 64, "[%s]", (u64)nothing);
	PRINT(2, 64, "[%10s]", (u64)hello);
	PRINT(3, 64, "[%-10s]", (u64)hello);
	PRINT(4, 64, "%s and %s", (u64)hello, (u64)text_b);
	PRINT(5, 64, "%s", 0);
	PRINT(6, 4, "%s", (u64)hello);
	return 0;
}

TEST(prints_special_pointers)
{
	static const u8 ip4[4] = { 192, 168, 0, 1 };
	static const u8 ip6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	PRINT(0, 64, "%pi4 %pI4", (u64)ip4, (u64)ip4);
	PRINT(1, 64, "%pi6", (u64)ip6);
	PRINT(2, 64, "%pI6", (u64)ip6);
	return 0;
}

TEST(prints_nothing_bad)
{
	static const char plain[] = "no arguments";

	OUT(0) = bpf_snprintf(buf, 64, plain, NULL, 0);
	append();
	OUT(1) = bpf_snprintf(NULL, 0, plain, NULL, 0);
	return 0;
}

TEST(traces)
{
	static const char fmt[] = "%d %s";
	static const char wrong[] = "%f";
	u64 args[] = { 5, (u64)hello };

	OUT(0) = bpf_trace_vprintk(fmt, sizeof(fmt), args, sizeof(args));
	OUT(1) = bpf_trace_vprintk(wrong, sizeof(wrong), args, 8);
	OUT(2) = bpf_trace_vprintk(fmt, sizeof(fmt), args, 8);
	OUT(3) = bpf_trace_vprintk(fmt, sizeof(fmt) - 1, args, sizeof(args));
	OUT(4) = bpf_trace_printk(fmt, sizeof(fmt), 5, hello);
	OUT(5) = bpf_trace_printk(fmt, 3, 5);
	return 0;
}

#define BAD_FORMAT(i, fmt, ...) do { \
	static const char fmt_[] = fmt; \
	u64 args_[] = { __VA_ARGS__ }; \
	OUT(i) = bpf_trace_vprintk(fmt_, sizeof(fmt_), args_, sizeof(args_)); \
} while (0)

TEST(bad_formats)
{
	BAD_FORMAT(0, "%f", 1);
	BAD_FORMAT(1, "%*d", 1, 2);
	BAD_FORMAT(2, "%d %d", 1);
	BAD_FORMAT(3, "%d", 1, 2);
	BAD_FORMAT(4, "%", 1);
	BAD_FORMAT(5, "%.3d", 1);
	BAD_FORMAT(6, "%hd", 1);
	BAD_FORMAT(7, "%o", 8);
	BAD_FORMAT(8, "%+d", 1);
	BAD_FORMAT(9, "%#x", 1);
	BAD_FORMAT(10, "%l", 1);
	BAD_FORMAT(11, "%pQ", 1);
	BAD_FORMAT(12, "%99d", 1);
	BAD_FORMAT(13, "\xff", 1);
	BAD_FORMAT(14, "a\tb\n%d", 1);
	BAD_FORMAT(15, "%z", 1);
	BAD_FORMAT(16, "%%%d", 1);
	BAD_FORMAT(17, "%s", 0);
	BAD_FORMAT(18, "%s", 1);
	return 0;
}

/* --- memory --- */

TEST(reads_memory)
{
	u64 v = 1;

	OUT(0) = bpf_probe_read_kernel(&v, 8, text_b);
	OUT(1) = v;
	v = 1;
	OUT(2) = bpf_probe_read_kernel(&v, 8, NULL);
	OUT(3) = v;
	OUT(4) = bpf_probe_read_kernel_str(buf, 64, hello);
	append();
	OUT(5) = bpf_probe_read_kernel_str(buf, 3, hello);
	append();
	OUT(6) = bpf_probe_read_kernel_str(buf, 64, nothing);
	OUT(7) = bpf_probe_read_kernel_str(buf, 64, NULL);
	OUT(8) = bpf_copy_from_user(&v, 8, NULL);
	return 0;
}

/* --- ring buffer --- */

TEST(ring_sizes)
{
	OUT(0) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	OUT(1) = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);
	OUT(2) = bpf_ringbuf_query(&ring, BPF_RB_CONS_POS);
	OUT(3) = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	OUT(4) = bpf_ringbuf_query(&ring, 99);
	OUT(5) = bpf_ringbuf_output(&ring, buf, 20, 0);
	OUT(6) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	OUT(7) = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	OUT(8) = bpf_ringbuf_output(&ring, buf, 1, 8);
	OUT(9) = bpf_ringbuf_output(&ring, buf, 0, 0);
	OUT(10) = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	OUT(11) = bpf_ringbuf_output(&ring, buf, 1, BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP);
	return 0;
}

TEST(ring_fills)
{
	u64 i, n = 0;

	bpf_for(i, 0, 30)
		if (!bpf_ringbuf_output(&ring, buf, 200, 0))
			n++;
	OUT(0) = n;
	OUT(1) = bpf_ringbuf_output(&ring, buf, 200, 0);
	OUT(2) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	return 0;
}

TEST(ring_reserves)
{
	u64 *a = bpf_ringbuf_reserve(&ring, 16, 0);
	u64 *b = bpf_ringbuf_reserve(&ring, 24, 0);

	OUT(0) = !!a;
	OUT(1) = !!b;
	OUT(2) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	if (b)
		bpf_ringbuf_submit(b, 0);
	OUT(3) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	if (a)
		bpf_ringbuf_discard(a, 0);
	OUT(4) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	a = bpf_ringbuf_reserve(&ring, 4096, 0);
	OUT(5) = !!a;
	if (a)
		bpf_ringbuf_discard(a, 0);
	a = bpf_ringbuf_reserve(&ring, 16, 1);
	OUT(6) = !!a;
	if (a)
		bpf_ringbuf_discard(a, 0);
	a = bpf_ringbuf_reserve(&ring, 4080, 0);
	OUT(7) = !!a;
	if (a)
		bpf_ringbuf_discard(a, 0);
	OUT(8) = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	return 0;
}

/* --- dynptr --- */

TEST(dynptr_of_memory)
{
	struct bpf_dynptr ptr;
	u64 v = 0;
	char *p;

	OUT(0) = bpf_dynptr_from_mem(buf, 64, 0, &ptr);
	OUT(1) = bpf_dynptr_write(&ptr, 8, text_b, 9, 0);
	OUT(2) = bpf_dynptr_read(&v, 8, &ptr, 8, 0);
	OUT(3) = v;
	OUT(4) = bpf_dynptr_read(&v, 8, &ptr, 56, 0);
	OUT(5) = bpf_dynptr_read(&v, 8, &ptr, 57, 0);
	OUT(6) = v;
	OUT(7) = bpf_dynptr_read(&v, 8, &ptr, 0, 1);
	OUT(8) = bpf_dynptr_write(&ptr, 60, text_b, 9, 0);
	OUT(9) = bpf_dynptr_write(&ptr, 0, text_b, 1, 1);
	p = bpf_dynptr_data(&ptr, 8, 8);
	OUT(10) = p ? *p : 0;
	p = bpf_dynptr_data(&ptr, 60, 8);
	OUT(11) = !!p;
	OUT(12) = bpf_dynptr_size(&ptr);
	OUT(13) = bpf_dynptr_is_null(&ptr);
	OUT(14) = bpf_dynptr_is_rdonly(&ptr);
	OUT(15) = bpf_dynptr_adjust(&ptr, 8, 40);
	OUT(16) = bpf_dynptr_size(&ptr);
	OUT(17) = bpf_dynptr_read(&v, 8, &ptr, 0, 0);
	OUT(18) = v;
	OUT(19) = bpf_dynptr_adjust(&ptr, 20, 10);
	OUT(20) = bpf_dynptr_adjust(&ptr, 0, 33);
	OUT(21) = bpf_dynptr_adjust(&ptr, 33, 33);
	OUT(22) = bpf_dynptr_adjust(&ptr, 32, 32);
	OUT(23) = bpf_dynptr_size(&ptr);
	return 0;
}

TEST(dynptr_flags)
{
	struct bpf_dynptr ptr;

	OUT(0) = bpf_dynptr_from_mem(buf, 64, 1, &ptr);
	OUT(1) = bpf_dynptr_is_null(&ptr);
	OUT(2) = bpf_dynptr_size(&ptr);
	OUT(3) = bpf_dynptr_is_rdonly(&ptr);
	OUT(4) = bpf_dynptr_write(&ptr, 0, text_b, 1, 0);
	return 0;
}

TEST(dynptr_clone_and_slice)
{
	struct bpf_dynptr ptr, other;
	char room[8] = {}, *p;

	bpf_dynptr_from_mem(buf, 64, 0, &ptr);
	bpf_dynptr_write(&ptr, 0, text_b, 9, 0);
	bpf_dynptr_adjust(&ptr, 2, 30);
	OUT(0) = bpf_dynptr_clone(&ptr, &other);
	OUT(1) = bpf_dynptr_size(&other);
	bpf_dynptr_adjust(&other, 1, 5);
	OUT(2) = bpf_dynptr_size(&ptr);
	OUT(3) = bpf_dynptr_size(&other);
	p = bpf_dynptr_slice(&ptr, 0, room, sizeof(room));
	OUT(4) = p ? *p : 0;
	p = bpf_dynptr_slice(&other, 0, room, sizeof(room));
	OUT(5) = !!p;
	return 0;
}

/* since 6.17 */
TEST(dynptr_copies)
{
	struct bpf_dynptr a, b;
	u64 v = 0;

	if (!bpf_ksym_exists(bpf_dynptr_copy) || !bpf_ksym_exists(bpf_dynptr_memset)) {
		OUT(0) = 12345;
		return 0;
	}
	bpf_dynptr_from_mem(buf, 64, 0, &a);
	bpf_dynptr_from_mem(digits, 16, 0, &b);
	bpf_dynptr_write(&a, 0, text_b, 9, 0);
	OUT(0) = bpf_dynptr_copy(&b, 2, &a, 1, 8);
	OUT(1) = bpf_dynptr_read(&v, 8, &b, 2, 0);
	OUT(2) = v;
	OUT(3) = bpf_dynptr_copy(&b, 9, &a, 0, 8);
	OUT(4) = bpf_dynptr_copy(&b, 0, &a, 57, 8);
	OUT(5) = bpf_dynptr_copy(&a, 1, &a, 0, 9);
	bpf_dynptr_read(&v, 8, &a, 0, 0);
	OUT(6) = v;
	OUT(7) = bpf_dynptr_memset(&b, 4, 8, 0x5a);
	bpf_dynptr_read(&v, 8, &b, 0, 0);
	OUT(8) = v;
	OUT(9) = bpf_dynptr_memset(&b, 12, 5, 1);
	OUT(10) = bpf_dynptr_memset(&b, 16, 0, 1);
	OUT(11) = bpf_dynptr_memset(&b, 0, 16, 0);
	return 0;
}

TEST(dynptr_of_ring)
{
	struct bpf_dynptr ptr;
	u64 v = 9;

	OUT(0) = bpf_ringbuf_reserve_dynptr(&ring, 32, 0, &ptr);
	OUT(1) = bpf_dynptr_write(&ptr, 0, &v, 8, 0);
	OUT(2) = bpf_dynptr_write(&ptr, 25, &v, 8, 0);
	OUT(3) = bpf_dynptr_size(&ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	OUT(4) = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	OUT(5) = bpf_ringbuf_reserve_dynptr(&ring, 8192, 0, &ptr);
	OUT(6) = bpf_dynptr_is_null(&ptr);
	OUT(7) = bpf_dynptr_size(&ptr);
	OUT(8) = bpf_dynptr_read(&v, 8, &ptr, 0, 0);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	OUT(9) = bpf_ringbuf_reserve_dynptr(&ring, 8, 1, &ptr);
	bpf_ringbuf_discard_dynptr(&ptr, 0);
	return 0;
}

/* --- timers and locks --- */

static int on_timer(void *map, u32 *key, struct elem *e)
{
	e->v++;
	return 0;
}

TEST(locks)
{
	u32 zero = 0;
	struct elem *e = bpf_map_lookup_elem(&elems, &zero);
	struct elem new = { .v = 55 };

	if (!e)
		return 1;
	bpf_spin_lock(&e->lock);
	e->v = 5;
	bpf_spin_unlock(&e->lock);
	OUT(0) = bpf_map_update_elem(&elems, &zero, &new, BPF_F_LOCK);
	OUT(1) = e->v;
	new.v = 56;
	OUT(2) = bpf_map_update_elem(&elems, &zero, &new, 0);
	OUT(3) = e->v;
	OUT(4) = bpf_map_update_elem(&elems, &zero, &new, BPF_F_LOCK | BPF_NOEXIST);
	return 0;
}

TEST(timers)
{
	u32 zero = 0;
	struct elem *e = bpf_map_lookup_elem(&elems, &zero);

	if (!e)
		return 1;
	OUT(0) = bpf_timer_set_callback(&e->timer, on_timer);
	OUT(1) = bpf_timer_start(&e->timer, 1000, 0);
	OUT(2) = bpf_timer_cancel(&e->timer);
	OUT(3) = bpf_timer_init(&e->timer, &elems, 1);
	OUT(4) = bpf_timer_init(&e->timer, &elems, 99);
	OUT(5) = bpf_timer_init(&e->timer, &elems, 16);
	OUT(6) = bpf_timer_init(&e->timer, &elems, 1);
	OUT(7) = bpf_timer_start(&e->timer, 1000, 0);
	OUT(8) = bpf_timer_set_callback(&e->timer, on_timer);
	OUT(9) = bpf_timer_start(&e->timer, 3600ULL * 1000000000, 0);
	OUT(10) = bpf_timer_start(&e->timer, 3600ULL * 1000000000, 8);
	OUT(11) = bpf_timer_cancel(&e->timer);
	OUT(12) = bpf_timer_cancel(&e->timer);
	OUT(13) = bpf_timer_start(&e->timer, 3600ULL * 1000000000, 0);
	return 0;
}
