// SPDX-License-Identifier: GPL-2.0-only
/*
 * jit_run.c - native code is entered here, and comes back here for what it does not do itself.
 */
#include <string.h>

#include "bpf/callable.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/prog_priv.h"
#include "bpf/traps.h"
#include "bpf/vm_priv.h"

static s64 insns_left(const struct vm *vm)
{
	return vm->charged + PROG_CHARGE_INSNS - vm->insns;
}

static void count(struct vm *vm, s64 left)
{
	vm->insns = vm->charged + PROG_CHARGE_INSNS - left;
}

u64 jit_run(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr)
{
	const u32 outermost = vm->depth + 1;
	u64 r[5] = { 0 }, r0, fp;

	if (outermost > VM_MAX_DEPTH) {
		vm_fault(vm, FAULT_STACK, 0, 0, "more than %d frames", VM_MAX_DEPTH);
		return 0;
	}
	for (u32 i = 0; i < nr && i < ARRAY_SIZE(r); i++)
		r[i] = args[i];
	vm->depth = outermost;
	vm->stack->frames[outermost].may_goto = VM_MAY_GOTO_MAX;
	fp = (uintptr_t)vm->stack->guest + VM_ARGS_BYTES + (u64)outermost * PROG_STACK_BYTES;
	r0 = prog->native->enter(vm, r, prog->native->code + prog->native->at[entry], fp,
				 insns_left(vm));
	vm->depth = outermost - 1;
	return vm->dead ? 0 : r0;
}

/* --- called by native code --- */

u64 jit_call(struct vm *vm, const u64 *args, callable_fn fn, s64 left)
{
	count(vm, left);
	return vm_pay(vm) ? fn(vm, args) : 0;
}

s64 jit_tick(struct vm *vm, u32 insn, s64 left)
{
	count(vm, left);
	vm->insn = insn;
	vm_pay(vm);
	return insns_left(vm);
}

void jit_too_deep(struct vm *vm, u32 insn)
{
	vm->insn = insn;
	vm_fault(vm, FAULT_STACK, 0, 0, "more than %d frames", VM_MAX_DEPTH);
}

const void *jit_tail(struct vm *vm, u64 *r)
{
	struct prog *target = vm->tail;

	vm->tail = NULL;
	vm->prog = target;
	if (target->native)
		return target->native->code + target->native->tail_entry;
	vm->depth--; /* the frame is handed on */
	r[0] = interp_run(vm, target, 0, r + 1, 1);
	vm->depth++;
	return NULL;
}

#define OPERAND_SRC r[ip->src]
#define OPERAND_IMM ((u64)ip->imm)
#define OLD_TO_ATOMIC(old) ((void)(old))
#define OLD_TO_FETCH(old) (r[ip->src] = (old))
#define OLD_TO_CMPXCHG(old) (r[0] = (old))

#define INSN_LOAD(name, code, form, key, since, text, type)                      \
	case OP_##name: {                                                        \
		u64 addr = r[ip->src] + ip->off;                                 \
		type v = 0;                                                      \
		if (trap_load(vm, ip, &addr, sizeof(type)))                      \
			memcpy(&v, (const void *)(uintptr_t)addr, sizeof(type)); \
		r[ip->dst] = (u64)(s64)v;                                        \
		break;                                                           \
	}
#define INSN_STORE(name, code, form, key, since, text, type, operand)      \
	case OP_##name: {                                                  \
		u64 addr = r[ip->dst] + ip->off;                           \
		type v = (type)OPERAND_##operand;                          \
		if (trap_store(vm, ip, &addr, sizeof(type)))               \
			memcpy((void *)(uintptr_t)addr, &v, sizeof(type)); \
		break;                                                     \
	}
#define INSN_ATOMIC(name, code, form, key, text, type, builtin)                              \
	case OP_##name: {                                                                    \
		u64 addr = r[ip->dst] + ip->off;                                             \
		if (trap_rmw(vm, ip, &addr, sizeof(type))) {                                 \
			type old = RMW_##builtin((type *)(uintptr_t)addr, (type)r[ip->src]); \
			OLD_TO_##form(old);                                                  \
		}                                                                            \
		break;                                                                       \
	}

bool jit_step(struct vm *vm, u32 insn, u64 *r)
{
	const struct insn *ip = &vm->prog->code[insn];

	switch (ip->op) {
#include "bpf/insn.def"
	case OP_CALL_MISSING:
		trap_missing(vm, ip);
		break;
	default:
		if (insn_form_of(ip->op) == FORM_ALU_X)
			r[ip->dst] = insn_eval_alu(ip->op, r[ip->dst], r[ip->src]);
		else if (insn_form_of(ip->op) == FORM_ALU_K)
			r[ip->dst] = insn_eval_alu(ip->op, r[ip->dst], ip->imm);
		else
			trap_refused(vm, ip);
	}
	return !vm->dead;
}
