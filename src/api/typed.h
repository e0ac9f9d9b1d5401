/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * typed.h - values of BTF types: text and JSON into memory, memory as JSON. One language
 * for --set, --set-map, --run-prog, setup files and scenarios (docs/values.md).
 *
 *	struct cfg { u32 mode; char name[8]; u8 map[4]; };
 *	{"mode": "MODE_A|MODE_B", "name": "x", "map": [0, 0, 1]}	map[3] stays
 *
 * What a value does not name keeps what it was.
 */
#ifndef KS_API_TYPED_H
#define KS_API_TYPED_H

#include <stdbool.h>
#include "base/types.h"

struct btf;
struct btf_type;
struct json_t;

/* a piece of typed memory */
struct typed_spot {
	const struct btf *btf;
	u32 type_id;
	u8 *data;
	u32 size;	   /* bytes there: of an array that was resized, more than its type's */
	u32 bit_off, bits; /* a bit-field, if @bits */
};

/* what the caller of a store or a walk brings; zeroed is fine */
struct typed_call {
	/* Is @v, no number and no name, one all the same? 1: *@out; 0: no; -EINVAL, and @err says why. */
	int (*special)(void *arg, struct typed_call *c, const struct json_t *v, u64 *out);
	/* the name that key @key of an object stands for; NULL: itself */
	const char *(*member)(void *arg, const char *key);
	void *arg;
	char err[512]; /* of what failed: one line without the name of the variable */
};

int typed_fail(struct typed_call *c, const char *fmt, ...) __printf(2, 3); /* -EINVAL */

/* ---- typed_walk.c ---- */

/* @id without const, volatile, restrict, tags and typedefs; NULL: no such type */
const struct btf_type *typed_skip_mods(const struct btf *btf, u32 id);
/* the value of @name in enum @t, sign extended; false: it has none of that name */
bool typed_enumerator(const struct btf *btf, const struct btf_type *t, const char *name, u64 *v);
/* To member @name, @n letters; those of anonymous ones belong to the one around. 0 or -EINVAL */
int typed_member(struct typed_spot *spot, const char *name, size_t n, struct typed_call *c);
int typed_element(struct typed_spot *spot, u64 index, struct typed_call *c);
/* Along ".field[3].x" at *@path, up to what is neither '.' nor '['. 0 or -EINVAL */
int typed_walk(struct typed_spot *spot, const char **path, struct typed_call *c);

/* ---- typed_store.c ---- */

/* 0 or -EINVAL; by then something may have been stored */
int typed_store(const struct typed_spot *spot, const struct json_t *v, struct typed_call *c);
/* The same of a text: a list is separated by commas and fills arrays of arrays row by row. */
int typed_store_text(const struct typed_spot *spot, const char *text, struct typed_call *c);
/* @size bytes without a type: a number up to eight of them, or hexadecimal digits */
int typed_store_bytes(void *data, u32 size, const struct json_t *v, struct typed_call *c);

/* ---- typed_json.c ---- */

/* NULL: no memory. What JSON's integers do not hold is a string of digits. */
struct json_t *typed_json(const struct typed_spot *spot);
struct json_t *typed_json_of(const struct btf *btf, u32 id, const void *data);
/* the variables of DATASEC @id */
struct json_t *typed_json_datasec(const struct btf *btf, u32 id, const void *data, u32 size);

#endif
