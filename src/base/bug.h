/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bug.h - our own bugs. Compiled in always: a failed check prints where, the
 * seed, the virtual time, the CPU and the last events, and aborts. What a guest
 * or a user does wrong never comes here.
 */
#ifndef KS_BASE_BUG_H
#define KS_BASE_BUG_H

#include "base/types.h"

void __noreturn bug_report(const char *file, int line, const char *cond, const char *fmt, ...)
	__printf(4, 5);

#define bug_on(cond, ...)                                                   \
	do {                                                                \
		if (unlikely(cond))                                         \
			bug_report(__FILE__, __LINE__, #cond, __VA_ARGS__); \
	} while (0)

#endif
