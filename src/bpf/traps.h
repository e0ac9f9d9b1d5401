/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * traps.h - accesses of programs: what may be done at once, and what an instruction does
 * that cannot be done at once. The interpreter and native code (jit.h) have these in common.
 *
 *	can_load()   yes ─▶ load
 *	             no  ─▶ trap_load()   yes ─▶ load       (a window of an arena, a second page)
 *	                                  no  ─▶ 0
 *
 * @ip is the instruction, of vm->prog.
 */
#ifndef KS_BPF_TRAPS_H
#define KS_BPF_TRAPS_H

#include "base/region.h"
#include "bpf/insn.h"
#include "bpf/vm.h"

#define STORE_ZONE_FIRST ((u64)ZONE_STACK) /* KOBJ comes first, RING last */
#define STORE_ZONES (NR_ZONES - 2)
#define STORE_BASE (REGION_BASE + (STORE_ZONE_FIRST << REGION_ZONE_SHIFT))
#define STORE_SPAN ((u64)STORE_ZONES << REGION_ZONE_SHIFT)

_Static_assert(ZONE_KOBJ == 0 && ZONE_STACK == 1 && ZONE_RING == NR_ZONES - 1,
	       "what guests may store to is one range between KOBJ and RING");

static inline bool page_present(const u8 *present, u64 addr)
{
	return present[(addr - REGION_BASE) >> REGION_PAGE_SHIFT];
}

/* Both ends are on one page: the common case, decided inline. */
static inline bool one_page(u64 addr, u32 size)
{
	return (addr & (REGION_PAGE_SIZE - 1)) <= REGION_PAGE_SIZE - size;
}

static inline bool can_load(const u8 *present, u64 addr, u32 size)
{
	if (unlikely(addr - REGION_BASE >= REGION_SIZE))
		return false;
	return likely(one_page(addr, size)) ? page_present(present, addr) : region_ok(addr, size);
}

static inline bool can_store(const u8 *present, u64 addr, u32 size)
{
	return likely(addr - STORE_BASE < STORE_SPAN && one_page(addr, size)) &&
	       page_present(present, addr);
}

/* The unusual load: true if there is something at *@addr, or where it should have pointed */
bool trap_load(struct vm *vm, const struct insn *ip, u64 *addr, u32 size);
/*
 * The unusual store: may it be done, at *@addr? If not it was dropped, as the kernel does with
 * one to an arena page that is not there, or vm->dead is set.
 */
bool trap_store(struct vm *vm, const struct insn *ip, u64 *addr, u32 size);
/* The same for read-modify-write, which hardware wants aligned. */
bool trap_rmw(struct vm *vm, const struct insn *ip, u64 *addr, u32 size);
/* A call of what is missing, or an instruction that is known by name alone: a fault. */
void trap_missing(struct vm *vm, const struct insn *ip);
void trap_refused(struct vm *vm, const struct insn *ip);

/* insn.def's builtins, on @r of the frame that uses them */
#define RMW_fetch_add(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define RMW_fetch_or(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define RMW_fetch_and(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
#define RMW_fetch_xor(p, v) __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST)
#define RMW_exchange_n(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define RMW_cmpxchg(p, v)                                                          \
	({                                                                         \
		__typeof__(*(p)) seen_ = (__typeof__(*(p)))r[0];                   \
		__atomic_compare_exchange_n(p, &seen_, v, false, __ATOMIC_SEQ_CST, \
					    __ATOMIC_SEQ_CST);                     \
		seen_;                                                             \
	})

#endif
