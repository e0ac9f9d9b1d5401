// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread.c - what a thread of a description does: its phases, event by event, as
 * user code of its task. See docs/workloads.md for what each event means.
 */
#include "load/thread.h"
#include "load/control.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "kern/cgroup.h"
#include "kern/core_sched.h"
#include "kern/preempt.h"

#define RUNTIME_STEP_NS 32000 /* rt-app looks at the clock after this much work */
#define ROUND_MIN_NS 1000     /* what a round costs that neither runs nor sleeps */

/* ---- events ---- */

static void do_run(struct thread *t, const struct thread_event *ev)
{
	if (t->w->control)
		control_run(t, ev->ns);
	else if (ev->ns)
		user_run(min(ev->ns, DURATION_NS_MAX));
}

static void do_runtime(struct thread *t, const struct thread_event *ev)
{
	u64 end = now_ns() + ev->ns, now;

	while ((now = now_ns()) < end)
		user_run(min((u64)RUNTIME_STEP_NS, end - now));
}

static void do_sleep(struct thread *t, const struct thread_event *ev)
{
	sys_nanosleep(ev->ns);
}

/*
 * The first use counts from the thread's start. A period that is over already
 * does not sleep; a relative timer then goes on from now.
 */
static void do_timer(struct thread *t, const struct thread_event *ev)
{
	struct timer_ref *ref = ev->timer_slot >= 0 ? &t->timers[ev->timer_slot] : &ev->res->timer;
	u64 until;

	if (!ref->started) {
		ref->started = true;
		ref->next_ns = t->start_ns;
	}
	until = ref->next_ns += ev->ns;
	if (until > now_ns())
		sys_clock_nanosleep_until(until);
	else if (!ev->absolute)
		ref->next_ns = now_ns();
}

static void do_lock(struct thread *t, const struct thread_event *ev)
{
	umutex_lock(&ev->res->mutex);
}

static void do_unlock(struct thread *t, const struct thread_event *ev)
{
	umutex_unlock(&ev->res->mutex);
}

static void do_wait(struct thread *t, const struct thread_event *ev)
{
	ucond_wait(&ev->res->cond, &ev->mutex->mutex, &t->waiter);
}

static void do_signal(struct thread *t, const struct thread_event *ev)
{
	ucond_signal(&ev->res->cond);
}

static void do_broadcast(struct thread *t, const struct thread_event *ev)
{
	ucond_broadcast(&ev->res->cond);
}

static void do_sync(struct thread *t, const struct thread_event *ev)
{
	do_signal(t, ev);
	do_wait(t, ev);
}

static void do_barrier(struct thread *t, const struct thread_event *ev)
{
	ubarrier_wait(&ev->res->barrier, &t->waiter);
}

static void do_suspend(struct thread *t, const struct thread_event *ev)
{
	if (t->w->control) {
		control_suspend(t, &ev->res->cond);
		return;
	}
	umutex_lock(&ev->res->mutex);
	ucond_wait(&ev->res->cond, &ev->res->mutex, &t->waiter);
	umutex_unlock(&ev->res->mutex);
}

static void do_resume(struct thread *t, const struct thread_event *ev)
{
	umutex_lock(&ev->res->mutex);
	ucond_broadcast(&ev->res->cond);
	umutex_unlock(&ev->res->mutex);
}

static void do_sem_wait(struct thread *t, const struct thread_event *ev)
{
	usem_wait(&ev->res->sem);
}

static void do_sem_post(struct thread *t, const struct thread_event *ev)
{
	usem_post(&ev->res->sem);
}

/* a killed thread does not come back to its program, here or in a futex */
static void do_pipe_read(struct thread *t, const struct thread_event *ev)
{
	sys_pipe_read(&ev->res->pipe);
}

static void do_pipe_write(struct thread *t, const struct thread_event *ev)
{
	sys_pipe_write(&ev->res->pipe);
}

static void do_kernel(struct thread *t, const struct thread_event *ev)
{
	sys_compute(ev->ns, ev->offer_ns, ev->might_sleep ? might_resched : cond_resched);
}

static void do_yield(struct thread *t, const struct thread_event *ev)
{
	sys_sched_yield();
}

/* A refused fork (out of tasks, the scheduler's init_task) is the program's loss, as on Linux. */
static void do_fork(struct thread *t, const struct thread_event *ev)
{
	workload_refused(t->w, thread_spawn(t->w, ev->target, true));
}

static void do_exec(struct thread *t, const struct thread_event *ev)
{
	sys_exec(ev->name);
}

static void do_getpgid(struct thread *t, const struct thread_event *ev)
{
	sys_getpgid((pid_t)ev->ns);
}

static void do_setsid(struct thread *t, const struct thread_event *ev)
{
	sys_setsid();
}

static void do_run_prog(struct thread *t, const struct thread_event *ev)
{
	t->w->control->run_prog(t, ev);
}

static void do_mark(struct thread *t, const struct thread_event *ev)
{
	t->nr_marks++;
}

static void (*const event_run[NR_THREAD_OPS])(struct thread *t, const struct thread_event *ev) = {
	[OP_RUN] = do_run,	 [OP_RUNTIME] = do_runtime,	[OP_SLEEP] = do_sleep,
	[OP_TIMER] = do_timer,	 [OP_LOCK] = do_lock,		[OP_UNLOCK] = do_unlock,
	[OP_WAIT] = do_wait,	 [OP_SIGNAL] = do_signal,	[OP_BROADCAST] = do_broadcast,
	[OP_SYNC] = do_sync,	 [OP_BARRIER] = do_barrier,	[OP_SUSPEND] = do_suspend,
	[OP_RESUME] = do_resume, [OP_SEM_WAIT] = do_sem_wait,	[OP_SEM_POST] = do_sem_post,
	[OP_YIELD] = do_yield,	 [OP_KERNEL] = do_kernel,	[OP_FORK] = do_fork,
	[OP_EXEC] = do_exec,	 [OP_GETPGID] = do_getpgid,	[OP_RUN_PROG] = do_run_prog,
	[OP_MARK] = do_mark,	 [OP_PIPE_READ] = do_pipe_read, [OP_PIPE_WRITE] = do_pipe_write,
	[OP_SETSID] = do_setsid,
};

/* ---- phases ---- */

static void apply_cpus(struct thread *t, const struct cpumask *cpus)
{
	if (!cpus || cpus == t->cpus || (t->cpus && !memcmp(cpus, t->cpus, sizeof(*cpus))))
		return;
	sys_sched_setaffinity(0, cpus);
	t->cpus = cpus;
}

/* as by writing its tid to cgroup.threads */
static void apply_group(struct thread *t, struct cgroup *cgrp)
{
	if (!cgrp || cgrp == t->cgrp)
		return;
	cgroup_attach_task(cgrp, current_task(), false);
	t->cgrp = cgrp;
}

/* false: it is not let in */
static bool set_policy(struct thread *t, const struct sched_props *props)
{
	const struct sched_params params = {
		.policy = props->policy,
		.rt_priority = props->rt_priority,
		.reset_on_fork = props->reset_on_fork,
		.dl_runtime_ns = props->dl_runtime_ns,
		.dl_deadline_ns = props->dl_deadline_ns,
		.dl_period_ns = props->dl_period_ns,
	};
	int err = props->policy == SCHED_DEADLINE || props->reset_on_fork ?
			  sys_sched_setattr(0, &params) :
			  sys_sched_setscheduler(0, props->policy, props->rt_priority);

	if (err)
		workload_unadmitted(t->w, current_task()->comm, err);
	return !err;
}

void thread_set_cookie(struct task_struct *p, struct cookie *c)
{
	unsigned long made = !c->value && *c->name ? sched_core_alloc_cookie() : 0;

	if (!c->value) /* another may have been first meanwhile */
		c->value = made;
	sched_core_update_cookie(p, c->value);
}

static void apply_props(struct thread *t, const struct sched_props *props)
{
	apply_cpus(t, props->cpus);
	apply_group(t, props->cgrp);
	if (!props->sched_set)
		return;
	set_policy(t, props);
	if (!props->rt_priority && props->policy != SCHED_DEADLINE)
		sys_setpriority(0, props->nice);
}

/* A loop that takes no time would stop the clock for everybody: a round costs something. */
static void pay_round(struct thread *t, u64 start_ns)
{
	if (now_ns() == start_ns && !t->next_spec)
		user_run(ROUND_MIN_NS);
}

static void run_round(struct thread *t, const struct phase *ph)
{
	u64 start_ns = now_ns();

	for (u32 i = 0; i < ph->nr_events && !t->next_spec; i++) {
		event_run[ph->events[i].op](t, &ph->events[i]);
		control_poll(t);
	}
	pay_round(t, start_ns);
}

static void run_phase(struct thread *t, const struct phase *ph)
{
	apply_props(t, &ph->props);
	for (s64 n = ph->loop; n && !t->next_spec; n -= n > 0)
		run_round(t, ph);
}

void thread_run_spec(struct thread *t, const struct thread_spec *spec)
{
	for (s64 n = spec->loop; n && !t->next_spec; n -= n > 0) {
		u64 start_ns = now_ns();

		for (u32 i = 0; i < spec->nr_phases && !t->next_spec; i++)
			run_phase(t, &spec->phases[i]);
		pay_round(t, start_ns); /* phases whose loop is 0 */
	}
}

/* What it was told to do meanwhile comes in place of what it did. */
static void run_specs(struct thread *t)
{
	do {
		if (t->next_spec)
			t->spec = t->next_spec;
		t->next_spec = NULL;
		thread_run_spec(t, t->spec);
	} while (t->next_spec);
}

/* nobody is born with SCHED_DEADLINE */
static bool born_as_other(const struct thread_spec *spec)
{
	return spec->props.policy == SCHED_DEADLINE ||
	       (spec->sets_policy && rt_policy(spec->props.policy));
}

/* rt-app's threads set their policy when their delay is over; false: it may not have it */
static bool thread_begin(struct thread *t, const struct thread_spec *spec)
{
	bool sets = born_as_other(spec) || spec->props.reset_on_fork;

	if (spec->props.cookie)
		thread_set_cookie(current_task(), spec->props.cookie);
	if (sets && !spec->sets_policy && !set_policy(t, &spec->props))
		return false;
	if (spec->delay_ns)
		sys_nanosleep(spec->delay_ns);
	if (sets && spec->sets_policy && !set_policy(t, &spec->props))
		return false;
	apply_group(t, spec->props.cgrp);
	return true;
}

static void thread_body(void *arg)
{
	struct thread *t = arg;
	const struct thread_spec *spec = t->spec;

	if (t->w->over)
		return;
	t->pid = current_task()->pid;
	list_add_tail(&t->node, &t->w->threads);
	if (thread_begin(t, spec)) {
		t->start_ns = now_ns();
		control_poll(t);
		run_specs(t);
	}
	list_move_tail(&t->node, &t->w->spare);
}

struct thread *thread_of(const struct task_struct *p)
{
	if (host_of(p)->m->body != thread_body || host_of(p)->m->exiting || host_of(p)->m->dead)
		return NULL;
	return host_of(p)->m->load;
}

/* Others may come to their end while one is killed, so nothing is walked: each is taken off. */
void threads_kill(struct workload *w)
{
	w->over = true;
	while (!list_empty(&w->threads)) {
		struct thread *t = list_first_entry(&w->threads, struct thread, node);

		list_del_init(&t->node);
		sys_kill(t->pid, SIGKILL);
	}
}

/* ---- birth ---- */

/* NAME-INDEX, the stem cut so that the index stays readable in a comm's 15 bytes */
static void thread_comm(const struct workload *w, const struct thread_spec *spec,
			char comm[TASK_COMM_LEN])
{
	char index[12] = "";

	if (spec->numbered || spec->instances > 1)
		snprintf(index, sizeof(index), "-%u",
			 spec->numbered ? w->nr_spawned : spec->nr_spawned);
	snprintf(comm, TASK_COMM_LEN, "%.*s%s", (int)(TASK_COMM_LEN - 1 - strlen(index)),
		 spec->name, index);
}

/* Threads that came to their end are used again, or a loop that forks would only grow. */
static struct thread *thread_get(struct workload *w)
{
	struct thread *t = list_first_entry_or_null(&w->spare, struct thread, node);

	if (!t)
		return workload_alloc(w, sizeof(*t));
	list_del(&t->node);
	return t;
}

static struct timer_ref *timers_get(struct thread *t, u32 nr)
{
	if (nr <= t->timers_max)
		return memset(t->timers, 0, t->timers_max * sizeof(*t->timers));
	t->timers_max = nr;
	return workload_alloc(t->w, nr * sizeof(*t->timers));
}

static struct thread *thread_new(struct workload *w, const struct thread_spec *spec)
{
	struct thread *t = thread_get(w);

	t->w = w;
	t->spec = t->born = spec;
	t->orders = NULL;
	t->next_spec = NULL;
	t->suspended = t->interrupted = false;
	t->nr_marks = 0;
	t->cpus = spec->props.cpus;
	t->cgrp = NULL;
	if (spec->nr_timers)
		t->timers = timers_get(t, spec->nr_timers);
	return t;
}

int thread_spawn(struct workload *w, struct thread_spec *spec, bool fork)
{
	struct thread *t = thread_new(w, spec);
	char comm[TASK_COMM_LEN];
	struct task_attr attr = {
		.comm = comm,
		.policy = born_as_other(spec) ? SCHED_NORMAL : spec->props.policy,
		.nice = spec->props.nice,
		.rt_priority = born_as_other(spec) ? 0 : spec->props.rt_priority,
		.cpus = spec->props.cpus,
		.cgrp = spec->cgrp,
		.new_process = !fork,
		.held = !fork && rt_policy(spec->props.policy),
		.load = t,
	};
	int err = 0;

	thread_comm(w, spec, comm);
	w->nr_spawned++;
	spec->nr_spawned++;
	/* after a fork the new task may have come and gone already: its body says its pid */
	if (!task_create(&attr, thread_body, t, &err)) {
		list_add(&t->node, &w->spare);
		err = err > 0 ? -err : err;
	}
	return fork ? err : workload_count(w, comm, err);
}
