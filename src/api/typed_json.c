// SPDX-License-Identifier: GPL-2.0-only
/*
 * typed_json.c - a piece of memory as JSON, by its BTF type: numbers, true and
 * false, names of enumerators, strings for char arrays, arrays, and objects for
 * structures. Addresses are strings in hexadecimal. What it writes, typed_store()
 * reads.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include <jansson.h>
#include "api/typed.h"

/* JSON integers are signed in jansson: what is larger becomes a string of digits */
static json_t *json_u64(u64 v)
{
	char text[24];

	if (v <= LLONG_MAX)
		return json_integer(v);
	snprintf(text, sizeof(text), "%llu", v);
	return json_string(text);
}

static json_t *json_hex(u64 v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", v);
	return json_string(text);
}

static u64 load(const void *data, u32 size)
{
	u64 v = 0;

	memcpy(&v, data, min(size, (u32)sizeof(v)));
	return v;
}

static s64 sign_extend(u64 v, u32 bits)
{
	return bits < 64 ? (s64)(v << (64 - bits)) >> (64 - bits) : (s64)v;
}

static json_t *int_value(const struct btf_type *t, u64 v, u32 bits)
{
	if (btf_int_encoding(t) & BTF_INT_BOOL)
		return json_boolean(v);
	if (btf_int_encoding(t) & BTF_INT_SIGNED)
		return json_integer(sign_extend(v, bits));
	return json_u64(v);
}

static const char *enumerator_name(const struct btf *btf, const struct btf_type *t, u64 v)
{
	u32 i;

	for (i = 0; i < btf_vlen(t); i++) {
		if (btf_is_enum(t) && (u32)btf_enum(t)[i].val == (u32)v)
			return btf__name_by_offset(btf, btf_enum(t)[i].name_off);
		if (btf_is_enum64(t) && btf_enum64_value(&btf_enum64(t)[i]) == v)
			return btf__name_by_offset(btf, btf_enum64(t)[i].name_off);
	}
	return NULL;
}

static json_t *enum_value(const struct btf *btf, const struct btf_type *t, u64 v)
{
	const char *name = enumerator_name(btf, t, v);

	return name ? json_string(name) : json_u64(v);
}

static json_t *float_value(const struct btf_type *t, const void *data)
{
	double d = 0;
	float f;

	if (t->size == sizeof(f)) {
		memcpy(&f, data, sizeof(f));
		d = f;
	} else if (t->size == sizeof(d)) {
		memcpy(&d, data, sizeof(d));
	}
	return json_real(d);
}

static bool is_char(const struct btf *btf, u32 id)
{
	const struct btf_type *t = typed_skip_mods(btf, id);

	return t && btf_is_int(t) && t->size == 1 &&
	       !strcmp(btf__name_by_offset(btf, t->name_off), "char");
}

/* A char array is a string if it is terminated and what comes before is UTF-8. */
static json_t *string_value(const char *data, u32 n)
{
	return memchr(data, 0, n) ? json_string(data) : NULL;
}

static json_t *array_value(const struct btf *btf, const struct btf_type *t, const u8 *data)
{
	const struct btf_array *a = btf_array(t);
	s64 size = btf__resolve_size(btf, a->type);
	json_t *list;
	u32 i;

	if (is_char(btf, a->type) && (list = string_value((const char *)data, a->nelems)))
		return list;
	list = json_array();
	for (i = 0; list && size > 0 && i < a->nelems; i++)
		json_array_append_new(list, typed_json_of(btf, a->type, data + i * size));
	return list;
}

static json_t *bitfield_value(const struct btf *btf, u32 id, const u8 *data, u32 bit, u32 bits)
{
	const struct btf_type *t = typed_skip_mods(btf, id);
	u64 v = load(data + bit / 8, (bit % 8 + bits + 7) / 8) >> (bit % 8);

	v &= bits < 64 ? (1ULL << bits) - 1 : ~0ULL;
	return btf_is_int(t) ? int_value(t, v, bits) : enum_value(btf, t, v);
}

/* Members of anonymous structures and unions belong to the one around them. */
static void add_members(json_t *to, const struct btf *btf, const struct btf_type *t, const u8 *data)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *mt;
	const char *name;
	u32 i, bit, bits;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		bit = btf_member_bit_offset(t, i);
		bits = btf_member_bitfield_size(t, i);
		mt = typed_skip_mods(btf, m->type);
		name = btf__name_by_offset(btf, m->name_off);
		if (!*name) {
			if (mt && btf_is_composite(mt))
				add_members(to, btf, mt, data + bit / 8);
			continue;
		}
		json_object_set_new(to, name,
				    bits ? bitfield_value(btf, m->type, data, bit, bits) :
					   typed_json_of(btf, m->type, data + bit / 8));
	}
}

struct json_t *typed_json_of(const struct btf *btf, u32 id, const void *data)
{
	const struct btf_type *t = typed_skip_mods(btf, id);
	json_t *object;

	if (!t)
		return json_null();
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return int_value(t, load(data, t->size), t->size * 8);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_value(btf, t, load(data, t->size));
	case BTF_KIND_PTR:
		return json_hex(load(data, sizeof(u64)));
	case BTF_KIND_FLOAT:
		return float_value(t, data);
	case BTF_KIND_ARRAY:
		return array_value(btf, t, data);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		object = json_object();
		if (object)
			add_members(object, btf, t, data);
		return object;
	default:
		return json_null();
	}
}

struct json_t *typed_json(const struct typed_spot *spot)
{
	return spot->bits ? bitfield_value(spot->btf, spot->type_id, spot->data, spot->bit_off,
					   spot->bits) :
			    typed_json_of(spot->btf, spot->type_id, spot->data);
}

struct json_t *typed_json_datasec(const struct btf *btf, u32 id, const void *data, u32 size)
{
	const struct btf_type *sec = btf__type_by_id(btf, id), *var;
	const struct btf_var_secinfo *info = btf_var_secinfos(sec);
	json_t *object = json_object();
	u32 i;

	for (i = 0; object && i < btf_vlen(sec); i++, info++) {
		var = btf__type_by_id(btf, info->type);
		if (!btf_is_var(var) || info->offset + info->size > size)
			continue;
		json_object_set_new(object, btf__name_by_offset(btf, var->name_off),
				    typed_json_of(btf, var->type, (const u8 *)data + info->offset));
	}
	return object;
}
