/* SPDX-License-Identifier: GPL-2.0-only */
/* work.h - the workers that boot makes. */
#ifndef KS_KERN_WORK_H
#define KS_KERN_WORK_H

void workers_create(void);
void rcu_calls_release(void); /* with the machine: callbacks that never came to run */

#endif
