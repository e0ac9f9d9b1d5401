/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_priv.h - what the interpreter asks of vm.c.
 */
#ifndef KS_BPF_VM_PRIV_H
#define KS_BPF_VM_PRIV_H

#include "bpf/vm.h"
#include "engine/schedule.h"

/* Charge for what ran since the last time; false: the invocation is over. */
bool vm_pay(struct vm *vm);

/*
 * The program is at a point that a schedule may decide at; *vm is up to date. It has paid for
 * what it ran, and was held, if so. false: the invocation is over.
 */
bool vm_reach(struct vm *vm, enum point_kind kind, u64 addr, bool write);

/* Is what lies at @addr seen by other CPUs? Not the program's own stack, nor what it reserved. */
static inline bool vm_shared(u64 addr)
{
	enum region_zone zone = region_zone_of(addr);

	return region_contains(addr) && zone != ZONE_STACK && zone != ZONE_RING;
}

#endif
