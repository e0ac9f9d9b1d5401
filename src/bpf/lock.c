// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - the guests' spin locks. Facts: kernel/bpf/helpers.c (bpf_spin_lock:
 * interrupts off, no nesting), kernel/bpf/rqspinlock.c (table of held locks per
 * CPU, AA and ABBA detection, timeout).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "abi/cpumask.h"
#include "base/region.h"
#include "bpf/env.h"
#include "bpf/lock.h"

#define RES_LOCKS_MAX 31 /* RES_NR_HELD: deeper ones are not tracked, only timed out */

/* Locks that a CPU holds, in order of taking, and the one it spins on. */
struct held {
	u32 nr;
	u64 lock[RES_LOCKS_MAX];
	u64 waits_for;
};

static struct held held[NR_CPUS];
static unsigned long spin_flags[NR_CPUS];

static u32 *lock_word(u64 lock)
{
	return (u32 *)(uintptr_t)lock;
}

void vm_spin_lock(u64 lock)
{
	u32 *word = lock_word(lock);
	unsigned long flags = ENV->irq_save();

	while (*word && !ENV->spin_wait(word, *word, false))
		;
	*word = 1;
	spin_flags[ENV->cpu()] = flags;
}

void vm_spin_unlock(u64 lock)
{
	unsigned long flags = spin_flags[ENV->cpu()];

	*lock_word(lock) = 0;
	ENV->irq_restore(flags);
}

static bool holds(const struct held *h, u64 lock)
{
	u32 i;

	for (i = 0; i < min(h->nr, (u32)RES_LOCKS_MAX); i++)
		if (h->lock[i] == lock)
			return true;
	return false;
}

/*
 * check_deadlock_ABBA(): somebody holds @lock and spins on one of ours. Whoever
 * comes last into such a circle of two sees it at once, so one look is enough.
 */
static bool would_deadlock(const struct held *mine, u64 lock)
{
	u32 cpu;

	if (holds(mine, lock))
		return true;
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++)
		if (held[cpu].waits_for && holds(&held[cpu], lock) &&
		    holds(mine, held[cpu].waits_for))
			return true;
	return false;
}

static int res_wait(struct held *h, u64 lock)
{
	u32 *word = lock_word(lock);
	int err = 0;

	h->waits_for = lock;
	while (*word && !err)
		err = ENV->spin_wait(word, *word, true);
	h->waits_for = 0;
	return err;
}

int vm_res_spin_lock(u64 lock)
{
	struct held *h;
	int err = 0;

	ENV->preempt_disable();
	h = &held[ENV->cpu()];
	if (*lock_word(lock))
		err = would_deadlock(h, lock) ? -EDEADLK : res_wait(h, lock);
	if (err) {
		ENV->preempt_enable();
		return err;
	}
	*lock_word(lock) = 1;
	if (h->nr < RES_LOCKS_MAX)
		h->lock[h->nr] = lock;
	h->nr++;
	return 0;
}

/* The verifier has unlocks in reverse order of locks: the last one is ours. */
void vm_res_spin_unlock(u64 lock)
{
	struct held *h = &held[ENV->cpu()];

	if (h->nr)
		h->nr--;
	*lock_word(lock) = 0;
	ENV->preempt_enable();
}

void vm_locks_reset(void)
{
	memset(held, 0, sizeof(held));
	memset(spin_flags, 0, sizeof(spin_flags));
}
