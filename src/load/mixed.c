// SPDX-License-Identifier: GPL-2.0-only
/*
 * mixed.c - the built-in `mixed`, what `run` uses if nothing else is said: a bit of
 * everything, about as much as the machine can do. For each CPU three quarters of
 * a hog, two interactive tasks (some 0.1 of a CPU) and a periodic one (0.15), and
 * a task that forks for every eight.
 */
#include "load/builtins.h"

enum { M_HOGS, M_SLEEPERS, M_PERIODIC, M_FORKERS, M_NICE, M_CPUS };

#define SLEEPER_RUN_NS (200 * NSEC_PER_USEC)
#define SLEEPER_SLEEP_NS (4 * NSEC_PER_MSEC)
#define PERIOD_STEP_NS (2 * NSEC_PER_MSEC) /* periods of 4 to 16 ms */
#define PERIODS 7
#define HOG_STEP_NS (10 * NSEC_PER_MSEC)
#define FORK_RATE 100
#define CHILD_LIFE_NS (500 * NSEC_PER_USEC)

struct actor {
	struct prng prng;
	u64 period_ns;
};

static void hog_body(void *arg)
{
	for (;;)
		user_run(HOG_STEP_NS);
}

static void sleeper_body(void *arg)
{
	struct actor *a = arg;

	for (;;) {
		sys_nanosleep(random_around(&a->prng, SLEEPER_SLEEP_NS));
		user_run(random_around(&a->prng, SLEEPER_RUN_NS));
	}
}

/* Runs for 10 to 20 percent of each period, which begins on time whatever the last one took. */
static void periodic_body(void *arg)
{
	struct actor *a = arg;
	u64 next = now_ns() + prng_below(&a->prng, a->period_ns);

	for (;; next += a->period_ns) {
		sys_clock_nanosleep_until(next);
		user_run(a->period_ns / 10 + prng_below(&a->prng, a->period_ns / 10));
	}
}

struct part {
	const char *stem;
	task_body body;
	u32 param;
};

static const struct part parts[] = {
	{ "hog", hog_body, M_HOGS },
	{ "sleeper", sleeper_body, M_SLEEPERS },
	{ "periodic", periodic_body, M_PERIODIC },
};

static void actor_start(struct workload *w, const struct part *part, u32 index, u32 nth, s32 nice)
{
	struct actor *a = workload_alloc(w, sizeof(*a));

	builtin_prng(&a->prng, nth);
	a->period_ns = (2 + prng_below(&a->prng, PERIODS)) * PERIOD_STEP_NS;
	builtin_task(w, part->stem, index, nice, part->body, a);
}

static u64 mixed_scale(s64 *val, u32 nr_cpus)
{
	const s64 by_cpus[] = {
		[M_HOGS] = max(1u, nr_cpus * 3 / 4),
		[M_SLEEPERS] = 2 * nr_cpus,
		[M_PERIODIC] = nr_cpus,
		[M_FORKERS] = DIV_ROUND_UP(nr_cpus, 8),
	};
	u64 tasks = 0;

	for (u32 i = 0; i < ARRAY_SIZE(by_cpus); i++) {
		if (val[i] == PARAM_AUTO)
			val[i] = by_cpus[i];
		tasks += val[i];
	}
	return tasks;
}

static int mixed_start(struct workload *w, const s64 *val)
{
	struct forker_args forker = { .rate = FORK_RATE, .life_ns = CHILD_LIFE_NS };
	u32 nth = 0;

	for (u32 p = 0; p < ARRAY_SIZE(parts); p++)
		for (s64 i = 0; i < val[parts[p].param]; i++, nth++)
			actor_start(w, &parts[p], i, nth, val[M_NICE] ? nice_variety(i) : 0);
	for (s64 i = 0; i < val[M_FORKERS]; i++) {
		forker.stream = nth++;
		forker_start(w, i, &forker);
	}
	return 0;
}

const struct builtin builtin_mixed = {
	.name = "mixed",
	.help = "interactive tasks, CPU hogs, periodic tasks and some that fork",
	.params =
		{
			[M_HOGS] = {"hogs", PARAM_COUNT, PARAM_AUTO,
				    "tasks that never sleep; 3 for 4 CPUs"},
			[M_SLEEPERS] = {"sleepers", PARAM_COUNT, PARAM_AUTO,
					"interactive tasks; 2 a CPU"},
			[M_PERIODIC] = {"periodic", PARAM_COUNT, PARAM_AUTO,
					"tasks with a timer; 1 a CPU"},
			[M_FORKERS] = {"forkers", PARAM_COUNT, PARAM_AUTO,
				       "tasks that fork; 1 for 8 CPUs"},
			[M_NICE] = {"nice", PARAM_COUNT, 1, "0: all at nice 0, 1: a variety"},
			[M_CPUS] = {"cpus", PARAM_CPUS, 0, "where they may run, like 0-3+6"},
		},
	.scale = mixed_scale,
	.start = mixed_start,
};
