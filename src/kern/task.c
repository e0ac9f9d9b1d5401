// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - tasks from fork to their last reference.
 *
 * A new task's fiber begins in task_entry(): it is entered by a context switch
 * like any other, finishes that switch, and runs its body. A dead task's fiber
 * is never entered again; what is left of it goes when the CPU has switched to
 * another one (task_finish_dead), the task_struct after a grace period.
 */
#include "kern/sched.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/rbtree.h"
#include "base/region.h"
#include "base/shortage.h"
#include "bpf/storage.h"
#include "kern/account.h"
#include "kern/boot.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "kern/mm.h"
#include "kern/newborn.h"
#include "kern/stop.h"
#include "kern/task_files.h"
#include "kern/task_work.h"

/* ---- task_struct and what hangs off it ---- */

static void task_set_comm(struct task_struct *p, const char *comm)
{
	memset(p->comm, 0, sizeof(p->comm));
	snprintf(p->comm, sizeof(p->comm), "%s", comm);
}

/* env.c asks whether a guest's store goes to a task */
static void task_mark(const struct task_struct *p, bool on)
{
	u32 slot = (u32)((P64(p) - REGION_BASE) / TASK_ALIGN);

	if (on)
		bit_set(machine->task_bits, slot);
	else
		bit_clear(machine->task_bits, slot);
}

static struct task_struct *task_alloc(void)
{
	struct task_struct *p = region_alloc(ZONE_KOBJ, sizeof(*p), TASK_ALIGN);
	struct task_model *m = calloc(1, sizeof(*m));

	shortage_on(!p || !m, "out of memory for a task");
	m->cpu_time_ns = calloc(machine->nr_cpu_ids, sizeof(u64));
	shortage_on(!m->cpu_time_ns, "out of memory for a task");
	host_of(p)->m = m;
	m->p = p;
	task_mark(p, true);
	INIT_LIST_HEAD(&p->tasks);
	INIT_LIST_HEAD(&p->rt.run_list);
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&m->all_node);
	INIT_LIST_HEAD(&m->pid_node);
	INIT_LIST_HEAD(&m->works);
	INIT_LIST_HEAD(&m->rt_pushable);
	INIT_LIST_HEAD(&m->fair.limbo);
	INIT_LIST_HEAD(&m->fair.rq_node);
	m->fair.p = p;
	dl_task_init(p);
	rb_init_node(&m->core_node);
	list_add_tail(&m->alloc_node, &machine->task_models);
	init_scx_entity(&p->scx);
	p->rt.time_slice = (unsigned int)msecs_to_jiffies(RR_TIMESLICE_MS);
	p->usage.refs.counter = 1;
	p->start_time = p->start_boottime = now_ns();
	return p;
}

static void task_set_mask(struct task_struct *p, const struct cpumask *cpus)
{
	cpumask_copy(&p->cpus_mask, cpus ? cpus : machine->possible);
	p->cpus_ptr = &p->cpus_mask;
	p->nr_cpus_allowed = cpumask_weight(&p->cpus_mask);
}

int task_policy_prio(const struct task_struct *p, unsigned int policy, unsigned int rt_priority)
{
	if (policy == SCHED_DEADLINE)
		return MAX_DL_PRIO - 1;
	return rt_policy(policy) ? MAX_RT_PRIO - 1 - (int)rt_priority : p->static_prio;
}

void task_set_prio(struct task_struct *p, unsigned int policy, int nice, unsigned int rt_priority)
{
	p->policy = policy;
	p->static_prio = NICE_TO_PRIO(nice);
	p->rt_priority = rt_policy(policy) ? rt_priority : 0;
	p->prio = p->normal_prio = task_policy_prio(p, policy, rt_priority);
}

enum sched_class_id policy_class(const struct task_struct *p, unsigned int policy)
{
	if (policy == SCHED_DEADLINE)
		return CLASS_DL;
	if (rt_policy(policy))
		return CLASS_RT;
	return task_should_scx(policy) ? CLASS_EXT : CLASS_FAIR;
}

int task_nice(const struct task_struct *p)
{
	return PRIO_TO_NICE(p->static_prio);
}

const char *task_class_name(const struct task_struct *p)
{
	return class_of(p)->name;
}

static struct list_head *pid_bucket(pid_t pid)
{
	return &machine->pids[(u32)pid % PID_BUCKETS];
}

struct task_struct *find_task_by_pid(pid_t pid)
{
	struct task_model *m;

	list_for_each_entry(m, pid_bucket(pid), pid_node)
		if (m->p->pid == pid)
			return m->p;
	return NULL;
}

static void task_link(struct task_struct *p, struct task_struct *parent, bool new_process)
{
	p->pid = machine->next_pid++;
	p->tgid = new_process || !parent ? p->pid : parent->tgid;
	p->group_leader = new_process || !parent ? p : parent->group_leader;
	if (p->group_leader != p)
		get_task_struct(p->group_leader); /* it may die first */
	p->real_parent = p->parent = parent ? parent : p;
	if (parent)
		list_add_tail(&p->sibling, &parent->children);
	task_files_init(p, parent);
}

/* 256 CPUs an event, without those that have none; the first one is never left out */
void task_trace_cpus(const struct task_struct *p)
{
	const unsigned long *w = p->cpus_ptr->bits;

	if (!trace_state.on)
		return;
	for (u32 i = 0; i * 64 < machine->nr_cpu_ids; i += 4)
		if (!i || w[i] || w[i + 1] || w[i + 2] || w[i + 3])
			TRACE(task_cpus, p->pid, i * 64, w[i], w[i + 1], w[i + 2], w[i + 3]);
}

/* Of CPUs nothing is said while it may use all. */
static void task_trace(const struct task_struct *p)
{
	u64 comm[2] = {};

	memcpy(comm, p->comm, sizeof(p->comm));
	TRACE(task_new, p->pid, p->real_parent ? p->real_parent->pid : 0, comm[0], comm[1],
	      p->policy);
	TRACE(task_class, p->pid, class_id(p));
	if (!cpumask_equal(p->cpus_ptr, machine->possible))
		task_trace_cpus(p);
}

/* from here on for_each_task() finds it */
static void task_publish(struct task_struct *p)
{
	list_add_tail(&p->tasks, machine->tasks);
	list_add_tail(&host_of(p)->m->pid_node, pid_bucket(p->pid));
	machine->nr_tasks++;
	task_trace(p);
}

void tasks_trace(void)
{
	struct task_struct *p;

	for_each_task(p)
		task_trace(p);
}

static void task_entry(void *arg)
{
	struct task_struct *p = arg;

	finish_task_switch();
	preempt_enable();
	host_of(p)->m->body(host_of(p)->m->arg);
	do_exit(0);
}

/*
 * What a task makes the process take: what is touched of its stack, its model, its record for
 * the summary. A constant that does not depend on the build, so that the same fork fails
 * everywhere.
 */
#define TASK_HOST_BYTES (64 * 1024)
_Static_assert(sizeof(struct task_model) + sizeof(struct task_struct) < TASK_HOST_BYTES / 4,
	       "little of what a task pays for is its stack's");

void task_release_host(struct task_struct *p)
{
	task_works_drop(p);
	if (host_of(p)->m->paid_for)
		budget_give(TASK_HOST_BYTES);
	list_del(&host_of(p)->m->alloc_node);
	fiber_destroy(&host_of(p)->m->fiber);
	account_task_free(host_of(p)->m);
	free(host_of(p)->m->cpu_time_ns);
	free(host_of(p)->m);
}

static void task_free(struct task_struct *p)
{
	struct task_struct *leader = p->group_leader;

	task_release_host(p);
	mm_exit(p);
	task_files_free(p);
	task_mark(p, false);
	if (leader != p)
		put_task_struct(leader);
	region_free(ZONE_KOBJ, p, sizeof(*p));
}

void get_task_struct(struct task_struct *p)
{
	p->usage.refs.counter++;
}

void put_task_struct(struct task_struct *p)
{
	if (!--p->usage.refs.counter)
		task_free(p);
}

/* ---- fork ---- */

void task_stack_create(struct task_struct *p)
{
	shortage_on(fiber_create(&host_of(p)->m->fiber, task_entry, p),
		    "out of memory for a task's stack");
}

static struct task_struct *dup_task(const struct task_attr *attr, task_body body, void *arg,
				    struct task_struct *parent)
{
	struct task_struct *p = task_alloc();

	host_of(p)->m->body = body;
	host_of(p)->m->arg = arg;
	host_of(p)->m->load = attr->load;
	host_of(p)->m->child_of = parent;
	task_set_comm(p, attr->comm);
	task_set_mask(p, attr->cpus ? attr->cpus : parent ? &parent->cpus_mask : NULL);
	task_set_prio(p, attr->policy, attr->nice, attr->rt_priority);
	p->thread_info.cpu = p->wake_cpu = smp_processor_id() >= 0 ? smp_processor_id() : 0;
	p->__state = TASK_NEW;
	set_task_class(p, policy_class(p, attr->policy));
	task_link(p, parent, attr->new_process);
	if (parent && K->b.core_scheduling)
		p->core_cookie = parent->core_cookie; /* sched_core_fork() */
	if (attr->pid)
		*attr->pid = p->pid;
	cgroup_fork(p, attr->cgrp);
	if (!attr->asleep)
		task_stack_create(p);
	return p;
}

static void fork_failed(struct task_struct *p)
{
	list_del_init(&p->sibling);
	cgroup_exit(p);
	fiber_destroy(&host_of(p)->m->fiber);
	task_free(p);
}

/* sched_fork(): the class is chosen where no enabling or disabling can come between */
static void begin_fork(struct task_struct *p)
{
	scx_pre_fork(p);
	if (class_id(p) != CLASS_STOP)
		set_task_class(p, policy_class(p, p->policy));
}

/* Everything of copy_process() that can fail or sleep, in the parent's context. */
static int fork_prepare(struct task_struct *p)
{
	int err = current->policy == SCHED_DEADLINE && !current->sched_reset_on_fork ? -EAGAIN : 0;

	if (!err)
		err = (int)LSM(task_alloc, P64(p), 0);

	if (err)
		return err;
	begin_fork(p);
	err = scx_fork(p);
	if (err)
		scx_cancel_fork(p);
	return err;
}

/* Before the machine runs there is no context to fork in: boot does what fork would. */
static void task_boot(struct task_struct *p)
{
	task_publish(p);
	list_add_tail(&host_of(p)->m->all_node, &machine->boot_tasks);
}

static bool task_afford(void)
{
	return machine->nr_tasks < TASKS_MAX && budget_take(TASK_HOST_BYTES);
}

struct task_struct *task_clone(const struct task_attr *attr, task_body body, void *arg, int *err)
{
	bool booting = smp_processor_id() < 0;
	struct task_struct *parent = booting ? machine->init_task : current, *p;
	int ret;

	if (!task_afford()) {			   /* copy_process(): more than threads-max */
		cpu_charge(machine->cost.fork_ns); /* found out late: a fork bomb costs time */
		if (err)
			*err = -EAGAIN;
		return NULL;
	}
	p = dup_task(attr, body, arg, parent);
	host_of(p)->m->paid_for = true;
	mm_fork(p, parent);
	if (booting) {
		task_boot(p);
		return p;
	}
	cpu_charge(machine->cost.fork_ns);
	ret = fork_prepare(p);
	if (ret) {
		fork_failed(p);
		if (err)
			*err = ret;
		return NULL;
	}
	task_publish(p);
	scx_post_fork(p);
	TP(task_newtask, P64(p), 0);
	TP(sched_process_fork, P64(parent), P64(p));
	if (attr->held)
		newborn_hold(p);
	else
		wake_up_new_task(p);
	return p;
}

struct task_struct *task_create(const struct task_attr *attr, task_body body, void *arg, int *err)
{
	bool by_user = smp_processor_id() >= 0 && !(current->flags & PF_KTHREAD);

	return by_user ? sys_clone(attr, body, arg, err) : task_clone(attr, body, arg, err);
}

struct task_struct *kthread_create_with(const struct kthread_attr *ka, task_body body, void *arg)
{
	struct task_attr attr = { .comm = ka->comm,
				  .policy = ka->class == CLASS_RT ? SCHED_FIFO : SCHED_NORMAL,
				  .nice = ka->nice,
				  .rt_priority = ka->class == CLASS_RT ? ka->rt_priority : 0,
				  .asleep = ka->asleep,
				  .new_process = true };
	struct task_struct *p;

	if (ka->cpu >= 0)
		attr.cpus = &machine->cpumask_of[ka->cpu];
	p = dup_task(&attr, body, arg, machine->kthreadd);
	p->flags |= PF_KTHREAD | (ka->cpu >= 0 ? PF_NO_SETAFFINITY : 0) | ka->flags;
	host_of(p)->m->kthread = true;
	host_of(p)->m->per_cpu_kthread = ka->cpu >= 0;
	host_of(p)->m->boot_asleep = ka->asleep;
	if (ka->cpu >= 0)
		p->thread_info.cpu = p->wake_cpu = ka->cpu;
	if (ka->class == CLASS_STOP) {
		set_task_class(p, CLASS_STOP);
		p->prio = p->normal_prio = 0;
		p->policy = SCHED_FIFO;
		p->rt_priority = ka->rt_priority;
	}
	if (smp_processor_id() < 0) {
		task_boot(p);
		return p;
	}
	begin_fork(p);
	bug_on(scx_fork(p), "a kernel thread cannot fork");
	task_publish(p);
	scx_post_fork(p);
	wake_up_new_task(p);
	return p;
}

struct task_struct *kthread_create(task_body body, void *arg, s32 cpu, const char *comm)
{
	const struct kthread_attr attr = { .comm = comm, .cpu = cpu, .class = CLASS_FAIR };

	return kthread_create_with(&attr, body, arg);
}

/* Queue what was made before there were CPUs to queue on. From the boot CPU's idle task. */
void tasks_start(void)
{
	while (!list_empty(&machine->boot_tasks)) {
		struct task_model *m =
			list_first_entry(&machine->boot_tasks, struct task_model, all_node);

		list_del_init(&m->all_node);
		begin_fork(m->p);
		bug_on(scx_fork(m->p), "a task of the start fails to fork");
		scx_post_fork(m->p);
		if (m->boot_asleep)
			m->p->__state = TASK_INTERRUPTIBLE;
		else
			wake_up_new_task(m->p);
	}
}

struct task_struct *idle_task_create(s32 cpu)
{
	struct task_struct *p = task_alloc();
	char comm[TASK_COMM_LEN];

	snprintf(comm, sizeof(comm), "swapper/%d", cpu);
	task_set_comm(p, comm);
	task_set_mask(p, &machine->cpumask_of[cpu]);
	task_set_prio(p, SCHED_NORMAL, 0, 0);
	p->prio = p->normal_prio = 140;
	set_task_class(p, CLASS_IDLE);
	p->thread_info.cpu = p->wake_cpu = cpu;
	p->flags |= PF_IDLE | PF_KTHREAD;
	host_of(p)->m->kthread = true;
	p->real_parent = p->parent = p->group_leader = p;
	p->on_rq = TASK_ON_RQ_QUEUED;
	p->on_cpu = 1;
	p->active_mm = init_mm();
	task_files_init(p, NULL);
	cgroup_fork(p, NULL);
	return p;
}

/* ---- exit ---- */

static void reparent_children(struct task_struct *p)
{
	struct task_struct *child, *tmp;

	list_for_each_entry_safe(child, tmp, &p->children, sibling) {
		child->real_parent = child->parent = machine->init_task;
		list_move_tail(&child->sibling, &machine->init_task->children);
	}
}

/*
 * core.c:sched_move_task(), from one autogroup to another or to none. Its scheduler sees the move,
 * and nothing of where from: autogroups do not weigh here. Tasks of cgroups are in none.
 */
static void autogroup_move_task(struct task_struct *p)
{
	struct sched_change ctx;
	unsigned long flags;
	struct rq *rq;

	if (!K->b.autogroups || p->flags & PF_KTHREAD || p->sched_task_group != root_task_group)
		return;
	rq = task_rq_lock(p, &flags);
	update_rq_clock(rq);
	sched_change_begin(&ctx, p, DEQUEUE_SAVE | DEQUEUE_MOVE | DEQUEUE_NOCLOCK);
	sched_change_end(&ctx);
	if (ctx.running)
		resched_curr(rq);
	task_rq_unlock(rq, p, flags);
}

/* autogroup.c:autogroup_move_group() */
void autogroup_move_process(struct task_struct *leader)
{
	struct task_struct *p;

	for_each_task(p)
		if (p->group_leader == leader && !host_of(p)->m->exiting)
			autogroup_move_task(p);
}

void __noreturn do_exit(int code)
{
	struct task_struct *p = current;

	preempt_disable();
	p->flags |= PF_EXITING;
	p->exit_code = code;
	host_of(p)->m->exiting = true;
	preempt_enable();
	cpu_charge(machine->cost.exit_ns);
	if (!K->b.exit_traced_with_mm)
		mm_exit(p);
	TP(sched_process_exit, P64(p), p->group_leader == p);
	mm_exit(p);
	reparent_children(p);
	if (host_of(p)->m->exit_fn)
		host_of(p)->m->exit_fn(p);
	exit_task_work();
	autogroup_move_task(p); /* sched_autogroup_exit_task(): a task that exits belongs to none */
	TRACE(task_exit, p->pid);
	preempt_disable();
	p->__state = TASK_DEAD;
	preempt_enable_no_resched();
	for (;;)
		schedule();
}

static void task_delayed_put(void *arg)
{
	struct task_struct *p = arg;

	TP(sched_process_free, P64(p));
	LSM(task_free, P64(p));
	if (K->b.exit_task_at_free)
		sched_ext_free(p);
	list_del_init(&p->tasks);
	list_del_init(&host_of(p)->m->pid_node);
	cgroup_exit(p);
	local_storage_owner_free(P64(p));
	account_dead(p);
	put_task_struct(p);
}

/*
 * @p has switched out for the last time, on this CPU. Its figures stay for the
 * report; its place among the living and its stack go now.
 */
void task_finish_dead(struct task_struct *p)
{
	host_of(p)->m->dead = true;
	machine->nr_tasks--;
	list_del_init(&p->sibling);
	if (!K->b.exit_task_at_free)
		sched_ext_dead(p);
	fiber_destroy(&host_of(p)->m->fiber);
	call_rcu(task_delayed_put, p);
}
