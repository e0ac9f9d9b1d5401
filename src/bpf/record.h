/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - the special fields of a type: what lies in a map value or in an
 * object of bpf_obj_new() that the kernel owns (locks, timers, kptrs, lists).
 *
 *	struct val { int a; struct bpf_timer t; struct bpf_cpumask __kptr *m; };
 *	                    off 8, FIELD_TIMER   off 24, FIELD_KPTR_REF
 *
 * Copies of values step over these fields, freeing a value empties them.
 */
#ifndef KS_BPF_RECORD_H
#define KS_BPF_RECORD_H

#include "base/types.h"

struct btf;
struct map;

enum field_kind {
	FIELD_SPIN_LOCK = 1 << 0,
	FIELD_RES_SPIN_LOCK = 1 << 1,
	FIELD_TIMER = 1 << 2,
	FIELD_WORKQUEUE = 1 << 3,
	FIELD_TASK_WORK = 1 << 4,
	FIELD_KPTR_UNREF = 1 << 5,
	FIELD_KPTR_REF = 1 << 6,
	FIELD_KPTR_PERCPU = 1 << 7,
	FIELD_LIST_HEAD = 1 << 8,
	FIELD_LIST_NODE = 1 << 9,
	FIELD_RB_ROOT = 1 << 10,
	FIELD_RB_NODE = 1 << 11,
	FIELD_REFCOUNT = 1 << 12,
};

#define FIELD_KPTR (FIELD_KPTR_UNREF | FIELD_KPTR_REF | FIELD_KPTR_PERCPU)
#define FIELD_GRAPH_ROOT (FIELD_LIST_HEAD | FIELD_RB_ROOT)
#define FIELD_GRAPH_NODE (FIELD_LIST_NODE | FIELD_RB_NODE)
#define RECORD_FIELDS_MAX 11 /* the kernel's BTF_FIELDS_MAX */

/*
 * How to let go of the object that a referenced kptr points to. For types of the
 * program's own (bpf_obj_new) @dtor is NULL and @record says what lies inside.
 */
struct field {
	enum field_kind kind;
	u32 off, size;
	u32 type_id;   /* of the pointee or of the node's container, in the program's BTF */
	u32 node_off;  /* graph roots: offset of the node inside the container */
	char type[64]; /* name of the pointee: finds the destructor */
	void (*dtor)(u64 obj);
};

struct record {
	u32 nr;
	u32 mask;	  /* union of kinds */
	u32 size;	  /* of the type */
	s32 refcount_off; /* -1: none */
	struct btf *btf;  /* not owned: the map's or the program's */
	u32 type_id;
	struct field fields[RECORD_FIELDS_MAX]; /* by offset */
};

/*
 * record_parse - the special fields of type @type_id (struct or DATASEC)
 * @mask: kinds to look for; others are not seen.
 * 0 and *out (NULL: there are none), or -errno as the kernel's btf_parse_fields().
 */
int record_parse(struct btf *btf, u32 type_id, u32 mask, u32 size, struct record **out);
void record_free(struct record *rec);
struct record *record_dup(const struct record *rec);
bool record_equal(const struct record *a, const struct record *b);

static inline bool record_has(const struct record *rec, u32 mask)
{
	return rec && (rec->mask & mask);
}

/* offset of the first field of @mask, -1 if none */
s32 record_off(const struct record *rec, u32 mask);

/* Copy @size bytes stepping over special fields of @dst. @rec may be NULL. */
void record_copy(const struct record *rec, void *dst, const void *src, u32 size);
/* Fresh fields in memory that is otherwise initialised. */
void record_init_fields(const struct record *rec, void *obj);
/* Let go of all that the fields of @obj hold, and leave them empty. */
void record_free_fields(const struct record *rec, void *obj);
/* Only timers and works. */
void record_cancel_fields(const struct record *rec, void *obj);

/*
 * The record of a struct that bpf_obj_new() makes, remembered for @btf; the
 * number fits in a guest's register where the kernel passes a btf_struct_meta
 * pointer. NULL if the type has no special fields.
 */
const struct record *record_of_type(struct btf *btf, u32 type_id);
/* forget @btf's: it is going away */
void record_forget(struct btf *btf);

/* Who destroys an object of kernel type @type ("bpf_cpumask", "task_struct", "cgroup"). */
struct kptr_dtor {
	const char *type;
	void (*dtor)(u64 obj);
};

void kptr_dtor_register(const struct kptr_dtor *table, u32 nr);
void (*kptr_dtor_find(const char *type))(u64);

#endif
