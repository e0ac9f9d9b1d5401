/* SPDX-License-Identifier: GPL-2.0-only */
/* endless.h - a loader that computes, and never calls anybody again. */
#ifndef KS_EXEC_ENDLESS_H
#define KS_EXEC_ENDLESS_H

/* CPU time of this computer in one stretch of loader code, which no virtual time has */
#define ENDLESS_S 10

/* From here on it is looked at; after trap_begin(), whose signal it uses. */
void endless_begin(void);
/* The timer's signal has come. It does not return to a loader that has computed for ENDLESS_S. */
void endless_tick(void);

#endif
