// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_sync.c - loops, locks, timers, pointers that maps own. Facts:
 * kernel/bpf/helpers.c, bpf_iter.c (bpf_loop).
 */
#include <errno.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/section.h"
#include "bpf/timer.h"

#define LOOPS_MAX (8u << 20) /* BPF_MAX_LOOPS */

/* count, callback(index, ctx), ctx, flags: iterations done */
static u64 loop(struct vm *vm, const u64 *a)
{
	const u32 nr = a[0];
	u64 args[2] = { 0, a[2] };
	u32 i;

	if (a[3])
		return ret_errno(-EINVAL);
	/*
	 * verifier.c:inline_bpf_loop() writes its own code for a call with flags 0, and
	 * that moves 32 bits: a program that looks for a negative long finds none.
	 */
	if (nr > LOOPS_MAX)
		return (u32)-E2BIG;
	for (i = 0; i < nr && !vm->dead; i++) {
		args[0] = i;
		if (vm_call(vm, a[1], args, 2))
			return i + 1;
	}
	return i;
}

static u64 spin_lock(struct vm *vm, const u64 *a)
{
	if (vm_obj(vm, a[0], sizeof(u32)))
		vm_lock(vm, a[0]);
	return 0;
}

static u64 spin_unlock(struct vm *vm, const u64 *a)
{
	vm_unlock(vm, a[0]);
	return 0;
}

static u64 timer_init(struct vm *vm, const u64 *a)
{
	struct map *map = arg_map(vm, a[1]);

	return map ? ret_errno(vm_timer_init(a[0], map, a[2])) : 0;
}

static u64 timer_set_callback(struct vm *vm, const u64 *a)
{
	return ret_errno(vm_timer_set_callback(a[0], a[1], vm->prog));
}

static u64 timer_start(struct vm *vm, const u64 *a)
{
	return ret_errno(vm_timer_start(a[0], a[1], a[2]));
}

static u64 timer_cancel(struct vm *vm, const u64 *a)
{
	return ret_errno(vm_timer_cancel(a[0]));
}

/* field, new pointer: the old one, now the program's */
static u64 kptr_xchg(struct vm *vm, const u64 *a)
{
	u64 *slot = vm_obj(vm, a[0], sizeof(u64));
	u64 old;

	if (!slot)
		return 0;
	old = *slot;
	*slot = a[1];
	return old;
}

static const struct helper helpers[] = {
	HELPER(loop, loop),
	HELPER(spin_lock, spin_lock),
	HELPER(spin_unlock, spin_unlock),
	HELPER(timer_init, timer_init),
	HELPER(timer_set_callback, timer_set_callback),
	HELPER(timer_start, timer_start),
	HELPER(timer_cancel, timer_cancel),
	HELPER(kptr_xchg, kptr_xchg),
};

void helpers_sync_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
