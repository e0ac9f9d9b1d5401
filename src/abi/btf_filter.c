// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf_filter.c - what a profile keeps of the base BTF.
 *
 * Three passes over the types, then the writing:
 *
 *  1. dropped: by its own annotations; an enum that has no enumerator left;
 *     variables and sections other than the per-CPU ones.
 *  2. dropped with what it is made of, until nothing changes: a pointer to a
 *     dropped struct, the prototype that takes it, the member of that type.
 *  3. reachable: named things are, and what they are made of. The pointer types
 *     that only a dropped member had used go, and so do incomplete structs.
 *
 * Kept types keep their order, so two profiles' headers can be compared by eye.
 */
#include "abi/btf_filter.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/profile.h"

#define PERCPU_SECTION ".data..percpu"

struct filter {
	const struct vmbtf_base *base;
	const struct profile *prof;
	struct btf *out;
	bool *dropped;	   /* by base id */
	bool *reached;	   /* by base id */
	u32 *map;	   /* base id to new id, 0: not kept */
	const char **rows; /* names of the enumerators that have rows, sorted */
	u32 nr_rows;
	u32 cursor; /* where the next enumerator's row probably is */
};

static const struct btf_type *type_of(const struct filter *f, u32 id)
{
	return btf__type_by_id(f->base->btf, id);
}

static const char *str(const struct filter *f, u32 off)
{
	return btf__name_by_offset(f->base->btf, off);
}

static const char *name_of(const struct filter *f, u32 id)
{
	const char *name = f->base->types[id].name;

	return name ? name : str(f, type_of(f, id)->name_off);
}

static bool member_present(const struct filter *f, u32 id, u32 i)
{
	const struct vmbtf_tags *tags = &f->base->members[f->base->first_member[id] + i];

	return vmbtf_tags_present(tags, f->prof) &&
	       !f->dropped[btf_members(type_of(f, id))[i].type];
}

/* ---- enumerators ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_rows(struct filter *f)
{
	const struct enumerator *e;
	u32 n = 0;

	while (enumerator_at(n))
		n++;
	f->rows = calloc(n, sizeof(*f->rows));
	if (!f->rows)
		return -ENOMEM;
	for (u32 i = 0; (e = enumerator_at(i)); i++)
		if (!e->then)
			f->rows[f->nr_rows++] = e->name;
	qsort(f->rows, f->nr_rows, sizeof(*f->rows), compare_names);
	return 0;
}

static bool has_row(const struct filter *f, const char *name)
{
	return bsearch(&name, f->rows, f->nr_rows, sizeof(*f->rows), compare_names);
}

/*
 * The profile's value of an enumerator; one that no table has is the same
 * everywhere and keeps @value. Rows come in the order of the BTF, mostly: the
 * search starts behind the last one found.
 */
static u64 profile_value(struct filter *f, const char *name, u64 value)
{
	const struct enumerator *e;
	u32 i = f->cursor;

	if (!has_row(f, name))
		return value;
	do {
		e = enumerator_at(i);
		if (e && !e->then && !strcmp(e->name, name)) {
			f->cursor = i + 1;
			return enumerator_value(e, f->prof);
		}
		i = e ? i + 1 : 0;
	} while (i != f->cursor);
	return value;
}

static u32 enum_len(const struct btf_type *t)
{
	return btf_is_any_enum(t) ? btf_vlen(t) : 0;
}

/* Name and value of enumerator @i; false if the profile lacks it. */
static bool enumerator_get(struct filter *f, const struct btf_type *t, u32 i, const char **name,
			   u64 *value)
{
	u64 base_value;

	if (btf_is_enum(t)) {
		*name = str(f, btf_enum(t)[i].name_off);
		base_value = (s64)btf_enum(t)[i].val;
	} else {
		*name = str(f, btf_enum64(t)[i].name_off);
		base_value = btf_enum64_value(&btf_enum64(t)[i]);
	}
	*value = profile_value(f, *name, base_value);
	return *value != ENUM_ABSENT;
}

static bool enum_empty(struct filter *f, const struct btf_type *t)
{
	const char *name;
	u64 value;

	for (u32 i = 0; i < enum_len(t); i++)
		if (enumerator_get(f, t, i, &name, &value))
			return false;
	return enum_len(t) > 0;
}

/* ---- pass 1 and 2: what goes ---- */

static bool is_percpu_section(const struct filter *f, const struct btf_type *t)
{
	return btf_is_datasec(t) && !strcmp(str(f, t->name_off), PERCPU_SECTION);
}

/* All variables go, then those of the per-CPU section come back. */
static void drop_variables(struct filter *f)
{
	for (u32 id = 1; id < f->base->nr_types; id++)
		if (btf_is_var(type_of(f, id)))
			f->dropped[id] = true;
	for (u32 id = 1; id < f->base->nr_types; id++) {
		const struct btf_type *t = type_of(f, id);

		if (!is_percpu_section(f, t))
			continue;
		for (u32 i = 0; i < btf_vlen(t); i++)
			f->dropped[btf_var_secinfos(t)[i].type] = false;
	}
}

static void drop_absent(struct filter *f)
{
	drop_variables(f);
	for (u32 id = 1; id < f->base->nr_types; id++) {
		const struct btf_type *t = type_of(f, id);

		if (!vmbtf_tags_present(&f->base->types[id], f->prof) || enum_empty(f, t) ||
		    (btf_is_datasec(t) && !is_percpu_section(f, t)))
			f->dropped[id] = true;
	}
}

static bool proto_broken(const struct filter *f, const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(t); i++)
		if (f->dropped[btf_params(t)[i].type])
			return true;
	return f->dropped[t->type];
}

/* Is something gone without which @t cannot be? Structs lose the member instead. */
static bool broken(const struct filter *f, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return f->dropped[t->type];
	case BTF_KIND_ARRAY:
		return f->dropped[btf_array(t)->type];
	case BTF_KIND_FUNC_PROTO:
		return proto_broken(f, t);
	default:
		return false;
	}
}

static void drop_broken(struct filter *f)
{
	bool changed;

	do {
		changed = false;
		for (u32 id = 1; id < f->base->nr_types; id++) {
			if (f->dropped[id] || !broken(f, type_of(f, id)))
				continue;
			f->dropped[id] = true;
			changed = true;
		}
	} while (changed);
}

/* ---- pass 3: what is of use ---- */

static void reach(struct filter *f, u32 id);

static void reach_parts(struct filter *f, u32 id, const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (btf_is_composite(t) && member_present(f, id, i))
			reach(f, btf_members(t)[i].type);
		else if (btf_is_func_proto(t))
			reach(f, btf_params(t)[i].type);
	}
}

static void reach(struct filter *f, u32 id)
{
	const struct btf_type *t = type_of(f, id);

	if (!id || f->reached[id] || f->dropped[id])
		return;
	f->reached[id] = true;
	if (btf_is_composite(t) || btf_is_func_proto(t))
		reach_parts(f, id, t);
	if (btf_is_array(t)) {
		reach(f, btf_array(t)->type);
		reach(f, btf_array(t)->index_type);
	} else if (!btf_is_composite(t) && !btf_is_any_enum(t) && !btf_is_datasec(t) &&
		   !btf_is_int(t) && !btf_is_fwd(t) && !btf_is_float(t)) {
		reach(f, t->type);
	}
}

/* Tags of ours have done their work; bpf_kfunc is the kernel's own. */
static bool is_kernel_tag(const struct filter *f, const struct btf_type *t)
{
	return btf_is_decl_tag(t) && has_prefix(str(f, t->name_off), "bpf_");
}

static bool is_root(const struct filter *f, const struct btf_type *t)
{
	if (btf_is_decl_tag(t))
		return is_kernel_tag(f, t);
	if (btf_is_any_enum(t))
		return true;
	return t->name_off && !btf_is_fwd(t);
}

static void mark(struct filter *f)
{
	for (u32 id = 1; id < f->base->nr_types; id++)
		if (is_root(f, type_of(f, id)))
			reach(f, id);
}

static void number(struct filter *f)
{
	u32 next = 1;

	for (u32 id = 1; id < f->base->nr_types; id++)
		if (f->reached[id])
			f->map[id] = next++;
}

/* ---- writing ---- */

static int write_composite(struct filter *f, u32 id, const struct btf_type *t)
{
	int err = btf_is_struct(t) ? btf__add_struct(f->out, name_of(f, id), t->size) :
				     btf__add_union(f->out, name_of(f, id), t->size);

	for (u32 i = 0; err >= 0 && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = f->base->members[f->base->first_member[id] + i].name;

		if (member_present(f, id, i))
			err = btf__add_field(f->out, name ? name : str(f, m->name_off),
					     f->map[m->type], btf_member_bit_offset(t, i),
					     btf_member_bitfield_size(t, i));
	}
	return err;
}

/*
 * Does every value fit in 32 bits? Then the kernel's BTF has an ENUM, else an
 * ENUM64. Of signed enums (kflag) there are small ones only.
 */
static bool enum_is_small(struct filter *f, const struct btf_type *t)
{
	const char *name;
	u64 value;

	for (u32 i = 0; i < enum_len(t); i++)
		if (enumerator_get(f, t, i, &name, &value) && value > UINT32_MAX && !btf_kflag(t))
			return false;
	return true;
}

static int write_enum(struct filter *f, u32 id, const struct btf_type *t)
{
	bool small = enum_is_small(f, t);
	const char *name;
	char stem[128];
	u64 value;
	int err;

	err = small ? btf__add_enum(f->out, name_of(f, id), 4) :
		      btf__add_enum64(f->out, name_of(f, id), 8, false);
	for (u32 i = 0; err >= 0 && i < enum_len(t); i++) {
		const char *suffix;

		if (!enumerator_get(f, t, i, &name, &value))
			continue;
		suffix = strstr(name + 1, "___");
		snprintf(stem, sizeof(stem), "%.*s",
			 suffix ? (int)(suffix - name) : (int)strlen(name), name);
		err = small ? btf__add_enum_value(f->out, stem, (s64)value) :
			      btf__add_enum64_value(f->out, stem, value);
	}
	return err;
}

static int write_proto(struct filter *f, const struct btf_type *t)
{
	int err = btf__add_func_proto(f->out, f->map[t->type]);

	for (u32 i = 0; err >= 0 && i < btf_vlen(t); i++)
		err = btf__add_func_param(f->out, str(f, btf_params(t)[i].name_off),
					  f->map[btf_params(t)[i].type]);
	return err;
}

/* Offsets are made up, one variable behind the other: a kernel's are no use to anybody. */
static int write_section(struct filter *f, const struct btf_type *t)
{
	u32 offset = 0;
	int err = btf__add_datasec(f->out, str(f, t->name_off), 0);
	int id = err;

	for (u32 i = 0; err >= 0 && i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *v = &btf_var_secinfos(t)[i];
		u32 size = ALIGN_UP(btf__resolve_size(f->base->btf, v->type), 8);

		if (!f->map[v->type])
			continue;
		err = btf__add_datasec_var_info(f->out, f->map[v->type], offset, size);
		offset += size;
	}
	if (err >= 0)
		((struct btf_type *)btf__type_by_id(f->out, id))->size = offset;
	return err;
}

static int write_modifier(struct filter *f, u32 id, const struct btf_type *t)
{
	u32 target = f->map[t->type];

	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		return btf__add_ptr(f->out, target);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(f->out, name_of(f, id), target);
	case BTF_KIND_VOLATILE:
		return btf__add_volatile(f->out, target);
	case BTF_KIND_CONST:
		return btf__add_const(f->out, target);
	case BTF_KIND_RESTRICT:
		return btf__add_restrict(f->out, target);
	case BTF_KIND_TYPE_TAG:
		return btf__add_type_tag(f->out, name_of(f, id), target);
	default:
		return -EINVAL;
	}
}

static int write_type(struct filter *f, u32 id, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(f->out, name_of(f, id), t->size, btf_int_encoding(t));
	case BTF_KIND_ARRAY:
		return btf__add_array(f->out, f->map[btf_array(t)->index_type],
				      f->map[btf_array(t)->type], btf_array(t)->nelems);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return write_composite(f, id, t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return write_enum(f, id, t);
	case BTF_KIND_FWD:
		return btf__add_fwd(f->out, name_of(f, id),
				    btf_kflag(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_FUNC:
		return btf__add_func(f->out, name_of(f, id), BTF_FUNC_STATIC, f->map[t->type]);
	case BTF_KIND_FUNC_PROTO:
		return write_proto(f, t);
	case BTF_KIND_VAR:
		return btf__add_var(f->out, name_of(f, id), BTF_VAR_GLOBAL_ALLOCATED,
				    f->map[t->type]);
	case BTF_KIND_DATASEC:
		return write_section(f, t);
	case BTF_KIND_DECL_TAG:
		return btf__add_decl_tag(f->out, name_of(f, id), f->map[t->type],
					 btf_decl_tag(t)->component_idx);
	default:
		return write_modifier(f, id, t);
	}
}

static int write_all(struct filter *f)
{
	for (u32 id = 1; id < f->base->nr_types; id++) {
		int err = f->map[id] ? write_type(f, id, type_of(f, id)) : 0;

		if (err < 0)
			return err;
	}
	return 0;
}

int vmbtf_filter(const struct vmbtf_base *base, const struct profile *prof, struct btf **out)
{
	struct filter f = { .base = base, .prof = prof };
	int err = -ENOMEM;

	f.dropped = calloc(base->nr_types, sizeof(*f.dropped));
	f.reached = calloc(base->nr_types, sizeof(*f.reached));
	f.map = calloc(base->nr_types, sizeof(*f.map));
	f.out = btf__new_empty();
	if (f.dropped && f.reached && f.map && f.out && !sort_rows(&f)) {
		drop_absent(&f);
		drop_broken(&f);
		mark(&f);
		number(&f);
		err = write_all(&f);
	}
	free(f.dropped);
	free(f.reached);
	free(f.map);
	free(f.rows);
	if (err < 0) {
		btf__free(f.out);
		return err;
	}
	*out = f.out;
	return 0;
}
