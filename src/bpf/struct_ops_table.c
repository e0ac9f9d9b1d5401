// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops_table.c - see struct_ops_table.h. Facts: kernel/bpf/bpf_struct_ops.c
 * (bpf_struct_ops_map_update_elem, bpf_struct_ops_link_create).
 *
 * A value in the map is a header and the table, the table at the offset that the
 * value type's BTF says:
 *
 *	struct bpf_struct_ops_sched_ext_ops { common; data; }
 *	                                              ^ struct sched_ext_ops
 *
 * On update it is checked member by member and copied into an image in guest
 * memory, where function members hold the address of a program's stand-in. What the
 * image means is the machine's business (env.h: struct_ops_create).
 */
#include "bpf/struct_ops_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "base/region.h"
#include "bpf/env.h"
#include "bpf/map.h"
#include "bpf/object.h"
#include "bpf/prog.h"

#define VALUE_PREFIX "bpf_struct_ops_"

struct ops_table {
	struct map *map;	     /* not referenced: the table goes first */
	const struct btf_type *type; /* of the table, in the machine's BTF */
	u32 type_id, data_off;
	void *kdata;	     /* the image, type->size bytes of KOBJ */
	struct prog **progs; /* by member; referenced */
	bool registered;
	void *ops; /* what the machine made of it; NULL: it never calls such a table */
};

static const struct btf *vmlinux(void)
{
	return ENV->types->btf;
}

/* --- types --- */

static const char *type_name(const struct btf_type *t)
{
	return btf__name_by_offset(vmlinux(), t->name_off);
}

static const struct btf_type *value_type(u32 type_id)
{
	const struct btf_type *t = btf__type_by_id(vmlinux(), type_id);

	if (!t || !btf_is_struct(t) || btf_vlen(t) < 2)
		return NULL;
	return has_prefix(type_name(t), VALUE_PREFIX) ? t : NULL;
}

int ops_table_type(u32 type_id, u32 *size)
{
	const struct btf_type *t = value_type(type_id);

	if (!t)
		return -ENOTSUPP;
	*size = t->size;
	return 0;
}

/* bpf_struct_ops_desc_init(): "data" is the second member */
static void find_table_type(struct ops_table *t, u32 value_type_id)
{
	const struct btf_member *m = btf_members(value_type(value_type_id)) + 1;

	t->type_id = m->type;
	t->data_off = m->offset / 8;
	t->type = btf__type_by_id(vmlinux(), m->type);
}

static const struct btf_type *skip_modifiers(u32 id)
{
	const struct btf_type *t = btf__type_by_id(vmlinux(), id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(vmlinux(), t->type);
	return t;
}

static bool is_func_ptr(const struct btf_type *t)
{
	return btf_is_ptr(t) && btf_is_func_proto(skip_modifiers(t->type));
}

/* --- update: user space's table becomes the image --- */

static bool zero_bytes(const u8 *p, s64 from, s64 to)
{
	for (; from < to; from++)
		if (p[from])
			return false;
	return true;
}

/* check_zero_holes(): padding between members may one day be members */
static int check_holes(const struct btf_type *t, const void *data)
{
	const struct btf_member *m = btf_members(t);
	s64 end = 0, off, size;
	u32 i;

	for (i = 0; i < btf_vlen(t); i++) {
		off = btf_member_bit_offset(t, i) / 8;
		if (off > end && !zero_bytes(data, end, off))
			return -EINVAL;
		size = btf__resolve_size(vmlinux(), m[i].type);
		if (size < 0)
			return size;
		end = off + size;
	}
	return zero_bytes(data, end, t->size) ? 0 : -EINVAL;
}

static void put_progs(struct ops_table *t)
{
	u32 i;

	for (i = 0; t->progs && i < btf_vlen(t->type); i++)
		prog_put(t->progs[i]);
	free(t->progs);
}

void ops_table_destroy(struct ops_table *t)
{
	if (t->ops)
		ENV->struct_ops_destroy(t->ops);
	put_progs(t);
	region_free(ZONE_KOBJ, t->kdata, t->type->size);
	free(t);
}

static struct ops_table *table_new(struct map *map)
{
	struct ops_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->map = map;
	find_table_type(t, map->btf_vmlinux_value_type_id);
	t->kdata = region_alloc(ZONE_KOBJ, t->type->size, 64);
	t->progs = calloc(btf_vlen(t->type), sizeof(*t->progs));
	if (t->kdata && t->progs)
		return t;
	ops_table_destroy(t);
	return NULL;
}

static bool prog_is_for(const struct prog *prog, const struct ops_table *t, u32 member)
{
	return prog_type(prog) == BPF_PROG_TYPE_STRUCT_OPS &&
	       prog_attach_btf_id(prog) == t->type_id && prog_expected_attach_type(prog) == member;
}

/* A function member: user space's descriptor becomes the program's id there, its address here. */
static int set_func(struct ops_table *t, u32 i, void *udata, u32 off)
{
	int fd = *(u64 *)((u8 *)udata + off);
	struct prog *prog;

	if (!fd)
		return 0;
	prog = prog_from_fd(fd);
	if (!prog)
		return object_fd_errno(fd);
	if (!prog_is_for(prog, t, i)) {
		prog_put(prog);
		return -EINVAL;
	}
	t->progs[i] = prog;
	*(u64 *)((u8 *)t->kdata + off) = prog_aux_addr(prog);
	*(u64 *)((u8 *)udata + off) = prog_id(prog);
	return 0;
}

static int set_member(struct ops_table *t, u32 i, void *udata)
{
	const struct btf_member *m = btf_members(t->type) + i;
	const struct btf_type *mt = skip_modifiers(m->type);
	u32 off = btf_member_bit_offset(t->type, i) / 8;
	s64 size = btf__resolve_size(vmlinux(), m->type);

	if (size < 0)
		return size;
	if (is_func_ptr(mt))
		return set_func(t, i, udata, off);
	/* no ->init_member() takes a pointer */
	if (btf_is_ptr(mt))
		return zero_bytes((u8 *)udata + off, 0, size) ? 0 : -EINVAL;
	memcpy((u8 *)t->kdata + off, (u8 *)udata + off, size);
	return 0;
}

static int fill_table(struct ops_table *t, void *value)
{
	void *udata = (u8 *)value + t->data_off;
	u32 i;
	int err;

	err = check_holes(value_type(t->map->btf_vmlinux_value_type_id), value);
	if (!err)
		err = check_holes(t->type, udata);
	for (i = 0; !err && i < btf_vlen(t->type); i++)
		err = set_member(t, i, udata);
	if (!err)
		err = ENV->struct_ops_create(type_name(t->type), t->kdata, t->progs,
					     btf_vlen(t->type), &t->ops);
	return err;
}

/* bpf_prog_assoc_struct_ops(): errors are not the caller's */
static void associate_progs(struct ops_table *t)
{
	u32 i;

	for (i = 0; i < btf_vlen(t->type); i++)
		if (t->progs[i])
			prog_set_assoc(t->progs[i], t->map);
}

int ops_table_create(struct map *map, void *value, struct ops_table **out)
{
	struct ops_table *t = table_new(map);
	int err;

	if (!t)
		return -ENOMEM;
	err = fill_table(t, value);
	if (!err && !(map->flags & BPF_F_LINK))
		err = ops_table_register(t, 0);
	if (err) {
		ops_table_destroy(t);
		return err;
	}
	associate_progs(t);
	*out = t;
	return 0;
}

/* --- registration --- */

int ops_table_register(struct ops_table *t, u64 link)
{
	int err;

	if (!t->ops) {
		t->registered = true;
		return 0;
	}
	if (t->registered)
		return -EBUSY;
	err = ENV->struct_ops_reg(t->ops, (uintptr_t)t->kdata, link);
	/* another link of the same map may have been refused while it waited for this one */
	if (!err)
		t->registered = true;
	return err;
}

void ops_table_unregister(struct ops_table *t)
{
	if (!t->registered)
		return;
	t->registered = false;
	if (t->ops)
		ENV->struct_ops_unreg(t->ops);
}
