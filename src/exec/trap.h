/* SPDX-License-Identifier: GPL-2.0-only */
/* trap.h - system calls that a loader makes without the C library. */
#ifndef KS_EXEC_TRAP_H
#define KS_EXEC_TRAP_H

/* From now on. Before any thread of the loader. 0; -errno where the host cannot: x86-64, Linux 5.11 */
int trap_begin(void);

#if defined(__x86_64__)

#include <ucontext.h>

/* loader code between two instructions */
struct trap_context {
	gregset_t regs;
	unsigned long mask, tls; /* blocked signals; thread pointer */
	unsigned int mxcsr;	 /* 0: of no concern, as what follows */
	unsigned short x87;
};

/* of the call that is being answered: the code that made it */
void trap_save(const ucontext_t *uc, struct trap_context *c);
/* The current thread goes on as loader code at @c, which stays as long. */
void trap_become(const struct trap_context *c) __attribute__((noreturn));
/* While a bare program's call is answered: signals that wait and are not in @mask come now. */
void trap_let_come(const unsigned long *mask, const unsigned long *closed);

#endif

#endif
