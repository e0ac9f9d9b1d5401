// SPDX-License-Identifier: GPL-2.0-only
/*
 * inspect_core.c - the kernel types and fields that an object reaches by CO-RE: the
 * records of .BTF.ext. "0:3:1" is element 0, member 3, member 1 of the type.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/inspect.h"
#include "kern/machine.h"

/* .BTF.ext's header as far as it is read (libbpf keeps its own to itself) */
struct ext_header {
	u16 magic;
	u8 version, flags;
	u32 hdr_len;
	u32 func_info_off, func_info_len, line_info_off, line_info_len;
	u32 core_relo_off, core_relo_len;
};

struct ext_section {
	u32 sec_name_off, num_info;
};

/* "task_struct___old" is the kernel's task_struct */
static void kernel_type(const char *name, char *buf, size_t len)
{
	const char *flavour = strstr(name, "___");

	snprintf(buf, len, "%.*s", flavour ? (int)(flavour - name) : (int)strlen(name), name);
}

static const struct btf_type *resolve(const struct btf *btf, u32 id)
{
	return btf__type_by_id(btf, btf__resolve_type(btf, id));
}

static bool has_member(const struct btf *btf, const struct btf_type *t, const char *name)
{
	const char *mname;
	u32 i;

	for (i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++) {
		mname = btf__name_by_offset(btf, btf_members(t)[i].name_off);
		if (*mname ? !strcmp(mname, name) :
			     has_member(btf, resolve(btf, btf_members(t)[i].type), name))
			return true;
	}
	return false;
}

static bool types_have(const struct btf_types *bt, const char *type, const char *member)
{
	static const u32 kinds[] = { BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF,
				     BTF_KIND_ENUM, BTF_KIND_ENUM64 };
	u32 i, id = 0;

	for (i = 0; !id && i < ARRAY_SIZE(kinds); i++)
		id = vmbtf_find(bt, type, kinds[i]);
	return id && (!member || has_member(bt->btf, resolve(bt->btf, id), member));
}

static enum verdict judge(struct report *r, const struct vmbtf_base *base, const char *type,
			  const char *member)
{
	if (!types_have(r->obj->km->m->types, type, member))
		return base && vmbtf_base_has(base, type, member) ? V_ABSENT : V_UNMODELLED;
	return base && vmbtf_undriven(base, type, member) ? V_UNDRIVEN : V_WORKS;
}

static bool is_field(u32 kind)
{
	return kind <= BPF_CORE_FIELD_RSHIFT_U64;
}

static bool only_asks(u32 kind)
{
	return kind == BPF_CORE_FIELD_EXISTS || kind == BPF_CORE_TYPE_EXISTS ||
	       kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_TYPE_MATCHES;
}

static void add_type(struct report *r, const struct vmbtf_base *base, const char *type,
		     const char *member, u32 kind)
{
	char name[160];

	snprintf(name, sizeof(name), "%s%s%s", type, member ? "." : "", member ? member : "");
	report_add(r, "types", name, judge(r, base, type, member), false, "%s",
		   only_asks(kind) ? "asked for" : "");
}

/*
 * Each named member on the way, as one of the type that it is in: "task_struct.scx",
 * "sched_ext_entity.selected_cpu". A nameless member's own belong to the outer type; in
 * a type without a name there is nothing to look up.
 */
static void add_members(struct report *r, const struct vmbtf_base *base, const struct btf_type *t,
			const char *path, u32 kind)
{
	const struct btf *btf = bpf_object__btf(r->obj->obj);
	const char *p = strchr(path, ':'), *name;
	char owner[64];
	u32 i;

	kernel_type(btf__name_by_offset(btf, t->name_off), owner, sizeof(owner));
	for (; p && t; p = strchr(p + 1, ':')) {
		i = strtoul(p + 1, NULL, 10);
		name = "element";
		if (btf_is_array(t)) {
			t = resolve(btf, btf_array(t)->type);
		} else if (btf_is_composite(t) && i < btf_vlen(t)) {
			name = btf__name_by_offset(btf, btf_members(t)[i].name_off);
			t = resolve(btf, btf_members(t)[i].type);
			if (*name && *owner)
				add_type(r, base, owner, name, kind);
		} else {
			return;
		}
		if (*name && t)
			kernel_type(btf__name_by_offset(btf, t->name_off), owner, sizeof(owner));
	}
}

static void add_enumerator(struct report *r, const struct btf_type *t, u32 i)
{
	const struct btf *btf = bpf_object__btf(r->obj->obj);
	const char *name;
	char kernel[96];
	u64 value;

	if (!btf_is_any_enum(t) || i >= btf_vlen(t))
		return;
	name = btf__name_by_offset(btf, btf_is_enum(t) ? btf_enum(t)[i].name_off :
							 btf_enum64(t)[i].name_off);
	inspect_kernel_name(name, kernel, sizeof(kernel));
	report_add(r, "enumerators", kernel,
		   profile_enum(r->obj->km->m->prof, kernel, &value) ? V_WORKS : V_ABSENT, false,
		   "%s", "");
}

static void add_relo(struct report *r, const struct vmbtf_base *base,
		     const struct bpf_core_relo *relo)
{
	const struct btf *btf = bpf_object__btf(r->obj->obj);
	const struct btf_type *t = resolve(btf, relo->type_id);
	const char *path = btf__name_by_offset(btf, relo->access_str_off);
	char type[64];

	if (!t || !path || relo->kind == BPF_CORE_TYPE_ID_LOCAL)
		return;
	if (relo->kind == BPF_CORE_ENUMVAL_EXISTS || relo->kind == BPF_CORE_ENUMVAL_VALUE)
		add_enumerator(r, t, strtoul(path, NULL, 10));
	if (is_field(relo->kind)) {
		add_members(r, base, t, path, relo->kind);
		return;
	}
	kernel_type(btf__name_by_offset(btf, t->name_off), type, sizeof(type));
	if (*type)
		add_type(r, base, type, NULL, relo->kind);
}

void inspect_core(struct report *r, const void *data, u32 size)
{
	const struct ext_header *h = data;
	const u8 *p, *end;
	struct vmbtf_base *base = NULL;
	u32 i, rec;

	if (size < sizeof(*h) || h->hdr_len < sizeof(*h) || h->core_relo_len < sizeof(u32) ||
	    (u64)h->hdr_len + h->core_relo_off + h->core_relo_len > size)
		return;
	vmbtf_base_create(&base);
	p = (const u8 *)data + h->hdr_len + h->core_relo_off;
	end = p + h->core_relo_len;
	memcpy(&rec, p, sizeof(rec));
	p += sizeof(rec);
	while (rec >= sizeof(struct bpf_core_relo) && p + sizeof(struct ext_section) <= end) {
		const struct ext_section *s = (const void *)p;

		p += sizeof(*s);
		for (i = 0; i < s->num_info && p + rec <= end; i++, p += rec)
			add_relo(r, base, (const void *)p);
	}
	vmbtf_base_destroy(base);
}
