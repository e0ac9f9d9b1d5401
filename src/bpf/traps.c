// SPDX-License-Identifier: GPL-2.0-only
/*
 * traps.c - see traps.h.
 */
#include <stdio.h>

#include "bpf/arena.h"
#include "bpf/env.h"
#include "bpf/prog_priv.h"
#include "bpf/ringbuf.h"
#include "bpf/traps.h"

/*
 * An access through an arena's user address, which no kernel would have let in:
 * clang before 20 leaves out the cast in front of a memset() or memcpy() of arena
 * memory. What is meant is plain, so it is done, and said once a program.
 */
static u64 arena_uncast(struct vm *vm, const struct insn *ip, u64 addr)
{
	struct prog *prog = vm->prog;
	char where[256] = "", line[512];
	u32 insn = ip - prog->code;

	if (!prog->arena_user || addr >> 32 != prog->arena_user >> 32)
		return addr;
	if (!prog->arena_uncast) {
		prog->arena_uncast = true;
		prog_source_line(prog, insn, where, sizeof(where));
		snprintf(
			line, sizeof(line),
			"warning: program '%s', instruction %u, %s: an arena pointer is used without "
			"a cast; a kernel's verifier refuses that",
			prog_name(prog), insn, where);
		ENV->printk(line);
	}
	return prog->arena_kern | (u32)addr;
}

/* Nothing is there; but user space may have touched an arena page since we looked. */
static bool arena_touched(u64 addr, u32 size)
{
	return region_contains(addr) && region_zone_of(addr) == ZONE_ARENA && arena_fault(addr) &&
	       region_ok(addr, size);
}

bool trap_load(struct vm *vm, const struct insn *ip, u64 *addr, u32 size)
{
	*addr = arena_uncast(vm, ip, *addr);
	return region_ok(*addr, size) || arena_touched(*addr, size);
}

/* Something is there, but not every byte of that zone is the program's. */
static bool may_store_there(struct vm *vm, u64 addr, u32 size)
{
	enum region_zone zone = region_zone_of(addr);

	if (zone == ZONE_KOBJ && !ENV->store_ok(vm->prog, addr, size))
		vm_fault(vm, FAULT_WILD_STORE, addr, size,
			 "store of %u bytes to a kernel object that programs may not write", size);
	else if (zone == ZONE_RING && !ringbuf_may_store(addr, size))
		vm_fault(vm, FAULT_WILD_STORE, addr, size,
			 "store of %u bytes to a ring buffer, "
			 "outside of records that are reserved and not yet submitted",
			 size);
	return !vm->dead;
}

bool trap_store(struct vm *vm, const struct insn *ip, u64 *where, u32 size)
{
	u64 addr = *where = arena_uncast(vm, ip, *where);

	vm->insn = ip - vm->prog->code;
	if (region_ok(addr, size)) {
		return may_store_there(vm, addr, size);
	} else if (arena_touched(addr, size)) {
		return true;
	} else if (!region_contains(addr) || region_zone_of(addr) != ZONE_ARENA) {
		vm_fault(vm, FAULT_WILD_STORE, addr, size,
			 "store of %u bytes to address 0x%llx, where nothing is", size, addr);
	}
	return false;
}

bool trap_rmw(struct vm *vm, const struct insn *ip, u64 *addr, u32 size)
{
	if (!(*addr & (size - 1)))
		return trap_store(vm, ip, addr, size);
	vm->insn = ip - vm->prog->code;
	vm_fault(vm, FAULT_WILD_STORE, *addr, size, "atomic access to misaligned address 0x%llx",
		 *addr);
	return false;
}

void trap_missing(struct vm *vm, const struct insn *ip)
{
	char name[128];

	vm->insn = ip - vm->prog->code;
	prog_call_name(vm->prog, vm->insn, name, sizeof(name));
	vm_fault(vm, FAULT_MISSING_CALL, 0, 0, "reached a call of %s, which is missing", name);
}

void trap_refused(struct vm *vm, const struct insn *ip)
{
	vm->insn = ip - vm->prog->code;
	vm_fault(vm, FAULT_BAD_INSN, 0, 0, "%s was let in", insn_infos[ip->op].name);
}
