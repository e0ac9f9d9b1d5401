/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * storage.h - local storage: TASK_STORAGE and CGRP_STORAGE maps, keyed by the guest
 * address of a kernel object.
 */
#ifndef KS_BPF_STORAGE_H
#define KS_BPF_STORAGE_H

#include "bpf/map.h"

/*
 * storage_get - what helpers bpf_{task,cgrp}_storage_get() return
 * @init: value for a new element, NULL for zeroes
 * Creates only with BPF_LOCAL_STORAGE_GET_F_CREATE and while the owner lives.
 */
void *storage_get(struct map *map, u64 owner, const void *init, u64 flags);
/* 0, -ENOENT */
int storage_delete(struct map *map, u64 owner);

/*
 * The kernel model frees the task or cgroup at @owner: all of its storage goes, in
 * whatever map.
 */
void local_storage_owner_free(u64 owner);

#endif
