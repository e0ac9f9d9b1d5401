// SPDX-License-Identifier: GPL-2.0-only
/*
 * enable.c - from registration to a running scheduler.
 *
 * The loader's task waits while an RT thread does the work, since that thread
 * cannot become a task of the scheduler it is about to start:
 *
 *	ENABLING  ops.init_cids, ops.init                        cpus held
 *	          bypass on
 *	          ops.cgroup_init, ops.init_task for all tasks   forks, cgroups locked out
 *	          tasks to the ext class: ops.enable ...         forks locked out
 *	          bypass off: runnable tasks go to ops.enqueue
 *	ENABLED
 *
 * A failure after ENABLING does not fail the attachment: it becomes an exit of
 * the scheduler, and the loader learns the reason from ops.exit().
 */
#include <stdlib.h>
#include <string.h>
#include "bpf/prog.h"
#include "kern/account.h"
#include "kern/cgroup.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid_sched.h"
#include "kern/ext/rescue.h"
#include "kern/ext/sub.h"

struct scx_global scx;

struct scx_enable_cmd {
	struct kthread_work work;
	struct scx_sched *sch;
	int ret;
};

void scx_global_reset(void)
{
	scx = (struct scx_global){};
	rwsem_init(&scx.fork_rwsem);
	rwsem_init(&scx.cgroup_ops_rwsem);
	mutex_init(&scx.enable_mutex);
}

void scx_global_init(void)
{
	scx_tasks_init();
	scx.scheds = kstack_alloc(sizeof(*scx.scheds));
	INIT_LIST_HEAD(scx.scheds);
	scx_idle_init();
}

void scx_global_finish(void)
{
	free(scx.last_exit.dump);
	free(scx.subs);
	scx_tid_hash_free();
	scx_cid_retire_tables();
	scx_global_reset();
}

const char *scx_enable_state_str(void)
{
	static const char *const str[] = { "disabled", "enabling", "enabled", "disabling" };

	return str[scx.state];
}

void scx_set_enable_state(enum scx_enable_state state)
{
	scx.state = state;
	TRACE(sched_enable, state);
	account_sched_state(state);
}

/* Does @policy, fair or SCHED_EXT, mean the ext class now? */
bool task_should_scx(unsigned int policy)
{
	if (!scx_enabled())
		return false;
	if (K->b.disabling_refuses_first && scx.state == SCX_DISABLING)
		return false;
	/* not disabling_refuses_first: while the fair class is not looked at, nothing may go there */
	if (scx.switching_all)
		return true;
	return scx.state != SCX_DISABLING && policy == SCHED_EXT;
}

/* core.c:scx_setscheduler_class() */
enum sched_class_id scx_setscheduler_class(const struct task_struct *p)
{
	bool stays = class_id(p) == CLASS_STOP && !K->b.stop_tasks_become_rt;

	return stays ? CLASS_STOP : policy_class(p, p->policy);
}

void scx_change_class(struct task_struct *p, enum sched_class_id id, const u64 *slice)
{
	lockdep_assert_rq_held(task_rq(p));
	/* NOCLOCK: sched_deq_and_put_task(), later sched_change_begin(), adds it */
	u64 flags = DEQUEUE_SAVE | DEQUEUE_MOVE | DEQUEUE_NOCLOCK;
	struct sched_change ctx;

	if (id != class_id(p))
		flags |= K->b.enqueue_class;
	update_rq_clock(task_rq(p));
	sched_change_begin(&ctx, p, flags);
	if (slice)
		scx_set_task_slice(p, *slice);
	set_task_class(p, id);
	sched_change_end(&ctx);
}

/* ---- the parts of enabling, in order ---- */

static void reset_rqs(struct scx_sched *sch)
{
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.nr_rejected = 0;
	for_each_possible_cpu(cpu) {
		cpu_rq(cpu)->scx.local_dsq.sched = sch;
		cpu_rq(cpu)->scx.cpuperf_target = SCX_CPUPERF_ONE;
	}
}

/* "ops.x() failed": the first claim keeps its message, so an invalid errno wins */
static int call_init_op(struct scx_sched *sch, enum scx_op op)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!host_of(sch)->ops_prog[op])
		return 0;
	ret = (s32)scx_call_op(sch, op, NULL, NULL, NULL, 0, NULL);
	if (!ret)
		return 0;
	ret = scx_ops_sanitize_err(sch, scx_op_name(op), ret);
	scx_error(sch, "ops.%s() failed (%d)", scx_op_name(op), ret);
	return ret;
}

int scx_call_init(struct scx_sched *sch)
{
	int ret = call_init_op(sch, SCX_OP_init);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (ret || !host_of(sch)->ops_prog[SCX_OP_init])
		return ret;
	sch->initialized = true;
	sch->exit_info->flags |=
		KV(SCX_EFLAG_INITIALIZED) == ENUM_ABSENT ? 0 : KV(SCX_EFLAG_INITIALIZED);
	return 0;
}

/* cids and caps before anything can ask for one */
static int set_up_cids(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (sch->is_cid) {
		ret = call_init_op(sch, SCX_OP_init_cids);
		if (ret)
			return ret;
	}
	scx_cid_publish_tables();
	ret = scx_alloc_kern_arena_objs(sch);
	if (!ret)
		ret = scx_alloc_pshards(sch);
	if (!ret)
		scx_init_root_caps(sch);
	return ret;
}

/* A CPU went on- or offline between the loader's look and now: it has to start over. */
static int check_hotplug_seq(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!sch->hotplug_seq || sch->hotplug_seq == scx.hotplug_seq)
		return 0;
	scx_exit(sch, SCX_EXIT_UNREG_KERN, SCX_ECODE_ACT_RESTART | SCX_ECODE_RSN_HOTPLUG,
		 "expected hotplug seq %llu did not match actual %llu", sch->hotplug_seq,
		 scx.hotplug_seq);
	return K->b.hotplug_seq_fails_enable ? -EBUSY : 0;
}

static void hotplug_ops_live(struct scx_sched *sch)
{
	sch->has_op[SCX_OP_cpu_online] = host_of(sch)->ops_prog[SCX_OP_cpu_online];
	sch->has_op[SCX_OP_cpu_offline] = host_of(sch)->ops_prog[SCX_OP_cpu_offline];
}

/* CPUs stay as they are: ops.init() takes stock, cpu_online/offline go on from there. */
static int init_sched(struct scx_sched *sch)
{
	int ret = scx_cid_init(sch);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (ret)
		return ret;
	scx.root = sch;
	scx.is_cid = sch->is_cid;
	scx_link_sched(sch);
	if (K->b.watchdog_before_init)
		scx_watchdog_start(sch);
	scx_idle_enable(sch);
	ret = set_up_cids(sch);
	if (!ret)
		ret = scx_call_init(sch);
	if (ret)
		return ret;
	hotplug_ops_live(sch);
	ret = check_hotplug_seq(sch);
	if (!ret)
		scx_idle_update_topology();
	return ret;
}

/* sub_sched_cid_only: what children and parents have to be */
static int check_form(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (sch->is_cid || !K->b.sub_sched_cid_only)
		return 0;
	if (sch->level) {
		scx_error(sch, "sub-sched requires cid-form struct_ops");
		return -EINVAL;
	}
	if (host_of(sch)->ops_prog[SCX_OP_sub_attach] ||
	    host_of(sch)->ops_prog[SCX_OP_sub_detach]) {
		scx_error(sch, "sub_attach/sub_detach requires cid-form struct_ops");
		return -EINVAL;
	}
	return 0;
}

/* the root alone turns it on; others say that they need it */
static int check_tid_to_task(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!(sch->flags & SCX_OPS_TID_TO_TASK) || !sch->level || scx.tid_to_task)
		return 0;
	scx_error(sch, "SCX_OPS_TID_TO_TASK requires root scheduler to enable it");
	return -EINVAL;
}

/* ext.c:scx_validate_ops() */
int scx_validate_ops(struct scx_sched *sch)
{
	bool own_idle = host_of(sch)->ops_prog[SCX_OP_update_idle] &&
			!(sch->flags & SCX_OPS_KEEP_BUILTIN_IDLE);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if ((sch->flags & SCX_OPS_ENQ_LAST) && !host_of(sch)->ops_prog[SCX_OP_enqueue]) {
		scx_error(sch, "SCX_OPS_ENQ_LAST requires ops.enqueue() to be implemented");
		return -EINVAL;
	}
	if ((sch->flags & SCX_OPS_ENQ_BLOCKED) && !host_of(sch)->ops_prog[SCX_OP_enqueue]) {
		scx_error(sch, "SCX_OPS_ENQ_BLOCKED requires ops.enqueue() to be implemented");
		return -EINVAL;
	}
	if (check_tid_to_task(sch))
		return -EINVAL;
	if ((sch->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE) && own_idle) {
		scx_error(sch, "SCX_OPS_BUILTIN_IDLE_PER_NODE requires CPU idle selection enabled");
		return -EINVAL;
	}
	if (K->b.cpu_preempt_deprecated && (host_of(sch)->ops_prog[SCX_OP_cpu_acquire] ||
					    host_of(sch)->ops_prog[SCX_OP_cpu_release]))
		pr_warn("ops->cpu_acquire/release() are deprecated, use sched_switch TP instead");
	return check_form(sch);
}

void scx_all_ops_live(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	for (int op = 0; op < NR_SCX_OPS; op++)
		sch->has_op[op] = host_of(sch)->ops_prog[op];
	/* not left out within the loop: GCC 12 at -O1 takes it for one that stores nothing */
	sch->has_op[SCX_OP_init] = sch->has_op[SCX_OP_exit] = false;
	sch->has_op[SCX_OP_init_cids] = false;
}

/* Locks dropped for the op; the task may exit meanwhile (task_state_transient: DEAD tells). */
static int init_one_task(struct scx_sched *sch, struct scx_task_iter *it, struct task_struct *p)
{
	int ret;

	lockdep_assert_rq_held(task_rq(p));
	scx_set_task_state(p, TASK_SCX_INIT_BEGIN);
	scx_task_iter_unlock(it);
	ret = scx_init_task(sch, p, false);
	scx_task_iter_relock(it, p);
	if (ret) {
		if (scx_get_task_state(p) != TASK_SCX_DEAD)
			scx_set_task_state(p, TASK_SCX_NONE);
		return ret;
	}
	if (scx_get_task_state(p) == TASK_SCX_DEAD) {
		scx_cancel_init_task(sch, p);
		return 0;
	}
	scx_set_task_state(p, TASK_SCX_INIT);
	p->scx.sched = sch;
	scx_set_task_state(p, TASK_SCX_READY);
	if (scx.tid_to_task)
		scx_tid_hash_insert(p);
	return 0;
}

static int init_tasks(struct scx_sched *sch)
{
	struct scx_task_iter it;
	struct task_struct *p;
	int ret = 0;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_task_iter_start(&it);
	while (!ret && (p = scx_task_iter_next_locked(&it))) {
		char comm[TASK_COMM_LEN];
		pid_t pid = p->pid;

		memcpy(comm, p->comm, sizeof(comm));
		get_task_struct(p);
		ret = init_one_task(sch, &it, p);
		if (ret) {
			scx_task_iter_unlock(&it);
			scx_error(sch, "ops.init_task() failed (%d) for %s[%d]", ret, comm, pid);
		}
		put_task_struct(p);
	}
	scx_task_iter_stop(&it);
	return ret;
}

/* Cgroups first, so that ops.init_task() can rely on them (scx_root_enable_workfn()). */
static int init_cgroups_and_tasks(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	down_write(&scx.fork_rwsem);
	scx.init_task_enabled = true;
	scx.tid_to_task = sch->flags & SCX_OPS_TID_TO_TASK;
	scx_cgroup_lock();
	ret = scx_cgroup_init_all(sch);
	if (!ret)
		ret = init_tasks(sch);
	scx_cgroup_unlock();
	up_write(&scx.fork_rwsem);
	if (ret && !K->b.failed_enable_keeps_bypass)
		scx_bypass(sch, false);
	if (ret && K->b.failed_enable_leaks_bypass)
		scx.bypass_leaks++;
	return ret;
}

/* Everybody whom the policy says goes over: the point of no return. */
static void switch_tasks(struct scx_sched *sch)
{
	struct scx_task_iter it;
	struct task_struct *p;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.switching_all = !(sch->flags & SCX_OPS_SWITCH_PARTIAL) && !machine->config.partial;
	scx.enabled = true;
	down_write(&scx.fork_rwsem);
	scx_task_iter_start(&it);
	while ((p = scx_task_iter_next_locked(&it))) {
		if (K->b.task_state_transient && scx_get_task_state(p) != TASK_SCX_READY)
			continue;
		scx_change_class(p, scx_setscheduler_class(p), &sch->slice_dfl);
	}
	scx_task_iter_stop(&it);
	up_write(&scx.fork_rwsem);
}

static int commit(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_bypass(sch, false);
	/* somebody claimed an exit and the disable work is past its first step */
	if (scx.state != SCX_ENABLING)
		return -EBUSY;
	scx_set_enable_state(SCX_ENABLED);
	scx.switched_all = scx.switching_all;
	if (K->b.dl_server_bw_swapped && scx.switched_all)
		dl_servers_attach(DL_SERVER_FAIR, false);
	pr_info("sched_ext: BPF scheduler \"%s\" enabled%s", sch->name,
		scx.switched_all ? "" : " (partial)");
	return 0;
}

static int enable_root(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	cpus_read_lock();
	ret = init_sched(sch);
	cpus_read_unlock();
	if (!ret)
		ret = scx_validate_ops(sch);
	if (!ret && K->b.dl_server_bw_swapped)
		ret = dl_servers_attach(DL_SERVER_EXT, true);
	if (ret)
		return ret;
	if (!K->b.watchdog_before_init)
		scx_watchdog_start(sch);
	/* from here on %current may become EXT at any time: forward progress without BPF */
	scx_bypass(sch, true);
	scx_all_ops_live(sch);
	scx_cid_sched_enable(sch);
	ret = init_cgroups_and_tasks(sch);
	if (ret)
		return ret;
	switch_tasks(sch);
	return commit(sch);
}

/* ---- the helpers ---- */

static const char *enable_comm(void)
{
	return K->b.old_enable_names ? "scx_ops_enable_helper" : "scx_enable_helper";
}

static const char *enable_function(void)
{
	if (K->b.old_enable_names)
		return "scx_ops_enable";
	return K->b.enable_error_names_root ? "scx_root_enable" : "scx_enable";
}

static const char *disable_comm(void)
{
	return K->b.old_enable_names ? "sched_ext_ops_helper" : "sched_ext_helper";
}

static int get_disable_helper(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (K->b.helper_per_sched) {
		host_of(sch)->helper = kthread_create_rt_worker(disable_comm());
		return host_of(sch)->helper ? 0 : -ENOMEM;
	}
	if (!scx.disable_helper)
		scx.disable_helper = kthread_create_rt_worker(disable_comm());
	host_of(sch)->helper = scx.disable_helper;
	return host_of(sch)->helper ? 0 : -ENOMEM;
}

static void disable_work_fn(struct kthread_work *w)
{
	scx_disable_workfn(kobj_of(container_of(w, struct scx_sched, disable_work)));
}

int scx_start_with_helper(struct scx_sched *sch)
{
	int ret = scx_sched_start(sch);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!ret)
		ret = get_disable_helper(sch);
	if (ret) {
		scx_sched_stop(sch);
		return ret;
	}
	kthread_init_work(&host_of(sch)->disable_work, disable_work_fn);
	return 0;
}

/* From here on failures go through the exit path. */
static int enable_begin(struct scx_sched *sch)
{
	int ret;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	/* attached: an earlier link of the same map is not torn down yet */
	if (scx.state != SCX_DISABLED || sch->attached)
		return -EBUSY;
	ret = scx_start_with_helper(sch);
	if (ret)
		return ret;
	sch->cgrp = cgroup_root();
	sch->attached = true;
	scx.ever_enabled = true;
	scx_set_enable_state(SCX_ENABLING);
	reset_rqs(sch);
	scx_rescue_set_knobs(sch);
	return 0;
}

static void scx_root_enable_workfn(struct kthread_work *w)
{
	struct scx_enable_cmd *cmd = container_of(w, struct scx_enable_cmd, work);
	struct scx_sched *sch = cmd->sch;
	int ret;

	might_sleep();
	mutex_lock(&scx.enable_mutex);
	cmd->ret = enable_begin(sch);
	if (cmd->ret) {
		mutex_unlock(&scx.enable_mutex);
		return;
	}
	ret = enable_root(sch);
	mutex_unlock(&scx.enable_mutex);
	if (!ret) {
		scx.enable_seq++;
		return;
	}
	scx_error(sch, "%s() failed (%d)", enable_function(), ret);
	scx_flush_disable_work(sch);
}

static void scx_sub_enable_workfn(struct kthread_work *w)
{
	struct scx_enable_cmd *cmd = container_of(w, struct scx_enable_cmd, work);

	cmd->ret = scx_sub_enable(cmd->sch);
}

/* The root's cgroup has the id 1, and 0 is no cgroup. */
static int scx_enable(struct scx_sched *sch)
{
	struct scx_enable_cmd cmd = { .sch = sch };
	bool sub = K->b.sub_scheds && sch->sub_cgroup_id > 1;

	might_sleep();
	if (K->b.enable_in_caller) {
		scx_root_enable_workfn(&cmd.work);
		return cmd.ret;
	}
	if (!scx.enable_helper)
		scx.enable_helper = kthread_create_rt_worker(enable_comm());
	if (!scx.enable_helper)
		return -ENOMEM;
	kthread_init_work(&cmd.work, sub ? scx_sub_enable_workfn : scx_root_enable_workfn);
	kthread_queue_work(scx.enable_helper, &cmd.work);
	kthread_flush_work(&cmd.work);
	return cmd.ret;
}

/* struct_ops' .reg: the link is being created, in the loader's task */
int scx_ops_reg(struct scx_sched *sch, u64 kdata, u64 link)
{
	int ret;

	might_sleep();
	if (!sch->is_cid) /* that one's is bpf_scx_reg_cid() */
		FN_ENTER(bpf_scx_reg, kdata, link);
	ret = scx_enable(sch);
	if (!sch->is_cid)
		FN_EXIT(bpf_scx_reg, (u64)ret, kdata, link);
	return ret;
}
