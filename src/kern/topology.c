// SPDX-License-Identifier: GPL-2.0-only
/* topology.c - see topology.h. */
#include "kern/topology.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/bug.h"
#include "kern/cpumask.h"
#include "kern/sched.h"

#define DISTANCE_LOCAL 10
#define DISTANCE_REMOTE 20

u32 topology_nr_cpus(const struct topology_spec *spec)
{
	u64 n = (u64)spec->nodes * spec->llcs * spec->cores * spec->threads;

	return n > NR_CPUS ? NR_CPUS + 1 : (u32)n;
}

static bool parse_level(const char **text, char unit, u32 *out)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)**text))
		return false;
	v = strtoul(*text, &end, 10);
	if (*end != unit || v < 1 || v > NR_CPUS)
		return false;
	*out = (u32)v;
	*text = end + 1;
	return true;
}

int topology_parse(const char *text, struct topology_spec *spec, const char **why)
{
	*why = "want NnNlNcNt: NUMA nodes, LLCs a node, cores an LLC, threads a core, each at least 1, "
	       "for example 1n2l4c2t";
	if (!parse_level(&text, 'n', &spec->nodes) || !parse_level(&text, 'l', &spec->llcs) ||
	    !parse_level(&text, 'c', &spec->cores) || !parse_level(&text, 't', &spec->threads) ||
	    *text)
		return -EINVAL;
	if (spec->nodes > MAX_NUMNODES) {
		*why = "more NUMA nodes than the 64 that a machine can have";
		return -EINVAL;
	}
	if (topology_nr_cpus(spec) > NR_CPUS) {
		*why = "more CPUs than the 1024 that a machine can have";
		return -EINVAL;
	}
	return 0;
}

int topology_init(struct machine *m)
{
	const struct topology_spec *t = &m->config.topo;
	u32 nr_cores = m->nr_cpu_ids / t->threads, nr_llcs = t->nodes * t->llcs;
	struct cpumask *cores = mask_alloc(nr_cores), *llcs = mask_alloc(nr_llcs);
	struct cpumask *nodes = mask_alloc(t->nodes);

	m->nr_node_ids = t->nodes;
	m->smt_active = t->threads > 1;
	m->topo = calloc(m->nr_cpu_ids, sizeof(*m->topo));
	if (!m->topo)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < m->nr_cpu_ids; cpu++) {
		u32 core = cpu % nr_cores, llc = core / t->cores, node = llc / t->llcs;

		m->topo[cpu] = (struct cpu_topology){
			.core = (s32)core,
			.llc = (s32)llc,
			.node = (s32)node,
			.smt_mask = &cores[core],
			.llc_mask = &llcs[llc],
			.node_mask = &nodes[node],
		};
		topology_cpu_online(m, (s32)cpu, true);
	}
	return 0;
}

/* the masks hold online CPUs, as the kernel's sibling maps do */
void topology_cpu_online(struct machine *m, s32 cpu, bool online)
{
	struct cpu_topology *t = &m->topo[cpu];
	struct cpumask *masks[] = { t->smt_mask, t->llc_mask, t->node_mask };

	for (u32 i = 0; i < ARRAY_SIZE(masks); i++) {
		if (online)
			bit_set(masks[i]->bits, cpu);
		else
			bit_clear(masks[i]->bits, cpu);
	}
}

bool sched_smt_active(void)
{
	return machine->smt_active;
}

s32 cpu_to_node(s32 cpu)
{
	return machine->topo[cpu].node;
}

bool cpus_share_cache(s32 a, s32 b)
{
	return machine->topo[a].llc == machine->topo[b].llc;
}

const struct cpumask *cpu_smt_mask(s32 cpu)
{
	static const struct cpumask none;

	return cpumask_test_cpu(cpu, machine->online) ? machine->topo[cpu].smt_mask : &none;
}

const struct cpumask *cpumask_of_node(s32 node)
{
	u32 cpu = 0;

	while (cpu < machine->nr_cpu_ids && machine->topo[cpu].node != node)
		cpu++;
	bug_on(cpu == machine->nr_cpu_ids, "a node without CPUs");
	return machine->topo[cpu].node_mask;
}

int node_distance(s32 a, s32 b)
{
	return a == b ? DISTANCE_LOCAL : DISTANCE_REMOTE;
}

const struct cpumask *cpu_domain(s32 cpu, u32 level)
{
	const struct cpu_topology *t = &machine->topo[cpu];
	const struct cpumask *domains[NR_CPU_DOMAINS] = { t->smt_mask, t->llc_mask, t->node_mask,
							  machine->active };

	return domains[level];
}

/* core.c:cpumask_any_and_distribute(): each time the next one, so that not all go to the first */
static s32 any_and_distribute(const struct cpumask *a, const struct cpumask *b)
{
	s32 *prev = &this_cpu()->distribute_prev, cpu = cpumask_next_and(*prev, a, b);

	if (cpu >= (s32)machine->nr_cpu_ids)
		cpu = cpumask_first_and(a, b);
	if (cpu < (s32)machine->nr_cpu_ids)
		*prev = cpu;
	return cpu;
}

s32 cpu_nearest(s32 cpu, const struct cpumask *mask)
{
	s32 found, here = smp_processor_id();

	if (cpumask_test_cpu(cpu, mask))
		return cpu;
	for (u32 level = 0; level < NR_CPU_DOMAINS; level++) {
		const struct cpumask *domain = cpu_domain(cpu, level);

		if (cpumask_test_cpu(here, mask) && cpumask_test_cpu(here, domain))
			return here;
		found = any_and_distribute(mask, domain);
		if (found < (s32)machine->nr_cpu_ids)
			return found;
	}
	return -1;
}
