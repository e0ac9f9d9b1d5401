// SPDX-License-Identifier: GPL-2.0-only
/*
 * objalloc.c - see objalloc.h. Facts: kernel/bpf/helpers.c (bpf_obj_new_impl,
 * __bpf_obj_drop_impl, bpf_refcount_acquire_impl).
 */
#include <stdlib.h>
#include <bpf/btf.h>
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/addrmap.h"
#include "bpf/env.h"
#include "bpf/objalloc.h"
#include "bpf/record.h"
#include "bpf/state.h"

struct gobj {
	u64 addr;
	u32 size;      /* of one instance, rounded up */
	u32 instances; /* 1, or CPUs */
	bool percpu;
	const struct record *rec;
	struct gobj *prev, *next;
};

static void remember_node_off(u32 off)
{
	u32 i;

	for (i = 0; i < vm_state.objalloc.nr_node_offs; i++)
		if (vm_state.objalloc.node_offs[i] == off)
			return;
	if (vm_state.objalloc.nr_node_offs < NODE_OFFS_MAX)
		vm_state.objalloc.node_offs[vm_state.objalloc.nr_node_offs++] = off;
}

static void remember_node_offs(const struct record *rec)
{
	u32 i;

	for (i = 0; rec && i < rec->nr; i++)
		if (rec->fields[i].kind & (FIELD_LIST_NODE | FIELD_RB_NODE))
			remember_node_off(rec->fields[i].off);
}

static void list_add(struct gobj *o)
{
	o->next = vm_state.objalloc.list;
	if (o->next)
		o->next->prev = o;
	vm_state.objalloc.list = o;
}

static void list_del(struct gobj *o)
{
	*(o->prev ? &o->prev->next : &vm_state.objalloc.list) = o->next;
	if (o->next)
		o->next->prev = o->prev;
}

static u64 obj_insert(struct gobj *o)
{
	void *mem = region_alloc(ZONE_HEAP, (size_t)o->size * o->instances, 0);

	o->addr = (uintptr_t)mem;
	if (!mem) {
		free(o);
		return 0;
	}
	addrmap_set(&vm_state.objalloc.objs, o->addr, o);
	list_add(o);
	record_init_fields(o->rec, mem);
	return o->addr;
}

u64 obj_new(struct btf *btf, u32 type_id, bool percpu)
{
	const struct btf_type *t = btf ? btf__type_by_id(btf, type_id) : NULL;
	struct gobj *o;

	if (!t || !btf_is_struct(t) || !t->size)
		return 0;
	o = shortage_calloc(1, sizeof(*o));
	o->size = ALIGN_UP(t->size, 8u);
	o->percpu = percpu;
	o->instances = percpu ? ENV->nr_cpus : 1;
	o->rec = record_of_type(btf, type_id);
	remember_node_offs(o->rec);
	return obj_insert(o);
}

static void free_now(struct gobj *o)
{
	record_free_fields(o->rec, (void *)(uintptr_t)o->addr);
	region_free(ZONE_HEAP, (void *)(uintptr_t)o->addr, (size_t)o->size * o->instances);
	free(o);
}

/*
 * What an object's fields hold goes with it, and that may hold the next: a chain as long
 * as the program likes. So what comes up meanwhile waits in a queue.
 */
static void obj_free(struct gobj *o)
{
	addrmap_del(&vm_state.objalloc.objs, o->addr);
	list_del(o);
	o->next = NULL;
	*(vm_state.objalloc.dying ? &vm_state.objalloc.dying_tail->next :
				    &vm_state.objalloc.dying) = o;
	vm_state.objalloc.dying_tail = o;
	if (vm_state.objalloc.freeing)
		return;
	vm_state.objalloc.freeing = true;
	while ((o = vm_state.objalloc.dying)) {
		vm_state.objalloc.dying = o->next;
		free_now(o);
	}
	vm_state.objalloc.freeing = false;
}

static u32 *obj_refcount(const struct gobj *o)
{
	if (!o->rec || o->rec->refcount_off < 0)
		return NULL;
	return (u32 *)(uintptr_t)(o->addr + o->rec->refcount_off);
}

void obj_drop(u64 obj)
{
	struct gobj *o = addrmap_get(&vm_state.objalloc.objs, obj);
	u32 *refs = o ? obj_refcount(o) : NULL;

	if (!o || (refs && --*refs))
		return;
	obj_free(o);
}

u64 obj_acquire(u64 obj)
{
	struct gobj *o = addrmap_get(&vm_state.objalloc.objs, obj);
	u32 *refs = o ? obj_refcount(o) : NULL;

	if (!refs || !*refs)
		return 0;
	++*refs;
	return obj;
}

u64 obj_of_node(u64 node)
{
	u32 i;

	for (i = 0; i < vm_state.objalloc.nr_node_offs; i++)
		if (addrmap_get(&vm_state.objalloc.objs, node - vm_state.objalloc.node_offs[i]))
			return node - vm_state.objalloc.node_offs[i];
	return 0;
}

u64 obj_percpu_ptr(u64 obj, u32 cpu)
{
	struct gobj *o = addrmap_get(&vm_state.objalloc.objs, obj);

	if (!o || !o->percpu || cpu >= o->instances)
		return 0;
	return o->addr + (u64)cpu * o->size;
}

u32 objs_live(void)
{
	return vm_state.objalloc.objs.nr;
}

void objs_reset(void)
{
	struct gobj *o;

	while ((o = vm_state.objalloc.list)) {
		vm_state.objalloc.list = o->next;
		free(o);
	}
	addrmap_finish(&vm_state.objalloc.objs);
	vm_state.objalloc.nr_node_offs = 0;
}
