// SPDX-License-Identifier: GPL-2.0-only
/*
 * ksyms.c - per-CPU variables by name. Each is an array over CPUs; a program
 * holds CPU 0's address and asks for another's with bpf_per_cpu_ptr(). Those that
 * change all the time are written when a program asks for their address.
 */
#include "kern/ksyms.h"

#include <stdlib.h>

#include "abi/cpufreq.h"
#include "base/region.h"
#include "base/shortage.h"
#include "kern/sched.h"
#include "kern/topology.h"

struct ksym {
	const char *name;
	u64 base;
	u32 stride;
};

enum {
	KSYM_RUNQUEUES,
	KSYM_CPUFREQ,
	KSYM_LLC_ID,
	KSYM_LLC_SIZE,
	KSYM_PRIORITY,
	KSYM_NODE,
	KSYM_CPU_NUMBER,
	KSYM_PCPU_HOT,
	KSYM_PREEMPT_COUNT,
	KSYM_CURRENT,
	NR_KSYMS
};

static void *ksym_array(u32 which, const char *name, u32 size)
{
	void *p = region_alloc(ZONE_KOBJ, (size_t)size * machine->nr_cpu_ids, 64);

	shortage_on(!p, "out of guest memory");
	machine->ksyms[which] = (struct ksym){ name, P64(p), size };
	return p;
}

static u32 llc_size(s32 cpu)
{
	return cpumask_weight(machine->topo[cpu].llc_mask);
}

void ksyms_init(void)
{
	int *llc_id, *size, *node, *number;

	machine->ksyms = calloc(NR_KSYMS, sizeof(*machine->ksyms));
	shortage_on(!machine->ksyms, "out of memory");
	llc_id = ksym_array(KSYM_LLC_ID, "sd_llc_id", sizeof(int));
	size = ksym_array(KSYM_LLC_SIZE, "sd_llc_size", sizeof(int));
	node = ksym_array(KSYM_NODE, "numa_node", sizeof(int));
	number = ksym_array(KSYM_CPU_NUMBER, "cpu_number", sizeof(int));
	ksym_array(KSYM_PRIORITY, "sched_core_priority", sizeof(int));
	ksym_array(KSYM_PCPU_HOT, "pcpu_hot", sizeof(struct pcpu_hot));
	ksym_array(KSYM_PREEMPT_COUNT, "__preempt_count", sizeof(unsigned long));
	ksym_array(KSYM_CURRENT, "current_task", sizeof(struct task_struct *));
	ksym_array(KSYM_CPUFREQ, "cpufreq_cpu_data", sizeof(struct cpufreq_policy *));
	machine->ksyms[KSYM_RUNQUEUES] =
		(struct ksym){ "runqueues", P64(machine->rqs), sizeof(struct rq) };
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		/* the kernel numbers an LLC by its first CPU */
		llc_id[cpu] = cpumask_first(machine->topo[cpu].llc_mask);
		size[cpu] = (int)llc_size((s32)cpu);
		node[cpu] = machine->topo[cpu].node;
		number[cpu] = (int)cpu;
	}
}

u64 ksym_var(const char *name)
{
	for (u32 i = 0; i < NR_KSYMS; i++)
		if (machine->ksyms[i].name && !strcmp(machine->ksyms[i].name, name))
			return machine->ksyms[i].base;
	return 0;
}

static void write_current(u32 which, void *p, s32 cpu)
{
	switch (which) {
	case KSYM_PCPU_HOT:
		*(struct pcpu_hot *)p = (struct pcpu_hot){ host_of(cpu_rq(cpu))->m->running,
							   (int)preempt_count_of(cpu), cpu };
		break;
	case KSYM_PREEMPT_COUNT:
		*(unsigned long *)p = preempt_count_of(cpu);
		break;
	case KSYM_CURRENT:
		*(struct task_struct **)p = host_of(cpu_rq(cpu))->m->running;
		break;
	}
}

u64 ksym_percpu(u64 base, u32 cpu)
{
	u64 addr;

	if (cpu >= machine->nr_cpu_ids)
		return 0;
	for (u32 i = 0; i < NR_KSYMS; i++) {
		if (machine->ksyms[i].base != base || !base)
			continue;
		addr = base + (u64)cpu * machine->ksyms[i].stride;
		write_current(i, (void *)(uintptr_t)addr, (s32)cpu);
		return addr;
	}
	return 0;
}
