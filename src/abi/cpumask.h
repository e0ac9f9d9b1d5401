/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpumask.h - struct cpumask as guests see it. NR_CPUS bounds a machine; masks
 * are searched up to nr_cpu_ids. Operations are in base/bitmap.h.
 */
#ifndef KS_ABI_CPUMASK_H
#define KS_ABI_CPUMASK_H

#include "base/types.h"

#define NR_CPUS 1024
#define MAX_NUMNODES 64
#define CPUMASK_WORDS (NR_CPUS / 64)

typedef struct cpumask {
	unsigned long bits[CPUMASK_WORDS];
} cpumask_t;

typedef struct cpumask *cpumask_var_t;

typedef struct {
	unsigned long bits[MAX_NUMNODES / 64];
} nodemask_t;

#endif
