/* SPDX-License-Identifier: GPL-2.0-only */
/* struct_ops.h - the scheduler's struct_ops types, for bpf/env.h: ext.c's bpf_sched_ext_ops. */
#ifndef KS_KERN_EXT_STRUCT_OPS_H
#define KS_KERN_EXT_STRUCT_OPS_H

#include "base/types.h"

struct prog;

u32 scx_struct_ops_nullable(const char *type, const char *member);
int scx_struct_ops_member(const char *type, const char *member, bool sleepable,
			  bool *private_stack);
int scx_struct_ops_create(const char *type, void *image, struct prog *const *progs, u32 nr,
			  void **out);
void scx_struct_ops_destroy(void *ops);
int scx_struct_ops_reg(void *ops, u64 image, u64 link);
void scx_struct_ops_unreg(void *ops);

#endif
