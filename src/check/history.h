/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history.h - what the CPUs did, in so many samples as there is room for: a run of any
 * length is covered, the longer it is the more coarsely.
 *
 *	every 9 ms   |.|.|.|.|.|.|.|.|	full: every second one goes,
 *	every 18 ms  |. .|. .|. .|. .|	and they come at half the rate
 */
#ifndef KS_CHECK_HISTORY_H
#define KS_CHECK_HISTORY_H

#include "abi/cpumask.h"
#include "base/types.h"

#define HISTORY_MAX 512

struct history {
	u32 nr_cpus, nr;
	u64 every_ns, next_ns;
	u64 at_ns[HISTORY_MAX];
	u64 *idle_ns; /* [HISTORY_MAX][nr_cpus]: idle so far */
	pid_t *pid;   /* [HISTORY_MAX][nr_cpus]: who was there, 0: nobody */
};

bool history_create(struct history *h, u32 nr_cpus);
void history_destroy(struct history *h);
void history_begin(struct history *h);
/* Take a sample if one is due. Between events. */
void history_look(struct history *h);
/* permille of the time from @since_ns to @until_ns (now, at most) that @cpu idled */
u32 history_idle(const struct history *h, s32 cpu, u64 since_ns, u64 until_ns);
/*
 * What @cpus did then, in words: "CPUs 1-3 idled 98 % of it, CPU 0 ran hog-1[15]". Its length.
 */
u32 history_tell(const struct history *h, const struct cpumask *cpus, u64 since_ns, u64 until_ns,
		 char *buf, u32 size);
/* "CPU 0", "CPUs 1-3,7" */
u32 cpus_text(const struct cpumask *cpus, char *buf, u32 size);

#endif
