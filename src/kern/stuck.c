// SPDX-License-Identifier: GPL-2.0-only
/*
 * stuck.c - the kernel's watchdogs for CPUs that do not get away from kernel code.
 *
 *	soft lockup	for 20 s nothing else could run there; after 15 s sched_ext is told
 *	hard lockup	for 10 s it took no interrupt
 *	RCU stall	for 21 s it came to no quiescent state: preemption or interrupts off
 *
 * The kernel has a timer and a stopper thread on each CPU for the first, a perf event in NMI that
 * counts those timers for the second, and looks from every tick for the third. Here somebody looks
 * once a second (every 4 s for soft lockups, every 10 s for hard ones, as the kernel's timers do)
 * from outside of all CPUs, which takes no time and changes nothing; only what follows is done by a
 * CPU, in hard irq or NMI.
 *
 *	  4 s     8 s  10 s    12 s     16 s     20 s	the timers and the NMIs of a CPU
 *	   x       x     .       -        -      - .	interrupts off from 9 s on: told at 20 s
 *
 * Facts: kernel/watchdog.c, kernel/rcu/tree_stall.h; times there are ns >> 30.
 */
#include "base/shortage.h"
#include "kern/sched.h"

#include <stdio.h>
#include <stdlib.h>

#include "kern/ext/ext.h"
#include "kern/kthreads.h"
#include "kern/stop.h"
#include "kern/stuck.h"

#define LOOK_NS NSEC_PER_SEC
#define SOFT_LOOKS 4   /* watchdog_thresh * 2 / 5 */
#define HARD_LOOKS 10  /* watchdog_thresh */
#define SOFT_THRESH 20 /* in ns >> 30, as all of them */
#define RCU_STALL_NS (21 * NSEC_PER_SEC)

struct stuck_cpu {
	struct rq_model *c;
	u64 passes;	 /* scheduling passes when looked at last */
	u64 soft_passes; /* when looked at for soft lockups */
	u64 touched_ns;	 /* something else could run then */
	u64 quiet_ns;	 /* it was in a quiescent state then, or has been since */
	bool told;
	/* hard lockups: did the timer of soft lockups run since the last NMI? */
	bool timer_ran, timer_waits, hard_due, hard_told;
	u64 waits_since;     /* interrupts taken when it began to wait */
	struct hrtimer soft; /* of this CPU */
	struct hrtimer beat; /* the same, where threads live: runs the stopper */
	struct stop_work stop;
};

struct stuck {
	struct event look;
	u32 nr_looks;
	bool rcu_told;
	struct cpumask stalled;
	struct hrtimer rcu; /* of one that is not stuck */
	struct stuck_cpu cpu[];
};

static bool is_idle(const struct rq_model *c)
{
	return c->in_idle_wait || c->halted;
}

static bool preemption_off(const struct rq_model *c)
{
	return c->preempt_count || c->irqs_off || c->hardirq_count || c->softirq_count;
}

/* Would a stopper thread get this CPU? */
static bool others_can_run(const struct rq_model *c)
{
	return c->in_user || is_idle(c) || (preempt_kernel() && !preemption_off(c));
}

/* What rcu_sched_clock_irq() takes for one. BPF programs that hold the RCU lock are not looked at. */
static bool is_quiescent(const struct rq_model *c)
{
	return c->in_user || is_idle(c) || !preemption_off(c);
}

/* ---- soft lockups ---- */

static void soft_fires(struct hrtimer *t)
{
	struct stuck_cpu *s = container_of(t, struct stuck_cpu, soft);
	u32 dur = (now_ns() >> 30) - (s->touched_ns >> 30);
	const struct task_struct *p = s->c->rq->curr;

	if (dur >= SOFT_THRESH * 3 / 4)
		scx_softlockup(dur);
	if (dur <= SOFT_THRESH || s->told)
		return;
	s->told = true;
	pr_warn("watchdog: BUG: soft lockup - CPU#%d stuck for %us! [%s:%d]", s->c->rq->cpu, dur,
		p->comm, p->pid);
}

/* watchdog.c:watchdog_timer_fn() has the stopper say that it runs */
static void softlockup_fn(void *arg)
{
	((struct stuck_cpu *)arg)->touched_ns = now_ns();
}

static void beat_fires(struct hrtimer *t)
{
	struct stuck_cpu *s = container_of(t, struct stuck_cpu, beat);

	stop_one_cpu_nowait(s->c->rq->cpu, &s->stop);
}

static void look_for_soft_lockup(struct stuck_cpu *s)
{
	struct rq_model *c = s->c;

	if (others_can_run(c) || c->nr_passes != s->soft_passes) {
		s->touched_ns = now_ns();
		s->told = false;
	} else if (!c->irqs_off &&
		   (now_ns() >> 30) - (s->touched_ns >> 30) >= SOFT_THRESH * 3 / 4) {
		hrtimer_start(&s->soft, now_ns(), c->rq->cpu);
	}
	s->soft_passes = c->nr_passes;
	if (kthreads_live() && cpu_active(c->rq->cpu))
		hrtimer_start(&s->beat, now_ns(), c->rq->cpu);
}

/* ---- hard lockups ---- */

/* The timer comes, or waits for interrupts to be on. */
static void hard_timer(struct stuck_cpu *s)
{
	if (!s->c->irqs_off)
		s->timer_ran = true;
	else if (!s->timer_waits)
		s->waits_since = s->c->nr_hardirqs;
	s->timer_waits = s->c->irqs_off;
}

static void look_for_hard_lockup(struct stuck_cpu *s)
{
	s->timer_ran |= s->timer_waits && s->c->nr_hardirqs != s->waits_since;
	if (s->timer_ran || !s->timer_waits || !s->c->irqs_off) {
		s->hard_told = false;
	} else {
		s->hard_due = true;
		irq_raise(s->c->rq->cpu, IRQ_NMI);
	}
	s->timer_ran = false;
}

/* watchdog.c:watchdog_hardlockup_check() */
void stuck_nmi(s32 cpu)
{
	struct stuck_cpu *s = &machine->stuck->cpu[cpu];

	if (!s->hard_due)
		return;
	s->hard_due = false;
	if (scx_hardlockup(cpu) || s->hard_told)
		return;
	s->hard_told = true;
	pr_warn("watchdog: CPU%d: Watchdog detected hard LOCKUP on cpu %d", cpu, cpu);
}

/* ---- RCU stalls ---- */

static void rcu_fires(struct hrtimer *t)
{
	struct stuck *k = container_of(t, struct stuck, rcu);
	char cpus[64];
	int n = 0;
	s32 cpu;

	scx_rcu_cpu_stall(&k->stalled);
	for_each_cpu(cpu, &k->stalled)
		if (n < 48)
			n += snprintf(cpus + n, sizeof(cpus) - n, " %d", cpu);
	pr_warn("rcu: INFO: rcu_preempt detected stalls on CPUs:%s", cpus);
}

static void look_for_stall(struct stuck *k)
{
	s32 cpu, teller = -1;

	cpumask_clear(&k->stalled);
	for_each_online_cpu(cpu) {
		struct stuck_cpu *s = &k->cpu[cpu];

		if (is_quiescent(s->c) || s->c->nr_passes != s->passes) {
			s->quiet_ns = now_ns();
			teller = teller < 0 ? cpu : teller;
		} else if (now_ns() - s->quiet_ns >= RCU_STALL_NS) {
			cpumask_set_cpu(cpu, &k->stalled);
		}
		s->passes = s->c->nr_passes;
	}
	if (cpumask_empty(&k->stalled))
		k->rcu_told = false;
	else if (teller >= 0 && !k->rcu_told)
		hrtimer_start(&k->rcu, now_ns(), teller);
	k->rcu_told |= teller >= 0 && !cpumask_empty(&k->stalled);
}

/* ---- looking ---- */

static void look(struct event *ev)
{
	struct stuck *k = container_of(ev, struct stuck, look);
	s32 cpu;

	look_for_stall(k);
	k->nr_looks++;
	for_each_online_cpu(cpu) {
		if (tick_nohz_full_cpu(cpu))
			continue;
		if (k->nr_looks % SOFT_LOOKS == 0) {
			look_for_soft_lockup(&k->cpu[cpu]);
			hard_timer(&k->cpu[cpu]);
		}
		if (k->nr_looks % HARD_LOOKS == 0)
			look_for_hard_lockup(&k->cpu[cpu]);
	}
	engine_post(machine->engine, ev, now_ns() + LOOK_NS);
}

void stuck_init(struct machine *m)
{
	struct stuck *k = calloc(1, sizeof(*k) + m->nr_cpu_ids * sizeof(k->cpu[0]));

	shortage_on(!k, "out of memory");
	m->stuck = k;
	for (u32 cpu = 0; cpu < m->nr_cpu_ids; cpu++) {
		k->cpu[cpu].c = host_of(&m->rqs[cpu])->m;
		hrtimer_init(&k->cpu[cpu].soft, false, soft_fires);
		hrtimer_init(&k->cpu[cpu].beat, false, beat_fires);
		k->cpu[cpu].stop = (struct stop_work){ .fn = softlockup_fn, .arg = &k->cpu[cpu] };
	}
	hrtimer_init(&k->rcu, false, rcu_fires);
	event_init(&k->look, EVENT_CONTROL, -1, look);
	engine_post(m->engine, &k->look, now_ns() + LOOK_NS);
}

void stuck_finish(struct machine *m)
{
	free(m->stuck);
	m->stuck = NULL;
}
