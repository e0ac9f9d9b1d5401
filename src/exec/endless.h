/* SPDX-License-Identifier: GPL-2.0-only */
/* endless.h - a loader that computes, and never calls anybody again. */
#ifndef KS_EXEC_ENDLESS_H
#define KS_EXEC_ENDLESS_H

#include <stdbool.h>

/* CPU time of this computer in one stretch of loader code, which no virtual time has */
#define ENDLESS_S 10

/* From here on it is looked at; after trap_begin(), whose signal it uses. 0 or -errno */
int endless_begin(void);
/* The timer's signal has come, with any thread pointer. true: loader code has computed for ENDLESS_S */
bool endless_tick(void);
/* The current thread, which is loader code, does so for ever. */
void endless_compute(void) __attribute__((noreturn));

#endif
