// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf_check.c - see btf_check.h. Facts: kernel/bpf/btf.c (btf_struct_check_meta,
 * btf_struct_resolve, btf_array_resolve, MAX_RESOLVE_DEPTH).
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/btf_check.h"

#define DEPTH_MAX 32		  /* MAX_RESOLVE_DEPTH */
#define SIZE_UNKNOWN (1ULL << 63) /* void, incomplete, function */

struct checker {
	const struct btf *btf;
	u64 *sizes; /* by id; 0: not yet known */
	char *why;
	size_t len;
};

static int __printf(3, 4) bad(struct checker *c, u32 id, const char *fmt, ...)
{
	int n = snprintf(c->why, c->len, "type %u ", id);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why + n, c->len - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* ---- what a type refers to exists ---- */

static bool is_id(const struct checker *c, u32 id)
{
	return id < btf__type_cnt(c->btf);
}

static bool is_name(const struct checker *c, u32 off)
{
	return btf__str_by_offset(c->btf, off) != NULL;
}

/* For these btf_type.type is one, not a size. */
static bool has_type(const struct btf_type *t)
{
	return btf_is_ptr(t) || btf_is_mod(t) || btf_is_typedef(t) || btf_is_func(t) ||
	       btf_is_func_proto(t) || btf_is_var(t) || btf_is_decl_tag(t) || btf_is_type_tag(t);
}

/* Its members, parameters, values, variables: the name and the type of each. */
static bool parts_exist(const struct checker *c, const struct btf_type *t)
{
	bool ok = true;

	for (u32 i = 0; ok && i < btf_vlen(t); i++) {
		switch (btf_kind(t)) {
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			ok = is_name(c, btf_members(t)[i].name_off) &&
			     is_id(c, btf_members(t)[i].type);
			break;
		case BTF_KIND_FUNC_PROTO:
			ok = is_name(c, btf_params(t)[i].name_off) &&
			     is_id(c, btf_params(t)[i].type);
			break;
		case BTF_KIND_DATASEC:
			ok = is_id(c, btf_var_secinfos(t)[i].type);
			break;
		case BTF_KIND_ENUM:
			ok = is_name(c, btf_enum(t)[i].name_off);
			break;
		case BTF_KIND_ENUM64:
			ok = is_name(c, btf_enum64(t)[i].name_off);
			break;
		default: /* its vlen means something else */
			return true;
		}
	}
	return ok;
}

static int check_refs(struct checker *c, u32 id)
{
	const struct btf_type *t = btf__type_by_id(c->btf, id);

	if (!is_name(c, t->name_off) || (has_type(t) && !is_id(c, t->type)) || !parts_exist(c, t) ||
	    (btf_is_array(t) &&
	     !(is_id(c, btf_array(t)->type) && is_id(c, btf_array(t)->index_type))))
		return bad(c, id, "refers to a type or a name that is not there");
	return 0;
}

/* ---- sizes ---- */

static int size_of(struct checker *c, u32 id, u32 depth, u64 *size);

static int size_of_array(struct checker *c, u32 id, const struct btf_type *t, u32 depth, u64 *size)
{
	u64 elem;
	int err = size_of(c, btf_array(t)->type, depth, &elem);

	if (err)
		return err;
	if (elem == SIZE_UNKNOWN)
		return bad(c, id, "is an array of what has no size");
	*size = elem * btf_array(t)->nelems;
	return *size > UINT32_MAX ? bad(c, id, "is an array that is too large") : 0;
}

/* bits from the struct's beginning to the member's end */
static int member_end(struct checker *c, const struct btf_type *t, u32 i, u32 depth, u64 *end)
{
	u32 bits = btf_member_bitfield_size(t, i);
	u64 size;
	int err = size_of(c, btf_members(t)[i].type, depth, &size);

	if (err)
		return err;
	*end = size == SIZE_UNKNOWN ? SIZE_UNKNOWN :
				      btf_member_bit_offset(t, i) + (bits ? bits : size * 8);
	return 0;
}

static int check_members(struct checker *c, u32 id, const struct btf_type *t, u32 depth)
{
	u64 end;
	int err;

	for (u32 i = 0; i < btf_vlen(t); i++) {
		err = member_end(c, t, i, depth, &end);
		if (err)
			return err;
		/* a bit field of old is an int that may reach beyond */
		if (end == SIZE_UNKNOWN || btf_member_bit_offset(t, i) > t->size * 8ULL ||
		    (end > t->size * 8ULL && btf_member_bit_offset(t, i) % 8 == 0))
			return bad(c, id, "has a member %u that is not inside of it", i);
	}
	return 0;
}

/* What @id is made of is looked at once; what contains itself never gets to an end. */
static int compute(struct checker *c, u32 id, u32 depth, u64 *size)
{
	const struct btf_type *t = btf__type_by_id(c->btf, id);

	if (depth > DEPTH_MAX)
		return bad(c, id, "contains itself, or is nested too deeply");
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
	case BTF_KIND_DATASEC:
		*size = t->size;
		return t->size || btf_is_datasec(t) ? 0 : bad(c, id, "has no size");
	case BTF_KIND_PTR:
		*size = sizeof(u64);
		return 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		*size = t->size;
		return check_members(c, id, t, depth + 1);
	case BTF_KIND_ARRAY:
		return size_of_array(c, id, t, depth + 1, size);
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
		return size_of(c, t->type, depth + 1, size);
	default:
		*size = SIZE_UNKNOWN;
		return 0;
	}
}

/* Known sizes are kept as size + 1. */
static int size_of(struct checker *c, u32 id, u32 depth, u64 *size)
{
	int err;

	*size = id ? c->sizes[id] - 1 : SIZE_UNKNOWN;
	if (!id || c->sizes[id])
		return 0;
	err = compute(c, id, depth, size);
	if (!err)
		c->sizes[id] = *size + 1;
	return err;
}

/* libbpf gives sections their sizes later: what has none has no places either. */
static int check_section(struct checker *c, u32 id, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = btf_var_secinfos(t);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (t->size && (u64)v[i].offset + v[i].size > t->size)
			return bad(c, id, "is a section whose variable %u is not inside of it", i);
		if (!btf_is_var(btf__type_by_id(c->btf, v[i].type)) &&
		    !btf_is_func(btf__type_by_id(c->btf, v[i].type)))
			return bad(c, id, "is a section whose entry %u is no variable", i);
	}
	return 0;
}

static int check_type(struct checker *c, u32 id)
{
	const struct btf_type *t = btf__type_by_id(c->btf, id);
	u64 size;
	int err = size_of(c, id, 0, &size);

	if (err)
		return err;
	if (btf_is_datasec(t))
		return check_section(c, id, t);
	if (btf_is_func(t) && !btf_is_func_proto(btf__type_by_id(c->btf, t->type)))
		return bad(c, id, "is a function without a prototype");
	return 0;
}

int types_check(const struct btf *btf, char *why, size_t len)
{
	u32 n = btf__type_cnt(btf);
	struct checker c = { btf, calloc(n, sizeof(*c.sizes)), why, len };
	int err = c.sizes ? 0 : -ENOMEM;

	for (u32 id = 1; !err && id < n; id++)
		err = check_refs(&c, id);
	for (u32 id = 1; !err && id < n; id++)
		err = check_type(&c, id);
	free(c.sizes);
	return err;
}
