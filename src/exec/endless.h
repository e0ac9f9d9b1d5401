/* SPDX-License-Identifier: GPL-2.0-only */
/* endless.h - a loader that computes, and asks the machine nothing any more. */
#ifndef KS_EXEC_ENDLESS_H
#define KS_EXEC_ENDLESS_H

#include <stdbool.h>

/* CPU time of this computer, system calls to it too, in one stretch of loader code: no virtual time */
#define ENDLESS_S 10

/* From here on it is looked at; after trap_begin(), whose signal it uses. 0 or -errno */
int endless_begin(void);
/* The timer's signal has come, with any thread pointer. true: loader code has used ENDLESS_S */
bool endless_tick(void);
/* The current thread, which is loader code, does so until a signal comes for it. */
void endless_compute(void);

#endif
