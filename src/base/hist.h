/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hist.h - a histogram of durations with bounded relative error (1/32): buckets
 * by power of two, each cut in 32. Percentiles without keeping the samples, in
 * integers, so that they are the same everywhere.
 */
#ifndef KS_BASE_HIST_H
#define KS_BASE_HIST_H

#include "base/types.h"

#define HIST_SUB_BITS 5
#define HIST_BUCKETS (60 << HIST_SUB_BITS)

struct hist {
	u64 nr, sum, max, min;
	u32 *bucket; /* HIST_BUCKETS, allocated with the first sample */
};

void hist_add(struct hist *h, u64 v);
/* upper bound of the bucket that holds the @pct-th percentile (0..100), never above max; 0 if empty */
u64 hist_percentile(const struct hist *h, u32 pct);
/* how many are at least 1 << @power and below twice that; 0 counts with 1 */
u64 hist_power(const struct hist *h, u32 power);
void hist_merge(struct hist *into, const struct hist *from);
void hist_finish(struct hist *h);

#endif
