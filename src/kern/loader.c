// SPDX-License-Identifier: GPL-2.0-only
/*
 * loader.c - the task of the machine that stands for the process that loads the
 * scheduler. What a system call does there takes virtual time: enabling sleeps,
 * a test run executes instructions. So the call is handed to a task, and the
 * machine runs until that task has finished it:
 *
 *	main fiber   request ── timer on cpu 0 ──▶ machine_run() ... ◀── engine_stop()
 *	loader task            wakes up ── fn(arg) ── finished ──┘  waits again
 *
 * The task is woken from a timer's interrupt, since the main fiber is no CPU.
 */
#include "kern/loader.h"

#include <errno.h>
#include <stdlib.h>

#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"

#define LOADER_LIMIT_NS (600 * NSEC_PER_SEC)
/*
 * A scheduler that kicks from every callback leaves its loader no time to run: the clock
 * goes on, by microseconds. A thousand CPUs enable a scheduler with a fraction of this.
 */
#define LOADER_EVENTS_MAX 10000000
#define LOADER_STEP_NS NSEC_PER_MSEC
#define LOADER_COMM "kickstand"

struct loader {
	struct task_struct *task;
	struct hrtimer bell;
	struct completion asked;
	void (*fn)(void *arg); /* NULL: nothing to do */
	void *arg;
	bool waited_for;	   /* the main fiber wants the machine to stop when it is done */
	volatile bool interrupted; /* by a signal handler */
};

static void loader_body(void *arg)
{
	struct loader *l = arg;

	for (;;) {
		wait_for_completion(&l->asked);
		init_completion(&l->asked);
		l->fn(l->arg);
		l->fn = NULL;
		if (l->waited_for)
			engine_stop(machine->engine);
	}
}

/* hard irq: a wakeup is allowed here, and only here for somebody who is no CPU */
static void ring_bell(struct hrtimer *t)
{
	complete(&container_of(t, struct loader, bell)->asked);
}

int loader_create(void)
{
	const struct task_attr attr = { .comm = LOADER_COMM, .new_process = true };
	struct loader *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return -ENOMEM;
	init_completion(&l->asked);
	hrtimer_init(&l->bell, false, ring_bell);
	l->task = task_create(&attr, loader_body, l, &err);
	if (!l->task) {
		free(l);
		return err ? err : -ENOMEM;
	}
	host_of(l->task)->m->is_loader = true;
	machine->loader = l;
	return 0;
}

/* The task may stand anywhere, and works on it: it is freed with the machine. */
void loader_forget(void)
{
	if (machine->loader)
		machine->loader->task = NULL;
}

struct task_struct *loader_task(void)
{
	return machine->loader ? machine->loader->task : NULL;
}

static s32 first_online_cpu(void)
{
	s32 cpu;

	for_each_online_cpu(cpu)
		return cpu;
	return 0;
}

int loader_post(void (*fn)(void *arg), void *arg)
{
	if (machine->ended)
		return -EIO;
	if (machine->loader->fn)
		return -EBUSY;
	machine->loader->fn = fn;
	machine->loader->arg = arg;
	machine->loader->waited_for = false;
	hrtimer_start(&machine->loader->bell, now_ns(), first_online_cpu());
	return 0;
}

void loader_interrupt(void)
{
	if (machine && machine->loader)
		machine->loader->interrupted = true;
}

/* Let the machine run until the loader task is free. */
static int wait_for_loader(u64 until_ns)
{
	u64 events_max = machine->engine->nr_events + LOADER_EVENTS_MAX;

	machine->loader->waited_for = true;
	while (machine->loader->fn) {
		if (machine->ended)
			return -EIO;
		if (machine->loader->interrupted)
			return -EINTR;
		if (now_ns() >= until_ns || machine->engine->nr_events >= events_max)
			return -ETIME;
		machine_run(machine, min(until_ns, now_ns() + LOADER_STEP_NS));
	}
	return 0;
}

int loader_run(void (*fn)(void *arg), void *arg, u64 limit_ns)
{
	u64 until;
	int err;

	if (smp_processor_id() >= 0) {
		fn(arg);
		return 0;
	}
	if (machine->given_up)
		return -ETIME;
	machine->loader->interrupted = false;
	until = now_ns() + (limit_ns ? limit_ns : LOADER_LIMIT_NS);
	err = wait_for_loader(until);
	if (!err)
		err = loader_post(fn, arg);
	if (!err)
		err = wait_for_loader(until);
	machine->given_up = err == -ETIME || err == -EINTR;
	return err;
}
