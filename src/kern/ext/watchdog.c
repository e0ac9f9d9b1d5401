// SPDX-License-Identifier: GPL-2.0-only
/*
 * watchdog.c - tasks that wait too long end the scheduler.
 *
 * Every half timeout a work walks the CPUs' lists of runnable tasks that do not
 * run; whose wait is longer than the timeout is reported, whatever queue it is
 * on. So a stall is found after 1 to 1.5 timeouts. If the work itself cannot run,
 * since the scheduler keeps kworkers too, the tick notices. Times are in jiffies, as
 * the kernel's are.
 */
#include "kern/cpumask.h"
#include "kern/ext/ext.h"

/* stall_blames_drainer: it may wait on a DSQ that another one drains, as an ancestor's bypass DSQ */
static struct scx_sched *stall_to_blame(struct scx_sched *sch, const struct task_struct *p)
{
	const struct scx_dispatch_q *dsq = p->scx.dsq;

	return K->b.stall_blames_drainer && dsq && dsq->sched && dsq->id != SCX_DSQ_LOCAL ?
		       dsq->sched :
		       sch;
}

/* ext.c:check_rq_for_timeouts(): one report is enough */
static bool check_rq_for_timeouts(struct rq *rq)
{
	u64 now = jiffies_now();
	unsigned long flags = rq_lock_irqsave(rq);
	struct task_struct *p;
	bool timed_out = false;

	lockdep_assert_in_task();
	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node) {
		struct scx_sched *sch = scx_task_sched(p);
		u32 dur_ms = jiffies_to_msecs(now - p->scx.runnable_at);

		if (now <= p->scx.runnable_at + ns_to_jiffies(sch->watchdog_timeout_ns))
			continue;
		scx_exit_on(stall_to_blame(sch, p), SCX_EXIT_ERROR_STALL, 0, cpu_of(rq),
			    "%s[%d] failed to run for %u.%03us", p->comm, p->pid, dur_ms / 1000,
			    dur_ms % 1000);
		timed_out = true;
		break;
	}
	rq_unlock_irqrestore(rq, flags);
	return timed_out;
}

/* half of the shortest */
static u64 watchdog_interval_ns(void)
{
	u64 half = ~0ULL;
	struct scx_sched *sch;

	scx_for_each_sched(sch)
		half = min(half, ns_to_jiffies(sch->watchdog_timeout_ns) / 2);
	return max(half, 1ULL) * tick_period_ns();
}

/*
 * An idle CPU stops its tick. A kernel has timers of its own, though, and each that is due on
 * an idle CPU is a tick there (tick-sched.c:tick_nohz_handler()); their time stands here for
 * all of them, and matters only if no CPU is busy when the work is overdue.
 */
#define KERNEL_TIMERS_NS NSEC_PER_SEC

static void overdue_timer_fires(struct hrtimer *t __unused)
{
	scx_watchdog_check();
}

static void checked_in(const struct scx_sched *sch)
{
	scx.watchdog.timestamp = jiffies_now();
	hrtimer_start(&scx.watchdog.overdue, now_ns() + sch->watchdog_timeout_ns + KERNEL_TIMERS_NS,
		      -1);
}

static void scx_watchdog_workfn(struct delayed_work *w)
{
	s32 cpu;

	might_sleep();
	if (!scx_root || !scx.watchdog.on)
		return;
	checked_in(scx_root);
	for_each_online_cpu(cpu) {
		if (check_rq_for_timeouts(cpu_rq(cpu)))
			break;
	}
	if (scx.watchdog.on)
		queue_delayed_work(w, watchdog_interval_ns());
}

void scx_watchdog_start(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.watchdog.on = true;
	hrtimer_init(&scx.watchdog.overdue, false, overdue_timer_fires);
	checked_in(sch);
	delayed_work_init(&scx.watchdog.work, scx_watchdog_workfn);
	queue_delayed_work(&scx.watchdog.work, watchdog_interval_ns());
}

/* While it is on, a scheduler that comes or goes starts the interval anew. */
void scx_watchdog_refresh(void)
{
	if (!scx.watchdog.on || list_empty(scx.scheds))
		return;
	checked_in(scx_root);
	cancel_delayed_work_sync(&scx.watchdog.work);
	queue_delayed_work(&scx.watchdog.work, watchdog_interval_ns());
}

void scx_watchdog_stop(void)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!scx.watchdog.on)
		return;
	scx.watchdog.on = false;
	hrtimer_cancel(&scx.watchdog.overdue);
	cancel_delayed_work_sync(&scx.watchdog.work);
}

/* ext.c:scx_tick(): did the work run lately? */
void scx_watchdog_check(void)
{
	u64 late, now = jiffies_now();
	u32 dur_ms;

	lockdep_assert_irqs_off();
	if (!scx_enabled() || !scx_root || !scx.watchdog.on)
		return;
	late = now - scx.watchdog.timestamp;
	if (late <= ns_to_jiffies(scx_root->watchdog_timeout_ns))
		return;
	dur_ms = jiffies_to_msecs(late);
	scx_exit(scx_root, SCX_EXIT_ERROR_STALL, 0, "watchdog failed to check in for %u.%03us",
		 dur_ms / 1000, dur_ms % 1000);
}
