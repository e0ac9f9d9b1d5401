// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - tasks that the library's user adds and drives. Each does a step after the
 * other, from a list or as a function of the user's says, on the task's own fiber.
 * They are kept until the machine is gone: fibers point to them.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "abi/cpumask.h"
#include "api/handle.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"
#include "load/workload.h"
#include "sys/door.h"

#define ROUND_MIN_NS 1000 /* what a step costs that takes no time */
#define LONG_NS (1000000 * NSEC_PER_SEC)

struct api_task {
	struct api_task *next;
	pid_t pid;
	struct ks_task_opts opts;
	struct ks_step *steps; /* ours */
	u32 at, round;	       /* in them */
	struct futex woken;    /* 1: a KS_WAIT ends */
	struct cpumask cpus;
};

/* ---- what it does ---- */

static struct ks_step next_listed(struct api_task *t)
{
	if (t->at == t->opts.nr_steps) {
		t->at = 0;
		t->round += t->opts.rounds > 0;
	}
	if (t->opts.rounds && t->round == t->opts.rounds)
		return (struct ks_step){ KS_EXIT, 0 };
	return t->steps[t->at++];
}

static struct ks_step next_step(struct api_task *t)
{
	return t->opts.next ? t->opts.next(t->opts.arg, t->pid) : next_listed(t);
}

static void sleep_for(u64 ns)
{
	sys_nanosleep(ns);
}

/* No sum of times overflows. */
static void spend(void (*some)(u64 ns), u64 ns)
{
	while (ns > LONG_NS) {
		some(LONG_NS);
		if (ns != KS_FOREVER)
			ns -= LONG_NS;
	}
	some(ns);
}

static void wait_for_wake(struct api_task *t)
{
	while (!t->woken.val)
		sys_futex_wait(&t->woken, 0, 0);
	t->woken.val = 0;
}

/* false: it exits */
static bool do_step(struct api_task *t, const struct ks_step *step)
{
	switch (step->action) {
	case KS_RUN:
		spend(user_run, step->ns);
		return true;
	case KS_SLEEP:
		spend(sleep_for, step->ns);
		return true;
	case KS_WAIT:
		wait_for_wake(t);
		return true;
	case KS_YIELD:
		sys_sched_yield();
		return true;
	case KS_EXIT:
		return false;
	default:
		api_log(api_machine, KS_WARNING, "task %d: there is no action %d: it exits", t->pid,
			step->action);
		return false;
	}
}

/* Steps that take no time would stop the clock for everybody: they cost something. */
static void task_steps(void *arg)
{
	struct api_task *t = arg;
	struct ks_step step;
	u64 start;

	do {
		step = next_step(t);
		start = now_ns();
		if (!do_step(t, &step))
			return;
		if (now_ns() == start)
			user_run(ROUND_MIN_NS);
	} while (true);
}

/* ---- adding ---- */

static int check_policy(const struct ks_task_opts *o)
{
	switch (o->policy) {
	case KS_NORMAL:
	case KS_BATCH:
	case KS_IDLE:
	case KS_EXT:
	case KS_FIFO:
	case KS_RR:
		break;
	default:
		return api_fail(KS_USAGE, "task '%s': there is no policy %d", o->comm, o->policy);
	}
	if (rt_policy(o->policy) ? o->rt_priority < 1 || o->rt_priority >= MAX_RT_PRIO :
				   o->rt_priority)
		return api_fail(KS_USAGE,
				"task '%s': rt_priority is %d: 1 to %d with FIFO and RR, else 0",
				o->comm, o->rt_priority, MAX_RT_PRIO - 1);
	if (o->nice < -20 || o->nice > 19 || (rt_policy(o->policy) && o->nice))
		return api_fail(KS_USAGE, "task '%s': nice is %d: -20 to 19, 0 with FIFO and RR",
				o->comm, o->nice);
	return KS_OK;
}

static int check_opts(const struct ks_task_opts *o)
{
	u32 i;

	if (!o->comm || !*o->comm || strlen(o->comm) >= TASK_COMM_LEN)
		return api_fail(KS_USAGE, "a task's comm has 1 to %d bytes%s%s", TASK_COMM_LEN - 1,
				o->comm ? ", not as " : "", o->comm ? o->comm : "");
	if (!o->next == !o->nr_steps || (o->nr_steps && !o->steps))
		return api_fail(KS_USAGE, "task '%s': either steps or next() say what it does",
				o->comm);
	for (i = 0; i < o->nr_steps; i++)
		if ((u32)o->steps[i].action > KS_EXIT)
			return api_fail(KS_USAGE, "task '%s': step %u: there is no action %d",
					o->comm, i, o->steps[i].action);
	return check_policy(o);
}

static int parse_cpus(const char *who, const char *cpus, struct cpumask *mask)
{
	char why[128];

	return cpu_list_parse(cpus, ',', mask, why, sizeof(why)) ?
		       api_fail(KS_USAGE, "%s: cpus '%s': %s", who, cpus, why) :
		       KS_OK;
}

static int task_new(const struct ks_task_opts *o, struct api_task **out)
{
	struct api_task *t = calloc(1, sizeof(*t));
	size_t bytes = o->nr_steps * sizeof(*t->steps);

	if (!t)
		return api_fail(KS_USAGE, "out of memory");
	*out = t;
	t->opts = *o;
	futex_init(&t->woken, 0);
	if (bytes) {
		t->steps = malloc(bytes);
		if (!t->steps)
			return api_fail(KS_USAGE, "out of memory");
		memcpy(t->steps, o->steps, bytes);
	}
	return o->cpus ? parse_cpus(o->comm, o->cpus, &t->cpus) : KS_OK;
}

static void task_free(struct api_task *t)
{
	if (t)
		free(t->steps);
	free(t);
}

void api_tasks_drop(struct ks_machine *km)
{
	struct api_task *t;

	while ((t = km->tasks)) {
		km->tasks = t->next;
		task_free(t);
	}
}

struct forking {
	struct api_task *t;
	int err;
};

static void fork_task(void *arg)
{
	struct forking *f = arg;
	const struct ks_task_opts *o = &f->t->opts;
	const struct task_attr attr = {
		.comm = o->comm,
		.policy = o->policy,
		.nice = o->nice,
		.rt_priority = o->rt_priority,
		.cpus = o->cpus ? &f->t->cpus : machine->possible,
		.new_process = true,
		.pid = &f->t->pid,
		/* or it takes the CPU from the one who is to say that it is there */
		.held = rt_policy(o->policy) && current_task() == loader_task(),
	};

	task_create(&attr, task_steps, f->t, &f->err);
}

static int add_task(struct ks_machine *km, const struct ks_task_opts *o, struct api_task *t)
{
	struct forking f = { t };
	int err = machine_in_task(km, fork_task, &f);

	if (err)
		return err;
	return f.err ? api_fail(KS_FAILED, "task '%s' cannot be forked: %s", o->comm,
				strerror(abs(f.err))) :
		       KS_OK;
}

KS_PUBLIC int ks_task_add(struct ks_machine *km, const struct ks_task_opts *opts, int *pid)
{
	struct ks_task_opts o;
	struct api_task *t = NULL;
	int err = api_enter(km, API_OUTSIDE | API_IN_TASK) || api_need(opts);

	if (err || api_take(&o, sizeof(o), opts, "ks_task_opts") || check_opts(&o))
		return KS_USAGE;
	err = task_new(&o, &t);
	if (!err)
		err = machine_begin(km);
	if (err) {
		task_free(t);
		return err;
	}
	t->next = km->tasks;
	km->tasks = t;
	err = add_task(km, &o, t);
	if (!err && pid)
		*pid = t->pid;
	return err;
}

/* ---- system calls on them ---- */

struct asking {
	pid_t pid;
	struct api_task *t;
	struct cpumask cpus;
	int nice;
	int err;
};

static int no_such_task(int pid, int err)
{
	if (err == -ESRCH)
		return api_fail(KS_USAGE, "there is no living task %d", pid);
	return api_fail(KS_USAGE, "task %d: %s", pid, strerror(-err));
}

/* @fn as some task; what became of it */
static int ask(struct ks_machine *km, void (*fn)(void *arg), struct asking *a)
{
	const struct task_struct *p = find_task_by_pid(a->pid);
	int err;

	if (!p || host_of(p)->m->kthread || host_of(p)->m->exiting)
		return p && host_of(p)->m->kthread ?
			       api_fail(KS_USAGE, "task %d is the kernel's own", a->pid) :
			       no_such_task(a->pid, -ESRCH);
	err = machine_in_task(km, fn, a);
	return err || !a->err ? err : no_such_task(a->pid, a->err);
}

static void wake(void *arg)
{
	struct asking *a = arg;

	a->t->woken.val = 1;
	sys_futex_wake(&a->t->woken, 1);
}

KS_PUBLIC int ks_task_wake(struct ks_machine *km, int pid)
{
	struct asking a = { .pid = pid };
	int err = api_enter(km, API_OUTSIDE | API_IN_TASK);

	if (err)
		return err;
	for (a.t = km->tasks; a.t && a.t->pid != pid; a.t = a.t->next)
		;
	if (!a.t)
		return api_fail(KS_USAGE, "task %d is none of ks_task_add()", pid);
	return ask(km, wake, &a);
}

static void set_cpus(void *arg)
{
	struct asking *a = arg;

	a->err = sys_sched_setaffinity(a->pid, &a->cpus);
}

KS_PUBLIC int ks_task_set_cpus(struct ks_machine *km, int pid, const char *cpus)
{
	struct asking a = { .pid = pid };
	char who[32];

	if (api_enter(km, API_OUTSIDE | API_IN_TASK) || api_need(cpus))
		return KS_USAGE;
	snprintf(who, sizeof(who), "task %d", pid);
	return parse_cpus(who, cpus, &a.cpus) ? KS_USAGE : ask(km, set_cpus, &a);
}

static void set_nice(void *arg)
{
	struct asking *a = arg;

	a->err = sys_setpriority(a->pid, a->nice);
}

KS_PUBLIC int ks_task_set_nice(struct ks_machine *km, int pid, int nice)
{
	struct asking a = { .pid = pid, .nice = nice };
	int err = api_enter(km, API_OUTSIDE | API_IN_TASK);

	if (err)
		return err;
	if (nice < -20 || nice > 19)
		return api_fail(KS_USAGE, "task %d: nice is %d: -20 to 19", pid, nice);
	return ask(km, set_nice, &a);
}

static void kill_task(void *arg)
{
	struct asking *a = arg;

	a->err = sys_kill(a->pid, SIGKILL);
}

KS_PUBLIC int ks_task_kill(struct ks_machine *km, int pid)
{
	struct asking a = { .pid = pid };
	int err = api_enter(km, API_OUTSIDE | API_IN_TASK);

	return err ? err : ask(km, kill_task, &a);
}
