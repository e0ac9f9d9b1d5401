// SPDX-License-Identifier: GPL-2.0-only
/*
 * typed_store.c - text and JSON into memory by BTF type: see typed.h.
 *
 *	"8" "-1" "0xff" "'c'" "true"			integers, in any of these writings
 *	"SCX_KICK_IDLE" "MODE_A|MODE_B"			enumerators, of the object or the kernel
 *
 * A number must be one that the type can hold. What is written with a sign or in
 * hexadecimal may also be its bits: -1 and 0xffffffff are the same for 32 of them,
 * whether or not the type has a sign.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <jansson.h>
#include "abi/btf.h"
#include "api/number.h"
#include "api/typed.h"
#include "kern/machine.h"

/* a number, and how it was written */
struct word {
	u64 v;
	bool negative, pattern;
};

/* ---- words ---- */

static bool enumerator_in(const struct btf *btf, const char *name, u64 *v)
{
	const struct btf_type *t;

	for (u32 id = 1; (t = btf__type_by_id(btf, id)); id++)
		if (btf_is_any_enum(t) && typed_enumerator(btf, t, name, v))
			return true;
	return false;
}

static bool is_enumerator(const struct typed_spot *spot, const char *name, u64 *v)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);

	return (t && btf_is_any_enum(t) && typed_enumerator(spot->btf, t, name, v)) ||
	       enumerator_in(spot->btf, name, v) || enumerator_in(machine->types->btf, name, v);
}

static bool parse_word(const struct typed_spot *spot, const char *text, struct word *w)
{
	*w = (struct word){ .pattern = has_prefix(text, "0x") };
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		w->v = *text == 't';
		return true;
	}
	if (text[0] == '\'' && text[1] && text[2] == '\'' && !text[3]) {
		w->v = (u8)text[1];
		return true;
	}
	if (number_is(text, &w->v, &w->negative))
		return true;
	if (!is_enumerator(spot, text, &w->v))
		return false;
	w->negative = (s64)w->v < 0;
	return true;
}

/* words joined by '|' */
static bool parse_words(const struct typed_spot *spot, const char *text, struct word *w)
{
	struct word one;
	char part[128];
	size_t n;

	if (!strchr(text, '|'))
		return parse_word(spot, text, w);
	for (*w = (struct word){ .pattern = true };; text += n + 1) {
		n = strcspn(text, "|");
		if (n >= sizeof(part))
			return false;
		snprintf(part, sizeof(part), "%.*s", (int)n, text);
		if (!parse_word(spot, part, &one))
			return false;
		w->v |= one.v;
		if (!text[n])
			return true;
	}
}

static int read_word(const struct typed_spot *spot, const json_t *v, struct word *w,
		     struct typed_call *c)
{
	int ret = 0;

	*w = (struct word){};
	if (json_is_integer(v)) {
		w->v = json_integer_value(v);
		w->negative = json_integer_value(v) < 0;
		return 0;
	}
	if (json_is_boolean(v)) {
		w->v = json_is_true(v);
		return 0;
	}
	if (json_is_string(v) && parse_words(spot, json_string_value(v), w))
		return 0;
	if (c->special)
		ret = c->special(c->arg, c, v, &w->v);
	if (ret)
		return ret < 0 ? ret : 0;
	if (json_is_string(v))
		return typed_fail(
			c, "'%s' is no integer and no enumerator of the object or the kernel",
			json_string_value(v));
	return typed_fail(c, "an integer is due");
}

/* ---- numbers ---- */

static bool word_fits(const struct word *w, u32 bits, bool is_signed)
{
	u32 digits = is_signed && !w->pattern ? bits - 1 : bits;

	if (w->negative)
		return bits >= 64 || (s64)w->v >= -(1LL << (bits - 1));
	return digits >= 64 || w->v < 1ULL << digits;
}

static void put_bits(const struct typed_spot *spot, u32 bits, u64 v)
{
	u64 mask = bits < 64 ? (1ULL << bits) - 1 : ~0ULL, word = 0;
	u32 bytes = (spot->bit_off + bits + 7) / 8;

	memcpy(&word, spot->data, bytes); /* little endian, as the guests are */
	word = (word & ~(mask << spot->bit_off)) | (v & mask) << spot->bit_off;
	memcpy(spot->data, &word, bytes);
}

static int store_word(const struct typed_spot *spot, const struct btf_type *t, const json_t *v,
		      struct typed_call *c)
{
	u32 bits = spot->bits ? spot->bits : (btf_is_ptr(t) ? 8 : t->size) * 8;
	u32 encoding = btf_is_int(t) ? btf_int_encoding(t) : 0;
	struct word w;
	int err = read_word(spot, v, &w, c);

	if (err)
		return err;
	if (bits > 64 || spot->bit_off + bits > 64)
		return typed_fail(c, "a number of %u bits cannot be set", bits);
	if (encoding & BTF_INT_BOOL ? w.v > 1 : !word_fits(&w, bits, encoding & BTF_INT_SIGNED))
		return typed_fail(c, "%lld does not fit in the %u bits of %s", (s64)w.v,
				  encoding & BTF_INT_BOOL ? 1 : bits,
				  t->name_off ? btf__name_by_offset(spot->btf, t->name_off) : "it");
	put_bits(spot, bits, w.v);
	return 0;
}

static int store_ptr(const struct typed_spot *spot, const struct btf_type *t, const json_t *v,
		     struct typed_call *c)
{
	const struct btf_type *to = typed_skip_mods(spot->btf, t->type);

	if (to && btf_is_func_proto(to))
		return typed_fail(c, "a function cannot be set");
	return store_word(spot, t, v, c);
}

static int store_float(const struct typed_spot *spot, const struct btf_type *t, const json_t *v,
		       struct typed_call *c)
{
	const char *text = json_string_value(v);
	char *end = "";
	double d = text ? strtod(text, &end) : json_number_value(v);
	float f = d;

	if ((text ? end == text || *end : !json_is_number(v)) ||
	    (t->size != sizeof(f) && t->size != sizeof(d)))
		return typed_fail(c, "a number of %u bytes is due", t->size);
	memcpy(spot->data, t->size == sizeof(f) ? (void *)&f : (void *)&d, t->size);
	return 0;
}

/* ---- arrays and structures ---- */

static bool is_char_array(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_type *e;

	if (!btf_is_array(t))
		return false;
	e = typed_skip_mods(btf, btf_array(t)->type);
	return e && btf_is_int(e) && e->size == 1 &&
	       !strcmp(btf__name_by_offset(btf, e->name_off), "char");
}

static int store_string(const struct typed_spot *spot, const char *text, size_t n,
			struct typed_call *c)
{
	if (n >= spot->size)
		return typed_fail(c, "the string has %zu characters, there is room for %u", n,
				  spot->size ? spot->size - 1 : 0);
	memset(spot->data, 0, spot->size);
	memcpy(spot->data, text, n);
	return 0;
}

static int store_text_list(const struct typed_spot *spot, const char *text, struct typed_call *c);

/* The failure lies in @part. */
static int in_part(struct typed_call *c, int err, const char *part)
{
	char why[sizeof(c->err)];

	memcpy(why, c->err, sizeof(why));
	snprintf(c->err, sizeof(c->err), "%s: %.*s", part, (int)(sizeof(why) - strlen(part) - 3),
		 why);
	return err;
}

static int store_array(const struct typed_spot *spot, const struct btf_type *t, const json_t *v,
		       struct typed_call *c)
{
	const json_t *item;
	char part[24];
	size_t i;
	int err;

	if (json_is_string(v) && is_char_array(spot->btf, t))
		return store_string(spot, json_string_value(v), json_string_length(v), c);
	if (json_is_string(v))
		return store_text_list(spot, json_string_value(v), c);
	if (!json_is_array(v))
		return typed_fail(c, "a list is due");
	json_array_foreach((json_t *)v, i, item) {
		struct typed_spot e = *spot;

		err = typed_element(&e, i, c);
		if (err)
			return typed_fail(c, "the list has %zu elements, there is room for %zu",
					  json_array_size(v), i);
		err = typed_store(&e, item, c);
		snprintf(part, sizeof(part), "[%zu]", i);
		if (err)
			return in_part(c, err, part);
	}
	return 0;
}

static int store_members(const struct typed_spot *spot, const json_t *v, struct typed_call *c)
{
	const json_t *item;
	const char *key, *name;
	char part[128];
	int err;

	if (!json_is_object(v))
		return typed_fail(c, "an object of its fields is due, {\"field\": value, ...}");
	json_object_foreach((json_t *)v, key, item) {
		struct typed_spot m = *spot;

		name = c->member ? c->member(c->arg, key) : key;
		err = typed_member(&m, name, strlen(name), c);
		if (err)
			return err;
		snprintf(part, sizeof(part), ".%.100s", name);
		err = typed_store(&m, item, c);
		if (err)
			return in_part(c, err, part);
	}
	return 0;
}

int typed_store(const struct typed_spot *spot, const struct json_t *v, struct typed_call *c)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);

	switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return store_word(spot, t, v, c);
	case BTF_KIND_PTR:
		return store_ptr(spot, t, v, c);
	case BTF_KIND_FLOAT:
		return store_float(spot, t, v, c);
	case BTF_KIND_ARRAY:
		return store_array(spot, t, v, c);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return store_members(spot, v, c);
	case BTF_KIND_UNKN:
		return typed_fail(c, "its type is incomplete");
	default:
		return typed_fail(c, "its type cannot be set");
	}
}

/* ---- text ---- */

static int store_text_scalar(const struct typed_spot *spot, const char *text, size_t n,
			     struct typed_call *c)
{
	json_t *v = json_stringn(text, n);
	int err = v ? typed_store(spot, v, c) : typed_fail(c, "it is no text");

	json_decref(v);
	return err;
}

/* The innermost element type: a list fills an array of arrays row by row. */
static u32 innermost(const struct btf *btf, u32 id)
{
	const struct btf_type *t;

	while ((t = typed_skip_mods(btf, id)) && btf_is_array(t))
		id = btf_array(t)->type;
	return id;
}

static int store_text_list(const struct typed_spot *spot, const char *text, struct typed_call *c)
{
	struct typed_spot e = *spot;
	s64 size;
	size_t n;
	int err;

	e.type_id = innermost(spot->btf, spot->type_id);
	size = btf__resolve_size(spot->btf, e.type_id);
	if (size <= 0)
		return typed_fail(c, "its type is incomplete");
	e.size = size;
	for (;; text += n + 1, e.data += size) {
		n = strcspn(text, ",");
		if (e.data + size > spot->data + spot->size)
			return typed_fail(c, "the list is longer than the array of %lld",
					  spot->size / size);
		err = store_text_scalar(&e, text, n, c);
		if (err || !text[n])
			return err;
	}
}

static int store_text_string(const struct typed_spot *spot, const char *text, struct typed_call *c)
{
	size_t n = strlen(text);

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"')
		return store_string(spot, text + 1, n - 2, c);
	return store_string(spot, text, n, c);
}

int typed_store_text(const struct typed_spot *spot, const char *text, struct typed_call *c)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);

	if (t && is_char_array(spot->btf, t))
		return store_text_string(spot, text, c);
	if (t && btf_is_array(t))
		return store_text_list(spot, text, c);
	if (t && btf_is_composite(t))
		return typed_fail(c, "it is a structure: set its fields, as in VAR.FIELD=VALUE");
	return store_text_scalar(spot, text, strlen(text), c);
}

/* ---- bytes without a type ---- */

static bool is_hex(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, "0123456789abcdefABCDEF") == digits;
}

int typed_store_bytes(void *data, u32 size, const struct json_t *v, struct typed_call *c)
{
	const char *hex = json_string_value(v);
	u64 word = json_integer_value(v);
	unsigned int byte;
	bool negative;

	if (json_is_integer(v) && size <= sizeof(word)) {
		memcpy(data, &word, size);
		return 0;
	}
	if (hex && has_prefix(hex, "0x") && size <= sizeof(word) &&
	    number_is(hex, &word, &negative)) {
		memcpy(data, &word, size);
		return 0;
	}
	if (!hex || !is_hex(hex, 2 * (size_t)size))
		return typed_fail(c, "it has no type: %u hexadecimal digits are due, for %u bytes",
				  2 * size, size);
	for (u32 i = 0; i < size; i++) {
		sscanf(hex + 2 * (size_t)i, "%2x", &byte);
		((u8 *)data)[i] = byte;
	}
	return 0;
}
