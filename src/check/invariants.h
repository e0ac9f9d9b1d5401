/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants.h - what must hold between two events, walked while a machine runs.
 *
 *	invariants_watch(machine, 1);	after every event; 16: after every 16th
 *
 * It looks and changes nothing, so a watched run is the same run. What it finds is a
 * bug of ours, never of a guest's: it ends in base/bug.h's report.
 */
#ifndef KS_CHECK_INVARIANTS_H
#define KS_CHECK_INVARIANTS_H

#include "base/types.h"

struct machine;

/* @every: events from one walk to the next, 0: none */
void invariants_watch(struct machine *m, u32 every);

#endif
