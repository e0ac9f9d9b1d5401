// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls_test.c - what helpers and kfuncs answer, a row a call. An argument is a number or
 * the name of a specimen, made anew for the row:
 *
 *	{ "dynptr_read", "buf 4 null_dynptr 0 0", -EINVAL }	bpf_dynptr_read() says so
 *	{ "dynptr_read", "nothing 4 dynptr 0 0", FAULT }	the run ends: no verifier lets that in
 */
#include "fake_map.h"
#include "abi/cpumask.h"
#include "bpf/callable.h"
#include "bpf/cpumask.h"
#include "bpf/dynptr.h"
#include "bpf/handle.h"
#include "bpf/helpers.h"
#include "bpf/lock.h"
#include "bpf/objalloc.h"
#include "bpf/prog_priv.h"
#include "bpf/record.h"
#include "bpf/section.h"

#define T(name) BPF_MAP_TYPE_##name
#define FAULT (1LL << 62)
#define SOME (FAULT + 1) /* whatever is not 0 */

static struct prog prog;
static struct vm vm;
static struct map *maps[16]; /* of the row */
static u32 nr_maps;

/* --- specimens --- */

static u64 guest(enum region_zone zone, const void *data, u32 size)
{
	void *p = region_alloc(zone, size, 0);

	if (data)
		memcpy(p, data, size);
	return (uintptr_t)p;
}

static u64 text(const char *s)
{
	return guest(ZONE_STACK, s, strlen(s) + 1);
}

static u64 a_map(u32 type, u32 key, u32 value, u32 entries, u32 flags)
{
	struct map *map = make_map(type, key, value, entries, flags);

	maps[nr_maps++] = map;
	return map_guest_addr(map);
}

/* with an event in slot 1 */
static u64 perf_map(void)
{
	u64 addr = a_map(T(PERF_EVENT_ARRAY), 4, 4, 2, 0);
	int fd = handle_open(OBJ_PERF, 1);

	assert_int_equal(map_user_update(maps[nr_maps - 1], &(u32){ 1 }, &fd, 0), 0);
	return addr;
}

static u64 task_storage(void)
{
	union bpf_attr attr = map_attr(T(TASK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC);
	struct btf *btf = btf__new_empty();
	int i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int i64 = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);

	assert_int_equal(make_typed_map(&attr, btf, i32, i64, &maps[nr_maps]), 0);
	btf__free(btf);
	return map_guest_addr(maps[nr_maps++]);
}

static u64 a_dynptr(u64 data, u32 bits)
{
	struct dynptr d = { .data = data, .bits = 10 | DYNPTR_LOCAL << 28 | bits };

	return guest(ZONE_STACK, &d, sizeof(d));
}

static u64 a_mask(u64 bits)
{
	struct bpf_cpumask m = { .cpumask = { { bits } } };

	return guest(ZONE_HEAP, &m, sizeof(m));
}

/* more than any string function looks at */
static u64 endless(char c)
{
	void *p = region_alloc(ZONE_HEAP, 70000, 0);

	memset(p, c, 70000);
	return (uintptr_t)p;
}

#define NOTHING 0x1234 /* a user's address, and misaligned */
#define HOLE (REGION_BASE + ((u64)ZONE_HEAP << REGION_ZONE_SHIFT) + (1ULL << 36))
#define ARENA_HOLE (REGION_BASE + ((u64)ZONE_ARENA << REGION_ZONE_SHIFT) + (1ULL << 36))

/* 0: there is none of that name */
static u64 specimen(const char *name)
{
#define IS(what) (!strcmp(name, what))
	return IS("nothing")	  ? NOTHING :
	       IS("hole")	  ? HOLE :
	       IS("arena_hole")	  ? ARENA_HOLE :
	       IS("kobj")	  ? guest(ZONE_KOBJ, NULL, 64) :
	       IS("buf")	  ? guest(ZONE_STACK, NULL, 64) :
	       IS("odd")	  ? guest(ZONE_STACK, NULL, 64) + 1 :
	       IS("key")	  ? guest(ZONE_STACK, NULL, 8) :
	       IS("lock")	  ? guest(ZONE_HEAP, NULL, 8) :
	       IS("taken")	  ? guest(ZONE_HEAP, &(u64){ 1 }, 8) :
	       IS("hello")	  ? text("hello") :
	       IS("HELLO")	  ? text("HELLO") :
	       IS("help")	  ? text("help") :
	       IS("l")		  ? text("l") :
	       IS("empty")	  ? text("") :
	       IS("blanks")	  ? text("   ") :
	       IS("-")		  ? text("-") :
	       IS("hex")	  ? text("0X1F") :
	       IS("2^64")	  ? text("18446744073709551616") :
	       IS("10^20")	  ? text("100000000000000000000") :
	       IS("%d")		  ? text("%d") :
	       IS("%q")		  ? text("%q") :
	       IS("aaa...")	  ? endless('a') :
	       IS("AAA...")	  ? endless('A') :
	       IS("hash")	  ? a_map(T(HASH), 4, 8, 2, 0) :
	       IS("array")	  ? a_map(T(ARRAY), 4, 8, 2, 0) :
	       IS("percpu")	  ? a_map(T(PERCPU_ARRAY), 4, 8, 2, 0) :
	       IS("queue")	  ? a_map(T(QUEUE), 0, 8, 2, 0) :
	       IS("progs")	  ? a_map(T(PROG_ARRAY), 4, 4, 2, 0) :
	       IS("stacks")	  ? a_map(T(STACK_TRACE), 4, 16, 2, 0) :
	       IS("ring")	  ? a_map(T(RINGBUF), 0, 0, 4096, 0) :
	       IS("user_ring")	  ? a_map(T(USER_RINGBUF), 0, 0, 4096, 0) :
	       IS("arena")	  ? a_map(T(ARENA), 0, 0, 4, BPF_F_MMAPABLE) :
	       IS("perf")	  ? perf_map() :
	       IS("task_storage") ? task_storage() :
	       IS("dynptr")	  ? a_dynptr(guest(ZONE_STACK, "0123456789", 10), 0) :
	       IS("const_dynptr") ? a_dynptr(guest(ZONE_STACK, NULL, 10), DYNPTR_RDONLY) :
	       IS("null_dynptr")  ? a_dynptr(0, 0) :
	       IS("wild_dynptr")  ? a_dynptr(NOTHING, 0) :
	       IS("mask")	  ? a_mask(5) :
	       IS("all")	  ? a_mask(15) :
				    0;
#undef IS
}

static void arguments(const char *names, u64 *a)
{
	char copy[128], *save, *word, *end;
	u32 n = 0;

	snprintf(copy, sizeof(copy), "%s", names);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save), n++) {
		a[n] = strtoull(word, &end, 0);
		if (!*end)
			continue;
		a[n] = specimen(word);
		if (!a[n])
			fail_msg("there is no specimen '%s'", word);
	}
}

/* --- rows --- */

struct call {
	const char *name, *args;
	s64 ret;
};

static const struct call on_dynptrs[] = {
	{ "dynptr_from_mem", "buf 10 0 buf", 0 },
	{ "dynptr_from_mem", "buf 10 1 buf", -EINVAL },
	{ "dynptr_from_mem", "buf 0x1000000 0 buf", -E2BIG },
	{ "dynptr_from_mem", "nothing 10 0 buf", FAULT },
	{ "dynptr_from_mem", "kobj 10 0 buf", FAULT },
	{ "dynptr_from_mem", "buf 10 0 odd", FAULT },
	{ "dynptr_read", "buf 4 dynptr 6 0", 0 },
	{ "dynptr_read", "buf 4 dynptr 7 0", -E2BIG },
	{ "dynptr_read", "buf 4 dynptr 0 1", -EINVAL },
	{ "dynptr_read", "buf 4 null_dynptr 0 0", -EINVAL },
	{ "dynptr_read", "buf 4 wild_dynptr 0 0", FAULT },
	{ "dynptr_read", "buf 4 nothing 0 0", FAULT },
	{ "dynptr_read", "buf 4 hole 0 0", FAULT },
	{ "dynptr_read", "nothing 4 dynptr 0 0", FAULT },
	{ "dynptr_write", "dynptr 6 buf 4 0", 0 },
	{ "dynptr_write", "dynptr 7 buf 4 0", -E2BIG },
	{ "dynptr_write", "dynptr 0 buf 4 1", -EINVAL },
	{ "dynptr_write", "null_dynptr 0 buf 4 0", -EINVAL },
	{ "dynptr_write", "const_dynptr 0 buf 4 0", -EINVAL },
	{ "dynptr_write", "wild_dynptr 0 buf 4 0", FAULT },
	{ "dynptr_write", "nothing 0 buf 4 0", FAULT },
	{ "dynptr_write", "dynptr 0 nothing 4 0", FAULT },
	{ "dynptr_data", "dynptr 0 10", SOME },
	{ "dynptr_data", "dynptr 1 10", 0 },
	{ "dynptr_data", "null_dynptr 0 1", 0 },
	{ "dynptr_data", "const_dynptr 0 1", 0 },
	{ "dynptr_data", "odd 0 1", FAULT },
	{ "dynptr_slice", "dynptr 0 0 10", SOME },
	{ "dynptr_slice", "dynptr 8 0 4", 0 },
	{ "dynptr_slice", "null_dynptr 0 0 4", 0 },
	{ "dynptr_slice", "const_dynptr 0 0 4", SOME },
	{ "dynptr_slice", "nothing 0 0 4", FAULT },
	{ "dynptr_slice_rdwr", "dynptr 0 0 10", SOME },
	{ "dynptr_slice_rdwr", "const_dynptr 0 0 4", 0 },
	{ "dynptr_slice_rdwr", "nothing 0 0 4", FAULT },
	{ "dynptr_adjust", "dynptr 2 10", 0 },
	{ "dynptr_adjust", "dynptr 2 11", -ERANGE },
	{ "dynptr_adjust", "dynptr 3 2", -EINVAL },
	{ "dynptr_adjust", "null_dynptr 0 0", -EINVAL },
	{ "dynptr_adjust", "nothing 0 0", FAULT },
	{ "dynptr_is_null", "null_dynptr", 1 },
	{ "dynptr_is_null", "dynptr", 0 },
	{ "dynptr_is_null", "nothing", FAULT },
	{ "dynptr_is_rdonly", "const_dynptr", 1 },
	{ "dynptr_is_rdonly", "dynptr", 0 },
	{ "dynptr_is_rdonly", "null_dynptr", 0 },
	{ "dynptr_is_rdonly", "nothing", FAULT },
	{ "dynptr_size", "dynptr", 10 },
	{ "dynptr_size", "null_dynptr", -EINVAL },
	{ "dynptr_size", "nothing", FAULT },
	{ "dynptr_clone", "dynptr buf", 0 },
	{ "dynptr_clone", "null_dynptr buf", -EINVAL },
	{ "dynptr_clone", "nothing buf", FAULT },
	{ "dynptr_clone", "dynptr nothing", FAULT },
	{ "dynptr_copy", "dynptr 0 dynptr 6 4", 0 },
	{ "dynptr_copy", "dynptr 7 dynptr 0 4", -E2BIG },
	{ "dynptr_copy", "dynptr 0 dynptr 7 4", -E2BIG },
	{ "dynptr_copy", "null_dynptr 0 dynptr 0 4", -EINVAL },
	{ "dynptr_copy", "dynptr 0 null_dynptr 0 4", -EINVAL },
	{ "dynptr_copy", "const_dynptr 0 dynptr 0 4", -EINVAL },
	{ "dynptr_copy", "wild_dynptr 0 dynptr 0 4", FAULT },
	{ "dynptr_copy", "dynptr 0 wild_dynptr 0 4", FAULT },
	{ "dynptr_copy", "nothing 0 dynptr 0 4", FAULT },
	{ "dynptr_copy", "dynptr 0 nothing 0 4", FAULT },
	{ "dynptr_memset", "dynptr 6 4 65", 0 },
	{ "dynptr_memset", "dynptr 7 4 65", -E2BIG },
	{ "dynptr_memset", "null_dynptr 0 4 65", -EINVAL },
	{ "dynptr_memset", "const_dynptr 0 4 65", -EINVAL },
	{ "dynptr_memset", "wild_dynptr 0 4 65", FAULT },
	{ "dynptr_memset", "nothing 0 4 65", FAULT },
};

static const struct call on_maps[] = {
	{ "map_lookup_elem", "hash key", 0 },
	{ "map_lookup_elem", "array key", SOME },
	{ "map_lookup_elem", "queue key", 0 },
	{ "map_lookup_elem", "nothing key", FAULT },
	{ "map_lookup_elem", "hash nothing", FAULT },
	{ "map_lookup_percpu_elem", "percpu key 3", SOME },
	{ "map_lookup_percpu_elem", "percpu key 4", 0 },
	{ "map_lookup_percpu_elem", "hash key 0", 0 },
	{ "map_lookup_percpu_elem", "nothing key 0", FAULT },
	{ "map_lookup_percpu_elem", "percpu nothing 0", FAULT },
	{ "map_update_elem", "hash key buf 0", 0 },
	{ "map_update_elem", "hash key buf 2", -ENOENT },
	{ "map_update_elem", "hash key buf 9", -EINVAL },
	{ "map_update_elem", "nothing key buf 0", FAULT },
	{ "map_update_elem", "hash nothing buf 0", FAULT },
	{ "map_update_elem", "hash key nothing 0", FAULT },
	{ "map_delete_elem", "hash key", -ENOENT },
	{ "map_delete_elem", "array key", -EINVAL },
	{ "map_delete_elem", "nothing key", FAULT },
	{ "map_delete_elem", "hash nothing", FAULT },
	{ "map_push_elem", "queue buf 0", 0 },
	{ "map_push_elem", "queue buf 1", -EINVAL },
	{ "map_push_elem", "hash buf 0", -ENOTSUPP },
	{ "map_push_elem", "nothing buf 0", FAULT },
	{ "map_push_elem", "queue nothing 0", FAULT },
	{ "map_pop_elem", "queue buf", -ENOENT },
	{ "map_pop_elem", "hash buf", -ENOTSUPP },
	{ "map_pop_elem", "nothing buf", FAULT },
	{ "map_pop_elem", "queue kobj", FAULT },
	{ "map_peek_elem", "queue buf", -ENOENT },
	{ "map_peek_elem", "hash buf", -ENOTSUPP },
	{ "map_peek_elem", "nothing buf", FAULT },
	{ "map_peek_elem", "queue kobj", FAULT },
	{ "for_each_map_elem", "queue 0 0 0", -EINVAL },
	{ "for_each_map_elem", "nothing 0 0 0", FAULT },
	{ "tail_call", "0 progs 1", -ENOENT },
	{ "tail_call", "0 progs 2", -ENOENT },
	{ "tail_call", "0 hash 1", FAULT },
	{ "tail_call", "0 nothing 1", FAULT },
	{ "task_storage_get", "task_storage 0x5000 0 0", 0 },
	{ "task_storage_get", "task_storage 0x5000 0 1", SOME },
	{ "task_storage_get", "task_storage 0x5000 buf 1", SOME },
	{ "task_storage_get", "task_storage 0x5000 nothing 1", FAULT },
	{ "task_storage_get", "hash 0x5000 0 1", FAULT },
	{ "task_storage_delete", "task_storage 0x5000", -ENOENT },
	{ "task_storage_delete", "task_storage 0", -EINVAL },
	{ "task_storage_delete", "nothing 0x5000", FAULT },
	{ "cgrp_storage_get", "task_storage 0x5000 0 1", FAULT },
	{ "cgrp_storage_delete", "task_storage 0x5000", FAULT },
	{ "map_sum_elem_count", "hash", 0 },
	{ "map_sum_elem_count", "array", 0 },
	{ "map_sum_elem_count", "nothing", FAULT },
	{ "perf_event_read", "perf 0", -ENOENT },
	{ "perf_event_read", "perf 1", 77 },
	{ "perf_event_read", "perf 2", -E2BIG },
	{ "perf_event_read", "perf 0xffffffff", -ENOENT }, /* of this CPU, which is 0 */
	{ "perf_event_read", "perf 0x100000000", -EINVAL },
	{ "perf_event_read", "hash 0", FAULT },
	{ "perf_event_read_value", "perf 1 buf 24", 0 },
	{ "perf_event_read_value", "perf 0 buf 24", -ENOENT },
	{ "perf_event_read_value", "perf 1 buf 16", -EINVAL },
	{ "perf_event_read_value", "perf 1 kobj 24", FAULT },
	{ "perf_event_read_value", "nothing 1 buf 24", FAULT },
	{ "perf_event_output", "0 perf 0 buf 8", -ENOENT },
	{ "perf_event_output", "0 perf 1 buf 8", -EOPNOTSUPP },
	{ "perf_event_output", "0 perf 1 nothing 8", FAULT },
	{ "perf_event_output", "0 hash 1 buf 8", FAULT },
	{ "get_stackid", "0 hash 0", FAULT },
	{ "get_stackid", "0 stacks 0x10000", -EINVAL },
	{ "get_stackid", "0 stacks 0x100", -EFAULT }, /* a user's */
	{ "get_stack", "0 buf 16 0x1000", -EINVAL },
	{ "get_stack", "0 buf 12 0", -EINVAL },
	{ "get_stack", "0 buf 16 0x800", -EINVAL }, /* build ids are for users' stacks */
	{ "get_stack", "0 buf 16 0x900", -EFAULT },
	{ "get_stack", "0 nothing 16 0", FAULT },
	{ "arena_alloc_pages", "arena 0 1 -1 1", 0 },
	{ "arena_alloc_pages", "arena 0 0 -1 0", 0 },
	{ "arena_alloc_pages", "arena 0 5 -1 0", 0 },
	{ "arena_alloc_pages", "arena 0 1 64 0", 0 },
	{ "arena_alloc_pages", "hash 0 1 -1 0", FAULT },
	{ "arena_free_pages", "hash 0 1", FAULT },
	{ "arena_reserve_pages", "arena 0 0", 0 },
	{ "arena_reserve_pages", "arena 1 1", 0 }, /* no page begins there: nothing is done */
	{ "arena_reserve_pages", "arena 0 5", -EINVAL },
	{ "arena_reserve_pages", "nothing 0 1", FAULT },
};

static const struct call on_rings[] = {
	{ "ringbuf_reserve", "ring 8 0", SOME },
	{ "ringbuf_reserve", "ring 8 1", 0 },
	{ "ringbuf_reserve", "ring 4096 0", 0 },
	{ "ringbuf_reserve", "user_ring 8 0", FAULT },
	{ "ringbuf_submit", "buf 0", FAULT },
	{ "ringbuf_discard", "nothing 0", FAULT },
	{ "ringbuf_output", "ring buf 8 0", 0 },
	{ "ringbuf_output", "ring buf 8 4", -EINVAL },
	{ "ringbuf_output", "ring aaa... 4096 0", -EAGAIN },
	{ "ringbuf_output", "ring nothing 8 0", FAULT },
	{ "ringbuf_output", "hash buf 8 0", FAULT },
	{ "ringbuf_query", "ring 1", 4096 },
	{ "ringbuf_query", "ring 9", 0 },
	{ "ringbuf_query", "nothing 0", FAULT },
	{ "ringbuf_reserve_dynptr", "ring 8 0 buf", 0 },
	{ "ringbuf_reserve_dynptr", "ring 8 1 buf", -EINVAL },
	{ "ringbuf_reserve_dynptr", "ring 0x1000000 0 buf", -E2BIG },
	{ "ringbuf_reserve_dynptr", "ring 0x1000 0 buf", -EINVAL },
	{ "ringbuf_reserve_dynptr", "ring 8 0 nothing", FAULT },
	{ "ringbuf_reserve_dynptr", "hash 8 0 buf", FAULT },
	{ "ringbuf_submit_dynptr", "null_dynptr 0", 0 },
	{ "ringbuf_submit_dynptr", "dynptr 0", FAULT },
	{ "ringbuf_discard_dynptr", "nothing 0", FAULT },
	{ "user_ringbuf_drain", "user_ring 0 0 0", 0 },
	{ "user_ringbuf_drain", "user_ring 0 0 4", -EINVAL },
	{ "user_ringbuf_drain", "ring 0 0 0", FAULT },
};

static const struct call on_memory[] = {
	{ "probe_read_kernel", "buf 5 hello", 0 },
	{ "probe_read_kernel", "buf 0 hello", 0 },
	{ "probe_read_kernel", "buf 5 hole", -EFAULT },
	{ "probe_read_kernel", "nothing 5 hello", FAULT },
	{ "probe_read_kernel", "buf 0x100000000 hello", FAULT },
	{ "probe_read_kernel_str", "buf 6 hello", 6 },
	{ "probe_read_kernel_str", "buf 0 hello", 0 },
	{ "probe_read_kernel_str", "buf 6 nothing", -ERANGE },
	{ "probe_read_kernel_str", "kobj 6 hello", FAULT },
	{ "probe_read_user", "buf 5 hello", -EFAULT }, /* tasks here have no memory */
	{ "probe_read_user", "nothing 5 hello", FAULT },
	{ "probe_read_user_str", "buf 5 hello", -EFAULT },
	{ "probe_read_user_str", "buf 0 hello", 0 },
	{ "probe_read_user_str", "nothing 5 hello", FAULT },
	{ "probe_read", "buf 5 hello", 0 },
	{ "probe_read", "buf 5 nothing", -EFAULT },
	{ "probe_read_str", "buf 5 hello", 5 },
	{ "probe_read_str", "buf 5 nothing", -EFAULT },
	{ "trace_printk", "hello 6 0 0 0", 5 },
	{ "trace_printk", "hello 0 0 0 0", -EINVAL },
	{ "trace_printk", "hello 5 0 0 0", -EINVAL },
	{ "trace_printk", "%q 3 0 0 0", -EINVAL },
	{ "trace_printk", "nothing 6 0 0 0", FAULT },
	{ "trace_vprintk", "%d 3 buf 8", 1 },
	{ "trace_vprintk", "%d 3 buf 4", -EINVAL },
	{ "trace_vprintk", "%d 3 0 8", -EINVAL },
	{ "trace_vprintk", "%q 3 0 0", -EINVAL },
	{ "snprintf", "buf 8 %d buf 8", 2 },
	{ "snprintf", "buf 8 %q buf 8", -EINVAL },
	{ "snprintf", "buf 8 %d 0 0", -EINVAL },
	{ "snprintf", "nothing 8 %d buf 8", FAULT },
	{ "seq_printf", "7 %d 3 buf 8", 1 },
	{ "seq_printf", "7 %q 3 buf 8", -EINVAL },
	{ "seq_write", "7 buf 8", 8 },
	{ "seq_write", "7 nothing 8", FAULT },
	{ "stream_vprintk", "1 %d buf 8", 0 },
	{ "stream_vprintk", "3 %d buf 8", -ENOENT },
	{ "stream_vprintk", "1 %q buf 8", -EINVAL },
	{ "get_current_comm", "buf 8", 0 },
	{ "get_current_comm", "buf 0", 0 },
	{ "get_current_comm", "nothing 8", FAULT },
	{ "per_cpu_ptr", "buf 3", 3 },
	{ "per_cpu_ptr", "buf 4", 0 },
	{ "this_cpu_ptr", "buf", 0 },
	{ "get_func_arg", "buf 1 buf", 0 },
	{ "get_func_arg", "buf 2 buf", -EINVAL },
	{ "get_func_arg", "nothing 1 buf", FAULT },
	{ "get_func_arg", "buf 1 nothing", FAULT },
	{ "get_func_ret", "buf buf", 0 },
	{ "get_func_arg_cnt", "buf", 2 },
	{ "kptr_xchg", "lock 0", 0 },
	{ "kptr_xchg", "taken 0", 1 },
	{ "kptr_xchg", "nothing 0", FAULT },
	{ "iter_num_new", "buf 0 3", 0 },
	{ "iter_num_new", "nothing 0 3", FAULT },
	{ "iter_num_next", "buf", 0 },
	{ "iter_num_next", "odd", FAULT },
	{ "iter_bits_new", "buf buf 2", 0 },
	{ "iter_bits_new", "buf 0 2", -EINVAL },
	{ "iter_bits_new", "buf buf 0", -EINVAL },
	{ "iter_bits_new", "buf nothing 2", -EFAULT },
	{ "iter_bits_new", "nothing buf 2", FAULT },
	{ "iter_bits_next", "buf", 0 },
	{ "iter_bits_next", "nothing", FAULT },
};

static const struct call on_strings[] = {
	{ "strncmp", "hello 6 help", -1 },
	{ "strncmp", "help 5 hello", 1 },
	{ "strncmp", "hello 3 help", 0 },
	{ "strncmp", "hello 6 nothing", 0 },
	{ "strncmp", "nothing 6 hello", FAULT },
	{ "strtol", "hex 4 0 buf", 4 },
	{ "strtol", "hex 4 16 buf", 4 },
	{ "strtol", "hex 4 8 buf", 1 },
	{ "strtol", "hex 4 10 buf", 1 },
	{ "strtol", "hex 4 32 buf", -EINVAL },
	{ "strtol", "hex 0 0 buf", -EINVAL },
	{ "strtol", "blanks 3 0 buf", -EINVAL },
	{ "strtol", "- 1 0 buf", -EINVAL },
	{ "strtol", "2^64 20 0 buf", -ERANGE },
	{ "strtol", "10^20 21 0 buf", -ERANGE },
	{ "strtol", "nothing 1 0 buf", FAULT },
	{ "strtol", "hex 4 0 odd", FAULT },
	{ "strtoul", "hex 4 0 buf", 4 },
	{ "strtoul", "2^64 20 0 buf", -ERANGE },
	{ "strtoul", "hex 4 0 nothing", FAULT },
	{ "strlen", "hello", 5 },
	{ "strlen", "nothing", -ERANGE },
	{ "strlen", "hole", -EFAULT },
	{ "strlen", "aaa...", -E2BIG },
	{ "strnlen", "aaa... 7", 7 },
	{ "strchr", "aaa... 98", -E2BIG },
	{ "strrchr", "hello 108", 3 },
	{ "strrchr", "hello 0", 5 },
	{ "strrchr", "aaa... 97", -E2BIG },
	{ "strrchr", "nothing 97", -ERANGE },
	{ "strrchr", "hole 97", -EFAULT },
	{ "strcmp", "hello hello", 0 },
	{ "strcmp", "help hello", 1 },
	{ "strcmp", "hello nothing", -ERANGE },
	{ "strcmp", "nothing hello", -ERANGE },
	{ "strcmp", "hello hole", -EFAULT },
	{ "strcmp", "hole hello", -EFAULT },
	{ "strcmp", "aaa... aaa...", -E2BIG },
	{ "strcasecmp", "hello HELLO", 0 },
	{ "strcasecmp", "aaa... AAA...", -E2BIG },
	{ "strcasecmp", "nothing AAA...", -ERANGE },
	{ "strcasecmp", "hello hole", -EFAULT },
	{ "strncasecmp", "aaa... AAA... 9", 0 },
	{ "strncasecmp", "aaa... nothing 9", -ERANGE },
	{ "strspn", "hello help", 4 },
	{ "strspn", "aaa... AAA...", -E2BIG },
	{ "strspn", "aaa... hole", -EFAULT },
	{ "strspn", "hole hello", -EFAULT },
	{ "strspn", "aaa... aaa...", -E2BIG },
	{ "strspn", "nothing aaa...", -ERANGE },
	{ "strcspn", "hello l", 2 },
	{ "strcspn", "aaa... l", -E2BIG },
	{ "strstr", "hello l", 2 },
	{ "strstr", "hello empty", 0 },
	{ "strstr", "l hello", -ENOENT },
	{ "strstr", "hello hole", -EFAULT },
	{ "strstr", "hole hello", -EFAULT },
	{ "strstr", "hello nothing", -ERANGE },
	{ "strstr", "aaa... aaa...", -E2BIG },
	{ "strstr", "aaa... l", -E2BIG },
	{ "strcasestr", "hello HELLO", 0 },
	{ "strcasestr", "hello nothing", -ERANGE },
	{ "strnstr", "hello l 2", -ENOENT },
	{ "strnstr", "hello l 3", 2 },
	{ "strncasestr", "hello HELLO 5", 0 },
	{ "strncasestr", "hello HELLO 4", -ENOENT },
};

static const struct call on_masks[] = {
	{ "cpumask_acquire", "mask", SOME }, /* not a counted one */
	{ "cpumask_acquire", "nothing", FAULT },
	{ "cpumask_release", "mask", FAULT },
	{ "cpumask_first", "mask", 0 },
	{ "cpumask_first", "nothing", FAULT },
	{ "cpumask_first_zero", "all", 4 },
	{ "cpumask_first_zero", "nothing", FAULT },
	{ "cpumask_first_and", "mask all", 0 },
	{ "cpumask_first_and", "nothing all", FAULT },
	{ "cpumask_first_and", "mask nothing", FAULT },
	{ "cpumask_set_cpu", "1 mask", 0 },
	{ "cpumask_set_cpu", "1 kobj", FAULT },
	{ "cpumask_clear_cpu", "4 mask", 0 },
	{ "cpumask_clear_cpu", "1 kobj", FAULT },
	{ "cpumask_test_cpu", "2 mask", 1 },
	{ "cpumask_test_cpu", "4 all", 0 },
	{ "cpumask_test_cpu", "1 nothing", FAULT },
	{ "cpumask_test_and_set_cpu", "1 nothing", FAULT },
	{ "cpumask_test_and_clear_cpu", "1 nothing", FAULT },
	{ "cpumask_setall", "kobj", FAULT },
	{ "cpumask_clear", "mask", 0 },
	{ "cpumask_clear", "kobj", FAULT },
	{ "cpumask_and", "mask mask all", 1 },
	{ "cpumask_and", "kobj mask all", FAULT },
	{ "cpumask_and", "mask nothing all", FAULT },
	{ "cpumask_and", "mask all nothing", FAULT },
	{ "cpumask_or", "mask mask all", 0 },
	{ "cpumask_or", "kobj mask all", FAULT },
	{ "cpumask_or", "mask nothing all", FAULT },
	{ "cpumask_or", "mask all nothing", FAULT },
	{ "cpumask_xor", "mask mask all", 0 },
	{ "cpumask_xor", "kobj mask all", FAULT },
	{ "cpumask_xor", "mask nothing all", FAULT },
	{ "cpumask_xor", "mask all nothing", FAULT },
	{ "cpumask_equal", "mask mask", 1 },
	{ "cpumask_equal", "mask all", 0 },
	{ "cpumask_equal", "nothing all", FAULT },
	{ "cpumask_equal", "mask nothing", FAULT },
	{ "cpumask_intersects", "nothing all", FAULT },
	{ "cpumask_subset", "mask all", 1 },
	{ "cpumask_subset", "nothing all", FAULT },
	{ "cpumask_subset", "mask nothing", FAULT },
	{ "cpumask_empty", "mask", 0 },
	{ "cpumask_empty", "nothing", FAULT },
	{ "cpumask_full", "all", 1 },
	{ "cpumask_full", "nothing", FAULT },
	{ "cpumask_copy", "mask all", 0 },
	{ "cpumask_copy", "kobj all", FAULT },
	{ "cpumask_copy", "mask nothing", FAULT },
	{ "cpumask_any_distribute", "nothing", FAULT },
	{ "cpumask_any_and_distribute", "mask all", 2 }, /* behind the last one, CPU 0 */
	{ "cpumask_any_and_distribute", "nothing all", FAULT },
	{ "cpumask_any_and_distribute", "mask nothing", FAULT },
	{ "cpumask_weight", "mask", 2 },
	{ "cpumask_weight", "nothing", FAULT },
	{ "cpumask_populate", "mask buf 8", 0 },
	{ "cpumask_populate", "mask buf 7", -EACCES },
	{ "cpumask_populate", "mask nothing 8", FAULT },
	{ "cpumask_populate", "kobj buf 8", FAULT },
};

static const struct call on_locks[] = {
	{ "loop", "1 0 0 1", -EINVAL },
	{ "loop", "0x800001 0 0 0", (u32)-E2BIG },
	{ "loop", "0 0 0 0", 0 },
	{ "spin_lock", "lock", 0 },
	{ "spin_lock", "odd", FAULT },
	{ "spin_lock", "buf", FAULT },
	{ "spin_unlock", "lock", FAULT },
	{ "spin_unlock", "0", FAULT },
	{ "timer_init", "buf nothing 1", FAULT },
	{ "timer_set_callback", "buf 0", -EINVAL },
	{ "timer_start", "buf 0 0", -EINVAL },
	{ "timer_cancel", "buf", -EINVAL },
	{ "wq_init", "buf nothing 0", FAULT },
	{ "wq_init", "buf array 1", -EINVAL },
	{ "wq_set_callback", "buf 0 0", -EINVAL },
	{ "wq_start", "buf 0", -EINVAL },
	{ "wq_start", "buf 1", -EINVAL },
	{ "rcu_read_unlock", "", FAULT },
	{ "preempt_enable", "", FAULT },
	{ "local_irq_save", "buf", 0 },
	{ "local_irq_save", "nothing", FAULT },
	{ "local_irq_restore", "buf", FAULT },
	{ "res_spin_lock", "lock", 0 },
	{ "res_spin_lock", "taken", -ETIMEDOUT },
	{ "res_spin_lock", "odd", FAULT },
	{ "res_spin_lock", "buf", FAULT },
	{ "res_spin_unlock", "lock", FAULT },
	{ "res_spin_lock_irqsave", "lock buf", 0 },
	{ "res_spin_lock_irqsave", "taken buf", -ETIMEDOUT },
	{ "res_spin_lock_irqsave", "lock nothing", FAULT },
	{ "res_spin_lock_irqsave", "odd buf", FAULT },
	{ "res_spin_unlock_irqrestore", "lock buf", FAULT },
};

/* --- running them --- */

static callable_fn find(const char *name)
{
	char full[64];
	const struct kfunc *k;

	snprintf(full, sizeof(full), "bpf_%s", name);
	for (u32 id = 1; id < __BPF_FUNC_MAX_ID; id++) {
		const struct helper *h = helper_find(id);

		if (h && !strcmp(h->name, full))
			return h->fn;
	}
	k = kfunc_find(full, profile_find("7.3"));
	if (!k)
		fail_msg("there is no %s", full);
	return k->fn;
}

static void begin_row(void)
{
	memset(&vm, 0, sizeof(vm));
	memset(&fake, 0, sizeof(fake));
	vm.prog = &prog;
	vm.nr_args = 3;
	fake.spin_result = -ETIMEDOUT;
	vm_locks_reset();
	cpumask_cursors_reset();
}

static bool as_expected(const struct call *c, s64 ret)
{
	if (c->ret == FAULT)
		return vm.dead && fake.fault[0];
	return !vm.dead && (c->ret == SOME ? ret != 0 : ret == c->ret);
}

static void run(const struct call *calls, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		const struct call *c = &calls[i];
		u64 a[5] = { 0 };
		s64 ret;

		begin_row();
		arguments(c->args, a);
		ret = find(c->name)(&vm, a);
		if (!as_expected(c, ret))
			fail_msg("bpf_%s(%s): %lld %s", c->name, c->args, ret, fake.fault);
		find("iter_bits_destroy")(&vm, a); /* if it was one */
		while (nr_maps)
			map_put(maps[--nr_maps]);
	}
}

#define ROWS(table)                            \
	static void table##_test(void **state) \
	{                                      \
		run(table, ARRAY_SIZE(table)); \
	}

ROWS(on_dynptrs)
ROWS(on_maps)
ROWS(on_rings)
ROWS(on_memory)
ROWS(on_strings)
ROWS(on_masks)
ROWS(on_locks)

/* --- what needs more than a call --- */

static u64 call(const char *name, u64 a, u64 b)
{
	return find(name)(&vm, (u64[5]){ a, b });
}

/* A program that ends in the middle of all of them: the run ends, and nothing stays taken. */
static void left_in_the_middle_test(void **state)
{
	u32 *lock = (u32 *)(uintptr_t)specimen("lock"), *res = (u32 *)(uintptr_t)specimen("lock");
	u64 flags = specimen("buf");

	begin_row();
	vm_sections_end(&vm);
	assert_false(vm.dead);
	call("rcu_read_lock", 0, 0);
	call("rcu_read_lock", 0, 0);
	call("preempt_disable", 0, 0);
	call("local_irq_save", flags, 0);
	call("local_irq_save", flags + 8, 0);
	call("res_spin_lock", (uintptr_t)res, 0);
	call("spin_lock", (uintptr_t)lock, 0);
	assert_false(vm.dead);
	assert_int_equal(*lock + *res, 2);
	call("spin_lock", (uintptr_t)lock + 4, 0);
	assert_non_null(strstr(fake.fault, "takes a spin lock while it holds one"));
	vm_sections_end(&vm);
	assert_int_equal(*lock + *res, 0);
	assert_int_equal(fake.irq_depth, 0);
	assert_int_equal(fake.preempt_depth, 0);
	assert_int_equal(vm.in.rcu, 0);
	vm.dead = false;
	call("rcu_read_lock", 0, 0);
	vm_sections_end(&vm);
	assert_non_null(strstr(fake.fault, "returns with a lock held"));
}

static void too_many_test(void **state)
{
	u64 flags = (uintptr_t)region_alloc(ZONE_STACK, 8 * (VM_IRQS_MAX + 1), 0);
	u64 locks = (uintptr_t)region_alloc(ZONE_HEAP, 8 * (VM_RES_LOCKS_MAX + 1), 0);

	begin_row();
	for (u32 i = 0; i < VM_IRQS_MAX; i++)
		call("local_irq_save", flags + 8 * i, 0);
	assert_false(vm.dead);
	call("local_irq_save", flags + 8 * VM_IRQS_MAX, 0);
	assert_non_null(strstr(fake.fault, "saves interrupt flags over and over"));
	vm_sections_end(&vm);
	begin_row();
	for (u32 i = 0; i < VM_RES_LOCKS_MAX; i++)
		assert_int_equal(call("res_spin_lock", locks + 8 * i, 0), 0);
	call("res_spin_lock", locks + 8 * VM_RES_LOCKS_MAX, 0);
	assert_non_null(strstr(fake.fault, "more resilient locks"));
	vm_sections_end(&vm);
	assert_int_equal(fake.preempt_depth, 0);
}

/* Their state is nothing that the guest could write; there are so many and no more. */
static void iterators_test(void **state)
{
	u64 words[2] = { 0, 2 }, at = specimen("buf"), src = guest(ZONE_STACK, words, 16);
	struct {
		u64 bits;
		u32 nr_bits;
		s32 bit;
	} *it = (void *)(uintptr_t)at;

	begin_row();
	assert_int_equal(find("iter_bits_new")(&vm, (u64[5]){ at, src, 2 }), 0);
	assert_int_equal(find("iter_bits_new")(&vm, (u64[5]){ at, src, 2 }), 0); /* anew */
	assert_int_equal(vm.nr_iters, 1);
	assert_int_equal(*(s32 *)(uintptr_t)call("iter_bits_next", at, 0), 65);
	it->bit = -2; /* the guest may write what it likes there */
	assert_int_equal(call("iter_bits_next", at, 0), 0);
	it->bit = 128;
	assert_int_equal(call("iter_bits_next", at, 0), 0);
	it->bit = -1;
	it->nr_bits = 512 * 64;
	assert_int_equal(call("iter_bits_next", at, 0), 0);
	it->nr_bits = 128;
	call("iter_bits_destroy", at, 0);
	assert_int_equal(vm.nr_iters, 0);
	assert_int_equal(call("iter_bits_next", at, 0), 0);
	call("iter_bits_destroy", at, 0);
	/* as many as stacks have room for, and one more */
	at = (uintptr_t)region_alloc(ZONE_STACK, 513 * 16, 0);
	for (u32 i = 0; i < 512; i++)
		assert_int_equal(find("iter_bits_new")(&vm, (u64[5]){ at + 16 * i, src, 2 }), 0);
	assert_int_equal((s64)find("iter_bits_new")(&vm, (u64[5]){ at + 16 * 512, src, 2 }),
			 -ENOMEM);
	for (u32 i = 512; i--;)
		call("iter_bits_destroy", at + 16 * i, 0);
	assert_int_equal(vm.nr_iters, 0);
}

static void lists_test(void **state)
{
	const u64 head = specimen("lock"), other = specimen("lock"), a = 0x10, b = 0x20;

	begin_row();
	assert_int_equal(call("list_empty", head, 0), 1);
	assert_int_equal(call("list_is_first", head, 0), 0); /* of none, no node is the first */
	assert_int_equal(call("list_is_last", head, 0), 0);
	assert_int_equal(call("list_push_back", head, a), 0);
	assert_int_equal(call("list_push_back", head, b), 0);
	assert_int_equal((s64)call("list_push_front", other, a), -EINVAL);
	assert_int_equal(call("list_empty", head, 0), 0);
	assert_int_equal(call("list_front", head, 0), a);
	assert_int_equal(call("list_back", head, 0), b);
	assert_int_equal(call("list_is_first", head, a), 1);
	assert_int_equal(call("list_is_first", head, b), 0);
	assert_int_equal(call("list_is_last", head, a), 0);
	assert_int_equal(call("list_is_last", head, b), 1);
	assert_int_equal(call("list_del", head, a), a);
	assert_int_equal(call("list_is_first", head, b), 1);
	assert_false(vm.dead);
}

/* Types are the program's own: without BTF there are none, and what has no size is none. */
static void objects_test(void **state)
{
	struct btf_object bo = { .btf = btf__new_empty() };
	s32 i32 = btf__add_int(bo.btf, "int", 4, BTF_INT_SIGNED), empty, good;
	u64 obj;

	begin_row();
	assert_int_equal(call("obj_new", 1, 0), 0);
	empty = btf__add_struct(bo.btf, "empty", 0);
	good = btf__add_struct(bo.btf, "good", 8);
	btf__add_field(bo.btf, "x", i32, 0, 0);
	prog.btf = &bo;
	assert_int_equal(call("obj_new", i32, 0), 0);
	assert_int_equal(call("obj_new", empty, 0), 0);
	assert_int_equal(call("obj_new", 99, 0), 0);
	assert_int_equal(call("percpu_obj_new", 99, 0), 0);
	obj = call("obj_new", good, 0);
	assert_int_not_equal(obj, 0);
	assert_int_equal(call("refcount_acquire", obj, 0), 0); /* it counts none */
	assert_int_equal(call("per_cpu_ptr", obj, 3), 3);      /* it is one for all CPUs */
	call("obj_drop", obj, 0);
	obj = call("percpu_obj_new", good, 0);
	assert_int_equal(call("per_cpu_ptr", obj, 3), call("this_cpu_ptr", obj, 0) + 3 * 8);
	call("percpu_obj_drop", obj, 0);
	prog.btf = NULL;
	objs_reset();
	record_forget(bo.btf);
	btf__free(bo.btf);
}

static u32 other_lock_word;

/* CPU 1 has one and waits for CPU 0's; CPU 0 then wants that one. */
static int crosswise(const volatile u32 *word, u32 busy, bool resilient)
{
	fake.cpu = 0;
	assert_int_equal(vm_res_spin_lock((uintptr_t)&other_lock_word), -EDEADLK);
	vm_res_spin_unlock((uintptr_t)word);
	fake.cpu = 1;
	return 0;
}

static void deadlock_of_two_test(void **state)
{
	static u32 lock;

	begin_row();
	fake_env.spin_wait = crosswise;
	assert_int_equal(vm_res_spin_lock((uintptr_t)&lock), 0);
	fake.cpu = 1;
	assert_int_equal(vm_res_spin_lock((uintptr_t)&other_lock_word), 0);
	assert_int_equal(vm_res_spin_lock((uintptr_t)&lock), 0);
	vm_res_spin_unlock((uintptr_t)&lock);
	vm_res_spin_unlock((uintptr_t)&other_lock_word);
	fake_env.spin_wait = fake_spin_wait;
	assert_int_equal(fake.preempt_depth, 0);
}

/* --- the machine around them --- */

static u64 percpu_addr(u64 base, u32 cpu)
{
	return cpu; /* which one was asked for */
}

static s64 seq_write(u64 seq, const void *data, u32 len)
{
	return seq == 7 ? (s64)len : -EFAULT;
}

static s64 perf_read(struct object *event, struct bpf_perf_event_value *value)
{
	*value = (struct bpf_perf_event_value){ .counter = 77 };
	return 0;
}

static int setup(void **state)
{
	helpers_init();
	memset(&prog, 0, sizeof(prog));
	prog.type = BPF_PROG_TYPE_TRACING;
	prog.expected_attach_type = BPF_TRACE_FEXIT;
	fake_env.percpu_addr = percpu_addr;
	fake_env.seq_write = seq_write;
	fake_env.perf_read = perf_read;
	return fake_setup(state);
}

static int teardown(void **state)
{
	prog_streams_finish(&prog);
	helpers_reset();
	return fake_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f##_test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(on_dynptrs),      TEST(on_maps),	TEST(on_rings), TEST(on_memory),
		TEST(on_strings),      TEST(on_masks),	TEST(on_locks), TEST(left_in_the_middle),
		TEST(too_many),	       TEST(iterators), TEST(lists),	TEST(objects),
		TEST(deadlock_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
