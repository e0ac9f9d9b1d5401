/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jit.h - programs as native code of the host, where there is a translator for it: x86-64.
 *
 *	prog_load() ─▶ jit_compile() ─▶ prog->native        jit.c, x86.h
 *	                    │                │
 *	              jit_code_begin()    jit_run()         jit_code.c, jit_run.c
 *
 * What it does is what the interpreter does, to the bit: results, instructions counted and
 * paid for at the same places, frames, faults. What is unusual it leaves to traps.h, as the
 * interpreter does. A program without native code is interpreted; so is everything under a
 * schedule, where each access is a point.
 */
#ifndef KS_BPF_JIT_H
#define KS_BPF_JIT_H

#include "bpf/vm.h"

struct prog;

/* Translate @prog, which is ready to run. Where that cannot be it stays the interpreter's. */
void jit_compile(struct prog *prog);
/* Its native code, if there is any, is not run again. */
void jit_release(struct prog *prog);

/* interp_run() of a program that has native code */
u64 jit_run(struct vm *vm, struct prog *prog, u32 entry, const u64 *args, u32 nr);

/*
 * --- jit_code.c: memory for native code ---
 *
 * One window at a fixed address, its pages writable or executable and never both. The sandbox
 * lets pages become executable here and nowhere else.
 */
#define JIT_WINDOW_BASE 0x1c0000000000ULL
#define JIT_WINDOW_SIZE (1ULL << 30) /* the base is a multiple of it */

/* @size bytes to write to; NULL: there is no room, or the host refuses */
u8 *jit_code_begin(size_t size);
/* The first @used of them are to be run, the rest is given back. false: the host refuses. */
bool jit_code_end(u8 *code, size_t used);
void jit_code_free(const u8 *code);
/* the host's errno when it refused memory for code, 0 */
int jit_refused(void);

/* --- jit_run.c: what native code calls, with the state of the invocation in memory --- */

/* A helper or kfunc, once the instructions up to here are paid for: @left are not yet due. */
u64 jit_call(struct vm *vm, const u64 *args, u64 (*fn)(struct vm *, const u64 *), s64 left);
/* Pay, at instruction @insn. Returns how many more may run until the next time. */
s64 jit_tick(struct vm *vm, u32 insn, s64 left);
/* Instruction @insn in its unusual way, on r0..r10. false: the invocation is over. */
bool jit_step(struct vm *vm, u32 insn, u64 *r);
/*
 * The helper has asked for a tail call. Returns where its code is; NULL when the target had to be
 * interpreted: r[0] is its result then, and the frame is done.
 */
const void *jit_tail(struct vm *vm, u64 *r);
void jit_too_deep(struct vm *vm, u32 insn);

#endif
