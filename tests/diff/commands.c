// SPDX-License-Identifier: GPL-2.0-only
/*
 * commands.c - bpf(2) as any program makes it: maps of every kind, with good and bad
 * arguments. It prints a line for each call, what was asked and what came back.
 *
 * It knows nothing of Kickstand. tests/diff.sh runs it on the host's kernel and by
 * `kickstand exec` on a machine, and the lines must be the same. So nothing that
 * depends on a kernel's hash seed, ids or addresses is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define NO_FD 9990	     /* and the numbers behind it: a value that is no open descriptor */
#define VALUES_MAX (1 << 16) /* room for any value of any number of CPUs */

static const char *section = "";

static void say(const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", section);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static int bpf_sized(int cmd, union bpf_attr *attr, u32 size)
{
	long ret = syscall(__NR_bpf, cmd, attr, size);

	return ret < 0 ? -errno : (int)ret;
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return bpf_sized(cmd, attr, sizeof(*attr));
}

/* The kernel's own 524 has no name in the C library. */
static const char *err_name(int err)
{
	static char number[16];
	const char *name = err == -524 ? "ENOTSUPP" : err < 0 ? strerrorname_np(-err) : NULL;

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", err);
	return number;
}

/* A descriptor's number is nobody's business. */
static const char *fd_result(int fd)
{
	return fd >= 0 ? "ok" : err_name(fd);
}

/* --- kinds of maps --- */

struct kind {
	const char *name;
	u32 type, key_size, value_size, max_entries, flags;
};

static const struct kind kinds[] = {
	{ "hash", BPF_MAP_TYPE_HASH, 4, 8, 4 },
	{ "hash, not preallocated", BPF_MAP_TYPE_HASH, 4, 8, 4, BPF_F_NO_PREALLOC },
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 8, 4 },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 4 },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4 },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 4, 8, 4 },
	{ "lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 4 },
	{ "queue", BPF_MAP_TYPE_QUEUE, 0, 8, 4 },
	{ "stack", BPF_MAP_TYPE_STACK, 0, 8, 4 },
	/* with a seed drawn at random, a kernel's filter errs now and then */
	{ "bloom_filter", BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 4, BPF_F_ZERO_SEED },
	{ "prog_array", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4 },
	{ "perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4 },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096 },
	{ "user_ringbuf", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096 },
	{ "arena", BPF_MAP_TYPE_ARENA, 0, 0, 4, BPF_F_MMAPABLE },
	{ "task_storage", BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 0, BPF_F_NO_PREALLOC },
	{ "cgrp_storage", BPF_MAP_TYPE_CGRP_STORAGE, 4, 8, 0, BPF_F_NO_PREALLOC },
	{ "array_of_maps", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4 },
	{ "hash_of_maps", BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 4 },
};

static bool is_map_in_map(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool has_storage(const struct kind *k)
{
	return k->type == BPF_MAP_TYPE_TASK_STORAGE || k->type == BPF_MAP_TYPE_CGRP_STORAGE;
}

static bool is_lru(const struct kind *k)
{
	return k->type == BPF_MAP_TYPE_LRU_HASH || k->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_hash(const struct kind *k)
{
	return k->type == BPF_MAP_TYPE_HASH || k->type == BPF_MAP_TYPE_PERCPU_HASH || is_lru(k);
}

static int plain_array(u32 value_size, u32 max_entries, u32 flags)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = value_size,
				.max_entries = max_entries,
				.map_flags = flags };

	return bpf(BPF_MAP_CREATE, &attr);
}

/* what an array or hash of maps is told to hold */
static int template_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = plain_array(8, 2, 0);
	return fd;
}

static void set_attr(union bpf_attr *attr, const struct kind *k)
{
	memset(attr, 0, sizeof(*attr));
	attr->map_type = k->type;
	attr->key_size = k->key_size;
	attr->value_size = k->value_size;
	attr->max_entries = k->max_entries;
	attr->map_flags = k->flags;
	if (is_map_in_map(k->type))
		attr->inner_map_fd = template_fd();
}

static int create(const struct kind *k)
{
	union bpf_attr attr;

	set_attr(&attr, k);
	return bpf(BPF_MAP_CREATE, &attr);
}

/* --- MAP_CREATE --- */

static void try_create(union bpf_attr *attr, const char *fmt, ...)
{
	char what[128];
	va_list ap;
	int fd = bpf(BPF_MAP_CREATE, attr);

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	say("%s: %s", what, fd_result(fd));
	if (fd >= 0)
		close(fd);
}

static void create_sizes(const struct kind *k)
{
	static const u32 keys[] = { 0, 1, 3, 4, 5, 8, 512, 513 };
	static const u32 values[] = { 0, 1, 4, 7, 8, 512 };
	static const u32 entries[] = { 0, 1, 3, 4096, 4097, 8192 };
	union bpf_attr attr;

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		for (u32 j = 0; j < ARRAY_SIZE(values); j++)
			for (u32 n = 0; n < ARRAY_SIZE(entries); n++) {
				set_attr(&attr, k);
				attr.key_size = keys[i];
				attr.value_size = values[j];
				attr.max_entries = entries[n];
				try_create(&attr, "%s: key %u, value %u, entries %u", k->name,
					   keys[i], values[j], entries[n]);
			}
}

static void create_extremes(const struct kind *k)
{
	static const u32 big[] = { 1 << 20, 1u << 31, UINT32_MAX - 8, UINT32_MAX };
	union bpf_attr attr;

	for (u32 i = 0; i < ARRAY_SIZE(big); i++) {
		set_attr(&attr, k);
		attr.key_size = big[i];
		try_create(&attr, "%s: key %u", k->name, big[i]);
		set_attr(&attr, k);
		attr.value_size = big[i];
		if (big[i] > 1 << 20)
			try_create(&attr, "%s: value %u", k->name, big[i]);
	}
}

static void create_flags(const struct kind *k)
{
	union bpf_attr attr;

	for (u32 bit = 0; bit < 32; bit++) {
		/* tokens; a kind of ring buffer that came between the kernels compared */
		if (bit == 16 || (bit == 19 && k->type == BPF_MAP_TYPE_RINGBUF))
			continue;
		set_attr(&attr, k);
		attr.map_flags ^= 1u << bit;
		try_create(&attr, "%s: flags 0x%x", k->name, attr.map_flags);
	}
	set_attr(&attr, k);
	attr.map_flags |= BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
	try_create(&attr, "%s: read-only and write-only for programs", k->name);
	set_attr(&attr, k);
	attr.map_flags |= BPF_F_RDONLY | BPF_F_WRONLY;
	try_create(&attr, "%s: read-only and write-only", k->name);
	set_attr(&attr, k);
	attr.map_flags |= BPF_F_NUMA_NODE;
	attr.numa_node = 5000;
	try_create(&attr, "%s: no such node", k->name);
}

static void create_names(const struct kind *k)
{
	static const char *const names[] = {
		"abc", "a.b_9", "a-b", "a b", "123456789012345", "1234567890123456",
	};
	union bpf_attr attr;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		set_attr(&attr, k);
		memcpy(attr.map_name, names[i], strlen(names[i]) < 16 ? strlen(names[i]) + 1 : 16);
		try_create(&attr, "%s: name '%s'", k->name, names[i]);
	}
}

static void create_others(const struct kind *k)
{
	union bpf_attr attr;

	set_attr(&attr, k);
	attr.map_extra = 1;
	try_create(&attr, "%s: extra 1", k->name);
	attr.map_extra = 16;
	try_create(&attr, "%s: extra 16", k->name);
	attr.map_extra = 1ULL << 40;
	try_create(&attr, "%s: extra 1 << 40", k->name);
	set_attr(&attr, k);
	attr.inner_map_fd = 0;
	try_create(&attr, "%s: inner map 0", k->name);
	attr.inner_map_fd = -1;
	try_create(&attr, "%s: inner map -1", k->name);
	set_attr(&attr, k);
	attr.btf_fd = -1;
	try_create(&attr, "%s: btf -1", k->name);
	attr.btf_value_type_id = 1;
	try_create(&attr, "%s: btf -1, value type 1", k->name);
	attr.btf_value_type_id = 0;
	attr.btf_key_type_id = 1;
	try_create(&attr, "%s: btf -1, key type 1", k->name);
	set_attr(&attr, k);
	attr.btf_vmlinux_value_type_id = 1;
	try_create(&attr, "%s: kernel type 1", k->name);
	set_attr(&attr, k);
	attr.map_ifindex = 1;
	try_create(&attr, "%s: interface 1", k->name);
}

static void test_create(void)
{
	section = "create";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		create_sizes(&kinds[i]);
		create_extremes(&kinds[i]);
		create_flags(&kinds[i]);
		create_names(&kinds[i]);
		create_others(&kinds[i]);
	}
}

/* --- elements --- */

static u8 value[VALUES_MAX];

static void fill(u64 v)
{
	for (u32 i = 0; i < sizeof(value) / 8; i++)
		memcpy(value + 8 * i, &v, 8);
}

static u64 first_word(void)
{
	u64 v;

	memcpy(&v, value, sizeof(v));
	return v;
}

static int elem(int cmd, int fd, const void *key, u64 flags)
{
	union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)key, .flags = flags };

	if (cmd == BPF_MAP_GET_NEXT_KEY)
		attr.next_key = (uintptr_t)value;
	else if (cmd != BPF_MAP_DELETE_ELEM)
		attr.value = (uintptr_t)value;
	return bpf(cmd, &attr);
}

static int update(int fd, const void *key, u64 v, u64 flags)
{
	fill(v);
	return elem(BPF_MAP_UPDATE_ELEM, fd, key, flags);
}

static const char *cmd_name(int cmd)
{
	switch (cmd) {
	case BPF_MAP_LOOKUP_ELEM:
		return "lookup";
	case BPF_MAP_UPDATE_ELEM:
		return "update";
	case BPF_MAP_DELETE_ELEM:
		return "delete";
	case BPF_MAP_GET_NEXT_KEY:
		return "next key";
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		return "lookup and delete";
	case BPF_MAP_LOOKUP_BATCH:
		return "lookup batch";
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
		return "lookup and delete batch";
	case BPF_MAP_UPDATE_BATCH:
		return "update batch";
	case BPF_MAP_DELETE_BATCH:
		return "delete batch";
	default:
		return "?";
	}
}

/* one command, with what it left in the value */
static void try_elem(const struct kind *k, int fd, int cmd, const u32 *key, u64 flags)
{
	int err;

	fill(0x1111111111111111);
	err = elem(cmd, fd, key, flags);
	say("%s: %s key %d flags 0x%llx: %s, value 0x%llx", k->name, cmd_name(cmd),
	    key ? (int)*key : -1, (unsigned long long)flags, err_name(err),
	    (unsigned long long)first_word());
}

static const u64 op_flags[] = {
	0, BPF_NOEXIST, BPF_EXIST, 3, BPF_F_LOCK, BPF_F_LOCK | 1, 32, 64, 1ULL << 32, 1ULL << 63,
};

/* Every command with every flag on a map with key 1 only, and on one that is full. */
static void elem_flags(const struct kind *k, u32 nr_before)
{
	static const int cmds[] = {
		BPF_MAP_LOOKUP_ELEM,
		BPF_MAP_UPDATE_ELEM,
		BPF_MAP_DELETE_ELEM,
		BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	};
	static const u32 keys[] = { 1, 2, 4, UINT32_MAX };

	for (u32 c = 0; c < ARRAY_SIZE(cmds); c++)
		for (u32 f = 0; f < ARRAY_SIZE(op_flags); f++)
			for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
				int fd;

				if (cmds[c] == BPF_MAP_DELETE_ELEM && op_flags[f])
					continue;
				fd = create(k);
				for (u32 n = 1; n <= nr_before; n++)
					update(fd, k->key_size ? &n : NULL, NO_FD + n, 0);
				try_elem(k, fd, cmds[c], k->key_size ? &keys[i] : NULL,
					 op_flags[f]);
				close(fd);
			}
}

static void elem_keys(const struct kind *k)
{
	static const u32 one = 1, nine = 9;
	int fd = create(k);

	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, NULL, 0);
	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, &one, 0);
	say("%s: update 1: %s", k->name, err_name(update(fd, k->key_size ? &one : NULL, NO_FD, 0)));
	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, NULL, 0);
	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, &one, 0);
	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, &nine, 0);
	/* a key where none belongs, none where one does */
	try_elem(k, fd, BPF_MAP_LOOKUP_ELEM, k->key_size ? NULL : &one, 0);
	try_elem(k, fd, BPF_MAP_UPDATE_ELEM, k->key_size ? NULL : &one, 0);
	try_elem(k, fd, BPF_MAP_DELETE_ELEM, k->key_size ? NULL : &one, 0);
	try_elem(k, fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, k->key_size ? NULL : &one, 0);
	close(fd);
}

static int no_value(int cmd, int fd, const void *key)
{
	union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)key };

	return bpf(cmd, &attr);
}

/* Filled beyond its size, then emptied. */
static void elem_full(const struct kind *k)
{
	int fd = create(k);
	bool lru = is_lru(k);
	u32 n;

	for (n = 0; n < 6; n++)
		say("%s: update %u of 4: %s", k->name, n,
		    err_name(update(fd, k->key_size ? &n : NULL, NO_FD + n, 0)));
	n = 3;
	say("%s: update again: %s", k->name,
	    err_name(update(fd, k->key_size ? &n : NULL, NO_FD, 0)));
	for (n = 0; n < 6 && !lru; n++)
		try_elem(k, fd, BPF_MAP_LOOKUP_ELEM, k->key_size ? &n : NULL, 0);
	for (n = 0; n < 6 && !lru; n++)
		try_elem(k, fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, k->key_size ? &n : NULL, 0);
	for (n = 0; n < 2 && !lru; n++)
		try_elem(k, fd, BPF_MAP_DELETE_ELEM, k->key_size ? &n : NULL, 0);
	n = 0;
	say("%s: update after: %s", k->name,
	    err_name(update(fd, k->key_size ? &n : NULL, NO_FD, 0)));
	say("%s: update without a value: %s", k->name,
	    err_name(no_value(BPF_MAP_UPDATE_ELEM, fd, k->key_size ? &n : NULL)));
	say("%s: lookup without a value: %s", k->name,
	    err_name(no_value(BPF_MAP_LOOKUP_ELEM, fd, k->key_size ? &n : NULL)));
	close(fd);
}

/* BPF_F_EXIST on a full queue pushes the oldest out */
static void queue_replaces(const struct kind *k)
{
	int fd = create(k);

	for (u32 n = 0; n < 7; n++)
		say("%s: push with EXIST %u: %s", k->name, n,
		    err_name(update(fd, NULL, n + 1, BPF_EXIST)));
	for (u32 n = 0; n < 5; n++) {
		try_elem(k, fd, BPF_MAP_LOOKUP_ELEM, NULL, 0);
		try_elem(k, fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, NULL, 0);
	}
	close(fd);
}

static void elem_frozen(const struct kind *k)
{
	const u32 one = 1, two = 2, *key = k->key_size ? &one : NULL;
	union bpf_attr attr;
	int fd = create(k);

	update(fd, key, NO_FD, 0);
	for (int i = 0; i < 2; i++) {
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = fd;
		say("%s: freeze: %s", k->name, err_name(bpf(BPF_MAP_FREEZE, &attr)));
	}
	try_elem(k, fd, BPF_MAP_LOOKUP_ELEM, key, 0);
	try_elem(k, fd, BPF_MAP_UPDATE_ELEM, key, 0);
	try_elem(k, fd, BPF_MAP_UPDATE_ELEM, k->key_size ? &two : NULL, 0);
	try_elem(k, fd, BPF_MAP_DELETE_ELEM, key, 0);
	try_elem(k, fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, 0);
	try_elem(k, fd, BPF_MAP_GET_NEXT_KEY, NULL, 0);
	close(fd);
}

/* For user space read-only, write-only */
static void elem_one_way(struct kind k, u32 flag, const char *how)
{
	const u32 one = 1, *key = k.key_size ? &one : NULL;
	char name[64];
	int fd;

	k.flags |= flag;
	fd = create(&k);
	snprintf(name, sizeof(name), "%s, %s", k.name, how);
	k.name = name;
	if (fd < 0)
		return;
	try_elem(&k, fd, BPF_MAP_UPDATE_ELEM, key, 0);
	try_elem(&k, fd, BPF_MAP_LOOKUP_ELEM, key, 0);
	try_elem(&k, fd, BPF_MAP_GET_NEXT_KEY, NULL, 0);
	try_elem(&k, fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, 0);
	try_elem(&k, fd, BPF_MAP_DELETE_ELEM, key, 0);
	close(fd);
}

static void test_elements(void)
{
	section = "element";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (has_storage(k)) /* by descriptor of a process: another subject */
			continue;
		elem_flags(k, 1);
		if (!is_lru(k)) /* which one makes room is the kernel's secret */
			elem_flags(k, 4);
		elem_keys(k);
		elem_full(k);
		elem_frozen(k);
		elem_one_way(*k, BPF_F_RDONLY, "read-only");
		elem_one_way(*k, BPF_F_WRONLY, "write-only");
		elem_one_way(*k, BPF_F_RDONLY_PROG, "read-only for programs");
		if (k->type == BPF_MAP_TYPE_QUEUE || k->type == BPF_MAP_TYPE_STACK)
			queue_replaces(k);
	}
}

/* --- per-CPU values --- */

static void percpu(const struct kind *k)
{
	int fd = create(k);
	u32 one = 1, nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	u64 v;

	for (u32 c = 0; c < nr_cpus; c++) {
		v = 1000 + c;
		memcpy(value + 8 * c, &v, 8);
	}
	say("%s: update: %s", k->name, err_name(elem(BPF_MAP_UPDATE_ELEM, fd, &one, 0)));
	fill(0);
	say("%s: lookup: %s", k->name, err_name(elem(BPF_MAP_LOOKUP_ELEM, fd, &one, 0)));
	for (u32 c = 0; c <= nr_cpus; c++) {
		memcpy(&v, value + 8 * c, 8);
		say("%s: of CPU %u: %llu", k->name, c, (unsigned long long)v);
	}
	close(fd);
}

/* A value of 5 bytes has 8 in user space. */
static void percpu_odd(struct kind k)
{
	u32 one = 1;
	int fd;

	k.value_size = 5;
	fd = create(&k);
	fill(0x0807060504030201);
	say("%s: update of 5 bytes: %s", k.name, err_name(elem(BPF_MAP_UPDATE_ELEM, fd, &one, 0)));
	fill(UINT64_MAX);
	say("%s: lookup of 5 bytes: %s, 0x%llx", k.name,
	    err_name(elem(BPF_MAP_LOOKUP_ELEM, fd, &one, 0)), (unsigned long long)first_word());
	close(fd);
}

static void test_percpu(void)
{
	section = "percpu";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == BPF_MAP_TYPE_PERCPU_ARRAY ||
		    kinds[i].type == BPF_MAP_TYPE_PERCPU_HASH ||
		    kinds[i].type == BPF_MAP_TYPE_LRU_PERCPU_HASH) {
			percpu(&kinds[i]);
			percpu_odd(kinds[i]);
		}
}

/* --- batches --- */

struct batch {
	u32 keys[16];
	u8 values[1 << 12];
	u64 in, out;
	bool first; /* no cursor yet */
};

static int batch(int cmd, int fd, struct batch *b, u32 *count, u64 elem_flags, u64 flags)
{
	union bpf_attr attr = { 0 };
	int err;

	attr.batch.map_fd = fd;
	attr.batch.keys = (uintptr_t)b->keys;
	attr.batch.values = (uintptr_t)b->values;
	attr.batch.count = *count;
	attr.batch.elem_flags = elem_flags;
	attr.batch.flags = flags;
	if (cmd == BPF_MAP_LOOKUP_BATCH || cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH) {
		attr.batch.in_batch = b->first ? 0 : (uintptr_t)&b->in;
		attr.batch.out_batch = (uintptr_t)&b->out;
	}
	err = bpf(cmd, &attr);
	*count = attr.batch.count;
	return err;
}

/* A hash's order is its own: the sum tells whether all were there. */
static u64 sum_of(const struct batch *b, u32 count, u32 stride)
{
	u64 sum = 0, v;

	for (u32 i = 0; i < count && i < 16; i++) {
		memcpy(&v, b->values + (size_t)i * stride, 8);
		sum += v + 100 * b->keys[i];
	}
	return sum;
}

static void try_batch(const struct kind *k, int fd, int cmd, u32 count, u64 elem_flags, u64 flags)
{
	struct batch b = { .first = true };
	u32 asked = count, stride = 8;
	int err;

	if (k->type == BPF_MAP_TYPE_PERCPU_HASH || k->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	    k->type == BPF_MAP_TYPE_LRU_PERCPU_HASH)
		stride = 8 * sysconf(_SC_NPROCESSORS_CONF);
	for (u32 i = 0; i < 16; i++) {
		b.keys[i] = i;
		for (u32 at = 0; at < stride; at += 8)
			memcpy(b.values + i * stride + at, &(u64){ i + 1 }, 8);
	}
	err = batch(cmd, fd, &b, &count, elem_flags, flags);
	say("%s: %s of %u, flags 0x%llx 0x%llx: %s, count %u, sum %llu", k->name, cmd_name(cmd),
	    asked, (unsigned long long)elem_flags, (unsigned long long)flags, err_name(err), count,
	    (unsigned long long)sum_of(&b, count, stride));
}

static void batches(const struct kind *k)
{
	static const int cmds[] = {
		BPF_MAP_LOOKUP_BATCH,
		BPF_MAP_LOOKUP_AND_DELETE_BATCH,
		BPF_MAP_UPDATE_BATCH,
		BPF_MAP_DELETE_BATCH,
	};
	static const u64 flags[] = { 1, BPF_F_LOCK, 8, 1ULL << 32 };

	for (u32 c = 0; c < ARRAY_SIZE(cmds); c++) {
		for (u32 count = 0; count <= 6; count += 2) {
			int fd;

			if (count == 2 && is_hash(k)) /* which ones share a bucket? */
				continue;
			fd = create(k);
			if (cmds[c] != BPF_MAP_UPDATE_BATCH)
				try_batch(k, fd, BPF_MAP_UPDATE_BATCH, 4, 0, 0);
			try_batch(k, fd, cmds[c], count, 0, 0);
			try_batch(k, fd, BPF_MAP_LOOKUP_BATCH, 16, 0, 0);
			close(fd);
		}
		for (u32 f = 0; f < ARRAY_SIZE(flags); f++) {
			int fd = create(k);

			try_batch(k, fd, cmds[c], 4, flags[f], 0);
			try_batch(k, fd, cmds[c], 4, 0, flags[f]);
			close(fd);
		}
	}
}

static void test_batches(void)
{
	section = "batch";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!is_map_in_map(kinds[i].type) && !has_storage(&kinds[i]) && !is_lru(&kinds[i]))
			batches(&kinds[i]);
}

/* --- maps of maps, program arrays --- */

static int load_return(int ret, u32 type)
{
	struct bpf_insn insn[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = ret },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = type,
				.insns = (uintptr_t)insn,
				.insn_cnt = 2,
				.license = (uintptr_t)"GPL" };

	if (type == BPF_PROG_TYPE_SYSCALL)
		attr.prog_flags = BPF_F_SLEEPABLE;
	return bpf(BPF_PROG_LOAD, &attr);
}

/* What user space reads back is an id; that it is that map's says the info. */
static u32 id_of(int fd)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = {
		.info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info }
	};

	bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	return info.id;
}

static void maps_of_maps(const struct kind *k)
{
	int fd = create(k), good = plain_array(8, 2, 0), wide = plain_array(16, 2, 0);
	int longer = plain_array(8, 3, 0), prog = load_return(0, BPF_PROG_TYPE_SOCKET_FILTER);
	u32 n, id = 0;

	for (n = 0; n < 6; n++)
		say("%s: update %u: %s", k->name, n, err_name(update(fd, &n, good, 0)));
	n = 1;
	say("%s: wider: %s", k->name, err_name(update(fd, &n, wide, 0)));
	say("%s: longer: %s", k->name, err_name(update(fd, &n, longer, 0)));
	say("%s: a program: %s", k->name, err_name(update(fd, &n, prog, 0)));
	say("%s: no descriptor: %s", k->name, err_name(update(fd, &n, 999, 0)));
	say("%s: itself: %s", k->name, err_name(update(fd, &n, fd, 0)));
	say("%s: lookup: %s", k->name, err_name(elem(BPF_MAP_LOOKUP_ELEM, fd, &n, 0)));
	memcpy(&id, value, 4);
	say("%s: is the id: %d", k->name, id == id_of(good));
	say("%s: delete: %s", k->name, err_name(elem(BPF_MAP_DELETE_ELEM, fd, &n, 0)));
	say("%s: lookup: %s", k->name, err_name(elem(BPF_MAP_LOOKUP_ELEM, fd, &n, 0)));
	say("%s: delete: %s", k->name, err_name(elem(BPF_MAP_DELETE_ELEM, fd, &n, 0)));
	close(fd);
	close(good);
	close(wide);
	close(longer);
	close(prog);
}

static void prog_arrays(void)
{
	const struct kind *k = &kinds[10];
	int fd = create(k), filter = load_return(1, BPF_PROG_TYPE_SOCKET_FILTER);
	int other = load_return(1, BPF_PROG_TYPE_SYSCALL), map = plain_array(8, 2, 0);
	u32 n = 1;

	say("load: %s %s", fd_result(filter), fd_result(other));
	say("update: %s", err_name(update(fd, &n, filter, 0)));
	say("update: %s", err_name(update(fd, &n, other, 0)));
	say("a map: %s", err_name(update(fd, &n, map, 0)));
	say("no descriptor: %s", err_name(update(fd, &n, 999, 0)));
	say("noexist: %s", err_name(update(fd, &n, filter, BPF_NOEXIST)));
	say("exist: %s", err_name(update(fd, &n, filter, BPF_EXIST)));
	n = 4;
	say("outside: %s", err_name(update(fd, &n, filter, 0)));
	say("delete outside: %s", err_name(elem(BPF_MAP_DELETE_ELEM, fd, &n, 0)));
	n = 1;
	say("delete: %s", err_name(elem(BPF_MAP_DELETE_ELEM, fd, &n, 0)));
	say("delete: %s", err_name(elem(BPF_MAP_DELETE_ELEM, fd, &n, 0)));
	say("lookup: %s", err_name(elem(BPF_MAP_LOOKUP_ELEM, fd, &n, 0)));
	close(fd);
	close(filter);
	close(other);
	close(map);
}

static void test_descriptor_maps(void)
{
	section = "maps of maps";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is_map_in_map(kinds[i].type))
			maps_of_maps(&kinds[i]);
	section = "program array";
	prog_arrays();
}

/* --- info --- */

static void test_info(void)
{
	section = "info";
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bpf_map_info info = { 0 };
		union bpf_attr attr;
		int fd, err;

		if (has_storage(&kinds[i])) /* only with types */
			continue;
		set_attr(&attr, &kinds[i]);
		strcpy(attr.map_name, "a_map");
		fd = bpf(BPF_MAP_CREATE, &attr);
		memset(&attr, 0, sizeof(attr));
		attr.info.bpf_fd = fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = (uintptr_t)&info;
		err = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
		say("%s: %s: type %u, key %u, value %u, entries %u, flags 0x%x, extra %llu, '%s'",
		    kinds[i].name, err_name(err), info.type, info.key_size, info.value_size,
		    info.max_entries, info.map_flags, (unsigned long long)info.map_extra,
		    info.name);
		attr.info.info_len = 4;
		say("%s: 4 bytes: %s", kinds[i].name, err_name(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr)));
		attr.info.info_len = 0;
		say("%s: 0 bytes: %s", kinds[i].name, err_name(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr)));
		close(fd);
	}
}

/* --- wrong descriptors, sizes, commands --- */

/* Each command with a descriptor of another kind in the place of its first field. */
static void test_descriptors(void)
{
	static const int cmds[] = {
		BPF_MAP_LOOKUP_ELEM,
		BPF_MAP_UPDATE_ELEM,
		BPF_MAP_DELETE_ELEM,
		BPF_MAP_GET_NEXT_KEY,
		BPF_MAP_LOOKUP_AND_DELETE_ELEM,
		BPF_MAP_FREEZE,
		BPF_PROG_TEST_RUN,
		BPF_LINK_UPDATE,
		BPF_LINK_DETACH,
		BPF_ITER_CREATE,
		BPF_OBJ_GET_INFO_BY_FD,
		BPF_PROG_BIND_MAP,
		BPF_LINK_CREATE,
	};
	int file = open("/dev/null", O_RDONLY), prog = load_return(0, BPF_PROG_TYPE_SYSCALL);
	int map = plain_array(8, 1, 0);
	const struct {
		const char *name;
		int fd;
	} fds[] = {
		{ "-1", -1 },	       { "9999", 9999 }, { "a file", file },
		{ "a program", prog }, { "a map", map },
	};
	u32 zero = 0;

	section = "descriptor";
	for (u32 c = 0; c < ARRAY_SIZE(cmds); c++)
		for (u32 i = 0; i < ARRAY_SIZE(fds); i++) {
			union bpf_attr attr = { .map_fd = fds[i].fd };

			if (cmds[c] < BPF_PROG_LOAD || cmds[c] == BPF_MAP_LOOKUP_AND_DELETE_ELEM) {
				attr.key = (uintptr_t)&zero;
				attr.value = (uintptr_t)value;
			}
			say("command %d of %s: %s", cmds[c], fds[i].name,
			    err_name(bpf(cmds[c], &attr)));
		}
	close(file);
	close(prog);
	close(map);
}

static void test_attributes(void)
{
	struct {
		union bpf_attr attr;
		u8 more[64];
	} big = { 0 };
	u32 zero = 0;
	int fd = plain_array(8, 1, 0);

	section = "attributes";
	big.attr.map_fd = fd;
	big.attr.key = (uintptr_t)&zero;
	big.attr.value = (uintptr_t)value;
	for (u32 size = 0; size <= 40; size += 8)
		say("lookup with %u bytes: %s", size,
		    err_name(bpf_sized(BPF_MAP_LOOKUP_ELEM, &big.attr, size)));
	say("lookup with more: %s",
	    err_name(bpf_sized(BPF_MAP_LOOKUP_ELEM, &big.attr, sizeof(big))));
	big.more[63] = 1;
	say("lookup with something in it: %s",
	    err_name(bpf_sized(BPF_MAP_LOOKUP_ELEM, &big.attr, sizeof(big))));
	say("lookup with 4097 bytes: %s",
	    err_name(bpf_sized(BPF_MAP_LOOKUP_ELEM, &big.attr, 4097)));
	say("no attributes: %s", err_name(bpf_sized(BPF_MAP_LOOKUP_ELEM, NULL, 0)));
	for (u32 off = 32; off < 64; off += 8) {
		memset(&big, 0, sizeof(big));
		big.attr.map_fd = fd;
		big.attr.key = (uintptr_t)&zero;
		big.attr.value = (uintptr_t)value;
		((u8 *)&big.attr)[off] = 1;
		say("lookup with byte %u: %s", off, err_name(bpf(BPF_MAP_LOOKUP_ELEM, &big.attr)));
		say("delete with byte %u: %s", off, err_name(bpf(BPF_MAP_DELETE_ELEM, &big.attr)));
	}
	memset(&big, 0, sizeof(big));
	say("command 1000: %s", err_name(bpf(1000, &big.attr)));
	say("command -1: %s", err_name(bpf(-1, &big.attr)));
	close(fd);
}

/* --- programs --- */

struct load {
	const char *what;
	union bpf_attr attr;
};

static const struct bpf_insn ok_insn[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static void set_load(union bpf_attr *attr, u32 type)
{
	memset(attr, 0, sizeof(*attr));
	attr->prog_type = type;
	attr->insns = (uintptr_t)ok_insn;
	attr->insn_cnt = 2;
	attr->license = (uintptr_t)"GPL";
	if (type == BPF_PROG_TYPE_SYSCALL)
		attr->prog_flags = BPF_F_SLEEPABLE;
}

static void try_load(union bpf_attr *attr, const char *fmt, ...)
{
	char what[128];
	va_list ap;
	int fd = bpf(BPF_PROG_LOAD, attr);

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	say("%s: %s", what, fd_result(fd));
	if (fd >= 0)
		close(fd);
}

static void test_load(void)
{
	static const u32 types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_KPROBE,	   BPF_PROG_TYPE_TRACEPOINT,
		BPF_PROG_TYPE_PERF_EVENT,    BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_PROG_TYPE_TRACING,
		BPF_PROG_TYPE_STRUCT_OPS,    BPF_PROG_TYPE_SYSCALL,
	};
	char log[64];
	union bpf_attr attr;

	section = "load";
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		for (u32 bit = 0; bit < 32; bit++) {
			/* sleepable: whom that is allowed grows; network devices; tokens */
			if (bit == 4 || bit == 5 || bit == 6 || bit == 16)
				continue;
			set_load(&attr, types[i]);
			attr.prog_flags ^= 1u << bit;
			try_load(&attr, "type %u, flags 0x%x", types[i], attr.prog_flags);
		}
		set_load(&attr, types[i]);
		try_load(&attr, "type %u", types[i]);
		attr.insn_cnt = 0;
		try_load(&attr, "type %u, no instruction", types[i]);
		attr.insn_cnt = 1;
		try_load(&attr, "type %u, no exit", types[i]);
		attr.insn_cnt = 1000001;
		try_load(&attr, "type %u, too many", types[i]);
		set_load(&attr, types[i]);
		attr.insns = 0;
		try_load(&attr, "type %u, no program", types[i]);
		set_load(&attr, types[i]);
		attr.license = 0;
		try_load(&attr, "type %u, no license", types[i]);
		set_load(&attr, types[i]);
		attr.expected_attach_type = 1;
		try_load(&attr, "type %u, attach type 1", types[i]);
		set_load(&attr, types[i]);
		attr.attach_btf_id = 1;
		try_load(&attr, "type %u, attach type id 1", types[i]);
		set_load(&attr, types[i]);
		attr.attach_prog_fd = 9999;
		try_load(&attr, "type %u, attach to 9999", types[i]);
		set_load(&attr, types[i]);
		attr.prog_btf_fd = 9999;
		attr.func_info_cnt = 1;
		attr.func_info_rec_size = 8;
		attr.func_info = (uintptr_t)log;
		try_load(&attr, "type %u, BTF 9999", types[i]);
		set_load(&attr, types[i]);
		strcpy(attr.prog_name, "a-b");
		try_load(&attr, "type %u, name a-b", types[i]);
		set_load(&attr, types[i]);
		attr.kern_version = 1;
		try_load(&attr, "type %u, kernel 1", types[i]);
	}
	set_load(&attr, 0);
	try_load(&attr, "no type");
	set_load(&attr, 500);
	try_load(&attr, "type 500");
	for (u32 level = 0; level < 8; level++)
		for (u32 how = 0; how < 4; how++) {
			set_load(&attr, BPF_PROG_TYPE_SOCKET_FILTER);
			attr.log_level = level;
			attr.log_buf = how & 1 ? (uintptr_t)log : 0;
			attr.log_size = how & 2 ? sizeof(log) : 0;
			try_load(&attr, "log level %u, %s, %u bytes", level,
				 how & 1 ? "a buffer" : "none", attr.log_size);
		}
}

static void try_run(int fd, const char *what, union bpf_attr *attr)
{
	int err;

	attr->test.prog_fd = fd;
	err = bpf(BPF_PROG_TEST_RUN, attr);
	say("%s: %s, retval %u", what, err_name(err), attr->test.retval);
}

#define RUN(fd, what, ...)                                          \
	do {                                                        \
		union bpf_attr attr_ = { .test = { __VA_ARGS__ } }; \
		try_run(fd, what, &attr_);                          \
	} while (0)

static void test_runs_of(int fd)
{
	static u8 buf[70000];

	RUN(fd, "plain", 0);
	RUN(fd, "a context", .ctx_in = (uintptr_t)buf, .ctx_size_in = 16);
	RUN(fd, "a context of 96", .ctx_in = (uintptr_t)buf, .ctx_size_in = 96);
	RUN(fd, "a context of 97", .ctx_in = (uintptr_t)buf, .ctx_size_in = 97);
	RUN(fd, "a context of 104", .ctx_in = (uintptr_t)buf, .ctx_size_in = 104);
	RUN(fd, "a context of 65535", .ctx_in = (uintptr_t)buf, .ctx_size_in = 65535);
	RUN(fd, "a context of 65536", .ctx_in = (uintptr_t)buf, .ctx_size_in = 65536);
	RUN(fd, "a context without size", .ctx_in = (uintptr_t)buf);
	RUN(fd, "a size without context", .ctx_size_in = 16);
	RUN(fd, "a context out", .ctx_out = (uintptr_t)buf, .ctx_size_out = 16);
	RUN(fd, "data in", .data_in = (uintptr_t)buf, .data_size_in = 16);
	RUN(fd, "data out", .data_out = (uintptr_t)buf, .data_size_out = 16);
	RUN(fd, "data size", .data_size_in = 16);
	RUN(fd, "data size out", .data_size_out = 16);
	RUN(fd, "repeat", .repeat = 1);
	RUN(fd, "duration", .duration = 1);
	RUN(fd, "flags 1", .flags = BPF_F_TEST_RUN_ON_CPU);
	RUN(fd, "flags 2", .flags = 2);
	RUN(fd, "flags 4", .flags = 4);
	RUN(fd, "CPU without flag", .cpu = 1);
	RUN(fd, "batch size", .batch_size = 1);
	RUN(fd, "on CPU 1", .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = 1);
	RUN(fd, "on CPU 5000", .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = 5000);
}

static void test_runs(void)
{
	int fd = load_return(7, BPF_PROG_TYPE_SYSCALL);

	section = "run of syscall";
	test_runs_of(fd);
	close(fd);
	fd = load_return(-3, BPF_PROG_TYPE_RAW_TRACEPOINT);
	section = "run of raw tracepoint";
	test_runs_of(fd);
	close(fd);
	section = "run of others";
	fd = load_return(1, BPF_PROG_TYPE_KPROBE);
	RUN(fd, "kprobe", 0);
	close(fd);
	fd = load_return(1, BPF_PROG_TYPE_TRACEPOINT);
	RUN(fd, "tracepoint", 0);
	close(fd);
}

/* --- BTF --- */

static void test_btf(void)
{
	struct {
		u8 magic[2], version, flags;
		u32 hdr_len, type_off, type_len, str_off, str_len;
		u32 type[4];
		char str[8];
	} __attribute__((packed)) good = {
		{ 0x9f, 0xeb }, 1, 0, 24, 0, 16, 16, 8, { 1, 1 << 24, 4, 32 }, "\0int\0",
	}, b;
	union bpf_attr attr;

#define BTF(what, change)                            \
	do {                                         \
		int fd_;                             \
		b = good;                            \
		memset(&attr, 0, sizeof(attr));      \
		attr.btf = (uintptr_t)&b;            \
		attr.btf_size = sizeof(b);           \
		change;                              \
		fd_ = bpf(BPF_BTF_LOAD, &attr);      \
		say("%s: %s", what, fd_result(fd_)); \
		close(fd_);                          \
	} while (0)

	section = "btf";
	BTF("good", (void)0);
	BTF("magic", b.magic[0] = 0);
	BTF("version 0", b.version = 0);
	BTF("version 2", b.version = 2);
	BTF("flags", b.flags = 1);
	BTF("header of 0", b.hdr_len = 0);
	BTF("header of 20", b.hdr_len = 20);
	BTF("types beyond", b.type_len = 1000);
	BTF("types at 2", b.type_off = 2);
	BTF("strings beyond", b.str_len = 1000);
	BTF("no strings", b.str_len = 0);
	BTF("strings without end", memcpy(b.str, "\0int1234", 8));
	BTF("strings without beginning", b.str[0] = 'a');
	BTF("gap", b.str_off = 20);
	BTF("overlap", b.str_off = 12);
	BTF("size 0", attr.btf_size = 0);
	BTF("size 10", attr.btf_size = 10);
	BTF("no buffer", attr.btf = 0);
	BTF("kind 30", b.type[1] = 30u << 24);
	BTF("kind 0", b.type[1] = 0);
	BTF("an int without name", b.type[0] = 0);
	BTF("a name beyond", b.type[0] = 100);
	BTF("a name of signs", b.str[1] = '-');
}

int main(int argc, char **argv)
{
	if (argc > 1) { /* "permitted": may we at all? */
		int fd = load_return(0, BPF_PROG_TYPE_SYSCALL);

		puts(fd < 0 ? strerror(-fd) : "yes");
		return fd < 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_create();
	test_elements();
	test_percpu();
	test_batches();
	test_descriptor_maps();
	test_info();
	test_descriptors();
	test_attributes();
	test_load();
	test_runs();
	test_btf();
	return 0;
}
