/* SPDX-License-Identifier: GPL-2.0-only */
/* cpufreq.h - a CPU's frequency limits, in kHz. */
#ifndef KS_ABI_CPUFREQ_H
#define KS_ABI_CPUFREQ_H

#include "base/types.h"

struct cpufreq_cpuinfo {
	unsigned int max_freq;
	unsigned int min_freq;
};

struct cpufreq_policy {
	unsigned int cpu;
	struct cpufreq_cpuinfo cpuinfo;
	unsigned int min;
	unsigned int max;
	unsigned int cur;
};

#endif
