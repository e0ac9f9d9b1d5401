/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preempt.h - the preemption model: where a task that executes kernel code loses its CPU.
 *
 *			user code	kernel code, asked at once	asked lazily
 *	none		at once		cond_resched(), return to user	as at once
 *	voluntary	at once		the same, and where it may sleep as at once
 *	full		at once		at the interrupt's end		as at once
 *	lazy		at once		at the interrupt's end		return to user, next tick
 *
 * "User code": an interrupt that comes upon it ends in a return to user mode, which looks at
 * both bits (irq.c). Who asks lazily, by resched_curr_lazy(): the fair class, and sched_ext for
 * what its scheduler marked so. A lazy request sets TIF_NEED_RESCHED_LAZY and sends no
 * interrupt; the next tick makes it one that is answered at once (tick.c).
 */
#ifndef KS_KERN_PREEMPT_H
#define KS_KERN_PREEMPT_H

#include "abi/profile.h"
#include "base/types.h"

/* PREEMPT_UNSAID: there is none of that name */
enum preempt_model preempt_model_find(const char *name);
/* can @prof boot with it? */
bool preempt_model_known(const struct profile *prof, enum preempt_model model);
/* "none, voluntary, full": those that @prof has */
void preempt_model_names(const struct profile *prof, char *buf, size_t len);
/* as /sys/kernel/debug/sched/preempt: "full (lazy)", the one in force in brackets */
void preempt_model_show(char *buf, size_t len);

/* Kernel code offers the CPU: it is taken in the models in which nobody takes it otherwise. */
void cond_resched(void);
/* Kernel code might sleep here: an offer, too, in the voluntary model. */
void might_resched(void);

#endif
