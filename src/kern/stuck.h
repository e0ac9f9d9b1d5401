/* SPDX-License-Identifier: GPL-2.0-only */
/* stuck.h - soft and hard lockups and RCU stalls, from the machine's creation to its end. */
#ifndef KS_KERN_STUCK_H
#define KS_KERN_STUCK_H

#include "base/types.h"

struct machine;

void stuck_init(struct machine *m);
void stuck_finish(struct machine *m);
void stuck_nmi(s32 cpu); /* in NMI there: is that what it was sent for? */

#endif
