// SPDX-License-Identifier: GPL-2.0-only
/*
 * interp.c - the interpreter: one label for each row of insn.def.
 *
 * Instructions are counted by distance: `mark` is where ip would have started, had
 * there been no jumps, so that ip - mark is the number executed (in bytes of code,
 * 16 each). Straight-line code pays nothing for it, a taken jump one addition:
 *
 *	0: r0 = 0          mark = &code[0]
 *	1: r0 += 1
 *	2: goto 1          mark -= 2 slots;  at 1 again: ip - mark = 3
 *
 * Program time is paid (vm_pay) before every call of a helper, and on jumps backward and
 * returns (callbacks' among them: vm_call) once PROG_CHARGE_INSNS are due. Paying may
 * switch to other fibers, which run other programs: all state is in this frame, in *vm
 * and in vm->stack.
 *
 * A load from where nothing is reads 0; a store there ends the run (vm_fault), except
 * in an arena, where the kernel drops it. Guest addresses are host addresses.
 */
#include <stdio.h>
#include <string.h>

#include "bpf/callable.h"
#include "bpf/env.h"
#include "bpf/arena.h"
#include "bpf/interp.h"
#include "bpf/prog_priv.h"
#include "bpf/ringbuf.h"
#include "bpf/vm.h"
#include "bpf/vm_priv.h"

#define SLOT ((s64)sizeof(struct insn))
#define STORE_BASE (REGION_BASE + (1ULL << REGION_ZONE_SHIFT)) /* KOBJ comes first */
#define STORE_SPAN (REGION_SIZE - (2ULL << REGION_ZONE_SHIFT))

_Static_assert(ZONE_KOBJ == 0 && ZONE_RING == NR_ZONES - 1,
	       "what guests may store to is one range between KOBJ and RING");

static inline bool page_present(const u8 *present, u64 addr)
{
	u64 page = (addr - REGION_BASE) >> REGION_PAGE_SHIFT;

	return present[page >> 3] >> (page & 7) & 1;
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

/* The unusual load: true if there is something at *@addr after all */
static __attribute__((noinline)) bool may_load(struct vm *vm, const struct insn *ip, u64 *addr,
					       u32 size)
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

/*
 * The unusual store: may it be done? If not it was dropped, as the kernel does with one
 * to an arena page that is not there, or vm->dead is set.
 */
static __attribute__((noinline)) bool may_store(struct vm *vm, const struct insn *ip, u64 *where,
						u32 size)
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

/* The same for read-modify-write, which hardware wants aligned. */
static __attribute__((noinline)) bool may_rmw(struct vm *vm, const struct insn *ip, u64 *addr,
					      u32 size)
{
	if (!(*addr & (size - 1)))
		return may_store(vm, ip, addr, size);
	vm->insn = ip - vm->prog->code;
	vm_fault(vm, FAULT_WILD_STORE, *addr, size, "atomic access to misaligned address 0x%llx",
		 *addr);
	return false;
}

static __attribute__((noinline)) void missing_call(struct vm *vm, const struct insn *ip)
{
	char name[128];

	vm->insn = ip - vm->prog->code;
	prog_call_name(vm->prog, vm->insn, name, sizeof(name));
	vm_fault(vm, FAULT_MISSING_CALL, 0, 0, "reached a call of %s, which is missing", name);
}

/*
 * interp_watched.c has this file once more, with points: REACH() before what other CPUs may see,
 * false if the invocation is over.
 */
#ifndef INTERP_WATCHED
#define INTERP_RUN interp_run
#define ENTER()                                                               \
	do {                                                                  \
		if (schedule_is_set())                                        \
			return interp_run_watched(vm, prog, entry, args, nr); \
	} while (0)
#define REACH(kind, addr, write) true
#define REACH_CALL() true
#else
#define INTERP_RUN interp_run_watched
#define ENTER() ((void)0)
#define REACH(kind, addr, write)                                       \
	(!vm_shared(addr) || ({                                        \
		SYNC();                                                \
		bool goes_on_ = vm_reach(vm, (kind), (addr), (write)); \
		UNSYNC();                                              \
		goes_on_;                                              \
	}))
/* about its first argument, if others see that: a task, a map */
#define REACH_CALL() vm_reach(vm, POINT_CALL, vm_shared(r[1]) ? r[1] : 0, true)
#endif

#define OPERAND_SRC r[ip->src]
#define OPERAND_IMM ((u64)ip->imm)
#define OPERAND_NONE 0ULL

#define NEXT goto *labels[(++ip)->op]
#define EXECUTED() (((s64)(uintptr_t)ip - mark) / SLOT + 1)

/* Bring *vm up to date before anything looks at it; and back, after counters moved. */
#define SYNC() (vm->insn = ip - prog->code, vm->insns = EXECUTED())
#define UNSYNC()                                                  \
	(mark = (s64)(uintptr_t)(ip + 1) - (s64)vm->insns * SLOT, \
	 due = (s64)(vm->charged + PROG_CHARGE_INSNS) * SLOT)

#define JUMP()                                                                \
	do {                                                                  \
		s64 delta_ = (s64)ip->off * SLOT;                             \
		ip = (const struct insn *)((uintptr_t)ip + delta_);           \
		mark += delta_;                                               \
		if (delta_ < 0 && unlikely((s64)(uintptr_t)ip - mark >= due)) \
			goto tick;                                            \
		NEXT;                                                         \
	} while (0)

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
#define OLD_TO_ATOMIC(old) ((void)(old))
#define OLD_TO_FETCH(old) (r[ip->src] = (old))
#define OLD_TO_CMPXCHG(old) (r[0] = (old))

u64 INTERP_RUN(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr)
{
	static const void *const labels[NR_OPS] = {
#define INSN(name, code, form, key, since, text) [OP_##name] = &&do_##name,
#include "bpf/insn.def"
	};
	const u8 *present = base_state.region_present;
	const u32 outermost = vm->depth + 1;
	const struct insn *ip;
	struct vm_frame *frame;
	u32 may_goto = VM_MAY_GOTO_MAX;
	s64 mark, due;
	u64 r[MAX_BPF_REG] = { 0 };

	ENTER();
	if (outermost > VM_MAX_DEPTH)
		goto too_deep;
	for (u32 i = 0; i < nr && i < 5; i++)
		r[1 + i] = args[i];
	vm->depth = outermost;
	r[10] = (uintptr_t)vm->stack->guest + VM_ARGS_BYTES + (u64)vm->depth * PROG_STACK_BYTES;
	ip = prog->code + entry - 1;
	UNSYNC();
	NEXT;

#define INSN_ALU(name, code, form, key, text, bits, operand, expr)               \
	do_##name:                                                               \
	{                                                                        \
		typedef u##bits T;                                               \
		typedef s##bits S __unused;                                      \
		enum { BITS = bits };                                            \
		T d __unused = (T)r[ip->dst], s __unused = (T)OPERAND_##operand; \
		r[ip->dst] = (T)(expr);                                          \
		NEXT;                                                            \
	}
#define INSN_JMP(name, code, form, text, bits, operand, cond)                    \
	do_##name:                                                               \
	{                                                                        \
		typedef s##bits S __unused;                                      \
		u##bits d = (u##bits)r[ip->dst], s = (u##bits)OPERAND_##operand; \
		if (cond)                                                        \
			JUMP();                                                  \
		NEXT;                                                            \
	}
#define INSN_LOAD(name, code, form, key, since, text, type)                      \
	do_##name:                                                               \
	{                                                                        \
		u64 addr = r[ip->src] + ip->off;                                 \
		type v = 0;                                                      \
		if (!REACH(POINT_LOAD, addr, false))                             \
			goto dead;                                               \
		if (likely(can_load(present, addr, sizeof(type))) ||             \
		    may_load(vm, ip, &addr, sizeof(type)))                       \
			memcpy(&v, (const void *)(uintptr_t)addr, sizeof(type)); \
		r[ip->dst] = (u64)(s64)v;                                        \
		NEXT;                                                            \
	}
#define INSN_STORE(name, code, form, key, since, text, type, operand)      \
	do_##name:                                                         \
	{                                                                  \
		u64 addr = r[ip->dst] + ip->off;                           \
		type v = (type)OPERAND_##operand;                          \
		if (!REACH(POINT_STORE, addr, true))                       \
			goto dead;                                         \
		if (can_store(present, addr, sizeof(type)) ||              \
		    may_store(vm, ip, &addr, sizeof(type)))                \
			memcpy((void *)(uintptr_t)addr, &v, sizeof(type)); \
		else if (vm->dead)                                         \
			goto dead;                                         \
		NEXT;                                                      \
	}
#define INSN_ATOMIC(name, code, form, key, text, type, builtin)                              \
	do_##name:                                                                           \
	{                                                                                    \
		u64 addr = r[ip->dst] + ip->off;                                             \
		if (!REACH(POINT_ATOMIC, addr, true))                                        \
			goto dead;                                                           \
		if (likely(can_store(present, addr, sizeof(type)) &&                         \
			   !(addr & (sizeof(type) - 1))) ||                                  \
		    may_rmw(vm, ip, &addr, sizeof(type))) {                                  \
			type old = RMW_##builtin((type *)(uintptr_t)addr, (type)r[ip->src]); \
			OLD_TO_##form(old);                                                  \
		} else if (vm->dead) {                                                       \
			goto dead;                                                           \
		}                                                                            \
		NEXT;                                                                        \
	}
/* Twice the slots for one instruction. */
#define INSN_LDIMM64(name, key, text)     \
	do_##name : r[ip->dst] = ip->imm; \
	ip++;                             \
	mark += SLOT;                     \
	NEXT;
#define INSN_FP_LOAD(name, of, type)                                               \
	do_##name:                                                                 \
	{                                                                          \
		type v;                                                            \
		memcpy(&v, (const void *)(uintptr_t)(r[10] + ip->off), sizeof(v)); \
		r[ip->dst] = v;                                                    \
		NEXT;                                                              \
	}
#define INSN_FP_STORE(name, of, type, operand)                               \
	do_##name:                                                           \
	{                                                                    \
		type v = (type)OPERAND_##operand;                            \
		memcpy((void *)(uintptr_t)(r[10] + ip->off), &v, sizeof(v)); \
		NEXT;                                                        \
	}
#include "bpf/insn.def"

	/* 0 is a place too: the first page of an arena at a multiple of 4 GiB */
do_CAST_KERN:
	r[ip->dst] = prog->arena_kern | (u32)r[ip->src];
	NEXT;
do_CAST_USER: {
	u32 off = (u32)r[ip->src];

	r[ip->dst] = off ? (prog->arena_user & ~0xffffffffULL) | off : 0;
	NEXT;
}

do_JA:
do_JA32:
	JUMP();
do_MAY_GOTO:
	if (unlikely(!may_goto))
		JUMP();
	may_goto--;
	NEXT;

do_CALL_SUB:
	if (unlikely(vm->depth == VM_MAX_DEPTH)) {
		vm->insn = ip - prog->code;
		goto too_deep;
	}
	frame = &vm->stack->frames[vm->depth++];
	frame->ret = ip;
	frame->prog = prog;
	memcpy(frame->saved, r + 6, sizeof(frame->saved));
	frame->may_goto = may_goto;
	may_goto = VM_MAY_GOTO_MAX;
	r[10] += PROG_STACK_BYTES;
	JUMP();

do_EXIT:
	if (vm->depth == outermost)
		goto out;
	frame = &vm->stack->frames[--vm->depth];
	mark += (s64)(uintptr_t)frame->ret - (s64)(uintptr_t)ip;
	ip = frame->ret;
	prog = frame->prog;
	vm->prog = prog;
	memcpy(r + 6, frame->saved, sizeof(frame->saved));
	may_goto = frame->may_goto;
	r[10] -= PROG_STACK_BYTES;
	if (unlikely((s64)(uintptr_t)ip - mark >= due))
		goto tick;
	NEXT;

do_CALL_HELPER:
do_CALL_KFUNC:
	SYNC();
	if (unlikely(!vm_pay(vm)) || !REACH_CALL())
		goto dead;
	r[0] = ((callable_fn)(uintptr_t)ip->imm)(vm, r + 1);
	if (unlikely(vm->dead))
		goto dead;
	UNSYNC();
	if (unlikely(vm->tail != NULL))
		goto tail_call;
	NEXT;

do_CALL_MISSING:
	missing_call(vm, ip);
	goto dead;

do_LD_ABS_B:
do_LD_ABS_H:
do_LD_ABS_W:
do_LD_IND_B:
do_LD_IND_H:
do_LD_IND_W:
do_GOTOX:
	vm->insn = ip - prog->code;
	vm_fault(vm, FAULT_BAD_INSN, 0, 0, "%s was let in", insn_infos[ip->op].name);
	goto dead;

tick: /* on a jump backward or a return; ip is one before the target */
	SYNC();
	vm->insn++;
	if (!vm_pay(vm))
		goto dead;
	UNSYNC();
	NEXT;

tail_call: /* r1 is still the context; the frame is handed on */
	prog = vm->tail;
	vm->tail = NULL;
	vm->prog = prog;
	ip = prog->code - 1;
	UNSYNC();
	NEXT;

too_deep:
	vm_fault(vm, FAULT_STACK, 0, 0, "more than %d frames", VM_MAX_DEPTH);
dead:
	vm->depth = outermost - 1;
	return 0;

out:
	SYNC();
	vm->depth = outermost - 1;
	return r[0];
}
