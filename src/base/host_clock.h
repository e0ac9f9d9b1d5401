/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host_clock.h - how long something takes on this computer: for people and for budgets. No result of
 * a run may depend on it.
 */
#ifndef KS_BASE_HOST_CLOCK_H
#define KS_BASE_HOST_CLOCK_H

#include <time.h>

#include "base/types.h"

/* ns since some moment, steadily */
static inline u64 host_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

#endif
