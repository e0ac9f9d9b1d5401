/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel.h - a row of kernels.def, and whether a fact's dates hold for it. */
#ifndef KS_ABI_KERNEL_H
#define KS_ABI_KERNEL_H

#include "base/dates.h"
#include "base/types.h"

/* when kernel code gives the CPU away: kern/preempt.h */
enum preempt_model {
	PREEMPT_UNSAID, /* as the kernel boots */
	PREEMPT_NONE,
	PREEMPT_VOLUNTARY,
	PREEMPT_FULL,
	PREEMPT_LAZY,
	NR_PREEMPT_MODELS
};

struct kernel {
	u8 major, minor; /* the series */
	u16 point;
	u32 hz;			    /* ticks a second */
	enum preempt_model preempt; /* what it boots with */
	bool preview;		    /* not released yet */
};

/* "lazy", as the kernel's command line has it */
const char *preempt_model_name(enum preempt_model model);
/* in order of age; NULL ends */
const struct kernel *kernel_at(u32 i);
/* @dates as base/dates.h makes them. A malformed one is a bug of ours. */
bool kernel_within(const struct kernel *k, const char *dates);
/* "since 7.1; in 6.18 since .19", "6.19 to 7.0": for people. "": always */
void kernel_dates_text(const char *dates, char *buf, size_t len);

/*
 * kernel_parse - "6.12", "v6.18.15": its numbers into *@k, point -1 as 0xffff if
 * there is none. False: it is no version.
 */
bool kernel_parse(const char *name, struct kernel *k);
#define POINT_NONE 0xffff

#endif
