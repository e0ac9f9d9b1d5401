// SPDX-License-Identifier: GPL-2.0-only
/*
 * variable.c - an object's globals by name, and what --set and --resize do to them.
 *
 *	nr_cpus=8  mask[3]=0xff  pair_id=0,1,0,1  cfg.greedy=true  name="x"
 *	policy=SCX_KICK_IDLE  grid[1][2]=5  my_ops.timeout_ms=5000
 *
 * A list fills an array from its beginning, row by row. The names of struct_ops
 * tables are variables too: their members can be set, functions apart.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "api/handle.h"
#include "api/number.h"
#include "api/typed.h"
#include "bpf/map.h"

/* --- finding --- */

static bool find_in_datasec(struct bpf_map *map, const struct btf *btf, u32 sec_id,
			    const char *name, struct variable *v)
{
	const struct btf_type *sec = btf__type_by_id(btf, sec_id), *var;
	const struct btf_var_secinfo *info = btf_var_secinfos(sec);
	u32 i;

	for (i = 0; i < btf_vlen(sec); i++, info++) {
		var = btf__type_by_id(btf, info->type);
		if (!btf_is_var(var) || strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		*v = (struct variable){ map, btf, var->type, info->offset, info->size };
		return true;
	}
	return false;
}

static bool is_struct_ops(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS;
}

/* Globals in an arena have the section .addr_space.1, which no map points to. */
static u32 datasec_of(const struct bpf_map *map, const struct btf *btf)
{
	u32 id = bpf_map__btf_value_type_id(map);
	s32 arena;

	if (bpf_map__type(map) == BPF_MAP_TYPE_ARENA) {
		arena = btf__find_by_name_kind(btf, ".addr_space.1", BTF_KIND_DATASEC);
		return arena > 0 ? arena : 0;
	}
	return id && btf_is_datasec(btf__type_by_id(btf, id)) ? id : 0;
}

bool variable_find(const struct bpf_object *obj, const char *name, struct variable *v)
{
	const struct btf *btf = bpf_object__btf(obj);
	struct bpf_map *map;
	size_t size;
	u32 sec;

	if (!btf)
		return false;
	bpf_object__for_each_map(map, obj) {
		sec = datasec_of(map, btf);
		if (sec && find_in_datasec(map, btf, sec, name, v))
			return true;
		if (!is_struct_ops(map) || strcmp(bpf_map__name(map), name))
			continue;
		bpf_map__initial_value(map, &size);
		*v = (struct variable){ map, btf, bpf_map__btf_value_type_id(map), 0, size };
		return true;
	}
	return false;
}

/*
 * Where programs have it, once it is loaded: what libbpf has mapped is the same memory, but in
 * the processes of a search, in which programs' memory is each one's own. NULL: not loaded
 */
static void *loaded_data(const struct variable *v)
{
	/* an arena's globals are somewhere in it: libbpf knows where */
	int fd = bpf_map__type(v->map) == BPF_MAP_TYPE_ARENA ? -1 : bpf_map__fd(v->map);
	struct map *map = fd < 0 ? NULL : map_from_fd(fd);
	u64 addr = 0;

	if (map && map_direct_value_addr(map, v->offset, &addr))
		addr = 0;
	if (map)
		map_put(map);
	return (void *)(uintptr_t)addr;
}

void *variable_data(const struct variable *v)
{
	void *loaded = loaded_data(v);
	size_t size;
	u8 *data;

	if (loaded)
		return loaded;
	data = bpf_map__initial_value(v->map, &size);
	return data && (u64)v->offset + v->size <= size ? data + v->offset : NULL;
}

/* --- the two options --- */

/* Where the variable is that @path begins with; *@rest is what follows its name. */
static int find_named(struct ks_object *obj, const char *path, const char *stop, struct variable *v,
		      const char **rest)
{
	size_t n = strcspn(path, stop);
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	*rest = path + n;
	if (!variable_find(obj->obj, name, v))
		return api_fail(KS_USAGE, "%s has no global variable '%s'", obj->name, name);
	return KS_OK;
}

/* What @path names, up to @end: its variable, then the way to a part of it. */
static int find_spot(struct ks_object *obj, const char *path, char end, struct typed_spot *spot,
		     const char **rest)
{
	struct typed_call c = {};
	struct variable v;
	int err = find_named(obj, path, ".[=", &v, rest);

	if (err)
		return err;
	*spot = (struct typed_spot){ v.btf, v.type_id, variable_data(&v), v.size };
	if (!spot->data)
		return api_fail(KS_USAGE, "'%s' has no value that could be set before load", path);
	err = typed_walk(spot, rest, &c);
	if (!err && **rest != end)
		err = typed_fail(&c, "'%s': %s is due here", *rest,
				 end ? "'='" : "'.FIELD' or '[INDEX]'");
	return err ? api_fail(KS_USAGE, "cannot set '%s': %s", path, c.err) : KS_OK;
}

int variable_assign(struct ks_object *obj, const char *assignment)
{
	struct typed_call c = {};
	struct typed_spot spot;
	const char *rest;
	int err;

	if (!strchr(assignment, '=') || *assignment == '=')
		return api_fail(KS_USAGE, "'%s': VAR=VALUE is due", assignment);
	err = find_spot(obj, assignment, '=', &spot, &rest);
	if (err)
		return err;
	err = typed_store_text(&spot, rest + 1, &c);
	return err ? api_fail(KS_USAGE, "cannot set '%s': %s", assignment, c.err) : KS_OK;
}

int variable_store(struct ks_object *obj, const char *path, const struct json_t *value)
{
	struct typed_call c = {};
	struct typed_spot spot;
	const char *rest;
	int err = find_spot(obj, path, '\0', &spot, &rest);

	if (err)
		return err;
	err = typed_store(&spot, value, &c);
	return err ? api_fail(KS_USAGE, "cannot set '%s': %s", path, c.err) : KS_OK;
}

static bool sole_variable(const struct variable *v)
{
	u32 sec = bpf_map__btf_value_type_id(v->map);
	const struct btf_type *t = btf__type_by_id(v->btf, sec);

	return t && btf_is_datasec(t) && btf_vlen(t) == 1;
}

/* The map of a scheduler's own that @assignment names; its size is its max_entries. */
static struct bpf_map *named_map(const struct ks_object *obj, const char *assignment)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(assignment, "="), assignment);
	return bpf_object__find_map_by_name(obj->obj, name);
}

static int resize_map(struct bpf_map *map, u32 n, const char *assignment)
{
	int err = bpf_map__set_max_entries(map, n);

	return err ? api_fail(KS_USAGE, "cannot resize '%s': %s", assignment, strerror(-err)) :
		     KS_OK;
}

int variable_resize(struct ks_object *obj, const char *assignment)
{
	struct bpf_map *map = named_map(obj, assignment);
	const char *number = strchr(assignment, '=');
	const struct btf_type *t;
	struct variable v;
	const char *rest;
	bool negative;
	u64 n, size;
	int err;

	if (!number || !number_is(number + 1, &n, &negative) || negative || !n || n > UINT32_MAX)
		return api_fail(KS_USAGE, "cannot resize '%s': VAR=N is due", assignment);
	if (map)
		return resize_map(map, n, assignment);
	err = find_named(obj, assignment, "=", &v, &rest);
	if (err)
		return err;
	t = typed_skip_mods(v.btf, v.type_id);
	if (!btf_is_array(t) || !sole_variable(&v))
		return api_fail(KS_USAGE,
				"cannot resize '%s': only an array with a data section of its own",
				assignment);
	size = n * btf__resolve_size(v.btf, btf_array(t)->type);
	err = size > UINT32_MAX ? -E2BIG : bpf_map__set_value_size(v.map, size);
	return err ? api_fail(KS_USAGE, "cannot resize '%s': %s", assignment, strerror(-err)) :
		     KS_OK;
}

KS_PUBLIC int ks_object_set(struct ks_object *obj, const char *assignment)
{
	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(assignment))
		return KS_USAGE;
	return variable_assign(obj, assignment);
}

KS_PUBLIC int ks_object_resize(struct ks_object *obj, const char *assignment)
{
	if (api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN) || api_need(assignment))
		return KS_USAGE;
	return variable_resize(obj, assignment);
}

KS_PUBLIC void *ks_object_global(struct ks_object *obj, const char *name, size_t *size)
{
	struct variable v;
	void *data;

	if (api_enter_object(obj, API_ANYWHERE, OBJECT_OPEN | OBJECT_LOADED | OBJECT_ATTACHED) ||
	    api_need(name))
		return NULL;
	if (!variable_find(obj->obj, name, &v)) {
		api_fail(KS_USAGE, "%s has no global variable '%s'", obj->name, name);
		return NULL;
	}
	data = variable_data(&v);
	if (!data)
		api_fail(KS_USAGE, "%s: '%s' has no address", obj->name, name);
	else if (size)
		*size = v.size;
	return data;
}
