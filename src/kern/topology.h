/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - where a CPU sits. CPUs are numbered as a typical x86 machine with
 * the hyperthreads of a core side by side in the second half:
 *
 *	1n2l4c2t: cpu 0-7 the first thread of core 0-7, cpu 8-15 their siblings
 */
#ifndef KS_KERN_TOPOLOGY_H
#define KS_KERN_TOPOLOGY_H

#include "abi/cpumask.h"
#include "kern/machine.h"

#define NUMA_NO_NODE (-1)

struct cpu_topology {
	s32 core, llc, node;	  /* machine-wide numbers */
	struct cpumask *smt_mask; /* itself and its siblings, online ones; KOBJ zone */
	struct cpumask *llc_mask; /* shares the last level cache */
	struct cpumask *node_mask;
};

/* "1n2l4c2t" into @spec; -EINVAL with *why set */
int topology_parse(const char *text, struct topology_spec *spec, const char **why);
int topology_init(struct machine *m);
void topology_cpu_online(struct machine *m, s32 cpu, bool online);
u32 topology_nr_cpus(const struct topology_spec *spec);
bool sched_smt_active(void); /* cores have several threads */
s32 cpu_to_node(s32 cpu);
bool cpus_share_cache(s32 a, s32 b);
/* online siblings of @cpu, itself included (empty for an offline CPU) */
const struct cpumask *cpu_smt_mask(s32 cpu);
/* The CPUs around @cpu, the nearest first: its core, LLC, node (online ones), all that are active. */
#define NR_CPU_DOMAINS 4
const struct cpumask *cpu_domain(s32 cpu, u32 level);
/*
 * The nearest of @mask to @cpu: itself, else in the smallest domain of its that has one; the
 * executing CPU, if it is as near. -1: @mask is empty, or of inactive ones.
 */
s32 cpu_nearest(s32 cpu, const struct cpumask *mask);
/* @node: one that the machine has */
const struct cpumask *cpumask_of_node(s32 node);
/* distance as a SLIT has it: 10 the same node, 20 another */
int node_distance(s32 a, s32 b);

#endif
