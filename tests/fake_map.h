/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_map.h - short ways to make maps in unit tests.
 */
#ifndef KS_TESTS_FAKE_MAP_H
#define KS_TESTS_FAKE_MAP_H

#include <errno.h>
#include <bpf/btf.h>
#include "fake_env.h"
#include "bpf/btf_object.h"
#include "bpf/map.h"
#include "bpf/map_cmd.h"

static inline union bpf_attr map_attr(u32 type, u32 key, u32 value, u32 entries, u32 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = entries;
	attr.map_flags = flags;
	return attr;
}

static inline int try_map(const union bpf_attr *attr)
{
	struct map *map;
	int err = map_create(attr, sizeof(*attr), &map);

	if (!err)
		map_put(map);
	return err;
}

static inline struct map *make_map(u32 type, u32 key, u32 value, u32 entries, u32 flags)
{
	union bpf_attr attr = map_attr(type, key, value, entries, flags);
	struct map *map = NULL;

	assert_int_equal(map_create(&attr, sizeof(attr), &map), 0);
	return map;
}

/* A map whose key is an int and whose value is type @value_id of @btf (not taken over). */
static inline int make_typed_map(union bpf_attr *attr, struct btf *btf, u32 key_id, u32 value_id,
				 struct map **out)
{
	union bpf_attr load;
	struct btf_object *bo;
	u32 size;
	int err;

	memset(&load, 0, sizeof(load));
	load.btf = (uintptr_t)btf__raw_data(btf, &size);
	load.btf_size = size;
	err = btfobj_load(&load, sizeof(load), &bo);
	if (err)
		return err;
	attr->btf_fd = object_install_fd(&bo->o);
	btfobj_put(bo);
	attr->btf_key_type_id = key_id;
	attr->btf_value_type_id = value_id;
	return map_create(attr, sizeof(*attr), out);
}

#endif
