// SPDX-License-Identifier: GPL-2.0-only
/*
 * fiber.c - switching host stacks.
 *
 * A switch saves the callee-saved registers on the stack that is left and takes
 * them from the one that is entered; on an architecture without a hand-written
 * switch, ucontext does it (slower: a system call each way).
 *
 * What a left x86-64 stack looks like, from f->sp upwards:
 *
 *	r15 r14 r13 r12 rbx rbp  return address
 */
#include "engine/fiber.h"
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* gcc says it by a macro, clang by a feature */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define FIBER_ASAN 1
#else
#define FIBER_ASAN 0
#endif

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#define FIBER_GUARD_BYTES 4096

static void *stack_get(void)
{
	size_t bytes = FIBER_STACK_BYTES + FIBER_GUARD_BYTES;
	void *p = engine_state.pool;

	if (p) {
		engine_state.pool = *(void **)p;
		return p;
	}
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	mprotect(p, FIBER_GUARD_BYTES, PROT_NONE);
	return (char *)p + FIBER_GUARD_BYTES;
}

void fiber_forget_frames(void *stack, size_t bytes)
{
#if FIBER_ASAN
	/* they left their red zones */
	__asan_unpoison_memory_region(stack, bytes);
#endif
}

static void stack_put(void *stack)
{
	fiber_forget_frames(stack, FIBER_STACK_BYTES);
	*(void **)stack = engine_state.pool;
	engine_state.pool = stack;
}

void fiber_pool_drain(void)
{
	while (engine_state.pool) {
		void *p = engine_state.pool;

		engine_state.pool = *(void **)p;
		munmap((char *)p - FIBER_GUARD_BYTES, FIBER_STACK_BYTES + FIBER_GUARD_BYTES);
	}
}

#if FIBER_ASAN
static void asan_leave(struct fiber *from, const struct fiber *to)
{
	engine_state.leaving = from;
	__sanitizer_start_switch_fiber(&from->asan_fake,
				       to->stack ? to->stack : engine_state.main_bottom,
				       to->stack ? to->stack_bytes : engine_state.main_bytes);
}

static void asan_enter(struct fiber *self)
{
	const void *bottom;
	size_t bytes;

	__sanitizer_finish_switch_fiber(self->asan_fake, &bottom, &bytes);
	if (engine_state.leaving->stack)
		return;
	engine_state.main_bottom = bottom;
	engine_state.main_bytes = bytes;
}
#else
static void asan_leave(struct fiber *from, const struct fiber *to)
{
}

static void asan_enter(struct fiber *self)
{
}
#endif

static void __noreturn fiber_main(void)
{
	struct fiber *f = engine_state.entering;

	asan_enter(f);
	f->fn(f->arg);
	abort(); /* fn returned: our bug */
}

#if defined(__x86_64__)

__asm__(".text\n"
	".type fiber_swap,@function\n"
	"fiber_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fiber_swap,.-fiber_swap\n");
void fiber_swap(void **save_sp, void *load_sp);

static void stack_prepare(struct fiber *f)
{
	void **sp = (void **)((char *)f->stack + f->stack_bytes);

	*--sp = NULL; /* fiber_main's return address: it has none */
	*--sp = (void *)fiber_main;
	sp -= 6;
	memset(sp, 0, 6 * sizeof(*sp));
	f->sp = sp;
}

static void stack_swap(struct fiber *from, struct fiber *to)
{
	fiber_swap(&from->sp, to->sp);
}

static void stack_forget(struct fiber *f)
{
	(void)f;
}

#else

static void stack_prepare(struct fiber *f)
{
	ucontext_t *uc = calloc(1, sizeof(*uc));

	getcontext(uc);
	uc->uc_stack.ss_sp = f->stack;
	uc->uc_stack.ss_size = f->stack_bytes;
	makecontext(uc, (void (*)(void))fiber_main, 0);
	f->sp = uc;
}

static void stack_swap(struct fiber *from, struct fiber *to)
{
	if (!from->sp)
		from->sp = calloc(1, sizeof(ucontext_t));
	swapcontext(from->sp, to->sp);
}

static void stack_forget(struct fiber *f)
{
	free(f->sp);
}

#endif

int fiber_create(struct fiber *f, void (*fn)(void *), void *arg)
{
	*f = (struct fiber){ .fn = fn, .arg = arg, .stack_bytes = FIBER_STACK_BYTES };
	f->stack = stack_get();
	if (!f->stack)
		return -ENOMEM;
	stack_prepare(f);
	return 0;
}

void fiber_create_on(struct fiber *f, void *stack, size_t bytes, void (*fn)(void *), void *arg)
{
	*f = (struct fiber){ .fn = fn, .arg = arg, .stack = stack, .stack_bytes = bytes };
	stack_prepare(f);
}

void fiber_destroy(struct fiber *f)
{
	if (!f->stack)
		return;
	stack_forget(f);
	stack_put(f->stack);
	f->stack = NULL;
}

void fiber_init_main(struct fiber *f)
{
	*f = (struct fiber){};
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	engine_state.entering = to;
	if (engine_state.switch_hook)
		from->local = engine_state.switch_hook(to->local);
	asan_leave(from, to);
	stack_swap(from, to);
	asan_enter(from);
}
