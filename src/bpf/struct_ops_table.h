/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct_ops_table.h - the kernel's side of a struct_ops map's value: which types there
 * are, the image of the table that the kernel works with, and its registration.
 */
#ifndef KS_BPF_STRUCT_OPS_TABLE_H
#define KS_BPF_STRUCT_OPS_TABLE_H

#include "base/types.h"

struct map;
struct ops_table;

/* value type @type_id of the machine's BTF: its size; 0 or -ENOTSUPP */
int ops_table_type(u32 type_id, u32 *value_size);
/*
 * What user space gave @map (value_size bytes, program descriptors in function members,
 * which become program ids), key and state already checked. Registered, if the map has
 * no BPF_F_LINK. 0 or -errno
 */
int ops_table_create(struct map *map, void *value, struct ops_table **out);
void ops_table_destroy(struct ops_table *t);
/* In force when this returns 0. @link: guest address of the link. -EBUSY: it is already. */
int ops_table_register(struct ops_table *t, u64 link);
/* When the machine can no longer run, destroying the table takes the scheduler down. */
void ops_table_unregister(struct ops_table *t);

#endif
