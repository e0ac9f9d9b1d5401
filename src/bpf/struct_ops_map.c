// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops_map.c - see struct_ops_map.h. Facts: kernel/bpf/bpf_struct_ops.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/map_kinds.h"
#include "bpf/struct_ops_map.h"
#include "bpf/struct_ops_table.h"

struct ops_map {
	struct map map;
	enum struct_ops_state state;
	void *value;		 /* value_size bytes */
	struct ops_table *table; /* NULL: it was never updated */
};

/* struct bpf_struct_ops_common_value, which every value begins with */
struct common_value {
	u32 refcnt;
	u32 state;
};

static struct ops_map *to_ops(const struct map *map)
{
	return container_of((struct map *)map, struct ops_map, map);
}

static int ops_alloc_check(const union bpf_attr *attr)
{
	if (attr->key_size != sizeof(u32) || attr->max_entries != 1 ||
	    (attr->map_flags & ~(BPF_F_LINK | BPF_F_VTYPE_BTF_OBJ_FD)) ||
	    !attr->btf_vmlinux_value_type_id)
		return -EINVAL;
	return 0;
}

static int ops_alloc(struct map *map, const union bpf_attr *attr)
{
	u32 size;
	int err;

	/* only modules have BTF of their own, and there are none */
	if (attr->map_flags & BPF_F_VTYPE_BTF_OBJ_FD)
		return -EINVAL;
	err = ops_table_type(attr->btf_vmlinux_value_type_id, &size);
	if (err)
		return err;
	if (attr->value_size != size || size < sizeof(struct common_value))
		return -EINVAL;
	to_ops(map)->value = calloc(1, size);
	return to_ops(map)->value ? 0 : -ENOMEM;
}

static void ops_free(struct map *map)
{
	if (to_ops(map)->table)
		ops_table_destroy(to_ops(map)->table);
	free(to_ops(map)->value);
}

static void *ops_no_lookup(struct map *map, const void *key)
{
	return NULL;
}

static int ops_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct ops_map *om = to_ops(map);

	if (load_u32(key))
		return -ENOENT;
	memset(value, 0, map->value_size);
	if (om->state == STRUCT_OPS_INIT)
		return 0;
	memcpy(value, om->value, map->value_size);
	((struct common_value *)value)->state = om->state;
	((struct common_value *)value)->refcnt = map->obj.refs - map->obj.has_fds;
	return 0;
}

static int ops_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	const struct common_value *common = value;
	struct ops_map *om = to_ops(map);
	int err;

	if (flags)
		return -EINVAL;
	if (load_u32(key))
		return -E2BIG;
	if (common->state || common->refcnt)
		return -EINVAL;
	if (om->state != STRUCT_OPS_INIT)
		return -EBUSY;
	memcpy(om->value, value, map->value_size);
	err = ops_table_create(map, om->value, &om->table);
	if (err) {
		memset(om->value, 0, map->value_size);
		return err;
	}
	om->state = map->flags & BPF_F_LINK ? STRUCT_OPS_READY : STRUCT_OPS_INUSE;
	if (om->state == STRUCT_OPS_INUSE)
		map_get(map);
	return 0;
}

static int ops_delete(struct map *map, const void *key)
{
	struct ops_map *om = to_ops(map);

	if (map->flags & BPF_F_LINK)
		return -EOPNOTSUPP;
	switch (om->state) {
	case STRUCT_OPS_INUSE:
		om->state = STRUCT_OPS_TOBEFREE;
		ops_table_unregister(to_ops(map)->table);
		map_put(map);
		return 0;
	case STRUCT_OPS_TOBEFREE:
		return -EINPROGRESS;
	default:
		return -ENOENT;
	}
}

static int ops_get_next_key(struct map *map, const void *key, void *next)
{
	if (key && load_u32(key) == 0)
		return -ENOENT;
	store_u32(next, 0);
	return 0;
}

bool struct_ops_map_linkable(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_STRUCT_OPS && (map->flags & BPF_F_LINK) &&
	       to_ops(map)->state == STRUCT_OPS_READY;
}

int struct_ops_reg(struct map *map, u64 link)
{
	return ops_table_register(to_ops(map)->table, link);
}

void struct_ops_unreg(struct map *map)
{
	if (to_ops(map)->table)
		ops_table_unregister(to_ops(map)->table);
}

static bool stays(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_STRUCT_OPS && to_ops(map)->state == STRUCT_OPS_INUSE;
}

bool struct_ops_stays(void)
{
	struct object *o;
	bool found = false;
	u32 id;

	for (id = object_next_id(0, OBJ_MAP); id && !found; id = object_next_id(id, OBJ_MAP)) {
		o = object_by_id(id, OBJ_MAP);
		found = o && stays(container_of(o, struct map, obj));
		if (o)
			object_put(o);
	}
	return found;
}

const struct map_ops struct_ops_map_ops = {
	.type = BPF_MAP_TYPE_STRUCT_OPS,
	.size = sizeof(struct ops_map),
	.alloc_check = ops_alloc_check,
	.alloc = ops_alloc,
	.free = ops_free,
	.lookup = ops_no_lookup,
	.user_lookup = ops_user_lookup,
	.user_update = ops_user_update,
	.user_delete = ops_delete,
	.get_next_key = ops_get_next_key,
};
