// SPDX-License-Identifier: GPL-2.0-only
/*
 * map.c - elements of an object's maps by their bytes, and the maps' descriptors. The
 * sizes are checked here; the rest is bpf(2)'s.
 */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "api/handle.h"
#include "bpf/map.h"

/* an element in the caller's memory */
struct element {
	const char *map;
	const void *key, *value;
	size_t key_size, value_size;
	bool has_value;
};

/* The descriptor of map @name; -1 after a complaint. */
static int find_fd(const struct ks_object *obj, const char *name, const char *call)
{
	struct bpf_map *bm;

	if (api_enter_object_call(obj, API_OUTSIDE | API_BETWEEN | API_IN_TASK,
				  OBJECT_LOADED | OBJECT_ATTACHED, call) ||
	    api_need_arg(name, "the map's name", call))
		return -1;
	bm = api_find_map(obj, name);
	if (bm && bpf_map__fd(bm) >= 0)
		return bpf_map__fd(bm);
	api_fail(KS_USAGE, "%s: has no map '%s'%s", obj->name, name, bm ? " that is loaded" : "");
	return -1;
}

static int check_bytes(const struct element *e, const char *what, const void *bytes, size_t size,
		       size_t want)
{
	if (size != want)
		return api_fail(KS_USAGE, "map '%s': the %s has %zu bytes, not %zu", e->map, what,
				want, size);
	return bytes || !want ? KS_OK :
				api_fail(KS_USAGE, "map '%s': the %s is NULL", e->map, what);
}

static int check_sizes(int fd, const struct element *e)
{
	struct map *map = map_from_fd(fd);
	int err = check_bytes(e, "key", e->key, e->key_size, map->key_size);

	if (!err && e->has_value)
		err = check_bytes(e, "value", e->value, e->value_size, map_user_value_size(map, 0));
	map_put(map);
	return err;
}

/* The descriptor, if @e fits the map. */
static int begin(const struct ks_object *obj, const struct element *e, const char *call)
{
	int fd = find_fd(obj, e->map, call);

	return fd < 0 || check_sizes(fd, e) ? -1 : fd;
}

static int result(const struct element *e, int err)
{
	if (!err)
		return KS_OK;
	if (err == -ENOENT)
		return api_fail(KS_FAILED, "map '%s' has no such element", e->map);
	return api_fail(KS_USAGE, "map '%s': %s", e->map, strerror(-err));
}

KS_PUBLIC int ks_map_lookup(struct ks_object *obj, const char *map, const void *key,
			    size_t key_size, void *value, size_t value_size)
{
	const struct element e = { map, key, value, key_size, value_size, true };
	int fd = begin(obj, &e, __func__);

	return fd < 0 ? KS_USAGE : result(&e, bpf_map_lookup_elem(fd, key, value));
}

KS_PUBLIC int ks_map_update(struct ks_object *obj, const char *map, const void *key,
			    size_t key_size, const void *value, size_t value_size)
{
	const struct element e = { map, key, value, key_size, value_size, true };
	int fd = begin(obj, &e, __func__);

	return fd < 0 ? KS_USAGE : result(&e, bpf_map_update_elem(fd, key, value, BPF_ANY));
}

KS_PUBLIC int ks_map_delete(struct ks_object *obj, const char *map, const void *key,
			    size_t key_size)
{
	const struct element e = { map, key, NULL, key_size, 0, false };
	int fd = begin(obj, &e, __func__);

	return fd < 0 ? KS_USAGE : result(&e, bpf_map_delete_elem(fd, key));
}

KS_PUBLIC int ks_object_map_fd(struct ks_object *obj, const char *name)
{
	return find_fd(obj, name, __func__);
}
