/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interp.h - the interpreter, and the frames that it works on.
 */
#ifndef KS_BPF_INTERP_H
#define KS_BPF_INTERP_H

#include "bpf/insn.h"
#include "bpf/prog.h"
#include "bpf/vm.h"

/*
 * Frames of one invocation. The verifier allows 8 static frames, but a global
 * function starts to count anew; with 16 bytes a frame and 512 a chain, 32 is the
 * most that a kernel lets through. One less, so that with the arguments it is 16 KiB.
 */
#define VM_MAX_DEPTH 31
#define VM_ARGS_BYTES 512
#define VM_STACK_BYTES (VM_ARGS_BYTES + VM_MAX_DEPTH * PROG_STACK_BYTES)
#define VM_MAY_GOTO_MAX (8u << 20) /* BPF_MAX_LOOPS */
#define VM_TAIL_CALLS_MAX 33

struct vm_frame {
	const struct insn *ret; /* the call */
	struct prog *prog;	/* whose code it is in: tail calls change it */
	u64 saved[4];		/* r6..r9 */
	u32 may_goto;
};

/*
 * Pooled, last in first out, so that the addresses of program stacks are a matter
 * of nesting alone. Saved registers are host memory: no guest can break a return.
 *
 *	guest:  | arguments | frame 1 | frame 2 | ...   r10 is the end of a frame
 */
struct vm_stack {
	struct vm vm;	       /* the invocation that uses it */
	struct vm_stack *next; /* of the free ones */
	struct vm_stack *next_of_all;
	u8 *guest;
	struct vm_frame frames[VM_MAX_DEPTH + 1];
};

/*
 * interp_run - execute from instruction @entry of @prog in a new frame of @vm
 * @args: r1.., @nr of them. Returns r0; what it means when vm->dead is the caller's.
 */
u64 interp_run(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr);
/* interp_watched.c: the same under a schedule, which every shared access and call is a point of */
u64 interp_run_watched(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr);

#endif
