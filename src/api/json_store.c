// SPDX-License-Identifier: GPL-2.0-only
/*
 * json_store.c - JSON into a piece of memory, by its BTF type: the way back of
 * json_value.c. What JSON does not name keeps its value.
 *
 *	struct cfg { u32 mode; char name[8]; u8 map[4]; };
 *	{"mode": 2, "name": "x", "map": [0, 0, 1]}	map[3] stays
 *
 * Integers may be strings ("0xff", "18446744073709551615"), enumerators are names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <jansson.h>
#include "api/api.h"
#include "api/number.h"

/* ---- numbers ---- */

static bool number_of(const struct btf *btf, const struct btf_type *t, const json_t *value, u64 *v,
		      bool *negative)
{
	*negative = false;
	if (json_is_integer(value)) {
		*v = json_integer_value(value);
		*negative = (s64)*v < 0;
		return true;
	}
	if (json_is_boolean(value)) {
		*v = json_is_true(value);
		return true;
	}
	if (!json_is_string(value))
		return false;
	return (btf_is_any_enum(t) && api_enumerator(btf, t, json_string_value(value), v)) ||
	       number_is(json_string_value(value), v, negative);
}

/* both writings of a number that fits: 0xffffffff and -1 are the same 32 bits */
static bool fits(u64 v, bool negative, u32 bits)
{
	return bits >= 64 || (negative ? (s64)v >= -(1LL << (bits - 1)) : v < 1ULL << bits);
}

static int store_number(const struct btf *btf, const struct btf_type *t, u8 *data, u32 bit,
			u32 bits, const json_t *value)
{
	u64 v, word = 0, mask = bits < 64 ? (1ULL << bits) - 1 : ~0ULL;
	u32 bytes = (bit + bits + 7) / 8;
	bool negative;

	if (!number_of(btf, t, value, &v, &negative))
		return api_fail(KS_USAGE, "a number is due");
	if (bits > 64 || bytes > sizeof(word))
		return api_fail(KS_USAGE, "a number of %u bits cannot be set", bits);
	if (!fits(v, negative, bits))
		return api_fail(KS_USAGE, "%lld does not fit in %u bits", (s64)v, bits);
	memcpy(&word, data, bytes);
	word = (word & ~(mask << bit)) | (v & mask) << bit;
	memcpy(data, &word, bytes);
	return KS_OK;
}

static int store_float(const struct btf_type *t, void *data, const json_t *value)
{
	double d = json_number_value(value);
	float f = d;

	if (!json_is_number(value))
		return api_fail(KS_USAGE, "a number is due");
	memcpy(data, t->size == sizeof(f) ? (void *)&f : (void *)&d, min(t->size, 8u));
	return KS_OK;
}

/* ---- arrays and structures ---- */

static int store_string(u8 *data, u32 size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		return api_fail(KS_USAGE, "the string has %zu characters, there is room for %u", n,
				size ? size - 1 : 0);
	memset(data, 0, size);
	memcpy(data, text, n);
	return KS_OK;
}

/* @size counts, not the type: arrays may have been resized */
static int store_array(const struct btf *btf, const struct btf_type *t, u8 *data, u32 size,
		       const json_t *value)
{
	s64 elem = btf__resolve_size(btf, btf_array(t)->type);
	const json_t *item;
	size_t i;
	int err;

	if (json_is_string(value) && elem == 1)
		return store_string(data, size, json_string_value(value));
	if (!json_is_array(value) || elem <= 0)
		return api_fail(KS_USAGE, "a list is due");
	if ((s64)json_array_size(value) > size / elem)
		return api_fail(KS_USAGE, "the list has %zu elements, there is room for %llu",
				json_array_size(value), size / elem);
	json_array_foreach((json_t *)value, i, item) {
		err = json_store(btf, btf_array(t)->type, data + i * elem, elem, item);
		if (err)
			return api_fail(err, "[%zu]: %s", i, ks_error());
	}
	return KS_OK;
}

/* Members of anonymous structures and unions belong to the one around them. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *t,
					    const char *name, u32 *bit, u32 *bits)
{
	const struct btf_member *m = btf_members(t), *inner;
	const struct btf_type *mt;
	u32 i, at;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *mname = btf__name_by_offset(btf, m->name_off);

		at = btf_member_bit_offset(t, i);
		*bits = btf_member_bitfield_size(t, i);
		*bit = at;
		if (*mname && !strcmp(mname, name))
			return m;
		mt = *mname ? NULL : api_skip_mods(btf, m->type);
		if (!mt || !btf_is_composite(mt))
			continue;
		inner = find_member(btf, mt, name, bit, bits);
		if (inner) {
			*bit += at;
			return inner;
		}
	}
	return NULL;
}

static int store_member(const struct btf *btf, const struct btf_type *t, u8 *data,
			const char *name, const json_t *value)
{
	u32 bit, bits;
	const struct btf_member *m = find_member(btf, t, name, &bit, &bits);

	if (!m)
		return api_fail(KS_USAGE, "%s has no member of that name",
				btf__name_by_offset(btf, t->name_off));
	if (bits)
		return store_number(btf, api_skip_mods(btf, m->type), data + bit / 8, bit % 8, bits,
				    value);
	return json_store(btf, m->type, data + bit / 8, btf__resolve_size(btf, m->type), value);
}

static int store_members(const struct btf *btf, const struct btf_type *t, u8 *data,
			 const json_t *value)
{
	const json_t *item;
	const char *name;
	int err;

	if (!json_is_object(value))
		return api_fail(KS_USAGE, "an object is due, {\"member\": value, ...}");
	json_object_foreach((json_t *)value, name, item) {
		err = store_member(btf, t, data, name, item);
		if (err)
			return api_fail(err, ".%s: %s", name, ks_error());
	}
	return KS_OK;
}

int json_store(const struct btf *btf, u32 id, void *data, u32 size, const struct json_t *value)
{
	const struct btf_type *t = api_skip_mods(btf, id);

	if (!t)
		return api_fail(KS_USAGE, "its type is incomplete");
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return store_number(btf, t, data, 0, t->size * 8, value);
	case BTF_KIND_PTR:
		return store_number(btf, t, data, 0, 64, value);
	case BTF_KIND_FLOAT:
		return store_float(t, data, value);
	case BTF_KIND_ARRAY:
		return store_array(btf, t, data, size, value);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return store_members(btf, t, data, value);
	default:
		return api_fail(KS_USAGE, "its type cannot be set");
	}
}

static int parse_byte(const char *hex, u8 *byte)
{
	char text[3] = { hex[0], hex[0] ? hex[1] : 0 }, *end;

	*byte = strtoul(text, &end, 16);
	return end == text + 2 ? KS_OK : api_fail(KS_USAGE, "'%s' is no byte in hexadecimal", text);
}

int json_store_bytes(void *data, u32 size, const struct json_t *value)
{
	const char *hex = json_string_value(value);
	u64 v = json_integer_value(value);
	int err = KS_OK;
	u32 i;

	if (json_is_integer(value) && size <= sizeof(v)) {
		memcpy(data, &v, size);
		return KS_OK;
	}
	if (!hex || strlen(hex) != 2 * (size_t)size)
		return api_fail(KS_USAGE, "it has no type: a string of %u bytes in hexadecimal is due",
				size);
	for (i = 0; !err && i < size; i++)
		err = parse_byte(hex + 2 * i, (u8 *)data + i);
	return err;
}
