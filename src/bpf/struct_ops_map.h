/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct_ops_map.h - STRUCT_OPS maps: one value, a table of operations. What is in
 * it is struct_ops_table.h's business; here are its life and its states.
 *
 *	INIT --update--> READY (BPF_F_LINK: LINK_CREATE registers)
 *	     --update--> INUSE --delete--> TOBEFREE (without the flag)
 */
#ifndef KS_BPF_STRUCT_OPS_MAP_H
#define KS_BPF_STRUCT_OPS_MAP_H

#include "bpf/map.h"

enum struct_ops_state {
	STRUCT_OPS_INIT,
	STRUCT_OPS_INUSE,
	STRUCT_OPS_TOBEFREE,
	STRUCT_OPS_READY,
};

/* may a link be made of @map: a STRUCT_OPS map with BPF_F_LINK that has its value */
bool struct_ops_map_linkable(const struct map *map);
/* @map is READY; the scheduler is enabled when this returns 0. @link: guest address of the link */
int struct_ops_reg(struct map *map, u64 link);
void struct_ops_unreg(struct map *map);
/* Is one registered without a link? It stays until its map's element is deleted. */
bool struct_ops_stays(void);

#endif
