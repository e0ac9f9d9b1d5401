// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf.c - the embedded base BTF with its annotations read, and the life of a
 * profile's types.
 *
 *	unsigned long pnt_seq __until("6.19");
 *
 * is in the base as a member of struct scx_rq and a declaration tag "when:-6.19;"
 * for that member's index. Here it becomes members[first_member[scx_rq] + index].
 */
#include "abi/btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/btf_filter.h"
#include "abi/profile.h"
#include "base/bug.h"

extern const u8 ks_vmlinux_btf_start[], ks_vmlinux_btf_end[];

static void tags_add(struct vmbtf_tags *tags, const char *tag)
{
	if (has_prefix(tag, "when:")) {
		bug_on(tags->when[1], "more than two dates of one declaration: %s", tag);
		tags->when[tags->when[0] != NULL] = tag + 5;
	} else if (has_prefix(tag, "name:")) {
		tags->name = tag + 5;
	} else if (!strcmp(tag, "host")) {
		tags->host = true;
	} else if (!strcmp(tag, "undriven")) {
		tags->undriven = true;
	}
}

bool vmbtf_tags_present(const struct vmbtf_tags *tags, const struct profile *prof)
{
	for (u32 i = 0; i < ARRAY_SIZE(tags->when); i++)
		if (tags->when[i] && !profile_within(prof, tags->when[i]))
			return false;
	return !tags->host;
}

static void base_read_tags(struct vmbtf_base *base)
{
	for (u32 id = 1; id < base->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(base->btf, id);
		const char *tag = btf__name_by_offset(base->btf, t->name_off);
		struct vmbtf_tags *tags = &base->types[t->type];

		if (!btf_is_decl_tag(t))
			continue;
		if (btf_decl_tag(t)->component_idx < 0)
			tags_add(tags, tag);
		else if (btf_is_composite(btf__type_by_id(base->btf, t->type)))
			tags_add(&base->members[base->first_member[t->type] +
						btf_decl_tag(t)->component_idx],
				 tag);
	}
}

static void base_note(struct vmbtf_base *base, u32 id, const char *member,
		      const struct vmbtf_tags *tags)
{
	const struct btf_type *t = btf__type_by_id(base->btf, id);
	const struct vmbtf_tags *whole = &base->types[id];

	if (tags->host || (!tags->when[0] && !tags->undriven))
		return;
	base->notes[base->nr_notes++] = (struct vmbtf_note){
		.type = whole->name ? whole->name : btf__name_by_offset(base->btf, t->name_off),
		.member = member,
		.tags = tags,
		.undriven = tags->undriven,
		.kind = btf_kind(t),
	};
}

static void base_read_notes(struct vmbtf_base *base)
{
	for (u32 id = 1; id < base->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(base->btf, id);
		const struct vmbtf_tags *tags = &base->members[base->first_member[id]];

		base_note(base, id, NULL, &base->types[id]);
		for (u32 i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
			u32 name_off = btf_members(t)[i].name_off;

			base_note(base, id, btf__name_by_offset(base->btf, name_off), &tags[i]);
		}
	}
}

/* Where each struct's members begin in the flat array; returns how many there are. */
static u32 base_number_members(struct vmbtf_base *base)
{
	u32 nr = 0;

	for (u32 id = 1; id < base->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(base->btf, id);

		base->first_member[id] = nr;
		if (btf_is_composite(t))
			nr += btf_vlen(t);
	}
	return nr;
}

static int base_read(struct vmbtf_base *base)
{
	u32 nr_members;

	base->nr_types = btf__type_cnt(base->btf);
	base->types = calloc(base->nr_types, sizeof(*base->types));
	base->first_member = calloc(base->nr_types, sizeof(*base->first_member));
	if (!base->types || !base->first_member)
		return -ENOMEM;

	nr_members = base_number_members(base);
	base->members = calloc(nr_members + 1, sizeof(*base->members));
	base->notes = calloc(nr_members + base->nr_types, sizeof(*base->notes));
	if (!base->members || !base->notes)
		return -ENOMEM;

	base_read_tags(base);
	base_read_notes(base);
	return 0;
}

int vmbtf_base_create(struct vmbtf_base **out)
{
	u32 size = ks_vmlinux_btf_end - ks_vmlinux_btf_start;
	struct vmbtf_base *base = calloc(1, sizeof(*base));
	int err = -ENOMEM;

	if (!base)
		return err;
	base->btf = btf__new(ks_vmlinux_btf_start, size);
	err = base->btf ? base_read(base) : -errno;
	if (err) {
		vmbtf_base_destroy(base);
		return err;
	}
	*out = base;
	return 0;
}

void vmbtf_base_destroy(struct vmbtf_base *base)
{
	if (!base)
		return;
	btf__free(base->btf);
	free(base->types);
	free(base->members);
	free(base->first_member);
	free(base->notes);
	free(base);
}

bool vmbtf_note_within(const struct vmbtf_note *n, const struct profile *prof)
{
	return vmbtf_tags_present(n->tags, prof);
}

bool vmbtf_note_dated(const struct vmbtf_note *n)
{
	return n->tags->when[0];
}

const struct vmbtf_note *vmbtf_note_at(const struct vmbtf_base *base, u32 i)
{
	return i < base->nr_notes ? &base->notes[i] : NULL;
}

static const char *base_name(const struct vmbtf_base *base, const struct vmbtf_tags *tags, u32 off)
{
	return tags->name ? tags->name : btf__name_by_offset(base->btf, off);
}

/* Members of a nameless struct or union are the outer one's. */
static bool base_has_member(const struct vmbtf_base *base, u32 id, const char *member)
{
	const struct btf_type *t;

	id = btf__resolve_type(base->btf, id);
	t = btf__type_by_id(base->btf, id);
	for (u32 i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct vmbtf_tags *tags = &base->members[base->first_member[id] + i];
		const char *name = base_name(base, tags, m->name_off);

		if (tags->host)
			continue;
		if (*name ? !strcmp(name, member) : base_has_member(base, m->type, member))
			return true;
	}
	return false;
}

bool vmbtf_base_has(const struct vmbtf_base *base, const char *type, const char *member)
{
	for (u32 id = 1; id < base->nr_types; id++) {
		const struct btf_type *t = btf__type_by_id(base->btf, id);

		if (!t->name_off || base->types[id].host ||
		    (!btf_is_composite(t) && !btf_is_typedef(t) && !btf_is_any_enum(t)))
			continue;
		if (!strcmp(base_name(base, &base->types[id], t->name_off), type) &&
		    (!member || base_has_member(base, id, member)))
			return true;
	}
	return false;
}

bool vmbtf_undriven(const struct vmbtf_base *base, const char *type, const char *member)
{
	for (u32 i = 0; i < base->nr_notes; i++) {
		const struct vmbtf_note *n = &base->notes[i];

		if (n->undriven && n->member && !strcmp(n->type, type) &&
		    !strcmp(n->member, member))
			return true;
	}
	return false;
}

int vmbtf_create(const struct profile *prof, struct btf_types **out)
{
	struct btf_types *bt = calloc(1, sizeof(*bt));
	struct vmbtf_base *base = NULL;
	int err = -ENOMEM;

	if (!bt)
		return err;
	err = vmbtf_base_create(&base);
	if (!err)
		err = vmbtf_filter(base, prof, &bt->btf);
	if (!err) {
		bt->id = 1;
		bt->raw = btf__raw_data(bt->btf, &bt->raw_size);
		err = bt->raw ? 0 : -ENOMEM;
	}
	vmbtf_base_destroy(base);
	if (err) {
		vmbtf_destroy(bt);
		return err;
	}
	*out = bt;
	return 0;
}

void vmbtf_destroy(struct btf_types *bt)
{
	if (!bt)
		return;
	btf__free(bt->btf);
	free(bt);
}

u32 vmbtf_find(const struct btf_types *bt, const char *name, u32 kind)
{
	s32 id = btf__find_by_name_kind(bt->btf, name, kind);

	return id < 0 ? 0 : id;
}

bool vmbtf_has_member(const struct btf_types *bt, const char *type, const char *member)
{
	u32 id = vmbtf_find(bt, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id ? btf__type_by_id(bt->btf, id) : NULL;

	for (u32 i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(bt->btf, btf_members(t)[i].name_off), member))
			return true;
	return false;
}
