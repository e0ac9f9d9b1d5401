/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.h - what happens around a scheduler because a schedule says so: a CPU goes, a task is
 * moved, killed, made real-time, others are forked.
 *
 *	tick of CPU 2, the 3rd ── fault_begin() ─▶ queue ── bell ─▶ the loader's task does it
 *
 * Whoever decides may be anywhere, under any lock; so the system call is made by the machine's
 * loader, which has to get a CPU for it as any administrator's shell has. One after the other.
 */
#ifndef KS_KERN_FAULTS_H
#define KS_KERN_FAULTS_H

#include "engine/schedule.h"

struct faults;

/* @s decides from now on, NULL: none does; what happens around included. See schedule_set(). */
void faults_schedule(struct schedule *s);
void faults_destroy(struct faults *f); /* NULL is fine */

#endif
