// SPDX-License-Identifier: GPL-2.0-only
/*
 * variable.c - an object's globals by name and BTF type, before load.
 *
 *	nr_cpus=8  mask[3]=0xff  pair_id=0,1,0,1  cfg.greedy=true  name="x"
 *	policy=SCX_KICK_IDLE  grid[1][2]=5  my_ops.timeout_ms=5000
 *
 * A list fills an array from its beginning, row by row. The names of struct_ops
 * tables are variables too: their members can be set, functions apart.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "api/handle.h"
#include "api/number.h"

/* --- finding --- */

static const struct btf_type *skip_mods(const struct btf *btf, u32 id, u32 *out)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	if (out)
		*out = id;
	return t;
}

static bool find_in_datasec(struct bpf_map *map, const struct btf *btf, u32 sec_id,
			    const char *name, struct variable *v)
{
	const struct btf_type *sec = btf__type_by_id(btf, sec_id), *var;
	const struct btf_var_secinfo *info = btf_var_secinfos(sec);
	u32 i;

	for (i = 0; i < btf_vlen(sec); i++, info++) {
		var = btf__type_by_id(btf, info->type);
		if (!btf_is_var(var) || strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		*v = (struct variable){ map, btf, var->type, info->offset, info->size };
		return true;
	}
	return false;
}

static bool is_struct_ops(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS;
}

/* Globals in an arena have the section .addr_space.1, which no map points to. */
static u32 datasec_of(const struct bpf_map *map, const struct btf *btf)
{
	u32 id = bpf_map__btf_value_type_id(map);
	s32 arena;

	if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA) {
		arena = btf__find_by_name_kind(btf, ".addr_space.1", BTF_KIND_DATASEC);
		return arena > 0 ? arena : 0;
	}
	return id && btf_is_datasec(btf__type_by_id(btf, id)) ? id : 0;
}

bool variable_find(const struct bpf_object *obj, const char *name, struct variable *v)
{
	const struct btf *btf = bpf_object__btf(obj);
	struct bpf_map *map;
	size_t size;
	u32 sec;

	if (!btf)
		return false;
	bpf_object__for_each_map(map, obj) {
		sec = datasec_of(map, btf);
		if (sec && find_in_datasec(map, btf, sec, name, v))
			return true;
		if (!is_struct_ops(map) || strcmp(bpf_map__name(map), name))
			continue;
		bpf_map__initial_value(map, &size);
		*v = (struct variable){ map, btf, bpf_map__btf_value_type_id(map), 0, size };
		return true;
	}
	return false;
}

void *variable_data(const struct variable *v)
{
	size_t size;
	u8 *data = bpf_map__initial_value(v->map, &size);

	return data && v->offset + v->size <= size ? data + v->offset : NULL;
}

/* --- walking to a part of it --- */

/* a place inside a variable: what is there and where */
struct place {
	const struct btf *btf;
	u32 type_id;
	u8 *data;
	u32 size;		/* bytes up to the end of what may be written */
	u32 bit_off, bits;	/* a bitfield, if @bits */
};

static bool find_member(struct place *p, const struct btf_type *t, const char *name, size_t n)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *inner;
	const char *mname;
	struct place in;
	u32 i, bit;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		bit = btf_member_bit_offset(t, i);
		mname = btf__name_by_offset(p->btf, m->name_off);
		in = *p;
		in.type_id = m->type;
		in.data += bit / 8;
		in.bits = btf_member_bitfield_size(t, i);
		in.bit_off = bit % 8;
		in.size = in.bits ? p->size - bit / 8 : (u32)btf__resolve_size(p->btf, m->type);
		inner = skip_mods(p->btf, m->type, NULL);
		if (!*mname && btf_is_composite(inner) ? find_member(&in, inner, name, n) :
		    strlen(mname) == n && !strncmp(mname, name, n)) {
			*p = in;
			return true;
		}
	}
	return false;
}

/* ".field" at *@path */
static int enter_member(struct place *p, const char **path)
{
	const struct btf_type *t = skip_mods(p->btf, p->type_id, NULL);
	size_t n = strcspn(++*path, ".[=");

	if (!t || !btf_is_composite(t))
		return api_fail(KS_USAGE, "'.%.*s': not a structure", (int)n, *path);
	if (!find_member(p, t, *path, n))
		return api_fail(KS_USAGE, "there is no field '%.*s' in struct %s", (int)n, *path,
				btf__name_by_offset(p->btf, t->name_off));
	*path += n;
	return KS_OK;
}

/* "[index]" at *@path */
static int enter_element(struct place *p, const char **path)
{
	const struct btf_type *t = skip_mods(p->btf, p->type_id, NULL);
	u64 index, size;
	const char *end;
	bool negative;

	if (!number_begins(*path + 1, &index, &negative, &end) || negative || *end != ']')
		return api_fail(KS_USAGE, "'%s': an index in [] is due", *path);
	if (!t || !btf_is_array(t))
		return api_fail(KS_USAGE, "'[%llu]': not an array", index);
	p->type_id = btf_array(t)->type;
	size = btf__resolve_size(p->btf, p->type_id);
	if (!size || index >= p->size / size)
		return api_fail(KS_USAGE, "index %llu is outside the array of %llu", index,
				size ? p->size / size : 0);
	p->data += index * size;
	p->size = size;
	*path = end + 1;
	return KS_OK;
}

static int walk(struct place *p, const char **path)
{
	int err = KS_OK;

	while (!err && (**path == '.' || **path == '['))
		err = **path == '.' ? enter_member(p, path) : enter_element(p, path);
	if (!err && **path != '=')
		return api_fail(KS_USAGE, "'%s': '=' is due here", *path);
	return err;
}

/* --- values --- */

static void store_bits(struct place *p, u64 v)
{
	u64 mask = p->bits < 64 ? (1ULL << p->bits) - 1 : ~0ULL, word = 0;
	u32 bytes = (p->bit_off + p->bits + 7) / 8;

	memcpy(&word, p->data, bytes);
	word = (word & ~(mask << p->bit_off)) | (v & mask) << p->bit_off;
	memcpy(p->data, &word, bytes);
}

static void store_int(struct place *p, u32 size, u64 v)
{
	if (p->bits)
		store_bits(p, v);
	else
		memcpy(p->data, &v, size);	/* little endian, as the guests are */
}

/* "8", "-1", "0x10", "'c'", "true" */
static bool parse_int(const char *text, u64 *v, bool *negative)
{
	*negative = false;
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		*v = *text == 't';
		return true;
	}
	if (text[0] == '\'' && text[1] && text[2] == '\'' && !text[3]) {
		*v = (u8)text[1];
		return true;
	}
	return number_is(text, v, negative);
}

/* @pattern: in hexadecimal, where 0xffffffff is a common way to write -1 */
static bool int_fits(u64 v, bool negative, bool pattern, u32 bits, bool is_signed)
{
	u32 digits = is_signed && !pattern ? bits - 1 : bits;

	if (negative)
		return is_signed && (bits >= 64 || (s64)v >= -(1LL << (bits - 1)));
	return digits >= 64 || v < 1ULL << digits;
}

static int assign_int(struct place *p, const struct btf_type *t, const char *text)
{
	u32 bits = p->bits ? p->bits : t->size * 8;
	bool is_bool = btf_int_encoding(t) & BTF_INT_BOOL, negative;
	bool is_signed = btf_int_encoding(t) & BTF_INT_SIGNED;
	u64 v;

	if (!parse_int(text, &v, &negative))
		return api_fail(KS_USAGE, "'%s' is no integer", text);
	if (is_bool ? v > 1 : !int_fits(v, negative, !strncmp(text, "0x", 2), bits,
				       is_signed))
		return api_fail(KS_USAGE, "%s does not fit in %s", text,
				btf__name_by_offset(p->btf, t->name_off));
	store_int(p, t->size, v);
	return KS_OK;
}

bool api_enumerator(const struct btf *btf, const struct btf_type *t, const char *name, u64 *v)
{
	u32 i;

	for (i = 0; i < btf_vlen(t); i++) {
		if (btf_is_enum(t) &&
		    !strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name)) {
			*v = (s64)btf_enum(t)[i].val;
			return true;
		}
		if (btf_is_enum64(t) &&
		    !strcmp(btf__name_by_offset(btf, btf_enum64(t)[i].name_off), name)) {
			*v = btf_enum64_value(&btf_enum64(t)[i]);
			return true;
		}
	}
	return false;
}

static int assign_enum(struct place *p, const struct btf_type *t, const char *text)
{
	bool negative;
	u64 v;

	if (!api_enumerator(p->btf, t, text, &v) && !parse_int(text, &v, &negative))
		return api_fail(KS_USAGE, "'%s' is no value of enum %s", text,
				btf__name_by_offset(p->btf, t->name_off));
	store_int(p, t->size, v);
	return KS_OK;
}

static int assign_ptr(struct place *p, const struct btf_type *t, const char *text)
{
	bool negative;
	u64 v;

	if (btf_is_func_proto(skip_mods(p->btf, t->type, NULL)))
		return api_fail(KS_USAGE, "a function cannot be set");
	if (!parse_int(text, &v, &negative))
		return api_fail(KS_USAGE, "'%s' is no address", text);
	store_int(p, sizeof(u64), v);
	return KS_OK;
}

static int assign_float(struct place *p, const struct btf_type *t, const char *text)
{
	char *end;
	double d = strtod(text, &end);
	float f = d;

	if (end == text || *end || (t->size != sizeof(f) && t->size != sizeof(d)))
		return api_fail(KS_USAGE, "'%s' is no number of %u bytes", text, t->size);
	memcpy(p->data, t->size == sizeof(f) ? (void *)&f : (void *)&d, t->size);
	return KS_OK;
}

static bool is_char_array(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_type *e;

	if (!btf_is_array(t))
		return false;
	e = skip_mods(btf, btf_array(t)->type, NULL);
	return btf_is_int(e) && e->size == 1 && !(btf_int_encoding(e) & BTF_INT_BOOL) &&
	       !strcmp(btf__name_by_offset(btf, e->name_off), "char");
}

static int assign_string(struct place *p, const char *text)
{
	size_t n = strlen(text);

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
		text++;
		n -= 2;
	}
	if (n >= p->size)
		return api_fail(KS_USAGE, "the string has %zu characters, there is room for %u", n,
				p->size - 1);
	memset(p->data, 0, p->size);
	memcpy(p->data, text, n);
	return KS_OK;
}

static int assign_value(struct place *p, const char *text);

/* The innermost element type: a list fills an array of arrays row by row. */
static u32 innermost(const struct btf *btf, u32 id)
{
	const struct btf_type *t = skip_mods(btf, id, &id);

	while (btf_is_array(t))
		t = skip_mods(btf, btf_array(t)->type, &id);
	return id;
}

static int assign_list(struct place *p, const char *text)
{
	struct place e = *p;
	char item[256];
	size_t n;
	int err;

	e.type_id = innermost(p->btf, p->type_id);
	e.size = btf__resolve_size(p->btf, e.type_id);
	for (;; text += n + 1, e.data += e.size) {
		n = strcspn(text, ",");
		if (e.data + e.size > p->data + p->size)
			return api_fail(KS_USAGE, "the list is longer than the array of %u",
					p->size / e.size);
		snprintf(item, sizeof(item), "%.*s", (int)n, text);
		err = assign_value(&e, item);
		if (err || !text[n])
			return err;
	}
}

static int assign_value(struct place *p, const char *text)
{
	const struct btf_type *t = skip_mods(p->btf, p->type_id, NULL);

	if (!t)
		return api_fail(KS_USAGE, "its type is incomplete");
	if (is_char_array(p->btf, t))
		return assign_string(p, text);
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return assign_int(p, t, text);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return assign_enum(p, t, text);
	case BTF_KIND_PTR:
		return assign_ptr(p, t, text);
	case BTF_KIND_FLOAT:
		return assign_float(p, t, text);
	case BTF_KIND_ARRAY:
		return assign_list(p, text);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return api_fail(KS_USAGE, "it is a structure: set its fields, as in VAR.FIELD=VALUE");
	default:
		return api_fail(KS_USAGE, "its type cannot be set");
	}
}

/* --- the two options --- */

/* The variable that @text begins with; *@rest is what follows its name. */
static int find_named(struct ks_object *obj, const char *text, const char *stop,
		      struct variable *v, const char **rest)
{
	size_t n = strcspn(text, stop);
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	*rest = text + n;
	if (!n || !strchr(text, '='))
		return api_fail(KS_USAGE, "'%s': VAR=VALUE is due", text);
	if (!variable_find(obj->obj, name, v))
		return api_fail(KS_USAGE, "%s has no global variable '%s'", obj->name, name);
	return KS_OK;
}

int variable_assign(struct ks_object *obj, const char *assignment)
{
	struct variable v;
	struct place p;
	const char *rest;
	int err = find_named(obj, assignment, ".[=", &v, &rest);

	if (err)
		return err;
	p = (struct place){ v.btf, v.type_id, variable_data(&v), v.size, 0, 0 };
	if (!p.data)
		return api_fail(KS_USAGE, "'%s' has no value that could be set before load",
				assignment);
	err = walk(&p, &rest);
	if (!err)
		err = assign_value(&p, rest + 1);
	return err ? api_fail(KS_USAGE, "cannot set '%s': %s", assignment, ks_error()) : KS_OK;
}

static bool sole_variable(const struct variable *v)
{
	u32 sec = bpf_map__btf_value_type_id(v->map);
	const struct btf_type *t = btf__type_by_id(v->btf, sec);

	return t && btf_is_datasec(t) && btf_vlen(t) == 1;
}

/* The map of a scheduler's own that @assignment names; its size is its max_entries. */
static struct bpf_map *named_map(const struct ks_object *obj, const char *assignment)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(assignment, "="), assignment);
	return bpf_object__find_map_by_name(obj->obj, name);
}

static int resize_map(struct bpf_map *map, u32 n, const char *assignment)
{
	int err = bpf_map__set_max_entries(map, n);

	return err ? api_fail(KS_USAGE, "cannot resize '%s': %s", assignment, strerror(-err)) : KS_OK;
}

int variable_resize(struct ks_object *obj, const char *assignment)
{
	struct bpf_map *map = named_map(obj, assignment);
	const char *number = strchr(assignment, '=');
	const struct btf_type *t;
	struct variable v;
	const char *rest;
	bool negative;
	u64 n, size;
	int err;

	if (!number || !number_is(number + 1, &n, &negative) || negative || !n || n > UINT32_MAX)
		return api_fail(KS_USAGE, "cannot resize '%s': VAR=N is due", assignment);
	if (map)
		return resize_map(map, n, assignment);
	err = find_named(obj, assignment, "=", &v, &rest);
	if (err)
		return err;
	t = skip_mods(v.btf, v.type_id, NULL);
	if (!btf_is_array(t) || !sole_variable(&v))
		return api_fail(KS_USAGE,
				"cannot resize '%s': only an array with a data section of its own",
				assignment);
	size = n * btf__resolve_size(v.btf, btf_array(t)->type);
	err = size > UINT32_MAX ? -E2BIG : bpf_map__set_value_size(v.map, size);
	return err ? api_fail(KS_USAGE, "cannot resize '%s': %s", assignment, strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_object_set(struct ks_object *obj, const char *assignment)
{
	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(assignment))
		return KS_USAGE;
	return variable_assign(obj, assignment);
}

KS_PUBLIC int ks_object_resize(struct ks_object *obj, const char *assignment)
{
	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(assignment))
		return KS_USAGE;
	return variable_resize(obj, assignment);
}

KS_PUBLIC void *ks_object_global(struct ks_object *obj, const char *name, size_t *size)
{
	struct variable v;
	void *data;

	if (api_enter_object(obj, API_ANYWHERE, OBJECT_OPEN | OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(name))
		return NULL;
	if (!variable_find(obj->obj, name, &v)) {
		api_fail(KS_USAGE, "%s has no global variable '%s'", obj->name, name);
		return NULL;
	}
	data = variable_data(&v);
	if (!data)
		api_fail(KS_USAGE, "%s: '%s' has no address", obj->name, name);
	else if (size)
		*size = v.size;
	return data;
}
