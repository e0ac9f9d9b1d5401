/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpumask.h - searching masks up to ENV->nr_cpus, and the cursors that the guests'
 * kfuncs share with the kernel model.
 */
#ifndef KS_BPF_CPUMASK_H
#define KS_BPF_CPUMASK_H

#include "abi/bpf.h"
#include "bpf/env.h"

/* First CPU of (@a & @b), at or after @from; ENV->nr_cpus if there is none. @b NULL: all */
u32 cpumask_scan_and(const struct cpumask *a, const struct cpumask *b, u32 from);

/*
 * cpumask_distribute - cpumask_any_and_distribute(): the next CPU of (@a & @b)
 * after the one that the executing CPU got the last time, around the end.
 * @b may be NULL. ENV->nr_cpus, and no change, if there is none.
 */
u32 cpumask_distribute(const struct cpumask *a, const struct cpumask *b);

/* distribute_cpu_mask_prev, for the kernel model's own uses; reset at machine creation */
void cpumask_cursors_reset(void);
/* guests' own masks are forgotten */
void cpumasks_reset(void);

#endif
