// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm.c - invocations: entering and leaving programs, callbacks, faults.
 *
 * An invocation is a struct vm, pooled together with its frames and linked to the one
 * it interrupted; vm_state.vm.chain is the innermost of the executing fiber. Nothing else
 * about a running program is global, so a fiber may be switched out in the middle of
 * one as long as whoever switches swaps the chain as well (prog_chain_swap).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "bpf/env.h"
#include "bpf/htab.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/object_read.h"
#include "bpf/prog_priv.h"
#include "bpf/ringbuf.h"
#include "bpf/section.h"
#include "bpf/vm.h"
#include "bpf/vm_priv.h"

/* --- iterators --- */

#define ITERS_MAX 512 /* of 8 bytes, on 8 frames of 512 */

struct vm_iter {
	struct vm_iter *next;
	u64 at;
	void (*finish)(void *state);
	void *state;
	u32 bytes;
};

static struct vm_iter **iter_slot(struct vm *vm, u64 at)
{
	struct vm_iter **slot = &vm->iters;

	while (*slot && (*slot)->at != at)
		slot = &(*slot)->next;
	return slot;
}

static void iter_free(struct vm *vm, struct vm_iter **slot)
{
	struct vm_iter *it = *slot;

	*slot = it->next;
	vm->nr_iters--;
	region_free(ZONE_KOBJ, it->state, it->bytes);
	free(it);
}

static void iter_end(struct vm *vm, struct vm_iter **slot)
{
	if (*slot) {
		(*slot)->finish((*slot)->state);
		iter_free(vm, slot);
	}
}

void *vm_iter_new(struct vm *vm, u64 at, u32 bytes, void (*finish)(void *state))
{
	struct vm_iter *it;

	iter_end(vm, iter_slot(vm, at));
	if (vm->nr_iters == ITERS_MAX)
		return NULL;
	it = shortage_calloc(1, sizeof(*it));
	*it = (struct vm_iter){ vm->iters, at, finish, region_alloc(ZONE_KOBJ, bytes, 0), bytes };
	if (!it->state) {
		free(it);
		return NULL;
	}
	vm->iters = it;
	vm->nr_iters++;
	return it->state;
}

void *vm_iter_find(const struct vm *vm, u64 at, void (*finish)(void *state))
{
	const struct vm_iter *it = *iter_slot((struct vm *)vm, at);

	return it && it->finish == finish ? it->state : NULL;
}

void vm_iter_drop(struct vm *vm, u64 at, void (*finish)(void *state))
{
	if (vm_iter_find(vm, at, finish))
		iter_end(vm, iter_slot(vm, at));
}

/* --- invocations --- */

/* The host's memory: no kernel skips a program for want of it. */
static struct vm_stack *stack_create(void)
{
	struct vm_stack *stack = calloc(1, sizeof(*stack));

	shortage_on(!stack, "out of memory for a program's stack");
	stack->guest = region_alloc(ZONE_STACK, VM_STACK_BYTES, PROG_STACK_BYTES);
	shortage_on(!stack->guest, "out of memory for a program's stack");
	stack->next_of_all = vm_state.vm.all_stacks;
	vm_state.vm.all_stacks = stack;
	return stack;
}

void prog_reset(void)
{
	struct vm_stack *stack;

	while ((stack = vm_state.vm.all_stacks)) {
		vm_state.vm.all_stacks = stack->next_of_all;
		while (stack->vm.iters) /* it stood in the middle when the machine ended */
			iter_free(&stack->vm, &stack->vm.iters);
		free(stack);
	}
	vm_state.vm.free_stacks = NULL;
	vm_state.vm.chain = NULL;
	vm_state.vm.passed = 0;
	vm_state.vm.nr_inside = 0;
	vm_state.vm.quiet = NULL;
	object_readers_forget();
}

/*
 * One by one: for so little, clearing the struct as a whole takes longer. The arrays of @in
 * have the length 0, and the reader is object_read_begin()'s.
 */
static void vm_init(struct vm *vm, struct prog *prog, struct vm_stack *stack)
{
	struct vm_sections *in = &vm->in;

	vm->prog = prog;
	vm->stack = stack;
	vm->outer = vm_state.vm.chain;
	vm->insn = vm->depth = vm->nr_iters = 0;
	vm->insns = vm->charged = vm->work = vm->cookie = 0;
	vm->dead = vm->thrown = false;
	vm->nr_args = vm->nr_tail_calls = 0;
	vm->tail = NULL;
	vm->iters = NULL;
	in->rcu = in->preempt = in->irqs = in->res_locks = 0;
	in->lock = 0;
}

static struct vm *vm_enter(struct prog *prog)
{
	struct vm_stack *stack = vm_state.vm.free_stacks ?: stack_create();

	vm_state.vm.free_stacks = stack->next;
	stack->next = NULL;
	vm_init(&stack->vm, prog, stack);
	vm_state.vm.chain = &stack->vm;
	object_read_begin(&vm_state.vm.chain->reader);
	vm_state.vm.nr_inside++;
	return vm_state.vm.chain;
}

/* From @entry, in a new frame. Under a schedule each access is a point: the interpreter's. */
static u64 execute(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr)
{
	if (unlikely(schedule_is_set()))
		return interp_run_watched(vm, prog, entry, args, nr);
	if (likely(prog->native != NULL))
		return jit_run(vm, prog, entry, args, nr);
	return interp_run(vm, prog, entry, args, nr);
}

/* bpf_throw() has unwound to the program: its exception callback says what it returns. */
static u64 catch (struct vm *vm)
{
	vm->dead = vm->thrown = false;
	return execute(vm, vm->prog, vm->prog->exception_insn, &vm->cookie, 1);
}

static u64 vm_leave(struct vm *vm, struct prog *prog, u64 r0)
{
	if (vm->thrown && vm->prog->exception_insn)
		r0 = catch (vm);
	if (!vm->dead)
		vm_pay(vm);
	vm_sections_end(vm);
	while (vm->iters)
		iter_end(vm, &vm->iters);
	vm_state.vm.chain = vm->outer;
	vm->stack->next = vm_state.vm.free_stacks;
	vm_state.vm.free_stacks = vm->stack;
	prog->insns_run += vm->insns;
	prog->runs++;
	if (!--vm_state.vm.nr_inside && unlikely(vm_state.vm.quiet))
		vm_state.vm.quiet(vm_state.vm.quiet_arg, prog);
	object_read_end(&vm->reader);
	if (vm->thrown)
		return vm->cookie;
	return vm->dead ? 0 : r0;
}

static u64 run(struct prog *prog, u32 entry, const u64 *args, u32 nr)
{
	struct vm *vm = vm_enter(prog);

	return vm_leave(vm, prog, execute(vm, prog, entry, args, nr));
}

u64 prog_run_args(struct prog *prog, const u64 *args, u32 nr)
{
	struct vm *vm = vm_enter(prog);
	u64 ctx;

	nr = min(nr, (u32)PROG_ARGS_MAX);
	vm->nr_args = nr;
	if (nr)
		memcpy(vm->stack->guest, args, nr * sizeof(*args));
	ctx = (uintptr_t)vm->stack->guest;
	return vm_leave(vm, prog, execute(vm, prog, 0, &ctx, 1));
}

_Static_assert(PROG_ARGS_MAX * sizeof(u64) <= VM_ARGS_BYTES, "arguments have their own room");

u64 prog_run_ctx(struct prog *prog, void *ctx, u32 size, bool writable)
{
	u8 *copy = size ? region_alloc(ZONE_STACK, size, 0) : NULL;
	u64 r0, arg = (uintptr_t)copy;

	shortage_on(size && !copy, "out of memory for a program's context");
	if (size)
		memcpy(copy, ctx, size);
	r0 = run(prog, 0, &arg, 1);
	if (size && writable)
		memcpy(ctx, copy, size);
	region_free(ZONE_STACK, copy, size);
	return r0;
}

static u32 func_sub(u64 func)
{
	return func & 0xfffff;
}

u64 vm_call(struct vm *vm, u64 func, const u64 *args, u32 nr)
{
	struct prog *prog = vm->prog;
	struct vm_frame *frame = &vm->stack->frames[vm->depth];
	u32 insn = vm->insn;
	u64 r0;

	if (vm->dead)
		return 0;
	if (func_sub(func) >= prog->nr_subs || func != prog_func_token(prog, func_sub(func))) {
		vm_fault(vm, FAULT_BAD_INSN, func, 0, "callback 0x%llx is no function", func);
		return 0;
	}
	/* execute() has the frame behind this one: who called, for vm_backtrace() */
	frame->ret = &prog->code[insn];
	frame->prog = prog;
	r0 = execute(vm, prog, prog->subs[func_sub(func)].start, args, nr);
	vm->prog = prog;
	vm->insn = insn;
	/* or a loop of small callbacks would keep interrupts waiting to its end */
	if (vm->insns - vm->charged >= PROG_CHARGE_INSNS)
		vm_pay(vm);
	return r0;
}

struct prog *prog_of_func(u64 func)
{
	u64 id = (func - PROG_FUNC_BASE) >> 20;
	struct prog *prog = id >> 20 ? NULL : prog_by_id(id);

	if (!prog)
		return NULL;
	prog_put(prog);
	return func_sub(func) < prog->nr_subs ? prog : NULL;
}

u64 prog_call_func(u64 func, const u64 *args, u32 nr)
{
	struct prog *prog = prog_of_func(func);

	return prog ? run(prog, prog->subs[func_sub(func)].start, args, nr) : 0;
}

static void pay_work(struct vm *vm)
{
	u64 work = vm->work + vm_state.vm.passed * VM_WORK_PER_LINK;

	vm->work = vm_state.vm.passed = 0;
	ENV->charge_bytes(work);
}

bool vm_pay(struct vm *vm)
{
	u64 due = vm->insns - vm->charged;
	u64 insns_max = ENV->insns_max ? ENV->insns_max : PROG_INSNS_RUN_MAX;

	vm->charged = vm->insns;
	if (unlikely(vm->insns > insns_max)) {
		vm_fault(vm, FAULT_ENDLESS, 0, 0, "more than %llu instructions in one invocation",
			 insns_max);
		return false;
	}
	if (due)
		ENV->charge(due);
	if (unlikely(vm->work || vm_state.vm.passed))
		pay_work(vm);
	return !vm->dead;
}

bool vm_reach(struct vm *vm, enum point_kind kind, u64 addr, bool write)
{
	u64 hold_ns = ENV->point(kind, addr, write);

	if (likely(!hold_ns))
		return true;
	if (!vm_pay(vm))
		return false;
	ENV->hold(hold_ns);
	return !vm->dead;
}

bool vm_lacks_memory(void)
{
	return schedule_is_set() && vm_state.vm.chain && ENV->point(POINT_ALLOC, 0, false);
}

static u64 func_at(const struct prog *prog, u32 insn)
{
	return prog_func_token(prog, prog_sub_of(prog, insn));
}

u32 vm_backtrace(const struct vm *vm, u64 *funcs, u32 max)
{
	u32 nr = 0;

	for (; vm && nr < max; vm = vm->outer) {
		funcs[nr++] = func_at(vm->prog, vm->insn);
		for (u32 d = vm->depth - 1; d && nr < max; d--) {
			const struct vm_frame *frame = &vm->stack->frames[d];

			funcs[nr++] = func_at(frame->prog, frame->ret - frame->prog->code);
		}
	}
	return nr;
}

void vm_throw(struct vm *vm, u64 cookie)
{
	vm->cookie = cookie;
	vm->thrown = true;
	vm->dead = true;
}

int vm_tail_call(struct vm *vm, struct prog *target)
{
	if (vm->nr_tail_calls == VM_TAIL_CALLS_MAX)
		return -ENOENT;
	vm->nr_tail_calls++;
	vm->tail = target;
	return 0;
}

/* --- who runs --- */

const struct prog *prog_current(void)
{
	return vm_state.vm.chain ? vm_state.vm.chain->prog : NULL;
}

u32 prog_current_insn(void)
{
	return vm_state.vm.chain ? vm_state.vm.chain->insn : 0;
}

u32 prog_current_unpaid(void)
{
	const struct vm *vm = vm_state.vm.chain;

	return vm ? (u32)(vm->insns - vm->charged) : 0;
}

void prog_on_quiet(void (*fn)(void *arg, const struct prog *last), void *arg)
{
	vm_state.vm.quiet = fn;
	vm_state.vm.quiet_arg = arg;
}

void *prog_chain_swap(void *other)
{
	struct vm *old = vm_state.vm.chain;

	vm_state.vm.chain = other;
	return old;
}

/* --- guest memory and faults --- */

void *vm_wptr(struct vm *vm, u64 addr, u32 size)
{
	const void *p = vm_ptr(addr, size);

	if (!p && region_contains(addr) && region_zone_of(addr) == ZONE_ARENA)
		return NULL; /* a hole: the callable answers -EFAULT */
	if (!p || region_zone_of(addr) == ZONE_KOBJ ||
	    (region_zone_of(addr) == ZONE_RING && !ringbuf_may_store(addr, size))) {
		vm_fault(vm, FAULT_WILD_STORE, addr, size,
			 "a call would store %u bytes at 0x%llx, which the program does not own",
			 size, addr);
		return NULL;
	}
	return (void *)(uintptr_t)addr;
}

static bool aligned(struct vm *vm, u64 addr, u32 size)
{
	if (!(addr % min(size, 8u)))
		return true;
	vm_fault(vm, FAULT_BAD_INSN, addr, size,
		 "a call was given 0x%llx for %u bytes that are to be aligned", addr, size);
	return false;
}

void *vm_obj(struct vm *vm, u64 addr, u32 size)
{
	return aligned(vm, addr, size) ? vm_wptr(vm, addr, size) : NULL;
}

const void *vm_obj_read(struct vm *vm, u64 addr, u32 size)
{
	const void *p = vm_ptr(addr, size);

	if (!p)
		vm_fault(vm, FAULT_BAD_INSN, addr, size,
			 "a call would read %u bytes at 0x%llx, where nothing is", size, addr);
	return p && aligned(vm, addr, size) ? p : NULL;
}

int vm_str(u64 addr, char *buf, u32 max)
{
	for (u32 i = 0; i < max; i++) {
		if (!region_ok(addr + i, 1)) {
			buf[0] = '\0';
			return -EFAULT;
		}
		buf[i] = i == max - 1 ? '\0' : *(const char *)(uintptr_t)(addr + i);
		if (!buf[i])
			return i;
	}
	return 0;
}

int vm_fault_errno(u64 addr)
{
	bool kernel = addr >> 47 == 0x1ffff || region_contains(addr);

	return kernel ? -EFAULT : -ERANGE;
}

void vm_fault(struct vm *vm, int kind, u64 addr, u32 size, const char *fmt, ...)
{
	struct bpf_fault fault = {
		.kind = kind,
		.prog = vm->prog,
		.insn = vm->insn,
		.addr = addr,
		.size = size,
	};
	va_list ap;

	if (vm->dead)
		return;
	vm->dead = true;
	va_start(ap, fmt);
	vsnprintf(fault.what, sizeof(fault.what), fmt, ap);
	va_end(ap);
	prog_source_line(vm->prog, vm->insn, fault.where, sizeof(fault.where));
	ENV->fault(&fault);
}
