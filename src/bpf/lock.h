/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.h - bpf_spin_lock and bpf_res_spin_lock, 4 bytes in a value. 0 is free, 1
 * is held. Real waiting: other CPUs run while one spins (ENV->spin_wait).
 */
#ifndef KS_BPF_LOCK_H
#define KS_BPF_LOCK_H

#include "abi/cpumask.h"
#include "base/types.h"

#define RES_LOCKS_MAX 31 /* RES_NR_HELD: deeper ones are not tracked, only timed out */

/* Locks that a CPU holds, in order of taking, and the one it spins on. */
struct held {
	u32 nr;
	u64 lock[RES_LOCKS_MAX];
	u64 waits_for;
};

struct vm_locks {
	struct held held[NR_CPUS];
	unsigned long spin_flags[NR_CPUS]; /* interrupts before bpf_spin_lock() */
};

/* Interrupts go off until the unlock. One such lock a CPU at a time. */
void vm_spin_lock(u64 lock);
void vm_spin_unlock(u64 lock);

/*
 * 0 with the lock held and preemption off; -EDEADLK: this CPU holds it already, or its holder waits
 * for one that we hold; -ETIMEDOUT: a quarter of a second went by.
 */
int vm_res_spin_lock(u64 lock);
void vm_res_spin_unlock(u64 lock);

/* after the machine: nobody holds anything */
void vm_locks_reset(void);

#endif
