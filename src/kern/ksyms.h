/* SPDX-License-Identifier: GPL-2.0-only */
/* ksyms.h - variables of the kernel that guests reach by name (`extern ... __ksym`). */
#ifndef KS_KERN_KSYMS_H
#define KS_KERN_KSYMS_H

#include "base/types.h"

void ksyms_init(void);
/* guest address of @name (CPU 0's instance of a per-CPU one); 0: none */
u64 ksym_var(const char *name);
/* @cpu's instance of the per-CPU variable at @base; 0: it is none */
u64 ksym_percpu(u64 base, u32 cpu);

#endif
