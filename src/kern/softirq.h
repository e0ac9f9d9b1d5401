/* SPDX-License-Identifier: GPL-2.0-only */
/* softirq.h - what irq.c's interrupt path calls: timers, softirqs, NMIs. */
#ifndef KS_KERN_SOFTIRQ_H
#define KS_KERN_SOFTIRQ_H

#include "base/types.h"

struct rq_model;
struct nmi_work;

void irq_init_cpu(struct rq_model *c);
void hrtimer_interrupt(struct rq_model *c);  /* hard irq */
void hrtimers_cpu_dying(struct rq_model *c); /* of @c, no longer online */
void softirq_run(struct rq_model *c);	     /* interrupts on, not nested */
/* rounds since the interrupted code went on are counted; see hrtimer.c */
bool softirq_may_run(struct rq_model *c);
void irq_work_run(struct rq_model *c);
void nmi_run(struct rq_model *c); /* perf.c */

#endif
