// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers.c - see helpers.h.
 *
 * The kernel's verifier proves that arguments are what they should be. The loader
 * here does not prove as much, so a helper that gets nonsense ends the run with a
 * report: such a program would not have been loaded.
 */
#include "bpf/arena.h"
#include "bpf/cpumask.h"
#include "bpf/env.h"
#include "bpf/graph.h"
#include "bpf/helpers.h"
#include "bpf/lock.h"
#include "bpf/objalloc.h"
#include "bpf/timer.h"

void helpers_init(void)
{
	helpers_map_init();
	helpers_mem_init();
	helpers_task_init();
	helpers_print_init();
	helpers_sync_init();
	helpers_ringbuf_init();
	helpers_dynptr_init();
	helpers_string_init();
	helpers_perf_init();
	helpers_stack_init();
	kfuncs_cpumask_init();
	kfuncs_iter_init();
	kfuncs_obj_init();
	kfuncs_sync_init();
	kfuncs_mem_init();
	kfuncs_dynptr_init();
	kfuncs_string_init();
}

void helpers_reset(void)
{
	graph_reset();
	objs_reset();
	vm_timers_reset();
	vm_locks_reset();
	cpumask_cursors_reset();
	cpumasks_reset();
	arenas_reset();
}

struct map *arg_map(struct vm *vm, u64 addr)
{
	struct map *map = map_from_guest(addr);

	if (!map)
		vm_fault(vm, FAULT_BAD_INSN, addr, 0, "a map argument of 0x%llx is no map", addr);
	return map;
}

struct map *arg_map_of(struct vm *vm, u64 addr, enum bpf_map_type type)
{
	struct map *map = arg_map(vm, addr);

	if (!map || map->type == type)
		return map;
	vm_fault(vm, FAULT_BAD_INSN, addr, 0, "map '%s' has type %u where %u is needed", map->name,
		 map->type, type);
	return NULL;
}

/* a size is a register's whole: 4 GiB and more are nowhere */
const void *arg_read(struct vm *vm, u64 addr, u64 size)
{
	const void *p = !size ? "" : size > UINT32_MAX ? NULL : vm_ptr(addr, size);

	vm_work(vm, p ? size : 0);
	if (!p)
		vm_fault(vm, FAULT_BAD_INSN, addr, size,
			 "a call would read %llu bytes at 0x%llx, where nothing is", size, addr);
	return p;
}

void *arg_write(struct vm *vm, u64 addr, u64 size)
{
	static const u8 nothing; /* room for nothing */

	if (size > UINT32_MAX) {
		vm_fault(vm, FAULT_WILD_STORE, addr, 0,
			 "a call would store %llu bytes at 0x%llx, which the program does not own",
			 size, addr);
		return NULL;
	}
	vm_work(vm, size);
	return size ? vm_wptr(vm, addr, size) : (void *)&nothing;
}
