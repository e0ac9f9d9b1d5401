// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops.c - see struct_ops.h. Facts: kernel/bpf/bpf_struct_ops.c
 * (bpf_struct_ops_map_update_elem, bpf_struct_ops_link_create).
 *
 * A value in the map is a header and the table, the table at the offset that the
 * value type's BTF says:
 *
 *	struct bpf_struct_ops_sched_ext_ops { common; data; }
 *	                                              ^ struct sched_ext_ops
 *
 * On update it is checked member by member and copied into an image in guest
 * memory, where function members hold the address of a program's stand-in. Tables
 * of the scheduler become a struct scx_sched; other types (TCP congestion control)
 * are accepted and never called.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "base/region.h"
#include "bpf/map.h"
#include "bpf/object.h"
#include "bpf/prog.h"
#include "bpf/struct_ops_map.h"
#include "bpf/upcall.h"
#include "kern/ext/ext.h"
#include "sys/cmd.h"
#include "sys/door.h"
#include "sys/struct_ops.h"

#define VALUE_PREFIX "bpf_struct_ops_"
#define UNREG_LIMIT_NS (60 * NSEC_PER_SEC)	/* twice what the watchdog gives a stalled scheduler */

/* one for each map that has its value */
struct ops_table {
	struct ops_table *next;
	struct map *map;		/* not referenced: the table goes first */
	const struct btf_type *type;	/* of the table, in the machine's BTF */
	u32 type_id, data_off;
	void *kdata;			/* the image, type->size bytes of KOBJ */
	struct prog **progs;		/* by member; referenced */
	struct prog *op_progs[NR_SCX_OPS];	/* the same by op, not referenced */
	bool is_scx, is_cid;
	bool registered;
	struct scx_sched *sch;		/* as long as the table; may be registered again */
};

static struct ops_table *tables;

static const struct btf *vmlinux(void)
{
	return machine->types->btf;
}

static struct ops_table *table_of(const struct map *map)
{
	struct ops_table *t;

	for (t = tables; t && t->map != map; t = t->next)
		;
	return t;
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
	return strncmp(type_name(t), VALUE_PREFIX, strlen(VALUE_PREFIX)) ? NULL : t;
}

static int find_type(u32 type_id, u32 *size)
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
	t->is_cid = !strcmp(type_name(t->type), "sched_ext_ops_cid");
	t->is_scx = t->is_cid || !strcmp(type_name(t->type), "sched_ext_ops");
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

/* --- members --- */

/* ext.c: the cpu form's stubs leave these two out, so nothing can be attached to them */
static bool op_needs_cid(enum scx_op op)
{
	return op == SCX_OP_sub_caps_updated || op == SCX_OP_sub_ecaps_updated;
}

static bool type_exists(const char *type)
{
	char name[128];

	snprintf(name, sizeof(name), VALUE_PREFIX "%s", type);
	return vmbtf_find(machine->types, name, BTF_KIND_STRUCT);
}

/* ext.c:sched_ext_ops__dispatch(), sched_ext_ops__yield(): the stubs' parameters */
u32 struct_ops_nullable(const char *type, const char *member)
{
	if (strncmp(type, "sched_ext_ops", strlen("sched_ext_ops")))
		return 0;
	return !strcmp(member, "dispatch") || !strcmp(member, "yield") ? 1 << 1 : 0;
}

int struct_ops_check_member(const char *type, const char *member, bool sleepable,
			    bool *private_stack)
{
	bool is_cid = !strcmp(type, "sched_ext_ops_cid");
	enum scx_op op;

	*private_stack = false;
	if (!is_cid && strcmp(type, "sched_ext_ops"))
		return type_exists(type) ? 0 : -ENOTSUPP;
	op = scx_op_by_name(member);
	if (op == SCX_OP_NONE || (op_needs_cid(op) && !is_cid))
		return -ENOTSUPP;
	/* ext.c:bpf_scx_check_member(): what can nest along the hierarchy of schedulers */
	*private_stack = K->b.nesting_ops_private_stack &&
			 (op == SCX_OP_dispatch || op == SCX_OP_sub_caps_updated);
	return scx_check_member(op, sleepable);
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

static void table_free(struct ops_table *t)
{
	scx_sched_destroy(t->sch);
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
	table_free(t);
	return NULL;
}

static bool prog_is_for(const struct prog *prog, const struct ops_table *t, u32 member)
{
	return prog_type(prog) == BPF_PROG_TYPE_STRUCT_OPS &&
	       prog_attach_btf_id(prog) == t->type_id &&
	       prog_expected_attach_type(prog) == member;
}

/* A function member: user space's descriptor becomes the program's id there, its address here. */
static int set_func(struct ops_table *t, u32 i, void *udata, u32 off)
{
	const struct btf_member *m = btf_members(t->type) + i;
	int fd = *(u64 *)((u8 *)udata + off);
	struct prog *prog;
	enum scx_op op;

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
	op = scx_op_by_name(btf__name_by_offset(vmlinux(), m->name_off));
	if (t->is_scx && op != SCX_OP_NONE)
		t->op_progs[op] = prog;
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
	if (!err && t->is_scx)
		err = scx_sched_create(t->kdata, t->is_cid, t->op_progs, &t->sch);
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

static int register_table(struct ops_table *t, u64 link);

static int update(struct map *map, void *value)
{
	struct ops_table *t = table_new(map);
	int err;

	if (!t)
		return -ENOMEM;
	err = fill_table(t, value);
	if (!err && !(map->flags & BPF_F_LINK))
		err = register_table(t, 0);
	if (err) {
		table_free(t);
		return err;
	}
	associate_progs(t);
	t->next = tables;
	tables = t;
	return 0;
}

/* --- registration, in the loader's task --- */

struct reg_call {
	struct ops_table *t;
	u64 link;
	int err;
};

static void call_reg(void *arg)
{
	struct reg_call *c = arg;

	c->err = scx_ops_reg(c->t->sch, (uintptr_t)c->t->kdata, c->link);
}

static void call_unreg(void *arg)
{
	scx_ops_unreg(((struct ops_table *)arg)->sch);
}

static int register_table(struct ops_table *t, u64 link)
{
	struct reg_call c = { t, link };
	int err;

	if (!t->is_scx) {
		t->registered = true;
		return 0;
	}
	if (t->registered)
		return -EBUSY;
	err = sys_run_in_task(call_reg, &c, 0);
	if (!err)
		err = c.err;
	/* another link of the same map may have been refused while it waited for this one */
	if (!err)
		t->registered = true;
	return err;
}

int struct_ops_reg(struct map *map, u64 link)
{
	return register_table(table_of(map), link);
}

/* When the machine can no longer run, freeing the table takes the scheduler down. */
void struct_ops_unreg(struct map *map)
{
	struct ops_table *t = table_of(map);

	if (!t || !t->registered)
		return;
	t->registered = false;
	if (t->is_scx && door_active)
		sys_run_in_task(call_unreg, t, UNREG_LIMIT_NS);
}

static void free_table(struct map *map)
{
	struct ops_table **p;

	for (p = &tables; *p; p = &(*p)->next)
		if ((*p)->map == map) {
			struct ops_table *t = *p;

			*p = t->next;
			table_free(t);
			return;
		}
}

void struct_ops_setup(void)
{
	upcalls.struct_ops_type = find_type;
	upcalls.struct_ops_update = update;
	upcalls.struct_ops_delete = struct_ops_unreg;
	upcalls.struct_ops_free = free_table;
}
