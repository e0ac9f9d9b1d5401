/* SPDX-License-Identifier: GPL-2.0-only */
/* lockup.h - a machine that cannot go on: who spins for whom. */
#ifndef KS_KERN_LOCKUP_H
#define KS_KERN_LOCKUP_H

#include "base/types.h"

/* as kernel.watchdog_thresh: a CPU with interrupts off for that long is locked up */
#define HARDLOCKUP_THRESH_NS (10ULL * 1000000000)

struct lockup {
	s32 cpu;
	u64 since_ns, at_ns;
	char text[1024]; /* "CPU 1 spins in kick_cpus_irq_workfn() ... for CPU 2, which ..." */
};

/* Report that the executing CPU can never go on, and end the run. Does not return. */
void __noreturn lockup_report(const char *why);
void lockup_describe(s32 cpu, char *buf, size_t len);

#endif
