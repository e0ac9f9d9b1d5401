// SPDX-License-Identifier: GPL-2.0-only
/*
 * value.c - an object's memory by BTF type: JSON into it, JSON out of it.
 *
 *	"req.k[0].flags": "SCX_KICK_PREEMPT|SCX_KICK_WAIT"	enumerators by name
 *	"req.pid": {"pid": "C"}					the pid of a task
 *	"req": {"op": 3, "k": [{"cpu": 2}]}			what is not said stays
 *
 * Every write is tried on a copy when the file is read, so that none can fail later.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "api/number.h"
#include "scenario/scenario.h"
#include "base/bug.h"
#include "kern/machine.h"

static const char *name_of(const struct btf *btf, u32 off)
{
	const char *name = btf__name_by_offset(btf, off);

	return name ? name : "";
}

/* ---- walking ---- */

/* Members of anonymous structures belong to the one around them. */
static bool find_member(struct scn_spot *spot, const struct btf_type *t, const char *name, size_t n)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *inner;
	const char *mname;
	struct scn_spot in;

	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		u32 bit = btf_member_bit_offset(t, i);

		mname = name_of(spot->btf, m->name_off);
		in = (struct scn_spot){spot->btf, m->type, spot->data + bit / 8};
		in.bits = btf_member_bitfield_size(t, i);
		in.bit_off = bit % 8;
		in.size = in.bits ? (in.bit_off + in.bits + 7) / 8
				  : (u32)btf__resolve_size(spot->btf, m->type);
		inner = api_skip_mods(spot->btf, m->type);
		if (!*mname && inner && btf_is_composite(inner)
			    ? find_member(&in, inner, name, n)
			    : strlen(mname) == n && !strncmp(mname, name, n)) {
			*spot = in;
			return true;
		}
	}
	return false;
}

/* "a, b, c" of a structure, for messages */
static void member_list(const struct btf *btf, const struct btf_type *t, char *buf, size_t len)
{
	size_t n = 0;

	*buf = '\0';
	for (u32 i = 0; i < btf_vlen(t) && n < len; i++)
		n += snprintf(buf + n, len - n, "%s%s", i ? ", " : "",
			      name_of(btf, btf_members(t)[i].name_off));
}

static bool enter_member(struct ks_scenario *s, struct scn_spot *spot, const char *name, size_t n)
{
	const struct btf_type *t = api_skip_mods(spot->btf, spot->type_id);
	char allowed[512];

	if (!t || !btf_is_composite(t)) {
		scn_fail(s, "'%s': there is no field '%.*s' in what is no structure", s->ps.at.name,
			 (int)n, name);
		return false;
	}
	if (find_member(spot, t, name, n))
		return true;
	member_list(spot->btf, t, allowed, sizeof(allowed));
	scn_fail(s, "there is no field '%.*s' in struct %s; there are: %s", (int)n, name,
		 name_of(spot->btf, t->name_off), allowed);
	return false;
}

static bool enter_element(struct ks_scenario *s, struct scn_spot *spot, u64 index)
{
	const struct btf_type *t = api_skip_mods(spot->btf, spot->type_id);
	u64 size;

	if (!t || !btf_is_array(t)) {
		scn_fail(s, "'%s': '[%llu]' of what is no array", s->ps.at.name, index);
		return false;
	}
	spot->type_id = btf_array(t)->type;
	size = btf__resolve_size(spot->btf, spot->type_id);
	if (!size || index >= spot->size / size) {
		scn_fail(s, "'%s': index %llu is outside the array of %llu", s->ps.at.name, index,
			 size ? spot->size / size : 0);
		return false;
	}
	spot->data += index * size;
	spot->size = size;
	return true;
}

static bool walk_step(struct ks_scenario *s, struct scn_spot *spot, const char **path)
{
	const char *end;
	bool negative;
	size_t n;
	u64 index;

	if (**path == '.') {
		n = strcspn(++*path, ".[");
		if (!enter_member(s, spot, *path, n))
			return false;
		*path += n;
		return true;
	}
	if (**path != '[' || !number_begins(*path + 1, &index, &negative, &end) || negative ||
	    *end != ']') {
		scn_fail(s, "'%s': '.FIELD' or '[INDEX]' is due at '%s'", s->ps.at.name, *path);
		return false;
	}
	*path = end + 1;
	return enter_element(s, spot, index);
}

bool scn_walk(struct ks_scenario *s, struct scn_spot *spot, const char *path)
{
	while (*path)
		if (!walk_step(s, spot, &path))
			return false;
	return true;
}

bool scn_global(struct ks_scenario *s, const char *path, struct variable *v, struct scn_spot *spot,
		const char **rest)
{
	size_t n = strcspn(path, ".[");
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	if (!s->obj || !variable_find(s->obj->obj, name, v))
		return false;
	*spot = (struct scn_spot){v->btf, v->type_id, variable_data(v), v->size};
	*rest = path + n;
	return spot->data;
}

/* ---- JSON into memory ---- */

static void store_int(const struct scn_spot *spot, u64 v)
{
	u64 mask = spot->bits < 64 ? (1ULL << spot->bits) - 1 : ~0ULL, word = 0;

	if (!spot->bits) {
		memcpy(spot->data, &v, min(spot->size, (u32)sizeof(v)));
		return;
	}
	memcpy(&word, spot->data, min(spot->size, (u32)sizeof(word)));
	word = (word & ~(mask << spot->bit_off)) | (v & mask) << spot->bit_off;
	memcpy(spot->data, &word, min(spot->size, (u32)sizeof(word)));
}

static bool enumerator_of(const struct btf *btf, const struct btf_type *t, const char *name, u64 *v)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (btf_is_enum(t) && !strcmp(name_of(btf, btf_enum(t)[i].name_off), name)) {
			*v = (s64)btf_enum(t)[i].val;
			return true;
		}
		if (btf_is_enum64(t) && !strcmp(name_of(btf, btf_enum64(t)[i].name_off), name)) {
			*v = btf_enum64_value(&btf_enum64(t)[i]);
			return true;
		}
	}
	return false;
}

static bool enumerator_in(const struct btf *btf, const char *name, u64 *v)
{
	const struct btf_type *t;

	for (u32 id = 1; (t = btf__type_by_id(btf, id)); id++)
		if (btf_is_any_enum(t) && enumerator_of(btf, t, name, v))
			return true;
	return false;
}

/* "8", "0x10", an enumerator of the object's or the kernel's */
static bool parse_word(const struct btf *btf, const char *text, u64 *v)
{
	bool negative;

	if (number_is(text, v, &negative))
		return true;
	return enumerator_in(btf, text, v) || enumerator_in(machine->types->btf, text, v);
}

/* words joined by '|' */
static bool parse_words(const struct btf *btf, const char *text, u64 *v)
{
	char word[128];
	size_t n;
	u64 one;

	for (*v = 0;; text += n + 1) {
		n = strcspn(text, "|");
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		if (!parse_word(btf, word, &one))
			return false;
		*v |= one;
		if (!text[n])
			return true;
	}
}

static int pid_value(struct ks_scenario *s, const json_t *v, u64 *out)
{
	const struct task_struct *p;
	const char *comm = json_string_value(scn_find(s, v, "pid"));

	if (!comm || json_object_size(v) != 1)
		return scn_fail(s, "an integer or {\"pid\": TASK} is due for '%s'", s->ps.at.name);
	if (!scn_knows_task(s, comm))
		return scn_fail(s, "there is no task '%s'", comm);
	p = scn_next_task(s, comm, NULL);
	*out = p ? p->pid : 0;
	return 0;
}

static int word_value(struct ks_scenario *s, const struct btf *btf, const json_t *v, u64 *out)
{
	if (json_is_integer(v) || json_is_boolean(v)) {
		*out = json_is_integer(v) ? (u64)json_integer_value(v) : json_is_true(v);
		return 0;
	}
	if (json_is_object(v))
		return pid_value(s, v, out);
	if (!json_is_string(v))
		return scn_fail(s, "'%s' must be an integer", s->ps.at.name);
	if (parse_words(btf, json_string_value(v), out))
		return 0;
	return scn_fail(s, "'%s' is no integer and no enumerator of the object or the kernel",
			json_string_value(v));
}

static int store_word(struct ks_scenario *s, const struct scn_spot *spot, const struct btf_type *t,
		      const json_t *v)
{
	u32 bits = spot->bits ? spot->bits : spot->size * 8;
	u64 word, over;
	int err;

	err = json_is_string(v) && btf_is_any_enum(t) &&
			      enumerator_of(spot->btf, t, json_string_value(v), &word)
		      ? 0
		      : word_value(s, spot->btf, v, &word);
	if (err)
		return err;
	over = bits < 64 ? word >> bits : 0;
	/* a sign that was extended is no overflow */
	if (over && !((s64)word < 0 && (s64)word >= -(1LL << (bits - 1))))
		return scn_fail(s, "%lld does not fit in the %u bits of '%s'", (s64)word, bits,
				s->ps.at.name);
	store_int(spot, word);
	return 0;
}

static int store_float(struct ks_scenario *s, const struct scn_spot *spot, const json_t *v)
{
	double d = json_number_value(v);
	float f = d;

	if (!json_is_number(v))
		return scn_fail(s, "'%s' must be a number", s->ps.at.name);
	memcpy(spot->data, spot->size == sizeof(f) ? (void *)&f : (void *)&d,
	       min(spot->size, (u32)sizeof(d)));
	return 0;
}

static int store_text(struct ks_scenario *s, const struct scn_spot *spot, const char *text)
{
	size_t n = strlen(text);

	if (n >= spot->size)
		return scn_fail(s, "the string for '%s' has %zu characters, there is room for %u",
				s->ps.at.name, n, spot->size - 1);
	memset(spot->data, 0, spot->size);
	memcpy(spot->data, text, n);
	return 0;
}

static int store_array(struct ks_scenario *s, const struct scn_spot *spot, const json_t *v)
{
	struct scn_spot e;
	json_t *item;
	size_t i;
	int err = 0;

	if (json_is_string(v))
		return store_text(s, spot, json_string_value(v));
	if (!json_is_array(v))
		return scn_fail(s, "'%s' must be a list", s->ps.at.name);
	json_array_foreach((json_t *)v, i, item)
	{
		e = *spot;
		err = enter_element(s, &e, i) ? scn_store(s, &e, item) : -EINVAL;
		if (err)
			return err;
	}
	return 0;
}

static int store_struct(struct ks_scenario *s, const struct scn_spot *spot, const json_t *v)
{
	const char *key;
	struct scn_spot m;
	json_t *item;
	int err;

	if (!json_is_object(v))
		return scn_fail(s, "'%s' must be an object of its fields", s->ps.at.name);
	json_object_foreach((json_t *)v, key, item)
	{
		jtext_key(key, &s->ps.at);
		m = *spot;
		err = enter_member(s, &m, s->ps.at.name, strlen(s->ps.at.name))
			      ? scn_store(s, &m, item)
			      : -EINVAL;
		if (err)
			return err;
	}
	return 0;
}

int scn_store(struct ks_scenario *s, const struct scn_spot *spot, const json_t *v)
{
	const struct btf_type *t = api_skip_mods(spot->btf, spot->type_id);

	switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_PTR:
		return store_word(s, spot, t, v);
	case BTF_KIND_FLOAT:
		return store_float(s, spot, v);
	case BTF_KIND_ARRAY:
		return store_array(s, spot, v);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return store_struct(s, spot, v);
	default:
		return scn_fail(s, "the type of '%s' cannot be set", s->ps.at.name);
	}
}

/* ---- "set" ---- */

static bool is_const(const struct variable *v)
{
	return bpf_map__map_flags(v->map) & BPF_F_RDONLY_PROG;
}

static int set_one(struct ks_scenario *s, const struct json_t *v, bool running, bool dry)
{
	u8 *copy = NULL, *data;
	struct scn_spot spot;
	struct variable var;
	const char *rest;
	int err = 0;

	if (!scn_global(s, s->ps.at.name, &var, &spot, &rest))
		return scn_fail(s, "%s has no global variable '%.*s' that could be set",
				s->obj ? s->obj->name : "no object:",
				(int)strcspn(s->ps.at.name, ".["), s->ps.at.name);
	if (running && is_const(&var))
		return scn_fail(s,
				"'%s' is const while the object runs: set it in the scenario's "
				"\"set\"",
				s->ps.at.name);
	data = spot.data;
	if (dry) {
		copy = malloc(spot.size);
		bug_on(!copy, "out of memory");
		spot.data = memcpy(copy, data, spot.size);
	}
	if (!scn_walk(s, &spot, rest))
		err = -EINVAL;
	if (!err)
		err = scn_store(s, &spot, v);
	free(copy);
	return err;
}

int scn_set(struct ks_scenario *s, const json_t *obj, bool running, bool dry)
{
	const char *key;
	json_t *v;
	int err;

	if (!json_is_object(obj))
		return scn_fail(s, "'%s' must be an object: VARIABLE: VALUE", s->ps.at.name);
	json_object_foreach((json_t *)obj, key, v)
	{
		jtext_key(key, &s->ps.at);
		err = set_one(s, v, running, dry);
		if (err)
			return err;
	}
	return 0;
}

/* ---- bytes ---- */

static int hex_bytes(struct ks_scenario *s, const char *text, u32 size, u8 *data)
{
	size_t n = strlen(text);
	unsigned int byte;

	if (n != 2 * (size_t)size || strspn(text, "0123456789abcdefABCDEF") != n)
		return scn_fail(s, "'%s' must be %u hexadecimal digits, for %u bytes",
				s->ps.at.name, 2 * size, size);
	for (u32 i = 0; i < size; i++) {
		sscanf(text + 2 * i, "%2x", &byte);
		data[i] = byte;
	}
	return 0;
}

int scn_bytes(struct ks_scenario *s, const struct btf *btf, u32 type_id, u32 size, const json_t *v,
	      u8 *data)
{
	const struct btf_type *t = type_id ? api_skip_mods(btf, type_id) : NULL;
	struct scn_spot spot = {btf, type_id, data, size};
	const char *text = json_string_value(v);
	u64 word = 0;

	if (text && t && btf_is_composite(t))
		return hex_bytes(s, text, size, data);
	if (type_id)
		return scn_store(s, &spot, v);
	if (text && strncmp(text, "0x", 2))
		return hex_bytes(s, text, size, data);
	if (size > sizeof(word))
		return scn_fail(s, "'%s' has no type: %u hexadecimal digits are due", s->ps.at.name,
				2 * size);
	if (word_value(s, btf, v, &word))
		return -EINVAL;
	memcpy(data, &word, size);
	return 0;
}

/* ---- memory as JSON ---- */

static json_t *bitfield_json(const struct scn_spot *spot)
{
	u64 word = 0;

	memcpy(&word, spot->data, min(spot->size, (u32)sizeof(word)));
	word >>= spot->bit_off;
	return json_integer(spot->bits < 64 ? word & ((1ULL << spot->bits) - 1) : word);
}

static json_t *spot_json(const struct scn_spot *spot)
{
	return spot->bits ? bitfield_json(spot)
			  : json_of_value(spot->btf, spot->type_id, spot->data);
}

/* "8", or the present value of a global */
static bool range_bound(struct ks_scenario *s, const char *text, size_t n, u64 *out)
{
	char name[128];
	bool negative;
	json_t *v;

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	if (number_is(name, out, &negative))
		return !negative;
	v = scn_object_value(s, name);
	if (!v)
		return false;
	*out = json_integer_value(v);
	json_decref(v);
	return true;
}

/* "[a..b]" at the end of a path: elements a to b - 1, as many as there are */
static json_t *range_json(struct ks_scenario *s, const struct scn_spot *array, const char *text)
{
	const char *dots = strstr(text, ".."), *end = strchr(text, ']');
	const struct btf_type *t = api_skip_mods(array->btf, array->type_id);
	json_t *list;
	u64 from, to, nr;

	if (!end || end[1] || !t || !btf_is_array(t)) {
		scn_fail(s, "'%s': a range stands at the end of the path of an array", text);
		return NULL;
	}
	if (!range_bound(s, text + 1, dots - text - 1, &from) ||
	    !range_bound(s, dots + 2, end - dots - 2, &to))
		return NULL;
	nr = array->size / max((s64)1, (s64)btf__resolve_size(array->btf, btf_array(t)->type));
	list = json_array();
	for (; from < min(to, nr); from++) {
		struct scn_spot e = *array;

		enter_element(s, &e, from);
		json_array_append_new(list, spot_json(&e));
	}
	return list;
}

static json_t *global_json(struct ks_scenario *s, struct scn_spot *spot, const char *rest)
{
	const char *dots;

	while (*rest) {
		dots = *rest == '[' ? strstr(rest, "..") : NULL;
		if (dots && dots < strchrnul(rest, ']'))
			return range_json(s, spot, rest);
		if (!walk_step(s, spot, &rest))
			return NULL;
	}
	return spot_json(spot);
}

/* ---- maps ---- */

static json_t *map_json(struct ks_scenario *s, const char *name)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	json_t *v = NULL;
	int err = f ? ks_object_dump_map(s->obj, name, f) : -ENOMEM;

	if (f)
		fclose(f);
	if (!err)
		v = json_loads(text, JSON_DECODE_ANY, NULL);
	else
		scn_fail(s, "%s", ks_error());
	free(text);
	return v;
}

/* The key of "[KEY]" as the dump writes it, or as its digits. */
static bool key_is(const json_t *key, const char *text, size_t n)
{
	char *dump = json_dumps(key, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	const char *string = json_string_value(key);
	bool is = dump && strlen(dump) == n && !strncmp(dump, text, n);

	if (!is && string)
		is = strlen(string) == n && !strncmp(string, text, n);
	free(dump);
	return is;
}

static json_t *element_json(struct ks_scenario *s, const json_t *map, const char *path,
			    const char **rest)
{
	const char *end = strchr(path, ']');
	json_t *e;
	size_t i;

	if (!end) {
		scn_fail(s, "'%s': ']' is missing", path);
		return NULL;
	}
	*rest = end + 1;
	json_array_foreach((json_t *)map, i,
			   e) if (key_is(json_object_get(e, "key"), path + 1,
					 end - path - 1)) return json_object_get(e, "value");
	scn_fail(s, "there is no key %.*s", (int)(end - path - 1), path + 1);
	return NULL;
}

/* ".field[2]" of JSON */
static json_t *json_walk(json_t *v, const char *path)
{
	char name[128];
	size_t n;

	while (v && *path) {
		n = strcspn(path + 1, ".[]");
		snprintf(name, sizeof(name), "%.*s", (int)n, path + 1);
		v = *path == '.' ? json_object_get(v, name)
				 : json_array_get(v, strtoul(name, NULL, 0));
		path += 1 + n + (*path == '[' && path[1 + n] == ']');
	}
	return v;
}

static json_t *map_value(struct ks_scenario *s, const char *path)
{
	size_t n = strcspn(path, "[");
	const char *rest = path + n;
	char name[256];
	json_t *map, *v;

	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	map = map_json(s, name);
	v = map;
	if (v && *rest == '[')
		v = element_json(s, map, rest, &rest);
	if (v && *rest) {
		v = json_walk(v, rest);
		if (!v)
			scn_fail(s, "'%s': there is no '%s'", path, rest);
	}
	json_incref(v);
	json_decref(map);
	return v;
}

json_t *scn_object_value(struct ks_scenario *s, const char *path)
{
	struct scn_spot spot;
	struct variable var;
	const char *rest;

	if (!s->obj) {
		scn_fail(s, "'%s': the scenario has no object", path);
		return NULL;
	}
	return scn_global(s, path, &var, &spot, &rest) ? global_json(s, &spot, rest)
						       : map_value(s, path);
}
