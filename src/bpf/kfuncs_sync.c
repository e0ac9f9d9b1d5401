// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_sync.c - RCU, preemption, interrupts, resilient locks, work queues,
 * exceptions. Facts: kernel/bpf/helpers.c, rqspinlock.c.
 */
#include <errno.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/section.h"
#include "bpf/timer.h"

static u64 rcu_read_lock(struct vm *vm, const u64 *a)
{
	vm_rcu_read_lock(vm);
	return 0;
}

static u64 rcu_read_unlock(struct vm *vm, const u64 *a)
{
	vm_rcu_read_unlock(vm);
	return 0;
}

static u64 preempt_disable(struct vm *vm, const u64 *a)
{
	vm_preempt_disable(vm);
	return 0;
}

static u64 preempt_enable(struct vm *vm, const u64 *a)
{
	vm_preempt_enable(vm);
	return 0;
}

/* address of an unsigned long */
static u64 local_irq_save(struct vm *vm, const u64 *a)
{
	unsigned long *flags = vm_obj(vm, a[0], sizeof(*flags));

	if (flags) {
		*flags = 0;
		vm_irq_save(vm, a[0]);
	}
	return 0;
}

static u64 local_irq_restore(struct vm *vm, const u64 *a)
{
	vm_irq_restore(vm, a[0]);
	return 0;
}

static u64 res_spin_lock(struct vm *vm, const u64 *a)
{
	return vm_obj(vm, a[0], sizeof(u32)) ? ret_errno(vm_res_lock(vm, a[0])) : 0;
}

static u64 res_spin_unlock(struct vm *vm, const u64 *a)
{
	vm_res_unlock(vm, a[0]);
	return 0;
}

/* lock, address of flags: interrupts stay on if the lock is refused */
static u64 res_spin_lock_irqsave(struct vm *vm, const u64 *a)
{
	unsigned long *flags = vm_obj(vm, a[1], sizeof(*flags));
	int err;

	if (!flags || !vm_obj(vm, a[0], sizeof(u32)))
		return 0;
	*flags = 0;
	vm_irq_save(vm, a[1]);
	err = vm->dead ? 0 : vm_res_lock(vm, a[0]);
	if (err)
		vm_irq_restore(vm, a[1]);
	return ret_errno(err);
}

static u64 res_spin_unlock_irqrestore(struct vm *vm, const u64 *a)
{
	res_spin_unlock(vm, a);
	return vm->dead ? 0 : local_irq_restore(vm, a + 1);
}

/* wq, map, flags */
static u64 wq_init(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[1]);

	return map ? ret_errno(vm_work_init(a[0], map, (u32)a[2])) : 0;
}

/* wq, callback, flags */
static u64 wq_set_callback(struct vm *vm, const u64 *a)
{
	return ret_errno(vm_work_set_callback(a[0], a[1], vm->prog, (u32)a[2]));
}

static u64 wq_start(struct vm *vm, const u64 *a)
{
	return ret_errno(vm_work_start(a[0], (u32)a[1]));
}

static u64 throw(struct vm * vm, const u64 *a)
{
	vm_throw(vm, a[0]);
	return 0;
}

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_rcu_read_lock, rcu_read_lock, 0),
	KFUNC(bpf_rcu_read_unlock, rcu_read_unlock, 0),
	KFUNC(bpf_preempt_disable, preempt_disable, 0),
	KFUNC(bpf_preempt_enable, preempt_enable, 0),
	KFUNC(bpf_wq_init, wq_init, 0),
	KFUNC(bpf_wq_start, wq_start, 0),
	KFUNC(bpf_wq_set_callback_impl, wq_set_callback, 0),
	KFUNC(bpf_wq_set_callback, wq_set_callback, KF_IMPLICIT_ARGS),
	KFUNC(bpf_throw, throw, 0),
	KFUNC(bpf_local_irq_save, local_irq_save, 0),
	KFUNC(bpf_local_irq_restore, local_irq_restore, 0),
	KFUNC(bpf_res_spin_lock, res_spin_lock, KF_RET_NULL | KF_PREEMPT_IRQ),
	KFUNC(bpf_res_spin_unlock, res_spin_unlock, KF_PREEMPT_IRQ),
	KFUNC(bpf_res_spin_lock_irqsave, res_spin_lock_irqsave, KF_RET_NULL | KF_PREEMPT_IRQ),
	KFUNC(bpf_res_spin_unlock_irqrestore, res_spin_unlock_irqrestore, KF_PREEMPT_IRQ),
};

void kfuncs_sync_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
