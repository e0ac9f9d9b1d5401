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
#include <string.h>

#include "bpf/callable.h"
#include "bpf/env.h"
#include "bpf/interp.h"
#include "bpf/prog_priv.h"
#include "bpf/traps.h"
#include "bpf/vm.h"
#include "bpf/vm_priv.h"

#define SLOT ((s64)sizeof(struct insn))

/*
 * interp_watched.c has this file once more, with points: REACH() before what other CPUs may see,
 * false if the invocation is over.
 */
#ifndef INTERP_WATCHED
#define INTERP_RUN interp_run
#define REACH(kind, addr, write) true
#define REACH_CALL() true
#else
#define INTERP_RUN interp_run_watched
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
		    trap_load(vm, ip, &addr, sizeof(type)))                      \
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
		    trap_store(vm, ip, &addr, sizeof(type)))               \
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
		    trap_rmw(vm, ip, &addr, sizeof(type))) {                                 \
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
	trap_missing(vm, ip);
	goto dead;

do_LD_ABS_B:
do_LD_ABS_H:
do_LD_ABS_W:
do_LD_IND_B:
do_LD_IND_H:
do_LD_IND_W:
do_GOTOX:
	trap_refused(vm, ip);
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
