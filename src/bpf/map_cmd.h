/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map_cmd.h - user space's access to maps: the bpf(2) commands, with the checks
 * of kernel/bpf/syscall.c. Pointers in @attr are host pointers, believed.
 */
#ifndef KS_BPF_MAP_CMD_H
#define KS_BPF_MAP_CMD_H

#include "bpf/map.h"

/* BPF_MAP_CREATE: a descriptor, or -errno */
int map_cmd_create(const union bpf_attr *attr, u32 size);

/* BPF_MAP_{LOOKUP,UPDATE,DELETE}_ELEM, GET_NEXT_KEY, LOOKUP_AND_DELETE_ELEM, FREEZE */
int map_cmd_lookup(const union bpf_attr *attr);
int map_cmd_update(const union bpf_attr *attr);
int map_cmd_delete(const union bpf_attr *attr);
int map_cmd_next_key(const union bpf_attr *attr);
int map_cmd_lookup_delete(const union bpf_attr *attr);
int map_cmd_freeze(const union bpf_attr *attr);

/* BPF_MAP_*_BATCH; attr->batch.count is written back */
int map_cmd_batch(enum bpf_cmd cmd, union bpf_attr *attr);

/* OBJ_GET_INFO_BY_FD: all that user space's struct has room for is @len bytes */
void map_info(const struct map *map, struct bpf_map_info *info);

/* The commands on a map already found, for --dump-map and the like. */
int map_user_lookup(struct map *map, const void *key, void *value, u64 flags);
int map_user_update(struct map *map, const void *key, const void *value, u64 flags);
int map_user_delete(struct map *map, const void *key);
int map_user_next_key(struct map *map, const void *key, void *next);

#endif
