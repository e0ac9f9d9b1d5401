// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - special fields of a type. Facts: kernel/bpf/btf.c (btf_parse_fields,
 * btf_find_field_one: which names, how arrays and nested structs unfold, limits),
 * kernel/bpf/syscall.c (bpf_obj_free_fields: what freeing a field means).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/profile.h"
#include "bpf/graph.h"
#include "bpf/helpers.h"
#include "bpf/objalloc.h"
#include "bpf/prog_priv.h"
#include "bpf/record.h"
#include "bpf/timer.h"

#define RESOLVE_DEPTH_MAX 15

static const struct {
	const char *name;
	enum field_kind kind;
	u32 size, align;
	bool unique;
} field_types[] = {
	{ "bpf_spin_lock", FIELD_SPIN_LOCK, 4, 4, true },
	{ "bpf_res_spin_lock", FIELD_RES_SPIN_LOCK, 4, 4, true },
	{ "bpf_timer", FIELD_TIMER, 16, 8, true },
	{ "bpf_wq", FIELD_WORKQUEUE, 16, 8, true },
	{ "bpf_task_work", FIELD_TASK_WORK, 8, 8, true },
	{ "bpf_list_head", FIELD_LIST_HEAD, 16, 8, false },
	{ "bpf_list_node", FIELD_LIST_NODE, 24, 8, false },
	{ "bpf_rb_root", FIELD_RB_ROOT, 16, 8, false },
	{ "bpf_rb_node", FIELD_RB_NODE, 32, 8, false },
	{ "bpf_refcount", FIELD_REFCOUNT, 4, 4, true },
};

static const struct {
	const char *tag;
	enum field_kind kind;
} kptr_tags[] = {
	{ "kptr_untrusted", FIELD_KPTR_UNREF },
	{ "kptr", FIELD_KPTR_REF },
	{ "percpu_kptr", FIELD_KPTR_PERCPU },
};

/* --- parsing --- */

struct parser {
	struct btf *btf;
	u32 mask, seen; /* kinds asked for; unique ones met */
	struct record *rec;
	/*
	 * By type: 1 + how many levels are below it, if nothing special is in any; 0: not
	 * known. Small structs in small structs would else be looked at without an end.
	 */
	u32 *barren;
	u32 deepest; /* level */
};

static int find_in_struct(struct parser *p, u32 type_id, u32 off, u32 depth);

static int add_field(struct parser *p, enum field_kind kind, u32 off, u32 size, u32 type_id,
		     u32 node_off)
{
	struct field *f;

	if (p->rec->nr == RECORD_FIELDS_MAX)
		return -E2BIG;
	f = &p->rec->fields[p->rec->nr++];
	f->kind = kind;
	f->off = off;
	f->size = size;
	f->type_id = type_id;
	f->node_off = node_off;
	p->rec->mask |= kind;
	return 0;
}

/* PTR -> TYPE_TAG* -> struct: the outermost known tag says what kind of kptr it is */
static int add_kptr(struct parser *p, const struct btf_type *t, u32 off)
{
	enum field_kind kind = 0;
	const char *tag;
	u32 id = t->type;
	size_t i;

	for (t = btf__type_by_id(p->btf, id); btf_is_type_tag(t); t = btf__type_by_id(p->btf, id)) {
		tag = btf__name_by_offset(p->btf, t->name_off);
		if (!strcmp(tag, "uptr") && K->b.uptr)
			return -EOPNOTSUPP; /* the loader's memory: no guest reaches it here */
		for (i = 0; i < ARRAY_SIZE(kptr_tags); i++) {
			if (strcmp(tag, kptr_tags[i].tag))
				continue;
			if (kind)
				return -EINVAL;
			kind = kptr_tags[i].kind;
		}
		id = t->type;
	}
	if (!(kind & p->mask))
		return 0;
	while (btf_is_mod(t)) {
		id = t->type;
		t = btf__type_by_id(p->btf, id);
	}
	if (!btf_is_composite(t) && !btf_is_fwd(t))
		return -EINVAL;
	return add_field(p, kind, off, 8, id, 0);
}

/* The decl tag "contains:TYPE:MEMBER" on member or variable @comp of @owner */
static const char *contains_tag(const struct btf *btf, u32 owner, int comp)
{
	const struct btf_type *t;
	const char *tag;
	u32 id;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		t = btf__type_by_id(btf, id);
		if (!btf_is_decl_tag(t) || t->type != owner ||
		    btf_decl_tag(t)->component_idx != comp)
			continue;
		tag = btf__name_by_offset(btf, t->name_off);
		if (has_prefix(tag, "contains:"))
			return tag + 9;
	}
	return NULL;
}

static s32 member_off(const struct btf *btf, u32 type_id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, type_id);
	u32 i;

	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), name))
			return btf_member_bit_offset(t, i) / 8;
	return -ENOENT;
}

static int add_graph_root(struct parser *p, enum field_kind kind, u32 owner, int comp, u32 off)
{
	const char *tag = contains_tag(p->btf, owner, comp), *colon;
	char type[64];
	s32 id, node_off;

	colon = tag ? strchr(tag, ':') : NULL;
	if (!colon || !colon[1] || colon - tag >= (s64)sizeof(type))
		return -EINVAL;
	memcpy(type, tag, colon - tag);
	type[colon - tag] = '\0';
	id = btf__find_by_name_kind(p->btf, type, BTF_KIND_STRUCT);
	if (id < 0)
		return id;
	node_off = member_off(p->btf, id, colon + 1);
	if (node_off < 0)
		return node_off;
	return add_field(p, kind, off, 16, id, node_off);
}

/*
 * One element at @off that is of a special type itself. 1: it was one, 0: it was
 * not. @owner, @comp: where its decl tags hang.
 */
static int add_special(struct parser *p, const struct btf_type *t, u32 owner, int comp, u32 off)
{
	const char *name = btf__name_by_offset(p->btf, t->name_off);
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(field_types); i++) {
		if (!(field_types[i].kind & p->mask) || strcmp(name, field_types[i].name))
			continue;
		if (field_types[i].unique && (p->seen & field_types[i].kind))
			return -E2BIG;
		p->seen |= field_types[i].kind;
		if (off % field_types[i].align || !btf_is_struct(t))
			return 1;
		if (field_types[i].kind & FIELD_GRAPH_ROOT)
			err = add_graph_root(p, field_types[i].kind, owner, comp, off);
		else
			err = add_field(p, field_types[i].kind, off, field_types[i].size, 0, 0);
		return err ? err : 1;
	}
	return 0;
}

static const struct btf_type *skip_qualifiers(const struct btf *btf, u32 *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

static int find_element(struct parser *p, u32 type_id, u32 owner, int comp, u32 off, u32 depth)
{
	const struct btf_type *t = skip_qualifiers(p->btf, &type_id);
	int ret;

	if (btf_is_ptr(t))
		return off % 8 || !(p->mask & FIELD_KPTR) ? 0 : add_kptr(p, t, off);
	ret = add_special(p, t, owner, comp, off);
	if (ret)
		return ret < 0 ? ret : 0;
	/* btf_find_field_one() goes into structs, not into unions */
	return btf_is_struct(t) ? find_in_struct(p, type_id, off, depth + 1) : 0;
}

/* A member or variable; elements of an array unfold, if they may be repeated at all. */
static int find_one(struct parser *p, u32 type_id, u32 owner, int comp, u32 off, u32 depth)
{
	const struct btf_type *t = skip_qualifiers(p->btf, &type_id);
	u32 i, nelems = 1, before = p->rec->nr;
	s64 size;
	int err = 0;

	for (i = 0; btf_is_array(t); i++) {
		if (i == RESOLVE_DEPTH_MAX)
			return -E2BIG;
		nelems *= btf_array(t)->nelems;
		type_id = btf_array(t)->type;
		t = skip_qualifiers(p->btf, &type_id);
	}
	size = btf__resolve_size(p->btf, type_id);
	for (i = 0; i < nelems && !err; i++) {
		err = find_element(p, type_id, owner, comp, off + i * size, depth);
		/* most elements hold nothing special: the first one tells */
		if (p->rec->nr == before)
			break;
	}
	/* btf_repeat_fields(): only kptrs and graph roots can stand in arrays */
	for (i = before; nelems > 1 && i < p->rec->nr; i++)
		if (!(p->rec->fields[i].kind & (FIELD_KPTR | FIELD_GRAPH_ROOT)))
			return -EINVAL;
	return err;
}

static int find_in_struct(struct parser *p, u32 type_id, u32 off, u32 depth)
{
	const struct btf_type *t = btf__type_by_id(p->btf, type_id);
	const struct btf_member *m = btf_members(t);
	u32 i, before = p->rec->nr, above = p->deepest;
	int err;

	if (depth + (p->barren[type_id] ? p->barren[type_id] - 1 : 0) >= RESOLVE_DEPTH_MAX)
		return -E2BIG;
	if (p->barren[type_id])
		return 0;
	p->deepest = depth;
	for (i = 0; i < btf_vlen(t); i++) {
		u32 bits = btf_member_bit_offset(t, i);

		if (bits % 8)
			continue;
		err = find_one(p, m[i].type, type_id, i, off + bits / 8, depth);
		if (err)
			return err;
	}
	if (p->rec->nr == before)
		p->barren[type_id] = 1 + p->deepest - depth;
	p->deepest = max(p->deepest, above);
	return 0;
}

static int find_in_datasec(struct parser *p, u32 type_id)
{
	const struct btf_type *t = btf__type_by_id(p->btf, type_id);
	const struct btf_var_secinfo *v = btf_var_secinfos(t);
	int err;
	u32 i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *var = btf__type_by_id(p->btf, v[i].type);

		err = find_one(p, var->type, v[i].type, -1, v[i].offset, 0);
		if (err)
			return err;
	}
	return 0;
}

static int by_off(const void *a, const void *b)
{
	const struct field *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static int check_combination(const struct record *rec, u32 size)
{
	const u32 locks = FIELD_SPIN_LOCK | FIELD_RES_SPIN_LOCK;
	const u32 nodes = FIELD_LIST_NODE | FIELD_RB_NODE;
	u32 i, end = 0;

	for (i = 0; i < rec->nr; i++) {
		if (rec->fields[i].off < end)
			return -EEXIST;
		end = rec->fields[i].off + rec->fields[i].size;
	}
	if (end > size)
		return -EFAULT;
	if ((rec->mask & locks) == locks)
		return -EINVAL;
	if ((rec->mask & FIELD_GRAPH_ROOT) && !(rec->mask & locks))
		return -EINVAL;
	if ((rec->mask & nodes) == nodes && !(rec->mask & FIELD_REFCOUNT))
		return -EINVAL;
	return 0;
}

/* Name of the pointee, and its destructor if it is the kernel's and not the program's. */
static void resolve_kptr(struct record *rec, struct field *f)
{
	const struct btf_type *t = btf__type_by_id(rec->btf, f->type_id);

	strncpy(f->type, btf__name_by_offset(rec->btf, t->name_off), sizeof(f->type) - 1);
	f->dtor = kptr_dtor_find(f->type);
}

int record_parse(struct btf *btf, u32 type_id, u32 mask, u32 size, struct record **out)
{
	struct parser p = { .btf = btf, .mask = mask };
	const struct btf_type *t;
	u32 i;
	int err;

	*out = NULL;
	t = skip_qualifiers(btf, &type_id);
	if (!btf_is_struct(t) && !btf_is_datasec(t))
		return 0;
	p.rec = calloc(1, sizeof(*p.rec));
	p.barren = calloc(btf__type_cnt(btf), sizeof(*p.barren));
	if (!p.rec || !p.barren) {
		free(p.rec);
		free(p.barren);
		return -ENOMEM;
	}
	err = btf_is_datasec(t) ? find_in_datasec(&p, type_id) : find_in_struct(&p, type_id, 0, 0);
	free(p.barren);
	p.rec->btf = btf;
	p.rec->type_id = type_id;
	p.rec->size = size;
	qsort(p.rec->fields, p.rec->nr, sizeof(p.rec->fields[0]), by_off);
	if (!err)
		err = check_combination(p.rec, size);
	if (err || !p.rec->nr) {
		free(p.rec);
		return err;
	}
	p.rec->refcount_off = record_off(p.rec, FIELD_REFCOUNT);
	for (i = 0; i < p.rec->nr; i++)
		if (p.rec->fields[i].kind & FIELD_KPTR)
			resolve_kptr(p.rec, &p.rec->fields[i]);
	*out = p.rec;
	return 0;
}

void record_free(struct record *rec)
{
	free(rec);
}

struct record *record_dup(const struct record *rec)
{
	struct record *copy = malloc(sizeof(*copy));

	if (copy)
		*copy = *rec;
	return copy;
}

bool record_equal(const struct record *a, const struct record *b)
{
	u32 i;

	if (!a || !b)
		return a == b;
	if (a->nr != b->nr || a->mask != b->mask)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->fields[i].kind != b->fields[i].kind ||
		    a->fields[i].off != b->fields[i].off ||
		    strcmp(a->fields[i].type, b->fields[i].type))
			return false;
	return true;
}

s32 record_off(const struct record *rec, u32 mask)
{
	u32 i;

	for (i = 0; rec && i < rec->nr; i++)
		if (rec->fields[i].kind & mask)
			return rec->fields[i].off;
	return -1;
}

/* --- values --- */

void record_copy(const struct record *rec, void *dst, const void *src, u32 size)
{
	u32 i, at = 0;

	for (i = 0; rec && i < rec->nr; i++) {
		const struct field *f = &rec->fields[i];

		memcpy((u8 *)dst + at, (const u8 *)src + at, f->off - at);
		at = f->off + f->size;
	}
	memcpy((u8 *)dst + at, (const u8 *)src + at, size - at);
}

void record_init_fields(const struct record *rec, void *obj)
{
	u32 i;

	for (i = 0; rec && i < rec->nr; i++)
		memset((u8 *)obj + rec->fields[i].off, 0, rec->fields[i].size);
	if (rec && rec->refcount_off >= 0)
		*(u32 *)((u8 *)obj + rec->refcount_off) = 1;
}

static void free_kptr(const struct field *f, u64 *slot)
{
	u64 obj = *slot;

	*slot = 0;
	if (!obj || f->kind == FIELD_KPTR_UNREF)
		return;
	if (f->dtor)
		f->dtor(obj);
	else
		obj_drop(obj);
}

static void free_field(const struct field *f, u8 *p)
{
	switch (f->kind) {
	case FIELD_TIMER:
	case FIELD_WORKQUEUE:
	case FIELD_TASK_WORK:
		vm_timer_free((uintptr_t)p);
		break;
	case FIELD_KPTR_UNREF:
	case FIELD_KPTR_REF:
	case FIELD_KPTR_PERCPU:
		free_kptr(f, (u64 *)p);
		break;
	case FIELD_LIST_HEAD:
	case FIELD_RB_ROOT:
		graph_drain((uintptr_t)p);
		break;
	case FIELD_LIST_NODE:
	case FIELD_RB_NODE:
	case FIELD_SPIN_LOCK:
	case FIELD_RES_SPIN_LOCK:
	case FIELD_REFCOUNT:
		break;
	}
}

void record_free_fields(const struct record *rec, void *obj)
{
	u32 i;

	for (i = 0; rec && i < rec->nr; i++)
		free_field(&rec->fields[i], (u8 *)obj + rec->fields[i].off);
}

void record_cancel_fields(const struct record *rec, void *obj)
{
	const u32 mask = FIELD_TIMER | FIELD_WORKQUEUE | FIELD_TASK_WORK;
	u32 i;

	for (i = 0; record_has(rec, mask) && i < rec->nr; i++)
		if (rec->fields[i].kind & mask)
			vm_timer_free((uintptr_t)obj + rec->fields[i].off);
}

/* --- records of the program's own types, found again by number --- */

struct type_record {
	struct btf *btf;
	u32 type_id;
	struct record *rec; /* NULL: known to have none */
	struct type_record *next;
};

static struct type_record *remember_type(struct btf *btf, u32 type_id)
{
	struct type_record *tr = calloc(1, sizeof(*tr));

	if (!tr)
		return NULL;
	tr->btf = btf;
	tr->type_id = type_id;
	record_parse(btf, type_id, ~0u, btf__resolve_size(btf, type_id), &tr->rec);
	tr->next = vm_state.type_records;
	vm_state.type_records = tr;
	return tr;
}

const struct record *record_of_type(struct btf *btf, u32 type_id)
{
	struct type_record *tr;
	u32 n = 0;

	for (tr = vm_state.type_records; tr && !(tr->btf == btf && tr->type_id == type_id);
	     tr = tr->next)
		n++;
	vm_passed(n);
	if (tr)
		return tr->rec;
	tr = remember_type(btf, type_id);
	return tr ? tr->rec : NULL;
}

void record_forget(struct btf *btf)
{
	struct type_record **p = &vm_state.type_records, *tr;

	while ((tr = *p)) {
		if (tr->btf != btf) {
			p = &tr->next;
			continue;
		}
		*p = tr->next;
		record_free(tr->rec);
		free(tr);
	}
}

/* --- destructors of the kernel's types --- */

void kptr_dtor_register(const struct kptr_dtor *table, u32 nr)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vm_state.dtors.table); i++) {
		if (vm_state.dtors.table[i] == table)
			return;
		if (vm_state.dtors.table[i])
			continue;
		vm_state.dtors.table[i] = table;
		vm_state.dtors.nr[i] = nr;
		return;
	}
	abort(); /* more registering files than slots: enlarge */
}

void (*kptr_dtor_find(const char *type))(u64)
{
	size_t i;
	u32 j;

	for (i = 0; i < ARRAY_SIZE(vm_state.dtors.table) && vm_state.dtors.table[i]; i++)
		for (j = 0; j < vm_state.dtors.nr[i]; j++)
			if (!strcmp(vm_state.dtors.table[i][j].type, type))
				return vm_state.dtors.table[i][j].dtor;
	return NULL;
}
