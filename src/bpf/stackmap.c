// SPDX-License-Identifier: GPL-2.0-only
/*
 * stackmap.c - bpf_get_stack(), bpf_get_stackid() and the maps that it fills. Facts:
 * kernel/bpf/stackmap.c, kernel/trace/bpf_trace.c (whose registers a stack begins at).
 *
 * The stack that the model knows is the guests': a word for each function of a
 * program that is being executed, innermost first, and on through the programs that
 * an interrupt or a callback was let in on. The word is the one that ldimm64 of that
 * function loads. The model's own functions are not the kernel's: the chain ends
 * where they begin, and there are no stacks of user space.
 *
 *	fentry program ── f() ── bpf_get_stackid()	{ f, program }
 *	kprobe program ── bpf_get_stackid()		-EFAULT: it begins at what was probed
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "bpf/helpers.h"
#include "bpf/map_kinds.h"
#include "bpf/prog.h"

#define DEPTH_MAX 127 /* sysctl_perf_event_max_stack */
#define WORD ((u32)sizeof(u64))
#define HASH_MUL 0x9e3779b97f4a7c15ULL

struct trace {
	u32 nr;
	u64 hash;
	u64 ips[];
};

struct stack_map {
	struct map map;
	struct trace **buckets;
	u32 nr_buckets, nr_used;
};

static struct stack_map *to_stacks(const struct map *map)
{
	return container_of((struct map *)map, struct stack_map, map);
}

/* --- the map --- */

static int stacks_alloc_check(const union bpf_attr *attr)
{
	const u32 flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY;

	/* BPF_F_STACK_BUILD_ID is for stacks of user space */
	if (attr->map_flags & ~flags || !attr->max_entries || attr->key_size != 4 ||
	    attr->value_size < WORD || attr->value_size % WORD ||
	    attr->value_size / WORD > DEPTH_MAX)
		return -EINVAL;
	return attr->max_entries > 1u << 31 ? -E2BIG : 0;
}

static int stacks_alloc(struct map *map, const union bpf_attr *attr)
{
	struct stack_map *sm = to_stacks(map);

	for (sm->nr_buckets = 1; sm->nr_buckets < attr->max_entries; sm->nr_buckets *= 2)
		;
	sm->buckets = calloc(sm->nr_buckets, sizeof(*sm->buckets));
	return sm->buckets ? 0 : -ENOMEM;
}

static void stacks_free(struct map *map)
{
	struct stack_map *sm = to_stacks(map);
	u32 i;

	for (i = 0; i < sm->nr_buckets; i++)
		free(sm->buckets[i]);
	free(sm->buckets);
}

static struct trace **bucket_of(const struct map *map, const void *key)
{
	struct stack_map *sm = to_stacks(map);
	u32 id = *(const u32 *)key;

	return id < sm->nr_buckets ? &sm->buckets[id] : NULL;
}

static int stacks_extract(struct map *map, const void *key, void *value, u64 flags)
{
	struct trace **t = bucket_of(map, key);

	if (!t || !*t)
		return -ENOENT;
	memset(value, 0, map->value_size);
	memcpy(value, (*t)->ips, (*t)->nr * sizeof(u64));
	return 0;
}

static int stacks_delete(struct map *map, const void *key)
{
	struct trace **t = bucket_of(map, key);

	if (!t)
		return -E2BIG;
	if (!*t)
		return -ENOENT;
	free(*t);
	*t = NULL;
	to_stacks(map)->nr_used--;
	return 0;
}

static int stacks_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return -EINVAL;
}

static int stacks_next_key(struct map *map, const void *key, void *next)
{
	struct stack_map *sm = to_stacks(map);
	u32 id = key && bucket_of(map, key) ? *(const u32 *)key + 1 : 0;

	while (id < sm->nr_buckets && !sm->buckets[id])
		id++;
	if (id == sm->nr_buckets)
		return -ENOENT;
	*(u32 *)next = id;
	return 0;
}

/* --- a stack --- */

/* Where the registers are the interrupted or probed function's, the program is not on it. */
static const struct vm *begin_of_stack(const struct vm *vm)
{
	switch (prog_type(vm->prog)) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
		return vm->outer;
	default:
		return vm;
	}
}

/* the functions without the first @skip: how many, or -EFAULT if there are none */
static s64 take_stack(const struct vm *vm, u64 flags, u64 ips[DEPTH_MAX])
{
	u32 skip = flags & BPF_F_SKIP_FIELD_MASK, nr;

	if (flags & BPF_F_USER_STACK)
		return -EFAULT;
	nr = vm_backtrace(begin_of_stack(vm), ips, DEPTH_MAX);
	if (nr <= skip)
		return -EFAULT;
	memmove(ips, ips + skip, (nr - skip) * sizeof(*ips));
	return nr - skip;
}

static u64 hash_of(const u64 *ips, u32 nr)
{
	u64 hash = nr;

	while (nr--)
		hash = (hash ^ *ips++) * HASH_MUL;
	return hash ^ hash >> 32;
}

/* --- the helpers --- */

static s64 store(struct stack_map *sm, u32 id, u64 hash, const u64 *ips, u32 nr)
{
	struct trace *t;

	/* the kernel takes a new element before it gives the old one back */
	if (sm->nr_used == sm->map.max_entries)
		return -ENOMEM;
	t = shortage_calloc(1, sizeof(*t) + nr * sizeof(*ips));
	t->nr = nr;
	t->hash = hash;
	memcpy(t->ips, ips, nr * sizeof(*ips));
	sm->nr_used += !sm->buckets[id];
	free(sm->buckets[id]);
	sm->buckets[id] = t;
	return id;
}

static s64 stack_id(struct stack_map *sm, const u64 *ips, u32 nr, u64 flags)
{
	u64 hash = hash_of(ips, nr);
	u32 id = hash & (sm->nr_buckets - 1);
	const struct trace *t = sm->buckets[id];

	if (t && t->hash == hash &&
	    (flags & BPF_F_FAST_STACK_CMP ||
	     (t->nr == nr && !memcmp(t->ips, ips, nr * sizeof(*ips)))))
		return id;
	if (t && !(flags & BPF_F_REUSE_STACKID))
		return -EEXIST;
	return store(sm, id, hash, ips, nr);
}

/* context, map, flags */
static u64 get_stackid(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map_of(vm, a[1], BPF_MAP_TYPE_STACK_TRACE);
	u64 ips[DEPTH_MAX];
	s64 nr;

	if (!map)
		return 0;
	if (a[2] & ~(u64)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP |
			  BPF_F_REUSE_STACKID))
		return ret_errno(-EINVAL);
	nr = take_stack(vm, a[2], ips);
	if (nr < 0)
		return ret_errno(nr);
	return ret_errno(stack_id(to_stacks(map), ips, min(nr, (s64)map->value_size / WORD), a[2]));
}

static s64 copy_stack(const struct vm *vm, void *buf, u32 size, u64 flags)
{
	u64 ips[DEPTH_MAX];
	s64 nr;

	if (flags & ~(u64)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID))
		return -EINVAL;
	if ((flags & BPF_F_USER_BUILD_ID && !(flags & BPF_F_USER_STACK)) || size % WORD)
		return -EINVAL;
	nr = take_stack(vm, flags, ips);
	if (nr < 0)
		return nr;
	nr = min(nr, (s64)size / WORD) * WORD;
	memcpy(buf, ips, nr);
	return nr;
}

/* context, buffer, size, flags: bytes; what is not filled becomes zero */
static u64 get_stack(struct vm *vm, const u64 *a)
{
	u8 *buf = arg_write(vm, a[1], a[2]);
	s64 ret;

	if (!buf)
		return 0;
	ret = copy_stack(vm, buf, a[2], a[3]);
	memset(buf + max(ret, (s64)0), 0, (u32)a[2] - max(ret, (s64)0));
	return ret_errno(ret);
}

static int allow_tracing(const struct helper *h, const struct prog *prog)
{
	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_SYSCALL:
		return 0;
	default:
		return -EACCES;
	}
}

static const struct helper helpers[] = {
	{ BPF_FUNC_get_stackid, "bpf_get_stackid", get_stackid, allow_tracing },
	{ BPF_FUNC_get_stack, "bpf_get_stack", get_stack, allow_tracing },
};

void helpers_stack_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}

const struct map_ops stack_trace_map_ops = {
	.type = BPF_MAP_TYPE_STACK_TRACE,
	.size = sizeof(struct stack_map),
	.alloc_check = stacks_alloc_check,
	.alloc = stacks_alloc,
	.free = stacks_free,
	.check_btf = map_refuse_btf,
	.update = stacks_update,
	.delete = stacks_delete,
	.get_next_key = stacks_next_key,
	.user_lookup = stacks_extract,
	.meta_equal = map_meta_equal,
};
