// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver.c - the tasks that perform the actions: "drv/N", pinned to CPU N,
 * one for each CPU that an action names. A driver does its actions one after the
 * other, in order of time and, at one time, of the file; what takes long (enabling
 * a scheduler) delays those that follow, as in a process that does them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "abi/enums.h"
#include "scenario/scenario.h"
#include "kern/sched.h"

struct scn_driver {
	struct scn_driver *next;
	struct ks_scenario *s;
	s32 cpu;
	struct scn_action *actions;
	struct futex rest; /* slept on when all is done */
};

/* ---- reading ---- */

static int driver_policy(struct ks_scenario *s, void *to, const json_t *v)
{
	int err = parse_policy(&s->ps, v, &s->driver_policy);

	if (!err && s->driver_policy == SCHED_DEADLINE)
		return scn_fail(s, "a driver is bound to a CPU, and cannot be \"deadline\"");
	return err;
}

static int driver_priority(struct ks_scenario *s, void *to, const json_t *v)
{
	s64 n = 0;
	int err = scn_int(s, v, 1, MAX_RT_PRIO - 1, &n);

	s->driver_priority = n;
	return err;
}

static const struct scn_key driver_keys[] = {
	{ "policy", driver_policy },
	{ "priority", driver_priority },
};

/* Does the scheduler leave fair tasks alone, when it is there? */
static bool leaves_fair_tasks(struct ks_scenario *s)
{
	struct typed_spot spot;
	struct variable var;
	const char *rest;
	u64 flags = 0;

	if (s->machine.partial || !s->obj || !s->obj->ops ||
	    !scn_global(s, bpf_map__name(s->obj->ops), &var, &spot, &rest) ||
	    !scn_walk(s, &spot, ".flags"))
		return true;
	memcpy(&flags, spot.data, min(spot.size, (u32)sizeof(flags)));
	return flags & SCX_OPS_SWITCH_PARTIAL;
}

/*
 * {"policy": "fifo", "priority": 50}. Drivers are fair tasks, as a process beside the
 * scheduler is; where the scheduler would decide when they run, real-time ones.
 */
int scn_read_driver(struct ks_scenario *s, const json_t *v)
{
	bool rt;
	int err;

	s->driver_policy = leaves_fair_tasks(s) ? SCHED_NORMAL : SCHED_FIFO;
	err = v ? scn_read_object(s, v, "'driver'", driver_keys, ARRAY_SIZE(driver_keys), NULL) : 0;
	rt = rt_policy(s->driver_policy);
	if (rt && !s->driver_priority)
		s->driver_priority = RT_PRIORITY_DEFAULT;
	if (!err && !rt && s->driver_priority)
		return scn_fail(s, "'priority' is for \"fifo\" and \"rr\"");
	return err;
}

static struct scn_driver *driver_of(struct ks_scenario *s, s32 cpu)
{
	struct scn_driver *d, **end = &s->drivers;

	for (; (d = *end); end = &d->next)
		if (d->cpu == cpu)
			return d;
	d = scn_alloc(s, sizeof(*d));
	d->s = s;
	d->cpu = cpu;
	futex_init(&d->rest, 0);
	*end = d;
	return d;
}

void scn_queue_action(struct ks_scenario *s, struct scn_action *a)
{
	struct scn_action **at = &driver_of(s, a->cpu)->actions;

	while (*at && (*at)->time_ns <= a->time_ns)
		at = &(*at)->next;
	a->next = *at;
	*at = a;
}

/* ---- running ---- */

static void driver_body(void *arg)
{
	struct scn_driver *d = arg;
	u64 time_ns;

	for (struct scn_action *a = d->actions; a && !d->s->over; a = a->next) {
		time_ns = d->s->begin_ns + a->time_ns;
		if (time_ns > now_ns())
			sys_clock_nanosleep_until(time_ns);
		scn_perform(d->s, a);
	}
	for (;;)
		sys_futex_wait(&d->rest, 0, 0);
}

static int start_driver(struct ks_scenario *s, struct scn_driver *d)
{
	char comm[TASK_COMM_LEN];
	struct task_attr attr = {
		.comm = comm,
		.policy = s->driver_policy,
		.rt_priority = s->driver_priority,
		.cpus = &machine->cpumask_of[d->cpu],
		.new_process = true,
	};
	int err = 0;

	snprintf(comm, sizeof(comm), "drv/%d", d->cpu);
	if (task_create(&attr, driver_body, d, &err))
		return 0;
	return err > 0 ? -err : err;
}

int scn_start_drivers(struct ks_scenario *s)
{
	int err = 0;

	for (struct scn_driver *d = s->drivers; d && !err; d = d->next)
		err = start_driver(s, d);
	return err;
}
