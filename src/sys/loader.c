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
#include <errno.h>
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"
#include "sys/door.h"

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
	void (*fn)(void *arg);	/* NULL: nothing to do */
	void *arg;
	bool waited_for;	/* the main fiber wants the machine to stop when it is done */
	volatile bool interrupted;	/* by a signal handler */
};

static struct loader loader;

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
	int err = 0;

	loader = (struct loader){ 0 };
	init_completion(&loader.asked);
	hrtimer_init(&loader.bell, false, ring_bell);
	loader.task = task_create(&attr, loader_body, &loader, &err);
	if (!loader.task)
		return err ? err : -ENOMEM;
	host_of(loader.task)->m->is_loader = true;
	return 0;
}

void loader_forget(void)
{
	loader = (struct loader){ 0 };
}

struct task_struct *loader_task(void)
{
	return loader.task;
}

static s32 first_online_cpu(void)
{
	s32 cpu;

	for_each_online_cpu(cpu)
		return cpu;
	return 0;
}

int sys_post_to_task(void (*fn)(void *arg), void *arg)
{
	if (machine->ended)
		return -EIO;
	if (loader.fn)
		return -EBUSY;
	loader.fn = fn;
	loader.arg = arg;
	loader.waited_for = false;
	hrtimer_start(&loader.bell, now_ns(), first_online_cpu());
	return 0;
}

void sys_interrupt(void)
{
	loader.interrupted = true;
}

/* Let the machine run until the loader task is free. */
static int wait_for_loader(u64 until_ns)
{
	u64 events_max = machine->engine->nr_events + LOADER_EVENTS_MAX;

	loader.waited_for = true;
	while (loader.fn) {
		if (machine->ended)
			return -EIO;
		if (loader.interrupted)
			return -EINTR;
		if (now_ns() >= until_ns || machine->engine->nr_events >= events_max)
			return -ETIME;
		machine_run(machine, min(until_ns, now_ns() + LOADER_STEP_NS));
	}
	return 0;
}

int sys_run_in_task(void (*fn)(void *arg), void *arg, u64 limit_ns)
{
	u64 until;
	int err;

	if (smp_processor_id() >= 0) {
		fn(arg);
		return 0;
	}
	if (machine->given_up)
		return -ETIME;
	loader.interrupted = false;
	until = now_ns() + (limit_ns ? limit_ns : LOADER_LIMIT_NS);
	err = wait_for_loader(until);
	if (!err)
		err = sys_post_to_task(fn, arg);
	if (!err)
		err = wait_for_loader(until);
	machine->given_up = err == -ETIME || err == -EINTR;
	return err;
}
