// SPDX-License-Identifier: GPL-2.0-only
/*
 * types.c - a kernel's types as facts, a line each, sorted, so that the profiles can be
 * held to the real kernels' BTF without having it.
 *
 *	types KERNEL			of a profile
 *	types --real FILE		of a real kernel's raw BTF, as far as it concerns us: what
 *					a profile has by that name, and all of sched_ext
 *
 *	kfunc	scx_bpf_now	u64 ()
 *	enum	SCX_ENQ_HEAD	0x10000
 *	order	sched_ext_ops	select_cpu enqueue ...
 *	member	task_struct.on_rq	int1
 *	func	resched_curr	void (struct rq *rq)
 *	tp	sched_switch	void (void *, bool, ...)
 *	var	runqueues	struct rq
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "abi/btf.h"
#include "abi/profile.h"

#define TEXT_MAX 2048
#define NAMES_MAX 16384

/* names that concern us: "struct rq", "enum x" and so on; NULL: all do */
static char **names;
static u32 nr_names;
static char *lines[65536];
static u32 nr_lines;

static void die(const char *what, const char *with)
{
	fprintf(stderr, "types: %s: %s\n", what, with);
	exit(2);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *name_of(const struct btf *btf, u32 off)
{
	return btf__name_by_offset(btf, off);
}

static void put(const char *kind, const char *name, const char *value)
{
	if (nr_lines == ARRAY_SIZE(lines) ||
	    asprintf(&lines[nr_lines++], "%s\t%s\t%s", kind, name, value) < 0)
		die("no room", name);
}

static void put_lines(void)
{
	qsort(lines, nr_lines, sizeof(*lines), by_text);
	for (u32 i = 0; i < nr_lines; i++)
		if (!i || strcmp(lines[i], lines[i - 1]))
			puts(lines[i]);
}

/* ---- which concern us ---- */

static bool about_scx(const char *name)
{
	return !strncmp(name, "scx_", 4) || !strncmp(name, "SCX_", 4) ||
	       !strncmp(name, "__SCX_", 6) || !strncmp(name, "__scx_bpf_", 10) ||
	       !strncmp(name, "sched_ext", 9) || !strncmp(name, "bpf_iter_scx", 12);
}

static bool wanted(const char *kind, const char *name)
{
	char key[256], *p = key;

	if (!names || (about_scx(name) && strcmp(kind, "var")))
		return true;
	snprintf(key, sizeof(key), "%s %s", kind, name);
	return bsearch(&p, names, nr_names, sizeof(*names), by_text);
}

static void want(const char *kind, const char *name)
{
	if (!*name)
		return;
	if (nr_names == NAMES_MAX || asprintf(&names[nr_names++], "%s %s", kind, name) < 0)
		die("no room", name);
}

static void want_type(const struct btf *btf, const struct btf_type *t)
{
	const char *name = name_of(btf, t->name_off);

	if (btf_is_composite(t))
		want("struct", name);
	else if (btf_is_var(t))
		want("var", name);
	else if (btf_is_func(t) || btf_is_typedef(t))
		want("name", name);
	for (u32 i = 0; btf_is_any_enum(t) && i < btf_vlen(t); i++)
		want("enum", name_of(btf, btf_is_enum(t) ? btf_enum(t)[i].name_off :
							   btf_enum64(t)[i].name_off));
}

/* Of any profile: what one has, another may lack wrongly. */
static void want_what_profiles_have(void)
{
	const struct profile *prof;
	struct btf_types *bt;

	names = calloc(NAMES_MAX * 16, sizeof(*names));
	for (u32 i = 0; (prof = profile_at(i)); i++) {
		if (vmbtf_create(prof, &bt))
			die("cannot make the types", prof->name);
		for (u32 id = 1; id < btf__type_cnt(bt->btf); id++)
			want_type(bt->btf, btf__type_by_id(bt->btf, id));
		vmbtf_destroy(bt);
		qsort(names, nr_names, sizeof(*names), by_text);
		u32 kept = 0;
		for (u32 n = 0; n < nr_names; n++)
			if (!kept || strcmp(names[kept - 1], names[n]))
				names[kept++] = names[n];
		nr_names = kept;
	}
}

/* ---- types in words ---- */

/* gcc's and clang's names of the same */
static const char *int_name(const char *name)
{
	static const char *const same[][2] = {
		{ "long int", "long" },
		{ "long unsigned int", "unsigned long" },
		{ "long long int", "long long" },
		{ "_Bool", "bool" },
		{ "long long unsigned int", "unsigned long long" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(same); i++)
		if (!strcmp(same[i][0], name))
			return same[i][1];
	return name;
}

/* As C would have it, declarators left out; modifiers that CO-RE and callers ignore too. */
static void c_type(const struct btf *btf, u32 id, char *buf, size_t len)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	char inner[200];

	if (!id) {
		snprintf(buf, len, "void");
		return;
	}
	switch (btf_kind(t)) {
	case BTF_KIND_CONST:
		c_type(btf, t->type, inner, sizeof(inner));
		snprintf(buf, len, "const %s", inner);
		break;
	case BTF_KIND_PTR:
		c_type(btf, t->type, inner, sizeof(inner));
		snprintf(buf, len, "%s *", inner);
		break;
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		c_type(btf, t->type, buf, len);
		break;
	case BTF_KIND_FUNC_PROTO:
		snprintf(buf, len, "function");
		break;
	case BTF_KIND_ARRAY:
		c_type(btf, btf_array(t)->type, inner, sizeof(inner));
		snprintf(buf, len, "%s[%u]", inner, btf_array(t)->nelems);
		break;
	case BTF_KIND_INT:
		snprintf(buf, len, "%s", int_name(name_of(btf, t->name_off)));
		break;
	default:
		snprintf(buf, len, "%s%s",
			 btf_is_struct(t)   ? "struct " :
			 btf_is_union(t)    ? "union " :
			 btf_is_any_enum(t) ? "enum " :
			 btf_is_fwd(t)	    ? "struct " :
					      "",
			 name_of(btf, t->name_off));
	}
}

static void c_proto(const struct btf *btf, u32 id, char *buf, size_t len)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	char type[256];
	size_t used;

	c_type(btf, t->type, type, sizeof(type));
	used = snprintf(buf, len, "%s (", type);
	for (u32 i = 0; i < btf_vlen(t) && used < len; i++) {
		const struct btf_param *p = &btf_params(t)[i];

		c_type(btf, p->type, type, sizeof(type));
		used += snprintf(buf + used, len - used, "%s%s%s%s", i ? ", " : "", type,
				 p->name_off ? " " : "", name_of(btf, p->name_off));
	}
	if (used < len)
		snprintf(buf + used, len - used, ")");
}

/* What a relocated access depends on: the kind, an integer's size, a composite's name. */
static void core_type(const struct btf *btf, u32 id, char *buf, size_t len)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, id));
	char inner[200];

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	if (btf_is_int(t) || btf_is_any_enum(t)) {
		snprintf(buf, len, "int%u", t->size);
	} else if (btf_is_ptr(t)) {
		snprintf(buf, len, "pointer");
	} else if (btf_is_array(t)) {
		core_type(btf, btf_array(t)->type, inner, sizeof(inner));
		snprintf(buf, len, "array of %s", inner);
	} else if (btf_is_composite(t)) {
		snprintf(buf, len, "%s %s", btf_is_struct(t) ? "struct" : "union",
			 name_of(btf, t->name_off));
	} else {
		snprintf(buf, len, "?");
	}
}

/* ---- the facts ---- */

static void put_members(const struct btf *btf, const struct btf_type *t, const char *outer)
{
	char name[256], type[256];

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct btf_type *in = btf__type_by_id(btf, btf__resolve_type(btf, m->type));

		if (!m->name_off) {
			if (in && btf_is_composite(in))
				put_members(btf, in, outer);
			continue;
		}
		snprintf(name, sizeof(name), "%.100s.%.100s", outer, name_of(btf, m->name_off));
		core_type(btf, m->type, type, sizeof(type));
		put("member", name, type);
	}
}

static void put_order(const struct btf *btf, const struct btf_type *t, const char *name)
{
	char order[TEXT_MAX];
	size_t used = 0;

	for (u32 i = 0; i < btf_vlen(t) && used < sizeof(order); i++)
		used += snprintf(order + used, sizeof(order) - used, "%s%s", i ? " " : "",
				 name_of(btf, btf_members(t)[i].name_off));
	put("order", name, order);
}

static void put_struct(const struct btf *btf, const struct btf_type *t)
{
	const char *name = name_of(btf, t->name_off);

	if (!*name || !wanted("struct", name))
		return;
	if (!strcmp(name, "sched_ext_ops") || !strcmp(name, "sched_ext_ops_cid"))
		put_order(btf, t, name);
	put_members(btf, t, name);
}

static void put_enum(const struct btf *btf, const struct btf_type *t)
{
	char value[32];

	for (u32 i = 0; i < btf_vlen(t); i++) {
		bool small = btf_is_enum(t);
		const char *name =
			name_of(btf, small ? btf_enum(t)[i].name_off : btf_enum64(t)[i].name_off);

		snprintf(value, sizeof(value), "0x%llx",
			 small ? (u32)btf_enum(t)[i].val :
				 (unsigned long long)btf_enum64_value(&btf_enum64(t)[i]));
		if (wanted("enum", name))
			put("enum", name, value);
	}
}

/* ids of FUNCs that have the tag */
static bool *find_kfuncs(const struct btf *btf)
{
	u32 nr = btf__type_cnt(btf);
	bool *is = calloc(nr, sizeof(*is));

	for (u32 id = 1; is && id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_decl_tag(t) && !strcmp(name_of(btf, t->name_off), "bpf_kfunc"))
			is[t->type] = true;
	}
	return is ? is : (die("no memory", "kfuncs"), is);
}

static void put_func(const struct btf *btf, const struct btf_type *t, bool is_kfunc)
{
	const char *name = name_of(btf, t->name_off);
	char proto[TEXT_MAX];

	/* functions of ext.c that are no kfuncs concern us if a program may attach there */
	if (!wanted("name", name) || (names && !is_kfunc && about_scx(name) &&
				      strncmp(name, "scx_tick", 9) && !strstr(name, "marker")))
		return;
	c_proto(btf, t->type, proto, sizeof(proto));
	put(is_kfunc ? "kfunc" : "func", name, proto);
}

static void put_tracepoint(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_type *ptr = btf__type_by_id(btf, t->type);
	const char *name = name_of(btf, t->name_off);
	char proto[TEXT_MAX];

	if (strncmp(name, "btf_trace_", 10) || !btf_is_ptr(ptr) || !wanted("name", name))
		return;
	c_proto(btf, ptr->type, proto, sizeof(proto));
	put("tp", name + 10, proto);
}

static void put_facts(const struct btf *btf)
{
	bool *is_kfunc = find_kfuncs(btf);
	char type[256];

	for (u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_composite(t)) {
			put_struct(btf, t);
		} else if (btf_is_any_enum(t)) {
			put_enum(btf, t);
		} else if (btf_is_func(t)) {
			put_func(btf, t, is_kfunc[id]);
		} else if (btf_is_typedef(t)) {
			put_tracepoint(btf, t);
		} else if (btf_is_var(t) && wanted("var", name_of(btf, t->name_off))) {
			c_type(btf, t->type, type, sizeof(type));
			put("var", name_of(btf, t->name_off), type);
		}
	}
	free(is_kfunc);
}

int main(int argc, char **argv)
{
	const struct profile *prof;
	struct btf_types *bt;
	struct btf *real;

	if (argc == 3 && !strcmp(argv[1], "--real")) {
		want_what_profiles_have();
		real = btf__parse(argv[2], NULL);
		if (!real)
			die(argv[2], strerror(errno));
		put_facts(real);
		btf__free(real);
	} else if (argc == 2) {
		prof = profile_find(argv[1]);
		if (!prof || vmbtf_create(prof, &bt))
			die(argv[1], "no such kernel");
		put_facts(bt->btf);
		vmbtf_destroy(bt);
	} else {
		die("usage", "types KERNEL | types --real FILE");
	}
	put_lines();
	return 0;
}
