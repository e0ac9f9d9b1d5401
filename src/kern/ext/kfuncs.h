/* SPDX-License-Identifier: GPL-2.0-only */
/* kfuncs.h - what the files with scx_bpf_*() share beyond kern/ext.h. */
#ifndef KS_KERN_EXT_KFUNCS_H
#define KS_KERN_EXT_KFUNCS_H

#include "kern/ext/ext.h"

/* No op runs that has a kf_mask; with kfunc_context_at_load true, since the loader has checked. */
bool scx_kf_allowed_if_unlocked(void);
/* scx_kf_task(), and a fault for NULL as well */
struct task_struct *scx_kf_task_nonnull(struct vm *vm, u64 addr);
/* 0, or -EINVAL with an error: cpuperf_set and cidperf_set */
s32 scx_cpuperf_set(struct scx_sched *sch, s32 cpu, u32 perf);

/* kfuncs_refused_in_nmi: called from NMI? With an error that names @function */
bool scx_refused_in_nmi(struct scx_sched *sch, const char *function);

void scx_dsq_kfuncs_register(void);

#endif
