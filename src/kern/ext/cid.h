/* SPDX-License-Identifier: GPL-2.0-only */
/* cid.h - the cid tables and arena masks, for the kfuncs about them. */
#ifndef KS_KERN_EXT_CID_H
#define KS_KERN_EXT_CID_H

#include "kern/ext/ext.h"

struct scx_cid_tables {
	u32 nr_shards;
	s16 cid_to_cpu[NR_CPUS];
	s16 cpu_to_cid[NR_CPUS];	   /* -1: no possible CPU */
	struct scx_cid_topo topo[NR_CPUS]; /* by cid */
};

/* until they are published they may still change; NULL without any */
struct scx_cid_tables *scx_cid_building(void);
const struct scx_cid_tables *scx_cid_published(void);
u32 num_possible_cpus(void);
/* error `invalid cid %d` if not */
bool scx_cid_valid(struct scx_sched *sch, s32 cid);

/* words of bits[] for @nr cids whatever the base */
#define SCX_CMASK_NR_WORDS(nr) ((u32)(((u64)(nr) + 63) / 64 + 1))

struct scx_cmask_ref {
	struct scx_cmask *src; /* kernel address */
	u32 base, nr_cids;
};

void *scx_arena_to_kaddr(const struct scx_sched *sch, u64 ptr);
/* an empty one of the kernel's; guests can write there, so of what it says nothing is ever read */
struct scx_cmask_ref scx_cmask_init(struct scx_cmask *m, u32 base, u32 nr_cids);
/* one that a program made: 0, -EINVAL */
int scx_cmask_ref_init(struct scx_cmask *src, struct scx_cmask_ref *ref);
/* @cid is in the range */
bool scx_cmask_ref_test(const struct scx_cmask_ref *ref, u32 cid);
void scx_cmask_ref_assign_cid(const struct scx_cmask_ref *ref, u32 cid, bool on);
/* nothing if it is not */
void scx_cmask_ref_set(const struct scx_cmask_ref *ref, u32 cid);

#endif
