/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct_ops.h - the kernel's side of a struct_ops map: which types there are, the
 * image of the table that the kernel works with, and its registration.
 */
#ifndef KS_SYS_STRUCT_OPS_H
#define KS_SYS_STRUCT_OPS_H

#include "base/types.h"

struct map;

/* upcalls and the loader's member checks come here from now on */
void struct_ops_setup(void);
/* @map is READY; the scheduler is enabled when this returns 0. @link: guest address of the link */
int struct_ops_reg(struct map *map, u64 link);
void struct_ops_unreg(struct map *map);
/* prog_machine.struct_ops_member */
u32 struct_ops_nullable(const char *type, const char *member);
int struct_ops_check_member(const char *type, const char *member, bool sleepable,
			    bool *private_stack);

#endif
