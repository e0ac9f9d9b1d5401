// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm.c - the built-in `storm`: everything that can happen to a task happens, by dice.
 *
 * Workers run and sleep. Movers pick a worker every now and then and do one thing to it:
 *
 *	cpus	another set of CPUs, a single one, or all again
 *	nice, policy
 *	cgroup	one of a few below /storm, or the root again
 *	kill	and another one is forked in its place
 *
 * With hotplug=1 the first mover also takes CPUs away and brings them back, never the
 * first one, and never so that a worker's single CPU is the only one left.
 */
#include "kern/cgroup.h"
#include "load/builtins.h"

#include <signal.h>
#include <stdio.h>

enum { STORM_WORKERS, STORM_MOVERS, STORM_INTERVAL, STORM_HOTPLUG, STORM_CPUS };

#define STORM_GROUPS 3
#define RUN_NS (200 * NSEC_PER_USEC)
#define SLEEP_NS (500 * NSEC_PER_USEC)
#define RT_PRIORITY_SPAN 5

struct storm {
	struct workload *w;
	struct storm_worker *workers;
	u32 nr_workers;
	u64 interval_ns;
	bool hotplug;
	s32 gone; /* the CPU that is unplugged, -1: none */
	u32 nr_born;
};

struct storm_worker {
	struct storm *storm;
	struct prng prng;
	pid_t pid;
};

struct mover {
	struct storm *storm;
	struct prng prng;
	u32 index;
};

/* ---- workers ---- */

static void worker_body(void *arg)
{
	struct storm_worker *k = arg;

	for (;;) {
		user_run(random_around(&k->prng, RUN_NS));
		if (prng_below(&k->prng, 8))
			sys_nanosleep(random_around(&k->prng, SLEEP_NS));
		else
			sys_sched_yield();
	}
}

static int worker_fork(struct storm_worker *k)
{
	struct storm *s = k->storm;
	char comm[TASK_COMM_LEN];
	struct task_attr attr = {
		.comm = comm,
		.cpus = s->w->cpus,
		.new_process = true,
		.load = k,
		.pid = &k->pid,
	};
	int err = 0;

	snprintf(comm, sizeof(comm), "worker-%u", s->nr_born++);
	return task_create(&attr, worker_body, k, &err) ? 0 : err > 0 ? -err : err;
}

/* ---- what movers do ---- */

static bool may_use(const struct storm *s, s32 cpu)
{
	return !s->w->cpus || cpumask_test_cpu(cpu, s->w->cpus);
}

/* All, one, or each with even odds; never none. */
static void draw_cpus(const struct storm *s, struct prng *prng, struct cpumask *mask)
{
	u32 kind = prng_below(prng, 3), one = prng_below(prng, machine->nr_cpu_ids);

	cpumask_clear(mask);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		if (may_use(s, cpu) && (!kind || (kind == 1 ? cpu == one : prng_below(prng, 2))))
			cpumask_set_cpu(cpu, mask);
	if (cpumask_empty(mask) && s->w->cpus)
		cpumask_copy(mask, s->w->cpus);
	else if (cpumask_empty(mask))
		cpumask_set_cpu(one, mask);
}

static void do_cpus(struct mover *m, const struct storm_worker *k)
{
	struct cpumask mask;

	draw_cpus(m->storm, &m->prng, &mask);
	sys_sched_setaffinity(k->pid, &mask);
}

static void do_nice(struct mover *m, const struct storm_worker *k)
{
	sys_setpriority(k->pid, (int)prng_below(&m->prng, 40) - 20);
}

static void do_policy(struct mover *m, const struct storm_worker *k)
{
	static const u32 policies[] = { SCHED_NORMAL, SCHED_NORMAL, SCHED_EXT, SCHED_BATCH,
					SCHED_IDLE,   SCHED_FIFO,   SCHED_RR };
	u32 policy = policies[prng_below(&m->prng, ARRAY_SIZE(policies))];
	bool rt = policy == SCHED_FIFO || policy == SCHED_RR;

	sys_sched_setscheduler(k->pid, policy,
			       rt ? 1 + (u32)prng_below(&m->prng, RT_PRIORITY_SPAN) : 0);
}

static void do_cgroup(struct mover *m, const struct storm_worker *k)
{
	u32 n = prng_below(&m->prng, STORM_GROUPS + 1);
	struct cgroup *dst;
	struct task_struct *p;
	char path[32];

	snprintf(path, sizeof(path), n ? "/storm/%u" : "/", n);
	dst = cgroup_find(path);
	p = find_task_by_pid(k->pid);
	if (dst && p && !host_of(p)->m->exiting)
		cgroup_attach_task(dst, p, true);
}

static void do_kill(struct mover *m, struct storm_worker *k)
{
	if (!sys_kill(k->pid, SIGKILL))
		workload_refused(m->storm->w, worker_fork(k));
}

static void do_hotplug(struct mover *m)
{
	struct storm *s = m->storm;

	if (s->gone >= 0) {
		cpu_up(s->gone);
		s->gone = -1;
		return;
	}
	if (machine->nr_cpu_ids < 2)
		return;
	s->gone = 1 + (s32)prng_below(&m->prng, machine->nr_cpu_ids - 1);
	if (cpu_down(s->gone))
		s->gone = -1;
}

static void mover_step(struct mover *m)
{
	struct storm *s = m->storm;
	struct storm_worker *k = &s->workers[prng_below(&m->prng, s->nr_workers)];

	if (s->hotplug && !m->index && !prng_below(&m->prng, 8)) {
		do_hotplug(m);
		return;
	}
	switch (prng_below(&m->prng, 8)) {
	case 0:
		do_kill(m, k);
		break;
	case 1:
		do_cgroup(m, k);
		break;
	case 2:
		do_nice(m, k);
		break;
	case 3:
	case 4:
		do_policy(m, k);
		break;
	default:
		do_cpus(m, k);
		break;
	}
}

static void mover_body(void *arg)
{
	struct mover *m = arg;

	for (;;) {
		sys_nanosleep(random_around(&m->prng, m->storm->interval_ns));
		mover_step(m);
	}
}

/* ---- the built-in ---- */

static u64 storm_scale(s64 *val, u32 nr_cpus)
{
	if (val[STORM_WORKERS] == PARAM_AUTO)
		val[STORM_WORKERS] = 2 * nr_cpus;
	if (val[STORM_MOVERS] == PARAM_AUTO)
		val[STORM_MOVERS] = DIV_ROUND_UP(nr_cpus, 4);
	return val[STORM_WORKERS] ? val[STORM_WORKERS] + val[STORM_MOVERS] : 0;
}

static int make_groups(void)
{
	struct cgroup *top = cgroup_find("/storm"), *cgrp;
	char name[16];
	int ret = top ? 0 : cgroup_mkdir(cgroup_root(), "storm", &top);

	for (u32 i = 1; !ret && i <= STORM_GROUPS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ret = cgroup_mkdir(top, name, &cgrp);
	}
	return ret;
}

static void mover_start(struct storm *s, u32 index)
{
	struct mover *m = workload_alloc(s->w, sizeof(*m));

	*m = (struct mover){ .storm = s, .index = index };
	builtin_prng(&m->prng, s->nr_workers + index);
	builtin_task(s->w, "mover", index, 0, mover_body, m);
}

static int storm_start(struct workload *w, const s64 *val)
{
	struct storm *s = workload_alloc(w, sizeof(*s));
	int ret = make_groups();

	*s = (struct storm){ .w = w,
			     .nr_workers = val[STORM_WORKERS],
			     .gone = -1,
			     .interval_ns = val[STORM_INTERVAL],
			     .hotplug = val[STORM_HOTPLUG] };
	s->workers = workload_alloc(w, s->nr_workers * sizeof(*s->workers));
	for (u32 i = 0; !ret && i < s->nr_workers; i++) {
		s->workers[i].storm = s;
		builtin_prng(&s->workers[i].prng, i);
		workload_count(w, "worker", worker_fork(&s->workers[i]));
	}
	for (s64 i = 0; !ret && i < val[STORM_MOVERS]; i++)
		mover_start(s, i);
	return ret;
}

const struct builtin builtin_storm = {
	.name = "storm",
	.help = "tasks whose CPUs, policy, nice value and cgroup change, and that are killed",
	.params =
		{
			[STORM_WORKERS] = {"workers", PARAM_COUNT, PARAM_AUTO,
					   "to whom it happens; 2 a CPU"},
			[STORM_MOVERS] = {"movers", PARAM_COUNT, PARAM_AUTO,
					  "who do it; one for 4 CPUs"},
			[STORM_INTERVAL] = {"interval", PARAM_TIME, NSEC_PER_MSEC,
					    "mean time from one change to the next, of each mover"},
			[STORM_HOTPLUG] = {"hotplug", PARAM_COUNT, 0,
					   "1: CPUs go and come back, too"},
			[STORM_CPUS] = {"cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6"},
		},
	.scale = storm_scale,
	.start = storm_start,
};
