// SPDX-License-Identifier: GPL-2.0-only
/*
 * hrtimer.c - high resolution timers. A timer belongs to a CPU; when it expires
 * that CPU's timer line goes up and the callback runs there, in hard irq or, for
 * soft timers (bpf_timer), in softirq with interrupts on.
 */
#include "kern/sched.h"

#include "kern/kthreads.h"
#include "kern/points.h"
#include "kern/preempt.h"
#include "kern/softirq.h"

static void hrtimer_expires(struct event *ev)
{
	struct hrtimer *t = container_of(ev, struct hrtimer, ev);
	struct rq_model *c = host_of(cpu_rq(t->cpu))->m;
	u64 hold_ns = point_hold_of(t == &c->tick ? POINT_TICK : POINT_TIMER, t->cpu, t);

	if (hold_ns) {
		engine_post(machine->engine, ev, now_ns() + hold_ns);
		return;
	}
	if (unlikely(c->halted)) {
		t->cpu = cpumask_first(machine->online);
		c = host_of(cpu_rq(t->cpu))->m;
	}
	list_add_tail(&t->node, &c->hrtimers_fired);
	irq_raise(t->cpu, IRQ_TIMER);
}

/* Those that have fired and not run yet go to a CPU that stays. */
void hrtimers_cpu_dying(struct rq_model *c)
{
	s32 cpu = cpumask_first(machine->online);
	struct rq_model *to = host_of(cpu_rq(cpu))->m;

	if (list_empty(&c->hrtimers_fired) && list_empty(&c->softirq_timers))
		return;
	list_splice_tail_init(&c->softirq_timers, &to->softirq_timers);
	list_splice_tail_init(&c->hrtimers_fired, &to->hrtimers_fired);
	irq_raise(cpu, IRQ_TIMER);
}

void hrtimer_init(struct hrtimer *t, bool soft, void (*fn)(struct hrtimer *))
{
	*t = (struct hrtimer){ .cpu = -1, .soft = soft, .fn = fn };
	event_init(&t->ev, EVENT_HW, -1, hrtimer_expires);
	INIT_LIST_HEAD(&t->node);
}

void hrtimer_start(struct hrtimer *t, u64 expires_ns, s32 cpu)
{
	hrtimer_cancel(t);
	t->cpu = cpu >= 0 ? cpu : max(smp_processor_id(), 0);
	event_set_cpu(&t->ev, EVENT_HW, t->cpu);
	engine_post(machine->engine, &t->ev, max(expires_ns, now_ns()));
}

bool hrtimer_active(const struct hrtimer *t)
{
	return event_pending(&t->ev) || !list_empty(&t->node);
}

bool hrtimer_cancel(struct hrtimer *t)
{
	bool active = hrtimer_active(t);

	engine_cancel(machine->engine, &t->ev);
	list_del_init(&t->node);
	return active;
}

static bool timer_is_over(void *arg)
{
	const struct hrtimer *t = arg;

	return host_of(cpu_rq(t->cpu))->m->hrtimer_running[t->soft] != t;
}

static void hrtimer_cancel_wait_running(struct hrtimer *t)
{
	if (t->cpu >= 0 && t->cpu != smp_processor_id() && !timer_is_over(t))
		spin_until(timer_is_over, t, t->cpu, "hrtimer_cancel_wait_running()");
}

void hrtimer_cancel_sync(struct hrtimer *t)
{
	do {
		hrtimer_cancel(t);
		hrtimer_cancel_wait_running(t);
	} while (hrtimer_active(t));
}

/* The function may free what the timer is a part of: it is not looked at afterwards. */
static void hrtimer_run(struct rq_model *c, struct hrtimer *t)
{
	const struct hrtimer **running = &c->hrtimer_running[t->soft];

	TP(hrtimer_expire_entry, P64(NULL), now_ns());
	*running = t;
	engine_charge(machine->engine, machine->cost.timer_ns);
	t->fn(t);
	*running = NULL;
	spin_wake(c->rq->cpu);
	TP(hrtimer_expire_exit, P64(NULL));
}

void hrtimer_interrupt(struct rq_model *c)
{
	TP(local_timer_entry, X86_LOCAL_TIMER_VECTOR);
	while (!list_empty(&c->hrtimers_fired)) {
		struct hrtimer *t = list_first_entry(&c->hrtimers_fired, struct hrtimer, node);

		list_del_init(&t->node);
		if (t->soft)
			list_add_tail(&t->node, &c->softirq_timers);
		else
			hrtimer_run(c, t);
	}
	TP(local_timer_exit, X86_LOCAL_TIMER_VECTOR);
}

/*
 * As many rounds as the kernel takes (MAX_SOFTIRQ_RESTART), or until another task wants the
 * CPU, before it leaves the rest to ksoftirqd. Where that thread does not live the interrupted
 * task goes on for a while. Else a timer that re-arms itself for now keeps its CPU.
 */
#define SOFTIRQ_ROUNDS 10
#define KSOFTIRQD_DELAY_NS (50 * NSEC_PER_USEC)

static void ksoftirqd_fires(struct hrtimer *t)
{
}

static void ksoftirqd_wake(struct rq_model *c)
{
	if (c->ksoftirqd_task) {
		wake_up_process(c->ksoftirqd_task);
		return;
	}
	if (!c->ksoftirqd.fn)
		hrtimer_init(&c->ksoftirqd, false, ksoftirqd_fires);
	hrtimer_start(&c->ksoftirqd, now_ns() + KSOFTIRQD_DELAY_NS, c->rq->cpu);
}

static u32 softirq_nr(const struct rq_model *c)
{
	const struct list_head *pos;
	u32 nr = 0;

	list_for_each(pos, &c->softirq_timers)
		nr++;
	return nr;
}

/* Taken once before, so that the timers due now all run, whatever their number. */
void softirq_run(struct rq_model *c)
{
	u32 left;

	if (likely(list_empty(&c->softirq_timers)))
		return;
	point_here(POINT_SOFTIRQ, NULL, false);
	left = softirq_nr(c);
	c->softirq_rounds++;
	c->softirq_count++;
	TP(softirq_entry, HRTIMER_SOFTIRQ);
	while (left-- && !list_empty(&c->softirq_timers)) {
		struct hrtimer *t = list_first_entry(&c->softirq_timers, struct hrtimer, node);

		list_del_init(&t->node);
		hrtimer_run(c, t);
	}
	TP(softirq_exit, HRTIMER_SOFTIRQ);
	c->softirq_count--;
}

/* May the softirqs that have come up meanwhile run at once? */
bool softirq_may_run(struct rq_model *c)
{
	if (c->softirq_rounds < SOFTIRQ_ROUNDS &&
	    !(c->ksoftirqd_task && c->softirq_rounds && need_resched()))
		return true;
	if (!list_empty(&c->softirq_timers) && !hrtimer_active(&c->ksoftirqd))
		ksoftirqd_wake(c);
	return false;
}

void ksoftirqd_run(struct rq_model *c)
{
	while (!list_empty(&c->softirq_timers)) {
		preempt_disable();
		c->softirq_rounds = 0;
		softirq_run(c);
		preempt_enable();
		cond_resched();
	}
}
