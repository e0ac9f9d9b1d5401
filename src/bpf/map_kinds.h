/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * map_kinds.h - the kinds of map, one vtable each, and what they share among
 * themselves. Only map*.c and its like include this.
 */
#ifndef KS_BPF_MAP_KINDS_H
#define KS_BPF_MAP_KINDS_H

#include "bpf/map.h"

#define MAP_ACCESS_MASK (BPF_F_RDONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY | BPF_F_WRONLY_PROG)
#define MAP_PERCPU_UNIT_MAX (32u << 10) /* PCPU_MIN_UNIT_SIZE */

extern const struct map_ops array_map_ops, percpu_array_map_ops;
extern const struct map_ops hash_map_ops, percpu_hash_map_ops;
extern const struct map_ops lru_hash_map_ops, lru_percpu_hash_map_ops;
extern const struct map_ops queue_map_ops, stack_map_ops, bloom_filter_map_ops;
extern const struct map_ops array_of_maps_ops, hash_of_maps_ops;
extern const struct map_ops prog_array_map_ops, perf_event_array_map_ops;
extern const struct map_ops stack_trace_map_ops;
extern const struct map_ops task_storage_map_ops, cgrp_storage_map_ops;
extern const struct map_ops ringbuf_map_ops, user_ringbuf_map_ops;
extern const struct map_ops arena_map_ops, struct_ops_map_ops;

/* map.c: the template for inner maps from descriptor @fd */
int map_meta_alloc(int fd, struct map **out);
void map_meta_free(struct map *meta);

/* map_array.c, for the arrays of descriptors too */
int array_alloc_check(const union bpf_attr *attr);
int array_get_next_key(struct map *map, const void *key, void *next);
/* the key must be a 32-bit integer */
bool map_key_is_i32(const struct map *map);
/* map_check_no_btf() */
int map_refuse_btf(const struct map *map, bool keyless);

/* map_hash.c, for hash of maps */
int hash_alloc_check(const union bpf_attr *attr);

/* operations that a kind has only in order to refuse them */
int map_no_get_next_key(struct map *map, const void *key, void *next);
int map_no_update(struct map *map, const void *key, const void *value, u64 flags);
int map_no_delete(struct map *map, const void *key);

#endif
