/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm.h - one invocation of a program, as helpers and kfuncs see it.
 */
#ifndef KS_BPF_VM_H
#define KS_BPF_VM_H

#include "base/types.h"
#include "base/region.h"
#include "bpf/object.h"

struct prog;
struct vm_iter;
struct vm_stack;

#define VM_IRQS_MAX 16
#define VM_RES_LOCKS_MAX 32

/* section.h: what the program is in the middle of */
struct vm_sections {
	u32 rcu, preempt, irqs, res_locks;
	u64 lock; /* bpf_spin_lock, 0: none */
	struct {
		u64 at;
		unsigned long flags;
	} irq[VM_IRQS_MAX];
	u64 res_lock[VM_RES_LOCKS_MAX];
};

struct vm {
	struct prog *prog; /* whose code runs: the hidden bpf_prog_aux argument */
	u32 insn;	   /* index of the calling instruction in the program as loaded */
	u32 depth;	   /* frames in use, callbacks included: 1..VM_MAX_DEPTH */
	u64 insns;	   /* executed in this invocation */
	bool dead;	   /* a fault was reported: unwind, return 0 */
	u8 nr_args;	   /* words of the context if it is an array, the result's included */
	/* private to vm.c and interp.c from here */
	bool thrown; /* dead by vm_throw(): the program returns @cookie */
	u8 nr_tail_calls;
	u64 cookie;
	struct prog *tail;	/* vm_tail_call() asked for it */
	u64 charged;		/* of @insns: paid for */
	u64 work;		/* bytes of vm_work() not yet paid for */
	void *native_sp;	/* jit.c: of the native code that was entered last */
	struct vm_stack *stack; /* frames: guest memory and saved registers */
	struct vm *outer;	/* the invocation this one interrupted, on the same fiber */
	struct vm_iter *iters;	/* the live ones, newest first */
	u32 nr_iters;
	struct object_reader reader;
	struct vm_sections in;
};

/*
 * vm_ptr - host pointer to @size bytes at guest address @addr, for reading.
 * NULL when not all of it is present: the callable answers -EFAULT or what the
 * kernel's would. Guest addresses are host addresses, so this is a check only.
 */
static inline const void *vm_ptr(u64 addr, u32 size)
{
	bool ok = size - 1 < REGION_PAGE_SIZE ? region_ok(addr, size) : region_range_ok(addr, size);

	return ok ? (const void *)(uintptr_t)addr : NULL;
}

/*
 * vm_wptr - the same for writing. A callable that the guest hands a kernel object
 * where its own memory is due gets NULL, and a fault has been reported.
 */
void *vm_wptr(struct vm *vm, u64 addr, u32 size);

/*
 * vm_obj - the same for a structure or a number: what the verifier knows as such lies at
 * a multiple of 8, or of its size if that is smaller. Else a fault has been reported.
 */
void *vm_obj(struct vm *vm, u64 addr, u32 size);
/* only to be read */
const void *vm_obj_read(struct vm *vm, u64 addr, u32 size);

/* NUL-terminated guest string of at most @max-1 characters into @buf; -EFAULT if unreadable */
int vm_str(u64 addr, char *buf, u32 max);

/*
 * vm_fault_errno - of a read from @addr, where nothing is: -ERANGE for what is a user's
 * address or none at all (copy_from_kernel_nofault_allowed()), else -EFAULT
 */
int vm_fault_errno(u64 addr);

/* End this invocation and the run: fills in program, instruction and source line. */
void vm_fault(struct vm *vm, int kind /* enum bpf_fault_kind */, u64 addr, u32 size,
	      const char *fmt, ...) __printf(5, 6);

/*
 * vm_call - run callback @func (the value that a ldimm64 BPF_PSEUDO_FUNC gave)
 * with up to 5 arguments inside this invocation: bpf_loop, for_each, rbtree less().
 */
u64 vm_call(struct vm *vm, u64 func, const u64 *args, u32 nr);

/*
 * vm_backtrace - the functions on the stack, innermost first, as ldimm64 would give
 * them: of @vm (NULL: none) and of the invocations it interrupted. Their number.
 */
u32 vm_backtrace(const struct vm *vm, u64 *funcs, u32 max);

/*
 * vm_work - a callable looked at or moved @bytes: what is more than a page is paid for,
 * when the call is over. A character that a search passes over is as dear as 16 bytes.
 */
#define VM_WORK_FREE 4096
#define VM_WORK_PER_CHAR 16
#define VM_WORK_PER_LINK 128
static inline void vm_work(struct vm *vm, u64 bytes)
{
	if (unlikely(bytes > VM_WORK_FREE))
		vm->work += bytes - VM_WORK_FREE;
}

/*
 * Under a schedule (engine/schedule.h): the running program asks for memory, of a map that may
 * be full, and gets none. A point like others; without a schedule there is always some.
 */
bool vm_lacks_memory(void);

/*
 * vm_throw - bpf_throw(): leave the program from whatever depth. The callable that
 * calls it returns at once; the main program then returns @cookie.
 */
void vm_throw(struct vm *vm, u64 cookie);

/*
 * vm_tail_call - bpf_tail_call(): when the callable returns 0, @target runs in
 * place of the calling frame, with r1 as the helper got it. -ENOENT after the
 * 33rd of an invocation: the caller goes on.
 */
int vm_tail_call(struct vm *vm, struct prog *target);

/*
 * Iterators whose state a guest must not write: it has pointers in it, or others point
 * at it. The guest's structure at @at is only its name; the state lies in the KOBJ zone,
 * zeroed. @finish gives back what it holds, and tells one kind from another. What a
 * program does not destroy ends with its invocation. NULL: no memory, or more live ones
 * than stacks have room for.
 */
void *vm_iter_new(struct vm *vm, u64 at, u32 bytes, void (*finish)(void *state));
/* NULL: there is none of this kind at @at */
void *vm_iter_find(const struct vm *vm, u64 at, void (*finish)(void *state));
void vm_iter_drop(struct vm *vm, u64 at, void (*finish)(void *state));

/*
 * prog_call_func - vm_call() from outside (bpf_timer, bpf_wq): a new invocation of
 * the program that @func belongs to. The caller holds a reference on that program.
 */
u64 prog_call_func(u64 func, const u64 *args, u32 nr);
struct prog *prog_of_func(u64 func); /* no reference taken; NULL if it is no function */

#endif
