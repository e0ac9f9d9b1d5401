/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map.h - BPF maps: what all kinds share, and the table of what a kind does.
 *
 * A map has two faces. Guests reach values in place: an element's address is
 * stable and lies in the region (ZONE_MAP for arrays, which are memfd pages that
 * user space may mmap() as well, ZONE_HEAP for the rest). User space copies keys
 * and values in and out through the commands in map_cmd.h; a per-CPU value is
 * then an array of nr_cpus values, each rounded up to 8 bytes.
 *
 * Guest addresses are host addresses, so keys and values are plain pointers here.
 * The bookkeeping (buckets, free lists, LRU order) is host memory: a guest that
 * writes outside of its value cannot reach it.
 *
 *	struct map *map;
 *	int err = map_create(&attr, sizeof(attr), &map);   one reference
 *	int fd = object_install_fd(&map->obj);             another, as long as fds exist
 *	map_put(map);
 *
 * Order of everything that can be observed (iteration, eviction, addresses) is a
 * function of the calls made, never of the host.
 */
#ifndef KS_BPF_MAP_H
#define KS_BPF_MAP_H

#include <linux/bpf.h>
#include "bpf/object.h"

#ifndef ENOTSUPP
#define ENOTSUPP 524 /* the kernel's own, seen by user space all the same */
#endif

#define MAP_VALUE_MAX (32u << 20) /* KMALLOC_MAX_SIZE */
#define MAP_AREA_MAX (4ULL << 30) /* more than that the machine's memory does not hold */

struct btf_object;
struct map;
struct map_kobj;
struct prog;
struct record;
struct vm;

/* A batch command: arguments checked, @max is not 0. */
struct map_batch {
	const void *in; /* cursor of the batch before; NULL: from the beginning */
	void *out;	/* where the next one goes on; NULL: user space gave no room */
	u8 *keys, *values;
	u32 value_size;
	u32 max, done;
	u64 flags; /* of elements */
	bool delete;
};

/* Does the caller say where keys are, and values? NULL is the one bad pointer that is noticed. */
static inline bool map_batch_has_memory(const struct map_batch *b)
{
	return b->keys && b->values;
}

/*
 * What a kind of map does. @alloc_check sees attributes before anything is
 * allocated; @alloc fills in a zeroed object of @size bytes whose first member
 * is the struct map, common fields already set; @free undoes @alloc and is not
 * called after it failed. A NULL operation is -ENOTSUPP (@note: the kernel calls
 * some unconditionally, so kinds that refuse have a function saying so).
 *
 * Guest side: @lookup returns the value for the executing CPU or NULL. @key and
 * @value are readable for key_size and value_size bytes: checked by the caller.
 */
struct map_ops {
	enum bpf_map_type type;
	size_t size;
	int (*alloc_check)(const union bpf_attr *attr);
	int (*alloc)(struct map *map, const union bpf_attr *attr);
	void (*free)(struct map *map);
	/* key and value types fit? @keyless: btf_key_type_id is 0 */
	int (*check_btf)(const struct map *map, bool keyless);
	/* the last descriptor and pin went away: timers stop, program arrays empty */
	void (*release_uref)(struct map *map);

	void *(*lookup)(struct map *map, const void *key);
	void *(*lookup_percpu)(struct map *map, const void *key, u32 cpu);
	int (*update)(struct map *map, const void *key, const void *value, u64 flags);
	int (*delete)(struct map *map, const void *key);
	int (*get_next_key)(struct map *map, const void *key, void *next);
	int (*push)(struct map *map, const void *value, u64 flags);
	int (*pop)(struct map *map, void *value);
	int (*peek)(struct map *map, void *value);
	/* number of elements visited, or -errno */
	s64 (*for_each)(struct map *map, struct vm *vm, u64 callback, u64 ctx, u64 flags);

	u64 (*count)(const struct map *map); /* elements now, for bpf_map_sum_elem_count() */

	/* system call side, where it differs from the guest's */
	int (*user_lookup)(struct map *map, const void *key, void *value, u64 flags);
	int (*user_update)(struct map *map, const void *key, const void *value, u64 flags);
	int (*user_delete)(struct map *map, const void *key);
	int (*user_lookup_delete)(struct map *map, const void *key, void *value, u64 flags);

	/* BPF_MAP_LOOKUP*_BATCH of a kind with a cursor of its own: 0, -ENOENT at the end */
	int (*lookup_batch)(struct map *map, struct map_batch *b);

	/* address of byte @off of the only value, for BPF_PSEUDO_MAP_VALUE */
	int (*direct_value)(struct map *map, u32 off, u64 *addr);
	/* bytes of the memfd that user space may mmap(), 0: none */
	u64 (*mmap_size)(const struct map *map);
	/* may an inner map @inner stand where @meta is the template? */
	bool (*meta_equal)(const struct map *meta, const struct map *inner);
	/* bytes that epoll should report on: a ring buffer has something to read / room */
	u32 (*poll)(const struct map *map);

	bool percpu;	   /* a value is one per CPU */
	bool fd_map;	   /* user space stores descriptors and reads ids: value is u32 */
	bool batch;	   /* has the generic batch commands */
	bool batch_delete; /* and those that delete */
};

struct map {
	struct object obj; /* id, references, memfd */
	const struct map_ops *ops;
	enum bpf_map_type type;
	u32 key_size, value_size, max_entries;
	u32 flags; /* BPF_F_* of creation */
	u64 extra; /* map_extra */
	char name[BPF_OBJ_NAME_LEN];
	struct btf_object *btf; /* referenced; NULL without */
	u32 btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
	struct record *record;	/* special fields of the value; NULL if none */
	bool frozen;		/* BPF_MAP_FREEZE: read-only for user space */
	bool no_urefs;		/* user space has let go of it: timers refuse to start */
	struct map *inner_meta; /* maps of maps: template, no object of its own */
	struct map_kobj *kobj;	/* what guests see as struct bpf_map */
};

/* --- life --- */

/*
 * map_create - BPF_MAP_CREATE less the descriptor
 * @attr: zero-padded to the whole union; @size: bytes that user space gave.
 * 0 and one reference, or -errno as the kernel's map_create(). A kind that is not
 * modelled is -EINVAL and named on ENV->printk.
 */
int map_create(const union bpf_attr *attr, u32 size, struct map **out);
void map_get(struct map *map);
void map_put(struct map *map);
/* with a reference; NULL: object_fd_errno(@fd) says why */
struct map *map_from_fd(int fd);
struct map *map_by_id(u32 id);

static inline u32 map_id(const struct map *map)
{
	return map->obj.id;
}

/* --- what the program loader and the interpreter use --- */

/* The map's struct bpf_map in ZONE_KOBJ: what ldimm64 BPF_PSEUDO_MAP_FD loads. */
u64 map_guest_addr(const struct map *map);
/* The map whose guest address is exactly @addr; NULL if it is none. No reference. */
struct map *map_from_guest(u64 addr);

/* 0 and the address, or -EINVAL (@off is outside), -ENOTSUPP (kind, or several elements). */
int map_direct_value_addr(struct map *map, u32 off, u64 *addr);

/*
 * map_read_frozen - constant propagation: @size (1, 2, 4, 8) bytes at @addr, if
 * they belong to the value of this map, it is frozen and BPF_F_RDONLY_PROG, so
 * that nobody can change them any more.
 */
bool map_read_frozen(const struct map *map, u64 addr, u32 size, u64 *val);

/* Arena: bases of the guest's ("kernel") and of user space's window; 0 for other kinds. */
u64 map_arena_kern_base(const struct map *map);
u64 map_arena_user_base(const struct map *map);

/* --- element access from guests: checked as helpers are --- */

void *map_lookup(struct map *map, const void *key);
void *map_lookup_percpu(struct map *map, const void *key, u32 cpu);
int map_update(struct map *map, const void *key, const void *value, u64 flags);
int map_delete(struct map *map, const void *key);
s64 map_for_each(struct map *map, struct vm *vm, u64 callback, u64 ctx, u64 flags);

/* The program at @index of a PROG_ARRAY for bpf_tail_call(); NULL if there is none. No reference. */
struct prog *map_prog_array_get(struct map *map, u32 index);

/* --- shared by the kinds (map_*.c) --- */

/* bpf_map_area_alloc(): zeroed; NULL: not that much. */
void *map_area(u64 nr, u32 size);
/* NULL is fine. */
void map_area_free(void *area);

static inline u32 map_value_stride(const struct map *map)
{
	return ALIGN_UP(map->value_size, 8u);
}

/* bytes that user space's copy of a value has */
u32 map_user_value_size(const struct map *map, u64 flags);
bool map_access_flags_ok(u32 flags);
bool map_has_spin_lock(const struct map *map);
/* flags of an update as array and hash take them: 0, -EINVAL */
int map_update_flags_ok(const struct map *map, u64 flags);
/* Copy a value, leaving special fields of @dst as they are. @locked: BPF_F_LOCK */
void map_copy_value(struct map *map, void *dst, const void *src, bool locked);
/* The same towards user space: special fields read as zero. */
void map_copy_value_out(struct map *map, void *dst, void *src, bool locked);
/* Release what the special fields of @value hold: timers, kptrs, lists, trees. */
void map_free_fields(struct map *map, void *value);
/* User space has let go of the map: stop the timers and works of @value, keep kptrs. */
void map_cancel_fields(struct map *map, void *value);
/* one callback of for_each: (map, key, value, ctx) */
u64 map_call_each(struct map *map, struct vm *vm, u64 callback, const void *key, void *value,
		  u64 ctx);
/* Is @value the address of one of the values of an array or hash map? */
bool map_holds(struct map *map, u64 value);
/*
 * Guest address of the key that belongs to @value (an array's is put into *@index,
 * which is guest memory), for callbacks of timers and works.
 */
u64 map_key_of_value(struct map *map, u64 value, u32 *index);
bool map_meta_equal(const struct map *meta, const struct map *inner);
/* the map types that exist; NULL ends */
extern const struct map_ops *const map_types[];

#endif
