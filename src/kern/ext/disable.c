// SPDX-License-Identifier: GPL-2.0-only
/*
 * disable.c - the way back: unregistration, sysrq, errors and hotplug all end
 * in scx_disable_workfn() on an RT helper thread.
 *
 *	claim ─▶ (irq work: dump) ─▶ disable work: bypass on ─ DISABLING ─
 *	ops.cgroup_exit ─ all tasks off EXT, ops.exit_task ─ ops.exit ─ DISABLED
 *
 * Between the claim and the work's first step the ops go on being called.
 */
#include <string.h>
#include "kern/cgroup.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid_sched.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"

/* ---- what is kept for reports ---- */

void scx_accumulate_events(const struct scx_sched *sch)
{
	struct scx_event_stats events;

	lockdep_assert_in_task();
	scx_read_events(sch, &events);
#define EV(name) scx.total_events.SCX_EV_##name += events.SCX_EV_##name;
	SCX_EVENTS(EV)
#undef EV
}

/* ---- steps of disabling ---- */

/* sched_ext_dead() may have had the task; else (exit_task_at_free) dead ones exit here too. */
static void disable_tasks(void)
{
	struct scx_task_iter it;
	struct task_struct *p;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	down_write(&scx.fork_rwsem);
	scx.init_task_enabled = false;
	scx_task_iter_start(&it);
	while ((p = scx_task_iter_next_locked(&it))) {
		scx_change_class(p, scx_setscheduler_class(p), NULL);
		scx_disable_and_exit_task(p);
	}
	scx_task_iter_stop(&it);
	up_write(&scx.fork_rwsem);
}

/* All dumps are over and none begins: there is nothing left to show. */
void scx_disable_dump(struct scx_sched *sch)
{
	sch->dump_disabled = !K->b.dump_without_sched;
}

static void switches_off(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.enabled = false;
	scx.is_cid = false;
	if (scx.tid_to_task) {
		scx.tid_to_task = false;
		scx_tid_hash_free();
	}
	memset(sch->has_op, 0, sizeof(sch->has_op));
	scx_idle_disable();
	synchronize_rcu();
}

void scx_log_disable(const struct scx_sched *sch)
{
	const struct scx_exit_info *ei = sch->exit_info;

	lockdep_assert_in_task();
	pr_info("sched_ext: BPF %s \"%s\" disabled (%s)",
		sch->level ? "sub-scheduler" : "scheduler", sch->name, ei->reason);
	if (ei->kind >= SCX_EXIT_ERROR && ei->msg[0])
		pr_err("sched_ext: %s: %s", sch->name, ei->msg);
}

void scx_call_exit(struct scx_sched *sch)
{
	if (host_of(sch)->ops_prog[SCX_OP_exit])
		SCX_CALL_OP(sch, exit, NULL, P64(sch->exit_info));
}

/* Programs that are no ops (timers, tracers) may run on: they find no scheduler any more. */
static void unpublish(struct scx_sched *sch)
{
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	sch->dead = true;
	synchronize_rcu();
	scx_unlink_sched(sch);
	scx_watchdog_stop();
	cpus_read_lock();
	scx.root = NULL;
	scx_cid_retire_tables();
	cpus_read_unlock();
	for_each_possible_cpu(cpu)
		cpu_rq(cpu)->scx.local_dsq.sched = NULL;
	scx_destroy_all_dsqs(sch);
}

/* No EXT task is left; fair ones are back, if they were all gone. */
static void swap_dl_servers(bool was_switched_all)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.dl_server_bw_swapped)
		return;
	dl_servers_attach(DL_SERVER_EXT, false);
	if (was_switched_all)
		dl_servers_attach(DL_SERVER_FAIR, true);
}

static void root_disable_locked(struct scx_sched *sch)
{
	const bool was_switched_all = scx.switched_all;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.switched_all = scx.switching_all = false;
	/* before the tasks, so that attaching does not race with their exit */
	scx_cgroup_lock();
	scx_cgroup_exit_all(sch);
	scx_cgroup_unlock();
	disable_tasks();
	scx_cid_sched_disable(sch);
	scx_set_cgroup_sched(sch->cgrp, NULL);
	scx_disable_dump(sch);
	swap_dl_servers(was_switched_all);
	switches_off(sch);
	scx_log_disable(sch);
	scx_call_exit(sch);
	scx_remember_exit(sch);
	scx.last_exit.nr++;
	scx_accumulate_events(sch);
	unpublish(sch);
}

/* ext.c:scx_root_disable(); with old_enable_names scx_ops_disable_workfn() */
static void scx_root_disable(struct scx_sched *sch)
{
	might_sleep();
	/* every runnable task makes progress from here on, so that we may sleep */
	scx_bypass(sch, true);
	scx_drain_descendants(sch);
	scx_set_enable_state(SCX_DISABLING);
	mutex_lock(&scx.enable_mutex);
	root_disable_locked(sch);
	mutex_unlock(&scx.enable_mutex);
	scx_set_enable_state(SCX_DISABLED);
	scx_bypass(sch, false);
}

void scx_disable_workfn(struct scx_sched *sch)
{
	int kind = sch->exit_kind;

	might_sleep();
	if (kind == SCX_EXIT_NONE || kind == SCX_EXIT_DONE)
		return;
	sch->exit_kind = SCX_EXIT_DONE;
	sch->exit_info->kind = kind;
	if (sch->level)
		scx_sub_disable(sch);
	else
		scx_root_disable(sch);
}

/* ---- who asks ---- */

/* the irq work's second half */
void scx_queue_disable(struct scx_sched *sch)
{
	kthread_queue_work(host_of(sch)->helper, &host_of(sch)->disable_work);
}

void scx_disable(struct scx_sched *sch, int kind)
{
	bool claimed;

	bug_on(kind == SCX_EXIT_NONE || kind == SCX_EXIT_DONE, "an end of kind %d", kind);
	preempt_disable();
	claimed = scx_claim_exit(sch, kind);
	if (claimed)
		scx_set_exit_reason(sch, kind);
	if (!K->b.disable_by_irq_work)
		scx_queue_disable(sch);
	else if (claimed)
		irq_work_queue(&sch->error_irq_work);
	preempt_enable();
}

/*
 * Wait until a claimed exit is through. An irq work that has not run yet has not
 * queued the disable work: until it has, there is nothing to flush.
 */
void scx_flush_disable_work(struct scx_sched *sch)
{
	struct kthread_work *work = &host_of(sch)->disable_work;

	might_sleep();
	while (sch->exit_kind != SCX_EXIT_NONE) {
		kthread_flush_work(work);
		if (sch->exit_kind == SCX_EXIT_DONE && !work->queued &&
		    (!host_of(sch)->helper || host_of(sch)->helper->current_work != work))
			break;
		cpu_charge(machine->cost.relax_ns);
	}
}

/* struct_ops' .unreg: the link is gone */
void scx_ops_unreg(struct scx_sched *sch)
{
	struct kthread_worker *helper;

	might_sleep();
	if (!sch->attached)
		return;
	scx_disable(sch, SCX_EXIT_UNREG);
	scx_flush_disable_work(sch);
	/* from here on it may be attached again, and gets another helper while this one ends */
	helper = host_of(sch)->helper;
	host_of(sch)->helper = NULL;
	sch->attached = false;
	scx_sub_uncount(sch);
	if (K->b.helper_per_sched)
		kthread_destroy_worker(helper);
}

void sysrq_sched_ext_reset(void)
{
	if (scx_root && host_of(scx_root)->helper)
		scx_disable(scx_root, SCX_EXIT_SYSRQ);
	else if (K->b.old_enable_names && !scx.ever_enabled)
		pr_info("sched_ext: BPF scheduler not yet used");
	else if (K->b.sysrq_s_says_none && !K->b.old_enable_names)
		pr_info("sched_ext: BPF schedulers not loaded");
}

/*
 * ext.c:scx_pm_handler(): from before the machine suspends to after it has resumed, the
 * scheduler is bypassed. Task context.
 */
int scx_pm_notify(bool suspend)
{
	if (suspend == scx.suspended)
		return -EALREADY;
	scx.suspended = suspend;
	if (scx_root)
		scx_bypass(scx_root, suspend);
	return 0;
}

void sysrq_sched_ext_dump(void)
{
	struct scx_exit_info ei = { .kind = SCX_EXIT_NONE, .exit_cpu = -1, .reason = "SysRq-D" };
	struct scx_sched *sch;

	if (!scx_root || (!scx_enabled() && K->b.dump_without_sched))
		return;
	scx_for_each_sched(sch)
		scx_dump_state(sch, &ei, 0, false);
}

/* ---- hotplug: cpus lock held, may sleep ---- */

static void handle_hotplug(struct rq *rq, bool online)
{
	struct scx_sched *sch = scx_root;
	s32 cpu = cpu_of(rq);

	might_sleep();
	scx.hotplug_seq++;
	if (!sch)
		return;
	if (scx_enabled())
		scx_idle_update_topology();
	if (online)
		scx_online_ecaps(rq);
	else
		scx_offline_ecaps(rq);
	scx_cid_hotplug(cpu, online);
	if (online && SCX_HAS_OP(sch, cpu_online))
		SCX_CALL_OP(sch, cpu_online, NULL, (u64)(s64)scx_cpu_arg(cpu));
	else if (!online && SCX_HAS_OP(sch, cpu_offline))
		SCX_CALL_OP(sch, cpu_offline, NULL, (u64)(s64)scx_cpu_arg(cpu));
	else
		scx_exit(sch, SCX_EXIT_UNREG_KERN, SCX_ECODE_ACT_RESTART | SCX_ECODE_RSN_HOTPLUG,
			 "cpu %d going %s, exiting scheduler", cpu, online ? "online" : "offline");
}

void scx_rq_activate(struct rq *rq)
{
	handle_hotplug(rq, true);
}

void scx_rq_deactivate(struct rq *rq)
{
	handle_hotplug(rq, false);
}
