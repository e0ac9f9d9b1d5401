/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber.h - a host stack that can be left and entered again: a task's kernel
 * stack. Stacks come from a pool with a guard page below each.
 */
#ifndef KS_ENGINE_FIBER_H
#define KS_ENGINE_FIBER_H

#include "base/types.h"

#define FIBER_STACK_BYTES (256 * 1024) /* reserved; what is touched is committed */

struct fiber {
	void *sp;
	void *stack; /* lowest usable byte; NULL for the host's main fiber */
	size_t stack_bytes;
	void (*fn)(void *arg);
	void *arg;
	void *asan_fake; /* AddressSanitizer's bookkeeping */
	void *local;	 /* what engine_state.switch_hook keeps for it */
};

/* @fn must not return. 0 or -ENOMEM. */
int fiber_create(struct fiber *f, void (*fn)(void *), void *arg);
/* The same on a stack of the caller's, which fiber_destroy() must not be told of. */
void fiber_create_on(struct fiber *f, void *stack, size_t bytes, void (*fn)(void *), void *arg);
/* Not the running one. Its stack goes back to the pool. */
void fiber_destroy(struct fiber *f);
/* Of memory that was a stack: frames on it were left for good, without returning (for sanitizers). */
void fiber_forget_frames(void *stack, size_t bytes);
/* Describe the stack the host gave us, so that fibers can switch back to it. */
void fiber_init_main(struct fiber *f);
/* Save into @from, go on with @to. */
void fiber_switch(struct fiber *from, struct fiber *to);
/* Give pooled stacks back to the system. */
void fiber_pool_drain(void);

#endif
