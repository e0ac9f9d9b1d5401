// SPDX-License-Identifier: GPL-2.0-only
/*
 * inspect.c - what an object needs of the machine, what of it is missing, what is left
 * to whoever loads it, and what became of loading. Whether it can run is never guessed.
 *
 *	scx_x.bpf.o on kernel 6.12: can run
 *	programs   8, 312 instructions: x_enqueue (struct_ops), ...
 *	kfuncs     scx_bpf_create_dsq, ...
 *	           absent on 6.12: scx_bpf_dsq_insert, ...
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include "abi/facts.h"
#include "base/json_out.h"
#include "base/printable.h"
#include "abi/profile.h"
#include "api/handle.h"
#include "api/inspect.h"
#include "api/kernels.h"
#include "api/typed.h"
#include "bpf/map.h"
#include "kern/hooks.h"
#include "kern/machine.h"

#define WIDTH 100
#define INDENT 11

static const char *const verdict_names[NR_VERDICTS] = {
	"works",
	"absent",
	"not modelled",
	"not driven",
};

/* ---- collecting ---- */

static struct finding *find(struct report *r, const char *section, const char *name)
{
	u32 i;

	for (i = 0; i < r->nr; i++)
		if (!strcmp(r->at[i].section, section) && !strcmp(r->at[i].name, name))
			return &r->at[i];
	return NULL;
}

static struct finding *append(struct report *r)
{
	struct finding *at = r->at;

	if (!(r->nr & (r->nr - 1)))
		at = realloc(at, (r->nr ? 2 * r->nr : 1) * sizeof(*at));
	if (!at) {
		r->no_memory = true;
		return NULL;
	}
	r->at = at;
	return &at[r->nr++];
}

void report_add(struct report *r, const char *section, const char *name, enum verdict verdict,
		bool fatal, const char *detail, ...)
{
	struct finding *f = find(r, section, name);
	va_list ap;

	if (!f) {
		f = append(r);
		if (!f)
			return;
		*f = (struct finding){ .section = section, .verdict = verdict };
		snprintf(f->name, sizeof(f->name), "%s", name);
		va_start(ap, detail);
		vsnprintf(f->detail, sizeof(f->detail), detail, ap);
		va_end(ap);
	}
	f->fatal |= fatal;
}

static void add_ops(struct report *r)
{
	const struct btf *btf = bpf_object__btf(r->obj->obj);
	const struct btf_type *t;
	const u8 *data;
	void *func;
	u32 i;

	if (!r->obj->ops)
		return;
	t = btf__type_by_id(btf, bpf_map__btf_value_type_id(r->obj->ops));
	data = bpf_map__initial_value(r->obj->ops, NULL);
	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (!btf_is_ptr(btf__type_by_id(btf, m->type)))
			continue;
		memcpy(&func, data + m->offset / 8, sizeof(func));
		if (func)
			report_add(r, "ops", btf__name_by_offset(btf, m->name_off), V_WORKS, false,
				   "%s", bpf_map__name(r->obj->ops));
	}
}

/* fentry, tp_btf and the like that nothing in the model would call */
static bool lacks_target(const struct bpf_program *prog)
{
	const char *target = strrchr(bpf_program__section_name(prog), '/');

	return bpf_program__type(prog) == BPF_PROG_TYPE_TRACING && target &&
	       bpf_program__expected_attach_type(prog) != BPF_TRACE_ITER &&
	       !hook_exists(target + 1);
}

static void add_programs(struct report *r)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, r->obj->obj) {
		bool lacks = lacks_target(prog), wanted = bpf_program__autoload(prog);

		report_add(r, "programs", bpf_program__name(prog), lacks ? V_UNMODELLED : V_WORKS,
			   lacks && wanted, "%s, %zu insns%s", bpf_program__section_name(prog),
			   bpf_program__insn_cnt(prog), wanted ? "" : ", optional");
	}
}

static bool map_type_exists(enum bpf_map_type type)
{
	const struct map_ops *const *ops;

	for (ops = map_types; *ops; ops++)
		if ((*ops)->type == type)
			return true;
	return false;
}

static void add_maps(struct report *r)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, r->obj->obj) {
		bool there = map_type_exists(bpf_map__type(map));

		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		report_add(r, "maps", bpf_map__name(map), there ? V_WORKS : V_UNMODELLED, !there,
			   "%s, value %u, entries %u", libbpf_bpf_map_type_str(bpf_map__type(map)),
			   bpf_map__value_size(map), bpf_map__max_entries(map));
	}
}

/* ---- what is left to the loader ---- */

static void add_constants(struct report *r, const struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(r->obj->obj);
	const struct btf_type *sec = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
	size_t size;
	const u8 *data = bpf_map__initial_value(map, &size);
	u32 i;

	if (!sec || !btf_is_datasec(sec) || !data)
		return;
	for (i = 0; i < btf_vlen(sec); i++) {
		const struct btf_var_secinfo *info = btf_var_secinfos(sec) + i;
		const struct btf_type *var = btf__type_by_id(btf, info->type);
		const char *name = btf__name_by_offset(btf, var->name_off);
		json_t *value;
		char *text;

		if (strchr(name, '.') || has_prefix(name, "__") || strstr(name, "____fmt") ||
		    btf_var(var)->linkage == BTF_VAR_STATIC || info->offset + info->size > size)
			continue;
		value = typed_json_of(btf, var->type, data + info->offset);
		text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
		report_add(r, "set", name, V_WORKS, false, "%s", text ? text : "");
		free(text);
		json_decref(value);
	}
}

static void add_loader(struct report *r)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_map(map, r->obj->obj) {
		enum bpf_map_type type = bpf_map__type(map);

		if (strstr(bpf_map__name(map), ".rodata"))
			add_constants(r, map);
		else if (!bpf_map__max_entries(map) && type != BPF_MAP_TYPE_TASK_STORAGE &&
			 type != BPF_MAP_TYPE_CGRP_STORAGE && type != BPF_MAP_TYPE_INODE_STORAGE &&
			 type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			report_add(r, "size", bpf_map__name(map), V_WORKS, false, "%s", "");
		if (type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS)
			report_add(r, "fill", bpf_map__name(map), V_WORKS, false, "%s", "");
	}
	bpf_object__for_each_program(prog, r->obj->obj)
		if (bpf_program__type(prog) == BPF_PROG_TYPE_SYSCALL)
			report_add(r, "run", bpf_program__name(prog), V_WORKS, false, "%s", "");
}

/* An object that loads lacks nothing that it needs. */
static void forgive(struct report *r)
{
	u32 i;

	for (i = 0; i < r->nr; i++)
		r->at[i].fatal = false;
}

/* Loading first: it tells what is needed, and its checks are the only ones. */
static int collect(struct report *r, struct ks_object *obj)
{
	r->obj = obj;
	if (obj->state == OBJECT_OPEN && !obj->fault)
		ks_object_load(obj);
	add_ops(r);
	add_programs(r);
	add_maps(r);
	inspect_elf(r);
	add_loader(r);
	if (!obj->fault)
		forgive(r);
	return r->no_memory ? api_fail(KS_LOAD, "out of memory") : KS_OK;
}

static int verdict_of(const struct report *r)
{
	const struct ks_object *obj = r->obj;

	return obj->fault ? api_fail(obj->fault, "%s", obj->fault_text) : KS_OK;
}

/* ---- for people: a section is a paragraph, what does not work a line of its own ---- */

struct column {
	FILE *out;
	u32 at;
	bool any;
};

static void put_word(struct column *c, const char *text)
{
	u32 n = strlen(text);

	if (c->any)
		fputc(',', c->out);
	if (c->any && c->at + n + 3 > WIDTH) {
		fprintf(c->out, "\n%*s", INDENT, "");
		c->at = INDENT;
	} else if (c->any) {
		fputc(' ', c->out);
		c->at += 2;
	}
	fputs(text, c->out);
	c->at += n;
	c->any = true;
}

static void put_finding(struct column *c, const struct finding *f, bool details)
{
	char text[192];

	if (!strcmp(f->section, "set"))
		snprintf(text, sizeof(text), "%s=%.24s", f->name, f->detail);
	else if (details && *f->detail)
		snprintf(text, sizeof(text), "%s (%s)%s", f->name, f->detail,
			 f->fatal ? " NEEDED" : "");
	else
		snprintf(text, sizeof(text), "%s%s", f->name, f->fatal ? " NEEDED" : "");
	put_word(c, text);
}

static int put_title(const struct report *r, const char *title, enum verdict v, FILE *out)
{
	if (v == V_WORKS)
		return fprintf(out, "%-*s", INDENT, title);
	if (v == V_ABSENT)
		return fprintf(out, "%-*sabsent on %s: ", INDENT, title, r->obj->km->m->prof->name);
	return fprintf(out, "%-*s%s: ", INDENT, title, verdict_names[v]);
}

static void put_section(const struct report *r, const char *section, const char *title,
			bool details, FILE *out)
{
	bool titled = false;
	u32 v, i;

	for (v = 0; v < NR_VERDICTS; v++) {
		struct column c = { out, INDENT };

		for (i = 0; i < r->nr; i++) {
			const struct finding *f = &r->at[i];

			if (f->verdict != v || strcmp(f->section, section))
				continue;
			if (!c.any)
				c.at += put_title(r, titled ? "" : title, v, out) - INDENT;
			titled = true;
			put_finding(&c, f, details);
		}
		if (c.any)
			fputc('\n', out);
	}
}

KS_PUBLIC int ks_object_inspect(struct ks_object *obj, FILE *out)
{
	struct report r = { 0 };
	struct printable p;
	int err;

	if (api_enter_object(obj, API_OUTSIDE, ~0u) || api_need(out))
		return KS_USAGE;
	err = collect(&r, obj);
	if (!err) {
		out = printable_begin(&p, out);
		fprintf(out, "%s on kernel %s: %s\n", obj->name, obj->km->m->prof->name,
			obj->fault ? "cannot run" : "can run");
		put_section(&r, "ops", "ops", false, out);
		put_section(&r, "programs", "programs", true, out);
		put_section(&r, "maps", "maps", true, out);
		put_section(&r, "kfuncs", "kfuncs", false, out);
		put_section(&r, "helpers", "helpers", false, out);
		put_section(&r, "variables", "variables", false, out);
		put_section(&r, "kconfig", "kconfig", false, out);
		put_section(&r, "types", "types", false, out);
		put_section(&r, "enumerators", "enumerators", false, out);
		put_section(&r, "set", "--set", false, out);
		put_section(&r, "size", "--resize", false, out);
		put_section(&r, "fill", "--set-map", false, out);
		put_section(&r, "run", "--run-prog", false, out);
		printable_end(&p);
		err = verdict_of(&r);
	}
	free(r.at);
	return err;
}

/* ---- by kernel ---- */

static bool uses_kfunc(const struct report *r, const char *name)
{
	char kernel[96];

	for (u32 i = 0; i < r->nr; i++) {
		inspect_kernel_name(r->at[i].name, kernel, sizeof(kernel));
		if (!strcmp(r->at[i].section, "kfuncs") && !strcmp(kernel, name))
			return true;
	}
	return false;
}

/* Does the object have a kfunc, or an op ("ops.x"), that begins so? */
static bool uses_word(const struct report *r, const char *word, size_t len)
{
	bool op = len > 4 && has_prefix(word, "ops.");

	for (u32 i = 0; i < r->nr; i++)
		if (!strcmp(r->at[i].section, op ? "ops" : "kfuncs") &&
		    !strncmp(r->at[i].name, op ? word + 4 : word, op ? len - 4 : len))
			return true;
	return false;
}

static bool concerned(const struct report *r, const char *words)
{
	if (!*words)
		return true;
	while (*words) {
		size_t len = strcspn(words, " ");

		if (uses_word(r, words, len))
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

static bool uses_fact(const struct fact *fact, void *arg)
{
	struct report *r = arg;
	const char *member = strchr(fact->name, '.');

	switch (fact->kind) {
	case FACT_KFUNC:
		return uses_kfunc(r, fact->name);
	case FACT_ENUMERATOR:
		return find(r, "enumerators", fact->name);
	case FACT_TYPE:
		return find(r, "types", fact->name) ||
		       (member && has_prefix(fact->name, "sched_ext_ops") &&
			find(r, "ops", member + 1));
	default:
		return concerned(r, fact->concerns);
	}
}

KS_PUBLIC int ks_object_kernels(struct ks_object *obj, bool json, FILE *out)
{
	struct report r = { .obj = obj };
	struct facts *f;
	json_t *o;
	int err;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(out))
		return KS_USAGE;
	add_ops(&r); /* nothing is loaded: what this kernel lacks is of no matter */
	inspect_elf(&r);
	err = r.no_memory ? api_fail(KS_LOAD, "out of memory") : kernels_facts(&f);
	if (!err) {
		if (json) {
			o = kernels_json(f, kernels_all(), uses_fact, &r);
			json_object_set_new(o, "object", json_string(obj->name));
			err = kernels_put_json(o, out);
		} else {
			fprintf(out, "%s: what differs between kernels of what it uses\n",
				obj->name);
			profile_facts(out, f, uses_fact, &r);
		}
		facts_destroy(f);
	}
	free(r.at);
	return err;
}

/* ---- for programs ---- */

static json_t *finding_json(const struct finding *f)
{
	json_t *o = json_pack("{s:s, s:s}", "name", f->name, "state", verdict_names[f->verdict]);

	if (f->fatal)
		json_object_set_new(o, "fatal", json_true());
	if (*f->detail)
		json_object_set_new(o, "detail", json_string(f->detail));
	return o;
}

KS_PUBLIC int ks_object_inspect_json(struct ks_object *obj, FILE *out)
{
	struct report r = { 0 };
	json_t *top, *list;
	u32 i;
	int err;

	if (api_enter_object(obj, API_OUTSIDE, ~0u) || api_need(out))
		return KS_USAGE;
	err = collect(&r, obj);
	if (!err) {
		top = json_pack("{s:i, s:s, s:s, s:b}", "schema", 1, "object", obj->name, "kernel",
				obj->km->m->prof->name, "runs", !obj->fault);
		if (obj->fault)
			json_object_set_new(top, "reason", json_string(obj->fault_text));
		for (i = 0; i < r.nr; i++) {
			list = json_object_get(top, r.at[i].section);
			if (!list) {
				list = json_array();
				json_object_set_new(top, r.at[i].section, list);
			}
			json_array_append_new(list, finding_json(&r.at[i]));
		}
		json_out(top, out, JSON_INDENT(2));
		fputc('\n', out);
		json_decref(top);
		err = verdict_of(&r);
	}
	free(r.at);
	return err;
}
