// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_json.c - a map's contents. Data sections are an object of their variables;
 * other maps are a list of {"key": ..., "value": ...}, a per-CPU value being a list
 * by CPU:
 *
 *	{"nr_events": 12, "name": "x"}
 *	[{"key": 0, "value": {"hits": 3}}, {"key": 1, "value": {"hits": 0}}]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <jansson.h>
#include "api/handle.h"
#include "api/typed.h"
#include "base/json_out.h"
#include "bpf/btf_object.h"
#include "bpf/map_cmd.h"
#include "kern/machine.h"

struct dump {
	struct map *map;
	const struct btf *btf;
	void *key, *next, *value;
};

static bool is_datasec(const struct btf *btf, u32 id)
{
	const struct btf_type *t = id ? btf__type_by_id(btf, id) : NULL;

	return t && btf_is_datasec(t);
}

/* Without a type: a number if it has the size of one, else the bytes in hexadecimal. */
static json_t *bytes_value(const u8 *data, u32 size)
{
	char *text;
	json_t *value;
	u64 v = 0;
	u32 i;

	if (size == 1 || size == 2 || size == 4 || size == 8) {
		memcpy(&v, data, size);
		return json_integer(v);
	}
	text = calloc(size + 1, 2);
	for (i = 0; text && i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	value = json_string(text ? text : "");
	free(text);
	return value;
}

static json_t *typed(const struct dump *d, u32 type_id, const void *data, u32 size)
{
	return type_id ? typed_json_of(d->btf, type_id, data) : bytes_value(data, size);
}

static json_t *value_json(const struct dump *d)
{
	const struct map *map = d->map;
	json_t *list;
	u32 cpu;

	if (!map->ops->percpu)
		return typed(d, map->btf_value_type_id, d->value, map->value_size);
	list = json_array();
	for (cpu = 0; list && cpu < machine->nr_cpu_ids; cpu++)
		json_array_append_new(list, typed(d, map->btf_value_type_id,
						  (u8 *)d->value + cpu * map_value_stride(map),
						  map->value_size));
	return list;
}

static json_t *element_json(const struct dump *d)
{
	json_t *e = json_object();

	json_object_set_new(e, "key", typed(d, d->map->btf_key_type_id, d->key, d->map->key_size));
	json_object_set_new(e, "value", value_json(d));
	return e;
}

static json_t *elements_json(struct dump *d)
{
	json_t *list = json_array();
	const void *key = NULL;

	while (list && !map_user_next_key(d->map, key, d->next)) {
		memcpy(d->key, d->next, d->map->key_size);
		key = d->key;
		if (!map_user_lookup(d->map, d->key, d->value, 0))
			json_array_append_new(list, element_json(d));
	}
	return list;
}

static json_t *section_json(struct dump *d)
{
	memset(d->key, 0, d->map->key_size);
	if (map_user_lookup(d->map, d->key, d->value, 0))
		return NULL;
	return typed_json_datasec(d->btf, d->map->btf_value_type_id, d->value, d->map->value_size);
}

static json_t *map_json(struct map *map, const struct btf *btf)
{
	struct dump d = { map, btf };
	json_t *json = NULL;

	d.key = calloc(1, map->key_size + 8);
	d.next = calloc(1, map->key_size + 8);
	d.value = calloc(1, map_user_value_size(map, 0) + 8);
	if (d.key && d.next && d.value)
		json = is_datasec(btf, map->btf_value_type_id) ? section_json(&d) :
								 elements_json(&d);
	free(d.key);
	free(d.next);
	free(d.value);
	return json;
}

/* Reading these takes elements away, or they have none that could be walked. */
static bool can_be_walked(const struct map *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_ARENA:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGRP_STORAGE:
	case BPF_MAP_TYPE_STRUCT_OPS:
		return false;
	default:
		return true;
	}
}

struct bpf_map *api_find_map(const struct ks_object *obj, const char *name)
{
	const struct btf *btf = bpf_object__btf(obj->obj);
	struct bpf_map *map;
	const char *sec;
	u32 id;

	map = bpf_object__find_map_by_name(obj->obj, name);
	if (map)
		return map;
	bpf_object__for_each_map(map, obj->obj) {
		id = bpf_map__btf_value_type_id(map);
		if (!is_datasec(btf, id))
			continue;
		sec = btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
		if (!strcmp(sec, name) || (*sec == '.' && !strcmp(sec + 1, name)))
			return map;
	}
	return NULL;
}

static int write_json(json_t *json, const char *name, FILE *out)
{
	int err;

	if (!json)
		return api_fail(KS_USAGE, "map '%s' cannot be read", name);
	err = json_out(json, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(json);
	return err ? api_fail(KS_USAGE, "map '%s' cannot be written: %s", name, strerror(errno)) :
		     KS_OK;
}

KS_PUBLIC int ks_object_check_map(struct ks_object *obj, const char *name)
{
	int err = api_enter_object(obj, API_ANYWHERE, ~0u) || api_need(name);

	if (err)
		return KS_USAGE;
	return api_find_map(obj, name) ? KS_OK :
					 api_fail(KS_USAGE, "%s: has no map '%s'", obj->name, name);
}

KS_PUBLIC int ks_object_dump_map(struct ks_object *obj, const char *name, FILE *out)
{
	struct bpf_map *bm;
	struct map *map;
	int err;

	if (api_enter_object(obj, API_OUTSIDE | API_BETWEEN | API_IN_TASK,
			     OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(name) || api_need(out))
		return KS_USAGE;
	bm = api_find_map(obj, name);
	map = bm ? map_from_fd(bpf_map__fd(bm)) : NULL;
	if (!map)
		return api_fail(KS_USAGE, "%s: has no map '%s'", obj->name, name);
	if (can_be_walked(map))
		err = write_json(map_json(map, bpf_object__btf(obj->obj)), name, out);
	else
		err = api_fail(KS_USAGE, "map '%s': maps of its type (%s) cannot be dumped", name,
			       libbpf_bpf_map_type_str(bpf_map__type(bm)));
	map_put(map);
	return err;
}
