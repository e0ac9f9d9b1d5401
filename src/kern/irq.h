/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq.h - interrupts, preemption and spinning on the simulated CPUs.
 *
 * A CPU executes model code on the fiber of its current task. Hardware (timers,
 * IPIs) raises lines from event functions; a line is taken at the next point
 * where the CPU has interrupts on: when they are enabled, when model code pays
 * for something (cpu_charge), while it idles or runs user code.
 */
#ifndef KS_KERN_IRQ_H
#define KS_KERN_IRQ_H

#include "abi/sched.h"
#include "base/types.h"
#include "engine/engine.h"

enum irq_vector { IRQ_NMI, IRQ_TIMER, IRQ_RESCHEDULE, IRQ_WORK, IRQ_CALL, NR_IRQ_VECTORS };

/* what the irq_vectors tracepoints show: asm/irq_vectors.h */
#define X86_LOCAL_TIMER_VECTOR 0xec
#define HRTIMER_SOFTIRQ 8 /* the only softirq of the model */
#define X86_IRQ_WORK_VECTOR 0xf6
#define X86_RESCHEDULE_VECTOR 0xfd

struct rq_model;

/*
 * The CPU has a line up: take what may be taken now. What is short and common (charging,
 * turning interrupts off and on, preemption, whether a lock is held) is in this_cpu.h.
 */
void irq_take(struct rq_model *c);

/* Raise @vec at @cpu now; the CPU takes it when it can. Any context. */
void irq_raise(s32 cpu, enum irq_vector vec);
/* An IPI from the executing CPU: arrives costs.ipi later. */
void smp_send_ipi(s32 cpu, enum irq_vector vec);
void smp_send_reschedule(s32 cpu);

/* Run user code of the current task for @ns of its CPU time; interrupts and preemption happen. */
void user_run(u64 ns);
/*
 * The same until @poked(@arg) as well, which is asked each time that the CPU comes back to user
 * mode: a process whose loop reads a word that another one writes, and then calls user_poke().
 * @ns: ~0: for ever. Returns what it ran.
 */
u64 user_run_until(u64 ns, bool (*poked)(const void *arg), const void *arg);
/* If @p runs user code now, it looks. */
void user_poke(const struct task_struct *p);
/* Kernel code of the current task for @ns: interrupts are on, and preemption is as the model has it. */
void kernel_run(u64 ns);
/* Halt or poll until an interrupt or need_resched; irqs are off on entry and on exit. */
void cpu_idle_wait(void);
/* @cpu's preemption count as the kernel packs it, without the need-resched bit */
u32 preempt_count_of(s32 cpu);

/* ---- spinning ---- */
void raw_spin_lock(raw_spinlock_t *l); /* preemption off */
bool raw_spin_trylock(raw_spinlock_t *l);
void raw_spin_unlock(raw_spinlock_t *l);
void raw_spin_lock_irq(raw_spinlock_t *l);
void raw_spin_unlock_irq(raw_spinlock_t *l);
unsigned long raw_spin_lock_irqsave(raw_spinlock_t *l);
void raw_spin_unlock_irqrestore(raw_spinlock_t *l, unsigned long flags);
void __noreturn lock_not_held(const raw_spinlock_t *l); /* lockdep_assert_held() failed */

/*
 * spin_until - busy-wait, with interrupts as they are, until @cond(@arg) is true.
 * @target: the CPU whose progress ends the wait (-1: none in particular), for the
 * report of who waits for whom. Whoever makes the condition true calls
 * spin_wake(). A cycle of CPUs that spin with interrupts off, or one such spin
 * longer than the hard lockup threshold, ends the run as a lockup.
 */
void spin_until(bool (*cond)(void *arg), void *arg, s32 target, const char *what);
/*
 * The same for conditions whose change nobody tells: look every so often. False
 * when @limit_ns (0: none) has passed; without a limit, too long a wait with
 * interrupts off is a lockup.
 */
bool spin_poll(bool (*cond)(void *arg), void *arg, u64 limit_ns, const char *what);
/* irq.c: an interrupt comes upon a CPU that may spin; it goes on with that afterwards */
struct spin spin_interrupt(struct rq_model *c);
void spin_resume(struct rq_model *c, const struct spin *was);
void spin_look_again(s32 target); /* spin_wake(), when somebody spins */

/* ---- irq work ---- */
void init_irq_work(struct irq_work *w, void (*fn)(struct irq_work *));
/* Queue on the executing CPU; false if it was pending already. NMI-safe. */
bool irq_work_queue(struct irq_work *w);
bool irq_work_queue_on(struct irq_work *w, s32 cpu);
/* queued, and its function has not begun */
bool irq_work_is_pending(const struct irq_work *w);

/* ---- high resolution timers: @fn in hard irq, or in softirq with interrupts on if @soft ---- */
struct hrtimer {
	struct event ev;
	s32 cpu;
	bool soft;
	struct list_head node; /* fired, to be run by its CPU */
	void (*fn)(struct hrtimer *t);
};
void hrtimer_init(struct hrtimer *t, bool soft, void (*fn)(struct hrtimer *));
void hrtimer_start(struct hrtimer *t, u64 expires_ns,
		   s32 cpu); /* absolute; cpu -1: the executing one */
bool hrtimer_cancel(struct hrtimer *t);
/*
 * Before @t's memory goes: cancelled, and its function, if it runs on another CPU, has returned
 * and did not start it again. Interrupts on, no lock held that the function takes.
 */
void hrtimer_cancel_sync(struct hrtimer *t);
bool hrtimer_active(const struct hrtimer *t);

#endif
