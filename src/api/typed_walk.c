// SPDX-License-Identifier: GPL-2.0-only
/* typed_walk.c - to a part of a variable, by its BTF type: see typed.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <bpf/btf.h>
#include "api/number.h"
#include "api/typed.h"

int typed_fail(struct typed_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->err, sizeof(c->err), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

const struct btf_type *typed_skip_mods(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static const char *name_of(const struct btf *btf, u32 off)
{
	const char *name = btf__name_by_offset(btf, off);

	return name ? name : "";
}

bool typed_enumerator(const struct btf *btf, const struct btf_type *t, const char *name, u64 *v)
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

/* ---- members ---- */

static struct typed_spot member_at(const struct typed_spot *spot, const struct btf_type *t, u32 i)
{
	u32 bit = btf_member_bit_offset(t, i);
	struct typed_spot in = { spot->btf, btf_members(t)[i].type, spot->data + bit / 8 };

	in.bits = btf_member_bitfield_size(t, i);
	in.bit_off = bit % 8;
	in.size = in.bits ? (in.bit_off + in.bits + 7) / 8 :
			    (u32)btf__resolve_size(spot->btf, in.type_id);
	return in;
}

static bool find_member(struct typed_spot *spot, const struct btf_type *t, const char *name,
			size_t n)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const char *mname = name_of(spot->btf, btf_members(t)[i].name_off);
		struct typed_spot in = member_at(spot, t, i);
		const struct btf_type *inner = typed_skip_mods(spot->btf, in.type_id);

		if (!*mname && inner && btf_is_composite(inner) ?
			    find_member(&in, inner, name, n) :
			    strlen(mname) == n && !strncmp(mname, name, n)) {
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

int typed_member(struct typed_spot *spot, const char *name, size_t n, struct typed_call *c)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);
	char allowed[384];

	if (!t || !btf_is_composite(t))
		return typed_fail(c, "there is no field '%.*s' in what is no structure", (int)n,
				  name);
	if (find_member(spot, t, name, n))
		return 0;
	member_list(spot->btf, t, allowed, sizeof(allowed));
	return typed_fail(c, "there is no field '%.*s' in struct %s; there are: %s", (int)n, name,
			  name_of(spot->btf, t->name_off), allowed);
}

/* ---- elements ---- */

int typed_element(struct typed_spot *spot, u64 index, struct typed_call *c)
{
	const struct btf_type *t = typed_skip_mods(spot->btf, spot->type_id);
	s64 size;

	if (!t || !btf_is_array(t))
		return typed_fail(c, "'[%llu]' of what is no array", index);
	size = btf__resolve_size(spot->btf, btf_array(t)->type);
	if (size <= 0 || index >= spot->size / (u64)size)
		return typed_fail(c, "index %llu is outside the array of %llu", index,
				  size > 0 ? spot->size / (u64)size : 0);
	spot->type_id = btf_array(t)->type;
	spot->data += index * (u64)size;
	spot->size = size;
	return 0;
}

/* ---- both ---- */

static int walk_element(struct typed_spot *spot, const char **path, struct typed_call *c)
{
	const char *end;
	bool negative;
	u64 index;

	if (!number_begins(*path + 1, &index, &negative, &end) || negative || *end != ']')
		return typed_fail(c, "'%s': an index in [] is due", *path);
	*path = end + 1;
	return typed_element(spot, index, c);
}

static int walk_member(struct typed_spot *spot, const char **path, struct typed_call *c)
{
	const char *name = *path + 1;
	size_t n = strcspn(name, ".[=");

	*path = name + n;
	return typed_member(spot, name, n, c);
}

int typed_walk(struct typed_spot *spot, const char **path, struct typed_call *c)
{
	int err = 0;

	while (!err && (**path == '.' || **path == '['))
		err = **path == '.' ? walk_member(spot, path, c) : walk_element(spot, path, c);
	return err;
}
