/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.h - what a run comes to, gathered once for the two reports. Everything
 * counts from the moment the workload began.
 */
#ifndef KS_API_FIGURES_H
#define KS_API_FIGURES_H

#include "base/types.h"
#include "kern/account.h"
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
	const struct task_struct *p; /* NULL for a dead task */
};

/* tasks of one name but for its last digits; of all, the name is "" */
struct group_row {
	char name[WAIT_GROUP_BYTES];
	u32 nr;
	pid_t first_pid;
	struct task_counts n;
	struct wait_figures wait; /* of the merged observations */
};

/* the figures of one phase */
struct figures_part {
	enum run_phase phase;
	u64 duration_ns, switches;
	struct task_row *tasks; /* of the workload, by pid */
	u32 nr_tasks;
	struct group_row *groups; /* by their first pid */
	u32 nr_groups;
	struct group_row all; /* every task of the workload */
	struct cpu_figures *cpus;
	u32 nr_cpus;
};

struct figures {
	u64 begin_ns; /* they count from here, in virtual time as in the trace */
	u64 duration_ns;
	const char *exit_kind; /* "none", "error_stall", ...; "guest_fault", "lockup" */
	s64 exit_code;
	const char *exit_reason, *exit_msg;
	u64 exit_ns;	       /* when; 0: it has not */
	const char *scheduler; /* under which @under was made; NULL: under none */
	u64 scheduler_ns;      /* when it came; @under begins with the run */
	bool has_after;	       /* a scheduler ended, and the machine went on without */
	u64 after_ns;	       /* since then */
	struct figures_part under, after;
};

/* KS_OK or KS_USAGE (no memory) */
int figures_gather(const struct ks_machine *km, struct figures *f);
void figures_finish(struct figures *f);
/*
 * From @then_ns, which a CPU noted, until now. At a stop that nobody waited for a CPU may have
 * paid for something already, and be ahead of the machine's clock: that is no time yet.
 */
u64 figures_ns_since(u64 then_ns);
/* "error_stall" for SCX_EXIT_ERROR_STALL */
const char *figures_exit_kind(int kind);

#endif
