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
#include "bpf/state.h"

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
	vm_state.locks.spin_flags[ENV->cpu()] = flags;
}

void vm_spin_unlock(u64 lock)
{
	unsigned long flags = vm_state.locks.spin_flags[ENV->cpu()];

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
	for (cpu = 0; cpu < ENV->nr_cpus; cpu++) {
		const struct held *h = &vm_state.locks.held[cpu];

		if (h->waits_for && holds(h, lock) && holds(mine, h->waits_for))
			return true;
	}
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
	h = &vm_state.locks.held[ENV->cpu()];
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
	struct held *h = &vm_state.locks.held[ENV->cpu()];

	if (h->nr)
		h->nr--;
	*lock_word(lock) = 0;
	ENV->preempt_enable();
}

void vm_locks_reset(void)
{
	memset(&vm_state.locks, 0, sizeof(vm_state.locks));
}
