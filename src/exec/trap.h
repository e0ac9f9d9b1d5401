/* SPDX-License-Identifier: GPL-2.0-only */
/* trap.h - system calls that a loader makes without the C library. */
#ifndef KS_EXEC_TRAP_H
#define KS_EXEC_TRAP_H

/* From now on, where the host can: x86-64, Linux 5.11. Before any thread of the loader. */
void trap_begin(void);

#endif
