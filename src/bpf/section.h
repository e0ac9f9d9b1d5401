/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * section.h - what a program enters and has to leave: RCU, preemption and interrupts off,
 * locks. The kernel's verifier lets only programs in that do so in pairs, innermost
 * first; here an invocation keeps count, so that none can switch on what the kernel
 * around it has off.
 *
 *	bpf_preempt_enable() without bpf_preempt_disable()	a fault
 *	a return with interrupts off				a fault, and they are on again
 *
 * What a program saves in memory of its own (the flags of bpf_local_irq_save()) is never
 * read back.
 */
#ifndef KS_BPF_SECTION_H
#define KS_BPF_SECTION_H

#include "bpf/vm.h"

/* Each may end the run with a fault: vm->dead. */
void vm_rcu_read_lock(struct vm *vm);
void vm_rcu_read_unlock(struct vm *vm);
void vm_preempt_disable(struct vm *vm);
void vm_preempt_enable(struct vm *vm);
/* @at: the guest's unsigned long, which names the pair */
void vm_irq_save(struct vm *vm, u64 at);
void vm_irq_restore(struct vm *vm, u64 at);
/* bpf_spin_lock(): one at a time */
void vm_lock(struct vm *vm, u64 lock);
void vm_unlock(struct vm *vm, u64 lock);
/* bpf_res_spin_lock(): 0, -EDEADLK, -ETIMEDOUT */
int vm_res_lock(struct vm *vm, u64 lock);
void vm_res_unlock(struct vm *vm, u64 lock);

/* The invocation is over: leave all that it has not left. */
void vm_sections_leave(struct vm *vm);
static inline void vm_sections_end(struct vm *vm)
{
	const struct vm_sections *in = &vm->in;

	if (unlikely((in->rcu | in->preempt | in->irqs | in->res_locks) || in->lock))
		vm_sections_leave(vm);
}

#endif
