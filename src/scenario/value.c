// SPDX-License-Identifier: GPL-2.0-only
/*
 * value.c - an object's memory by BTF type: JSON into it, JSON out of it.
 *
 *	"req.k[0].flags": "SCX_KICK_PREEMPT|SCX_KICK_WAIT"	enumerators by name
 *	"req.pid": {"pid": "C"}					the pid of a task
 *	"req": {"op": 3, "k": [{"cpu": 2}]}			what is not said stays
 *
 * Every write is tried on a copy when the file is read, so that none can fail later.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "api/number.h"
#include "scenario/scenario.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "kern/machine.h"

/* ---- walking ---- */

/* What went wrong with a value goes to the place of the key that is read. */
static int told(struct ks_scenario *s, const struct typed_call *c)
{
	return scn_fail(s, "'%s': %s", s->ps.at.name, c->err);
}

bool scn_walk(struct ks_scenario *s, struct typed_spot *spot, const char *path)
{
	struct typed_call c = {};

	if (typed_walk(spot, &path, &c)) {
		told(s, &c);
		return false;
	}
	if (*path)
		scn_fail(s, "'%s': '.FIELD' or '[INDEX]' is due at '%s'", s->ps.at.name, path);
	return !*path;
}

bool scn_global(struct ks_scenario *s, const char *path, struct variable *v,
		struct typed_spot *spot, const char **rest)
{
	size_t n = strcspn(path, ".[");
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	if (!s->obj || !variable_find(s->obj->obj, name, v))
		return false;
	*spot = (struct typed_spot){ v->btf, v->type_id, variable_data(v), v->size };
	*rest = path + n;
	return spot->data;
}

/* ---- JSON into memory ---- */

static int pid_value(struct ks_scenario *s, const json_t *v, u64 *out)
{
	const struct task_struct *p;
	const char *comm = json_string_value(scn_find(s, v, "pid"));

	if (!comm || json_object_size(v) != 1)
		return scn_fail(s, "an integer or {\"pid\": TASK} is due for '%s'", s->ps.at.name);
	if (!scn_knows_task(s, comm))
		return scn_fail(s, "there is no task '%s'", comm);
	p = scn_next_task(s, comm, NULL);
	*out = p ? p->pid : 0;
	return 0;
}

/* {"pid": COMM} is an integer, too. */
static int special(void *arg, struct typed_call *c, const json_t *v, u64 *out)
{
	struct ks_scenario *s = arg;

	if (!json_is_object(v))
		return 0;
	return pid_value(s, v, out) ? typed_fail(c, "%s", s->err) : 1;
}

static const char *member(void *arg, const char *key)
{
	struct ks_scenario *s = arg;

	jtext_key(key, &s->ps.at);
	return s->ps.at.name;
}

int scn_store(struct ks_scenario *s, const struct typed_spot *spot, const json_t *v)
{
	struct typed_call c = { special, member, s };

	return typed_store(spot, v, &c) ? told(s, &c) : 0;
}

/* ---- "set" ---- */

static bool is_const(const struct variable *v)
{
	return bpf_map__map_flags(v->map) & BPF_F_RDONLY_PROG;
}

static int set_one(struct ks_scenario *s, const struct json_t *v, bool running, bool dry)
{
	u8 *copy = NULL, *data;
	struct typed_spot spot;
	struct variable var;
	const char *rest;
	int err = 0;

	if (!scn_global(s, s->ps.at.name, &var, &spot, &rest))
		return scn_fail(s, "%s has no global variable '%.*s' that could be set",
				s->obj ? s->obj->name : "no object:",
				(int)strcspn(s->ps.at.name, ".["), s->ps.at.name);
	if (running && is_const(&var))
		return scn_fail(s,
				"'%s' is const while the object runs: set it in the scenario's "
				"\"set\"",
				s->ps.at.name);
	data = spot.data;
	if (dry) {
		copy = malloc(spot.size);
		shortage_on(!copy, "out of memory");
		spot.data = memcpy(copy, data, spot.size);
	}
	if (!scn_walk(s, &spot, rest))
		err = -EINVAL;
	if (!err)
		err = scn_store(s, &spot, v);
	free(copy);
	return err;
}

int scn_set(struct ks_scenario *s, const json_t *obj, bool running, bool dry)
{
	const char *key;
	json_t *v;
	int err;

	if (!json_is_object(obj))
		return scn_fail(s, "'%s' must be an object: VARIABLE: VALUE", s->ps.at.name);
	json_object_foreach((json_t *)obj, key, v) {
		jtext_key(key, &s->ps.at);
		err = set_one(s, v, running, dry);
		if (err)
			return err;
	}
	return 0;
}

/* ---- bytes ---- */

int scn_bytes(struct ks_scenario *s, const struct btf *btf, u32 type_id, u32 size, const json_t *v,
	      u8 *data)
{
	const struct btf_type *t = type_id ? typed_skip_mods(btf, type_id) : NULL;
	const struct typed_spot spot = { btf, type_id, data, size };
	struct typed_call c = { special, member, s };
	u64 word;

	if (t && !(json_is_string(v) && btf_is_composite(t)))
		return scn_store(s, &spot, v);
	if (json_is_object(v) && size <= sizeof(word)) {
		if (pid_value(s, v, &word))
			return -EINVAL;
		memcpy(data, &word, size);
		return 0;
	}
	return typed_store_bytes(data, size, v, &c) ? told(s, &c) : 0;
}

/* ---- memory as JSON ---- */

/* "8", or the present value of a global */
static bool range_bound(struct ks_scenario *s, const char *text, size_t n, u64 *out)
{
	char name[128];
	bool negative;
	json_t *v;

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	if (number_is(name, out, &negative))
		return !negative;
	v = scn_object_value(s, name);
	if (!v)
		return false;
	*out = json_integer_value(v);
	json_decref(v);
	return true;
}

/* "[a..b]" at the end of a path: elements a to b - 1, as many as there are */
static json_t *range_json(struct ks_scenario *s, const struct typed_spot *array, const char *text)
{
	const char *dots = strstr(text, ".."), *end = strchr(text, ']');
	const struct btf_type *t = typed_skip_mods(array->btf, array->type_id);
	struct typed_call c = {};
	json_t *list;
	u64 from, to, nr;

	if (!end || end[1] || !t || !btf_is_array(t)) {
		scn_fail(s, "'%s': a range stands at the end of the path of an array", text);
		return NULL;
	}
	if (!range_bound(s, text + 1, dots - text - 1, &from) ||
	    !range_bound(s, dots + 2, end - dots - 2, &to))
		return NULL;
	nr = array->size / max((s64)1, (s64)btf__resolve_size(array->btf, btf_array(t)->type));
	list = json_array();
	for (; from < min(to, nr); from++) {
		struct typed_spot e = *array;

		typed_element(&e, from, &c);
		json_array_append_new(list, typed_json(&e));
	}
	return list;
}

/* A range ends a path; what comes before it is walked as any path is. */
static json_t *global_json(struct ks_scenario *s, struct typed_spot *spot, const char *rest)
{
	const char *dots = strstr(rest, ".."),
		   *open = dots ? memrchr(rest, '[', dots - rest) : NULL;
	char path[256];

	if (!open)
		return scn_walk(s, spot, rest) ? typed_json(spot) : NULL;
	snprintf(path, sizeof(path), "%.*s", (int)(open - rest), rest);
	return scn_walk(s, spot, path) ? range_json(s, spot, open) : NULL;
}

/* ---- maps ---- */

static json_t *map_json(struct ks_scenario *s, const char *name)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = text_stream(&text, &n);
	json_t *v = NULL;
	int err = ks_object_dump_map(s->obj, name, f);

	fclose(f);
	if (!err)
		v = json_loads(text, JSON_DECODE_ANY, NULL);
	else
		scn_fail(s, "%s", ks_error());
	free(text);
	return v;
}

/* The key of "[KEY]" as the dump writes it, or as its digits. */
static bool key_is(const json_t *key, const char *text, size_t n)
{
	char *dump = json_dumps(key, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	const char *string = json_string_value(key);
	bool is = dump && strlen(dump) == n && !strncmp(dump, text, n);

	if (!is && string)
		is = strlen(string) == n && !strncmp(string, text, n);
	free(dump);
	return is;
}

static json_t *element_json(struct ks_scenario *s, const json_t *map, const char *path,
			    const char **rest)
{
	const char *end = strchr(path, ']');
	json_t *e;
	size_t i;

	if (!end) {
		scn_fail(s, "'%s': ']' is missing", path);
		return NULL;
	}
	*rest = end + 1;
	json_array_foreach((json_t *)map, i, e)
		if (key_is(json_object_get(e, "key"), path + 1, end - path - 1))
			return json_object_get(e, "value");
	scn_fail(s, "there is no key %.*s", (int)(end - path - 1), path + 1);
	return NULL;
}

/* ".field[2]" of JSON */
static json_t *json_walk(json_t *v, const char *path)
{
	char name[128];
	size_t n;

	while (v && *path) {
		n = strcspn(path + 1, ".[]");
		snprintf(name, sizeof(name), "%.*s", (int)n, path + 1);
		v = *path == '.' ? json_object_get(v, name) :
				   json_array_get(v, strtoul(name, NULL, 0));
		path += 1 + n + (*path == '[' && path[1 + n] == ']');
	}
	return v;
}

static json_t *map_value(struct ks_scenario *s, const char *path)
{
	size_t n = strcspn(path, "[");
	const char *rest = path + n;
	char name[256];
	json_t *map, *v;

	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	map = map_json(s, name);
	v = map;
	if (v && *rest == '[')
		v = element_json(s, map, rest, &rest);
	if (v && *rest) {
		v = json_walk(v, rest);
		if (!v)
			scn_fail(s, "'%s': there is no '%s'", path, rest);
	}
	json_incref(v);
	json_decref(map);
	return v;
}

json_t *scn_object_value(struct ks_scenario *s, const char *path)
{
	struct typed_spot spot;
	struct variable var;
	const char *rest;

	if (!s->obj) {
		scn_fail(s, "'%s': the scenario has no object", path);
		return NULL;
	}
	return scn_global(s, path, &var, &spot, &rest) ? global_json(s, &spot, rest) :
							 map_value(s, path);
}
