// SPDX-License-Identifier: GPL-2.0-only
/*
 * act_task.c - actions on tasks: what they do next, and the system calls
 * by which one process acts on another.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include "scenario/scenario.h"
#include "kern/cgroup.h"
#include "kern/sched.h"
#include "load/control.h"

/* ---- a verb of tasks, done to each of that name ---- */

static s64 run_for_each(struct ks_scenario *s, struct scn_action *a)
{
	struct task_struct *p = scn_next_task(s, a->name, NULL), *next;
	s64 ret = p ? 0 : -ESRCH;

	for (; p && !ret; p = next) {
		next = scn_next_task(s, a->name, p);
		ret = a->task_run(s, a, p);
	}
	return ret;
}

static int read_name(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->name = scn_string(s, v);
	if (!a->name)
		return -EINVAL;
	return scn_knows_task(s, a->name) ? 0 : scn_fail(s, "there is no task '%s'", a->name);
}

/* ---- do and phases ---- */

static s64 order_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	struct thread *t = thread_of(p);

	if (!t || t->w != s->w)
		return -EOPNOTSUPP; /* of the workload, or a driver: does what it does */
	control_order(t, a->spec, a->number);
	return 0;
}

static s64 replace_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	struct thread *t = thread_of(p);

	if (!t || t->w != s->w)
		return -EOPNOTSUPP;
	control_replace(t, a->spec, true);
	return 0;
}

static int read_do(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const struct jkey at = s->ps.at;
	const json_t *wake = scn_find(s, a->json, "wake");
	bool on = false;
	int err = wake ? scn_bool(s, wake, &on) : 0;

	s->ps.at = at;
	a->number = on;
	a->task_run = order_task;
	return err ? err : scn_read_phases(s, a->name, v, 1, &a->spec);
}

/* In place of what it does; it is woken for it. "loop" as in "tasks", 1 if not said. */
static int read_phases(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const struct jkey at = s->ps.at;
	const json_t *loop = scn_find(s, a->json, "loop");
	s64 n = 1;
	int err = loop ? scn_int(s, loop, -1, INT32_MAX, &n) : 0;

	s->ps.at = at;
	a->task_run = replace_task;
	return err ? err : scn_read_phases(s, a->name, v, n, &a->spec);
}

static s64 wake_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	struct thread *t = thread_of(p);

	if (!t || t->w != s->w)
		return -EOPNOTSUPP;
	control_resume(t);
	return 0;
}

static int read_wake(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->task_run = wake_task;
	return read_name(s, a, v);
}

/* An order: {"suspend": true}; afterwards the task goes on with what it did. */
static int read_suspend(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	json_t *phases;
	int err = read_name(s, a, v);

	if (err)
		return err;
	phases = json_pack("[{s:b}]", "suspend", 1);
	a->task_run = order_task;
	err = scn_read_phases(s, a->name, phases, 1, &a->spec);
	json_decref(phases);
	return err;
}

/* ---- the driver's system calls on the task ---- */

static s64 kill_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	return sys_kill(p->pid, SIGKILL);
}

static int read_kill(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->task_run = kill_task;
	return json_is_true(v) ? 0 : scn_fail(s, "'kill' must be true");
}

static s64 nice_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	return sys_setpriority(p->pid, a->number);
}

static int read_nice(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->task_run = nice_task;
	return scn_int(s, v, -20, 19, &a->number);
}

static s64 move_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	return sys_sched_setaffinity(p->pid, a->data);
}

static int read_cpus(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct cpumask *mask = scn_alloc(s, sizeof(*mask));
	json_t *e;
	size_t i;
	s32 cpu;

	if (!json_is_array(v) || !json_array_size(v))
		return scn_fail(s, "'%s' must be a list of CPU numbers, not empty", s->ps.at.name);
	json_array_foreach((json_t *)v, i, e) {
		if (scn_cpu(s, e, &cpu))
			return -EINVAL;
		cpumask_set_cpu(cpu, mask);
	}
	a->data = mask;
	a->task_run = move_task;
	return 0;
}

static s64 policy_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	const struct sched_params *arg = a->data;

	if (arg->policy == SCHED_DEADLINE || arg->reset_on_fork)
		return sys_sched_setattr(p->pid, arg);
	return sys_sched_setscheduler(p->pid, arg->policy, arg->rt_priority);
}

/* what a task of the file could not have, and the kernel refuses, may be asked for here */
static int read_dl(struct ks_scenario *s, const struct scn_action *a, struct sched_params *arg)
{
	static const char *const keys[] = { "dl-runtime", "dl-deadline", "dl-period" };
	struct sched_props props = {};
	struct raw_props raw = {};
	bool dl = arg->policy == SCHED_DEADLINE;
	int err = 0;

	for (u32 i = 0; !err && i < ARRAY_SIZE(keys); i++) {
		const json_t *v = scn_find(s, a->json, keys[i]);

		if (v && !dl)
			return scn_fail(s, "'%s' is for \"deadline\"", keys[i]);
		err = v ? parse_dl_member(&s->ps, &raw, v) : 0;
	}
	if (!err && dl && !raw.runtime_set)
		return scn_fail(s, "\"deadline\" needs 'dl-runtime'");
	props_finish_dl(&raw, &props);
	arg->dl_runtime_ns = props.dl_runtime_ns;
	arg->dl_deadline_ns = props.dl_deadline_ns;
	arg->dl_period_ns = props.dl_period_ns;
	return err;
}

static int read_policy(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct sched_params *arg = scn_alloc(s, sizeof(*arg));
	const json_t *priority, *reset = scn_find(s, a->json, "reset_on_fork");
	s64 n = RT_PRIORITY_DEFAULT;
	int err = reset ? scn_bool(s, reset, &arg->reset_on_fork) : 0;
	bool rt;

	err = err ? err : parse_policy(&s->ps, v, &arg->policy);
	rt = rt_policy(arg->policy);
	priority = err ? NULL : scn_find(s, a->json, "priority");
	if (priority)
		err = scn_int(s, priority, rt, rt ? MAX_RT_PRIO - 1 : 0, &n);
	if (!err)
		err = read_dl(s, a, arg);
	arg->rt_priority = rt ? n : 0;
	a->data = arg;
	a->task_run = policy_task;
	return err;
}

static s64 bake_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	thread_set_cookie(p, a->data);
	return 0;
}

static int read_cookie(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct cookie *c = NULL;
	int err = parse_cookie(&s->ps, v, &c);

	a->data = c;
	a->task_run = bake_task;
	return err;
}

/* "exec" is the task's own doing: an order */
static int read_exec(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const char *comm = scn_string(s, v);
	json_t *phases;
	int err;

	if (!comm)
		return -EINVAL;
	phases = json_pack("[{s:s}]", "exec", comm);
	a->task_run = order_task;
	err = scn_read_phases(s, a->name, phases, 1, &a->spec);
	json_decref(phases);
	return err;
}

/* Writing a pid into cgroup.procs moves the whole process; cgroup.threads, one thread. */
static s64 regroup_task(struct ks_scenario *s, struct scn_action *a, struct task_struct *p)
{
	struct cgroup *cgrp = cgroup_find(a->data);

	return cgrp ? cgroup_attach_task(cgrp, p, !a->number) : -ENOENT;
}

static int read_cgroup(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const json_t *thread = scn_find(s, a->json, "thread_only");
	const char *path;
	bool on = false;
	int err = thread ? scn_bool(s, thread, &on) : 0;

	path = err ? NULL : scn_string(s, v);
	a->number = on;
	a->data = (void *)path;
	a->task_run = regroup_task;
	return path ? 0 : -EINVAL;
}

/* ---- {"task": NAME, WHAT: ...} ---- */

static const struct {
	const char *name;
	int (*read)(struct ks_scenario *s, struct scn_action *a, const json_t *v);
} task_verbs[] = {
	{ "do", read_do },	   { "phases", read_phases }, { "kill", read_kill },
	{ "nice", read_nice },	   { "cpus", read_cpus },     { "policy", read_policy },
	{ "cgroup", read_cgroup }, { "exec", read_exec },     { "cookie", read_cookie },
};

static int read_task(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const char *found = NULL;
	int err = read_name(s, a, v);

	for (u32 i = 0; !err && i < ARRAY_SIZE(task_verbs); i++) {
		v = scn_find(s, a->json, task_verbs[i].name);
		if (!v)
			continue;
		if (found)
			return scn_fail(s, "'%s' and '%s': one at a time", found,
					task_verbs[i].name);
		found = task_verbs[i].name;
		err = task_verbs[i].read(s, a, v);
	}
	if (!err && !found)
		return scn_fail(s,
				"what is task '%s' to do? one of: do, phases, kill, nice, cpus, "
				"policy, cgroup, exec, cookie",
				a->name);
	return err;
}

/* ---- spawn ---- */

static int read_spawn(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const json_t *thread = scn_find(s, a->json, "thread");
	bool on = false;
	int err = thread ? scn_bool(s, thread, &on) : 0;

	s->ps.at = a->at;
	if (!err)
		err = scn_read_task(s, v, &a->spec);
	if (err)
		return err;
	a->number = on;
	/* workload_start() is not to start them */
	a->data = (void *)(uintptr_t)a->spec->instances;
	a->spec->instances = 0;
	return 0;
}

/* A child of the driver, or a thread of it. */
static s64 run_spawn(struct ks_scenario *s, struct scn_action *a)
{
	u32 nr = (uintptr_t)a->data;
	int err = 0;

	for (u32 i = 0; i < nr && !err; i++)
		err = thread_spawn(s->w, a->spec, a->number);
	return err;
}

const struct scn_verb scn_task_verbs[] = {
	{ "task",
	  "do phases loop wake kill nice cpus policy priority dl-runtime dl-deadline dl-period "
	  "reset_on_fork cgroup thread_only exec cookie",
	  read_task, run_for_each },
	{ "wake", "", read_wake, run_for_each },
	{ "suspend", "", read_suspend, run_for_each },
	{ "spawn", "thread", read_spawn, run_spawn },
	{ NULL },
};
