// SPDX-License-Identifier: GPL-2.0-only
/*
 * lockup.c - the kernel's watchdogs (kern/stuck.c) suspect the scheduler: it is ejected, in the
 * hope that the CPUs come free then.
 */
#include <stdio.h>

#include "kern/cpumask.h"
#include "kern/ext/ext.h"

#define CPUS_TEXT 256

static bool can_be_ejected(void)
{
	return scx_root && (scx.state == SCX_ENABLING || scx.state == SCX_ENABLED);
}

/* ext.c:scx_softlockup(), on the CPU that is stuck, in hard irq */
void scx_softlockup(u32 dur_s)
{
	s32 cpu = smp_processor_id();

	lockdep_assert_irqs_off();
	if (!K->b.softlockup_ejects || !can_be_ejected())
		return;
	if (!scx_exit_on(scx_root, SCX_EXIT_ERROR, 0, cpu,
			 K->b.softlockup_hashes_cpu ? "soft lockup - CPU#%d stuck for %us" :
						      "soft lockup - CPU %d stuck for %us",
			 cpu, dur_s))
		return;
	if (!K->b.softlockup_hashes_cpu)
		pr_err("sched_ext: Soft lockup - CPU %d stuck for %us, disabling BPF scheduler",
		       cpu, dur_s);
}

/* ext.c:scx_hardlockup(), in NMI on the CPU in question */
bool scx_hardlockup(s32 cpu)
{
	if (!K->b.hardlockup_ejects || !can_be_ejected() ||
	    !scx_exit_on(scx_root, SCX_EXIT_ERROR, 0, cpu, "hard lockup - CPU %d", cpu))
		return false;
	pr_err("sched_ext: Hard lockup - CPU %d, disabling BPF scheduler", cpu);
	return true;
}

/* "%*pbl": "1-3,6" */
/* Context: any. */
static const char *cpus_list(const struct cpumask *m, char buf[CPUS_TEXT])
{
	s32 first, last = -1;
	int n = 0;

	buf[0] = '\0';
	while (n < CPUS_TEXT - 16 && cpumask_next_range(m, &first, &last)) {
		n += sprintf(buf + n, "%s%d", n ? "," : "", first);
		if (last > first)
			n += sprintf(buf + n, "-%d", last);
	}
	return buf;
}

/* ext.c:scx_rcu_cpu_stall(), on some CPU that takes ticks */
void scx_rcu_cpu_stall(const struct cpumask *stalled)
{
	char cpus[CPUS_TEXT];

	lockdep_assert_irqs_off();
	if (!K->b.rcu_stall_ejects || !can_be_ejected())
		return;
	if (K->b.rcu_stall_names_cpus)
		scx_exit_on(scx_root, SCX_EXIT_ERROR, 0, cpumask_first(stalled),
			    "RCU CPU stall on CPUs (%s)", cpus_list(stalled, cpus));
	else
		scx_error(scx_root, "RCU CPU stall detected!");
}
