// SPDX-License-Identifier: GPL-2.0-only
/*
 * section.c - see section.h. Facts: kernel/bpf/verifier.c (active_preempt_locks,
 * active_rcu_locks, acquire_irq_state, process_spin_lock).
 */
#include "bpf/section.h"

#include "bpf/env.h"
#include "bpf/lock.h"

static void unpaired(struct vm *vm, u64 addr, const char *what)
{
	vm_fault(vm, FAULT_BAD_INSN, addr, 0, "%s", what);
}

void vm_rcu_read_lock(struct vm *vm)
{
	vm->in.rcu++;
	ENV->rcu_read_lock();
}

void vm_rcu_read_unlock(struct vm *vm)
{
	if (!vm->in.rcu) {
		unpaired(vm, 0, "leaves an RCU section that it is not in");
		return;
	}
	vm->in.rcu--;
	ENV->rcu_read_unlock();
}

void vm_preempt_disable(struct vm *vm)
{
	vm->in.preempt++;
	ENV->preempt_disable();
}

void vm_preempt_enable(struct vm *vm)
{
	if (!vm->in.preempt) {
		unpaired(vm, 0, "enables preemption that it has not disabled");
		return;
	}
	vm->in.preempt--;
	ENV->preempt_enable();
}

void vm_irq_save(struct vm *vm, u64 at)
{
	struct vm_sections *in = &vm->in;

	if (in->irqs == VM_IRQS_MAX) {
		unpaired(vm, at, "saves interrupt flags over and over");
		return;
	}
	in->irq[in->irqs].at = at;
	in->irq[in->irqs++].flags = ENV->irq_save();
}

void vm_irq_restore(struct vm *vm, u64 at)
{
	struct vm_sections *in = &vm->in;

	if (!in->irqs || in->irq[in->irqs - 1].at != at) {
		unpaired(vm, at, "restores interrupt flags that were not the last ones saved");
		return;
	}
	ENV->irq_restore(in->irq[--in->irqs].flags);
}

/* ---- locks: in values of maps and objects, which stay while programs run ---- */

static bool lockable(struct vm *vm, u64 lock)
{
	enum region_zone zone = region_contains(lock) ? region_zone_of(lock) : ZONE_KOBJ;

	if (zone != ZONE_HEAP && zone != ZONE_MAP)
		unpaired(vm, lock, "takes a lock that lies in no map and no object");
	return !vm->dead;
}

void vm_lock(struct vm *vm, u64 lock)
{
	if (vm->in.lock) {
		unpaired(vm, lock, "takes a spin lock while it holds one");
		return;
	}
	if (!lockable(vm, lock))
		return;
	vm_spin_lock(lock);
	vm->in.lock = lock;
}

void vm_unlock(struct vm *vm, u64 lock)
{
	if (!lock || vm->in.lock != lock) {
		unpaired(vm, lock, "unlocks a spin lock that it does not hold");
		return;
	}
	vm->in.lock = 0;
	vm_spin_unlock(lock);
}

int vm_res_lock(struct vm *vm, u64 lock)
{
	struct vm_sections *in = &vm->in;
	int err;

	if (in->res_locks == VM_RES_LOCKS_MAX) {
		unpaired(vm, lock, "takes more resilient locks than any verifier follows");
		return 0;
	}
	if (!lockable(vm, lock))
		return 0;
	err = vm_res_spin_lock(lock);
	if (!err)
		in->res_lock[in->res_locks++] = lock;
	return err;
}

void vm_res_unlock(struct vm *vm, u64 lock)
{
	struct vm_sections *in = &vm->in;

	if (!in->res_locks || in->res_lock[in->res_locks - 1] != lock) {
		unpaired(vm, lock, "unlocks a resilient lock that it did not take last");
		return;
	}
	in->res_locks--;
	vm_res_spin_unlock(lock);
}

/* ---- the end ---- */

void vm_sections_leave(struct vm *vm)
{
	struct vm_sections *in = &vm->in;

	if (!vm->dead)
		unpaired(
			vm, 0,
			"returns with a lock held, or RCU, preemption or interrupts not as they were");
	if (in->lock)
		vm_unlock(vm, in->lock);
	while (in->res_locks)
		vm_res_unlock(vm, in->res_lock[in->res_locks - 1]);
	while (in->irqs)
		vm_irq_restore(vm, in->irq[in->irqs - 1].at);
	while (in->preempt)
		vm_preempt_enable(vm);
	while (in->rcu)
		vm_rcu_read_unlock(vm);
}
