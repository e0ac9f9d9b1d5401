// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - what a scheduler's own loader puts in, done in its stead: map elements,
 * programs to run, and a file that holds all of it.
 *
 *	{
 *	  "programs": {"probe_*": false, "spy": "unattached"},
 *	  "resize": {"cpu_llc": "$cpus"},
 *	  "set":    {"nr_cpus": "$cpus", "cpu_llc": "$llc[]", "ops.timeout_ms": 5000},
 *	  "maps":   {"cfg": [{"key": 0, "value": {"mode": 2}}], "free": [1, 2, 3]},
 *	  "run":    ["arena_init", {"program": "set_llc", "ctx": {"id": 1}}],
 *	  "run_attached": ["after_start"]
 *	}
 *
 * Words of the machine stand for numbers: $cpus, $nodes, $llcs, $cores; with a CPU,
 * $llc(3), $core(3), $node(3), $sibling(3) (the other thread, itself without one); with []
 * a list by CPU. An integer may follow: "$cpus/2", "$llc(3)+1", "$cpus-1", "$cpus*4".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include "api/handle.h"
#include "api/typed.h"
#include "bpf/map_cmd.h"
#include "kern/machine.h"
#include "kern/topology.h"

/* ---- words ---- */

static s64 sibling_of(u32 cpu)
{
	u32 i;

	for (i = 0; i < machine->nr_cpu_ids; i++)
		if (i != cpu && machine->topo[i].core == machine->topo[cpu].core)
			return i;
	return cpu;
}

static bool machine_word(const char *name, size_t n, s64 *v)
{
	const struct topology_spec *t = &machine->config.topo;

	if (n == 4 && !strncmp(name, "cpus", n))
		*v = machine->nr_cpu_ids;
	else if (n == 5 && !strncmp(name, "nodes", n))
		*v = t->nodes;
	else if (n == 4 && !strncmp(name, "llcs", n))
		*v = t->nodes * t->llcs;
	else if (n == 5 && !strncmp(name, "cores", n))
		*v = machine->nr_cpu_ids / t->threads;
	else
		return false;
	return true;
}

static bool cpu_word(const char *name, size_t n, u32 cpu, s64 *v)
{
	const struct cpu_topology *t = &machine->topo[cpu];

	if (n == 3 && !strncmp(name, "llc", n))
		*v = t->llc;
	else if (n == 4 && !strncmp(name, "core", n))
		*v = t->core;
	else if (n == 4 && !strncmp(name, "node", n))
		*v = t->node;
	else if (n == 7 && !strncmp(name, "sibling", n))
		*v = sibling_of(cpu);
	else
		return false;
	return true;
}

/* "", "/2", "+1": false if it is something else */
static bool apply_rest(const char *rest, s64 *v)
{
	char *end;
	s64 by;

	if (!*rest)
		return true;
	by = strtoll(rest + 1, &end, 0);
	if (end == rest + 1 || *end || (*rest == '/' && !by))
		return false;
	switch (*rest) {
	case '+':
		*v += by;
		return true;
	case '-':
		*v -= by;
		return true;
	case '*':
		*v *= by;
		return true;
	case '/':
		*v /= by;
		return true;
	default:
		return false;
	}
}

static json_t *list_by_cpu(const char *name, size_t n, const char *rest)
{
	json_t *list = json_array();
	u32 cpu;
	s64 v;

	for (cpu = 0; list && cpu < machine->nr_cpu_ids; cpu++) {
		if (!cpu_word(name, n, cpu, &v) || !apply_rest(rest, &v)) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, json_integer(v));
	}
	return list;
}

/* @word without its '$'; NULL: no such word */
static json_t *word_value(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
	char *rest;
	u64 cpu;
	s64 v;

	if (has_prefix(word + n, "[]"))
		return list_by_cpu(word, n, word + n + 2);
	if (word[n] != '(')
		return machine_word(word, n, &v) && apply_rest(word + n, &v) ? json_integer(v) :
									       NULL;
	cpu = strtoull(word + n + 1, &rest, 10);
	if (*rest != ')' || cpu >= machine->nr_cpu_ids || !cpu_word(word, n, cpu, &v) ||
	    !apply_rest(rest + 1, &v))
		return NULL;
	return json_integer(v);
}

/* @value with its words replaced: a new reference; NULL after a complaint */
static json_t *expand(const json_t *value)
{
	const char *text = json_string_value(value), *name;
	json_t *out, *item, *with;
	size_t i;

	if (text && *text == '$') {
		out = word_value(text + 1);
		if (!out)
			api_fail(
				KS_USAGE,
				"'%s': no such word of the machine: $cpus, $nodes, $llcs, "
				"$cores, $llc(CPU), $core(CPU), $node(CPU), $sibling(CPU), $llc[]...",
				text);
		return out;
	}
	if (!json_is_array(value) && !json_is_object(value))
		return json_incref((json_t *)value);
	out = json_is_array(value) ? json_array() : json_object();
	json_array_foreach((json_t *)value, i, item) {
		with = expand(item);
		if (!with || json_array_append_new(out, with))
			goto fail;
	}
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, name, item) {
			with = expand(item);
			if (!with || json_object_set_new(out, name, with))
				goto fail;
		}
	}
	return out;
fail:
	json_decref(out);
	return NULL;
}

/* ---- maps ---- */

struct element {
	const struct btf *btf;
	struct map *map;
	u8 *key, *value;
	u32 index; /* of the element in the list: an array's key if none is given */
};

static int store_typed(const struct btf *btf, u32 id, void *data, u32 size, const json_t *v)
{
	const struct typed_spot spot = { btf, id, data, size };
	struct typed_call c = {};
	int err = id ? typed_store(&spot, v, &c) : typed_store_bytes(data, size, v, &c);

	return err ? api_fail(KS_USAGE, "%s", c.err) : KS_OK;
}

static int fill_map(const struct btf *btf, struct map *map, const json_t *list);

/* {"max_entries": N, "elements": [...]}: a map as the outer one's template */
static int make_inner(struct element *e, const json_t *v)
{
	const struct map *meta = e->map->inner_meta;
	json_t *max_entries = json_object_get(v, "max_entries");
	const json_t *elements = json_object_get(v, "elements");
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = meta->flags, .map_extra = meta->extra);
	struct map *inner;
	int fd, err = KS_OK;

	if (!json_is_object(v))
		return api_fail(KS_USAGE,
				"an inner map is due: {} or {\"max_entries\": N, "
				"\"elements\": [...]}");
	fd = bpf_map_create(meta->type, "inner", meta->key_size, meta->value_size,
			    max_entries ? json_integer_value(max_entries) : meta->max_entries,
			    &opts);
	if (fd < 0)
		return api_fail(KS_USAGE, "the inner map cannot be created: %s", strerror(-fd));
	inner = map_from_fd(fd);
	if (elements)
		err = fill_map(e->btf, inner, elements);
	map_put(inner);
	memcpy(e->value, &fd, sizeof(fd));
	return err;
}

static int store_value(struct element *e, const json_t *v)
{
	u32 stride = map_value_stride(e->map), id = e->map->btf_value_type_id, cpu;
	const json_t *item;
	int err = KS_OK;

	if (e->map->inner_meta)
		return make_inner(e, v);
	if (!e->map->ops->percpu)
		return store_typed(e->btf, id, e->value, e->map->value_size, v);
	if (json_is_array(v) && json_array_size(v) != machine->nr_cpu_ids)
		return api_fail(KS_USAGE, "a list of %u values is due, one a CPU",
				machine->nr_cpu_ids);
	for (cpu = 0; !err && cpu < machine->nr_cpu_ids; cpu++) {
		item = json_is_array(v) ? json_array_get(v, cpu) : v;
		err = store_typed(e->btf, id, e->value + cpu * stride, e->map->value_size, item);
	}
	return err;
}

static int store_key(struct element *e, const json_t *key)
{
	memset(e->key, 0, e->map->key_size);
	if (key)
		return store_typed(e->btf, e->map->btf_key_type_id, e->key, e->map->key_size, key);
	if (e->map->key_size == sizeof(e->index))
		memcpy(e->key, &e->index, sizeof(e->index));
	else if (e->map->key_size)
		return api_fail(KS_USAGE, "{\"key\": ..., \"value\": ...} is due");
	return KS_OK;
}

static int put_element(struct element *e, const json_t *item)
{
	const json_t *key = json_object_get(item, "key"), *v = json_object_get(item, "value");
	int err;

	if (!key || !v)
		key = NULL;
	err = store_key(e, key);
	if (err)
		return api_fail(err, "key: %s", ks_error());
	/* what the JSON does not name stays as it is */
	memset(e->value, 0, map_user_value_size(e->map, 0));
	if (e->map->key_size && !e->map->ops->fd_map)
		map_user_lookup(e->map, e->key, e->value, 0);
	err = store_value(e, key ? v : item);
	if (err)
		return api_fail(err, "value: %s", ks_error());
	err = map_user_update(e->map, e->key, e->value, BPF_ANY);
	return err ? api_fail(KS_USAGE, "the kernel refuses it: %s", strerror(-err)) : KS_OK;
}

/* The descriptor of an inner map was only for the update. */
static void drop_inner(const struct element *e)
{
	int fd;

	if (!e->map->inner_meta)
		return;
	memcpy(&fd, e->value, sizeof(fd));
	if (fd > 0)
		close(fd);
}

static int fill_map(const struct btf *btf, struct map *map, const json_t *list)
{
	struct element e = { btf, map, calloc(1, map->key_size + 8),
			     calloc(1, map_user_value_size(map, 0) + 8) };
	const json_t *item;
	size_t i;
	int err = KS_OK;

	if (!json_is_array(list))
		err = api_fail(KS_USAGE,
			       "a list is due, of values or of {\"key\": K, \"value\": V}");
	for (i = 0; !err && e.key && e.value && i < json_array_size(list); i++) {
		item = json_array_get(list, i);
		e.index = i;
		err = put_element(&e, item);
		drop_inner(&e);
		if (err)
			err = api_fail(err, "element %zu: %s", i, ks_error());
	}
	free(e.key);
	free(e.value);
	return err;
}

static int fill_named(struct ks_object *obj, const char *name, const json_t *list)
{
	struct bpf_map *bm = bpf_object__find_map_by_name(obj->obj, name);
	struct map *map = bm ? map_from_fd(bpf_map__fd(bm)) : NULL;
	json_t *with;
	int err = KS_USAGE;

	if (!map)
		return api_fail(KS_USAGE, "%s: has no map '%s'", obj->name, name);
	with = expand(list);
	if (with)
		err = fill_map(bpf_object__btf(obj->obj), map, with);
	json_decref(with);
	map_put(map);
	return err ? api_fail(err, "map '%s': %s", name, ks_error()) : KS_OK;
}

static json_t *parse(const char *text)
{
	json_error_t e;
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &e);

	if (!json)
		api_fail(KS_USAGE, "not JSON: %s (character %d)", e.text, e.position);
	return json;
}

KS_PUBLIC int ks_object_set_map(struct ks_object *obj, const char *assignment)
{
	const char *eq;
	char name[256];
	json_t *json;
	int err;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(assignment))
		return KS_USAGE;
	eq = strchr(assignment, '=');
	if (!eq || eq == assignment)
		return api_fail(KS_USAGE, "'%s': NAME=JSON is due", assignment);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - assignment), assignment);
	json = parse(eq + 1);
	if (!json)
		return api_fail(KS_USAGE, "map '%s': %s", name, ks_error());
	err = fill_named(obj, name, json);
	json_decref(json);
	return err;
}

/* ---- programs ---- */

/* The structure that the program's argument points to; 0: it does not say */
static u32 ctx_type(const struct btf *btf, const char *prog)
{
	s32 id = btf__find_by_name_kind(btf, prog, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	u32 type;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	if (!t || !btf_vlen(t))
		return 0;
	for (type = btf_params(t)->type; (t = btf__type_by_id(btf, type)); type = t->type)
		if (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_ptr(t))
			return btf_is_composite(t) ? type : 0;
	return 0;
}

/* @ctx: an object by the argument's type, or bytes in hexadecimal; NULL: zeros of that type */
static int store_ctx(const struct ks_object *obj, const char *name, const json_t *ctx, u8 *buf,
		     u32 *size)
{
	const struct btf *btf = bpf_object__btf(obj->obj);
	u32 type = ctx_type(btf, name);
	s64 bytes = type ? btf__resolve_size(btf, type) : 0;

	if (json_is_string(ctx)) {
		*size = json_string_length(ctx) / 2;
		return *size > API_CTX_MAX ? api_fail(KS_USAGE, "the context is too long") :
					     store_typed(NULL, 0, buf, *size, ctx);
	}
	*size = bytes > 0 && bytes <= API_CTX_MAX ? bytes : 0;
	if (!ctx)
		return KS_OK;
	if (!*size)
		return api_fail(KS_USAGE,
				"its argument has no structure: bytes in hexadecimal are due");
	return store_typed(btf, type, buf, *size, ctx);
}

/* A loader takes a negative value for an error. */
static int run_and_judge(struct ks_object *obj, struct bpf_program *prog, void *ctx, u32 size)
{
	const char *name = bpf_program__name(prog);
	u32 ret;
	int err = call_run(obj, prog, ctx, size, &ret);

	if (err)
		return err;
	if ((s32)ret < 0)
		return api_fail(KS_LOAD, "%s: program '%s' returned %d", obj->name, name, (s32)ret);
	api_log(obj->km, KS_INFO, "%s: program '%s' returned %u", obj->name, name, ret);
	return KS_OK;
}

static int run_named(struct ks_object *obj, const char *name, const json_t *ctx)
{
	struct bpf_program *prog = call_find(obj, name);
	json_t *with = ctx ? expand(ctx) : NULL;
	u8 *buf = calloc(1, API_CTX_MAX);
	u32 size = 0;
	int err = KS_USAGE;

	if (prog && buf && (with || !ctx))
		err = store_ctx(obj, name, with, buf, &size);
	if (!err)
		err = run_and_judge(obj, prog, buf, size);
	else if (prog)
		api_fail(err, "program '%s': %s", name, ks_error());
	json_decref(with);
	free(buf);
	return err;
}

KS_PUBLIC int ks_object_run_prog(struct ks_object *obj, const char *call)
{
	const char *colon;
	json_t *ctx = NULL;
	char name[256];
	int err;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_LOADED | OBJECT_ATTACHED) || api_need(call))
		return KS_USAGE;
	colon = strchr(call, ':');
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(call, ":"), call);
	if (colon) {
		ctx = strspn(colon + 1, "0123456789abcdefABCDEF") == strlen(colon + 1) ?
			      json_string(colon + 1) :
			      parse(colon + 1);
		if (!ctx)
			return api_fail(KS_USAGE, "program '%s': %s", name, ks_error());
	}
	err = run_named(obj, name, ctx);
	json_decref(ctx);
	return err;
}

/* ---- the file ---- */

static int resize_one(struct ks_object *obj, const char *name, const json_t *v)
{
	char text[320];

	if (!json_is_integer(v))
		return api_fail(KS_USAGE, "resize '%s': a number is due", name);
	snprintf(text, sizeof(text), "%s=%lld", name, (long long)json_integer_value(v));
	return variable_resize(obj, text);
}

static int for_each_key(struct ks_object *obj, const json_t *section,
			int (*fn)(struct ks_object *, const char *, const json_t *))
{
	const json_t *item;
	const char *name;
	json_t *with;
	int err = KS_OK;

	if (!section)
		return KS_OK;
	if (!json_is_object(section))
		return api_fail(KS_USAGE, "an object is due, {\"name\": value, ...}");
	json_object_foreach((json_t *)section, name, item) {
		with = expand(item);
		err = with ? fn(obj, name, with) : KS_USAGE;
		json_decref(with);
		if (err)
			return err;
	}
	return KS_OK;
}

static int run_one(struct ks_object *obj, const json_t *item)
{
	const char *name =
		json_string_value(json_is_object(item) ? json_object_get(item, "program") : item);

	if (!name)
		return api_fail(KS_USAGE,
				"a program's name is due, or {\"program\": NAME, "
				"\"ctx\": ...}");
	return run_named(obj, name, json_object_get(item, "ctx"));
}

static int run_list(struct ks_object *obj, const json_t *list)
{
	size_t i;
	int err = KS_OK;

	if (list && !json_is_array(list))
		return api_fail(KS_USAGE, "a list of programs is due");
	for (i = 0; !err && i < json_array_size(list); i++)
		err = run_one(obj, json_array_get(list, i));
	return err;
}

static int check_keys(const json_t *file)
{
	static const char *const known[] = { "programs", "resize", "set",
					     "maps",	 "run",	   "run_attached" };
	const json_t *item;
	const char *name;
	u32 i;

	if (!json_is_object(file))
		return api_fail(KS_USAGE, "an object is due");
	json_object_foreach((json_t *)file, name, item) {
		for (i = 0; i < ARRAY_SIZE(known) && strcmp(name, known[i]); i++)
			;
		if (i == ARRAY_SIZE(known))
			return api_fail(KS_USAGE,
					"'%s' is unknown: programs, resize, set, maps, "
					"run, run_attached",
					name);
	}
	return KS_OK;
}

KS_PUBLIC int ks_object_setup(struct ks_object *obj, const char *path)
{
	struct stat st;
	json_error_t e;
	json_t *file;
	int err;

	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(path))
		return KS_USAGE;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return api_fail(KS_USAGE, "%s: is a directory; a JSON file is due", path);
	file = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	if (!file)
		return e.line > 0 ?
			       api_fail(KS_USAGE, "%s:%d:%d: %s", path, e.line, e.column, e.text) :
			       api_fail(KS_USAGE, "%s: %s", path, e.text);
	json_decref(obj->setup);
	obj->setup = file;
	err = check_keys(file);
	if (!err)
		err = for_each_key(obj, json_object_get(file, "programs"), programs_choose);
	if (!err)
		err = for_each_key(obj, json_object_get(file, "resize"), resize_one);
	if (!err)
		err = for_each_key(obj, json_object_get(file, "set"), variable_store);
	return err ? api_fail(err, "%s: %s", path, ks_error()) : KS_OK;
}

int setup_loaded(struct ks_object *obj)
{
	int err = for_each_key(obj, json_object_get(obj->setup, "maps"), fill_named);

	return err ? err : run_list(obj, json_object_get(obj->setup, "run"));
}

int setup_attached(struct ks_object *obj)
{
	return run_list(obj, json_object_get(obj->setup, "run_attached"));
}

void setup_drop(struct ks_object *obj)
{
	json_decref(obj->setup);
}
