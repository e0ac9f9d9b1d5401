/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.h - what a run comes to, gathered once for the two reports. Everything
 * counts from the moment the workload began.
 */
#ifndef KS_API_FIGURES_H
#define KS_API_FIGURES_H

#include "base/types.h"
#include "kern/task.h"

struct ks_machine;

struct cpu_figures {
	u64 busy_ns, idle_ns, switches, kicked;
	/*
	 * It waits with interrupts off, for longer than locks are held, as the run ends:
	 * where, since when, for which CPU (-1: none in particular). NULL: it does not.
	 */
	const char *waits_in;
	u64 waiting_ns;
	s32 waits_for;
};

struct task_row {
	struct task_figures t;
	const u64 *cpu_ns;	/* running time by CPU; NULL for a dead task */
};

struct figures {
	u64 duration_ns, switches;
	const char *exit_kind;	/* "none", "error_stall", ...; "guest_fault", "lockup" */
	s64 exit_code;
	const char *exit_reason, *exit_msg;
	struct task_row *tasks;		/* of the workload, by pid */
	u32 nr_tasks;
	struct cpu_figures *cpus;
	u32 nr_cpus;
};

/* KS_OK or KS_USAGE (no memory) */
int figures_gather(const struct ks_machine *km, struct figures *f);
void figures_finish(struct figures *f);
/* one CPU's, up to its last context switch */
void figures_of_cpu(const struct ks_machine *km, u32 cpu, struct cpu_figures *f);
/*
 * From @then_ns, which a CPU noted, until now. At a stop that nobody waited for a CPU may have
 * paid for something already, and be ahead of the machine's clock: that is no time yet.
 */
u64 figures_ns_since(u64 then_ns);
/* "error_stall" for SCX_EXIT_ERROR_STALL */
const char *figures_exit_kind(int kind);

#endif
